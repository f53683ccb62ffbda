"""Paying out of a talk with an agent: what the caller hears, what is told of it, and when the agent may cut in."""

from dataclasses import dataclass, field, replace

import pytest

from calls.journey import CallFacts, Identification
from calls.paying import PayResult, PayStep
from customers import demo
from customers.accounts import AccountNumber
from customers.cards import CardMonth, CardToken, SavedCard
from customers.payments import DeclineReason, PaymentState
from ivr.channel import CallerHungUp
from ivr.flows.talk_pay import agent_has_gone, pay_out_of_talk
from ivr.outcome import SelfServed, Stays
from ivr.visit import Visit
from tests.kit.scripted_channel import LISTEN, SILENCE, ScriptedChannel
from tests.kit.visits import arrival
from tests.unit.test_ivr_pay import CARD, CVV, MONTH, NUMBER, Shop, steps, typed

BALANCE = demo.TRUSTED.number


@dataclass
class Watch:
    """Remembers what it was told."""

    steps: list[tuple[PayStep, int]] = field(default_factory=list)
    ends: list[tuple[PayResult, str]] = field(default_factory=list)

    def step(self, step: PayStep, keyed: int = 0) -> None:
        self.steps.append((step, keyed))

    def over(self, result: PayResult, receipt: str = "") -> None:
        self.ends.append((result, receipt))


def talk(shop: Shop, *script: str, verified: bool = False) -> tuple[ScriptedChannel, Visit, Watch]:
    level = Identification.VERIFIED if verified else Identification.KNOWN_NUMBER
    facts = CallFacts(demo.TRUSTED.phone, account=BALANCE, accounts=(BALANCE,), identification=level)
    channel, watch = ScriptedChannel(LISTEN, *script), Watch()
    visit = Visit(channel, arrival(demo.TRUSTED.phone), shop.services, facts, watch)
    return channel, visit, watch


def test_the_debt_is_paid_and_each_count_is_told() -> None:
    shop = Shop()
    channel, visit, watch = talk(shop, "1", *typed(CARD), LISTEN, SILENCE)
    pay_out_of_talk(visit, BALANCE)
    assert shop.states == [PaymentState.POSTED]
    assert channel.heard[0] == "pay.out_of_talk"
    assert channel.heard.count("pay.done") == 1
    assert watch.steps[0] == (PayStep.CARD, 0)
    assert [keyed for step, keyed in watch.steps if step is PayStep.CARD_NUMBER] == [0, *range(1, 17), 16]
    assert [keyed for step, keyed in watch.steps if step is PayStep.CARD_CVV] == [0, 1, 2, 3, 3]
    assert watch.steps[-1] == (PayStep.BANK, 0)
    assert watch.ends[0] == (PayResult.PAID, str(next(iter(shop.payments.payments.values())).number))
    assert steps(visit)[-1] == ("pay", "card", "paid")
    told = repr(watch) + repr(visit.facts)
    assert not any(part in told for part in (NUMBER, MONTH, CVV))


def test_the_agent_may_take_the_caller_until_the_bank_is_asked() -> None:
    shop = Shop()
    channel, visit, _ = talk(shop, "1", *typed(CARD), LISTEN, SILENCE)
    asked: list[bool] = []
    shop.gateway.dies = lambda step: asked.append(channel.protected)
    pay_out_of_talk(visit, BALANCE)
    assert NUMBER in channel.unprotected_keys
    assert asked[0], "while the bank is asked nobody takes the caller"
    assert not channel.protected


def test_a_saved_card_is_for_who_gave_the_pin_in_this_call() -> None:
    card = SavedCard(CardToken("t-1"), "0012", CardMonth(2031, 7))
    for verified in (False, True):
        shop = Shop()
        shop.payments.saved.append((BALANCE, card))
        channel, visit, _ = talk(shop, "1", *typed("*0"), SILENCE, verified=verified)
        pay_out_of_talk(visit, BALANCE)
        assert ("pay.saved_card" in channel.heard) is verified


@pytest.mark.parametrize(
    ("script", "result"),
    [
        (("*",), PayResult.LEFT),
        (("0",), PayResult.WANTS_AGENT),
        ((LISTEN, SILENCE, LISTEN, SILENCE), PayResult.NO_KEY),
        (("7", "7", "7"), PayResult.WRONG_KEYS),
    ],
)
def test_who_does_not_pay_goes_back(script: tuple[str, ...], result: PayResult) -> None:
    shop = Shop()
    _, visit, watch = talk(shop, *script, LISTEN)
    pay_out_of_talk(visit, BALANCE)
    assert watch.ends == [(result, "")]
    assert shop.states == []


def test_a_refusal_of_the_bank_is_told_once() -> None:
    shop = Shop()
    shop.gateway.refuses[NUMBER[-4:]] = DeclineReason.INSUFFICIENT_FUNDS
    channel, visit, watch = talk(shop, "1", *typed(CARD), LISTEN, SILENCE)
    pay_out_of_talk(visit, BALANCE)
    assert channel.heard.count("pay.declined_funds") == 1
    assert watch.ends[0][0] is PayResult.DECLINED


def test_without_payments_or_such_an_account_nothing_is_asked() -> None:
    for shop, number in ((Shop(paying=False), BALANCE), (Shop(), AccountNumber("4409999999"))):
        channel, visit, watch = talk(shop, LISTEN)
        pay_out_of_talk(visit, number)
        assert channel.heard == ["pay.out_of_talk", "pay.unavailable"]
        assert watch.ends == [(PayResult.UNAVAILABLE, "")]


def test_who_rings_off_in_the_middle_leaves_what_was_done() -> None:
    shop = Shop()
    _, visit, watch = talk(shop, "1", *typed(NUMBER))
    with pytest.raises(CallerHungUp):
        pay_out_of_talk(visit, BALANCE)
    assert watch.ends == []
    assert shop.states == []


def test_without_the_agent_the_caller_chooses() -> None:
    shop = Shop()
    _, visit, _ = talk(shop)
    visit = Visit(ScriptedChannel("1"), arrival(demo.TRUSTED.phone), shop.services, replace(visit.facts), Watch())
    assert isinstance(agent_has_gone(visit), Stays)
    channel = ScriptedChannel(LISTEN, SILENCE, LISTEN, SILENCE, LISTEN)
    visit = Visit(channel, arrival(demo.TRUSTED.phone), shop.services, replace(visit.facts), Watch())
    assert isinstance(agent_has_gone(visit), SelfServed)
    assert channel.heard[-1] == "goodbye"
