"""Intervals of a queue's day: quarters, halves or hours of its local clock. Pure.

An interval begins where the local clock shows a whole multiple of its length. In the night when clocks go back the
hour that is shown twice gives two sets of intervals; in the night when they go forward the skipped ones do not exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from calls.clock import Instant, as_datetime, as_instant
from calls.zones import zone

LENGTHS_MIN: Final = (15, 30, 60)
"""What an hour and every day can be divided into."""
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, not including, `end`."""

    start: Instant
    end: Instant

    def __contains__(self, at: Instant) -> bool:
        return self.start <= at < self.end


def interval_of(at: Instant, length_min: int, zone_name: str) -> Interval:
    """The interval of the local clock that `at` lies in. Raises ValueError for another length or an unknown zone."""
    found = _interval_of(at // _MINUTE_MS, length_min, zone_name)
    return found if at in found else _around(at, length_min, zone_name)


@lru_cache(maxsize=4096)
def _interval_of(minute: int, length_min: int, zone_name: str) -> Interval:
    """Of the first instant of a minute: many calls come in one, and a zone's clock is slow to ask."""
    return _around(Instant(minute * _MINUTE_MS), length_min, zone_name)


def _around(at: Instant, length_min: int, zone_name: str) -> Interval:
    if length_min not in LENGTHS_MIN:
        raise ValueError(f"An interval of {length_min} minutes does not divide the day. Use one of {LENGTHS_MIN}.")
    there = zone(zone_name)
    length_ms = length_min * _MINUTE_MS
    offset_ms = _offset_ms(at, there)
    start = Instant((at + offset_ms) // length_ms * length_ms - offset_ms)
    end = Instant(start + length_ms)
    # Where the clock is changed inside of it (a zone that moves by half an hour), the interval ends or begins there.
    if _offset_ms(start, there) != offset_ms:
        start = _change_between(start, at, there)
    if _offset_ms(Instant(end - 1), there) != offset_ms:
        end = _change_between(at, end, there)
    return Interval(start, end)


def intervals_of_day(day: date, length_min: int, zone_name: str) -> Iterator[Interval]:
    """The intervals of a local day in their order: a day has 23, 24 or 25 hours."""
    at, over = day_start(day, zone_name), day_start(day + timedelta(days=1), zone_name)
    while at < over:
        interval = interval_of(at, length_min, zone_name)
        yield interval
        at = interval.end


def day_start(day: date, zone_name: str) -> Instant:
    """The first instant of a local day; where midnight is skipped, the instant of the change."""
    return as_instant(datetime.combine(day, time(), zone(zone_name)))


def slot_of(at: Instant, length_min: int, zone_name: str) -> tuple[date, int]:
    """The local day of `at` and the place of its interval on a clock's day (0 = from midnight)."""
    local = as_datetime(at).astimezone(zone(zone_name))
    return local.date(), (local.hour * 60 + local.minute) // length_min


def _offset_ms(at: Instant, there: ZoneInfo) -> int:
    offset = as_datetime(at).astimezone(there).utcoffset()
    return round((offset or timedelta()).total_seconds() * 1000)


def _change_between(before: Instant, later: Instant, there: ZoneInfo) -> Instant:
    """The first instant with the offset of `later`; the two lie in one hour, on both sides of one change."""
    low, high = before, later
    wanted = _offset_ms(later, there)
    while high - low > 1:
        middle = Instant((low + high) // 2)
        if _offset_ms(middle, there) == wanted:
            high = middle
        else:
            low = middle
    return high
