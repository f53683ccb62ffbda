"""The days on which the estimate of the wait is judged, and its judge beside two rivals.

Days: service-science.md, section 2; AHT 180 s, patience 300 s unless said otherwise, talk exponential (M) or lognormal
with cv 1 (LN). Rivals at a caller's entry:
  AQ   app_queue: holdtime = (3 holdtime + wait) >> 2 at every answered call, zero waits too; unrounded, in its favour
  PA   position in the queue x AHT / agents
The error is taken on callers who waited and were answered. What is spoken is what the engine announces.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from acd.effects import Announce
from acd.engine import Step
from acd.estimates import estimates
from acd.events import CallConnected, CallQueued, Message
from acd.floor import Floor
from acd.model import CallState
from acd.queues import Announcements, Queue
from acd.wait_law import Minutes, wait_behind
from calls.clock import Instant
from calls.ids import CallId, QueueId, call_of
from simulation.callers import Profile, Source, Stream
from simulation.chances import Chance, Exponential, Fixed, Lognormal
from simulation.crew import Crew, Shift, crew_of
from simulation.scenario import Scenario
from simulation.world import simulate

AHT_S: Final = 180.0
PATIENCE_S: Final = 300.0
WARMING_S: Final = 3600.0
ANNOUNCED: Final = Announcements(first_s=10, every_s=30)
LINE, OTHER = QueueId("line"), QueueId("other")
HOUR: Final = 3600.0


# --- the days
@dataclass(frozen=True, slots=True)
class Day:
    """`agents`: the mean number. `exponential`: the law of the wait is known exactly."""

    scenario: Scenario
    agents: float
    exponential: bool = False


def days(calls: int) -> Mapping[str, Day]:
    """The days by name, each of about so many calls."""
    m, ln = Exponential(AHT_S), Lognormal(AHT_S, 1.0)
    sine = tuple(0.95 * (1 + 0.5 * math.sin(2 * math.pi * (n + 0.5) / 24)) for n in range(24))
    outage = (*(0.75,) * 8, 3.0, *(0.75,) * 7)
    return {
        "M s=10 rho 1.3": _day(calls, 10, (1.3,), m),
        "M s=30 rho 1.1": _day(calls, 30, (1.1,), m),
        "M s=100 rho 1.3": _day(2 * calls, 100, (1.3,), m),
        "LN s=30 rho 0.9": _day(2 * calls, 30, (0.9,), ln),
        "LN s=30 rho 1.1": _day(calls, 30, (1.1,), ln),
        "LN s=30 rho 1.3": _day(calls, 30, (1.3,), ln),
        "LN s=30 sine": _day(calls, 30, sine, ln, interval_s=300.0),
        "LN staff 30/22": _staff_steps(calls, ln),
        "LN shared queues": _day(calls, 30, (1.1,), ln, shared=True),
        "LN s=30 outage": _day(2 * calls, 30, outage, ln, interval_s=900.0),
        "LN s=100 outage": _day(3 * calls, 100, outage, ln, Exponential(900.0), interval_s=900.0),
        "LN s=100 narrow patience": _day(2 * calls, 100, (1.2,), ln, Lognormal(PATIENCE_S, 0.6)),
    }


NARROW: Final = "LN s=100 narrow patience"
POOLED: Final = (
    "LN s=30 rho 0.9", "LN s=30 rho 1.1", "LN s=30 sine", "LN staff 30/22", "LN shared queues", "LN s=30 outage",
)  # fmt: skip


def _day(
    calls: int,
    agents: int,
    loads: tuple[float, ...],
    talk: Chance,
    patience: Chance | None = None,
    *,
    interval_s: float = HOUR,
    shared: bool = False,
) -> Day:
    names = (LINE, OTHER) if shared else (LINE,)
    mean = sum(loads) / len(loads)
    length_s = WARMING_S + calls / (mean * agents / AHT_S)
    turns = math.ceil(length_s / interval_s / len(loads))
    per_hour = tuple(load * agents / AHT_S * HOUR / len(names) for load in loads) * turns
    sources = tuple(_source(name, Profile(per_hour, interval_s), talk, patience) for name in names)
    scenario = Scenario(tuple(_queue(name) for name in names), sources, crew_of(agents), length_s, WARMING_S)
    return Day(scenario, agents, talk == Exponential(AHT_S) and len(loads) == 1)


def _staff_steps(calls: int, talk: Chance) -> Day:
    """Thirty agents in one hour, 22 in the next; load for 26."""
    per_hour = 26 / AHT_S * HOUR
    length_s = WARMING_S + calls / per_hour * HOUR
    crew: Crew = crew_of(22)
    for turn in range(math.ceil(length_s / HOUR / 2)):
        shift = Shift(2 * turn * HOUR, (2 * turn + 1) * HOUR)
        crew += crew_of(8, name=f"hour-{turn}", shift=shift)
    source = _source(LINE, Profile((per_hour,)), talk, None)
    return Day(Scenario((_queue(LINE),), (source,), crew, length_s, WARMING_S), 26)


def _queue(name: QueueId) -> Queue:
    return Queue(name, name, 20, frozenset(), wrap_up_s=0, announcements=ANNOUNCED)


def _source(name: QueueId, arrivals: Profile, talk: Chance, patience: Chance | None) -> Source:
    return Stream(name, arrivals, talk, Fixed(0.0), patience or Exponential(PATIENCE_S))


# --- the judge
@dataclass(slots=True)
class _Told:
    """What a caller was told or could have been told at the entry, seconds; and all that was spoken to it."""

    entered: Instant
    ours_s: float
    queue_length_s: float
    app_queue_s: float
    exact_s: float | None
    spoken: list[tuple[Instant, Minutes]] = field(default_factory=list)


@dataclass(slots=True)
class Judgement:
    """Sums over callers who waited and were answered; `said` statements, `covered` of them, `minutes` wide in all."""

    callers: int = 0
    waited_s: float = 0.0
    ours_s: float = 0.0
    queue_length_s: float = 0.0
    app_queue_s: float = 0.0
    exact_s: float = 0.0
    said: int = 0
    covered: int = 0
    minutes: int = 0
    grown: int = 0

    def mean(self, total_s: float) -> float:
        return total_s / max(1, self.callers)


class Judge:
    """Watches a simulated day (simulation.world.simulate)."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._counted_from = Instant(day.scenario.begins + round(day.scenario.counted_from_s * 1000))
        self._holdtime: dict[QueueId, int] = {}
        self._told: dict[CallId, _Told] = {}
        self.judgement = Judgement()

    def watch(self, floor: Floor, message: Message, done: Step) -> None:
        event = message.event
        if isinstance(event, CallQueued):
            self._entered(floor, event, message.at)
        elif isinstance(event, CallConnected):
            self._answered(floor, call_of(event.offer_id), message.at)
        for effect in done.effects:
            if isinstance(effect.wish, Announce) and effect.wish.minutes is not None:
                self._spoken(effect.wish.call_id, effect.wish.at, effect.wish.minutes)

    def _entered(self, floor: Floor, event: CallQueued, at: Instant) -> None:
        call = floor.calls.get(event.call_id)
        if call is None or call.state is not CallState.WAITING or at < self._counted_from:
            return
        estimate = estimates(floor, [call.call_id], at)[call.call_id]
        agents = sum(floor.serving.values()) / 2
        if estimate.wait is None or not agents:
            return
        aht_s = floor.pace_of(call.queue_id).cycle_s
        exact = wait_behind(estimate.position - 1, agents / AHT_S, 1 / PATIENCE_S) if self._day.exponential else None
        self._told[call.call_id] = _Told(
            at,
            estimate.wait.median_s,
            estimate.position * aht_s / agents,
            float(self._holdtime.get(call.queue_id, 0)),
            exact.median_s if exact is not None else None,
        )

    def _spoken(self, call_id: CallId, at: Instant, minutes: Minutes) -> None:
        told = self._told.get(call_id)
        if told is None:
            return
        if told.spoken:
            last = told.spoken[-1][1]
            self.judgement.grown += minutes.least > last.least or minutes.most > last.most
        told.spoken.append((at, minutes))

    def _answered(self, floor: Floor, call_id: CallId, at: Instant) -> None:
        call = floor.calls[call_id]
        wait_s = (at - call.enqueued_at) / 1000
        self._holdtime[call.queue_id] = (3 * self._holdtime.get(call.queue_id, 0) + int(wait_s)) >> 2
        told = self._told.pop(call_id, None)
        if told is None:
            return
        sums = self.judgement
        sums.callers += 1
        sums.waited_s += wait_s
        sums.ours_s += abs(told.ours_s - wait_s)
        sums.queue_length_s += abs(told.queue_length_s - wait_s)
        sums.app_queue_s += abs(told.app_queue_s - wait_s)
        sums.exact_s += abs(told.exact_s - wait_s) if told.exact_s is not None else 0.0
        for said_at, minutes in told.spoken:
            left_s = (at - said_at) / 1000
            sums.said += 1
            sums.minutes += minutes.most - minutes.least
            sums.covered += minutes.least * 60 <= left_s <= minutes.most * 60


def judged(day: Day, seed: int) -> Judgement:
    """The day, simulated with the real engine."""
    judge = Judge(day)
    simulate(day.scenario, seed, judge.watch)
    return judge.judgement
