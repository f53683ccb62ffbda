"""Simulated days for tests: one queue, equal agents, and what their figures are worth."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.special import stdtrit

from acd.queues import Queue
from calls.ids import QueueId
from simulation.callers import Profile, Stream
from simulation.chances import Chance, Exponential, Fixed
from simulation.crew import crew_of
from simulation.scenario import SILENT, Scenario
from simulation.world import Outcome, simulate

LINE = QueueId("line")


def steady(
    per_hour: float, talk: Chance, patience: Chance, agents: int, *, threshold_s: int = 20, hours: float = 4.0
) -> Scenario:
    """One queue in a steady state: the first hour is left out."""
    queue = Queue(LINE, "Line", 20, frozenset(), wrap_up_s=0, threshold_s=threshold_s, announcements=SILENT)
    stream = Stream(LINE, Profile((per_hour,)), talk, Fixed(0.0), patience)
    return Scenario((queue,), (stream,), crew_of(agents), hours * 3600, 3600.0)


def erlang(
    per_hour: float, aht_s: float, patience_s: float, agents: int, threshold_s: int, hours: float = 4.0
) -> Scenario:
    """M/M/s+M as in the tables of service-science.md."""
    talk, patience = Exponential(aht_s), Exponential(patience_s)
    return steady(per_hour, talk, patience, agents, threshold_s=threshold_s, hours=hours)


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence interval, `half` to each side."""

    mean: float
    half: float

    def holds(self, value: float) -> bool:
        return abs(self.mean - value) <= self.half


def interval(values: Sequence[float], confidence: float = 0.999) -> Interval:
    """Student's interval of independent values."""
    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * statistics.stdev(values) / len(values) ** 0.5
    return Interval(statistics.fmean(values), half)


def repeated(scenario: Scenario, days: int, *figures: Callable[[Outcome], float]) -> list[Interval]:
    """Each figure's interval over so many independent days."""
    outcomes = [simulate(scenario, seed) for seed in range(days)]
    return [interval([figure(outcome) for outcome in outcomes]) for figure in figures]
