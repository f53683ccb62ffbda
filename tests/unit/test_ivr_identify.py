"""Who may hear which balance, and what the agent is told of how sure we are."""

from dataclasses import replace

import pytest

from calls.journey import CallFacts, Identification
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import PinCheck
from customers.demo import DemoAccount
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.fake_customers import FakeCustomers, demo_customers
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, STRANGER, visit

SPOKEN = {
    demo.IN_DEBT: "Ваш долг: две тысячи сто двадцать один рубль тридцать две копейки.",
    demo.OVERPAID: "Долга нет. Переплата: триста сорок восемь рублей пятьдесят копеек.",
    demo.FIRM: "Ваш долг: восемнадцать тысяч четыреста пятьдесят два рубля десять копеек.",
    demo.IN_OUTAGE: "Ваш долг: пятьсот двенадцать рублей сорок копеек.",
    demo.TRUSTED: "Ваш долг: восемьсот девяносто рублей пять копеек.",
    demo.SHARED_FIRST: "Долга нет, всё оплачено.",
    demo.SHARED_SECOND: "Ваш долг: триста пять рублей семьдесят копеек.",
}


def by_pin(account: DemoAccount, pin: str | None = None) -> list[str]:
    return keys(f"{account.number}#{pin or account.pin}#")


def results(of: Visit) -> list[str]:
    return [step.outcome for step in of.facts.journey if step.flow == "identify"]


def called(
    *script: str | list[str], phone: PhoneNumber | None = STRANGER, customers: FakeCustomers | None = None
) -> tuple[Outcome, ScriptedChannel, Visit]:
    channel = ScriptedChannel("1", *script, LISTEN)
    caller = visit(channel, phone, customers)
    return welcome.answer(caller), channel, caller


@pytest.mark.parametrize("account", demo.FIXED, ids=lambda account: account.number)
def test_account_and_pin_open_the_balance(account: DemoAccount) -> None:
    outcome, channel, caller = called(by_pin(account), SILENCE)
    assert isinstance(outcome, SelfServed)
    assert outcome.facts.identification is Identification.VERIFIED
    assert outcome.facts.account == account.number
    assert any(sentence.endswith(SPOKEN[account]) for sentence in channel.sentences)
    assert "balance.last_payment" in channel.heard
    assert caller.served


def test_a_known_number_alone_opens_nothing() -> None:
    outcome, channel, caller = called(SILENCE, SILENCE, phone=demo.IN_DEBT.phone)
    assert isinstance(outcome, ToQueue)
    assert outcome.facts.identification is Identification.KNOWN_NUMBER
    assert not any(heard.startswith("balance") for heard in channel.heard)
    assert results(caller) == ["not_allowed", "to_agent"]


def test_a_known_number_hears_the_balance_where_the_owner_allowed_it() -> None:
    outcome, channel, caller = called(SILENCE, phone=demo.TRUSTED.phone)
    assert isinstance(outcome, SelfServed)
    assert outcome.facts.identification is Identification.KNOWN_NUMBER
    assert any(sentence.endswith(SPOKEN[demo.TRUSTED]) for sentence in channel.sentences)
    assert results(caller) == ["allowed"]


def test_a_caller_without_a_number_is_asked_for_account_and_pin() -> None:
    outcome, _, _ = called(by_pin(demo.IN_DEBT), SILENCE, phone=None)
    assert outcome.facts.identification is Identification.VERIFIED


def test_the_second_try_succeeds() -> None:
    outcome, channel, caller = called(by_pin(demo.IN_DEBT, "0000"), by_pin(demo.IN_DEBT), SILENCE)
    assert isinstance(outcome, SelfServed)
    assert results(caller) == ["unknown_number", "wrong_pin", "verified"]
    assert "Попробуйте ещё раз. У вас есть ещё две попытки." in channel.sentences


def test_three_wrong_tries_lead_to_an_agent() -> None:
    customers = demo_customers(NOW)
    outcome, channel, caller = called(*[by_pin(demo.IN_DEBT, "0000")] * 3, customers=customers)
    assert isinstance(outcome, ToQueue)
    assert customers.pin_checks == 3
    assert outcome.facts.identification is Identification.ANONYMOUS
    assert outcome.facts.account == demo.IN_DEBT.number, "what the caller named helps the agent"
    assert [phrase.prompt_id for phrase in caller.parting] == ["identify.to_agent"]
    assert channel.heard.count("identify.wrong") == 2
    assert results(caller)[-1] == "to_agent"


def test_a_wrong_account_sounds_like_a_wrong_pin() -> None:
    _, wrong_pin, _ = called(*[by_pin(demo.IN_DEBT, "0000")] * 3)
    _, no_account, caller = called(*[keys(f"{demo.UNKNOWN_ACCOUNT}#0000#")] * 3)
    assert wrong_pin.played == no_account.played
    assert caller.facts.account is None


@pytest.mark.parametrize("result", [PinCheck.LOCKED, PinCheck.NO_PIN])
def test_so_do_a_locked_account_and_one_without_a_pin(result: PinCheck) -> None:
    customers = demo_customers(NOW)
    if result is PinCheck.LOCKED:
        customers.locked.add(demo.IN_DEBT.number)
    else:
        customers.accounts[demo.IN_DEBT.number].pin = None
    _, wrong_pin, _ = called(*[by_pin(demo.OVERPAID, "0000")] * 3)
    outcome, channel, caller = called(*[by_pin(demo.IN_DEBT)] * 3, customers=customers)
    assert isinstance(outcome, ToQueue)
    assert channel.played == wrong_pin.played
    assert results(caller)[1:4] == [result.value] * 3


def test_what_cannot_be_an_account_or_a_pin_is_not_checked() -> None:
    customers = demo_customers(NOW)
    called(keys("44012#"), keys("44012201701"), keys(f"{demo.IN_DEBT.number}#12#"), customers=customers)
    assert customers.pin_checks == 0


def test_a_claimed_account_does_not_take_the_place_of_the_known_one() -> None:
    outcome, _, _ = called(*[by_pin(demo.OVERPAID, "0000")] * 3, phone=demo.IN_DEBT.phone)
    assert (outcome.facts.account, outcome.facts.identification) == (demo.IN_DEBT.number, Identification.KNOWN_NUMBER)


@pytest.mark.parametrize("script", [["*", "0", SILENCE], [*keys("4401*0"), SILENCE], [*keys("4401220170#*0"), SILENCE]])
def test_star_zero_calls_an_agent_while_keying(script: list[str]) -> None:
    outcome, _, caller = called(script)
    assert isinstance(outcome, ToQueue)
    assert outcome.facts.topic == "balance"
    assert [phrase.prompt_id for phrase in caller.parting] == ["queue.connecting"]


def shared(*allowed: DemoAccount) -> FakeCustomers:
    customers = demo_customers(NOW)
    for account in allowed:
        customers.accounts[account.number].phones[account.phone] = True
    return customers


def test_two_accounts_on_one_number_are_chosen_by_key() -> None:
    both = shared(demo.SHARED_FIRST, demo.SHARED_SECOND)
    outcome, channel, caller = called(LISTEN, "2", SILENCE, phone=demo.SHARED_FIRST.phone, customers=both)
    assert outcome.facts.account == demo.SHARED_SECOND.number
    assert outcome.facts.identification is Identification.KNOWN_NUMBER
    assert "balance.which_account" in channel.heard
    assert results(caller) == ["chosen"]


def test_or_another_is_keyed_with_its_pin() -> None:
    one = shared(demo.SHARED_FIRST)
    outcome, channel, _ = called("2", by_pin(demo.SHARED_SECOND), SILENCE, phone=demo.SHARED_FIRST.phone, customers=one)
    assert outcome.facts.account == demo.SHARED_SECOND.number
    assert outcome.facts.identification is Identification.VERIFIED
    assert channel.heard.count("balance.account_choice") == 1, "an account that the number may not hear is not named"


def test_the_level_is_that_of_the_account_in_question() -> None:
    both = shared(demo.SHARED_FIRST, demo.SHARED_SECOND)
    script = ["3", *by_pin(demo.IN_DEBT), LISTEN, "3", "1", SILENCE]
    outcome, _, _ = called(script, phone=demo.SHARED_FIRST.phone, customers=both)
    assert outcome.facts.account == demo.SHARED_FIRST.number
    assert outcome.facts.identification is Identification.KNOWN_NUMBER


def test_who_is_verified_is_not_asked_twice() -> None:
    outcome, channel, _ = called(by_pin(demo.IN_DEBT), "*", "1", "0")
    assert channel.heard.count("identify.account") == 1
    assert channel.heard.count("balance.debt") == 2
    assert outcome.facts.identification is Identification.VERIFIED


def test_another_account_is_one_key_after_the_balance() -> None:
    outcome, channel, _ = called(by_pin(demo.IN_DEBT), "3", by_pin(demo.OVERPAID), SILENCE)
    assert outcome.facts.account == demo.OVERPAID.number
    assert channel.heard.count("identify.account") == 2


def test_failing_at_another_account_takes_nothing_away() -> None:
    outcome, _, _ = called(by_pin(demo.IN_DEBT), "3", *[by_pin(demo.OVERPAID, "0000")] * 3)
    assert isinstance(outcome, ToQueue)
    assert (outcome.facts.account, outcome.facts.identification) == (demo.IN_DEBT.number, Identification.VERIFIED)


def test_a_caller_who_was_verified_before_stays_so_while_waiting() -> None:
    facts = CallFacts(STRANGER, "", identification=Identification.VERIFIED, account=demo.IN_DEBT.number)
    fresh = visit(ScriptedChannel())
    again = Visit(fresh.channel, fresh.arrival, fresh.services, facts)
    again.concern(demo.IN_DEBT.number)
    assert again.facts == replace(facts, identification=Identification.VERIFIED)


def test_repeat_says_the_balance_again() -> None:
    _, channel, _ = called(LISTEN, "9", SILENCE, phone=demo.TRUSTED.phone)
    assert channel.heard.count("balance.debt") == 2


def test_a_wrong_key_after_the_balance_repeats_the_choices_only() -> None:
    _, channel, _ = called(LISTEN, "6", SILENCE, phone=demo.TRUSTED.phone)
    assert channel.heard.count("balance.debt") == 1
    assert channel.heard.count("account.after") == 2


def test_ringing_off_in_the_middle_of_the_balance_is_being_served() -> None:
    caller = visit(ScriptedChannel("1", HANG_UP), demo.TRUSTED.phone)
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    assert caller.served
    assert caller.facts.journey[-1].outcome == "debt"
