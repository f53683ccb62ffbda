"""What a caller did in each menu of a call, for the figures of the self-service. Pure.

Rules
1. Only the keys of menus, as the word of the choice. Never what is keyed as data: an account, a PIN, a sum, a card.
2. A menu that is not recorded tells nothing: reports and orders, because a report of theft may be anonymous.
3. A call keeps its first MOST_STEPS menus; nobody gets so far who is not lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from calls.clock import Instant

MOST_STEPS: Final = 40


class Ending(StrEnum):
    """How a caller came out of a menu."""

    CHOSEN = "chosen"
    """By a choice of the menu's own; the only one that has a `choice`."""
    AGENT = "agent"
    BACK = "back"
    SILENT = "silent"
    """No key at all, as often as the menu asks."""
    ASTRAY = "astray"
    """So many wrong keys or repeats that a person is the better help."""
    LEFT = "left"
    """Rang off without having had an answer: the drop-off."""
    SERVED = "served"
    """Rang off after an answer, which is no loss."""
    TAKEN = "taken"
    """The call went on without the menu: an agent answered, or the self-service was cut off."""


@dataclass(frozen=True, slots=True)
class MenuStep:
    """One stay in a menu. Its place in the call is its place among the steps.

    `menu` is a word of ivr.menu_names, `language` that of its prompt; `at`: the prompt began; `stay_ms`: from then to
    the end. `answer_ms`: from the end of the last prompt to the key that ended the menu, 0 for a key pressed into the
    prompt, None where no key ended it. `wrong`, `silent`, `repeated`: wrong keys, prompts without a key, repeats.
    """

    menu: str
    language: str
    at: Instant
    stay_ms: int
    ending: Ending
    choice: str = ""
    answer_ms: int | None = None
    wrong: int = 0
    silent: int = 0
    repeated: int = 0


_GONE: Final = frozenset({Ending.LEFT, Ending.SERVED})


def settled(steps: Sequence[MenuStep], *, answered: bool) -> tuple[MenuStep, ...]:
    """The steps as the end of the call shows them: who was answered, or came to another menu, had not rung off."""
    last = len(steps) - 1
    return tuple(
        replace(step, ending=Ending.TAKEN) if step.ending in _GONE and (answered or place < last) else step
        for place, step in enumerate(steps)
    )
