"""The line to one caller over FastAGI: ivr.channel.Channel for real.

Two rules of docs/telephony.md live here. The dialplan's watchdog (TIMEOUT(absolute)) is renewed before a command
that it might cut, so that it ends a dead session only. And Asterisk drops a key that comes while no command runs: so
between two phrases nothing is asked of it that can be left out, and what may take long is done `meanwhile`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final, Protocol, TypeVar

from calls.journey import Language
from dialplan.contract import LANGUAGE, NO_TAKE
from ivr.ahead import begin
from ivr.channel import ALL_KEYS
from prompts.phrase import Phrase
from telephony.agi_session import CallAgi

WATCHDOG_S = 10.0
"""How long the dialplan waits beyond the longest command before it takes the caller from us."""
WATCHDOG_SPARE_S = 5.0
"""Added at each renewal, so that short commands after another need no renewal each: one fewer gap for a key."""
LONGEST_SOUND_S = 60.0
"""Taken for a sound whose length cannot be told."""
_BYTES_A_SECOND = 8000
"""Both alaw (8 kHz) and g722 (16 kHz) are 64 kbit/s."""
_SHORTEST_LISTEN_S: Final = 0.01
"""What a quick piece of work costs the caller; doubled until the longest, so that slow work costs little listening."""
_LONGEST_LISTEN_S: Final = 0.1
MOST_AHEAD: Final = 32
"""Keys kept for later: two account numbers; more are a cat on the telephone."""

T = TypeVar("T")


class Speech(Protocol):
    """Where phrases become sound. Raises what the prompts room raises; never returns a file that is not there."""

    def files(self, phrase: Phrase, language: Language) -> Sequence[str]:
        """The paths of the sounds without their extensions, as Asterisk wants them; one but for pieces."""


class AgiChannel:
    """See ivr.channel.Channel. One thread uses it at a time."""

    def __init__(
        self,
        agi: CallAgi,
        speech: Speech,
        language: Language,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agi = agi
        self._speech = speech
        self._language = language
        self._monotonic = monotonic
        self._guarded_until = 0.0
        self._ahead = ""
        """Keys pressed while something was done for the caller, not yet asked for."""

    @property
    def language(self) -> Language:
        return self._language

    def speak(self, language: Language) -> None:
        """Play what follows in this language; the dialplan's own prompts too."""
        if language is self._language:
            return
        self._agi.set_variable(LANGUAGE, language.value)
        self._agi.set_variable("CHANNEL(language)", language.value)
        self._language = language

    def play(self, phrases: Sequence[Phrase], stop_keys: str = ALL_KEYS, ahead: int = 0) -> str:
        # All files first: rendering between two phrases would open a gap in which a key is lost.
        if not ahead:
            return self._play(self._sounds(phrases), stop_keys)
        rest = begin(self._files_of(phrases[ahead:]))
        key = self._play(self._sounds(phrases[:ahead]), stop_keys)
        return key or self._play(self._listen_until(rest), stop_keys)

    def _play(self, sounds: Sequence[str], stop_keys: str) -> str:
        if key := self._take_ahead(stop_keys):
            return key
        for sound in sounds:
            lasts_s = sound_length_s(sound)
            self._renew_watchdog(lasts_s)
            key = self._agi.stream_file(sound, stop_keys, lasts_s)
            if key:
                return key
        return ""

    def wait_key(self, timeout_s: float) -> str:
        return self._take_ahead(ALL_KEYS) or self._listen(timeout_s)

    def pause(self, lasts_s: float, phrases: Sequence[Phrase] = ()) -> None:
        until = self._monotonic() + lasts_s
        for sound in self._sounds(phrases):
            if self._ahead:
                break
            sound_s = sound_length_s(sound)
            self._renew_watchdog(sound_s)
            self._keep(self._agi.stream_file(sound, ALL_KEYS, sound_s))
        while (left_s := until - self._monotonic()) > 0:
            self._keep(self._listen(left_s))

    def meanwhile(self, work: Callable[[], T]) -> T:
        return self._listen_until(begin(work))

    def _listen_until(self, done: Future[T]) -> T:
        listen_s = _SHORTEST_LISTEN_S
        while not done.done():
            self._keep(self._listen(listen_s))
            listen_s = min(2 * listen_s, _LONGEST_LISTEN_S)
        return done.result()

    def _sounds(self, phrases: Sequence[Phrase]) -> Sequence[str]:
        """The files of phrases. Those without values lie there already, the others may have to be rendered."""
        files = self._files_of(phrases)
        return self.meanwhile(files) if any(phrase.values for phrase in phrases) else files()

    def _files_of(self, phrases: Sequence[Phrase]) -> Callable[[], Sequence[str]]:
        language = self._language
        return lambda: [file for phrase in phrases for file in self._speech.files(phrase, language)]

    def _listen(self, timeout_s: float) -> str:
        self._renew_watchdog(timeout_s)
        return self._agi.wait_for_digit(max(1, round(timeout_s * 1000)))

    def _keep(self, key: str) -> None:
        self._ahead = (self._ahead + key)[:MOST_AHEAD]

    def _take_ahead(self, keys: str) -> str:
        """The first key pressed ahead that is one of `keys`, or ""; those before it are swallowed, as in a prompt."""
        while self._ahead:
            key, self._ahead = self._ahead[0], self._ahead[1:]
            if key in keys:
                return key
        return ""

    def record(self, place: str, longest_s: float) -> bool:
        self._renew_watchdog(longest_s)
        return self._agi.record_voice(place, longest_s)

    def protect(self, on: bool) -> None:
        """While on, the dialplan makes an agent wait instead of taking the caller out of this step."""
        self._agi.set_variable(NO_TAKE, "1" if on else "")

    def finish(self, next_step: str, variables: Mapping[str, str]) -> None:
        """The last thing said to Asterisk: see CallAgi.finish."""
        self._agi.finish(next_step, variables)

    def _renew_watchdog(self, lasts_s: float) -> None:
        """Leave the dialplan's watchdog at least `lasts_s` + WATCHDOG_S, asking Asterisk only when it has less."""
        now = self._monotonic()
        needed_s = lasts_s + WATCHDOG_S
        if self._guarded_until - now >= needed_s:
            return
        self._agi.set_variable("TIMEOUT(absolute)", f"{needed_s + WATCHDOG_SPARE_S:.1f}")
        self._guarded_until = now + needed_s + WATCHDOG_SPARE_S


def sound_length_s(sound: str) -> float:
    """How long a sound lasts, by the size of its file; LONGEST_SOUND_S when there is none of ours to measure."""
    for extension in (".alaw", ".g722"):
        try:
            return Path(sound + extension).stat().st_size / _BYTES_A_SECOND
        except OSError:
            continue
    return LONGEST_SOUND_S
