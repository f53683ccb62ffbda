"""The law of the wait: sums, quantiles, what is said of it, and what a queue learns for it."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.pace import LEAST_ANSWERED, Pace, with_arrival, with_call, with_outcome, with_wait
from acd.wait_law import MINUTES, SUMMED, Minutes, Wait, not_growing, spoken, wait_behind, wait_of_mean
from calls.clock import EPOCH, Instant, after
from calls.ids import QueueId

rates = st.floats(0.005, 5)
thetas = st.floats(1e-5, 0.05)
ranges = st.tuples(st.sampled_from(MINUTES), st.sampled_from(MINUTES)).filter(lambda pair: pair[0] < pair[1])


@given(st.integers(SUMMED + 1, 3000), rates, thetas)
def test_far_behind_the_sum_is_an_integral(ahead: int, rate: float, theta: float) -> None:
    steps = [1 / (rate + i * theta) for i in range(1, ahead + 2)]
    wait = wait_behind(ahead, rate, theta)
    assert wait.mean_s == pytest.approx(sum(steps), rel=1e-4)
    assert wait.variance == pytest.approx(sum(step**2 for step in steps), rel=1e-4)


@given(st.integers(0, 3000), rates)
def test_with_endless_patience_each_call_ahead_takes_its_time(ahead: int, rate: float) -> None:
    wait = wait_behind(ahead, rate, 1e-15)
    assert wait.mean_s == pytest.approx((ahead + 1) / rate)
    assert wait.variance == pytest.approx((ahead + 1) / rate**2)


@given(st.integers(0, 1000), st.integers(2, 300), st.floats(60, 600), st.floats(60, 1800))
def test_the_variance_of_a_mean_is_that_of_the_law(ahead: int, agents: int, aht_s: float, patience_s: float) -> None:
    law = wait_behind(ahead, agents / aht_s, 1 / patience_s)
    assert wait_of_mean(law.mean_s, agents / aht_s, 1 / patience_s).variance == pytest.approx(law.variance, rel=0.35)


def test_the_quantiles_are_those_of_a_gamma_law() -> None:
    """Ten calls of 6 s: published quantiles of the gamma law with shape 10 (chi-square of 20 / 2)."""
    wait = wait_behind(9, 1 / 6, 1e-12)
    for z, chi_square in ((-1.281552, 12.4426), (0.0, 19.3374), (1.281552, 28.4120)):
        assert wait.quantile(z) == pytest.approx(6 * chi_square / 2, rel=2e-3)


@given(st.integers(0, 500), rates, thetas, st.floats(-3, 3), st.floats(0, 2))
def test_a_higher_quantile_is_a_longer_wait(ahead: int, rate: float, theta: float, z: float, more: float) -> None:
    wait = wait_behind(ahead, rate, theta)
    assert 0 <= wait.quantile(z) <= wait.quantile(z + more)


def test_the_law_is_the_wait_that_is_simulated() -> None:
    """Against a direct draw: k calls ahead, each ends by an answer or by giving up."""
    random, rate, theta, ahead = Random(7), 30 / 180, 1 / 300, 25
    waits = sorted(sum(random.expovariate(rate + i * theta) for i in range(1, ahead + 2)) for _ in range(20_000))
    wait = wait_behind(ahead, rate, theta)
    assert wait.median_s == pytest.approx(waits[10_000], rel=0.01)
    assert wait.quantile(1.2816) == pytest.approx(waits[18_000], rel=0.015)


# --- what is said
@given(st.floats(0.1, 3500), st.floats(1, 1e4), st.floats(0, 3), st.floats(0, 3))
def test_a_range_is_rounded_outward(mean_s: float, shape: float, low: float, high: float) -> None:
    """`shape` = M^2/V, which is never below 1: one call ahead of nobody."""
    wait = Wait(mean_s, mean_s**2 / shape)
    said = spoken(wait, low, high)
    if said is None:
        assert wait.quantile(high) > 3600
        return
    assert {said.least, said.most} <= set(MINUTES)
    assert said.least < said.most
    assert said.least * 60 <= wait.quantile(-low)
    assert said.most * 60 >= wait.quantile(high)


def test_a_range_is_not_wider_than_rounding_makes_it() -> None:
    assert spoken(Wait(200, 0), 1, 1) == Minutes(3, 4)
    assert spoken(Wait(30, 0), 1, 1) == Minutes(0, 1)
    assert spoken(Wait(0, 0), 1, 1) == Minutes(0, 1)
    assert spoken(Wait(3600, 0), 1, 1) == Minutes(45, 60)
    assert spoken(Wait(3601, 0), 1, 1) is None


@given(st.lists(ranges, min_size=1, max_size=20))
def test_what_is_said_never_grows(fresh: list[tuple[int, int]]) -> None:
    said: Minutes | None = None
    for least, most in fresh:
        told = not_growing(Minutes(least, most), said)
        if told is not None:
            assert told.least < told.most
            assert said is None or (told.least <= said.least and told.most <= said.most)
            said = told


# --- what a queue learns
START = Instant(1_800_000_000_000)
PACE = Pace(QueueId("sales"))


def test_handling_time_is_a_mean_that_forgets_after_500_calls() -> None:
    pace = PACE
    for cycle_s in (100, 200, 300):
        pace = with_call(pace, cycle_s)
    assert pace.handled == 3
    assert pace.cycle_s == pytest.approx(200)
    for _ in range(3000):
        pace = with_call(pace, 60)
    assert pace.cycle_s == pytest.approx(60, abs=1)


def test_nothing_is_known_before_twenty_answered_calls() -> None:
    pace = PACE
    for _ in range(LEAST_ANSWERED - 1):
        pace = with_call(pace, 100)
    assert not pace.known
    assert with_call(pace, 100).known


def test_patience_is_waiting_time_by_abandonments_not_the_wait_of_those_who_left() -> None:
    """Nine of ten callers are answered after 30 s, the tenth leaves after 30 s: mean patience 300 s."""
    pace, at = PACE, START
    for number in range(5000):
        at = after(at, 1)
        pace = with_wait(pace, 30, abandoned=number % 10 == 0, at=at)
    assert 1 / pace.theta == pytest.approx(300, rel=0.02)


def test_patience_is_forgotten_in_two_hours() -> None:
    pace = with_wait(PACE, 1e5, abandoned=True, at=START)
    later = with_wait(pace, 0, abandoned=False, at=after(START, 2 * 3600))
    assert later.waited_s == pytest.approx(1e5 / math.e)
    assert 1 / PACE.theta == 300


@pytest.mark.parametrize("rate", [0.01, 0.2])
def test_arrivals_are_counted_by_the_last_half_hour(rate: float) -> None:
    random, pace, at = Random(3), PACE, START
    for _ in range(2000):
        at = after(at, random.expovariate(rate))
        pace = with_arrival(pace, 20, at)
    assert pace.arrivals(at) == pytest.approx(rate, rel=0.4)
    assert pace.lead_s == pytest.approx(20)
    assert pace.arrivals(after(at, 3600)) == pytest.approx(pace.arrivals(at) / math.e**2, rel=0.01)
    assert PACE.arrivals(EPOCH) == 0


def test_the_range_widens_until_as_many_miss_it_as_may() -> None:
    """A wait beyond the range in 7.5 % of the cases leaves the width as it is."""
    random, pace = Random(5), PACE
    missed = 0
    for number in range(20_000):
        wait_s = random.gauss(0, 1)
        pace = with_outcome(pace, wait_s, -pace.z_low, pace.z_high)
        missed += number >= 2000 and wait_s > pace.z_high
    assert missed / 18_000 == pytest.approx(0.075, abs=0.01)
    for _ in range(5000):
        pace = with_outcome(pace, 50, 60, 40)
    assert (pace.z_low, pace.z_high) == (3.0, 3.0)
    for _ in range(5000):
        pace = with_outcome(pace, 50, 40, 60)
    assert (pace.z_low, pace.z_high) == (0.0, 0.0)
