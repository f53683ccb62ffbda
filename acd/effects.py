"""What the engine wants done, in the imperative.

Each effect has an id and is safe to perform twice; the outbox keeps it until done.
"""

from dataclasses import dataclass

from acd.model import Leg
from acd.wait_law import Minutes
from calls.callback import Callback
from calls.clock import Instant
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.record import CallRecord
from calls.refusal import Refusal


@dataclass(frozen=True, slots=True)
class OfferCall:
    """Ring the agent's telephone; when it answers, the dialplan (`take`) bridges it with the caller's channel.

    `again`: they have talked already and the agent's page was lost, so the page answers by itself.
    """

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    caller: Leg
    expires_at: Instant
    again: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Stop the agent's telephone ringing (or hang up its leg): the caller has left, or the offer expired."""

    offer_id: OfferId
    caller: Leg


@dataclass(frozen=True, slots=True)
class HangUpAgent:
    """End the agent's leg of a finished talk, if the switch still has it."""

    offer_id: OfferId
    caller: Leg


@dataclass(frozen=True, slots=True)
class ReturnToQueue:
    """Bring the caller back to the music. `lost`: say first that the agent was lost and that we connect again."""

    call_id: CallId
    caller: Leg
    lost: bool = False


@dataclass(frozen=True, slots=True)
class SendAway:
    """Take the caller to the self-service that says why nobody comes and what else there is (dialplan: `refusal`).

    Who chooses to wait on comes back as a repeated CallQueued.
    """

    call_id: CallId
    caller: Leg
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class NameQueue:
    """Write on the caller's channel which queue it waits in now: from there the call is adopted."""

    call_id: CallId
    caller: Leg
    queue_id: QueueId


@dataclass(frozen=True, slots=True)
class SendOutside:
    """Take a waiting caller to an outside telephone (the duty officer's), with music until it answers.

    Told by OutsideAnswered or OutsideFailed; then the caller is back on the hold line, at its place. A call that an
    agent takes meanwhile is the agent's: the outside telephone stops ringing. `attempt` (1, 2 ...) counts the tries of
    this call, so that a wish performed twice is counted once. `actor` is whom the call outside is counted for:
    "queue:ID", "user:NAME".
    """

    call_id: CallId
    caller: Leg
    number: PhoneNumber
    actor: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class RingBack:
    """Ring the agent's telephone for a callback; when it answers, the dialplan (`ring-back`) dials the customer.

    Told by OfferAccepted or OfferDeclined as of any offer, then by CustomerReached and CallConnected, or by
    CustomerNotReached. WithdrawOffer and HangUpAgent end it as any offer.
    """

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    node: NodeId
    number: PhoneNumber
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class BeginConsult:
    """Caller to the music, the agent's leg to where the colleague's will take it (OfferCall with that leg follows)."""

    call_id: CallId
    caller: Leg
    agent: OfferId


@dataclass(frozen=True, slots=True)
class Join:
    """Bridge this agent's leg with the caller, out of whatever either is in."""

    call_id: CallId
    caller: Leg
    agent: OfferId


@dataclass(frozen=True, slots=True)
class ConsultOutside:
    """Caller to the music; the agent's leg dials a number outside over the trunks.

    Told of `line` by CustomerReached, and by CustomerNotReached when nobody spoke there or the talk is over. Join ends
    it.
    """

    call_id: CallId
    caller: Leg
    agent: OfferId
    line: OfferId
    number: PhoneNumber
    actor: str


@dataclass(frozen=True, slots=True)
class JoinOutside:
    """Bridge the caller with the leg outside that an agent has dialled. When it has gone, the caller waits again."""

    call_id: CallId
    caller: Leg
    other: Leg


@dataclass(frozen=True, slots=True)
class SendToPay:
    """Caller to the payment, the agent's leg to the music, in one move. `number`: the call's `number`-th payment.

    Told by CallerLeftPayment when the caller has left it again.
    """

    call_id: CallId
    caller: Leg
    agent: OfferId
    number: int


@dataclass(frozen=True, slots=True)
class BringBack:
    """Let the agent's leg take the caller out of the payment, or out of the music after it, as soon as that may be."""

    call_id: CallId
    caller: Leg
    agent: OfferId


@dataclass(frozen=True, slots=True)
class Confer:
    """Caller and both legs into one conference."""

    call_id: CallId
    caller: Leg
    agents: tuple[OfferId, ...]


@dataclass(frozen=True, slots=True)
class Announce:
    """Say something to a caller on the hold line, in the music; a key or an agent's answer cuts it.

    `position` 0, `minutes` None, `text` "" (a prompt id): not said. What is late (`at`) or was said is not said again.
    """

    call_id: CallId
    caller: Leg
    language: Language
    at: Instant
    position: int = 0
    minutes: Minutes | None = None
    text: str = ""
    callback: bool = False


@dataclass(frozen=True, slots=True)
class SetRescueMember:
    """The switch's own rescue queue: signed-in agents are members, paused unless they may be offered a call."""

    agent_id: AgentId
    member: bool
    paused: bool


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """Write the call's record to the database, once (idempotent by call_id)."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class WriteCallback:
    """Keep how far a callback has come, in the database; an older one changes nothing (idempotent by its attempts)."""

    callback: Callback


SwitchWish = (
    OfferCall | WithdrawOffer | HangUpAgent | ReturnToQueue | SendAway | NameQueue | SendOutside | RingBack
    | BeginConsult | Join | ConsultOutside | JoinOutside | Confer | SendToPay | BringBack
    | Announce | SetRescueMember
)  # fmt: skip
Wish = SwitchWish | WriteRecord | WriteCallback


@dataclass(frozen=True, slots=True)
class Effect:
    """`effect_id` is unique and ordered: the floor's version and a count inside the step, as VERSION-N.

    `order` names what it concerns ("call:ID", "agent:ID", "announcements:NODE"): effects that share a name are
    performed one after another.
    """

    effect_id: str
    wish: Wish
    order: tuple[str, ...] = ()


def effect_place(effect_id: str) -> tuple[int, int]:
    """The id as numbers, to sort by."""
    version, _, count = effect_id.partition("-")
    return int(version), int(count)
