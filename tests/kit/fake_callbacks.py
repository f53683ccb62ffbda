"""Callbacks in memory, as the self-service orders them."""

from calls.ids import QueueId
from calls.numbers import PhoneNumber
from ivr.callbacks import CallbackOrder, CallbacksUnavailable


class FakeCallbacks:
    """`down`: what the real one raises without its database. Numbers that begin with `costly` are never rung."""

    def __init__(self, *, down: bool = False, offered: bool = True, costly: tuple[str, ...] = ("+7809", "+1")) -> None:
        self.down = down
        self.orders: list[CallbackOrder] = []
        self.cancelled: list[PhoneNumber] = []
        self._offered = offered
        self._costly = costly

    def offered(self, queue: QueueId, waited_s: float) -> bool:
        self._check()
        return self._offered and waited_s >= 0

    def zone_of(self, queue: QueueId) -> str:
        self._check()
        return "Asia/Yekaterinburg"

    def may_ring(self, number: PhoneNumber) -> bool:
        return not number.startswith(self._costly)

    def waiting_for(self, number: PhoneNumber) -> bool:
        self._check()
        return any(order.number == number for order in self.orders) and number not in self.cancelled

    def order(self, order: CallbackOrder) -> None:
        self._check()
        self.orders.append(order)

    def cancel(self, number: PhoneNumber) -> None:
        self._check()
        self.cancelled.append(number)

    def _check(self) -> None:
        if self.down:
            raise CallbacksUnavailable
