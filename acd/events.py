"""What happened (facts, from the switch and the self-service) and what people ask for (commands, from the desk).

Both come through one inbox as `Message`s. A command that the tables of acd.states forbid is
refused and changes nothing.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from acd.model import Leg
from acd.queues import Limits, Queue
from calls.callback import Callback
from calls.clock import Instant
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.paying import PayResult, PayStep
from calls.transfer import Target
from calls.unreached import Unreached
from staff.skills import Skills

SCHEMA_VERSION = 2
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
    """A caller wants a person. `skills` beyond the queue's own (a language). Repeated: changes nothing, but

    that a caller who was sent away with a sentence, and chose to wait on, is back.
    """

    call_id: CallId
    queue_id: QueueId
    skills: frozenset[str]
    priority_s: int
    arrived_at: Instant
    enqueued_at: Instant
    leg: Leg
    facts: CallFacts
    told: int = 0
    """The last refusal that the caller has been through (calls.refusal), as the channel carries it."""
    preferred: AgentId | None = None
    """Who shall be rung first, for as long as the queue allows (Queue.preferred_s)."""
    seen: bool = False
    """The switch saw it in the music: it waits, whatever became of it before (a talk that was torn apart)."""


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


@dataclass(frozen=True, slots=True)
class PastTalk:
    """A talk that was over when we came back: the switch remembers it. Of one that we heard of it says nothing new.

    `agent_id`: None when the agent's telephone was at another node; then the offer says who it was. `offer_id`: None
    for a talk that Asterisk alone had made.
    """

    call_id: CallId
    agent_id: AgentId | None
    offer_id: OfferId | None
    began_at: Instant
    ended_at: Instant
    node: NodeId


@dataclass(frozen=True, slots=True)
class OutsideAnswered:
    """The outside telephone of SendOutside has answered: caller and it are in one bridge."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class OutsideFailed:
    """Nobody answered outside: the dialplan has brought the caller back to the music (or never took it away)."""

    call_id: CallId
    why: Unreached


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
class ConsultConnected:
    """Agent and colleague (or outside number) are in one bridge. Told of both legs; only the consult's counts."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """The bridge could not be made; the caller may have gone (its own CallerLeft says so)."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True)
class CustomerReached:
    """The customer of a callback (RingBack) has answered. `leg` is a caller's from now on; CallConnected follows.

    The same of a second line outside (ConsultOutside): the agent talks there.
    """

    offer_id: OfferId
    leg: Leg


@dataclass(frozen=True, slots=True)
class CustomerNotReached:
    """The callback's customer could not be reached; the agent's leg is hung up by the dialplan.

    Of a second line outside: nobody spoke there, or the talk is over; the agent's leg waits.
    """

    offer_id: OfferId
    why: Unreached


@dataclass(frozen=True, slots=True)
class CallbackElsewhere:
    """Nobody was rung for this callback: its node is away or drained, and `node` takes calls."""

    offer_id: OfferId
    node: NodeId


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


# --- paying out of a talk
@dataclass(frozen=True, slots=True)
class PaymentStepped:
    """How far the caller has come in the `number`-th payment of this call: `keyed` digits of what `step` asks for."""

    call_id: CallId
    number: int
    step: PayStep
    keyed: int = 0


@dataclass(frozen=True, slots=True)
class PaymentOver:
    """How the `number`-th payment of this call ended; the caller may still hear so. `receipt`: its number, or ""."""

    call_id: CallId
    number: int
    result: PayResult
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class CallerLeftPayment:
    """The dialplan has brought the caller from the payment to the music, however that ended."""

    call_id: CallId


# --- callbacks
@dataclass(frozen=True, slots=True)
class CallbackRequested:
    """A customer is to be rung back: asked for in the self-service, or found waiting in the database.

    The first call, when it still waits, is over by it. Repeated: changes nothing.
    """

    callback: Callback


@dataclass(frozen=True, slots=True)
class CallbackCancelled:
    """The customer of this number does not want to be rung back any more."""

    number: PhoneNumber


# --- agents
@dataclass(frozen=True, slots=True)
class AgentSignedIn:
    agent_id: AgentId
    name: str
    skills: Skills


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
class TelephoneRenewed:
    """Another page of the agent has registered in place of the former: whatever leg that one had is dead."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class AgentSkillsChanged:
    """By the settings, in the middle of a shift; an agent who is not on the floor is passed over."""

    agent_id: AgentId
    skills: Skills


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """Ended by the agent before its limit."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class TransferCall:
    """Send the caller on at once. The agent's part is over; a call that nobody takes comes back to the queue's head."""

    agent_id: AgentId
    target: Target


@dataclass(frozen=True, slots=True)
class ConsultCall:
    """Talk with a colleague, with somebody of a queue or outside first; the caller hears music meanwhile."""

    agent_id: AgentId
    target: Target


@dataclass(frozen=True, slots=True)
class HandOver:
    """Who is consulted has the caller from now on."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class EndConsult:
    """Back to the caller alone."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class JoinAll:
    """Caller, agent and whoever is consulted talk together."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class TakeCallBack:
    """The call that this agent sent on comes back to the agent, if nobody has answered it yet."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class BeginPayment:
    """The caller is to pay this account's bill by card, without the agent hearing the keys."""

    agent_id: AgentId
    account: str


@dataclass(frozen=True, slots=True)
class LeavePayment:
    """The agent wants the caller back, before the payment is over."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True)
class ExtendWrapUp:
    """More time for the record of this call, as often as its queue allows."""

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
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """What a switch really holds, after any gap: calls of that node that are not in `calls` have left.

    `offers` are the legs that ring or talk and those that are asked for and not made yet. `asked_at`: offers made about
    then or since may be on their way without being in `offers`. None: none was made meanwhile.
    """

    node: NodeId
    calls: frozenset[CallId]
    offers: frozenset[OfferId]
    asked_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """The queues whose forecast misses their standard now, all of them: who can serve these is spared for them."""

    short: frozenset[QueueId]


CallFact = (
    CallQueued | CallerLeft | CallEnteredMenu | CallLeftMenu | CallSelfServed | ProtectedStepBegan | ProtectedStepEnded
    | CallRescued | PastTalk | CallHeld | CallResumed | OutsideAnswered | OutsideFailed
    | PaymentStepped | PaymentOver | CallerLeftPayment
)  # fmt: skip
OfferFact = (
    OfferAccepted | OfferDeclined | CallConnected | ConsultConnected | ConnectFailed | CustomerReached
    | CustomerNotReached | CallbackElsewhere | AgentLegEnded
)  # fmt: skip
AgentFact = AgentReachable | AgentUnreachable | TelephoneRenewed | AgentSkillsChanged
TransferCommand = TransferCall | ConsultCall | HandOver | EndConsult | JoinAll | TakeCallBack
PaymentCommand = BeginPayment | LeavePayment
AgentCommand = (
    AgentSignedIn | AgentSignedOut | AgentReady | AgentNotReady | WrapUpEnded | ExtendWrapUp | TransferCommand
    | PaymentCommand
)  # fmt: skip
"""What people ask for: the only events that can be refused, and the only ones that are answered."""
CallbackFact = CallbackRequested | CallbackCancelled
FloorFact = TimePassed | QueuesChanged | DemandForecast | NodeSeen

Event = CallFact | OfferFact | CallbackFact | AgentFact | AgentCommand | FloorFact


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
