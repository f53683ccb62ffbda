"""Gives waiting calls to idle agents: the call due first goes first, the least costly and least busy agent takes it.

Before a step no waiting call has an idle agent who may take it (the fourth invariant). So only a call or an agent that
the step has touched can make a pair, and looking at these is enough.
"""

from collections.abc import Callable

from acd.floor import Floor, Group
from acd.model import Agent, Call
from acd.policy import DEFAULT_STRATEGY, available, eligible, flexibility_cost, offerable
from acd.turn import Turn
from calls.clock import Instant
from calls.ids import AgentId, CallId


def match(turn: Turn) -> None:
    """Make every offer that is possible now, in the order of due times."""
    nobody_for: set[CallId] = set()
    while True:
        call = _next_call(turn, nobody_for)
        if call is None:
            return
        agent = choose_agent(turn.floor, call, turn.now)
        if agent is None:
            nobody_for.add(call.call_id)
        else:
            turn.offer(call, agent)


def choose_agent(floor: Floor, call: Call, now: Instant) -> Agent | None:
    """The agent for this call: one who has not refused it if there is one; the cheapest group; then the strategy."""

    def fresh(agent_id: AgentId) -> bool:
        return agent_id not in call.refused_by and anyone(agent_id)

    def anyone(agent_id: AgentId) -> bool:
        return eligible(call, floor.agents[agent_id], now)

    groups = [(skills, group) for skills, group in floor.groups.items() if call.skills <= skills]
    chosen = _best(floor, call, groups, fresh)
    if chosen is None and call.refused_by:
        chosen = _best(floor, call, groups, anyone)
    return None if chosen is None else floor.agents[chosen]


def _best(
    floor: Floor, call: Call, groups: list[tuple[frozenset[str], Group]], fits: Callable[[AgentId], bool]
) -> AgentId | None:
    strategy = floor.strategy_of(call.queue_id)
    best: tuple[tuple[float | str, ...], AgentId] | None = None
    for skills, group in groups:
        found = group.get(strategy, group[DEFAULT_STRATEGY]).first_where(fits)
        if found is None:
            continue
        ranked = ((flexibility_cost(skills, call.skills, floor.demand), *found[0]), found[1])
        if best is None or ranked < best:
            best = ranked
    return None if best is None else best[1]


def _next_call(turn: Turn, nobody_for: set[CallId]) -> Call | None:
    """The call due first among those touched, and those at the head of the lanes that a touched agent serves."""
    floor = turn.floor
    candidates: list[Call] = []
    for call_id in tuple(turn.loose_calls):
        call = floor.calls.get(call_id)
        if call is None or call_id in nobody_for or not offerable(call, turn.now):
            turn.loose_calls.discard(call_id)
        else:
            candidates.append(call)
    skill_sets = set()
    for agent_id in tuple(turn.loose_agents):
        agent = floor.agents[agent_id]
        if available(agent):
            skill_sets.add(agent.skills)
        else:
            turn.loose_agents.discard(agent_id)
    for lane, heap in floor.lanes.items():
        if any(lane.skills <= skills for skills in skill_sets):
            head = heap.first_where(lambda call_id: call_id not in nobody_for)
            if head is not None:
                candidates.append(floor.calls[head[1]])
    return min(candidates, key=lambda call: (call.due_at, call.sequence, call.call_id), default=None)
