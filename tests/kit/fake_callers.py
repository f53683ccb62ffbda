"""customers.callers.Callers in memory; tests/integration/test_database_callers.py runs its contract."""

import threading

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.callers import KEPT_S, Habit
from customers.ports import CustomersUnavailable


class FakeCallers:
    """`remembered` is set with each habit that is kept; `down`: everything raises CustomersUnavailable."""

    def __init__(self) -> None:
        self.kept: dict[PhoneNumber, tuple[Habit, Instant]] = {}
        self.remembered = threading.Event()
        self.down = False

    def habit(self, phone: PhoneNumber, now: Instant) -> Habit | None:
        self._up()
        habit, at = self.kept.get(phone, (None, now))
        return habit if at > after(now, -KEPT_S) else None

    def remember(self, phone: PhoneNumber, habit: Habit, now: Instant) -> None:
        self._up()
        if phone.startswith("+"):
            self.kept[phone] = (habit, now)
        self.remembered.set()

    def _up(self) -> None:
        if self.down:
            self.remembered.set()
            raise CustomersUnavailable("What callers are remembered for was taken down by the test.")
