"""Idle agents in groups: all agents of a group are equal to `eligible`, a heap for each strategy orders them.

Levels are coarse: agents are told apart only by the levels that some queue names, so that there are about as many
groups as skill sets, however finely people are graded.
"""

from collections.abc import Collection, Iterable, Mapping

from acd.lazy_heap import LazyHeap
from acd.model import Agent, Call
from acd.policy import available
from acd.queues import Queue
from acd.rings import coarse, least_asked, levels_asked
from acd.strategies import LEAST_BUSY, Strategy, strategy_of
from calls.ids import AgentId, QueueId
from staff.skills import Skills, able

Group = Mapping[Strategy, LazyHeap[AgentId]]
"""The available agents with one skill set, once for each strategy that a queue names."""


class Groups:
    """`by_skills` is read, only `join`, `leave` and `obey` change it. No group is empty."""

    __slots__ = ("_coarse", "_least", "_levels", "_orders", "_queues", "_strategies", "by_skills")

    def __init__(self) -> None:
        self.by_skills: dict[Skills, Group] = {}
        self._queues: Mapping[QueueId, Queue] = {}
        self._strategies: dict[QueueId, Strategy] = {}
        self._orders: frozenset[Strategy] = frozenset({LEAST_BUSY})
        self._levels = levels_asked(())
        self._coarse: dict[Skills, Skills] = {}
        self._least: dict[QueueId, Skills] = {}

    def obey(self, queues: Mapping[QueueId, Queue], agents: Iterable[Agent]) -> None:
        """The queues have changed: tell the agents apart by the levels and strategies that are now named."""
        self._queues = queues
        self._strategies = {queue_id: strategy_of(queue) for queue_id, queue in queues.items()}
        self._least = {queue_id: least for queue_id, queue in queues.items() if (least := least_asked(queue))}
        orders, levels = frozenset({LEAST_BUSY, *self._strategies.values()}), levels_asked(queues.values())
        if (orders, levels) == (self._orders, self._levels):
            return
        self._orders, self._levels = orders, levels
        self._coarse, self.by_skills = {}, {}
        for agent in agents:
            if available(agent):
                self.join(agent)

    def strategy(self, queue_id: QueueId) -> Strategy:
        return self._strategies.get(queue_id, LEAST_BUSY)

    def seen(self, skills: Skills) -> Skills:
        """The skill set as the queues' levels see it: the key of its group."""
        seen = self._coarse.get(skills)
        if seen is None:
            seen = self._coarse[skills] = coarse(skills, self._levels)
        return seen

    def join(self, agent: Agent) -> None:
        """The agent is available, or still is: then the place in the order is taken anew."""
        skills = self.seen(agent.skills)
        group = self.by_skills.get(skills)
        if group is None:
            group = self.by_skills[skills] = {strategy: LazyHeap() for strategy in self._orders}
        for strategy, heap in group.items():
            heap.put(agent.agent_id, (*strategy.key(agent), agent.agent_id))

    def leave(self, agent: Agent) -> None:
        skills = self.seen(agent.skills)
        group = self.by_skills[skills]
        for heap in group.values():
            heap.drop(agent.agent_id)
        if not group[LEAST_BUSY]:
            del self.by_skills[skills]

    def spare(self, call: Call, skills: Skills) -> int:
        """How many of the idle agents with these skills are not kept back for other queues (acd.policy.House).

        `Queue.reserve` agents are kept back, of those idle who may take the call and can serve another queue too.
        """
        mine = self.seen(skills)
        idle = self._idle(mine)
        queue = self._queues.get(call.queue_id)
        if queue is None or not queue.reserve or not self._serves_another(mine, queue):
            return idle
        flexible = sum(
            self._idle(theirs)
            for theirs in self.by_skills
            if able(theirs, call.need) and self._serves_another(theirs, queue)
        )
        return min(idle, max(0, flexible - queue.reserve))

    def _idle(self, skills: Skills) -> int:
        group = self.by_skills.get(skills)
        return len(group[LEAST_BUSY]) if group is not None else 0

    def _serves_another(self, skills: Skills, queue: Queue) -> bool:
        others: Collection[Skills] = [least for queue_id, least in self._least.items() if queue_id != queue.queue_id]
        return any(able(skills, least) for least in others)
