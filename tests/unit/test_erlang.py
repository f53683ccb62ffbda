"""Erlang B, C, A beside published tables and beside laws that hold exactly."""

import math
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from acd.erlang import (
    MOST_AGENTS,
    Outlook,
    Overloaded,
    Target,
    Traffic,
    agents_needed_a,
    agents_needed_c,
    blocked,
    erlang_a,
    erlang_c,
    most_erlangs,
    scheduled,
)

EXACT = 1e-6
HOUR = 3600


def near(value: float, relative: float = EXACT) -> object:
    return pytest.approx(value, rel=relative, abs=1e-30)


def hourly(calls: float, aht_s: float) -> Traffic:
    return Traffic(calls / HOUR, aht_s)


# --- table A of the design; "published": what its source printed, to the digits it printed
@pytest.mark.parametrize(
    ("agents", "erlangs", "share"),
    [
        (10, 5, 0.0183845703366),
        (100, 90, 0.0269573804644),
        (1000, 1000, 0.0248119176462),
        (5000, 4900, 0.00221576790250),
        (20, 0.5, 2.37754217119e-25),
    ],
)
def test_erlang_b(agents: int, erlangs: float, share: float) -> None:
    assert blocked(agents, erlangs) == near(share)


@pytest.mark.parametrize(
    ("share", "agents", "erlangs", "published"),
    [(0.01, 17, 9.651602713, 9.65160), (0.05, 17, 12.46130285, 12.4613), (0.01, 25, 16.12455542, 16.1245)],
)
def test_the_most_traffic_for_a_blocking(share: float, agents: int, erlangs: float, published: float) -> None:
    """Published: Erlang Library help, Abstract Micro Systems; it cuts digits off."""
    assert most_erlangs(agents, share) == near(erlangs)
    assert math.floor(most_erlangs(agents, share) * 1e4) / 1e4 == pytest.approx(published, abs=1e-3)


class RowC(NamedTuple):
    per_hour: float
    aht_s: float
    agents: int
    threshold_s: float
    waits: float
    service_level: float
    asa_s: float
    occupancy: float


TABLE_C = {
    "C1": RowC(200, 180, 11, 20, 0.682118205, 0.389613812, 122.781277, 0.9090909),
    "C2": RowC(200, 180, 12, 20, 0.449388224, 0.640158040, 40.4449402, 0.8333333),
    "C3": RowC(200, 180, 13, 20, 0.285270453, 0.795594788, 17.1162272, 0.7692308),
    "C4": RowC(200, 180, 14, 20, 0.174131934, 0.888350019, 7.83593701, 0.7142857),
    "C5": RowC(720, 240, 55, 15, 0.238700936, 0.845883092, 8.18403210, 0.8727273),
    "C6": RowC(6, 1200, 3, 0, 0.444444444, 0.555555556, 533.333333, 0.6666667),
    "C7": RowC(2880, 60, 50, 20, 0.694455611, 0.643454601, 20.8336683, 0.9600000),
    "C8": RowC(600, 300, 56, 30, 0.309347796, 0.830226330, 15.4673898, 0.8928571),
    "C9": RowC(72000, 180, 3640, 20, 0.392822099, 0.995386843, 1.76769945, 0.9890110),
}
PUBLISHED_C = {  # service level, ASA as their sources printed them
    "C1": (0.3896, 122.781),
    "C2": (0.6402, 40.445),
    "C3": (0.7956, 17.116),
    "C4": (0.8884, 7.836),
    "C5": (0.8459, 8.184),
}


def outlook_c(row: RowC) -> Outlook:
    outlook = erlang_c(hourly(row.per_hour, row.aht_s), row.agents, row.threshold_s)
    assert isinstance(outlook, Outlook)
    return outlook


@pytest.mark.parametrize("name", TABLE_C)
def test_erlang_c(name: str) -> None:
    row = TABLE_C[name]
    outlook = outlook_c(row)
    assert outlook.waits == near(row.waits)
    assert outlook.service_level == near(row.service_level)
    assert outlook.asa_s == near(row.asa_s)
    assert outlook.occupancy == near(row.occupancy)
    assert outlook.abandons == 0


@pytest.mark.parametrize("name", PUBLISHED_C)
def test_erlang_c_as_published(name: str) -> None:
    outlook = outlook_c(TABLE_C[name])
    assert (round(outlook.service_level, 4), round(outlook.asa_s, 3)) == PUBLISHED_C[name]


def test_erlang_c_as_published_by_pyworkforce() -> None:
    outlook = outlook_c(TABLE_C["C4"])
    assert outlook.service_level == pytest.approx(0.8883500191794669, rel=1e-12)
    assert outlook.waits == pytest.approx(0.1741319335950498, rel=1e-12)


def test_the_eye_clinic_of_gross_and_harris() -> None:
    """Queue 0.889, in the system 28.89 min: wait 8.89 min and 20 min of treatment."""
    outlook = outlook_c(TABLE_C["C6"])
    assert round(outlook.queue, 3) == 0.889
    assert round((outlook.asa_s + 1200) / 60, 2) == 28.89


class RowA(NamedTuple):
    per_hour: float
    aht_s: float
    patience_s: float
    agents: int
    threshold_s: float
    waits: float
    abandons: float
    mean_wait_s: float
    asa_s: float
    service_level: float
    occupancy: float


TABLE_A = {
    "A1": RowA(2880, 60, 120, 50, 20, 0.46777407, 0.030912249, 3.7094699, 3.6159002, 0.94301895, 0.9303242),
    "A2": RowA(367200, 1, 1, 100, 0.1, 0.59171863, 0.049917976, 0.049917976, 0.049040922, 0.75877730, 0.9690837),
    "A3": RowA(200, 180, 120, 11, 20, 0.38281649, 0.094155034, 11.298604, 9.7825175, 0.74220898, 0.8234954),
    "A4": RowA(200, 180, 300, 9, 20, 0.73454863, 0.16326196, 48.978587, 48.033963, 0.36624855, 0.9297089),
    "A5": RowA(600, 300, 180, 50, 30, 0.45796549, 0.063446851, 11.420433, 10.803255, 0.80089176, 0.9365531),
    "A6": RowA(600, 300, 600, 40, 30, 0.98436037, 0.20103803, 120.62282, 131.07324, 0.048701206, 0.9987025),
    "A7": RowA(60, 240, 90, 3, 20, 0.64507513, 0.37968409, 34.171568, 24.953263, 0.42214063, 0.8270879),
    "A8": RowA(72000, 180, 300, 3600, 20, 0.56544089, 0.0058043955, 1.7413186, 1.7373155, 0.99419543, 0.9941956),
    "A9": RowA(90000, 180, 60, 3600, 20, 1.0, 0.2, 12.0, 13.363617, 0.79993416, 1.0),
    "A10": RowA(720, 180, 100000, 40, 20, 0.41059216, 0.00018321877, 18.321877, 18.317089, 0.73729678, 0.8998351),
}


@pytest.mark.parametrize("name", TABLE_A)
def test_erlang_a(name: str) -> None:
    row = TABLE_A[name]
    outlook = erlang_a(hourly(row.per_hour, row.aht_s), row.patience_s, row.agents, row.threshold_s)
    assert outlook.waits == near(row.waits)
    assert outlook.abandons == near(row.abandons)
    assert outlook.mean_wait_s == near(row.mean_wait_s)
    assert outlook.asa_s == near(row.asa_s)
    assert outlook.service_level == near(row.service_level)
    assert outlook.occupancy == near(row.occupancy)


def test_erlang_a_as_published_by_mandelbaum_and_zeltyn() -> None:
    """3.1 % lost, 3.7 s, 93 % busy; Erlang C says 20.8 s for the same floor."""
    outlook = erlang_a(hourly(2880, 60), 120, 50, 20)
    assert (round(outlook.abandons, 3), round(outlook.mean_wait_s, 1), round(outlook.occupancy, 2)) == (
        0.031,
        3.7,
        0.93,
    )


class Need(NamedTuple):
    per_hour: float
    aht_s: float
    patience_s: float | None
    target: Target
    agents: int
    reached: float
    one_less: float


NEEDS = [
    Need(200, 180, None, Target(0.8, 20), 14, 0.8883500, 0.7955948),
    Need(600, 300, None, Target(0.75, 30), 55, 0.7667603, 0.6825312),
    Need(150, 180, None, Target(0.8, 20), 11, 0.8808364, 0.7677527),
    Need(200, 180, 120, Target(0.8, 20), 12, 0.8255826, 0.7422090),
    Need(600, 300, 180, Target(0.75, 30), 49, 0.7649967, 0.7258164),
    Need(9000, 180, 300, Target(0.9, 20), 444, 0.9003043, 0.8903198),
]


def level(need: Need, agents: int) -> float:
    traffic = hourly(need.per_hour, need.aht_s)
    if need.patience_s is not None:
        return erlang_a(traffic, need.patience_s, agents, need.target.threshold_s).service_level
    outlook = erlang_c(traffic, agents, need.target.threshold_s)
    assert isinstance(outlook, Outlook)
    return outlook.service_level


@pytest.mark.parametrize("need", NEEDS)
def test_agents_needed(need: Need) -> None:
    traffic = hourly(need.per_hour, need.aht_s)
    if need.patience_s is None:
        assert agents_needed_c(traffic, need.target) == need.agents
    else:
        assert agents_needed_a(traffic, need.patience_s, need.target) == need.agents
    assert level(need, need.agents) == pytest.approx(need.reached, abs=1e-7)
    assert level(need, need.agents - 1) == pytest.approx(need.one_less, abs=1e-7)


def test_a_cap_on_the_occupancy_asks_for_more_agents() -> None:
    traffic, calm = hourly(200, 180), Target(0.8, 20, cap=0.6)
    assert agents_needed_c(traffic, calm) == math.ceil(10 / 0.6)
    assert agents_needed_a(traffic, 120, calm) > agents_needed_a(traffic, 120, Target(0.8, 20))


@pytest.mark.parametrize(("agents", "published"), [(14, 20), (11, 16)])
def test_shrinkage_comes_after_solving(agents: int, published: int) -> None:
    """14 raw, 20 scheduled (pyworkforce) and 11 raw, 16 scheduled (turbotab), both at 30 %."""
    assert scheduled(agents, 0.3) == published


def test_shrinkage_that_divides_evenly_adds_no_agent() -> None:
    assert [scheduled(7, 0.3), scheduled(14, 0.3), scheduled(9, 0.1), scheduled(5, 0.0)] == [10, 20, 10, 5]


# --- laws that hold exactly
rates = st.floats(0.001, 3)
times = st.floats(20, 900)
crews = st.integers(1, 300)
loads = st.floats(0.01, 0.9)


@given(rates, times, crews)
def test_with_patience_like_the_handling_time_the_floor_is_poisson(arrivals: float, aht_s: float, agents: int) -> None:
    """theta = mu: P(wait) = P(N >= s), P(abandon) = E[(N - s)+] / A."""
    traffic = Traffic(arrivals, aht_s)
    load = traffic.erlangs
    logs = [
        n * math.log(load) - load - math.lgamma(n + 1) for n in range(int(load + 60 * math.sqrt(load) + agents + 200))
    ]
    outlook = erlang_a(traffic, aht_s, agents, 20)
    assert outlook.waits == pytest.approx(sum(math.exp(one) for one in logs[agents:]), rel=1e-8, abs=1e-12)
    too_many = sum((n - agents) * math.exp(one) for n, one in enumerate(logs) if n > agents)
    assert outlook.abandons == pytest.approx(too_many / load, rel=1e-8, abs=1e-12)


@given(loads, times, crews)
def test_endless_patience_is_erlang_c(load: float, aht_s: float, agents: int) -> None:
    """A patience of 1e9 s is not endless enough: at 7 of 8 the true difference reaches 1e-4."""
    traffic = Traffic(load * agents / aht_s, aht_s)
    patient, endless = erlang_a(traffic, 1e11, agents, 20), erlang_c(traffic, agents, 20)
    assert isinstance(endless, Outlook)
    assert patient.waits == pytest.approx(endless.waits, rel=1e-4, abs=1e-9)
    assert patient.service_level == pytest.approx(endless.service_level, abs=1e-5)
    assert patient.asa_s == pytest.approx(endless.asa_s, rel=1e-4, abs=1e-6)


@given(times, st.integers(1, 50), st.floats(30, 600))
def test_a_flooded_floor_answers_what_it_can(aht_s: float, agents: int, patience_s: float) -> None:
    """lam >> s mu: P(abandon) = 1 - s mu / lam."""
    arrivals = 10 * agents / aht_s
    outlook = erlang_a(Traffic(arrivals, aht_s), patience_s, agents, 20)
    assume(outlook.waits > 1 - 1e-9)
    assert outlook.abandons == pytest.approx(0.9, rel=1e-6)


@given(rates, times, st.floats(10, 2000), crews)
def test_what_comes_is_answered_or_gives_up(arrivals: float, aht_s: float, patience_s: float, agents: int) -> None:
    """P(abandon) = theta E[W]; answered work = busy agents; every figure is inside its bounds."""
    traffic = Traffic(arrivals, aht_s)
    outlook = erlang_a(traffic, patience_s, agents, 20)
    assert outlook.abandons == pytest.approx(outlook.mean_wait_s / patience_s)
    assert outlook.occupancy * agents == pytest.approx(traffic.erlangs * (1 - outlook.abandons))
    assert outlook.queue == pytest.approx(arrivals * outlook.mean_wait_s)
    for share in (outlook.waits, outlook.abandons, outlook.service_level, outlook.occupancy):
        assert 0 <= share <= 1
    assert outlook.abandons <= outlook.waits * (1 + 1e-12)


@given(rates, times, st.floats(10, 2000), st.integers(1, 299))
def test_one_agent_more_is_never_worse(arrivals: float, aht_s: float, patience_s: float, agents: int) -> None:
    traffic = Traffic(arrivals, aht_s)
    less, more = (erlang_a(traffic, patience_s, one, 20) for one in (agents, agents + 1))
    assert more.service_level >= less.service_level - 1e-12
    assert more.abandons <= less.abandons + 1e-12
    assert blocked(agents + 1, traffic.erlangs) <= blocked(agents, traffic.erlangs)


@given(loads, times, crews)
def test_waiting_is_likelier_than_being_blocked(load: float, aht_s: float, agents: int) -> None:
    traffic = Traffic(load * agents / aht_s, aht_s)
    outlook = erlang_c(traffic, agents, 20)
    assert isinstance(outlook, Outlook)
    assert outlook.waits >= blocked(agents, traffic.erlangs)


@given(rates, times, st.floats(10, 2000), st.floats(0.5, 0.99))
def test_the_agents_needed_are_the_fewest(arrivals: float, aht_s: float, patience_s: float, share: float) -> None:
    traffic, target = Traffic(arrivals, aht_s), Target(share, 20)
    need = agents_needed_a(traffic, patience_s, target)
    assert erlang_a(traffic, patience_s, need, 20).service_level >= share
    assert need == 1 or erlang_a(traffic, patience_s, need - 1, 20).service_level < share
    need_c = agents_needed_c(traffic, target)
    enough, fewer = erlang_c(traffic, need_c, 20), erlang_c(traffic, need_c - 1, 20)
    assert isinstance(enough, Outlook)
    assert enough.service_level >= share
    assert isinstance(fewer, Overloaded) or fewer.service_level < share


@given(rates, times, st.floats(10, 2000), crews)
def test_who_is_asked_for_a_longer_threshold_reaches_more(
    arrivals: float, aht_s: float, patience_s: float, agents: int
) -> None:
    traffic = Traffic(arrivals, aht_s)
    levels = [erlang_a(traffic, patience_s, agents, threshold).service_level for threshold in (0, 5, 20, 120, 10_000)]
    assert all(longer >= shorter - 1e-12 for shorter, longer in pairwise(levels))
    answered = 1 - erlang_a(traffic, patience_s, agents, 0).abandons
    assert levels[-1] <= answered + 1e-9


# --- extremes
def test_an_overloaded_floor_is_a_value_and_never_a_number() -> None:
    assert erlang_c(Traffic(1, 100), 100, 20) == Overloaded()
    assert erlang_c(Traffic(1, 100), 0, 20) == Overloaded()
    assert isinstance(erlang_c(Traffic(1, 100), 101, 20), Outlook)


def test_without_calls_nobody_waits() -> None:
    none = Traffic(0, 180)
    assert erlang_a(none, 300, 0, 20).service_level == 1
    idle = erlang_c(none, 1, 20)
    assert isinstance(idle, Outlook)
    assert (idle.service_level, idle.asa_s) == (1, 0)
    assert agents_needed_c(none, Target(0.8, 20)) == agents_needed_a(none, 300, Target(0.8, 20)) == 1


def test_without_agents_everybody_gives_up() -> None:
    outlook = erlang_a(Traffic(1, 180), 300, 0, 20)
    assert (outlook.abandons, outlook.service_level, outlook.mean_wait_s) == (1, 0, 300)


@pytest.mark.parametrize(
    ("arrivals", "aht_s", "patience_s", "agents"),
    [
        (1e-9, 180, 300, 1),
        (1e-9, 180, 300, 20_000),
        (20, 1000, 300, 20_000),
        (20, 1000, 1e6, 20_000),
        (1000, 180, 300, 1),
        (1, 0.001, 1e-3, 5),
        (0.05, 180, 1e9, 10),
        (100, 3600, 1e-2, 100),
    ],
)
def test_no_extreme_makes_a_figure_that_is_none(arrivals: float, aht_s: float, patience_s: float, agents: int) -> None:
    outlook = erlang_a(Traffic(arrivals, aht_s), patience_s, agents, 20)
    for share in (outlook.waits, outlook.abandons, outlook.service_level, outlook.occupancy):
        assert 0 <= share <= 1
    assert math.isfinite(outlook.asa_s)
    assert outlook.asa_s >= 0


@pytest.mark.parametrize("bad", [(-1, 180), (1, 0), (math.nan, 180), (math.inf, 180), (1, math.nan)])
def test_traffic_that_cannot_be_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="Arrivals"):
        Traffic(*bad)


def test_what_cannot_be_asked_is_refused() -> None:
    for share in (0, 1, 1.5, math.nan):
        with pytest.raises(ValueError, match="target"):
            Target(share, 20)
    for patience_s in (0, -1, math.inf):
        with pytest.raises(ValueError, match="patience"):
            erlang_a(Traffic(1, 180), patience_s, 10, 20)
    for shrinkage in (1, -0.1):
        with pytest.raises(ValueError, match="Shrinkage"):
            scheduled(10, shrinkage)
    with pytest.raises(ValueError, match="share"):
        most_erlangs(10, 1)
    with pytest.raises(ValueError, match="lower target"):
        agents_needed_c(Traffic(MOST_AGENTS / 10, 100), Target(0.8, 20))
