"""Menus: prompts, choices by one key, and what becomes of silence and of wrong keys.

Rules, the same in every menu
- 0 = agent, 9 = repeat, * = back (repeat where there is nothing to go back to). A menu's own keys are among 1-8.
- Any key interrupts any prompt. Only a stray `#` does not: it is the end of a number keyed just before.
- A wrong key: a short hint, then the choices again. No key: the same; after `prompts` times SILENT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final, Generic, TypeVar

from calls.clock import Clock, Instant
from calls.menu_steps import Ending, MenuStep
from ivr.channel import ALL_KEYS, Channel
from prompts.phrase import Phrase, say

AGENT_KEY: Final = "0"
REPEAT_KEY: Final = "9"
BACK_KEY: Final = "*"
OWN_KEYS: Final = "12345678"
STOP_KEYS: Final = ALL_KEYS.replace("#", "")

C = TypeVar("C")


class Way(Enum):
    """How a menu or an entry ends without one of its own choices."""

    AGENT = auto()
    BACK = auto()
    SILENT = auto()
    """No key at all, in all prompts."""
    ASTRAY = auto()
    """Too many wrong keys or repeats: a person is the better help."""


@dataclass(frozen=True, slots=True)
class Menu(Generic[C]):
    """`prompt` is played at first and on repeat, `short` (or else all of it) after a hint.

    `prompts`: how often it is played to a silent caller; `tries`: wrong keys and `repeats`: repeats, then ASTRAY.
    Raises ValueError for a choice on a key that has a common meaning.
    """

    prompt: tuple[Phrase, ...]
    choices: Mapping[str, C]
    wait_s: float
    short: tuple[Phrase, ...] = ()
    back: bool = True
    ahead: int = 0
    """So many phrases of the prompt are played while the others, a long text, are being made."""
    prompts: int = 2
    tries: int = 3
    repeats: int = 3

    def __post_init__(self) -> None:
        taken = [key for key in self.choices if key not in OWN_KEYS or len(key) != 1]
        if taken:
            raise ValueError(f"A menu's own choices are on the keys 1-8, not on {taken}.")


@dataclass(frozen=True, slots=True)
class Tally:
    """What the caller has done in this menu so far."""

    silent: int = 0
    wrong: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """The menu is not over: play `phrases` and listen once more."""

    tally: Tally
    phrases: tuple[Phrase, ...]


def respond(menu: Menu[C], tally: Tally, key: str) -> C | Way | Again:
    """What follows from a key ("" = none came in time)."""
    if key in menu.choices:
        return menu.choices[key]
    short = menu.short or menu.prompt
    if key == AGENT_KEY:
        return Way.AGENT
    if key == BACK_KEY and menu.back:
        return Way.BACK
    if key in (REPEAT_KEY, BACK_KEY):
        tally = replace(tally, repeated=tally.repeated + 1)
        return Again(tally, menu.prompt) if tally.repeated <= menu.repeats else Way.ASTRAY
    if key == "":
        tally = replace(tally, silent=tally.silent + 1)
        return Again(tally, (say("menu.no_key"), *short)) if tally.silent < menu.prompts else Way.SILENT
    tally = replace(tally, wrong=tally.wrong + 1)
    return Again(tally, (say("menu.wrong_key"), *short)) if tally.wrong < menu.tries else Way.ASTRAY


class Course:
    """What a caller does in one menu, as far as it has gone: right at any instant, also when the caller rings off."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()
        self._quiet_since: Instant | None = None
        self._answer_ms = 0
        self._tally = Tally()
        self.key = ""
        """The last one, "" when none came."""

    def played(self, key: str) -> None:
        """A prompt is over: by this key, or by itself ("")."""
        self._quiet_since = None if key else self._clock.now()

    def answered(self, key: str, response: object) -> None:
        """What followed from a key ("" = none came in time)."""
        self.key = key
        self._answer_ms = 0 if self._quiet_since is None else self._clock.now() - self._quiet_since
        if isinstance(response, Again):
            self._tally = response.tally
        elif response is Way.SILENT:
            self._tally = replace(self._tally, silent=self._tally.silent + 1)
        elif response is Way.ASTRAY and key in (REPEAT_KEY, BACK_KEY):
            self._tally = replace(self._tally, repeated=self._tally.repeated + 1)
        elif response is Way.ASTRAY:
            self._tally = replace(self._tally, wrong=self._tally.wrong + 1)

    def step(self, name: str, language: str, ending: Ending, choice: str = "", *, answered: bool = False) -> MenuStep:
        """The stay in the menu up to now. `answered`: a key has ended it."""
        tally, answer_ms = self._tally, self._answer_ms if answered else None
        stay_ms = self._clock.now() - self._began
        counts = tally.wrong, tally.silent, tally.repeated
        return MenuStep(name, language, self._began, stay_ms, ending, choice, answer_ms, *counts)


def choose(
    channel: Channel, menu: Menu[C], opening: tuple[Phrase, ...] = (), key: str = "", course: Course | None = None
) -> C | Way:
    """Let the caller choose. `opening` is said once, before the first prompt; `key` was pressed before all of it.

    `course` is told what happens; flows call ivr.offering.offer, which does so. Raises CallerHungUp, PromptsError.
    """
    phrases, tally, ahead = (*opening, *menu.prompt), Tally(), menu.ahead and len(opening) + menu.ahead
    while True:
        if not key:
            key = channel.play(phrases, STOP_KEYS, ahead)
            if course is not None:
                course.played(key)
        key = key or channel.wait_key(menu.wait_s)
        response = respond(menu, tally, key)
        if course is not None:
            course.answered(key, response)
        if not isinstance(response, Again):
            return response
        phrases, tally, ahead, key = response.phrases, response.tally, 0, ""
