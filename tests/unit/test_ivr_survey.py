"""The question after an agent's call: one key, never a second time, and nobody is kept for the database's sake."""

import threading
from dataclasses import replace

import pytest

from callcentre.settings_survey import Survey
from calls.clock import Instant
from calls.ids import AgentId, QueueId, new_call_id
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.satisfaction import NOBODY_ASKED, Score, SurveyRule
from ivr.channel import CallerHungUp
from ivr.flows import survey
from ivr.visit import Services, Visit
from tests.kit.fake_surveys import FakeSurveys
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel
from tests.kit.visits import NOW, STRANGER, visit

RULE = SurveyRule()


def asked(
    *script: str,
    surveys: FakeSurveys,
    rule: SurveyRule = RULE,
    phone: PhoneNumber | None = STRANGER,
    language: Language = Language.RU,
    extension: str = "asked_orlov_",
) -> ScriptedChannel:
    channel = ScriptedChannel(*script, language=language)
    plain = visit(channel, phone)
    services: Services = replace(plain.services, surveys=surveys, survey=rule)
    arrival = replace(plain.arrival, extension=extension, queue="general", enqueued_at=NOW)
    survey.ask(Visit(channel, arrival, services))
    return channel


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", "12345")
def test_one_key_is_an_answer(key: str, language: Language) -> None:
    surveys = FakeSurveys()
    channel = asked(key, LISTEN, surveys=surveys, language=language)
    assert channel.heard == ["survey.question", "survey.thanks"]
    [kept] = surveys.scores.values()
    call = kept.call_id
    assert kept == Score(call, int(key), NOW, language, AgentId("orlov"), QueueId("general"))


@pytest.mark.parametrize("key", ["0", "6", "9", "*", SILENCE])
def test_silence_and_wrong_keys_end_it_at_once(key: str) -> None:
    surveys = FakeSurveys()
    assert asked(key, surveys=surveys).heard == ["survey.question"]
    assert surveys.scores == {}


@pytest.mark.parametrize("script", [(HANG_UP,), (LISTEN, HANG_UP)])
def test_who_rings_off_has_said_nothing(script: tuple[str, ...]) -> None:
    surveys = FakeSurveys()
    with pytest.raises(CallerHungUp):
        asked(*script, surveys=surveys)
    assert surveys.scores == {}


def test_a_number_is_asked_once_in_so_many_days() -> None:
    surveys = FakeSurveys()
    asked(SILENCE, surveys=surveys)
    assert asked("5", surveys=surveys).heard == [], "the asking counts, answered or not"
    assert asked("5", LISTEN, surveys=surveys, rule=SurveyRule(rest_days=0)).heard != [], "in the demo each time"


def test_who_hides_the_number_is_asked_and_not_remembered() -> None:
    surveys = FakeSurveys()
    asked("5", LISTEN, surveys=surveys, phone=None)
    assert len(surveys.scores) == 1
    assert surveys.asked == {}


def test_without_the_database_there_is_no_question() -> None:
    surveys = FakeSurveys()
    surveys.down = True
    assert asked("5", surveys=surveys).heard == []


def test_nobody_waits_for_a_slow_database(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    class Slow(FakeSurveys):
        def may_ask(self, phone: PhoneNumber, rest_s: int, now: Instant) -> bool:
            released.wait(30)
            return super().may_ask(phone, rest_s, now)

    monkeypatch.setattr(survey, "PATIENCE_S", 0.01)
    try:
        assert asked("5", surveys=Slow()).heard == []
    finally:
        released.set()


def test_a_score_that_cannot_be_kept_is_not_said_to_be() -> None:
    class Full(FakeSurveys):
        def keep(self, score: Score) -> None:
            self.down = True
            super().keep(score)

    assert asked("5", surveys=Full()).heard == ["survey.question"]


@pytest.mark.parametrize(
    ("extension", "agent"),
    [("asked_orlov_", "orlov"), ("asked_a-1_", "a-1"), ("asked__", None), ("s", None), ("", None),
     ("asked_Orlov_", None), ("asked_orlov", None), ("asked_orlov_\n", None), ("asked_" + "a" * 99 + "_", None)],
)  # fmt: skip
def test_the_agent_is_told_by_the_extension(extension: str, agent: str | None) -> None:
    assert survey.agent_of(extension) == agent


def test_the_rule_of_each_setting() -> None:
    assert Survey().rule(demo=False) == SurveyRule(1000, 30)
    assert Survey(days=7).rule(demo=True) == SurveyRule(1000, 0)
    assert Survey(ask="never").rule(demo=False).permille == NOBODY_ASKED.permille == 0
    assert Survey(ask=0.25).rule(demo=False).permille == 250


def test_a_share_is_that_share_of_the_calls_and_the_same_everywhere() -> None:
    rule, calls = SurveyRule(permille=250), [new_call_id() for _ in range(4000)]
    chosen = [call for call in calls if rule.chooses(call)]
    assert 850 < len(chosen) < 1150
    assert all(rule.chooses(call) for call in chosen)
    assert not any(NOBODY_ASKED.chooses(call) for call in calls)
    assert all(RULE.chooses(call) for call in calls)
