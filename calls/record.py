"""The record of one call, written once when all is over. Raw times and the norm then in force, never "inside"."""

from dataclasses import dataclass
from enum import StrEnum

from calls.clock import Instant
from calls.ids import AgentId, CallId, ContactId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from calls.transfer import TransferRecord


class CallOutcome(StrEnum):
    """How a call ended. Every call that entered the queue ends as exactly one of those below the line."""

    SELF_SERVED = "self_served"
    LEFT_IN_MENU = "left_in_menu"
    # --- entered the queue
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SELF_SERVED_WAITING = "self_served_waiting"
    CALLBACK = "callback"
    OVERFLOWED = "overflowed"
    REFUSED = "refused"
    RESCUED = "rescued"
    # --- a callback's own call
    UNREACHED = "unreached"
    """The customer was rung as often as the rules say, in vain."""
    CANCELLED = "cancelled"
    """The customer did not want it any more, or had rung again and was answered."""


class OfferResult(StrEnum):
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OfferRecord:
    offer_id: OfferId
    agent_id: AgentId
    offered_at: Instant
    ended_at: Instant
    result: OfferResult


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, complete. Instants are None where the call never came so far; `hold_ms` is time on hold in the talk.

    `target_s` is the target wait that ordered the call, `threshold_s` the T of the service level, both in force when it
    was queued (None: T is the target); `settings_version` that of queues and skills. `cause` is a word of
    acd.queues.Cause: why the call could not, or should no longer, wait in its queue.
    """

    call_id: CallId
    contact_id: ContactId
    node: NodeId
    outcome: CallOutcome
    facts: CallFacts
    arrived_at: Instant
    ended_at: Instant
    queue_id: QueueId | None = None
    priority_s: int = 0
    target_s: int | None = None
    enqueued_at: Instant | None = None
    offers: tuple[OfferRecord, ...] = ()
    agent_id: AgentId | None = None
    answered_at: Instant | None = None
    talk_ended_at: Instant | None = None
    hold_ms: int = 0
    wrap_up_ended_at: Instant | None = None
    settings_version: int = 0
    transfers: tuple[TransferRecord, ...] = ()
    threshold_s: int | None = None
    cause: str = ""
