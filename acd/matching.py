"""Gives waiting calls to idle agents: the call due first goes first, the least costly and least busy agent takes it.

Before a step no waiting call has an idle agent who may take it (the fourth invariant). So only a call or an agent that
the step has touched can make a pair, and looking at the heads of their lanes is enough.
"""

from collections.abc import Collection
from typing import Final

from acd.floor import Floor
from acd.lanes import Lane, Line, lane_of
from acd.lazy_heap import LazyHeap
from acd.model import Agent, Call, CallState
from acd.policy import available, eligible, flexibility_cost, takes_back
from acd.strategies import LEAST_BUSY, Strategy
from acd.turn import Turn
from calls.clock import Instant
from calls.ids import AgentId
from staff.skills import Skills, able, names_of

_USED_MS: Final = 2 * 3600 * 1000
"""A queue without a call for so long keeps nobody from other calls."""
_NOBODY: Final[frozenset[AgentId]] = frozenset()
_Best = tuple[Skills, LazyHeap[AgentId]]
"""A group and its agents in the order of the queue's strategy."""


def match(turn: Turn) -> None:
    """Make every offer that is possible now, in the order of due times."""
    if turn.loose_agents:
        _ring_the_lost_again(turn)
    if not turn.floor.groups.by_skills:
        return
    lanes = _touched_lanes(turn)
    while lanes:
        call = _due_first(turn.floor, lanes)
        agents = choose_agents(turn.floor, call, turn.now)
        if agents:
            turn.offer(call, *agents)
        lane = lane_of(call)
        if not agents or not lanes[lane]:
            del lanes[lane]


def _ring_the_lost_again(turn: Turn) -> None:
    """An agent whose page is there again gets the caller back who was kept for that."""
    for agent_id in sorted(turn.loose_agents):
        agent = turn.floor.agents[agent_id]
        if agent.kept_call is not None:
            call = turn.floor.calls[agent.kept_call]
            if takes_back(call, agent):
                turn.offer(call, agent)


# --- which call
def _touched_lanes(turn: Turn) -> dict[Lane, Line]:
    """The lanes of the calls that were touched, and those that a touched agent serves."""
    floor = turn.floor
    lanes: dict[Lane, Line] = {}
    for call_id in turn.loose_calls:
        call = floor.calls.get(call_id)
        if call is not None and call.state is CallState.WAITING:
            lane = lane_of(call)
            if lane not in lanes and (line := floor.lanes.line(lane)):
                lanes[lane] = line
    served: set[Skills] = set()
    for agent_id in turn.loose_agents:
        agent = floor.agents[agent_id]
        if available(agent):
            served.add(floor.groups.seen(agent.skills))
            lanes.update(floor.lanes.windows.get(agent_id, {}))
    if served:
        lanes |= {
            lane: line for lane, line in floor.lanes.open.items() if any(able(skills, lane.need) for skills in served)
        }
    return lanes


def _due_first(floor: Floor, lanes: dict[Lane, Line]) -> Call:
    """Of the heads of these lanes the call that is due first."""
    heads = [floor.calls[head[1]] for line in lanes.values() if (head := line.first()) is not None]
    return min(heads, key=lambda call: (call.due_at, call.sequence, call.call_id))


# --- which agent
def choose_agent(floor: Floor, call: Call, now: Instant) -> Agent | None:
    """The one who is rung first for this call; None when nobody is eligible."""
    return next(iter(choose_agents(floor, call, now)), None)


def choose_agents(floor: Floor, call: Call, now: Instant) -> list[Agent]:
    """Who is rung for this call, several only in a queue that rings all; nobody, when none is eligible.

    Whoever has refused it is rung only when nobody else is eligible.
    """
    if call.preferred_until is not None:
        agent = floor.agents.get(call.preferred) if call.preferred is not None else None
        return [agent] if agent is not None and eligible(floor.groups, call, agent, now) else []
    strategy, refused = floor.groups.strategy(call.queue_id), call.refused_by
    best = _best_group(floor, call, strategy, refused, now)
    if best is None and refused:
        refused = _NOBODY
        best = _best_group(floor, call, strategy, refused, now)
    if best is None:
        return []
    skills, heap = best
    one = strategy.at_once == 1 or call.promised  # a customer is rung back by one agent
    most = 1 if one else min(strategy.at_once, floor.groups.spare(call, skills))
    return [floor.agents[agent_id] for agent_id in heap.smallest(most, lambda agent_id: agent_id not in refused)]


def _best_group(
    floor: Floor, call: Call, strategy: Strategy, refused: Collection[AgentId], now: Instant
) -> _Best | None:
    """Of the groups that may take the call the least costly, then the one whose first agent has the smallest key."""
    found: list[tuple[Skills, tuple[float | str, ...], LazyHeap[AgentId]]] = []
    for skills, group in floor.groups.by_skills.items():
        if not able(skills, call.need):
            continue
        heap = group[strategy] if strategy in group else group[LEAST_BUSY]
        first = heap.first_where(lambda agent_id: agent_id not in refused) if refused else heap.first()
        if first is not None and eligible(floor.groups, call, floor.agents[first[1]], now):
            found.append((skills, first[0], heap))
    if len(found) < 2 or not strategy.scarce_first:
        best = min(found, key=lambda one: one[1], default=None)
    else:
        sought, used = _sought(floor), _used(floor, now)
        best = min(found, key=lambda one: (flexibility_cost(one[0], call.need, sought, used), one[1]))
    return None if best is None else (best[0], best[2])


def _sought(floor: Floor) -> Collection[str]:
    """The skills that a call waits for, or that a queue whose forecast misses its standard asks for."""
    names = {name for lane in floor.lanes.open for name in names_of(lane.need)}
    for queue_id in floor.short:
        queue = floor.queues.get(queue_id)
        names |= queue.skills if queue is not None else frozenset()
    return names


def _used(floor: Floor, now: Instant) -> Collection[str]:
    """The skills that a live call asks for, or a queue to which a call has come lately."""
    names = set(floor.demand)
    for queue_id, pace in floor.paces.items():
        if now - pace.arrived_at < _USED_MS:
            names |= floor.queues[queue_id].skills
    return names
