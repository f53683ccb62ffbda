"""A synthetic hotline for forecasts: weekday x half-hour, season, day effect AR(1), holidays, outages (section 6).

About a quarter of the days has an outage, whose calls come on top: up to four times the usual rate, gone in two hours.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

SLOTS: Final = 48
FIRST_DAY: Final = date(2026, 1, 5)
"""A Monday."""
_WEEKDAYS: Final = (1.18, 1.08, 1.04, 1.02, 0.98, 0.62, 0.48)


@dataclass(frozen=True, slots=True)
class HotlineDay:
    """`calls` by half-hour; `base` their rate without the outage, which nobody can know beforehand."""

    day: date
    holiday: bool
    calls: tuple[int, ...]
    base: tuple[float, ...]
    rate: tuple[float, ...]


def hotline(days: int, mean: float, seed: int) -> list[HotlineDay]:
    """So many days with `mean` calls in a half-hour on average."""
    chance = np.random.default_rng(seed)
    shape = _shape()
    effect, found = 0.0, []
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        effect = 0.6 * effect + float(chance.normal(0, 0.04))
        holiday = bool(chance.random() < 0.03)
        season = 1 + 0.15 * math.cos(2 * math.pi * number / 365)
        level = 0.55 if holiday else _WEEKDAYS[day.weekday()]
        base = mean * level * season * math.exp(effect) * shape
        rate = base * _outage(chance) if chance.random() < 0.25 else base
        calls = chance.poisson(rate)
        found.append(HotlineDay(day, holiday, *(tuple(part.tolist()) for part in (calls, base, rate))))
    return found


def _shape() -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Two humps, at half past ten and at three, and a quiet night; mean 1."""
    hours = (np.arange(SLOTS) + 0.5) / 2
    shape = 0.08 + np.exp(-(((hours - 10.5) / 2.2) ** 2)) + 0.8 * np.exp(-(((hours - 15) / 3.2) ** 2))
    return np.asarray(shape / shape.mean())


def _outage(chance: np.random.Generator) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    begins, peak = int(chance.integers(12, 42)), float(chance.uniform(1.5, 4))
    after = np.arange(SLOTS) - begins
    return np.where(after >= 0, 1 + (peak - 1) * np.exp(-after / 2.0), 1.0)
