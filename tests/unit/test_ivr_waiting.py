"""The self-service of a caller who waits: whatever happens, the place is kept."""

import pytest

from customers import demo
from ivr.channel import CallerHungUp
from ivr.flows import waiting
from ivr.outcome import SelfServed
from ivr.visit import Visit
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, visit


def waiter(channel: ScriptedChannel, customers: FakeCustomers | None = None) -> Visit:
    return visit(channel, demo.TRUSTED.phone, customers, enqueued_at=NOW)


@pytest.mark.parametrize(
    "script", [["*"], ["0"], [SILENCE], ["7", "*"], ["1", "*"], ["1", "0"], ["1", SILENCE], ["1", "3", *"*0", SILENCE]]
)
def test_back_to_the_music_with_the_place_kept(script: list[str]) -> None:
    channel = ScriptedChannel(script, LISTEN)
    assert waiting.menu(waiter(channel)) is None
    assert channel.heard[0] == "queue.self_service"
    assert channel.heard[-1] == "queue.back"
    assert "welcome" not in channel.heard


def test_the_balance_while_waiting() -> None:
    channel = ScriptedChannel("1", LISTEN, "*", LISTEN)
    caller = waiter(channel)
    assert waiting.menu(caller) is None
    assert channel.heard[3:6] == ["balance.debt", "balance.last_payment", "queue.after_account"]
    assert caller.served
    assert caller.facts.topic == "agent", "what the caller waits for has not changed"


def test_only_an_own_key_gives_the_place_up() -> None:
    channel = ScriptedChannel("1", "5", LISTEN)
    outcome = waiting.menu(waiter(channel))
    assert isinstance(outcome, SelfServed)
    assert channel.heard[-1] == "goodbye"
    assert outcome.facts.journey[-1].outcome == "goodbye"


def test_who_could_not_be_identified_hears_that_the_agent_will_help() -> None:
    channel = ScriptedChannel("1", "3", *[keys("4401220170#0000#")] * 3, LISTEN)
    assert waiting.menu(waiter(channel)) is None
    assert channel.heard[-1] == "identify.to_agent"


def test_three_tries_are_all_that_a_call_has() -> None:
    customers = demo_customers(NOW)
    channel = ScriptedChannel("1", "3", keys("4401220170#0000#"), HANG_UP)
    caller = waiter(channel, customers)
    with pytest.raises(CallerHungUp):
        waiting.menu(caller)
    again = ScriptedChannel("1", "3", *[keys("4401220170#0000#")] * 2, LISTEN)
    caller = visit(again, demo.TRUSTED.phone, customers, enqueued_at=NOW, facts=caller.facts)
    assert waiting.menu(caller) is None
    assert again.heard[-1] == "identify.to_agent"
    last = ScriptedChannel("1", "3", LISTEN)
    caller = visit(last, demo.TRUSTED.phone, customers, enqueued_at=NOW, facts=caller.facts)
    assert waiting.menu(caller) is None
    assert "identify.account" not in last.heard, "no PIN is asked for any more"
    assert last.heard[-1] == "identify.to_agent"
    assert customers.pin_checks == 3


def test_an_unreachable_database_is_said_kindly() -> None:
    customers = demo_customers(NOW)
    customers.down = True
    channel = ScriptedChannel("1", LISTEN)
    assert waiting.menu(waiter(channel, customers)) is None
    assert channel.heard[-2:] == ["queue.unavailable", "queue.back"]


def test_without_a_voice_the_music_goes_on() -> None:
    def mute(phrase: Phrase) -> None:
        if phrase.prompt_id == "balance.debt":
            raise SpeechUnavailableError("The voice was taken down by the test.")

    caller = waiter(ScriptedChannel("1", LISTEN, mute=mute))
    assert waiting.menu(caller) is None
    assert caller.facts.journey[-1].choice == "speech"


def test_being_taken_by_an_agent_in_the_menu() -> None:
    with pytest.raises(CallerHungUp):
        waiting.menu(waiter(ScriptedChannel("1", HANG_UP)))
