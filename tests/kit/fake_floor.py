"""The floor in memory, moved by the real engine: what the desk sees and asks, without Redis and without a switch."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from acd.alerts import Alert
from acd.effects import OfferCall
from acd.engine import Step, step
from acd.events import (
    AgentReachable,
    Answer,
    CallConnected,
    CallQueued,
    Event,
    Message,
    OfferAccepted,
    QueuesChanged,
    TimePassed,
)
from acd.figures import Report
from acd.floor import Floor
from acd.model import Leg
from acd.queues import Queue
from agent_desktop.ports import Change, FloorUnavailable, FloorView
from calls.clock import AnchoredClock, Instant, after
from calls.ids import AgentId, CallId, NodeId, QueueId, new_call_id, new_event_id
from calls.journey import CallFacts

GENERAL = Queue(QueueId("general"), "Общая", 20, frozenset({"general"}), 15, 60, title_en="General")
BILLING = Queue(QueueId("billing"), "Оплата и долги", 30, frozenset({"billing"}), 15, 60, title_en="Payment")
EMERGENCY = Queue(QueueId("emergency"), "Аварийная", 10, frozenset({"emergency"}), 15, 30, title_en="Emergency")
NODE = NodeId("node-1")


class FakeFloor:
    """See agent_desktop.ports.Floor. `tell` is the world's events; `down` makes every question fail."""

    def __init__(self, *queues: Queue) -> None:
        self.clock = AnchoredClock()
        self.floor = Floor()
        self.down = False
        self.asked: list[Event] = []
        self.offers: list[OfferCall] = []
        self.report: Report | None = None
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self.tell(QueuesChanged(queues or (GENERAL, BILLING, EMERGENCY), 1))

    # --- what the desk uses
    async def view(self) -> FloorView:
        if self.down:
            raise FloorUnavailable("taken down by the test")
        floor = self.floor
        wrapping = {agent_id: wrap_up.call for agent_id, wrap_up in floor.wrap_ups.items()}
        return FloorView(
            floor.version,
            self.clock.now(),
            dict(floor.queues),
            dict(floor.calls),
            dict(floor.agents),
            dict(wrapping),
            self.report,
        )

    def changes(self) -> AsyncIterator[Change]:
        listener: asyncio.Queue[Change | None] = asyncio.Queue()
        self._listeners.add(listener)
        return self._changes(listener)

    async def ask(self, user: AgentId, event: Event) -> Answer:
        if self.down:
            raise FloorUnavailable("taken down by the test")
        self.asked.append(event)
        return self._step(f"user:{user}", event).answer

    # --- what the test tells
    def tell(self, event: Event) -> Step:
        return self._step("test", event)

    def reported(self, report: Report | None) -> None:
        """What the monitor tells; None: it is away."""
        self.report = report
        for listener in tuple(self._listeners):
            listener.put_nowait(Change(self.floor.version, {}, {}, {}))

    def report_alerts(self, alerts: tuple[Alert, ...]) -> None:
        self.reported(replace(self.report or Report(self.clock.now()), alerts=alerts))

    def drop_listeners(self) -> None:
        """What the feed does to a page that is too slow."""
        for listener in tuple(self._listeners):
            listener.put_nowait(None)

    def call(self, facts: CallFacts, queue: Queue = GENERAL, waited_s: float = 0.0) -> CallId:
        """A caller enters the queue, `waited_s` seconds ago."""
        call_id = new_call_id()
        at = after(self.clock.now(), -waited_s)
        leg = Leg(NODE, f"PJSIP/trunk-{call_id[:8]}", call_id[:8])
        self.tell(CallQueued(call_id, queue.queue_id, queue.skills, 0, at, at, leg, facts))
        return call_id

    def reachable(self, agent_id: str) -> None:
        self.tell(AgentReachable(AgentId(agent_id)))

    def answered(self, call_id: CallId) -> None:
        """The agent's telephone answered the offer of this call, and the bridge was made."""
        offer = self.floor.calls[call_id].offer
        assert offer is not None, "the call is not offered"
        self.tell(OfferAccepted(offer.offer_id))
        self.tell(CallConnected(offer.offer_id))

    def pass_time(self, seconds: float) -> None:
        """The engine's clock strikes as if so many seconds had gone by."""
        self._step("clock", TimePassed(), after(self.clock.now(), seconds))

    def _step(self, actor: str, event: Event, at: Instant | None = None) -> Step:
        done = step(self.floor, Message(new_event_id(), self.clock.now() if at is None else at, actor, event))
        self.offers += [effect.wish for effect in done.effects if isinstance(effect.wish, OfferCall)]
        changes = done.changes
        wrapping = {agent_id: wrap_up.call if wrap_up else None for agent_id, wrap_up in changes.wrap_ups.items()}
        change = Change(done.version, dict(changes.calls), dict(changes.agents), wrapping)
        for listener in tuple(self._listeners):
            listener.put_nowait(change)
        return done

    async def _changes(self, listener: "asyncio.Queue[Change | None]") -> AsyncIterator[Change]:
        try:
            while (change := await listener.get()) is not None:
                yield change
        finally:
            self._listeners.discard(listener)
