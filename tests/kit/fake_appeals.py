"""Appeals in memory, for the unit tests of flows.

tests/integration/test_database_appeals.py runs the same contract over this and over the database. `down`: everything
raises CustomersUnavailable.
"""

from collections.abc import Callable
from dataclasses import replace

from calls.clock import Instant, after
from customers.appeals import (
    MOVES,
    OPEN,
    UNDO_S,
    Appeal,
    AppealKind,
    AppealNumber,
    AppealState,
    Late,
    NewAppeal,
    appeal_of,
    is_number,
    new_number,
    soon_at,
)
from customers.outages import Author
from customers.ports import CustomersUnavailable
from customers.staff_words import proper


class FakeAppeals:
    """`kept`: by source and kind, in the order of filing."""

    def __init__(self, number_of: Callable[[], AppealNumber] = new_number) -> None:
        self.kept: dict[tuple[str, AppealKind], Appeal] = {}
        self.moved: list[tuple[str, AppealNumber, AppealState]] = []
        self.down = False
        self._number_of = number_of

    def file(self, new: NewAppeal, now: Instant) -> Appeal:
        self._ask()
        known = self.kept.get((new.source, new.kind))
        if known is not None:
            return known
        taken = {one.number for one in self.kept.values()}
        number = self._number_of()
        while number in taken:
            number = self._number_of()
        self.kept[new.source, new.kind] = appeal_of(new, number, now)
        return self.kept[new.source, new.kind]

    def find(self, number: AppealNumber) -> Appeal | None:
        self._ask()
        found = (one for one in self.kept.values() if one.number == number)
        return next(found, None) if is_number(number) else None

    def open(self, most: int) -> tuple[Appeal, ...]:
        self._ask()
        waiting = [one for one in self.kept.values() if one.state in OPEN]
        return tuple(sorted(waiting, key=lambda one: (one.due_at, one.number))[:most])

    def move(self, number: AppealNumber, state: AppealState, by: Author, now: Instant, word: str = "") -> bool:
        word = proper(word) if state is AppealState.CLOSED else ""
        self._ask()
        for key, one in self.kept.items():
            if one.number == number and state in MOVES[one.state]:
                before = one.state if state is AppealState.CLOSED else None
                self.kept[key] = replace(one, state=state, changed_at=now, word=word, before=before)
                self.moved.append((by.login, number, state))
                return True
        return False

    def take_back(self, number: AppealNumber, by: Author, now: Instant) -> bool:
        for key, one in self.kept.items():
            if one.number == number and one in self.closed_lately(now):
                opened = replace(one, state=one.before or one.state, changed_at=now, word="", before=None)
                self.kept[key] = opened
                self.moved.append((by.login, number, opened.state))
                return True
        return False

    def closed_lately(self, now: Instant) -> tuple[Appeal, ...]:
        self._ask()
        closed = [one for one in self.kept.values() if one.before is not None and one.changed_at > after(now, -UNDO_S)]
        return tuple(sorted(closed, key=lambda one: -one.changed_at))

    def late(self, now: Instant) -> Late:
        self._ask()
        near = [one for one in self.kept.values() if one.state in OPEN and soon_at(one) <= now]
        overdue = sum(one.due_at <= now for one in near)
        return Late(overdue, len(near) - overdue)

    def _ask(self) -> None:
        if self.down:
            raise CustomersUnavailable("The appeals were taken down by the test.")
