"""A callback: the promise to ring a customer back, at the place that the first call had. The database is its truth."""

from dataclasses import dataclass
from enum import StrEnum

from calls.clock import EPOCH, Instant
from calls.ids import CallId, ContactId, NodeId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber


class CallbackState(StrEnum):
    WAITING = "waiting"
    """Its turn has not come, or the customer was not reached and is rung again."""
    REACHED = "reached"
    """Customer and agent have spoken."""
    UNREACHED = "unreached"
    """Rung as often as the queue's rules say, in vain."""
    CANCELLED = "cancelled"
    """By the customer in the menu, or because the customer rang again first and was answered."""


@dataclass(frozen=True, slots=True)
class Callback:
    """`callback_id` is the call id of the callback itself, `contact_id` the first call.

    `skills` are those that the call asks for beside its queue's (its language). `attempts`: how often the customer's
    telephone was rung; not again before `not_before`.
    """

    callback_id: CallId
    contact_id: ContactId
    queue_id: QueueId
    number: PhoneNumber
    facts: CallFacts
    skills: frozenset[str]
    priority_s: int
    arrived_at: Instant
    enqueued_at: Instant
    requested_at: Instant
    node: NodeId
    attempts: int = 0
    not_before: Instant = EPOCH
    state: CallbackState = CallbackState.WAITING
    ended_at: Instant | None = None
