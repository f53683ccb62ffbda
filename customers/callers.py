"""What a telephone number is remembered for: the language it asked for and what it asked for last. Pure.

A habit and no secret: nothing here says whose number it is, and it is forgotten after KEPT_S without a call.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from calls.clock import Instant
from calls.journey import Language
from calls.numbers import PhoneNumber

KEPT_S: Final = 400 * 24 * 3600
"""A little over a year: who rings once a year for the same thing is known again."""
LONGEST_CHOICE: Final = 32


@dataclass(frozen=True, slots=True)
class Habit:
    """`choice`: a word of the main menu, empty when only the language is known."""

    language: Language
    choice: str = ""


class Callers(Protocol):
    """Both may raise CustomersUnavailable."""

    def habit(self, phone: PhoneNumber, now: Instant) -> Habit | None: ...

    def remember(self, phone: PhoneNumber, habit: Habit, now: Instant) -> None:
        """The newest habit of this number, in place of the one before."""


class NoCallers:
    """Where nothing is remembered."""

    def habit(self, _phone: PhoneNumber, _now: Instant) -> Habit | None:
        return None

    def remember(self, _phone: PhoneNumber, _habit: Habit, _now: Instant) -> None:
        return None
