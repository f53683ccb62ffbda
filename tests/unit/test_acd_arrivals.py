"""The arrival forecast: what it learns, what it does not, and outages."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.arrivals import (
    BURST_HALF_LIFE_S,
    Burst,
    Profile,
    burst_of,
    corrected,
    forecast_day,
    learnt,
    poisson_tail,
    wape,
    wape_floor,
)
from benchmarks.hotline import SLOTS, hotline
from calls.clock import Instant, after

MONDAY = date(2026, 1, 5)
NOW = Instant(1_795_424_400_000)


def flat(mean: float, slots: int = 4) -> tuple[float, ...]:
    return (mean,) * slots


def test_nothing_is_foretold_before_a_day_was_seen() -> None:
    assert forecast_day(Profile(4), MONDAY) is None


def test_the_first_day_stands_for_all_until_each_weekday_is_known() -> None:
    profile = learnt(Profile(4), MONDAY, flat(20.0))
    assert forecast_day(profile, MONDAY + timedelta(days=3)) == flat(20.0)


def test_a_day_moves_the_profile_by_a_quarter_and_the_level_by_a_third() -> None:
    """20 known, 24 seen: the profile goes to 21, the level to 1 + 0.35 * 0.2 = 1.07."""
    profile = learnt(learnt(Profile(4), MONDAY, flat(20.0)), MONDAY + timedelta(days=7), flat(24.0))
    assert profile.means[0] == flat(21.0)
    assert profile.level == pytest.approx(1.07)
    assert forecast_day(profile, MONDAY) == pytest.approx(flat(21.0 * 1.07))


def test_slots_are_smoothed_over_their_neighbours_and_midnight() -> None:
    profile = learnt(Profile(4), MONDAY, (40.0, 0.0, 0.0, 0.0))
    assert forecast_day(profile, MONDAY) == (20.0, 10.0, 0.0, 10.0)


def test_an_outage_teaches_nothing_beyond_the_clip() -> None:
    """Clipped at 2.5 * 16 + 3 * sqrt(17) = 52.4: a day of a thousand calls is worth no more."""
    before = learnt(Profile(4), MONDAY, flat(16.0))
    week = MONDAY + timedelta(days=7)
    assert learnt(before, week, flat(1000.0)) == learnt(before, week, flat(60.0))


def test_a_holiday_teaches_its_factor_only_and_is_foretold_from_sunday() -> None:
    sunday = MONDAY + timedelta(days=6)
    profile = learnt(learnt(Profile(4), MONDAY, flat(40.0)), sunday, flat(10.0))
    assert profile.means[6] == flat(10.0)  # the first Sunday of its own
    off = learnt(profile, MONDAY + timedelta(days=7), flat(20.0), holiday=True)
    assert (off.means, off.level) == (profile.means, profile.level)
    assert off.holiday_factor != 1.0
    told = forecast_day(off, MONDAY, holiday=True)
    assert told == pytest.approx(flat(profile.level * off.holiday_factor * 10.0))


def test_a_day_that_was_hardly_counted_teaches_nothing() -> None:
    profile = learnt(Profile(4), MONDAY, flat(20.0))
    assert learnt(profile, MONDAY, (1.0, None, None, None)) is profile
    night = learnt(profile, MONDAY, (24.0, 24.0, None, 24.0))  # the hour that clocks skip
    assert night.means[0] == (21.0, 21.0, 20.0, 21.0)


def test_the_day_so_far_corrects_with_restraint() -> None:
    assert corrected(0, 0) == 1.0
    assert corrected(240, 140) == 1.5
    assert corrected(3, 1) < 1.04


def test_an_outage_is_seen_from_fifteen_minutes_and_fades() -> None:
    usual = 12 / 900  # twelve calls in a quarter of an hour
    some = [after(NOW, -second) for second in range(890, 0, -60)]
    assert burst_of(NOW, some, usual, None) is None
    many = [after(NOW, -second) for second in range(590, 0, -10)]
    burst = burst_of(NOW, many, usual, None)
    assert burst is not None
    assert burst.excess == pytest.approx(59 / 600 - usual)
    later = after(NOW, BURST_HALF_LIFE_S)
    assert burst.excess_at(later) == pytest.approx(burst.excess / 2)
    assert burst_of(later, [], usual, burst) == burst
    assert burst_of(after(NOW, 8 * BURST_HALF_LIFE_S), [], usual, burst) is None


def test_no_call_is_no_outage_even_when_none_is_expected() -> None:
    assert burst_of(NOW, [], 0.0, None) is None
    assert burst_of(NOW, [NOW], 0.0, None) == Burst(NOW, 1 / 600)


@pytest.mark.parametrize(
    ("count", "mean", "tail"), [(0, 3.0, 1.0), (1, 2.0, 0.8646647), (5, 2.0, 0.0526530), (30, 12.0, 8.8701e-6)]
)
def test_the_poisson_tail(count: int, mean: float, tail: float) -> None:
    assert poisson_tail(count, mean) == pytest.approx(tail, rel=5e-3)


@given(st.integers(0, 400), st.floats(0.01, 300))
def test_the_tail_falls_and_stays_a_chance(count: int, mean: float) -> None:
    assert 0 <= poisson_tail(count + 1, mean) <= poisson_tail(count, mean) + 1e-9 <= 1 + 1e-9


@pytest.mark.parametrize(("mean", "floor"), [(8, 0.28), (30, 0.145), (122, 0.072)])
def test_the_floor_of_the_error(mean: float, floor: float) -> None:
    assert wape_floor(mean) == pytest.approx(floor, abs=0.004)


def test_wape_by_hand() -> None:
    assert wape([10, 20, 0], [12, 15, 3]) == 10 / 30
    assert wape([1.0], [0.0]) is None


def test_a_hotline_is_foretold_better_than_by_the_mean_of_its_weekdays() -> None:
    days = hotline(84, 60.0, 3)
    profile = Profile(SLOTS)
    ours: list[float] = []
    four: list[float] = []
    real: list[float] = []
    for number, one in enumerate(days):
        if number >= 56:
            ours += forecast_day(profile, one.day, holiday=one.holiday) or ()
            same = [days[number - 7 * back].calls for back in (1, 2, 3, 4)]
            four += [sum(calls[slot] for calls in same) / 4 for slot in range(SLOTS)]
            real += one.calls
        profile = learnt(profile, one.day, one.calls, holiday=one.holiday)
    error, peer = wape(ours, real), wape(four, real)
    assert error is not None
    assert peer is not None
    assert error < 0.95 * peer
