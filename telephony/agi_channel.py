"""The line to one caller over FastAGI: ivr.channel.Channel for real.

Two rules of docs/telephony.md live here. The dialplan's watchdog (TIMEOUT(absolute)) is renewed before a command
that it might cut, so that it ends a dead session only. And between two phrases nothing is asked of Asterisk that can
be left out: a key that ends in such a gap is dropped by Asterisk itself.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from calls.journey import Language
from dialplan.contract import LANGUAGE, NO_TAKE
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


class Speech(Protocol):
    """Where phrases become sound. Raises what the prompts room raises; never returns a file that is not there."""

    def file(self, phrase: Phrase, language: Language) -> str:
        """The path of the sound without its extension, as Asterisk wants it."""


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

    def play(self, phrases: Sequence[Phrase], stop_keys: str = ALL_KEYS) -> str:
        # All files first: rendering between two phrases would open a gap in which a key is lost.
        sounds = [self._speech.file(phrase, self._language) for phrase in phrases]
        for sound in sounds:
            lasts_s = sound_length_s(sound)
            self._renew_watchdog(lasts_s)
            key = self._agi.stream_file(sound, stop_keys, lasts_s)
            if key:
                return key
        return ""

    def wait_key(self, timeout_s: float) -> str:
        self._renew_watchdog(timeout_s)
        return self._agi.wait_for_digit(max(1, round(timeout_s * 1000)))

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
