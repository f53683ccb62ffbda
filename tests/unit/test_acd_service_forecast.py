"""The forecast of the service level against closed forms, limits and a small simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.erlang import Traffic, erlang_a
from acd.service_forecast import (
    LEAST_OFFERED,
    Service,
    SoFar,
    agents_short,
    chances_to_break,
    forecast,
)
from acd.transient import Chain, gamma_cdf, moments
from benchmarks.forecast import LOADS, about_to_break, service_level

TEN = Service(agents=10, aht_s=180, patience_s=300, threshold_s=20)


def chain(agents: int, patience_s: float = 300) -> Chain:
    return Chain(agents, agents / 180, 1 / 180, 1 / patience_s)


def test_the_gamma_law_at_its_exponential_corner() -> None:
    assert float(gamma_cdf(20, 18.0, 324.0)) == pytest.approx(1 - math.exp(-20 / 18))
    assert float(gamma_cdf(-1.0, 18.0, 324.0)) == 0


def test_moments_by_hand() -> None:
    """r = 10/180, theta = 1/300: who stays waits 1/(r + theta), with one ahead 1/(r + 2 theta) more."""
    mean, variance = moments(chain(10), 1)
    first, second = 1 / (1 / 18 + 1 / 300), 1 / (1 / 18 + 2 / 300)
    assert mean.tolist() == pytest.approx([first, first + second])
    assert variance.tolist() == pytest.approx([first**2, first**2 + second**2])


def test_a_long_run_ends_in_erlang_a() -> None:
    """From empty, after two hours, a further hour has the service level of the steady state."""
    lam = 200 / 3600
    begun = chain(11, 120).follow(0, 20, [(7200.0, lam)])
    longer = chain(11, 120).follow(0, 20, [(7200.0, lam), (3600.0, lam)])
    outlook = erlang_a(Traffic(lam, 180), 120, 11, 20)
    assert (longer.inside - begun.inside) / 200 == pytest.approx(outlook.service_level, abs=0.005)


def test_the_variance_is_that_of_a_fine_explicit_run() -> None:
    one, lam, present = chain(10), 10 / 180, 12
    states = 10 + 60 + 25 + 1
    inside = np.concatenate([np.ones(10), one.inside(20, states - 11)])
    calls = np.arange(states)
    deaths = np.where(calls < 10, calls / 180, 10 / 180 + np.maximum(0, calls - 10) / 300)
    births = np.where(calls < states - 1, lam, 0.0)
    held = np.zeros((3, states))
    held[0, present] = 1
    step = 0.25
    for _ in range(round(900 / step)):
        moved = held * (1 - step * (births + deaths))
        moved[:, 1:] += step * held[:, :-1] * births[:-1]
        moved[:, :-1] += step * held[:, 1:] * deaths[1:]
        moved[1] += step * lam * inside * held[0]
        moved[2] += 2 * step * lam * inside * held[1]
        held = moved
    mean = held[1].sum()
    found = one.follow(present, 20, [(60.0, lam)] * 15)
    assert found.inside == pytest.approx(mean, rel=5e-3)
    assert found.variance == pytest.approx(held[2].sum() - mean**2, rel=0.06)


def test_who_is_beyond_the_threshold_breaks_it_and_who_comes_first_does_not() -> None:
    chances = chances_to_break(TEN, [25.0, 19.0, 2.0, 1.0, 0.0])
    assert chances[0] == 1.0
    assert chances[2:] == sorted(chances[2:])
    assert chances_to_break(TEN, [0.0]) == pytest.approx([math.exp(-20 * (1 / 18 + 1 / 300))])


def test_without_agents_every_call_breaks() -> None:
    nobody = Service(0, 180, 300, 20)
    assert chances_to_break(nobody, [1.0, 2.0]) == [1.0, 1.0]
    band = forecast(nobody, SoFar(4, 3), 0, [1.0], [(900.0, 0.01)])
    assert band is not None
    assert band.expected == pytest.approx(3 / 13)


def test_the_last_moment_knows_the_end() -> None:
    band = forecast(TEN, SoFar(40, 30), 8, [], [])
    assert band is not None
    assert (band.low, band.expected, band.high) == (0.75, 0.75, 0.75)
    assert forecast(TEN, SoFar(0, 0), 0, [], []) is None


def test_the_band_is_wider_early() -> None:
    early = forecast(TEN, SoFar(20, 14), 10, [3.0], [(60.0, 0.05)] * 25)
    late = forecast(TEN, SoFar(80, 56), 10, [3.0], [(60.0, 0.05)] * 3)
    assert early is not None
    assert late is not None
    assert early.high - early.low > 2 * (late.high - late.low)


def test_agents_short_and_spare_by_table_a() -> None:
    """200/h, 180 s, patience 120 s, 80 % in 20 s: 12 agents (service-science.md, table A)."""
    rate = 200 / 3600
    assert [agents_short(Service(n, 180, 120, 20), rate, 0.8) for n in (9, 12, 14)] == [3, 0, -2]
    assert agents_short(Service(3, 180, 120, 20), 0.0, 0.8) == -3


@given(
    st.integers(0, 60),
    st.lists(st.floats(0, 400), max_size=60),
    st.floats(0, 2),
    st.integers(0, 300),
    st.floats(1, 300),
)
def test_a_forecast_is_a_share_with_its_band_around_it(
    agents: int, elapsed: list[float], rate: float, offered: int, threshold: float
) -> None:
    service = Service(agents, 180, 300, threshold)
    band = forecast(
        service, SoFar(offered + len(elapsed), offered), agents, sorted(elapsed, reverse=True), [(60.0, rate)]
    )
    if band is None:
        assert offered + len(elapsed) == 0
        assert rate * 60 < LEAST_OFFERED
    else:
        assert 0 <= band.low <= band.expected <= band.high <= 1


def test_the_forecast_is_better_than_so_far_in_a_short_form() -> None:
    swinging = service_level(LOADS[4], 40, 5)
    assert swinging["30 agents, swinging: error over that of so far"].value < 0.75


def test_alerts_are_mostly_right_in_a_short_form() -> None:
    right, alerts, broke = about_to_break(LOADS[0], 1800, 3)
    assert alerts > 10
    assert right / alerts > 0.8
    assert right / broke > 0.7
