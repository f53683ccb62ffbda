"""How evenly work falls on agents, beside the rules of app_queue and mod_callcenter: `python -m benchmarks.fairness`.

The set-up of service-science.md, section 3: 30 agents, 8 hours, talk lognormal 180 s (cv 1.0), wrap-up lognormal 30 s
(cv 0.7), patience 300 s, paces that differ by 0.2, six agents come two hours late, three breaks. The same callers ring
in every rule's shift; ours is the real engine. F: simulation/timesheet.py.
"""

import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from acd.queues import Queue
from benchmarks.figures import Figure, Figures, main
from calls.ids import QueueId
from simulation.callers import Profile, Stream
from simulation.chances import Exponential, Lognormal
from simulation.crew import Crew, Shift, crew_of, present, with_breaks, with_paces
from simulation.engine_floor import EngineFloor
from simulation.rivals import APP_QUEUE, MOD_CALLCENTER, RivalFloor
from simulation.scenario import SILENT, Scenario
from simulation.timesheet import unfairness, variation
from simulation.world import Distribution, Outcome, World

SHIFTS = 20
LOADS = (0.7, 0.8, 0.9)
LIMIT = 1 / 3
"""Of the fairest peer's F."""
HOUR = 3600.0
AGENTS, LATE, LATE_S, LENGTH_S = 30, 6, 2 * HOUR, 8 * HOUR
TALK_S, WRAP_UP_S = 180.0, 30.0
PEERS = (*APP_QUEUE, *MOD_CALLCENTER)
OURS = "ours"
_QUEUE = Queue(QueueId("line"), "Line", 20, frozenset(), wrap_up_s=3600, announcements=SILENT)
_BREAKS = ((1.5 * HOUR, 3 * HOUR, 900.0), (3 * HOUR, 5 * HOUR, 1800.0), (5.5 * HOUR, 7 * HOUR, 900.0))
_ON_DESK = 0.875
"""Seven of eight hours: one is for breaks."""


def shift(load: float, seed: int) -> Scenario:
    """One shift at this load."""
    crew = crew_of(AGENTS, shift=Shift(0.0, LENGTH_S))
    late = tuple(
        replace(worker, shift=Shift(LATE_S, LENGTH_S)) if number % (AGENTS // LATE) == 0 else worker
        for number, worker in enumerate(crew)
    )
    crew = with_paces(with_breaks(late, _BREAKS), 0.2, seed)
    per_hour = tuple(_rate(load, crew, at_s) * 3600 for at_s in (0.0, LATE_S))
    stream = Stream(
        _QUEUE.queue_id,
        Profile(per_hour, LATE_S),
        Lognormal(TALK_S, 1.0),
        Lognormal(WRAP_UP_S, 0.7),
        Exponential(300.0),
    )
    return Scenario((_QUEUE,), (stream,), crew, LENGTH_S)


def _rate(load: float, crew: Crew, at_s: float) -> float:
    return load * _ON_DESK * present(crew, at_s) / (TALK_S + WRAP_UP_S)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a shift. `raw` is the variation of plain shares."""

    unfairness: float
    wait_s: float
    raw: float
    calls: float


def kept(outcome: Outcome) -> Kept:
    days = outcome.agents
    return Kept(
        unfairness(days),
        outcome.total().mean_wait_s,
        variation([day.share for day in days]),
        variation([day.calls / day.present_s for day in days]),
    )


def played(rule: str, load: float, shifts: int) -> list[Kept]:
    """The same shifts for every rule."""
    return [kept(World(shift(load, seed), seed, _floor(rule, seed)).run()) for seed in range(shifts)]


def _floor(rule: str, seed: int) -> Distribution:
    return EngineFloor() if rule == OURS else RivalFloor(rule, seed)


def measure(shifts: int = SHIFTS) -> Figures:
    figures: dict[str, Figure] = {}
    for load in LOADS:
        at = f"at {load:.0%}"
        days = {rule: played(rule, load, shifts) for rule in (OURS, *PEERS)}
        spread = {rule: statistics.fmean(day.unfairness for day in days[rule]) for rule in days}
        best = min(PEERS, key=lambda rule: spread[rule])
        figures[f"F {at}"] = Figure(_percent(spread[OURS]), "%", peer=_percent(spread[best]), note=best)
        figures[f"F {at}, of the best peer's"] = Figure(round(spread[OURS] / spread[best], 3), "x", round(LIMIT, 3))
        ours, theirs = [day.wait_s for day in days[OURS]], [day.wait_s for day in days[best]]
        wait, peer = statistics.fmean(ours), statistics.fmean(theirs)
        limit = peer + 2 * _error(ours, theirs)
        figures[f"mean wait {at}"] = Figure(round(wait, 3), "s", round(limit, 3), round(peer, 3), note=best)
        for rule in PEERS:
            figures[f"F of {rule} {at}"] = Figure(_percent(spread[rule]), "%")
        for name, figure in (("raw variation", "raw"), ("variation of calls/h", "calls")):
            mine, other = ([getattr(day, figure) for day in days[rule]] for rule in (OURS, best))
            value, beside = statistics.fmean(mine), statistics.fmean(other)
            figures[f"{name} {at}"] = Figure(_percent(value), "%", peer=_percent(beside), note=best)
    return figures


def _percent(share: float) -> float:
    return round(share * 100, 3)


def _error(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The standard error of the mean difference: the same callers, pair by pair."""
    gaps = [one - other for one, other in zip(ours, theirs, strict=True)]
    return statistics.stdev(gaps) / math.sqrt(len(gaps))


if __name__ == "__main__":
    sys.exit(main("Fairness, mean of 20 shifts", measure))
