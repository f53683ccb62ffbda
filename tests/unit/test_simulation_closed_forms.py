"""The simulated engine against Erlang C and A (service-science.md, table A): the closed form lies in the interval.

Independent days with fixed seeds; Student's interval at 99.9 %, so that the five rows of five figures fail by chance
about once in forty sets of seeds. The intervals are narrow enough to notice an agent more or less.
"""

from dataclasses import dataclass
from random import Random

import pytest

from simulation.chances import Exponential, Fixed, Lognormal
from simulation.timesheet import occupancy
from simulation.world import Outcome
from tests.kit.days import erlang, repeated, steady

DAYS = 12


def service_level(outcome: Outcome) -> float:
    return outcome.total().service_level


def abandonment(outcome: Outcome) -> float:
    return outcome.total().abandonment


def delay(outcome: Outcome) -> float:
    return outcome.total().delay


def wait_s(outcome: Outcome) -> float:
    return outcome.total().mean_wait_s


def busy(outcome: Outcome) -> float:
    return occupancy(outcome.agents)


@dataclass(frozen=True)
class Row:
    """One row of table A. `patience_s` 1e7 is Erlang C."""

    per_hour: float
    aht_s: float
    patience_s: float
    agents: int
    threshold_s: int
    hours: float
    delay: float
    service_level: float
    abandonment: float
    wait_s: float
    occupancy: float


ROWS = {
    "C4": Row(200, 180, 1e7, 14, 20, 4, 0.174131934, 0.888350019, 0.0, 7.83593701, 0.7142857),
    "C6": Row(6, 1200, 1e7, 3, 0, 180, 0.444444444, 0.555555556, 0.0, 533.333333, 0.6666667),
    "A1": Row(2880, 60, 120, 50, 20, 1.25, 0.46777407, 0.94301895, 0.030912249, 3.7094699, 0.9303242),
    "A3": Row(200, 180, 120, 11, 20, 4, 0.38281649, 0.74220898, 0.094155034, 11.298604, 0.8234954),
    "A7": Row(60, 240, 90, 3, 20, 8, 0.64507513, 0.42214063, 0.37968409, 34.171568, 0.8270879),
}


LONG = {"C6", "A1"}
"""Need long days for narrow intervals."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in ROWS])
def test_the_closed_form_lies_in_the_interval(name: str) -> None:
    row = ROWS[name]
    day = erlang(row.per_hour, row.aht_s, row.patience_s, row.agents, row.threshold_s, row.hours)
    delayed, inside, lost, waited, at_work = repeated(day, DAYS, delay, service_level, abandonment, wait_s, busy)
    assert delayed.holds(row.delay), delayed
    assert inside.holds(row.service_level), inside
    assert lost.holds(row.abandonment), lost
    assert waited.holds(row.wait_s), waited
    assert at_work.holds(row.occupancy), at_work
    assert inside.half < 0.12


def test_one_agent_less_is_noticed() -> None:
    row = ROWS["A3"]
    (inside,) = repeated(erlang(row.per_hour, row.aht_s, row.patience_s, 10, 20, row.hours), DAYS, service_level)
    assert not inside.holds(row.service_level)
    assert inside.mean < row.service_level


def test_lognormal_talk_is_nearly_erlang_a() -> None:
    """service-science.md, section 1: Erlang A is good for other laws of talk, within 1.5 points of service level."""
    day = steady(200, Lognormal(180, 1.0), Exponential(120), 11)
    inside, lost = repeated(day, DAYS, service_level, abandonment)
    assert inside.mean == pytest.approx(ROWS["A3"].service_level, abs=0.015 + inside.half)
    assert lost.mean == pytest.approx(ROWS["A3"].abandonment, abs=0.006 + lost.half)


def test_laws_of_chance_have_the_mean_they_say() -> None:

    random = Random(7)
    for chance, deviation in ((Exponential(30), 30.0), (Lognormal(180, 0.5), 90.0), (Fixed(4), 0.0)):
        drawn = [chance.drawn(random) for _ in range(20_000)]
        assert sum(drawn) / len(drawn) == pytest.approx(chance.mean_s, abs=5 * deviation / len(drawn) ** 0.5)
