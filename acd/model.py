"""The floor: every queue, waiting or live call and agent at an instant. Values only.

The rules are in states and engine.

A waiting call's order in its queue is its due time: enqueued_at + the queue's target, moved earlier by its priority.
enqueued_at never moves, so an old call always wins in the end.
"""

from dataclasses import dataclass
from enum import StrEnum

from calls.clock import EPOCH, Instant, after
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId
from calls.journey import CallFacts, Language
from calls.record import OfferRecord
from calls.zones import SUPPLIER_ZONE


class CallState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTING = "connecting"
    """The agent has answered, the bridge with the caller is being made."""
    TALKING = "talking"
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
PAUSE_S = 2
"""A call whose bridge could not be made is offered again after this, so that a broken leg rings nobody in a loop."""
RESCUE_QUEUE = QueueId("rescue")
"""The queue of a call that we hear of only when Asterisk alone has already connected it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue's settings. Times in seconds. `skills` are needed of an agent; the call may add some (its language)."""

    queue_id: QueueId
    title: str
    target_s: int
    skills: frozenset[str]
    offer_s: int = 15
    """How long an offer may ring."""
    wrap_up_s: int = 60
    strategy: str = "least_busy"
    zone: str = SUPPLIER_ZONE
    """IANA time zone in which the queue's days and hours are meant."""
    title_en: str = ""
    """`title` is Russian; without an English one it stands in both languages."""

    def title_in(self, language: Language) -> str:
        return self.title_en or self.title if language is Language.EN else self.title


@dataclass(frozen=True, slots=True)
class Leg:
    """The caller's leg inside the switch: what an effect addresses and a resync compares."""

    node: NodeId
    channel: str
    uniqueid: str


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    offered_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Call:
    """One call that entered a queue. Replaced, never changed, by the engine.

    `in_menu`: the caller uses the self-service while waiting (still eligible); `protected`: in a step not to be cut.
    `skills` are all that an agent needs (the queue's and its own, when queued); `sequence` orders equal due times.
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

    @property
    def due_at(self) -> Instant:
        return after(self.enqueued_at, self.target_s - self.priority_s)


@dataclass(frozen=True, slots=True)
class Agent:
    """One signed-in (or formerly signed-in) agent. `share` is the busy share at `share_at`, 0..1 (acd.busy_share).

    `reachable`: a registered telephone. Only ready + idle + reachable is offered calls.
    `deviation` is share minus the floor's mean, kept over a break or sign-out.
    `calls_taken` counts connections since sign-in; `idle_since` breaks ties and orders by longest idle.
    """

    agent_id: AgentId
    name: str
    skills: frozenset[str]
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
