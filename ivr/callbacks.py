"""What the self-service needs to promise a callback. `callcentre` gives the real one, tests a fake."""

from dataclasses import dataclass
from typing import Protocol

from calls.clock import Instant
from calls.ids import CallId, ContactId, NodeId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber


class CallbacksUnavailable(Exception):
    """Where callbacks are kept cannot be reached: none can be promised now."""


@dataclass(frozen=True, slots=True)
class CallbackOrder:
    """What a caller has ordered: the place in `queue` since `enqueued_at` goes on to the callback."""

    contact_id: ContactId
    call_id: CallId
    queue: QueueId
    number: PhoneNumber
    facts: CallFacts
    priority_s: int
    arrived_at: Instant
    enqueued_at: Instant
    node: NodeId


class Callbacks(Protocol):
    """Raises CallbacksUnavailable from every method but `may_ring`."""

    def offered(self, queue: QueueId, waited_s: float) -> bool:
        """Whether a caller who has waited so long in this queue is offered a callback."""

    def zone_of(self, queue: QueueId) -> str:
        """The time zone in which the queue's hours are meant."""

    def may_ring(self, number: PhoneNumber) -> bool:
        """Whether we ring this number back: no costly one, no foreign one unless the settings allow it."""

    def waiting_for(self, number: PhoneNumber) -> bool:
        """Whether a callback to this number waits already."""

    def order(self, order: CallbackOrder) -> None:
        """Keep it for good. Ordering twice for one call is one callback."""

    def cancel(self, number: PhoneNumber) -> None:
        """Ring this number back no more."""


class NoCallbacks:
    """Where callbacks were not set up."""

    def offered(self, queue: QueueId, waited_s: float) -> bool:
        return False

    def zone_of(self, queue: QueueId) -> str:
        raise CallbacksUnavailable

    def may_ring(self, number: PhoneNumber) -> bool:
        return False

    def waiting_for(self, number: PhoneNumber) -> bool:
        raise CallbacksUnavailable

    def order(self, order: CallbackOrder) -> None:
        raise CallbacksUnavailable

    def cancel(self, number: PhoneNumber) -> None:
        raise CallbacksUnavailable
