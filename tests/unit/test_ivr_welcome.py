"""The welcome and the main menu, told as calls."""

import pytest

from calls.ids import QueueId
from calls.journey import Identification, Language
from customers import demo
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.outcome import SelfServed, ToQueue
from ivr.visit import EMERGENCY_PRIORITY_S, MOST_TURNS, Route, Routes, Visit
from ivr.words import Topic
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_customers import demo_customers
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, visit

MAIN = ["menu.danger", "menu.account", "menu.outage", "menu.reference", "menu.appeal", "menu.main", "menu.language"]


def steps(of: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in of.facts.journey]


def queued(of: Visit) -> ToQueue:
    outcome = welcome.answer(of)
    assert isinstance(outcome, ToQueue)
    assert outcome.facts == of.facts
    return outcome


def parting(of: Visit) -> list[str]:
    return [phrase.prompt_id for phrase in of.parting]


def test_danger_to_life_is_announced_first_and_is_one_key() -> None:
    channel = ScriptedChannel(LISTEN, "3")
    caller = visit(channel)
    outcome = queued(caller)
    assert channel.heard == ["welcome", *MAIN]
    assert (outcome.queue, outcome.priority_s) == ("emergency", EMERGENCY_PRIORITY_S)
    assert outcome.facts.topic == "emergency"
    assert steps(caller) == [("welcome", "emergency", "to_agent")]
    assert parting(caller) == ["emergency.connecting"]


def test_in_danger_the_agent_sees_the_account_of_a_known_number() -> None:
    facts = queued(visit(ScriptedChannel("3"), demo.IN_OUTAGE.phone)).facts
    assert (facts.account, facts.identification) == (demo.IN_OUTAGE.number, Identification.KNOWN_NUMBER)


def test_in_danger_no_database_is_needed() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    outcome = queued(visit(ScriptedChannel("3"), demo.IN_OUTAGE.phone, customers))
    assert outcome.queue == "emergency"
    assert outcome.facts.identification is Identification.ANONYMOUS


@pytest.mark.parametrize("script", [["0"], [LISTEN, "0"], ["9", "0"], ["7", "0"]])
def test_zero_is_an_agent(script: list[str]) -> None:
    caller = visit(ScriptedChannel(script))
    outcome = queued(caller)
    assert (outcome.queue, outcome.priority_s) == ("service", 0)
    assert steps(caller)[-1] == ("welcome", "agent", "to_agent")
    assert parting(caller) == ["queue.connecting"]


def test_no_key_at_all_is_an_agent_after_the_second_prompt() -> None:
    channel = ScriptedChannel(SILENCE, SILENCE)
    caller = visit(channel)
    assert queued(caller).queue == "service"
    assert channel.heard == ["welcome", *MAIN, "menu.no_key", *MAIN]
    assert steps(caller) == [("welcome", "no_key", "to_agent")]


def test_the_other_language_is_remembered() -> None:
    channel = ScriptedChannel(LISTEN, "2", LISTEN, "0")
    outcome = queued(visit(channel))
    assert outcome.facts.language is Language.EN
    assert channel.language is Language.EN
    assert channel.heard == ["welcome", *MAIN, *MAIN]
    assert channel.played[-1][0] is Language.EN
    assert outcome.facts.journey[0].outcome == "en"


def test_and_back_again() -> None:
    assert queued(visit(ScriptedChannel("2", "2", "0"))).facts.language is Language.RU


def test_a_call_that_the_rescue_gave_back_is_not_welcomed_again() -> None:
    channel = ScriptedChannel()
    outcome = queued(visit(channel, enqueued_at=NOW))
    assert outcome.queue == "service"
    assert channel.heard == []


def test_ringing_off_leaves_the_facts_so_far() -> None:
    caller = visit(ScriptedChannel("2", LISTEN, HANG_UP))
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    assert caller.facts.language is Language.EN
    assert steps(caller) == [("welcome", "language", "en")]
    assert not caller.served


def test_who_goes_round_and_round_gets_an_agent() -> None:
    caller = visit(ScriptedChannel(["2"] * 100))
    assert queued(caller).queue == "service"
    assert len(caller.facts.journey) == MOST_TURNS + 1
    assert steps(caller)[-1] == ("welcome", "too_long", "to_agent")


def test_a_topic_can_have_a_line_of_its_own() -> None:
    routes = Routes(by_topic={Topic.BALANCE: Route(QueueId("accounts"), 15)})
    outcome = queued(visit(ScriptedChannel("1", keys("*0"), SILENCE), routes=routes))
    assert (outcome.queue, outcome.priority_s) == ("accounts", 15)


def mute_personal(phrase: Phrase) -> None:
    if catalogue().prompt(phrase.prompt_id, Language.RU).params:
        raise SpeechUnavailableError("The voice was taken down by the test.")


def test_without_a_voice_an_agent_helps() -> None:
    channel = ScriptedChannel("1", LISTEN, mute=mute_personal)
    caller = visit(channel, demo.TRUSTED.phone)
    assert queued(caller).facts.account == demo.TRUSTED.number
    assert parting(caller) == ["error.unavailable"]
    assert steps(caller)[-1] == ("welcome", "speech", "to_agent")
    assert not caller.served
    assert ("balance", "balance", "debt") not in steps(caller)


def test_an_unreachable_database_is_said_kindly_with_an_agent_at_once() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    channel = ScriptedChannel("1", "0")
    caller = visit(channel, demo.TRUSTED.phone, customers)
    assert queued(caller).queue == "service"
    assert channel.heard[-1] == "identify.unavailable"
    assert steps(caller) == [
        ("outage", "known_number", "unavailable"),
        ("balance", "customers", "unavailable"),
        ("balance", "customers", "to_agent"),
    ]


def test_and_star_leads_back_to_the_menu_where_the_database_is_asked_again() -> None:
    customers = demo_customers(NOW)
    customers.down = True

    def comes_back(phrase: Phrase) -> None:
        customers.down = customers.down and phrase.prompt_id != "identify.unavailable"

    channel = ScriptedChannel("1", "*", "1", SILENCE, LISTEN, mute=comes_back)
    outcome = welcome.answer(visit(channel, demo.TRUSTED.phone, customers))
    assert isinstance(outcome, SelfServed)
    assert channel.heard[-5:] == ["menu.language", "balance.debt", "balance.last_payment", "account.after", "goodbye"]
