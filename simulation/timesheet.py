"""What a day was like for the agents: busy, idle and away, calls taken, and how evenly the work fell.

Formulas (design: service-science.md, section 3), p(t) = busy / (busy + idle) of the agents with the same skills:
  R_i = busy_i / integral of p over i's own ready-or-busy time      relative load
  F   = sd(R) / mean(R) over agents with at least `LEAST_PRESENT_S` of such time
The raw share busy / (busy + idle) is kept beside it: it also differs for reasons no rule should repair (who is away in
a quiet hour has a higher one).
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from acd.busy_share import Load
from calls.ids import AgentId
from simulation.crew import Crew, Worker
from staff.skills import Skills

LEAST_PRESENT_S: Final = 2 * 3600.0


@dataclass(slots=True)
class _Pool:
    """Agents with the same skills; `expected` is the integral of p."""

    busy: int = 0
    idle: int = 0
    expected: float = 0.0
    at: float = 0.0

    def advance(self, at: float) -> None:
        here = self.busy + self.idle
        if here:
            self.expected += (at - self.at) * self.busy / here
        self.at = at


@dataclass(slots=True)
class _Line:
    """One agent's line. `expected` leaves out what the pool's integral was at `mark`, the last return."""

    pool: _Pool
    load: Load = Load.AWAY
    since: float = 0.0
    busy_s: float = 0.0
    idle_s: float = 0.0
    expected: float = 0.0
    mark: float = 0.0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent's day. `relative_load` 1.0 is as busy as the pool was while this agent was there."""

    agent_id: AgentId
    busy_s: float
    idle_s: float
    calls: int
    relative_load: float

    @property
    def present_s(self) -> float:
        return self.busy_s + self.idle_s

    @property
    def share(self) -> float:
        return self.busy_s / self.present_s if self.present_s else 0.0


class Timesheet:
    """Told of every change of load; `from_s` and `until_s` clip what counts."""

    def __init__(self, crew: Crew, from_s: float, until_s: float) -> None:
        self._from_s, self._until_s = from_s, until_s
        pools = {worker.skills: _Pool(at=from_s) for worker in crew}
        self._lines = {worker.agent_id: _line(worker, pools, from_s) for worker in crew}

    def load(self, agent_id: AgentId, load: Load, at_s: float) -> None:
        """The agent's load is this from now on."""
        at = min(max(at_s, self._from_s), self._until_s)
        line = self._lines[agent_id]
        pool, was = line.pool, line.load
        if was is load:
            return
        pool.advance(at)
        if was is Load.BUSY:
            line.busy_s += at - line.since
            pool.busy -= 1
        elif was is Load.IDLE:
            line.idle_s += at - line.since
            pool.idle -= 1
        else:
            line.mark = pool.expected
        if load is Load.BUSY:
            pool.busy += 1
        elif load is Load.IDLE:
            pool.idle += 1
        else:
            line.expected += pool.expected - line.mark
        line.load, line.since = load, at

    def took_call(self, agent_id: AgentId, at_s: float) -> None:
        if self._from_s <= at_s < self._until_s:
            self._lines[agent_id].calls += 1

    def close(self) -> tuple[AgentDay, ...]:
        """Every agent's day, ended."""
        for agent_id in self._lines:
            self.load(agent_id, Load.AWAY, self._until_s)
        return tuple(
            AgentDay(agent_id, line.busy_s, line.idle_s, line.calls, _ratio(line.busy_s, line.expected))
            for agent_id, line in self._lines.items()
        )


def unfairness(days: Iterable[AgentDay]) -> float:
    """F: the coefficient of variation of the relative loads; 0 is perfectly even. For agents with the same skills."""
    return variation([day.relative_load for day in days if day.present_s >= LEAST_PRESENT_S])


def variation(values: Sequence[float]) -> float:
    """Coefficient of variation, over all values (not a sample)."""
    mean = statistics.fmean(values) if values else 0.0
    return statistics.pstdev(values) / mean if mean else 0.0


def occupancy(days: Iterable[AgentDay]) -> float:
    """Busy over busy and idle, all agents together."""
    counted = tuple(days)
    return _ratio(sum(day.busy_s for day in counted), sum(day.present_s for day in counted))


def _line(worker: Worker, pools: dict[Skills, _Pool], at: float) -> _Line:
    return _Line(pools[worker.skills], since=at)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
