"""The floor: every queue, waiting or live call and agent at an instant. Values only.

The rules are in states and engine.

A waiting call's order in its queue is its due time: enqueued_at + the queue's target, moved earlier by its priority.
enqueued_at never moves, so an old call always wins in the end.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from acd.copies import replace
from acd.queues import Cause
from acd.wait_law import Minutes
from calls.callback import Callback
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from calls.paying import PayResult, PayStep
from calls.record import OfferRecord
from calls.refusal import Why
from calls.transfer import Target, TransferRecord
from calls.unreached import Unreached
from staff.skills import Skills


class CallState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTING = "connecting"
    """The agent has answered, the bridge with the caller is being made."""
    TALKING = "talking"
    DIVERTED = "diverted"
    """Out of the queue: the caller hears why, and what else there is (acd.admission)."""
    ENDED = "ended"


class Presence(StrEnum):
    """The agent's wish."""

    SIGNED_OUT = "signed_out"
    READY = "ready"
    NOT_READY = "not_ready"


class Duty(StrEnum):
    """The floor's fact."""

    IDLE = "idle"
    OFFERED = "offered"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"


RONA = "rona"
"""The reason of a not-ready agent whose offer expired."""
SIGNED_IN = "signed_in"
"""The reason of an agent who has just signed in."""
DECLINED = "declined"
"""The reason of a not-ready agent whose telephone declined an offer."""
UNREACHABLE = "unreachable"
"""The reason of a not-ready agent whose telephone could not be rung for an offer."""

CONNECT_LIMIT_S = 10
"""How long the bridge may take after the agent has answered (the dialplan itself gives up after 2 s)."""
RING_BACK_LIMIT_S = 180
"""The same for a callback: longer than the customer's telephone rings, over all trunks."""
PAUSE_S = 2
"""A call whose bridge could not be made is offered again after this, so that a broken leg rings nobody in a loop."""
TAKE_BACK_S = 20
"""How long a call that was sent on can be taken back, while nobody has answered it."""
RETURNED_S = 3600
"""How much earlier the caller is due whose talk was cut off by us; a danger to life (a day) still goes before."""
RESCUE_QUEUE = QueueId("rescue")
"""The queue of a call that we hear of only when Asterisk alone has already connected it."""


@dataclass(frozen=True, slots=True)
class Leg:
    """The caller's leg inside the switch: what an effect addresses and a resync compares."""

    node: NodeId
    channel: str
    uniqueid: str


CAUSE_OF: Final = {
    Why.CLOSED: Cause.CLOSED,
    Why.FULL: Cause.FULL,
    Why.NUMBER: Cause.FULL,
    Why.NOBODY: Cause.NO_AGENTS,
    Why.LATE: Cause.LATE,
}
"""Of each sentence the cause by which a queue's overflow chain is chosen."""


@dataclass(frozen=True, slots=True)
class Detour:
    """What was tried for a call that its queue could not serve (acd.admission).

    `left`: the queues that it overflowed from. `told`: how often the caller was sent away with a sentence. `why`: for
    the last sentence or outside telephone. `stays`: the caller was offered a callback and chose to wait on. `outside`:
    the telephone that rings now, `tried` those where nobody answered, `attempts` all tries.
    """

    left: tuple[QueueId, ...] = ()
    told: int = 0
    why: Why | None = None
    stays: bool = False
    outside: str = ""
    tried: frozenset[str] = frozenset()
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    offered_at: Instant
    expires_at: Instant


class ConsultState(StrEnum):
    RINGING = "ringing"
    TALKING = "talking"
    """The two talk, the caller hears music."""
    JOINED = "joined"
    """All three talk."""


@dataclass(frozen=True, slots=True)
class Consult:
    """The second line of an agent in a talk. `offer_id` is the name of a colleague's leg.

    To a number outside there is no colleague: the agent's own leg dials; `leg` is the other one once it has answered.
    """

    offer_id: OfferId
    target: Target
    agent_id: AgentId | None
    begun_at: Instant
    expires_at: Instant
    state: ConsultState = ConsultState.RINGING
    leg: Leg | None = None


class PayState(StrEnum):
    KEYING = "keying"
    """The caller chooses, keys and listens: the agent may call the caller back."""
    CHARGING = "charging"
    """The bank is asked: nobody takes the caller away."""
    CALLED_BACK = "called_back"
    """The agent's leg is on its way to the caller, who is still in the payment."""
    RETURNING = "returning"
    """The caller has left the payment; the agent's leg is on its way."""


@dataclass(frozen=True, slots=True)
class Paying:
    """The payment that an agent has sent the caller to. `number` counts those of one call, from 1.

    `keyed`: how many digits of what `step` asks for; which ones nobody here knows. `alone`: the agent has hung up.
    """

    number: int
    account: str
    began_at: Instant
    state: PayState = PayState.KEYING
    step: PayStep = PayStep.AMOUNT
    keyed: int = 0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """How the last payment of a talk ended. `receipt`: its number, "" where there is none."""

    account: str
    result: PayResult
    receipt: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Missed:
    """Where nobody spoke when `by` asked there on a second line, or sent the caller there: for `by` to be told."""

    target: Target
    by: AgentId
    why: Unreached
    at: Instant


@dataclass(frozen=True, slots=True)
class Heard:
    """What a waiting caller has been told, and when the next announcement is due (None: none is).

    `position` 0, `minutes` None: never said. `first` is the first range, said at `first_at`: whether it has held is
    learnt. `texts` are the reference texts heard, the last one last; `offered_callback`: with which announcement (of
    `times`) a callback was offered last, 0 never.
    """

    next_at: Instant | None = None
    times: int = 0
    position: int = 0
    minutes: Minutes | None = None
    first: Minutes | None = None
    first_at: Instant = EPOCH
    texts: tuple[str, ...] = ()
    offered_callback: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call that entered a queue. Replaced, never changed, by the engine.

    `in_menu`: the caller uses the self-service while waiting (still eligible); `protected`: in a step not to be cut.
    `skills` are all that are asked of an agent (the queue's and its own); `need` is how well, and what of them the
    widening rings have left by now. `sequence` orders equal due times.
    `offers` are the finished offers; `refused_by` the agents who let one pass or declined since the last connection.
    `answered_at` is the first answer: a call that lost its agent and waits again keeps it.
    """

    call_id: CallId
    queue_id: QueueId
    skills: frozenset[str]
    priority_s: int
    arrived_at: Instant
    enqueued_at: Instant
    target_s: int
    leg: Leg
    facts: CallFacts
    state: CallState = CallState.WAITING
    in_menu: bool = False
    protected: bool = False
    attempts: int = 0
    offer: Offer | None = None
    offers: tuple[OfferRecord, ...] = ()
    refused_by: frozenset[AgentId] = frozenset()
    agent_id: AgentId | None = None
    answered_at: Instant | None = None
    held_since: Instant | None = None
    hold_ms: int = 0
    talk_ended_at: Instant | None = None
    rescued: bool = False
    sequence: int = 0
    settings_version: int = 0
    connect_by: Instant | None = None
    """When the bridge must have been made (connecting only)."""
    paused_until: Instant | None = None
    """Not offered before this: its last bridge failed."""
    heard: Heard = field(default_factory=Heard)
    threshold_s: int | None = None
    """The T of the queue's service level when the call was queued; None: the target."""
    kept_for: AgentId | None = None
    """The agent who was lost in the talk: until `kept_until` nobody else is rung for the caller."""
    kept_until: Instant | None = None
    consult: Consult | None = None
    """Only in a talk."""
    missed: Missed | None = None
    """The last one of this call."""
    transfers: tuple[TransferRecord, ...] = ()
    """A transfer inside: the call is not offered again."""
    entered_queue: QueueId | None = None
    """The queue that the call waited in first, once it is in another one: it stays its queue in the figures ..."""
    entered_threshold_s: int | None = None
    """... and this T, of that queue, judges it."""
    own_skills: frozenset[str] = frozenset()
    """What the call itself asks for (its language); the rest of `skills` is its queue's."""
    consider_at: Instant | None = None
    """When to look again whether it may wait on: late, closing time, another try."""
    detour: Detour = Detour()
    callback: Callback | None = None
    """This call is the ringing back that a first call was promised."""
    need: Skills = frozenset()
    widens_at: Instant | None = None
    """When `need` becomes less (acd.rings)."""
    preferred: AgentId | None = None
    """Who shall be rung before all others: nobody else until `preferred_until`, which is None when that is over."""
    preferred_until: Instant | None = None
    also: tuple[Offer, ...] = ()
    """Beside `offer`: the other telephones that ring for this call (a queue that rings all; offered only)."""
    paying: Paying | None = None
    """In a talk; after the agent's leg has ended also while waiting: the payment is not cut, and not offered either."""
    payments: int = 0
    """How often an agent has sent the caller to pay."""
    paid: Paid | None = None
    """The last one of this call."""

    @property
    def promised(self) -> bool:
        """A callback whose customer has not been reached yet: there is no caller's leg."""
        return self.callback is not None and self.answered_at is None

    @property
    def counted_in(self) -> QueueId:
        """The queue that the figures count the call in."""
        return self.entered_queue or self.queue_id

    def leaving_its_queue(self) -> "Call":
        """The call before it goes to another queue (or perhaps does): what it has been counted in stays."""
        if self.entered_queue is not None:
            return self
        return replace(self, entered_queue=self.queue_id, entered_threshold_s=self.judged_by_s)

    @property
    def judged_by_s(self) -> int:
        """The T of the service level that the call is judged by, in seconds."""
        if self.entered_threshold_s is not None:
            return self.entered_threshold_s
        return self.target_s if self.threshold_s is None else self.threshold_s

    @property
    def live_offers(self) -> tuple[Offer, ...]:
        """The offers that ring, or the one that it is answered by."""
        return () if self.offer is None else (self.offer, *self.also)

    def offer_to(self, agent_id: AgentId) -> Offer | None:
        """The live offer that this agent has of the call."""
        return next((offer for offer in self.live_offers if offer.agent_id == agent_id), None)

    @property
    def due_at(self) -> Instant:
        """A caller who has talked already and lost the agent goes before those who have not."""
        head_s = RETURNED_S if self.answered_at is not None else 0
        return Instant(self.enqueued_at + 1000 * (self.target_s - self.priority_s - head_s))


@dataclass(frozen=True, slots=True)
class Agent:
    """One signed-in (or formerly signed-in) agent. `share` is the busy share at `share_at`, 0..1 (acd.busy_share).

    `reachable`: a registered telephone. Only ready + idle + reachable is offered calls.
    `deviation` is share minus the floor's mean, kept over a break or sign-out.
    `calls_taken` counts connections since sign-in; `idle_since` breaks ties and orders by longest idle.
    """

    agent_id: AgentId
    name: str
    skills: Skills
    presence: Presence = Presence.SIGNED_OUT
    reason: str = ""
    presence_since: Instant = EPOCH
    duty: Duty = Duty.IDLE
    duty_since: Instant = EPOCH
    reachable: bool = False
    call_id: CallId | None = None
    wrap_up_until: Instant | None = None
    idle_since: Instant = EPOCH
    share: float = 0.0
    share_at: Instant = EPOCH
    deviation: float = 0.0
    calls_taken: int = 0
    signed_in_at: Instant = EPOCH
    extensions_left: int = 0
    """How often more time may still be asked for in this wrap-up, `extension_s` each."""
    extension_s: int = 0
    kept_call: CallId | None = None
    """The caller who is kept for this agent (Call.kept_for): until then no other call."""
    gave_call: CallId | None = None
    """The call that this agent sent on last: it can be taken back for a while."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The floor's mean busy share at an instant: what a new shift starts from (service-science.md, section 3)."""

    mean_share: float = 0.5
    at: Instant = EPOCH


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A finished talk whose record waits for the end of the agent's wrap-up."""

    call: Call
    ended_at: Instant
