"""Forecasts against what came: the interval's service level, calls about to break, arrivals of the next day.

Service level: half-hours of one queue (talk 180 s, patience 300 s, T 20 s), the arrival forecast wrong by 10 %
(standard deviation); error of "so far" and of the forecast at half time, in points. Alerts: the same queues, seen every
2 s, a call raised at P_break > 0.5 held for 10 s (acd.alerts); right when the caller waits longer than T or gives up
beyond it; who gives up before T is neither. Arrivals: benchmarks.hotline, the last 28 of 140 days, 12 hotlines a size.
Run: python -m benchmarks.forecast [--json]
"""

import math
import random
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass

from acd.arrivals import Profile, corrected, forecast_day, learnt, wape
from acd.service_forecast import Service, SoFar, chances_to_break, forecast
from benchmarks.figures import Figure, Figures, main
from benchmarks.hotline import SLOTS, hotline
from benchmarks.small_queue import Caller, Rate, SmallQueue, pieces
from benchmarks.watched_floor import watched_floor

AHT_S, PATIENCE_S, T_S = 180.0, 300.0, 20.0
HALF_HOUR_S = 1800.0
INTERVALS = 240
STEADY_LIMIT, SWINGING_LIMIT = 1.05, 0.7
PRECISION, RECALL = 0.85, 0.8
LOOK_S, RAISED_AFTER_S = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class Load:
    name: str
    agents: int
    share: float
    swing: float = 0.0

    @property
    def mean_rate(self) -> float:
        return self.share * self.agents / AHT_S

    def rate(self, at: float) -> float:
        return self.mean_rate * (1 + self.swing * math.sin(2 * math.pi * at / 7200))


LOADS = (
    Load("10 agents, load 1.0", 10, 1.0),
    Load("30 agents, load 1.0", 30, 1.0),
    Load("100 agents, load 0.97", 100, 0.97),
    Load("10 agents, swinging", 10, 0.95, 0.4),
    Load("30 agents, swinging", 30, 0.95, 0.4),
    Load("100 agents, swinging", 100, 0.95, 0.4),
)


def service_level(load: Load, intervals: int, seed: int) -> dict[str, Figure]:
    """Errors at half time, and how often the band held the real end."""
    queue = SmallQueue(load.agents, AHT_S, PATIENCE_S, load.rate, load.mean_rate * (1 + load.swing), seed)
    service = Service(load.agents, AHT_S, PATIENCE_S, T_S)
    chance = random.Random(seed + 1)
    so_far_errors, errors, held = [], [], []
    for number in range(2, intervals + 2):
        begins = number * HALF_HOUR_S
        now = begins + HALF_HOUR_S / 2
        queue.advance(begins)
        queue.callers.clear()
        queue.advance(now)
        told = told_rate(load.rate, chance.gauss(1, 0.1), len(queue.callers), begins, now)
        offered = len(queue.callers)
        decided = [one for one in queue.callers if one.answered is not None or one.gone or now - one.came > T_S]
        inside = sum(one.inside(T_S) for one in queue.callers)
        waits = [now - one.came for one in queue.waiting()]
        rest = list(pieces(told, now, begins + HALF_HOUR_S))
        band = forecast(service, SoFar(offered, inside), queue.busy, waits, rest)
        queue.advance(begins + HALF_HOUR_S)
        callers = list(queue.callers)
        queue.advance(begins + HALF_HOUR_S + T_S)
        real = sum(one.inside(T_S) for one in callers) / len(callers)
        if band is None or not decided:
            continue
        so_far_errors.append(abs(inside / len(decided) - real))
        errors.append(abs(band.expected - real))
        held.append(band.low <= real <= band.high)
        queue.callers[:] = [one for one in queue.callers if one.came >= begins + HALF_HOUR_S]
    so_far, ours = 100 * statistics.mean(so_far_errors), 100 * statistics.mean(errors)
    limit = SWINGING_LIMIT if load.swing else STEADY_LIMIT
    return {
        f"{load.name}: error": Figure(ours, "points", peer=so_far, note="peer: so far"),
        f"{load.name}: error over that of so far": Figure(ours / so_far, "", limit),
        f"{load.name}: ends inside of the band": Figure(100 * statistics.mean(held), "%", note="meant: 80"),
    }


def told_rate(rate: Rate, wrong: float, came: int, begins: float, now: float) -> Rate:
    """The forecast of the arrivals, wrong by a factor and corrected by what has come in the interval."""
    expected = sum(seconds * calls * wrong for seconds, calls in pieces(rate, begins, now))
    factor = wrong * corrected(came, expected)
    return lambda at: rate(at) * factor


@dataclass(slots=True)
class Watched:
    above_since: float | None = None
    raised: bool = False


def about_to_break(load: Load, seconds: float, seed: int) -> tuple[int, int, int]:
    """Alerts that were right, alerts in all, calls that broke the standard."""
    queue = SmallQueue(load.agents, AHT_S, PATIENCE_S, load.rate, load.mean_rate * (1 + load.swing), seed)
    service = Service(load.agents, AHT_S, PATIENCE_S, T_S)
    watched: defaultdict[int, Watched] = defaultdict(Watched)
    seen: dict[int, Caller] = {}
    queue.advance(3600)
    queue.callers.clear()
    end = 3600 + seconds
    while queue.at < end:
        queue.advance(queue.at + LOOK_S)
        waiting = queue.waiting()
        for caller, chance in zip(
            waiting, chances_to_break(service, [queue.at - c.came for c in waiting]), strict=True
        ):
            seen[id(caller)] = caller
            look(watched[id(caller)], chance, queue.at, broken=queue.at - caller.came > T_S)
    queue.advance(end + 600)
    right = alerts = broke = 0
    for caller in queue.callers:
        waited = (caller.answered if caller.answered is not None else caller.gives_up) - caller.came
        broken = waited > T_S
        given_up = caller.answered is None and not broken
        raised = watched[id(caller)].raised
        alerts += raised and not given_up
        right += raised and broken
        broke += broken and caller.came < end - T_S
    return right, alerts, broke


def look(one: Watched, chance: float, now: float, *, broken: bool) -> None:
    """As acd.alerts raises: above one half for ten seconds, and before the standard is broken."""
    if broken or chance <= 0.5:
        one.above_since = None
        return
    one.above_since = now if one.above_since is None else one.above_since
    one.raised = one.raised or now - one.above_since >= RAISED_AFTER_S


def alert_figures(seconds: float, half_hours: int) -> dict[str, Figure]:
    """One queue after the law, then the real engine with two queues that share agents."""
    right = alerts = broke = 0
    for number, load in enumerate(LOADS):
        found = about_to_break(load, seconds, 70 + number)
        right, alerts, broke = right + found[0], alerts + found[1], broke + found[2]
    floors = [watched_floor(half_hours, seed) for seed in (7, 11, 13)]
    engine_right, engine_alerts, engine_broke = (
        sum(counts) for counts in zip(*((one.right, one.alerts, one.broke) for one in floors), strict=True)
    )
    return {
        "about to break: precision": Figure(right / alerts, "", PRECISION, at_least=True),
        "about to break: recall": Figure(right / broke, "", RECALL, at_least=True),
        "about to break, real engine: precision": Figure(engine_right / engine_alerts, "", PRECISION, at_least=True),
        "about to break, real engine: recall": Figure(engine_right / engine_broke, "", RECALL, at_least=True),
        "about to break, real engine: calls": Figure(engine_broke, ""),
    }


def arrival_figures(mean: float, hotlines: int) -> dict[str, Figure]:
    """WAPE of the next day's half-hours beside the mean of four same weekdays and the known base rate."""
    sums: defaultdict[str, list[float]] = defaultdict(list)
    for seed in range(hotlines):
        days = hotline(140, mean, seed)
        profile = Profile(SLOTS)
        told: defaultdict[str, list[float]] = defaultdict(list)
        for number, one in enumerate(days):
            if number >= 112:
                same = [days[number - 7 * back].calls for back in (1, 2, 3, 4)]
                told["four"] += [sum(calls[slot] for calls in same) / 4 for slot in range(SLOTS)]
                told["base"] += one.base
                told["real"] += one.calls
                told["ours"] += forecast_day(profile, one.day, holiday=one.holiday) or ()
            profile = learnt(profile, one.day, one.calls, holiday=one.holiday)
        for name in ("ours", "four", "base"):
            sums[name].append(wape(told[name], told["real"]) or 0.0)
    ours, four, base = (statistics.mean(sums[name]) for name in ("ours", "four", "base"))
    name = f"arrivals, {mean:g} a half-hour"
    return {
        f"{name}: WAPE": Figure(ours, "", 0.9 * four, four, note="peer: mean of 4 same weekdays"),
        f"{name}: over base rate known": Figure(ours / base, "", 1.35),
    }


def measure(intervals: int = INTERVALS, alert_s: float = 6 * 3600, hotlines: int = 12, half_hours: int = 4) -> Figures:
    figures: dict[str, Figure] = {}
    for number, load in enumerate(LOADS):
        figures |= service_level(load, intervals, 10 * number)
    figures |= alert_figures(alert_s, half_hours)
    for mean in (8.0, 30.0, 122.0):
        figures |= arrival_figures(mean, hotlines)
    return figures


if __name__ == "__main__":
    sys.exit(main("Forecasts", measure))
