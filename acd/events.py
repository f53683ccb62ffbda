"""What happened (facts, from the switch and the self-service) and what people ask for (commands, from the desk).

Both come through one inbox as `Message`s. A command that the tables of acd.states forbid is
refused and changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from acd.model import Leg, Queue
from calls.clock import Instant
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts

SCHEMA_VERSION = 1
"""Version of every event below; an older one is upcast when it is read (acd.codec)."""


class Decline(StrEnum):
    """Why an offer was not answered, as the switch tells it (design: calls.md, outcomes of an offer)."""

    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"


class LegEnd(StrEnum):
    HUNG_UP = "hung_up"
    LOST = "lost"


# --- calls
@dataclass(frozen=True, slots=True)
class CallQueued:
    """A caller wants a person. `skills` beyond the queue's own (a language). Repeated: changes nothing."""

    call_id: CallId
    queue_id: QueueId
    skills: frozenset[str]
    priority_s: int
    arrived_at: Instant
    enqueued_at: Instant
    leg: Leg
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's leg ended: abandoned while waiting, a normal end when talking."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class CallEnteredMenu:
    """The waiting caller opened the self-service; the place is kept."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class CallLeftMenu:
    """Back to the music. `facts` as far as the journey has come."""

    call_id: CallId
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class CallSelfServed:
    """The waiting caller got an answer in the menu and says goodbye."""

    call_id: CallId
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class ProtectedStepBegan:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class ProtectedStepEnded:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class CallRescued:
    """Asterisk alone has connected the call to an agent (rescue queue) while we were away."""

    call_id: CallId
    agent_id: AgentId
    leg: Leg


# --- offers and talks
@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """The agent's telephone answered."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    offer_id: OfferId
    reason: Decline


@dataclass(frozen=True, slots=True)
class CallConnected:
    """Caller and agent are in one bridge."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """The bridge could not be made; the caller may have gone (its own CallerLeft says so)."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class AgentLegEnded:
    """The agent's leg of a talk ended; `how` tells a hang-up from a lost device."""

    offer_id: OfferId
    how: LegEnd


@dataclass(frozen=True, slots=True)
class CallHeld:
    call_id: CallId


@dataclass(frozen=True, slots=True)
class CallResumed:
    call_id: CallId


# --- agents
@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    agent_id: AgentId
    name: str
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class AgentSignedOut:
    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class AgentReady:
    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class AgentNotReady:
    """Asked for at any time; in a call it holds from the call's end."""

    agent_id: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class AgentReachable:
    """The agent's telephone is registered."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class AgentUnreachable:
    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """Ended by the agent before its limit."""

    agent_id: AgentId


# --- the floor
@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline may be due (offer, wrap-up); right even when it comes late."""


@dataclass(frozen=True, slots=True)
class QueuesChanged:
    """The settings of all queues, as of `settings_version`. A waiting call keeps its queue even when it was removed."""

    queues: tuple[Queue, ...]
    settings_version: int


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """What a switch really holds, after any gap: calls of that node that are not in `calls` have left."""

    node: NodeId
    calls: frozenset[CallId]
    offers: frozenset[OfferId]


CallFact = (
    CallQueued | CallerLeft | CallEnteredMenu | CallLeftMenu | CallSelfServed | ProtectedStepBegan | ProtectedStepEnded
    | CallRescued | CallHeld | CallResumed
)  # fmt: skip
OfferFact = OfferAccepted | OfferDeclined | CallConnected | ConnectFailed | AgentLegEnded
AgentFact = AgentReachable | AgentUnreachable
AgentCommand = AgentSignedIn | AgentSignedOut | AgentReady | AgentNotReady | WrapUpEnded
"""What people ask for: the only events that can be refused, and the only ones that are answered."""
FloorFact = TimePassed | QueuesChanged | NodeSeen

Event = CallFact | OfferFact | AgentFact | AgentCommand | FloorFact


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the inbox. `actor` is who caused it: "switch:NODE", "ivr", "user:NAME", "clock"."""

    message_id: EventId
    at: Instant
    actor: str
    event: Event


@dataclass(frozen=True, slots=True)
class Accepted:
    message_id: EventId


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is a word that the desk translates (see acd.errors); nothing was changed."""

    message_id: EventId
    reason: str


Answer = Accepted | Refused
