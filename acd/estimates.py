"""What waiting callers can be told: their place, and the law of their wait, from one walk along the line.

Agents stand in groups of equal skill set, each with a level: when it will have dealt with the calls ahead. The walk
takes the waiting calls in the order of their due times. Each fills the lowest levels among the groups that may take it,
like water, with the work that it will bring: AHT / (1 + theta (y + AHT/n)), since some will have given up by then; y is
the level as it would be if nobody did. The level that a caller's own work reaches is the mean wait. With one group that
is the sum of acd.wait_law to the last digit (design: service-science.md, section 2, "Multi-skill"; its exp(-theta
level) is 40 % too low for three agents). Calls still to come that will be due sooner lengthen the wait, and an agent
who leaves after the present call counts half.
Only asked when something is announced: a walk costs O(waiting calls), whatever the number of agents.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from acd.floor import Floor
from acd.model import Call, CallState
from acd.pace import Pace
from acd.queues import Queue
from acd.rings import well_enough
from acd.wait_law import Wait, wait_of_mean
from calls.clock import Instant
from calls.ids import CallId, QueueId
from staff.skills import Skills, able

_OVERTAKEN_ROUNDS: Final = 4
_UNKNOWN_CYCLE_S: Final = 180.0
"""What a call ahead takes, of a queue that has not handled one yet."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`position` in the queue, 1 first; `wait` is None without agents who could take the call, or without data."""

    position: int
    wait: Wait | None


def estimates(floor: Floor, wanted: Collection[CallId], now: Instant) -> dict[CallId, Estimate]:
    """The estimates of these calls as the floor is now; a call that does not wait has none."""
    left = {call_id for call_id in wanted if _waits(floor.calls.get(call_id))}
    found: dict[CallId, Estimate] = {}
    places: dict[QueueId, int] = {}
    if not left:
        return found
    crew = _Crew(floor)
    line = (call for call in floor.calls.values() if _waits(call) and not _rests(call, now))
    for call in sorted(line, key=lambda one: (one.due_at, one.sequence, one.call_id)):
        places[call.queue_id] = position = places.get(call.queue_id, 0) + 1
        pace = floor.pace_of(call.queue_id)
        if call.call_id in left:
            found[call.call_id] = Estimate(position, crew.wait_of(call, pace, now) if pace.known else None)
            left.discard(call.call_id)
            if not left:
                break
        crew.take(call, pace)
    return found


def _rests(call: Call, now: Instant) -> bool:
    """A callback between two attempts."""
    return call.promised and call.paused_until is not None and call.paused_until > now


def _waits(call: Call | None) -> bool:
    return call is not None and call.state is CallState.WAITING


class _Crew:
    """The groups of agents while the line is walked along."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._skills = [skills for skills, halves in floor.serving.items() if halves]
        self._agents = [floor.serving[skills] / 2 for skills in self._skills]
        self._levels = [0.0] * len(self._skills)
        self._patient = [0.0] * len(self._skills)
        """y: the levels as they would be if nobody gave up."""
        self._known: dict[Skills, tuple[list[int], float]] = {}
        self._asked: dict[tuple[QueueId, frozenset[str]], Skills] = {}

    def take(self, call: Call, pace: Pace) -> None:
        """The call is ahead of whoever follows. Who is rung back does not give up."""
        groups, agents = self._groups_for(self._asked_by(call))
        if not groups:
            return
        cycle_s = pace.cycle_s or _UNKNOWN_CYCLE_S
        work = self._work(groups, agents, cycle_s, 0.0 if call.promised else pace.theta)
        level, _, joined = self._poured(groups, work)
        for group in joined:
            self._patient[group] += (level - self._levels[group]) * cycle_s / work
            self._levels[group] = level

    def wait_of(self, call: Call, pace: Pace, now: Instant) -> Wait | None:
        """The wait of the call that stands here; None when nobody serves it."""
        groups, agents = self._groups_for(self._asked_by(call))
        if not groups:
            return None
        level, joint, _ = self._poured(groups, self._work(groups, agents, pace.cycle_s, pace.theta))
        mean_s = self._overtaken(call, level, agents, now)
        return wait_of_mean(mean_s, joint / pace.cycle_s, pace.theta)

    def _work(self, groups: list[int], agents: float, cycle_s: float, theta: float) -> float:
        lowest = min(groups, key=self._levels.__getitem__)
        return cycle_s / (1 + theta * (self._patient[lowest] + cycle_s / agents))

    def _asked_by(self, call: Call) -> Skills:
        asked = self._asked.get((call.queue_id, call.skills))
        if asked is None:
            queue = self._floor.queues.get(call.queue_id)
            if queue is None:
                return call.need
            asked = self._asked[call.queue_id, call.skills] = well_enough(queue, call.skills)
        return asked

    def _groups_for(self, needed: Skills) -> tuple[list[int], float]:
        """The groups that may take a call that needs these skills, and how many agents they are."""
        known = self._known.get(needed)
        if known is None:
            groups = [group for group, skills in enumerate(self._skills) if able(skills, needed)]
            known = self._known[needed] = groups, sum(self._agents[group] for group in groups)
        return known

    def _poured(self, groups: list[int], work: float) -> tuple[float, float, list[int]]:
        """The level when `work` has been poured over the groups, the agents who share it, and their groups."""
        if len(groups) == 1:
            agents = self._agents[groups[0]]
            return self._levels[groups[0]] + work / agents, agents, groups
        rising = sorted(groups, key=self._levels.__getitem__)
        level, joint = self._levels[rising[0]], self._agents[rising[0]]
        for count, group in enumerate(rising[1:], 1):
            room = (self._levels[group] - level) * joint
            if work <= room:
                return level + work / joint, joint, rising[:count]
            work -= room
            level, joint = self._levels[group], joint + self._agents[group]
        return level + work / joint, joint, rising

    def _overtaken(self, call: Call, mean_s: float, agents: float, now: Instant) -> float:
        """The mean wait with those still to come that will be due sooner, each by its rate while it has a lead."""
        ahead = [(lead_s, rate) for lead_s, rate in self._leads(call, agents, now) if lead_s > 0]
        longer_s = mean_s
        for _ in range(_OVERTAKEN_ROUNDS if ahead else 0):
            longer_s = mean_s + sum(rate * min(longer_s, lead_s) for lead_s, rate in ahead)
        return longer_s

    def _leads(self, call: Call, agents: float, now: Instant) -> Iterable[tuple[float, float]]:
        """(for how long from now a newcomer is due before this call, seconds of wait it adds in a second), by queue."""
        until_due_s = (call.due_at - now) / 1000
        for pace in self._floor.paces.values():
            lead_s = until_due_s - pace.lead_s
            queue = self._floor.queues.get(pace.queue_id)
            if lead_s > 0 and queue is not None and self._shares(call, queue):
                yield lead_s, pace.arrivals(now) * pace.cycle_s / agents

    def _shares(self, call: Call, queue: Queue) -> bool:
        """Whether some agent may take both."""
        theirs = self._groups_for(well_enough(queue, queue.skills))[0]
        return any(group in theirs for group in self._groups_for(self._asked_by(call))[0])
