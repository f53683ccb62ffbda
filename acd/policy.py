"""Which call for which agent: one predicate, and strategies as small objects.

A strategy's key must not change while the agent stays idle: it is computed once, when the agent becomes available.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from acd.busy_share import order_key
from acd.model import Agent, Call, CallState, Duty, Presence
from calls.clock import Instant


def available(agent: Agent) -> bool:
    """May be offered a call at all."""
    return agent.presence is Presence.READY and agent.duty is Duty.IDLE and agent.reachable


def offerable(call: Call, now: Instant) -> bool:
    """May be offered to somebody: waiting, in no protected step, not just returned from a failed bridge."""
    return (
        call.state is CallState.WAITING
        and not call.protected
        and (call.paused_until is None or call.paused_until <= now)
    )


def eligible(call: Call, agent: Agent, now: Instant) -> bool:
    """Whether this waiting call may be offered to this agent now. Who refused it before comes last, but is eligible."""
    return available(agent) and offerable(call, now) and call.skills <= agent.skills


def rescuable(agent: Agent) -> bool:
    """Whether Asterisk alone may ring the agent. Its own device state tells who is ringing or talking."""
    return agent.presence is Presence.READY and agent.reachable and agent.duty is not Duty.WRAP_UP


class Strategy(Protocol):
    """Orders idle agents with the same skills: the smallest key is first."""

    name: str

    def key(self, agent: Agent) -> tuple[float, ...]: ...


class LeastBusy:
    """The smallest busy share; tie: longest idle."""

    name = "least_busy"

    def key(self, agent: Agent) -> tuple[float, ...]:
        return (order_key(agent), agent.idle_since)


class LongestIdle:
    name = "longest_idle"

    def key(self, agent: Agent) -> tuple[float, ...]:
        return (agent.idle_since,)


DEFAULT_STRATEGY: Final = LeastBusy.name
STRATEGIES: Final[Mapping[str, Strategy]] = {one.name: one for one in (LeastBusy(), LongestIdle())}


def strategy_named(name: str) -> Strategy:
    """The strategy of a queue; an unknown name (settings of a newer version) is least busy."""
    return STRATEGIES.get(name, STRATEGIES[DEFAULT_STRATEGY])


def flexibility_cost(skills: frozenset[str], needed: frozenset[str], demand: Mapping[str, int]) -> int:
    """How many of a group's other skills are in demand: the fewer, the less it costs to take one of its agents.

    `demand` counts the live calls that need a skill (design: service-science.md, section 4).
    """
    return sum(1 for skill in skills if skill not in needed and demand.get(skill, 0) > 0)
