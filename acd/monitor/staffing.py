"""Who serves which queue, and how the agents' time was spent. Pure.

Agents are counted in groups of equal skills and state, so that a change costs the number of groups, not of agents. One
serves a queue who may take its calls at least when they have waited for long.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from acd.model import Agent, Duty, Presence
from acd.queues import Queue
from acd.rings import least_asked
from acd.staff_time import Spent, StaffTime, spent_by
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, QueueId
from staff.skills import Skills, able

LEAVING: Final = 0.5
"""An agent who leaves after this call counts half (service-science.md, section 2)."""

Group = tuple[Skills, Spent]


class Staffing:
    """Follows the agents. `put` every change, `advance` before a look."""

    def __init__(self) -> None:
        self._at: Instant = EPOCH
        self._agents: dict[AgentId, Agent] = {}
        self._groups: Counter[Group] = Counter()
        self._serving: Counter[Skills] = Counter()
        self._leaving: Counter[Skills] = Counter()
        self._spent: dict[Skills, StaffTime] = {}

    def known(self) -> tuple[AgentId, ...]:
        return tuple(self._agents)

    def put(self, agent_id: AgentId, agent: Agent | None, at: Instant) -> None:
        """The agent as it is from `at` on; None: no longer known."""
        self.advance(at)
        before = self._agents.pop(agent_id, None)
        if before is not None:
            self._count(before, -1)
        if agent is not None:
            self._agents[agent_id] = agent
            self._count(agent, 1)

    def advance(self, at: Instant) -> None:
        """Let the time pass up to `at`; nothing happens when it has passed."""
        gone_ms = at - self._at
        if self._at and gone_ms > 0:
            for (skills, spent), count in self._groups.items():
                if count:
                    kept = self._spent.get(skills, StaffTime())
                    self._spent[skills] = kept.with_spent(spent, gone_ms * count)
        self._at = Instant(max(self._at, at))

    def spent_on(self, queue: Queue) -> StaffTime:
        """The time of all who are able to serve the queue, since the beginning; look at differences."""
        return sum((time for skills, time in self._spent.items() if able(skills, least_asked(queue))), StaffTime())

    def signed_in(self, queue: Queue) -> int:
        """Agents who are signed in and able to serve the queue."""
        return sum(
            count
            for (skills, spent), count in self._groups.items()
            if spent is not Spent.OUT and able(skills, least_asked(queue))
        )

    def serving(self, queues: Mapping[QueueId, Queue], loads: Mapping[QueueId, float]) -> dict[QueueId, float]:
        """Agents ready or busy for each queue; who serves several is divided by their loads (erlangs)."""
        found = dict.fromkeys(queues, 0.0)
        for skills, count in self._serving.items():
            weight = count - LEAVING * self._leaving[skills]
            mine = [queue_id for queue_id, queue in queues.items() if able(skills, least_asked(queue))]
            whole = sum(loads.get(queue_id, 0.0) for queue_id in mine)
            for queue_id in mine if weight else ():
                found[queue_id] += weight * (loads.get(queue_id, 0.0) / whole if whole > 0 else 1 / len(mine))
        return found

    def _count(self, agent: Agent, by: int) -> None:
        skills = agent.skills
        self._groups[skills, spent_by(agent)] += by
        ready = agent.presence is Presence.READY
        busy = agent.duty in (Duty.ON_CALL, Duty.WRAP_UP)
        if busy or (ready and agent.reachable):
            self._serving[skills] += by
            self._leaving[skills] += by * (busy and not ready)
