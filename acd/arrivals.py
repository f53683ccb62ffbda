"""How many calls will come: a profile by weekday and slot, its level, the day so far, and sudden outages. Pure.

Formulas (design: service-science.md, section 6); a slot is one interval of the local clock's day:
  profile[weekday][slot] += 0.25 * (clipped - profile)      clipped at 2.5 * profile + 3 * sqrt(profile + 1), so that an
                                                            outage teaches nothing; a holiday is not learnt by it
  level += 0.35 * (day / profile of the day, kept in 0.6..1.6 - level)
  forecast = level * profile smoothed over slots by (1/4, 1/2, 1/4); on a holiday: factor * Sunday's
  within the day: * (so far + 60) / (forecast so far + 60)
  an outage: 15 minutes above the forecast with a Poisson tail < 1e-4; then the rate of the last 10 minutes, whose
             excess over the forecast halves every 40 minutes
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from calls.clock import Instant

LEARNT: Final = 0.25
LEVEL_LEARNT: Final = 0.35
LEVEL_RANGE: Final = (0.6, 1.6)
SUNDAY: Final = 6
SO_FAR_WEIGHT: Final = 60.0
"""Calls by which the day so far is held back: a few calls in the night say little."""
BURST_WINDOW_S: Final = 900
BURST_TAIL: Final = 1e-4
BURST_RATE_S: Final = 600
BURST_HALF_LIFE_S: Final = 2400.0

Counts = Sequence[float | None]
"""Calls by slot of the clock's day; None where the day had no such slot or nobody counted."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is usual. `means`: by weekday (0 = Monday) the calls of each slot; None for a weekday not seen yet."""

    slots: int
    means: tuple[tuple[float, ...] | None, ...] = (None,) * 7
    level: float = 1.0
    holiday_factor: float = 1.0


def forecast_day(profile: Profile, day: date, *, holiday: bool = False) -> tuple[float, ...] | None:
    """The calls expected in each slot of `day`; None before any day has been learnt."""
    usual = _usual(profile, SUNDAY if holiday else day.weekday())
    if usual is None:
        return None
    factor = profile.holiday_factor if holiday else 1.0
    return tuple(profile.level * factor * mean for mean in _smoothed(usual))


def learnt(profile: Profile, day: date, counts: Counts, *, holiday: bool = False) -> Profile:
    """The profile after a day is over. A day that was not counted in half of its slots teaches nothing."""
    seen = [slot for slot, count in enumerate(counts) if count is not None]
    if len(counts) != profile.slots or len(seen) * 2 < profile.slots:
        return profile
    usual = _usual(profile, SUNDAY if holiday else day.weekday())
    if usual is None:
        return replace(profile, means=_with(profile.means, day.weekday(), tuple(count or 0.0 for count in counts)))
    clipped = {slot: min(counts[slot] or 0.0, _clip(usual[slot])) for slot in seen}
    usual_many = sum(usual[slot] for slot in seen)
    if usual_many <= 0:
        return profile
    low, high = LEVEL_RANGE
    ratio = min(max(sum(clipped.values()) / usual_many, low), high)
    if holiday:
        factor = profile.holiday_factor + LEARNT * (ratio / profile.level - profile.holiday_factor)
        return replace(profile, holiday_factor=factor)
    if profile.means[day.weekday()] is None:
        # The first of its weekday is taken as it is: the others say little of a Sunday.
        first = tuple(clipped.get(slot, mean) for slot, mean in enumerate(usual))
        return replace(profile, means=_with(profile.means, day.weekday(), first))
    means = tuple(
        mean + LEARNT * (clipped[slot] - mean) if slot in clipped else mean for slot, mean in enumerate(usual)
    )
    level = profile.level + LEVEL_LEARNT * (ratio - profile.level)
    return replace(profile, means=_with(profile.means, day.weekday(), means), level=level)


def _with(
    means: tuple[tuple[float, ...] | None, ...], weekday: int, one: tuple[float, ...]
) -> tuple[tuple[float, ...] | None, ...]:
    return (*means[:weekday], one, *means[weekday + 1 :])


def _usual(profile: Profile, weekday: int) -> tuple[float, ...] | None:
    """The weekday's own means, else the mean of the weekdays that are known."""
    own = profile.means[weekday]
    if own is not None:
        return own
    known = [means for means in profile.means if means is not None]
    return tuple(sum(column) / len(known) for column in zip(*known, strict=True)) if known else None


def _smoothed(means: tuple[float, ...]) -> tuple[float, ...]:
    """Over midnight too: the first slot stands beside the last."""
    count = len(means)
    return tuple((means[n - 1] + 2 * means[n] + means[(n + 1) % count]) / 4 for n in range(count))


def _clip(mean: float) -> float:
    return 2.5 * mean + 3 * math.sqrt(mean + 1)


@dataclass(frozen=True, slots=True)
class Burst:
    """An outage: `excess` calls a second over the forecast at `at`, halving every `BURST_HALF_LIFE_S`."""

    at: Instant
    excess: float

    def excess_at(self, at: Instant) -> float:
        return self.excess * math.exp2(-max(0, at - self.at) / 1000 / BURST_HALF_LIFE_S)


def corrected(so_far: float, expected_so_far: float) -> float:
    """The factor for the rest of the day: (so far + 60) / (forecast so far + 60)."""
    return (so_far + SO_FAR_WEIGHT) / (expected_so_far + SO_FAR_WEIGHT)


def burst_of(now: Instant, arrivals: Sequence[Instant], expected_rate: float, known: Burst | None) -> Burst | None:
    """The outage at `now`. `arrivals` of at least the last 15 minutes in their order; `expected_rate` calls a second.

    A known one goes on, raised anew from the last 10 minutes, until its excess has sunk below a tenth of the forecast.
    """
    in_window = sum(1 for at in arrivals if now - BURST_WINDOW_S * 1000 < at <= now)
    if poisson_tail(in_window, expected_rate * BURST_WINDOW_S) < BURST_TAIL:
        lately = sum(1 for at in arrivals if now - BURST_RATE_S * 1000 < at <= now)
        return Burst(now, max(0.0, lately / BURST_RATE_S - expected_rate))
    if known is not None and known.excess_at(now) > expected_rate / 10:
        return known
    return None


def poisson_tail(count: int, mean: float) -> float:
    """P(N >= count) for N ~ Poisson(mean); summed from its larger side, so that small tails are exact."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0 - sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, k = 0.0, count
    while term > total * 1e-17:
        total += term
        k += 1
        term *= mean / k
    return min(1.0, total)


def wape(forecast: Sequence[float], real: Sequence[float]) -> float | None:
    """Weighted absolute percentage error: sum of |F - Y| / sum of Y; None without calls."""
    calls = sum(real)
    return sum(abs(f - y) for f, y in zip(forecast, real, strict=True)) / calls if calls else None


def wape_floor(mean: float) -> float:
    """What even the known rate cannot go below: 2 exp(-m) m^(k+1) / k! / m with k = floor(m)."""
    k = math.floor(mean)
    return 2 * math.exp(-mean + (k + 1) * math.log(mean) - math.lgamma(k + 1)) / mean if mean > 0 else 0.0
