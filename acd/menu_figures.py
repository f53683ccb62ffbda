"""The figures of the self-service's menus, by the formulas of docs/glossary.md. Pure.

Rules
1. A step is one stay of a call in a menu; it belongs to the day on which its call arrived.
2. Times to the answer are counted in tenths of a second, so that the figures of days, languages and menus add up
   exactly (`+`) and a percentile of a year is a walk over a few hundred counts.
3. A percentile is by nearest rank: a time that somebody really took, to the tenth below.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from acd.metrics import MenuTally
from calls.journey import Language
from calls.menu_steps import Ending

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Steps:
    """`count` steps that are alike. `place`: in their calls, from 0; `tenths`: of a second to the answer, or None.

    `wrong`, `silent`, `repeated`: sums over all of them.
    """

    menu: str
    place: int
    language: Language
    ending: Ending
    choice: str
    tenths: int | None
    count: int
    wrong: int = 0
    silent: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class StepTally:
    """Counts of the steps of a menu; every figure follows from them."""

    endings: Mapping[Ending, int] = field(default_factory=dict)
    choices: Mapping[str, int] = field(default_factory=dict)
    """By the word of the choice."""
    answers: Mapping[int, int] = field(default_factory=dict)
    """By the tenths of a second to the answer."""
    wrong_keys: int = 0
    silences: int = 0
    repeats: int = 0

    def __add__(self, other: "StepTally") -> "StepTally":
        return StepTally(
            Counter(self.endings) + Counter(other.endings),
            Counter(self.choices) + Counter(other.choices),
            Counter(self.answers) + Counter(other.answers),
            self.wrong_keys + other.wrong_keys,
            self.silences + other.silences,
            self.repeats + other.repeats,
        )

    @property
    def entered(self) -> int:
        return sum(self.endings.values())

    @property
    def dropped(self) -> int:
        """Rang off there without having had an answer."""
        return self.endings.get(Ending.LEFT, 0)

    @property
    def served(self) -> int:
        """Rang off there after an answer."""
        return self.endings.get(Ending.SERVED, 0)

    @property
    def to_agent(self) -> int:
        """Pressed 0 there, or were so lost that a person was the better help."""
        return self.endings.get(Ending.AGENT, 0) + self.endings.get(Ending.ASTRAY, 0)

    @property
    def drop_off(self) -> float | None:
        """Dropped / entered; None when nobody came there."""
        return self.dropped / self.entered if self.entered else None

    @property
    def median_s(self) -> float | None:
        """Of the times to the answer; None without any."""
        return self.percentile_s(50)

    @property
    def p95_s(self) -> float | None:
        return self.percentile_s(95)

    def percentile_s(self, per_cent: int) -> float | None:
        """The least time that so many of a hundred answers do not exceed, in seconds; None without any."""
        rank = -(-per_cent * sum(self.answers.values()) // 100)
        for tenths in sorted(self.answers):
            rank -= self.answers[tenths]
            if rank <= 0:
                return tenths / 10
        return None


def tally_of(steps: Steps) -> StepTally:
    """What steps that are alike add."""
    answers = {} if steps.tenths is None else {steps.tenths: steps.count}
    choices = {steps.choice: steps.count} if steps.ending is Ending.CHOSEN else {}
    return StepTally({steps.ending: steps.count}, choices, answers, steps.wrong, steps.silent, steps.repeated)


def tallies(all_steps: Iterable[Steps], part: Callable[[Steps], K]) -> dict[K, StepTally]:
    """The figures of each part: `lambda steps: steps.menu`, `lambda steps: (steps.menu, steps.language)`."""
    found: dict[K, StepTally] = {}
    for steps in all_steps:
        found[part(steps)] = found.get(part(steps), StepTally()) + tally_of(steps)
    return found


@dataclass(frozen=True, slots=True)
class MenuPeriod:
    """The self-service in a period: its steps, and its calls by the language in which they ended."""

    steps: tuple[Steps, ...]
    calls: Mapping[Language, MenuTally]

    @property
    def total(self) -> MenuTally:
        """Of both languages: containment and deflection of the period."""
        return sum(self.calls.values(), MenuTally())

    def of_menus(self, language: Language | None = None) -> dict[str, StepTally]:
        """Of each menu, in one language or in all."""
        return tallies((one for one in self.steps if language in (None, one.language)), lambda one: one.menu)
