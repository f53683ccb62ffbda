"""Hours of queues: weekdays, special days, public holidays, nights on which the clock jumps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.hours import Spell, callback_spell, next_opening, spell_at
from acd.queues import CallbackRules, Hours, Span, SpecialDay
from calls.clock import Instant, after, as_instant

MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
OFFICE = Hours(tuple(Span(day, 9 * 60, 18 * 60) for day in range(5)), holidays="RU")
ALWAYS = Hours(tuple(Span(day, 0, 1440) for day in range(7)))


def local(text: str, zone: str = MOSCOW, fold: int = 0) -> Instant:
    return as_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


@pytest.mark.parametrize(
    ("moment", "is_open", "until"),
    [
        ("2026-11-25 08:59:59", False, "2026-11-25 09:00"),
        ("2026-11-25 09:00", True, "2026-11-25 18:00"),
        ("2026-11-25 17:59:59", True, "2026-11-25 18:00"),
        ("2026-11-25 18:00", False, "2026-11-26 09:00"),
        ("2026-11-27 18:00", False, "2026-11-30 09:00"),  # over a weekend
        ("2026-11-04 12:00", False, "2026-11-05 09:00"),  # Unity Day, a Wednesday
        ("2026-12-30 18:00", False, "2027-01-11 09:00"),  # the New Year holidays
    ],
)
def test_office_hours(moment: str, is_open: bool, until: str) -> None:
    assert spell_at(OFFICE, MOSCOW, local(moment)) == Spell(is_open, local(until))


def test_a_special_day_goes_before_holiday_and_weekday() -> None:
    hours = Hours(OFFICE.spans, "RU", (SpecialDay("2026-11-04", ((600, 660), (720, 780))), SpecialDay("2026-11-25")))
    assert spell_at(hours, MOSCOW, local("2026-11-04 10:30")) == Spell(True, local("2026-11-04 11:00"))
    assert spell_at(hours, MOSCOW, local("2026-11-04 11:00")) == Spell(False, local("2026-11-04 12:00"))
    assert spell_at(hours, MOSCOW, local("2026-11-25 12:00")) == Spell(False, local("2026-11-26 09:00"))


def test_the_zone_is_the_queues() -> None:
    at = local("2026-11-25 16:30", MOSCOW)
    assert spell_at(OFFICE, MOSCOW, at).open
    assert not spell_at(OFFICE, "Asia/Yekaterinburg", at).open


def test_spans_that_touch_over_midnight_are_one() -> None:
    hours = Hours((Span(0, 22 * 60, 1440), Span(1, 0, 6 * 60)))
    assert spell_at(hours, MOSCOW, local("2026-11-23 23:00")) == Spell(True, local("2026-11-24 06:00"))


def test_round_the_clock_never_ends() -> None:
    for hours in (None, ALWAYS):
        spell = spell_at(hours, BERLIN, local("2026-11-25 12:00", BERLIN))
        assert spell.open
        assert not spell.ends


def test_a_queue_that_never_opens() -> None:
    at = local("2026-11-25 12:00")
    for hours in (Hours(()), Hours((Span(2, 600, 600), Span(3, 700, 600)))):
        assert not spell_at(hours, MOSCOW, at).open
        assert next_opening(hours, MOSCOW, at) is None


def test_next_opening_is_now_when_open() -> None:
    at = local("2026-11-25 12:00")
    assert next_opening(OFFICE, MOSCOW, at) == at
    assert next_opening(OFFICE, MOSCOW, local("2026-11-25 20:00")) == local("2026-11-26 09:00")


# --- nights on which the clock jumps: 29 March 2026 from 2 to 3, 25 October 2026 from 3 back to 2
NIGHT = Hours(tuple(Span(day, 0, 150) for day in range(7)))  # until 02:30
MORNING = Hours(tuple(Span(day, 150, 600) for day in range(7)))  # from 02:30


def test_a_closing_that_the_clock_leaves_out_is_as_late_as_the_night_before() -> None:
    assert spell_at(NIGHT, BERLIN, local("2026-03-29 00:00", BERLIN)) == Spell(True, utc("2026-03-29 01:30"))


def test_a_closing_that_comes_twice_is_the_second() -> None:
    assert spell_at(NIGHT, BERLIN, local("2026-10-25 00:00", BERLIN)) == Spell(True, utc("2026-10-25 01:30"))


def test_an_opening_that_the_clock_leaves_out_is_by_the_old_offset() -> None:
    assert spell_at(MORNING, BERLIN, local("2026-03-29 01:00", BERLIN)) == Spell(False, utc("2026-03-29 01:30"))


def test_an_opening_that_comes_twice_is_the_first() -> None:
    assert spell_at(MORNING, BERLIN, local("2026-10-25 01:00", BERLIN)) == Spell(False, utc("2026-10-25 00:30"))
    assert spell_at(MORNING, BERLIN, local("2026-10-25 02:10", BERLIN, fold=1)).open, "it does not close in between"


def utc(text: str) -> Instant:
    return as_instant(datetime.fromisoformat(text).replace(tzinfo=UTC))


SPANS = st.builds(Span, st.integers(0, 6), st.integers(0, 1440), st.integers(0, 1440))


@settings(deadline=None)
@given(
    spans=st.lists(SPANS, max_size=8).map(tuple),
    zone=st.sampled_from([MOSCOW, BERLIN, "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    minute=st.integers(0, 366 * 24 * 60),
)
def test_a_spell_ends_where_the_next_begins(spans: tuple[Span, ...], zone: str, minute: int) -> None:
    at = after(utc("2026-01-01 00:00"), 60 * minute)
    spell = spell_at(Hours(spans), zone, at)
    assert spell.until > at
    assert spell_at(Hours(spans), zone, Instant(spell.until - 1)).open == spell.open
    if spell.ends:
        assert spell_at(Hours(spans), zone, spell.until).open != spell.open


@given(days=st.integers(0, 365), minute=st.integers(0, 1439))
def test_without_jumps_the_wall_clock_decides(days: int, minute: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=ZoneInfo(MOSCOW)) + timedelta(days=days, minutes=minute)
    plain = Hours(OFFICE.spans)
    assert spell_at(plain, MOSCOW, as_instant(moment)).open == (moment.weekday() < 5 and 540 <= minute < 1080)


def test_callbacks_are_rung_in_permitted_local_hours_only() -> None:
    rules = CallbackRules(from_min=600, to_min=1200)
    assert callback_spell(rules, MOSCOW, local("2026-11-25 09:00")) == Spell(False, local("2026-11-25 10:00"))
    assert callback_spell(rules, MOSCOW, local("2026-11-25 10:00")) == Spell(True, local("2026-11-25 20:00"))
    assert callback_spell(rules, MOSCOW, local("2026-11-25 20:00")) == Spell(False, local("2026-11-26 10:00"))


def test_holidays_of_an_unknown_country_close_nothing() -> None:
    assert spell_at(Hours(OFFICE.spans, "XX"), MOSCOW, local("2026-11-25 12:00")).open
