"""Intervals by the local clock: over midnight, both nights of a change of clocks, zones of odd offsets."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.intervals import LENGTHS_MIN, day_start, interval_of, intervals_of_day, slot_of
from calls.clock import Instant, as_datetime, as_instant
from calls.zones import zone

ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
HOUR_MS = 3_600_000


def at(text: str, zone_name: str = "Europe/Moscow", fold: int = 0) -> Instant:
    return as_instant(datetime.fromisoformat(text).replace(tzinfo=zone(zone_name), fold=fold))


def test_an_interval_begins_where_the_local_clock_is_whole() -> None:
    interval = interval_of(at("2026-11-23 14:07:12"), 15, "Europe/Moscow")
    assert (interval.start, interval.end) == (at("2026-11-23 14:00"), at("2026-11-23 14:15"))
    assert at("2026-11-23 14:00") in interval
    assert at("2026-11-23 14:15") not in interval


def test_a_zone_with_an_odd_offset_has_its_own_hours() -> None:
    there = "Asia/Kathmandu"
    interval = interval_of(at("2026-11-23 14:07", there), 60, there)
    assert as_datetime(interval.start) == datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def test_the_last_interval_of_a_day_ends_at_midnight() -> None:
    interval = interval_of(at("2026-11-23 23:59:59.999"), 30, "Europe/Moscow")
    assert interval.end == at("2026-11-24 00:00") == day_start(date(2026, 11, 24), "Europe/Moscow")


def test_the_night_that_loses_an_hour_has_22_halves_less_two() -> None:
    """29 March 2026, Berlin: 01:59 is followed by 03:00."""
    halves = list(intervals_of_day(date(2026, 3, 29), 30, "Europe/Berlin"))
    assert len(halves) == 46
    assert [slot_of(one.start, 30, "Europe/Berlin")[1] for one in halves[2:6]] == [2, 3, 6, 7]
    assert all(one.end - one.start == HOUR_MS / 2 for one in halves)


def test_the_night_that_gains_an_hour_has_it_twice() -> None:
    """25 October 2026, Berlin: 02:59 is followed by 02:00 again."""
    berlin = "Europe/Berlin"
    halves = list(intervals_of_day(date(2026, 10, 25), 30, berlin))
    assert len(halves) == 50
    assert [slot_of(one.start, 30, berlin)[1] for one in halves[3:9]] == [3, 4, 5, 4, 5, 6]
    first = interval_of(at("2026-10-25 02:10", berlin), 30, berlin)
    second = interval_of(at("2026-10-25 02:10", berlin, fold=1), 30, berlin)
    assert second.start - first.start == HOUR_MS


def test_an_interval_ends_where_the_clock_is_moved_inside_of_it() -> None:
    """Lord Howe moves by half an hour: 4 October 2026, 01:59 is followed by 02:30."""
    there = "Australia/Lord_Howe"
    before = interval_of(at("2026-10-04 01:30", there), 60, there)
    behind = interval_of(at("2026-10-04 02:45", there), 60, there)
    assert before.end == behind.start
    assert behind.end - behind.start == HOUR_MS / 2


def test_only_lengths_that_divide_an_hour() -> None:
    with pytest.raises(ValueError, match="Use one of"):
        interval_of(at("2026-11-23 14:07"), 20, "Europe/Moscow")


@given(
    st.integers(1_704_067_200_000, 1_893_456_000_000).map(Instant),
    st.sampled_from(LENGTHS_MIN),
    st.sampled_from(ZONES),
)
def test_intervals_follow_each_other_without_a_gap(instant: Instant, length: int, there: str) -> None:
    interval = interval_of(instant, length, there)
    assert instant in interval
    assert 0 < interval.end - interval.start <= length * 60_000
    assert interval_of(interval.start, length, there) == interval
    assert interval_of(Instant(interval.end - 1), length, there) == interval
    assert interval_of(interval.end, length, there).start == interval.end


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.sampled_from(LENGTHS_MIN), st.sampled_from(ZONES))
def test_a_day_is_filled_by_its_intervals(day: date, length: int, there: str) -> None:
    found = list(intervals_of_day(day, length, there))
    assert found[0].start == day_start(day, there)
    assert found[-1].end == day_start(day + timedelta(days=1), there)
    assert all(one.end == following.start for one, following in pairwise(found))
