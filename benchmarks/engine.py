"""The engine alone, without Redis and telephone: `python -m benchmarks.engine`.

A busy floor is played once and its messages are kept; what is timed is only `step`, over the same messages on the same
floor (a restored one decides the same). Every agent talks, callers wait in four queues for agents of six skill sets.
Each call brings five messages (queued, answered, connected, left, wrap-up over); every eighth caller opens the
self-service while waiting, every twelfth hangs up there. Time is that of the processor, so that neighbours on the
machine do not count; the garbage collector runs as in the engine's process (acd.collector).
"""

import gc
import sys
import time
from dataclasses import dataclass, field
from itertools import count

from acd.collector import ease
from acd.effects import OfferCall
from acd.engine import step
from acd.events import (
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallEnteredMenu,
    CallerLeft,
    CallLeftMenu,
    CallQueued,
    Event,
    Message,
    OfferAccepted,
    QueuesChanged,
    WrapUpEnded,
)
from acd.floor import Floor, FloorState
from acd.model import Leg
from acd.queues import Announcements, Queue
from benchmarks.figures import Figure, Figures, in_turns, main, median
from calls.clock import Instant
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from staff.skills import skilled

LEAST_PER_S = 20_000.0
MOST_GROWTH = 2.0
ROUNDS = 5
CALLS = 4_000
_START = Instant(1_750_000_000_000)
_SKILLS = ("sales", "repairs", "meters", "debts")
_SETS = (
    skilled("sales"), skilled("repairs"), skilled("meters", "debts"), skilled("sales", "repairs"),
    skilled("sales", "meters", "debts"), skilled(*_SKILLS),
)  # fmt: skip
_QUEUES = tuple(
    Queue(QueueId(skill), skill, 20 + 10 * n, frozenset({skill}), announcements=Announcements(every_s=0))
    for n, skill in enumerate(_SKILLS)
)
_LEG = Leg(NodeId("node-1"), "PJSIP/trunk-00000001", "1.1")


@dataclass(slots=True)
class _Play:
    """A floor that is driven, with every message that drove it."""

    floor: Floor = field(default_factory=Floor)
    messages: list[Message] = field(default_factory=list)
    talks: list[OfferId] = field(default_factory=list)
    waiting: dict[CallId, None] = field(default_factory=dict)
    now: Instant = _START
    ids: "count[int]" = field(default_factory=lambda: count(1))

    def tell(self, event: Event) -> None:
        self.now = Instant(self.now + 7)
        message = Message(EventId(f"m{next(self.ids)}"), self.now, "switch:node-1", event)
        self.messages.append(message)
        for effect in step(self.floor, message).effects:
            if isinstance(effect.wish, OfferCall):
                self.waiting.pop(effect.wish.call_id, None)
                self.talks.append(effect.wish.offer_id)
                self.tell(OfferAccepted(effect.wish.offer_id))
                self.tell(CallConnected(effect.wish.offer_id))

    def queue(self) -> None:
        number = next(self.ids)
        call_id = CallId(f"01900000-0000-7000-8000-{number:012x}")
        self.waiting[call_id] = None
        queue_id = _QUEUES[number % len(_QUEUES)].queue_id
        self.tell(CallQueued(call_id, queue_id, frozenset(), 0, self.now, self.now, _LEG, CallFacts()))
        if number % 8 == 0:
            self.tell(CallEnteredMenu(call_id))
            self.tell(CallLeftMenu(call_id, CallFacts()))
        if number % 12 == 0 and call_id in self.waiting:
            del self.waiting[call_id]
            self.tell(CallerLeft(call_id))

    def end_a_talk(self) -> None:
        """The longest talk ends; its agent takes the call due first."""
        call = self.floor.calls[self.floor.offers[self.talks.pop(0)]]
        agent_id = call.agent_id
        assert agent_id is not None
        self.tell(CallerLeft(call.call_id))
        self.tell(WrapUpEnded(agent_id))


def recorded(agents: int, waiting: int, calls: int) -> tuple[FloorState, list[Message]]:
    """A floor on which everybody talks and so many wait, and the messages of the `calls` that follow."""
    play = _Play()
    play.tell(QueuesChanged(_QUEUES, 1))
    for number in range(agents):
        agent_id = AgentId(f"agent-{number:05}")
        play.tell(AgentSignedIn(agent_id, agent_id, _SETS[number % len(_SETS)]))
        play.tell(AgentReachable(agent_id))
        play.tell(AgentReady(agent_id))
    while len(play.talks) < agents or len(play.waiting) < waiting:
        play.queue()
    state = play.floor.state()
    play.messages.clear()
    for _ in range(calls):
        play.end_a_talk()
        while len(play.waiting) < waiting:
            play.queue()
    return state, play.messages


def cost_us(state: FloorState, messages: list[Message]) -> float:
    """Microseconds of processor for one message."""
    floor = Floor.restored(state)
    gc.collect()
    started = time.process_time()
    for message in messages:
        step(floor, message)
    return (time.process_time() - started) / len(messages) * 1e6


def measure() -> Figures:
    ease()
    floors = {
        name: recorded(agents, waiting, CALLS)
        for name, agents, waiting in (("100", 100, 50), ("1,000", 1_000, 500), ("10,000", 10_000, 5_000))
    }
    costs = in_turns({name: lambda floor=floor: cost_us(*floor) for name, floor in floors.items()}, ROUNDS)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    small, middle, large = (median(costs[name]) for name in floors)
    return {
        "events, 1,000 agents, 500 waiting": Figure(round(1e6 / middle), "1/s", LEAST_PER_S, at_least=True),
        "an event at 100 agents": Figure(round(small, 2), "us"),
        "an event at 1,000 agents": Figure(round(middle, 2), "us"),
        "an event at 10,000 agents": Figure(round(large, 2), "us"),
        "10,000 agents against 100": Figure(round(large / small, 2), "x", MOST_GROWTH),
    }


if __name__ == "__main__":
    sys.exit(main("The engine alone", measure))
