"""Appeals in memory, for the unit tests of flows.

tests/integration/test_database_appeals.py runs the same contract over this and over the database. `down`: everything
raises CustomersUnavailable.
"""

from collections.abc import Callable
from dataclasses import replace

from calls.clock import Instant
from customers.appeals import (
    MOVES,
    OPEN,
    Appeal,
    AppealKind,
    AppealNumber,
    AppealState,
    NewAppeal,
    appeal_of,
    is_number,
    new_number,
)
from customers.outages import Author
from customers.ports import CustomersUnavailable


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

    def move(self, number: AppealNumber, state: AppealState, by: Author, now: Instant) -> bool:
        self._ask()
        for key, one in self.kept.items():
            if one.number == number and state in MOVES[one.state]:
                self.kept[key] = replace(one, state=state, changed_at=now)
                self.moved.append((by.login, number, state))
                return True
        return False

    def _ask(self) -> None:
        if self.down:
            raise CustomersUnavailable("The appeals were taken down by the test.")
