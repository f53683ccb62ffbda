"""All that the engine knows, with the indices that make one event cost O(log n).

  lanes      waiting calls that may be offered now, one heap for each (queue, skills needed), by due time then sequence
  groups     available agents, one heap for each (distinct skill set, strategy), by the strategy's key
  deadlines  offers, bridges being made, pauses, wrap-ups
Every entity is put by `put_call`, `put_agent`, `put_wrap_up`: they keep the indices and note what was changed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from acd.busy_share import Load, carried, load_of, pool_at
from acd.errors import Reason
from acd.lazy_heap import LazyHeap
from acd.model import Agent, Call, CallState, Duty, Pool, Queue, WrapUp
from acd.policy import STRATEGIES, available, offerable
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, CallId, EventId, OfferId, QueueId

REMEMBERED = 10_000
"""How many message ids and departed calls are remembered; a repetition comes within seconds."""

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last `REMEMBERED` keys that were put."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[K, V] = {}

    def put(self, key: K, value: V) -> None:
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > REMEMBERED:
            del self._kept[next(iter(self._kept))]

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __getitem__(self, key: K) -> V:
        return self._kept[key]

    def items(self) -> tuple[tuple[K, V], ...]:
        return tuple(self._kept.items())


@dataclass(slots=True)
class Changes:
    """What one step changed; None = no longer there. `departed`: True when the call's record is written or waits."""

    calls: dict[CallId, Call | None] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    wrap_ups: dict[AgentId, WrapUp | None] = field(default_factory=dict)
    queues: dict[QueueId, Queue | None] = field(default_factory=dict)
    departed: dict[CallId, bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.calls or self.agents or self.wrap_ups or self.queues or self.departed)


@dataclass(frozen=True, slots=True)
class Deadline:
    """What may be due: `call` (its offer, bridge or pause) or `agent` (the wrap-up)."""

    call: CallId | None = None
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class FloorState:
    """A floor as plain values: what a store keeps and two floors are compared by."""

    version: int = 0
    at: Instant = EPOCH
    settings_version: int = 0
    pool: Pool = field(default_factory=Pool)
    queues: tuple[Queue, ...] = ()
    calls: tuple[Call, ...] = ()
    agents: tuple[Agent, ...] = ()
    wrap_ups: tuple[tuple[AgentId, WrapUp], ...] = ()
    seen: tuple[tuple[EventId, Reason | None], ...] = ()
    departed: tuple[tuple[CallId, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """Waiting calls of one queue that need the same skills."""

    queue_id: QueueId
    skills: frozenset[str]


Group = dict[str, LazyHeap[AgentId]]
"""Available agents with one skill set: a heap for each strategy, by its name."""


class Floor:
    """See the module. Only acd.engine changes one; `version` counts the messages that were taken."""

    def __init__(self) -> None:
        self.version = 0
        self.at: Instant = EPOCH
        self.settings_version = 0
        self.pool = Pool()
        self.queues: dict[QueueId, Queue] = {}
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.wrap_ups: dict[AgentId, WrapUp] = {}
        self.seen: Recent[EventId, Reason | None] = Recent()
        self.departed: Recent[CallId, bool] = Recent()
        self.offers: dict[OfferId, CallId] = {}
        self.lanes: dict[Lane, LazyHeap[CallId]] = {}
        self.groups: dict[frozenset[str], Group] = {}
        self.deadlines: LazyHeap[Deadline] = LazyHeap()
        self.demand: Counter[str] = Counter()
        self.loads: Counter[Load] = Counter()
        self.changes = Changes()

    @classmethod
    def restored(cls, state: FloorState) -> "Floor":
        """The floor that `state` was taken of."""
        floor = cls()
        floor.at = state.at
        for queue in state.queues:
            floor.put_queue(queue)
        for call in state.calls:
            floor.put_call(call)
        for agent in state.agents:
            floor._index_agent(None, agent)
        floor.wrap_ups = dict(state.wrap_ups)
        for message_id, reason in state.seen:
            floor.seen.put(message_id, reason)
        for call_id, recorded in state.departed:
            floor.departed.put(call_id, recorded)
        floor.version, floor.settings_version, floor.pool = state.version, state.settings_version, state.pool
        floor.changes = Changes()
        return floor

    def state(self) -> FloorState:
        def by_id(pairs: Iterable[tuple[K, V]]) -> list[V]:
            return [value for _, value in sorted(pairs, key=lambda pair: str(pair[0]))]

        return FloorState(
            version=self.version,
            at=self.at,
            settings_version=self.settings_version,
            pool=self.pool,
            queues=tuple(by_id(self.queues.items())),
            calls=tuple(by_id(self.calls.items())),
            agents=tuple(by_id(self.agents.items())),
            wrap_ups=tuple(sorted(self.wrap_ups.items(), key=lambda pair: pair[0])),
            seen=self.seen.items(),
            departed=self.departed.items(),
        )

    # --- reading
    def mean_share(self, at: Instant) -> float:
        return self._pool_at(at).mean_share

    def strategy_of(self, queue_id: QueueId) -> str:
        queue = self.queues.get(queue_id)
        return queue.strategy if queue else ""

    def first_due(self) -> tuple[Instant, Deadline] | None:
        first = self.deadlines.first()
        return None if first is None else (Instant(int(first[0][0])), first[1])

    # --- changing
    def put_queue(self, queue: Queue) -> None:
        self.queues[queue.queue_id] = queue
        self.changes.queues[queue.queue_id] = queue

    def drop_queue(self, queue_id: QueueId) -> None:
        del self.queues[queue_id]
        self.changes.queues[queue_id] = None

    def put_call(self, call: Call) -> None:
        """Add or replace a live call."""
        before = self.calls.get(call.call_id)
        if before is None:
            self.demand.update(call.skills)
        elif before.offer is not None and before.offer != call.offer:
            del self.offers[before.offer.offer_id]
        if call.offer is not None:
            self.offers[call.offer.offer_id] = call.call_id
        self.calls[call.call_id] = call
        self.changes.calls[call.call_id] = call
        self._index_waiting(call)
        due = _deadline_of_call(call)
        self._set_deadline(Deadline(call=call.call_id), due, call.call_id)

    def drop_call(self, call_id: CallId) -> None:
        """The call is over; `departed` remembers it."""
        call = self.calls.pop(call_id)
        self.demand.subtract(call.skills)
        for skill in call.skills:
            if not self.demand[skill]:
                del self.demand[skill]
        if call.offer is not None:
            del self.offers[call.offer.offer_id]
        self.changes.calls[call_id] = None
        self._leave_lane(Lane(call.queue_id, call.skills), call_id)
        self.deadlines.drop(Deadline(call=call_id))
        self.note_departed(call_id, recorded=True)

    def note_departed(self, call_id: CallId, *, recorded: bool) -> None:
        self.departed.put(call_id, recorded)
        self.changes.departed[call_id] = recorded

    def put_agent(self, agent: Agent, at: Instant) -> None:
        """Add or replace an agent; its busy share and the pool's mean are brought to `at`."""
        before = self.agents.get(agent.agent_id)
        self.pool = self._pool_at(at)
        agent = carried(before, agent, self.pool.mean_share, at)
        self._index_agent(before, agent)
        self.changes.agents[agent.agent_id] = agent

    def put_wrap_up(self, agent_id: AgentId, wrap_up: WrapUp) -> None:
        self.wrap_ups[agent_id] = wrap_up
        self.changes.wrap_ups[agent_id] = wrap_up

    def take_wrap_up(self, agent_id: AgentId) -> WrapUp | None:
        """The finished talk whose record waited for this agent, taken off the floor."""
        wrap_up = self.wrap_ups.pop(agent_id, None)
        if wrap_up is not None:
            self.changes.wrap_ups[agent_id] = None
        return wrap_up

    def take_changes(self) -> Changes:
        """What was changed since the last time."""
        changes, self.changes = self.changes, Changes()
        return changes

    # --- indices
    def _pool_at(self, at: Instant) -> Pool:
        return pool_at(self.pool, self.loads[Load.BUSY], self.loads[Load.IDLE], at)

    def _index_waiting(self, call: Call) -> None:
        lane = Lane(call.queue_id, call.skills)
        if call.paused_until is None and offerable(call, self.at):
            heap = self.lanes.setdefault(lane, LazyHeap())
            if call.call_id not in heap:
                heap.put(call.call_id, (call.due_at, call.sequence))
        else:
            self._leave_lane(lane, call.call_id)

    def _leave_lane(self, lane: Lane, call_id: CallId) -> None:
        heap = self.lanes.get(lane)
        if heap is not None:
            heap.drop(call_id)
            if not heap:
                del self.lanes[lane]

    def _index_agent(self, before: Agent | None, agent: Agent) -> None:
        self.agents[agent.agent_id] = agent
        if before is not None:
            self.loads[load_of(before)] -= 1
        self.loads[load_of(agent)] += 1
        if before is not None and available(before) and not (available(agent) and agent.skills == before.skills):
            self._leave_group(before)
        if available(agent):
            group = self.groups.setdefault(agent.skills, {name: LazyHeap() for name in STRATEGIES})
            for name, heap in group.items():
                heap.put(agent.agent_id, (*STRATEGIES[name].key(agent), agent.agent_id))
        wrap_up_until = agent.wrap_up_until if agent.duty is Duty.WRAP_UP else None
        self._set_deadline(Deadline(agent=agent.agent_id), wrap_up_until, agent.agent_id)

    def _leave_group(self, agent: Agent) -> None:
        group = self.groups[agent.skills]
        for heap in group.values():
            heap.drop(agent.agent_id)
        if not any(group.values()):
            del self.groups[agent.skills]

    def _set_deadline(self, deadline: Deadline, at: Instant | None, tie: str) -> None:
        if at is None:
            self.deadlines.drop(deadline)
        else:
            self.deadlines.put(deadline, (at, tie))


def _deadline_of_call(call: Call) -> Instant | None:
    match call.state:
        case CallState.OFFERED:
            return call.offer.expires_at if call.offer else None
        case CallState.CONNECTING:
            return call.connect_by
        case CallState.WAITING:
            return call.paused_until
        case _:
            return None
