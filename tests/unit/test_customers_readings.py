"""Readings that customers hand in: the period of the month, and what is asked once more."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.accounts import Reading
from customers.readings import FIRST_MOST_A_DAY, LEAST_A_DAY, TOO_MUCH, Doubt, Period, doubt

TODAY = date(2026, 11, 23)
MONTHLY = [Reading(1, 1000 + 200 * month, TODAY - timedelta(days=30 * (12 - month))) for month in range(12)]
"""200 kWh a month, 3,200 at last, 30 days ago."""
LAST = MONTHLY[-1].kwh


def test_what_is_usual_is_believed() -> None:
    assert doubt(MONTHLY, LAST, TODAY) is None, "nobody was at home"
    assert doubt(MONTHLY, LAST + 200, TODAY) is None


def test_less_than_before_is_asked_once_more() -> None:
    assert doubt(MONTHLY, LAST - 1, TODAY) is Doubt.LESS
    assert doubt(MONTHLY, 0, TODAY) is Doubt.LESS, "a meter that ran through its digits"


def test_far_more_than_this_meter_ever_used_is_asked_once_more() -> None:
    most = 30 * LEAST_A_DAY
    assert doubt(MONTHLY, LAST + most, TODAY) is None
    assert doubt(MONTHLY, LAST + most + 1, TODAY) is Doubt.TOO_MUCH


def test_a_firm_is_measured_by_its_own_use() -> None:
    firm = [Reading(1, 30_000 * month, TODAY - timedelta(days=30 * (12 - month))) for month in range(12)]
    last = firm[-1].kwh
    assert doubt(firm, last + TOO_MUCH * 30_000, TODAY) is None
    assert doubt(firm, last + TOO_MUCH * 30_000 + 1, TODAY) is Doubt.TOO_MUCH


def test_the_first_reading_of_all_is_believed_and_the_second_within_reason() -> None:
    assert doubt([], 9_999_999, TODAY) is None
    first = [Reading(1, 0, TODAY - timedelta(days=10))]
    assert doubt(first, 10 * FIRST_MOST_A_DAY, TODAY) is None
    assert doubt(first, 10 * FIRST_MOST_A_DAY + 1, TODAY) is Doubt.TOO_MUCH


def test_what_was_handed_in_today_is_replaced_and_not_compared() -> None:
    mistaken = [*MONTHLY, Reading(1, 999_999, TODAY)]
    assert doubt(mistaken, LAST + 200, TODAY) is None


@given(st.integers(0, 9_999_999), st.integers(0, 9_999_999))
def test_more_is_never_believed_where_less_was_too_much(one: int, other: int) -> None:
    lower, higher = sorted((one, other))
    if doubt(MONTHLY, lower, TODAY) is Doubt.TOO_MUCH:
        assert doubt(MONTHLY, higher, TODAY) is Doubt.TOO_MUCH


def test_the_period_has_both_its_days() -> None:
    period = Period(15, 25)
    taken = [day for day in range(1, 31) if period.takes(date(2026, 11, day))]
    assert taken == list(range(15, 26))


@pytest.mark.parametrize(
    ("first", "today", "next_first"),
    [
        (15, date(2026, 11, 3), date(2026, 11, 15)),
        (15, date(2026, 11, 26), date(2026, 12, 15)),
        (15, date(2026, 12, 26), date(2027, 1, 15)),
        (31, date(2027, 1, 31), date(2027, 3, 31)),
        (30, date(2027, 2, 3), date(2027, 3, 30)),
    ],
)
def test_when_it_begins_again(first: int, today: date, next_first: date) -> None:
    assert Period(first, 31).next_first(today) == next_first


@pytest.mark.parametrize("days", [(0, 5), (5, 4), (1, 32)])
def test_a_period_that_is_none(days: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="1 to 31"):
        Period(*days)
