"""Keyed numbers: an account number, a PIN. What is keyed lives in the returned value only, which repr never shows.

Rules
- All ten digits are data. `#` ends, `*` starts again, `*0` calls an agent; any key but `#` interrupts the prompt.
- A number may begin with 0, also after a `*`: `*0` calls the agent when no other digit follows at once. So does an
  entry's own `other` digit after `*`, which asks for something else in place of the number.
- At the greatest length a `#` is still awaited for a moment: those who press it do not press it into the next prompt.
- No key, or too few digits and then none: the prompt once more; the second time SILENT.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from ivr.channel import Channel
from ivr.menu import AGENT_KEY, Way
from ivr.visit import Patience
from prompts.phrase import Phrase, say

_DIGITS: Final = "0123456789"
_STOP_KEYS: Final = _DIGITS + "*"
_MOST_RESTARTS: Final = 8


class Asked(Enum):
    """The caller wants something else than to key this number."""

    OTHER = auto()


def _nobody(count: int) -> None:
    """Nobody counts along."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What to ask for. `shortest` digits are enough when the caller pauses instead of pressing `#`.

    `other`: the digit that asks for something else when it stands alone after `*`.
    """

    prompt: tuple[Phrase, ...]
    shortest: int
    longest: int
    patience: Patience
    prompts: int = 2
    other: str = ""
    heard: Callable[[int], None] = _nobody
    """Told how many digits are keyed, at each key."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The number as keyed; one digit longer than `longest` when the caller went on keying."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keying:
    """The state between two keys. `starred`: the last key was `*`; `calling`: then came 0, a digit or a call.

    `asking`: then came the entry's `other`, a digit or a question.
    """

    digits: str = field(default="", repr=False)
    starred: bool = False
    calling: bool = False
    asking: bool = False
    restarts: int = 0


def time_left(entry: Entry, state: Keying) -> float:
    """Seconds to wait for the next key."""
    if state.calling or state.asking or len(state.digits) >= entry.longest:
        return entry.patience.settle_s
    return entry.patience.next_digit_s if state.digits else entry.patience.first_digit_s


def press(entry: Entry, state: Keying, key: str) -> Keying | Keyed | Way | Asked:
    """The state after a key ("" = none came in time), or the end."""
    if key == "*":
        restarts = state.restarts + 1
        return Keying(starred=True, restarts=restarts) if restarts <= _MOST_RESTARTS else Way.ASTRAY
    if key in _DIGITS and key != "":
        digits = state.digits + key
        if len(digits) > entry.longest:
            return Keyed(digits)
        calling, asking = (state.starred and key == call for call in (AGENT_KEY, entry.other))
        return Keying(digits, calling=calling, asking=asking, restarts=state.restarts)
    if state.calling:
        return Way.AGENT
    if state.asking:
        return Asked.OTHER
    if not state.digits or (key == "" and len(state.digits) < entry.shortest):
        return Way.SILENT
    return Keyed(state.digits)


def enter(channel: Channel, entry: Entry) -> Keyed | Way:
    """Let the caller key a number. Never returns BACK. Raises CallerHungUp, PromptsError, ValueError for an `other`."""
    found = enter_or_ask(channel, entry)
    if isinstance(found, Asked):
        raise ValueError("This entry has something else to ask for. Call enter_or_ask.")  # noqa: TRY004 - not a type
    return found


def enter_or_ask(channel: Channel, entry: Entry) -> Keyed | Way | Asked:
    """The same where the caller may also ask for the entry's `other`."""
    phrases = entry.prompt
    for _ in range(entry.prompts):
        state: Keying | Keyed | Way | Asked = Keying()
        key = channel.play(phrases, _STOP_KEYS)
        while isinstance(state, Keying):
            state = press(entry, state, key or channel.wait_key(time_left(entry, state)))
            key = ""
            if isinstance(state, Keying | Keyed):
                entry.heard(len(state.digits))
        if state is not Way.SILENT:
            return state
        phrases = (say("menu.no_key"), *entry.prompt)
    return Way.SILENT
