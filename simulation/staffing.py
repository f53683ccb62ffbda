"""How many agents a forecast needs: Erlang's closed forms, and the real engine's answer to the same question.

Formulas: acd/erlang.py. The simulation plays several independent days; its interval is Student's. Both must agree where
Erlang's conditions hold (Poisson, exponential, one skill, no breaks); where talk is not exponential the difference is
what the closed form does not know.
"""

import math
import statistics
from dataclasses import dataclass
from typing import Final

from scipy.special import stdtrit

from acd.erlang import Outlook, Overloaded, Target, Traffic, agents_needed_a, agents_needed_c, erlang_a, erlang_c
from acd.queues import Queue
from calls.ids import QueueId
from simulation.callers import Profile, Stream
from simulation.chances import NEVER, Chance, Exponential, Fixed, Lognormal
from simulation.crew import crew_of
from simulation.scenario import SILENT, Scenario
from simulation.timesheet import occupancy
from simulation.world import simulate

CONFIDENCE: Final = 0.99
_WARM_S: Final = 3600.0
_QUEUE: Final = QueueId("forecast")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected in an interval. `patience_s` None: nobody hangs up (Erlang C); `cv` 1.0: exponential talk."""

    per_hour: float
    aht_s: float
    patience_s: float | None = None
    cv: float = 1.0

    @property
    def traffic(self) -> Traffic:
        return Traffic(self.per_hour / 3600, self.aht_s)

    def agents_needed(self, target: Target) -> int:
        """Raises ValueError."""
        if self.patience_s is None:
            return agents_needed_c(self.traffic, target)
        return agents_needed_a(self.traffic, self.patience_s, target)

    def outlook(self, agents: int, threshold_s: float) -> Outlook | Overloaded:
        if self.patience_s is None:
            return erlang_c(self.traffic, agents, threshold_s)
        return erlang_a(self.traffic, self.patience_s, agents, threshold_s)

    def scenario(self, agents: int, threshold_s: int, hours: float) -> Scenario:
        """The same as a simulated day, after an hour of warming."""
        queue = Queue(_QUEUE, "", threshold_s, frozenset(), wrap_up_s=0, announcements=SILENT)
        talk: Chance = Exponential(self.aht_s) if self.cv == 1.0 else Lognormal(self.aht_s, self.cv)
        patience: Chance = NEVER if self.patience_s is None else Exponential(self.patience_s)
        stream = Stream(_QUEUE, Profile((self.per_hour,)), talk, Fixed(0.0), patience)
        return Scenario((queue,), (stream,), crew_of(agents), _WARM_S + hours * 3600, _WARM_S)


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean over days with half its confidence interval."""

    mean: float
    half: float

    def holds(self, value: float) -> bool:
        return abs(value - self.mean) <= self.half


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the engine made of the forecast."""

    service_level: Measured
    asa_s: Measured
    abandons: Measured
    occupancy: Measured


def played(forecast: Forecast, agents: int, threshold_s: int, *, days: int, hours: float, seed: int = 1) -> Simulated:
    """So many independent days (at least two) with the real engine."""
    scenario = forecast.scenario(agents, threshold_s, hours)
    outcomes = [simulate(scenario, seed * 10_000 + day) for day in range(days)]
    totals = [outcome.total() for outcome in outcomes]
    return Simulated(
        measured([total.service_level for total in totals]),
        measured([total.asa_s for total in totals]),
        measured([total.abandonment for total in totals]),
        measured([occupancy(outcome.agents) for outcome in outcomes]),
    )


def measured(values: list[float]) -> Measured:
    """Student's interval of independent values. Raises ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError("An interval needs at least two days.")
    spread = statistics.stdev(values) / math.sqrt(len(values))
    return Measured(statistics.fmean(values), float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * spread)
