"""In which order idle agents are rung: small objects that a queue names.

A key must not change while the agent stays idle: it is computed once, when the agent becomes available. Strategies are
values: two queues with the same one share its order of agents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from acd.busy_share import order_key
from acd.model import Agent
from acd.queues import Queue
from calls.ids import AgentId

MOST_AT_ONCE: Final = 20
"""So many telephones ring at most for one call of a queue that rings all."""

Key = tuple[float, ...]


class Strategy(Protocol):
    """Orders idle agents: the smallest key is first.

    `scarce_first`: an agent whose other skills are in demand comes after those without, whatever the key.
    `at_once`: how many agents are rung for one call.
    """

    scarce_first: ClassVar[bool]
    at_once: ClassVar[int]

    def key(self, agent: Agent) -> Key: ...


@dataclass(frozen=True, slots=True)
class LeastBusy:
    """The smallest busy share; tie: longest idle."""

    scarce_first: ClassVar[bool] = True
    at_once: ClassVar[int] = 1

    def key(self, agent: Agent) -> Key:
        return (order_key(agent), agent.idle_since)


@dataclass(frozen=True, slots=True)
class LongestIdle:
    """Who has waited longest for a call. A break begins the idle time anew, a ring that came to nothing does not."""

    scarce_first: ClassVar[bool] = True
    at_once: ClassVar[int] = 1

    def key(self, agent: Agent) -> Key:
        return (agent.idle_since,)


@dataclass(frozen=True, slots=True)
class FewestCalls:
    """Who has taken the fewest calls since signing in; tie: longest idle. Whoever comes late is rung until even."""

    scarce_first: ClassVar[bool] = True
    at_once: ClassVar[int] = 1

    def key(self, agent: Agent) -> Key:
        return (agent.calls_taken, agent.idle_since)


@dataclass(frozen=True, slots=True)
class FixedOrder:
    """As the queue names them; whoever is not named comes after them, the least busy first.

    The order is a wish that somebody has written down: it goes before the keeping of scarce skills.
    """

    order: tuple[AgentId, ...]
    scarce_first: ClassVar[bool] = False
    at_once: ClassVar[int] = 1

    def key(self, agent: Agent) -> Key:
        named = self.order.index(agent.agent_id) if agent.agent_id in self.order else len(self.order)
        return (named, order_key(agent), agent.idle_since)


@dataclass(frozen=True, slots=True)
class RingAll:
    """All idle agents of the best group ring for one call, at most `MOST_AT_ONCE`; who answers first has it."""

    scarce_first: ClassVar[bool] = True
    at_once: ClassVar[int] = MOST_AT_ONCE

    def key(self, agent: Agent) -> Key:
        return (order_key(agent), agent.idle_since)


LEAST_BUSY: Final = LeastBusy()
DEFAULT_STRATEGY: Final = "least_busy"
STRATEGIES: Final[Mapping[str, Callable[[Queue], Strategy]]] = {
    DEFAULT_STRATEGY: lambda _queue: LEAST_BUSY,
    "longest_idle": lambda _queue: LongestIdle(),
    "fewest_calls": lambda _queue: FewestCalls(),
    "fixed_order": lambda queue: FixedOrder(queue.order),
    "ring_all": lambda _queue: RingAll(),
}


def strategy_of(queue: Queue) -> Strategy:
    """The strategy that the queue names; an unknown name (settings of a newer version) is least busy."""
    return STRATEGIES.get(queue.strategy, STRATEGIES[DEFAULT_STRATEGY])(queue)
