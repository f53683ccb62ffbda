"""All that the engine knows, with the indices that make one event cost O(log n).

  lanes      waiting calls that may be offered now, by due time then sequence (acd.lanes)
  groups     available agents by the strategies' keys (acd.groups)
  deadlines  offers, bridges being made, second lines, pauses, rings, preference windows, wrap-ups, announcements, the
             next look at a waiting call
  crowd      how many callers are held, by queue, in all and by their number (acd.crowd)
  staff      how many agents are signed in with each skill set
  serving    agents who take calls now or after the present one, by skill set, in halves (acd.estimates)
Every entity is put by `put_call`, `put_agent`, `put_wrap_up`: they keep the indices and note what was changed.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from acd.busy_share import Load, carried, load_of, pool_at
from acd.crowd import Crowd
from acd.deadlines import Deadline, announcement_of, deadline_of_agent, deadline_of_call
from acd.errors import Reason
from acd.groups import Groups
from acd.hours import Spell, spell_at
from acd.lanes import Lanes, lane_of
from acd.lazy_heap import LazyHeap
from acd.model import Agent, Call, Pool, Presence, WrapUp
from acd.pace import Pace
from acd.policy import available, serving_halves
from acd.queues import Limits, Queue
from acd.rings import least_asked
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, CallId, EventId, OfferId, QueueId
from staff.skills import Skills, able

REMEMBERED = 10_000
"""How many message ids and departed calls are remembered; a repetition comes within seconds."""

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last `REMEMBERED` keys that were put."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __getitem__(self, key: K) -> V:
        return self._kept[key]

    def get(self, key: K) -> V | None:
        return self._kept.get(key)

    def items(self) -> tuple[tuple[K, V], ...]:
        return tuple(self._kept.items())


@dataclass(slots=True)
class Changes:
    """What one step changed; None = no longer there. `departed`: True when the call's record is written or waits."""

    calls: dict[CallId, Call | None] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    wrap_ups: dict[AgentId, WrapUp | None] = field(default_factory=dict)
    queues: dict[QueueId, Queue | None] = field(default_factory=dict)
    paces: dict[QueueId, Pace | None] = field(default_factory=dict)
    departed: dict[CallId, bool] = field(default_factory=dict)
    limits: Limits | None = None
    short: frozenset[QueueId] | None = None

    def __bool__(self) -> bool:
        changed = self.calls or self.agents or self.wrap_ups or self.queues or self.paces or self.departed
        return bool(changed) or self.limits is not None or self.short is not None


@dataclass(frozen=True, slots=True)
class FloorState:
    """A floor as plain values: what a store keeps and two floors are compared by."""

    version: int = 0
    at: Instant = EPOCH
    settings_version: int = 0
    pool: Pool = field(default_factory=Pool)
    limits: Limits = field(default_factory=Limits)
    short: frozenset[QueueId] = frozenset()
    queues: tuple[Queue, ...] = ()
    paces: tuple[Pace, ...] = ()
    calls: tuple[Call, ...] = ()
    agents: tuple[Agent, ...] = ()
    wrap_ups: tuple[tuple[AgentId, WrapUp], ...] = ()
    seen: tuple[tuple[EventId, Reason | None], ...] = ()
    departed: tuple[tuple[CallId, bool], ...] = ()


class Floor:
    """See the module. Only acd.engine changes one; `version` counts the messages that were taken."""

    def __init__(self) -> None:
        self.version = 0
        self.at: Instant = EPOCH
        self.settings_version = 0
        self.pool = Pool()
        self.limits = Limits()
        self.queues: dict[QueueId, Queue] = {}
        self.paces: dict[QueueId, Pace] = {}
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {}
        self.wrap_ups: dict[AgentId, WrapUp] = {}
        self.seen: Recent[EventId, Reason | None] = Recent()
        self.departed: Recent[CallId, bool] = Recent()
        self.offers: dict[OfferId, CallId] = {}
        self.lanes = Lanes()
        self.groups = Groups()
        self.short: frozenset[QueueId] = frozenset()
        self.deadlines: LazyHeap[Deadline] = LazyHeap()
        self.demand: Counter[str] = Counter()
        self.loads: Counter[Load] = Counter()
        self.crowd = Crowd()
        self.staff: Counter[Skills] = Counter()
        self.deserted = False
        """The last agent with some skill set has gone since this was last asked."""
        self.spells: dict[QueueId, Spell] = {}
        self.serving: Counter[Skills] = Counter()
        self.changes = Changes()

    @classmethod
    def restored(cls, state: FloorState) -> "Floor":
        """The floor that `state` was taken of."""
        floor = cls()
        floor.at = state.at
        for queue in state.queues:
            floor.put_queue(queue)
        floor.paces = {pace.queue_id: pace for pace in state.paces}
        floor.regroup()
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
        floor.limits, floor.deserted = state.limits, False
        floor.short = state.short
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
            limits=self.limits,
            short=self.short,
            queues=tuple(by_id(self.queues.items())),
            paces=tuple(by_id(self.paces.items())),
            calls=tuple(by_id(self.calls.items())),
            agents=tuple(by_id(self.agents.items())),
            wrap_ups=tuple(sorted(self.wrap_ups.items(), key=lambda pair: pair[0])),
            seen=self.seen.items(),
            departed=self.departed.items(),
        )

    # --- reading
    def mean_share(self, at: Instant) -> float:
        return self._pool_at(at).mean_share

    def somebody_for(self, queue: Queue, own: frozenset[str]) -> bool:
        """Whether an agent is signed in who may take, now or when the rings have widened, such a call of this queue."""
        least = least_asked(queue, own)
        return any(able(had, least) for had in self.staff)

    def spell_of(self, queue: Queue, at: Instant) -> Spell:
        """The spell of open or closed hours that `at` lies in."""
        spell = self.spells.get(queue.queue_id)
        if spell is None or not spell.since <= at < spell.until:
            spell = self.spells[queue.queue_id] = spell_at(queue.hours, queue.zone, at)
        return spell

    def pace_of(self, queue_id: QueueId) -> Pace:
        return self.paces.get(queue_id) or Pace(queue_id)

    def first_due(self) -> tuple[Instant, Deadline] | None:
        first = self.deadlines.first()
        return None if first is None else (Instant(int(first[0][0])), first[1])

    # --- changing
    def put_queue(self, queue: Queue) -> None:
        """Add or replace a queue. `regroup` when all are put."""
        self.queues[queue.queue_id] = queue
        self.spells.pop(queue.queue_id, None)
        self.changes.queues[queue.queue_id] = queue

    def put_limits(self, limits: Limits) -> None:
        self.limits = self.changes.limits = limits

    def drop_queue(self, queue_id: QueueId) -> None:
        del self.queues[queue_id]
        self.changes.queues[queue_id] = None
        if self.paces.pop(queue_id, None) is not None:
            self.changes.paces[queue_id] = None

    def put_pace(self, pace: Pace) -> None:
        """Of a queue that has settings; another one's is not kept."""
        if pace.queue_id not in self.queues:
            return
        self.paces[pace.queue_id] = self.changes.paces[pace.queue_id] = pace

    def regroup(self) -> None:
        """After the queues have changed: order the idle agents as they now say."""
        self.groups.obey(self.queues, self.agents.values())

    def put_short(self, short: frozenset[QueueId]) -> None:
        """Note the queues whose forecast misses their standard."""
        if short != self.short:
            self.short = self.changes.short = short

    def put_call(self, call: Call) -> None:
        """Add or replace a live call."""
        before = self.calls.get(call.call_id)
        self._index_demand(before, call)
        self._index_offers(before, call)
        self.crowd.put(before, call)
        self.calls[call.call_id] = call
        self.changes.calls[call.call_id] = call
        self.lanes.put(before, call, self.at)
        was_due, due = deadline_of_call(before), deadline_of_call(call)
        if due != was_due:
            self._set_deadline(Deadline(call=call.call_id), due, call.call_id)
        was_next, next_at = announcement_of(before), announcement_of(call)
        if next_at != was_next:
            self._set_deadline(Deadline(call=call.call_id, announcement=True), next_at, call.call_id)

    def drop_call(self, call_id: CallId) -> None:
        """The call is over; `departed` remembers it."""
        call = self.calls.pop(call_id)
        self._index_demand(call, None)
        self._index_offers(call, None)
        self.crowd.put(call, None)
        self.changes.calls[call_id] = None
        self.lanes.leave(lane_of(call), call_id)
        self.deadlines.drop(Deadline(call=call_id))
        self.deadlines.drop(Deadline(call=call_id, announcement=True))
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

    def _index_demand(self, before: Call | None, call: Call | None) -> None:
        had = before.skills if before is not None else frozenset()
        needs = call.skills if call is not None else frozenset()
        if had == needs:
            return
        self.demand.update(needs)
        self.demand.subtract(had)
        for skill in had:
            if not self.demand[skill]:
                del self.demand[skill]

    def _index_offers(self, before: Call | None, call: Call | None) -> None:
        legs, former = legs_of(call), legs_of(before)
        if legs == former:
            return
        for leg in former:
            del self.offers[leg]
        if call is not None:
            for leg in legs:
                self.offers[leg] = call.call_id

    def _index_agent(self, before: Agent | None, agent: Agent) -> None:
        self.agents[agent.agent_id] = agent
        if before is None:
            self.loads[load_of(agent)] += 1
            self.serving[agent.skills] += serving_halves(agent)
        else:
            was, now = load_of(before), load_of(agent)
            if was is not now:
                self.loads[was] -= 1
                self.loads[now] += 1
            self._index_serving(before, agent)
        self._index_staff(before, agent)
        stays = available(agent)
        if before is not None and available(before) and not (stays and agent.skills == before.skills):
            self.groups.leave(before)
        if stays:
            self.groups.join(agent)
        was_due, due = deadline_of_agent(before), deadline_of_agent(agent)
        if due != was_due:
            self._set_deadline(Deadline(agent=agent.agent_id), due, agent.agent_id)

    def _index_serving(self, before: Agent, agent: Agent) -> None:
        was, now = serving_halves(before), serving_halves(agent)
        if was != now or before.skills != agent.skills:
            self.serving[before.skills] -= was
            self.serving[agent.skills] += now

    def _index_staff(self, before: Agent | None, agent: Agent) -> None:
        had = before.skills if before is not None and before.presence is not Presence.SIGNED_OUT else None
        has = agent.skills if agent.presence is not Presence.SIGNED_OUT else None
        if had == has:
            return
        if has is not None:
            self.staff[has] += 1
        if had is not None:
            self.staff[had] -= 1
            if not self.staff[had]:
                del self.staff[had]
                self.deserted = True

    def _set_deadline(self, deadline: Deadline, at: Instant | None, tie: str) -> None:
        if at is None:
            self.deadlines.drop(deadline)
        else:
            self.deadlines.put(deadline, (at, tie))


def legs_of(call: Call | None) -> tuple[OfferId, ...]:
    """The agents' legs that a call has: the offers or the talk, and its second line."""
    if call is None or call.offer is None:
        return ()
    legs = tuple(offer.offer_id for offer in call.live_offers)
    return legs if call.consult is None else (*legs, call.consult.offer_id)
