"""What the engine wants done, in the imperative.

Each effect has an id and is safe to perform twice; the outbox keeps it until done.
"""

from dataclasses import dataclass

from acd.model import Leg
from calls.clock import Instant
from calls.ids import AgentId, CallId, OfferId
from calls.record import CallRecord


@dataclass(frozen=True, slots=True)
class OfferCall:
    """Ring the agent's telephone; when it answers, the dialplan (`take`) bridges it with the caller's channel."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    caller: Leg
    expires_at: Instant


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
    """Bring the caller back to the music: the agent's leg was lost in the talk."""

    call_id: CallId
    caller: Leg


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


Wish = OfferCall | WithdrawOffer | HangUpAgent | ReturnToQueue | SetRescueMember | WriteRecord


@dataclass(frozen=True, slots=True)
class Effect:
    """`effect_id` is unique and ordered: the floor's version and a count inside the step, as VERSION-N.

    `order` names what it concerns ("call:ID", "agent:ID"): effects that share a name are performed one after another.
    """

    effect_id: str
    wish: Wish
    order: tuple[str, ...] = ()


def effect_place(effect_id: str) -> tuple[int, int]:
    """The id as numbers, to sort by."""
    version, _, count = effect_id.partition("-")
    return int(version), int(count)
