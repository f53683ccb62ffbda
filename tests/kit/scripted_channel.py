"""A caller made of a script: ivr.channel.Channel without a telephone.

A script is a sequence of keys and moments, read from left to right:
    "1"       presses 1 while the prompt is played (or, when nothing is played, after it)
    LISTEN    hears the prompt to its end
    SILENCE   hears the prompt to its end and lets the wait after it pass
    HANG_UP   rings off: in the middle of a prompt or of a wait
At its end the caller rings off. Every phrase is checked against the catalogue: an id or a parameter that it has not
fails the test, as it would be silence on the line.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, TypeVar

from calls.journey import Language
from ivr.channel import ALL_KEYS, CallerHungUp
from prompts.catalogue import Catalogue, load_catalogue
from prompts.phrase import Phrase

LISTEN: Final = "listen"
SILENCE: Final = "silence"
HANG_UP: Final = "hang up"
T = TypeVar("T")
MOST_STEPS: Final = 2000
"""A flow that asks more often than this is taken for endless."""


class EndlessFlow(AssertionError):
    """The flow went on for MOST_STEPS."""


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def keys(text: str) -> list[str]:
    """Each character a key."""
    return list(text)


class ScriptedChannel:
    """`played` is what the caller heard, even in part; `waits` the seconds granted in silence, one each; `pauses`
    the seconds let pass, in which no key of the script is pressed.

    `mute` tells which phrases have no voice now: it raises, or returns.
    """

    def __init__(
        self,
        *script: str | Iterable[str],
        language: Language = Language.RU,
        mute: Callable[[Phrase], None] = lambda phrase: None,
    ) -> None:
        self._script: list[str] = []
        for part in script:
            self._script += [part] if isinstance(part, str) else part
        self._language = language
        self.mute = mute
        self._steps = 0
        self._gone = False
        self.played: list[tuple[Language, Phrase]] = []
        self.plays = 0
        self.waits: list[float] = []
        self.pauses: list[float] = []
        self.protected = False
        self.recorded: list[str] = []
        self.recording_fails = False
        self.unprotected_keys = ""
        """Keys that an agent who takes the caller at that moment would have heard."""

    @property
    def language(self) -> Language:
        return self._language

    @property
    def heard(self) -> list[str]:
        """The ids of all that was played, in order."""
        return [phrase.prompt_id for _, phrase in self.played]

    @property
    def sentences(self) -> list[str]:
        """The words of all that was played."""
        return [catalogue().text(phrase, language) for language, phrase in self.played]

    def speak(self, language: Language) -> None:
        self._step()
        self._language = language

    def play(self, phrases: Sequence[Phrase], stop_keys: str = ALL_KEYS, ahead: int = 0) -> str:
        self._step()
        for part in (phrases[:ahead], phrases[ahead:]):
            for phrase in part:
                catalogue().text(phrase, self._language)
                self.mute(phrase)
            self.played += [(self._language, phrase) for phrase in part]
        self.plays += 1
        while self._next() not in {LISTEN, SILENCE}:
            key = self._take()
            if key in stop_keys:
                return key
        if self._next() == LISTEN:
            self._take()
        return ""

    def wait_key(self, timeout_s: float) -> str:
        self._step()
        assert timeout_s > 0
        self.waits.append(timeout_s)
        while self._next() == LISTEN:
            self._take()
        key = self._take()
        return "" if key == SILENCE else key

    def pause(self, lasts_s: float, phrases: Sequence[Phrase] = ()) -> None:
        self._step()
        for phrase in phrases:
            catalogue().text(phrase, self._language)
            self.mute(phrase)
        self.played += [(self._language, phrase) for phrase in phrases]
        self.pauses.append(lasts_s)
        if self._next() == HANG_UP:
            self._take()

    def meanwhile(self, work: Callable[[], T]) -> T:
        self._step()
        return work()

    def record(self, place: str, longest_s: float) -> bool:
        """The script goes on when the caller presses a key, or with SILENCE when the time is over."""
        self._step()
        self.recorded.append(place)
        while self._next() == LISTEN:
            self._take()
        self._take()
        return not self.recording_fails

    def protect(self, on: bool) -> None:
        self._step()
        self.protected = on

    def _next(self) -> str:
        return self._script[0] if self._script else HANG_UP

    def _take(self) -> str:
        """The next moment of the script; ringing off is for ever."""
        moment = self._next()
        if moment == HANG_UP:
            self._gone = True
            raise CallerHungUp
        if not self.protected:
            self.unprotected_keys += moment if len(moment) == 1 else " "
        return self._script.pop(0)

    def _step(self) -> None:
        if self._gone:
            raise CallerHungUp
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise EndlessFlow(f"The flow took more than {MOST_STEPS} steps.")
