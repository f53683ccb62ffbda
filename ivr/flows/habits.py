"""What is remembered of a caller's number and of all callers, and what follows: the language and the menu's order.

Rules
- The language is known before the greeting, or the greeting is Russian: it waits RECALL_S for the database, no longer.
- What cannot be remembered is forgotten without a word: a habit is a convenience.
- A danger to life is no habit, and neither is the change of the language itself.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

import structlog

from customers.callers import Habit
from customers.ports import CustomersUnavailable
from ivr.ahead import begin
from ivr.visit import Visit

log = structlog.get_logger(__name__)

RECALL_S: Final = 0.3
FORGOTTEN: Final = frozenset({"emergency", "language"})

W = TypeVar("W", bound=str)


def recall(visit: Visit) -> None:
    """Go on in the language that this number asked for last."""
    phone, callers, now = visit.facts.caller_number, visit.services.callers, visit.services.clock.now()
    if phone is None:
        return
    asked = begin(lambda: callers.habit(phone, now))
    try:
        visit.habit = visit.channel.meanwhile(lambda: asked.result(RECALL_S))
    except (CustomersUnavailable, TimeoutError):
        return
    if visit.habit is not None and visit.habit.language is not visit.facts.language:
        visit.speak(visit.habit.language)


def note(visit: Visit, choice: str) -> None:
    """The caller has chosen this in the main menu."""
    now = visit.services.clock.now()
    if choice not in FORGOTTEN:
        visit.services.wanted.note(choice, now)
        _remember(visit, choice)


def spoke(visit: Visit) -> None:
    """The caller has asked for the language that is spoken now."""
    _remember(visit, visit.habit.choice if visit.habit else "")


def in_order(visit: Visit, usual: Iterable[W]) -> list[W]:
    """What most callers want just now, then what this one wanted last, then the usual order."""
    dominant = visit.services.wanted.most(visit.services.clock.now())
    last = visit.habit.choice if visit.habit else ""
    return sorted(usual, key=lambda wish: (wish != dominant, wish != last))


def _remember(visit: Visit, choice: str) -> None:
    phone, callers, now = visit.facts.caller_number, visit.services.callers, visit.services.clock.now()
    habit = Habit(visit.facts.language, choice)
    if phone is None or habit == visit.habit:
        return
    visit.habit = habit

    def keep() -> None:
        try:
            callers.remember(phone, habit, now)
        except CustomersUnavailable:
            log.info("habit_not_kept", call_id=visit.arrival.call_id)

    begin(keep)
