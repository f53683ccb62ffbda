"""When a queue is open: spells of open and closed time, in the queue's own zone. Pure.

Rules
1. A special day goes before a public holiday, a public holiday before its weekday.
2. Spans that touch, also over midnight, are one spell.
3. Where the clock jumps (RFC 5545, 3.3.5): a time that does not exist is meant by the offset before the jump; of a time
   that exists twice, a queue opens at the first and closes at the second. Nobody is sent away an hour too early.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from acd.queues import CallbackRules, Hours, Span
from calls.clock import EPOCH, Instant, as_datetime, as_instant
from calls.zones import zone

LOOK_AHEAD_DAYS: Final = 400
"""A year with its holidays; a queue that does not open in it is closed for good."""
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Spell:
    """Open or closed from `since` (at the latest) until `until`.

    Not `ends`: nothing changes as far as we look; `until` is when to look again.
    """

    open: bool
    until: Instant
    ends: bool = True
    since: Instant = field(default=EPOCH, compare=False)


def spell_at(hours: Hours | None, zone_name: str, at: Instant) -> Spell:
    """The spell that `at` lies in; its end belongs to the next one."""
    where = zone(zone_name)
    today = as_datetime(at).astimezone(where).date()
    horizon = as_instant(_moment(today + timedelta(days=LOOK_AHEAD_DAYS), 0, where, last=False))
    if hours is None:
        return Spell(True, horizon, ends=False, since=at)
    for opens, closes in _merged(_openings(hours, where, today - timedelta(days=1), LOOK_AHEAD_DAYS + 1)):
        if closes <= at:
            continue
        if opens > at:
            return Spell(False, opens, since=at)
        ends = closes < horizon
        return Spell(True, closes if ends else horizon, ends, since=at)
    return Spell(False, horizon, ends=False, since=at)


def next_opening(hours: Hours | None, zone_name: str, at: Instant) -> Instant | None:
    """`at` when it is open then, else when it opens next; None: not within `LOOK_AHEAD_DAYS`."""
    spell = spell_at(hours, zone_name, at)
    if spell.open:
        return at
    return spell.until if spell.ends else None


def callback_spell(rules: CallbackRules, zone_name: str, at: Instant) -> Spell:
    """Whether a customer may be rung back at `at`, by the minutes of the local day, and until when that holds."""
    if rules.from_min <= 0 and rules.to_min >= _DAY_MIN:
        return spell_at(None, zone_name, at)
    return spell_at(_every_day(rules.from_min, rules.to_min), zone_name, at)


@lru_cache(maxsize=64)
def _every_day(from_min: int, to_min: int) -> Hours:
    return Hours(tuple(Span(weekday, from_min, to_min) for weekday in range(7)))


def _openings(hours: Hours, where: ZoneInfo, first: date, days: int) -> Iterator[tuple[Instant, Instant]]:
    """Each open stretch of each day, in order; empty ones left out."""
    special = {one.day: one.open_min for one in hours.special}
    for count in range(days):
        day = first + timedelta(days=count)
        for opens_min, closes_min in sorted(_minutes(hours, special, day)):
            opens = as_instant(_moment(day, opens_min, where, last=False))
            closes = as_instant(_moment(day, closes_min, where, last=True))
            if closes > opens and closes_min > opens_min:
                yield opens, closes


def _minutes(hours: Hours, special: dict[str, tuple[tuple[int, int], ...]], day: date) -> tuple[tuple[int, int], ...]:
    known = special.get(day.isoformat())
    if known is not None:
        return known
    if hours.holidays and is_holiday(hours.holidays, day):
        return ()
    return tuple((span.opens_min, span.closes_min) for span in hours.spans if span.weekday == day.weekday())


def _merged(stretches: Iterator[tuple[Instant, Instant]]) -> Iterator[tuple[Instant, Instant]]:
    current: tuple[Instant, Instant] | None = None
    for opens, closes in stretches:
        if current is None:
            current = (opens, closes)
        elif opens <= current[1]:
            current = (current[0], max(current[1], closes))
        else:
            yield current
            current = (opens, closes)
    if current is not None:
        yield current


def _moment(day: date, minute: int, where: ZoneInfo, *, last: bool) -> datetime:
    """The local minute of a day as UTC; `last`: the later one when the clock shows it twice."""
    local = datetime.combine(day, time()) + timedelta(minutes=min(minute, _DAY_MIN))
    first = local.replace(tzinfo=where, fold=0).astimezone(UTC)
    return max(first, local.replace(tzinfo=where, fold=1).astimezone(UTC)) if last else first


def is_holiday(country: str, day: date) -> bool:
    """Whether it is a public holiday of this country; False for one that the library does not know."""
    known = _holidays(country, day.year)
    return known is not None and day in known


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date] | None:
    """A country's public holidays of a year; None for a country that the library does not know."""
    import holidays  # 70 ms that only a queue with holidays costs

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return None
