"""Who may be asked how well we were able to help, and what was answered: one contract for the fake and both databases;
then the figures that reports ask for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId, new_call_id
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.ports import CustomersUnavailable
from customers.satisfaction import Score, Scores, Surveys
from database.engine import DatabaseUnavailable, Engine, open_engine, reading
from database.satisfaction import KEPT_S, DatabaseSatisfaction, SatisfactionFigures, ScoredBy
from database.satisfaction_tables import AskedRow, ScoreRow
from tests.kit.databases import KINDS, NOW, new_database
from tests.kit.fake_surveys import FakeSurveys

PHONE = PhoneNumber("+73060000311")
REST_S = 30 * 24 * 3600
DAY_S = 24 * 3600
ORLOV, ZUEVA = AgentId("orlov"), AgentId("zueva")
BILLING, GENERAL = QueueId("billing"), QueueId("general")


@pytest.fixture(params=("fake", *KINDS))
def surveys(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveys]:
    if request.param == "fake":
        yield FakeSurveys()
        return
    with new_database(request.param, request, tmp_path_factory) as engine:
        yield DatabaseSatisfaction(engine)


def score(
    points: int,
    call: CallId | None = None,
    agent: AgentId | None = ORLOV,
    queue: QueueId | None = GENERAL,
    at: Instant = NOW,
) -> Score:
    return Score(call or new_call_id(), points, at, Language.RU, agent, queue)


def test_a_number_rests_after_it_was_asked(surveys: Surveys) -> None:
    assert surveys.may_ask(PHONE, REST_S, NOW)
    assert not surveys.may_ask(PHONE, REST_S, after(NOW, REST_S - 1))
    assert surveys.may_ask(PhoneNumber("+73060000312"), REST_S, NOW)
    assert surveys.may_ask(PHONE, REST_S, after(NOW, REST_S)), "a question that was refused does not count"
    assert not surveys.may_ask(PHONE, REST_S, after(NOW, REST_S + 5))


@pytest.mark.parametrize("text", ["", "+", "anonymous", "'; --", "+7306\0", "+7306\n", "+" + "9" * 64_000])
def test_hostile_numbers_are_not_asked(surveys: Surveys, text: str) -> None:
    assert not surveys.may_ask(PhoneNumber(text), REST_S, NOW)


def test_two_calls_of_a_number_that_end_at_once_hear_one_question(surveys: Surveys) -> None:
    with ThreadPoolExecutor(4) as threads:
        asked = list(threads.map(lambda _: surveys.may_ask(PHONE, REST_S, NOW), range(8)))
    assert sum(asked) == 1


def test_a_score_out_of_range_is_none() -> None:
    for points in (0, 6, -1):
        with pytest.raises(ValueError, match="1 to 5"):
            score(points)


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with new_database(request.param, request, tmp_path_factory) as opened:
        yield opened


def test_the_first_score_of_a_call_stays_and_has_no_number(engine: Engine) -> None:
    surveys, call = DatabaseSatisfaction(engine), new_call_id()
    surveys.keep(score(4, call))
    surveys.keep(score(1, call, ZUEVA, BILLING, after(NOW, 5)))
    with reading(engine, DatabaseUnavailable) as connection:
        rows = connection.execute(select(*ScoreRow.__table__.columns)).all()
    assert [tuple(row) for row in rows] == [(call, 4, NOW, "ru", "orlov", "general")]


def test_the_fake_keeps_the_first_score_too() -> None:
    surveys, call = FakeSurveys(), new_call_id()
    surveys.keep(score(4, call))
    surveys.keep(score(1, call))
    assert [kept.score for kept in surveys.scores.values()] == [4]


def test_when_numbers_were_asked_is_erased_once_it_holds_nobody_back(engine: Engine) -> None:
    surveys = DatabaseSatisfaction(engine)
    assert surveys.may_ask(PHONE, REST_S, NOW)
    surveys.forget_old(after(NOW, KEPT_S - 1))
    assert not surveys.may_ask(PHONE, KEPT_S, after(NOW, KEPT_S - 1))
    surveys.forget_old(after(NOW, KEPT_S))
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.execute(select(AskedRow.number)).all() == []


def test_the_figures_of_agents_queues_and_days(engine: Engine) -> None:
    """By hand: orlov 5 and 4 in general, 1 in billing; zueva 3 in billing; one of nobody known; a 5 the next day."""
    surveys, figures = DatabaseSatisfaction(engine), SatisfactionFigures(engine)
    tomorrow = after(NOW, DAY_S)
    for given in (
        score(5), score(4, at=after(NOW, 60)), score(1, queue=BILLING), score(3, agent=ZUEVA, queue=BILLING),
        score(2, agent=None, queue=None, at=Instant(tomorrow - 1)), score(5, agent=ZUEVA, at=tomorrow),
    ):  # fmt: skip
        surveys.keep(given)
    assert figures.between(NOW, tomorrow) == {
        ScoredBy(ORLOV, GENERAL): Scores((0, 0, 0, 1, 1)),
        ScoredBy(ORLOV, BILLING): Scores((1, 0, 0, 0, 0)),
        ScoredBy(ZUEVA, BILLING): Scores((0, 0, 1, 0, 0)),
        ScoredBy(None, None): Scores((0, 1, 0, 0, 0)),
    }
    agents = figures.by_agent(NOW, tomorrow)
    assert agents == {ORLOV: Scores((1, 0, 0, 1, 1)), ZUEVA: Scores((0, 0, 1, 0, 0))}
    assert (agents[ORLOV].mean, agents[ORLOV].share(5)) == (10 / 3, 1 / 3)
    assert figures.by_queue(NOW, tomorrow) == {GENERAL: Scores((0, 0, 0, 1, 1)), BILLING: Scores((1, 0, 1, 0, 0))}
    first, second, third = figures.by_day((after(NOW, day * DAY_S), after(NOW, (day + 1) * DAY_S)) for day in range(3))
    assert (first.count, first.mean) == (5, 3.0)
    assert (second.count, second.mean) == (1, 5.0)
    assert (third.count, third.mean, third.share(1)) == (0, None, None), "nothing is divided by nothing"


def test_scores_add_up() -> None:
    assert Scores.of(2, 3) + Scores.of(5) == Scores((0, 3, 0, 0, 1))
    assert Scores.total([]) == Scores()
    with pytest.raises(ValueError, match="1 to 5"):
        Scores.of(6)


def test_without_the_database_everything_says_so() -> None:
    away = open_engine("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(CustomersUnavailable):
        DatabaseSatisfaction(away).may_ask(PHONE, REST_S, NOW)
    with pytest.raises(CustomersUnavailable):
        DatabaseSatisfaction(away).keep(score(3))
    with pytest.raises(DatabaseUnavailable):
        SatisfactionFigures(away).between(NOW, after(NOW, 1))
    away.dispose()
