"""Who may take which call: one predicate for all that decide it. In which order is said in acd.strategies.

`eligible` is the conjunction of the conditions below it, one function each. A further condition (a caller kept for one
agent, an agent kept for a callback) is a further function and a further line there, and nowhere else. What a condition
reads must change only by a step that touches the call or the agent (or reserve_left, which a step changes by touching
an agent who may take the call): acd.matching looks at nothing else.
"""

from collections.abc import Collection
from typing import Protocol

from acd.model import Agent, Call, CallState, Duty, Presence
from calls.clock import Instant
from staff.skills import Skills, able, names_of


class House(Protocol):
    """What the predicate asks of the whole floor."""

    def spare(self, call: Call, skills: Skills) -> int:
        """How many of the idle agents with these skills are not kept back for other queues (Queue.reserve)."""


def available(agent: Agent) -> bool:
    """May be offered any call at all: nobody is kept for the agent."""
    return agent.presence is Presence.READY and agent.duty is Duty.IDLE and agent.reachable and agent.kept_call is None


def offerable(call: Call, now: Instant) -> bool:
    """May be offered to somebody: waiting, in no protected step or payment, not just returned from a failed bridge."""
    return (
        call.state is CallState.WAITING
        and not call.protected
        and call.paying is None
        and call.kept_for is None
        and (call.paused_until is None or call.paused_until <= now)
    )


def eligible(house: House, call: Call, agent: Agent, now: Instant) -> bool:
    """Whether this waiting call may be offered to this agent now. Who refused it before comes last, but is eligible."""
    return (
        available(agent)
        and offerable(call, now)
        and preferred_or_open(call, agent)
        and able(agent.skills, call.need)
        and house.spare(call, agent.skills) > 0
    )


def preferred_or_open(call: Call, agent: Agent) -> bool:
    """The preference window: while it is open the call waits for one agent only."""
    return call.preferred_until is None or call.preferred == agent.agent_id


def takes_back(call: Call, agent: Agent) -> bool:
    """Whether the agent who was lost in the talk with this caller can be rung for it again, whatever the presence."""
    return (
        call.state is CallState.WAITING
        and call.kept_for == agent.agent_id
        and call.paying is None
        and agent.presence is not Presence.SIGNED_OUT
        and agent.duty is Duty.IDLE
        and agent.reachable
    )


def serving_halves(agent: Agent) -> int:
    """How much of the agent callers can count on, in halves: who goes after the present call counts for one."""
    if agent.presence is Presence.READY and agent.reachable:
        return 2
    return 1 if agent.presence is Presence.NOT_READY and agent.duty in (Duty.ON_CALL, Duty.WRAP_UP) else 0


def rescuable(agent: Agent) -> bool:
    """Whether Asterisk alone may ring the agent. Its own device state tells who is ringing or talking."""
    return agent.presence is Presence.READY and agent.reachable and agent.duty is not Duty.WRAP_UP


def flexibility_cost(skills: Skills, need: Skills, sought: Collection[str], used: Collection[str]) -> tuple[int, int]:
    """What it costs to take an agent with these skills for a call with this need: the smaller, the sooner.

    First: how many of the other skills are `sought`, by a call that waits or a forecast that misses its standard. Then:
    how many are `used` at all. (design: service-science.md, section 4; docs/adr/0014)
    """
    others = names_of(skills) - names_of(need)
    return sum(1 for name in others if name in sought), sum(1 for name in others if name in used)
