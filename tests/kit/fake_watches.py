"""customers.watches in memory, for unit tests of flows; tests/integration/test_database_watches.py runs its contract.

`down`: everything but `ways` raises CustomersUnavailable.
"""

from dataclasses import replace

from calls.clock import Instant
from calls.ids import CallId, new_call_id, new_uuid7
from calls.numbers import PhoneNumber
from customers.outages import OutageAt
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, Watch, WatchId, WatchWay

BOTH = frozenset(WatchWay)


class FakeWatches:
    """`kept`: the wishes by outage and number. `over`: ended outages. `going_on`: what goes on anywhere."""

    def __init__(self, ways: frozenset[WatchWay] = BOTH) -> None:
        self._ways = ways
        self.kept: dict[tuple[int, PhoneNumber], NewWatch] = {}
        self.over: set[int] = set()
        self.going_on: tuple[OutageAt, ...] = ()
        self.told: list[NewWatch] = []
        self.down = False
        self._rung: dict[CallId, tuple[Watch, bool]] = {}

    def ways(self, number: PhoneNumber) -> frozenset[WatchWay]:
        return self._ways if number.startswith("+7") else frozenset()

    def wish(self, new: NewWatch, now: Instant) -> bool:
        self._up()
        if new.outage_id in self.over:
            return False
        self.kept[new.outage_id, new.number] = new
        return True

    def ring(self, wish: NewWatch) -> CallId:
        """A call rings for this wish."""
        call = new_call_id()
        self._rung[call] = (Watch(WatchId(new_uuid7()), replace(wish), call, 1), False)
        return call

    def answered(self, call: CallId, now: Instant) -> Watch | None:
        self._up()
        watch, told = self._rung.get(call, (None, False))
        if watch is None or (not told and watch.wish.outage_id not in self.over):
            return None
        if not told:
            self.told.append(watch.wish)
            self._rung[call] = (watch, True)
        return watch

    def places(self, watch: Watch, now: Instant) -> tuple[OutageAt, ...]:
        self._up()
        return self.going_on

    def talked(self, call: CallId) -> None:
        self._up()

    def _up(self) -> None:
        if self.down:
            raise CustomersUnavailable("The watches were taken down by the test.")
