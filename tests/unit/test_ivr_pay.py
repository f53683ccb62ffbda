"""Paying by telephone: the sum, the card, what is heard of each end; and where the card's digits are not."""

from collections.abc import Sequence

import pytest

from calls.clock import after
from calls.journey import Language
from calls.outgoing import OutgoingRules
from customers import demo
from customers.accounts import AccountNumber, Balance
from customers.cards import CardMonth, CardToken, SavedCard
from customers.demo import DemoAccount
from customers.money import Kopecks
from customers.notice_texts import NoticeKind
from customers.notices import NoticeRules, Way
from customers.paying import Paying
from customers.payments import DeclineReason, PaymentState
from ivr.channel import CallerHungUp
from ivr.flows import waiting, welcome
from ivr.outcome import Outcome, SelfServed, ToQueue
from ivr.till import Till
from ivr.visit import Services, Visit
from ivr.words import Result
from tests.kit.fake_customers import demo_customers
from tests.kit.fake_notices import FakeNotices
from tests.kit.fake_payments import FakeGateway, FakePayments
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, catalogue, keys
from tests.kit.visits import NOW, StillClock, arrival
from tests.unit.test_payments import TAX

NUMBER = "2200000000000012"
OTHER = "5555555555554444"
CVV = "738"
MONTH = "0731"
CARD = f"{NUMBER}#{MONTH}#{CVV}#"
DEBT = 89_005
"""Of the trusted number's account."""


class Shop:
    def __init__(self, paying: bool = True) -> None:
        self.customers = demo_customers(NOW)
        self.payments = FakePayments(self.customers)
        self.gateway = FakeGateway()
        self.clock = StillClock()
        self.paying = Paying(self.payments, self.gateway, self.clock, demo.today_of)
        till = Till(self.paying, TAX) if paying else None
        self.notices = FakeNotices(NoticeRules(frozenset(Way), OutgoingRules(prefixes=("+7306",))))
        self.services = Services(
            self.customers,
            self.customers,
            self.customers,
            self.customers,
            self.clock,
            till=till,
            notices=self.notices,
        )

    def trusted(self, *script: str, language: Language = Language.RU) -> tuple[Outcome, ScriptedChannel, Visit]:
        """The trusted number hears its balance and goes on; every character of the script is a moment."""
        channel = ScriptedChannel("1", LISTEN, *script, LISTEN, language=language)
        visit = Visit(channel, arrival(demo.TRUSTED.phone), self.services)
        return welcome.answer(visit), channel, visit

    def verified(self, account: DemoAccount, *script: str) -> tuple[Outcome, ScriptedChannel, Visit]:
        """A stranger gives account number and PIN, hears the balance and goes on."""
        channel = ScriptedChannel("1", *keys(f"{account.number}#{account.pin}#"), LISTEN, *script, LISTEN)
        visit = Visit(channel, arrival(), self.services)
        return welcome.answer(visit), channel, visit

    @property
    def states(self) -> list[PaymentState]:
        return [payment.state for payment in self.payments.payments.values()]

    @property
    def amounts(self) -> list[int]:
        return [payment.amount for payment in self.payments.payments.values()]


def typed(text: str) -> tuple[str, ...]:
    return tuple(keys(text))


def steps(visit: Visit) -> list[tuple[str, str, str]]:
    return [(step.flow, step.choice, step.outcome) for step in visit.facts.journey if step.flow == "pay"]


def heard(channel: ScriptedChannel, prompt_id: str) -> str:
    """The sentence with this id, as it was said the last time."""
    return [text for name, text in zip(channel.heard, channel.sentences, strict=True) if name == prompt_id][-1]


BALANCE = demo.TRUSTED.number


def test_the_whole_debt_with_a_keyed_card() -> None:
    shop = Shop()
    outcome, channel, visit = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert isinstance(outcome, SelfServed)
    assert (shop.states, shop.amounts) == ([PaymentState.POSTED], [DEBT])
    assert heard(channel, "pay.debt") == "Ваш долг: восемьсот девяносто рублей пять копеек."
    assert heard(channel, "pay.done") == (
        "Спасибо, оплачено: восемьсот девяносто рублей пять копеек. "
        "Номер квитанции: один, ноль, ноль, ноль, ноль, один."
    )
    assert steps(visit) == [("pay", "card", "authorising"), ("pay", "card", "paid")]
    assert channel.heard.index("pay.wait") < channel.heard.index("pay.done") < len(channel.heard) - 1
    (receipt,) = shop.gateway.receipts
    assert (receipt.total, receipt.contact.phone) == (DEBT, demo.TRUSTED.phone)


def test_the_receipt_is_sent_to_the_telephone_that_rings_and_said_to_be() -> None:
    shop = Shop()
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    (receipt,) = shop.notices.kept
    assert (receipt.to, receipt.kind, receipt.secret) == (demo.TRUSTED.phone, NoticeKind.RECEIPT, False)
    assert "890,05" in receipt.text
    assert "100001" in receipt.text
    assert channel.heard[channel.heard.index("pay.done") + 1] == "pay.receipt_sent"


@pytest.mark.parametrize("down", [True, False])
def test_a_receipt_that_cannot_be_sent_is_not_promised(down: bool) -> None:
    shop = Shop()
    shop.notices.rules, shop.notices.down = NoticeRules(frozenset()), down
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.done" in channel.heard
    assert "pay.receipt_sent" not in channel.heard


def test_nothing_is_sent_for_what_was_declined() -> None:
    shop = Shop()
    shop.gateway.away = True
    shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert shop.notices.kept == []


def test_in_english_too() -> None:
    shop = Shop()
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE, language=Language.EN)
    assert heard(channel, "pay.done").startswith("Thank you. You have paid eight hundred and ninety roubles")


def test_a_keyed_sum_is_read_back_and_may_be_keyed_again() -> None:
    shop = Shop()
    script = ("4", "2", *typed("12#"), *typed("5#"), "2", *typed("1500#"), *typed("50#"), "1", *typed(CARD), LISTEN)
    _, channel, _ = shop.trusted(*script, SILENCE)
    assert shop.amounts == [150_050]
    assert heard(channel, "pay.amount") == "К оплате: одна тысяча пятьсот рублей пятьдесят копеек."
    assert channel.heard.count("pay.amount") == 2
    advance = shop.gateway.receipts[0].items[1]
    assert advance.amount == 150_050 - DEBT


def test_a_pause_ends_the_roubles_and_the_kopecks() -> None:
    shop = Shop()
    script = ("4", "2", *typed("7"), SILENCE, *typed("0"), SILENCE, "1", *typed(CARD), LISTEN, SILENCE)
    shop.trusted(*script)
    assert shop.amounts == [700]


@pytest.mark.parametrize("wrong", ["0#99#", "0#0#", "350000#01#", "999999#99#"])
def test_a_sum_that_cannot_be_paid_is_asked_for_again(wrong: str) -> None:
    shop = Shop()
    script = ("4", "2", *typed(wrong), *typed("10#0#"), "1", *typed(CARD), LISTEN, SILENCE)
    _, channel, _ = shop.trusted(*script)
    assert shop.amounts == [1_000]
    assert channel.heard.count("pay.wrong_amount") == 1


def test_three_wrong_sums_lead_to_an_agent() -> None:
    shop = Shop()
    outcome, _, visit = shop.trusted("4", "2", *typed("0#0#" * 3), LISTEN)
    assert isinstance(outcome, ToQueue)
    assert steps(visit)[-1] == ("pay", "pay", "to_agent")
    assert visit.parting[0].prompt_id == "pay.to_agent"
    assert shop.states == []


def test_without_a_debt_the_sum_is_asked_for_at_once() -> None:
    shop = Shop()
    _, channel, _ = shop.verified(demo.OVERPAID, "4", *typed("100#0#"), "1", *typed(CARD), "2", LISTEN, SILENCE)
    assert "pay.debt" not in channel.heard
    assert shop.amounts == [10_000]
    assert [item.method.value for item in shop.gateway.receipts[0].items] == ["advance"]


# --- the card
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("2200000000000013#", "pay.card_wrong"),
        ("22000000#", "pay.card_wrong"),
        (f"{NUMBER}#1331#", "pay.card_month_wrong"),
        (f"{NUMBER}#1026#", "pay.card_month_wrong"),
        (f"{NUMBER}#{MONTH}#12#", "pay.card_cvv_wrong"),
    ],
)
def test_what_cannot_be_a_card_is_said_before_anything_is_sent(wrong: str, said: str) -> None:
    shop = Shop()
    done = wrong.count("#")
    right = "".join((f"{NUMBER}#", f"{MONTH}#", f"{CVV}#")[done - 1 :])
    _, channel, _ = shop.trusted("4", "1", *typed(wrong), *typed(right), LISTEN, SILENCE)
    assert channel.heard.count(said) == 1
    assert shop.states == [PaymentState.POSTED]


@pytest.mark.parametrize("wrong", ["22#" * 3, f"{NUMBER}#" + "1331#" * 3, f"{NUMBER}#{MONTH}#" + "1#" * 3])
def test_three_wrong_tries_of_a_part_lead_to_an_agent_who_is_told_no_number(wrong: str) -> None:
    shop = Shop()
    outcome, channel, visit = shop.trusted("4", "1", *typed(wrong), LISTEN)
    assert isinstance(outcome, ToQueue)
    assert "Номер карты ему не называйте" in catalogue().text(visit.parting[0], Language.RU)
    assert shop.states == []
    assert not channel.protected


def test_a_star_begins_the_number_anew_and_star_zero_calls_the_agent() -> None:
    shop = Shop()
    shop.trusted("4", "1", *typed("2211*"), *typed(CARD), LISTEN, SILENCE)
    assert shop.states == [PaymentState.POSTED]
    outcome, channel, _ = shop.trusted("4", "2", *typed("1#0#"), "1", *typed("22*0"), SILENCE, LISTEN)
    assert isinstance(outcome, ToQueue)
    assert not channel.protected


def test_no_agent_hears_a_key_of_the_card() -> None:
    shop = Shop()
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert not any(part in channel.unprotected_keys for part in (NUMBER[:4], MONTH, CVV))
    assert "".join(channel.unprotected_keys.split()) == "141"
    assert not channel.protected


@pytest.mark.parametrize("gone", range(1, len(CARD) + 1))
def test_who_rings_off_while_keying_has_paid_nothing(gone: int) -> None:
    shop = Shop()
    channel = ScriptedChannel("1", LISTEN, "4", "1", *typed(CARD[: gone - 1]), HANG_UP)
    visit = Visit(channel, arrival(demo.TRUSTED.phone), shop.services)
    with pytest.raises(CallerHungUp):
        welcome.answer(visit)
    assert shop.states == []


def test_nothing_that_stays_holds_a_digit_of_the_card() -> None:
    shop = Shop()
    shop.gateway.refuses["0012"] = DeclineReason.WRONG_CVV
    _, channel, visit = shop.verified(demo.IN_DEBT, "4", "1", *typed(CARD), "1", LISTEN, SILENCE)
    kept = repr((visit.facts, vars(visit), shop.payments.payments, channel.played, shop.gateway.receipts))
    assert not any(part in kept for part in (NUMBER, NUMBER[:12], f"'{CVV}'", f"'{MONTH}'"))


# --- saved cards
def saved(shop: Shop, *numbers: str) -> None:
    for count, number in enumerate(numbers):
        card = SavedCard(CardToken(f"token-{number[-4:]}"), number[-4:], CardMonth(2031, 7))
        shop.payments.save_card(demo.IN_DEBT.number, card, after(NOW, count))


def test_a_card_is_remembered_with_leave_and_pays_by_one_key() -> None:
    shop = Shop()
    shop.verified(demo.IN_DEBT, "4", "1", *typed(CARD), "1", LISTEN, SILENCE)
    (card,) = shop.payments.cards(demo.IN_DEBT.number)
    assert (card.tail, card.expires) == ("0012", CardMonth(2031, 7))
    shop.clock.at = after(NOW, 3600)
    _, channel, visit = shop.verified(demo.IN_DEBT, "4", *typed("50#0#"), "1", "1", LISTEN, SILENCE)
    assert "ноль ноль, двенадцать" in heard(channel, "pay.saved_card")
    assert shop.states == [PaymentState.POSTED] * 2
    assert steps(visit)[-1] == ("pay", "saved_card", "paid")


@pytest.mark.parametrize("answer", ["2", SILENCE])
def test_without_leave_no_card_is_remembered(answer: str) -> None:
    shop = Shop()
    more = (LISTEN, SILENCE) if answer == SILENCE else ()
    shop.verified(demo.IN_DEBT, "4", "1", *typed(CARD), answer, *more, LISTEN, SILENCE)
    assert shop.states == [PaymentState.POSTED]
    assert not shop.payments.cards(demo.IN_DEBT.number)


def test_another_card_may_be_keyed_though_one_is_saved() -> None:
    shop = Shop()
    saved(shop, OTHER)
    _, channel, _ = shop.verified(demo.IN_DEBT, "4", "1", "2", *typed(CARD), "2", LISTEN, SILENCE)
    assert "pay.card_number" in channel.heard
    assert [payment.tail for payment in shop.payments.payments.values()] == ["0012"]


def test_the_three_newest_are_offered_and_none_that_is_over() -> None:
    shop = Shop()
    saved(shop, "1", "22", "333", "4444", "55555")
    over = SavedCard(CardToken("over"), "9999", CardMonth(2026, 10))
    shop.payments.save_card(demo.IN_DEBT.number, over, after(NOW, 99))
    _, channel, _ = shop.verified(demo.IN_DEBT, "4", "1", "4", *typed(CARD), "2", LISTEN, SILENCE)
    assert channel.heard.count("pay.saved_card") == 3


def test_a_number_alone_is_offered_no_saved_card() -> None:
    shop = Shop()
    card = SavedCard(CardToken("t"), "4444", CardMonth(2031, 7))
    shop.payments.save_card(demo.TRUSTED.number, card, NOW)
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.saved_card" not in channel.heard
    assert "pay.keep_card" not in channel.heard


# --- how it ends
REASONS = sorted(set(DeclineReason) - {DeclineReason.ABANDONED, DeclineReason.NEVER_ARRIVED})


@pytest.mark.parametrize("reason", REASONS)
def test_each_refusal_is_said_in_plain_words_and_that_nothing_was_taken(reason: DeclineReason) -> None:
    shop = Shop()
    shop.gateway.refuses["0012"] = reason
    _, channel, visit = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    why = channel.heard[channel.heard.index("pay.not_charged") - 1]
    assert why.startswith("pay.declined_")
    assert steps(visit)[-1] == ("pay", "card", "declined")
    assert len({text for name, text in zip(channel.heard, channel.sentences, strict=True) if "declined" in name}) == 1


def test_after_a_refusal_another_card_pays_in_the_same_call() -> None:
    shop = Shop()
    shop.gateway.refuses["0012"] = DeclineReason.INSUFFICIENT_FUNDS
    other = f"{OTHER}#{MONTH}#{CVV}#"
    shop.trusted("4", "1", *typed(CARD), LISTEN, "4", "1", *typed(other), LISTEN, SILENCE)
    assert shop.states == [PaymentState.DECLINED, PaymentState.POSTED]


def test_while_it_is_not_known_the_caller_is_told_not_to_pay_again() -> None:
    shop = Shop()
    shop.gateway.silent = True
    _, channel, visit = shop.trusted("4", "1", *typed(CARD), LISTEN, "4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "Платить ещё раз не нужно" in heard(channel, "pay.unclear")
    assert "pay.under_way" in channel.heard
    assert [outcome for _, _, outcome in steps(visit)] == ["authorising", "unclear", "authorising", "under_way"]
    assert shop.gateway.charges == 1


@pytest.mark.parametrize(("again", "charges"), [("1", 2), ("*", 1)])
def test_who_has_just_paid_is_told_and_pays_again_only_when_asked_for(again: str, charges: int) -> None:
    shop = Shop()
    more = (*typed("10#0#"), "1", *typed(CARD), LISTEN)
    script = ("4", "1", *typed(CARD), LISTEN, "4", *more, again, LISTEN, SILENCE)
    _, channel, visit = shop.trusted(*script)
    assert "восемьсот девяносто рублей пять копеек" in heard(channel, "pay.just_made")
    assert shop.gateway.charges == charges
    assert ("pay", "card", Result.JUST_PAID.value) in steps(visit)
    assert ("pay.left" in channel.heard) == (again == "*")


def test_charged_and_not_entered_yet_is_said_so() -> None:
    shop = Shop()

    def away(step: str) -> None:
        shop.payments.down = shop.payments.down or step == "write authorised"

    shop.payments.dies = away
    _, channel, visit = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "немного позже" in heard(channel, "pay.accepted")
    assert steps(visit)[-1] == ("pay", "card", "paid")


def test_the_payments_away_is_said_and_nothing_was_charged() -> None:
    shop = Shop()
    shop.payments.down = True
    _, channel, visit = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.unavailable" in channel.heard
    assert shop.gateway.known == {}
    assert steps(visit)[-1] == ("pay", "pay", "unavailable")


def test_the_records_away_before_it_begins() -> None:
    shop = Shop()

    real, asked = shop.customers.balance, iter((False, True, True))

    def balance(number: AccountNumber) -> Balance | None:
        shop.customers.down = next(asked)
        return real(number)

    shop.customers.balance = balance  # type: ignore[method-assign] # away from the second question on
    outcome, channel, _ = shop.trusted("4", "0")
    assert isinstance(outcome, ToQueue)
    assert "identify.unavailable" in channel.heard


@pytest.mark.parametrize("script", [("4", "*"), ("4", "2", *typed("5#0#"), "*")])
def test_a_star_leaves_the_payment_and_says_that_nothing_was_taken(script: Sequence[str]) -> None:
    shop = Shop()
    outcome, channel, visit = shop.trusted(*script, LISTEN, SILENCE)
    assert "pay.left" in channel.heard
    assert isinstance(outcome, SelfServed)
    assert steps(visit)[-1] == ("pay", "back", "cancelled")
    assert shop.states == []


@pytest.mark.parametrize("script", [("4", "0"), ("4", LISTEN, SILENCE, LISTEN, SILENCE)])
def test_an_agent_is_one_key_away_and_silence_leads_there_too(script: Sequence[str]) -> None:
    outcome, _, visit = Shop().trusted(*script, LISTEN)
    assert isinstance(outcome, ToQueue)
    assert steps(visit)[-1][2] == "to_agent"


def test_where_nobody_can_be_charged_nobody_is_offered_to_pay() -> None:
    _, channel, _ = Shop(paying=False).trusted("4", SILENCE)
    assert "pay.offer" not in channel.heard
    assert "menu.wrong_key" in channel.heard


def test_a_waiting_caller_pays_with_the_next_free_key_and_keeps_the_place() -> None:
    shop = Shop()
    channel = ScriptedChannel("1", LISTEN, "4", "1", *typed(CARD), LISTEN, LISTEN, SILENCE, LISTEN)
    visit = Visit(channel, arrival(demo.TRUSTED.phone, enqueued_at=NOW), shop.services)
    assert waiting.menu(visit) is None
    assert shop.amounts == [Kopecks(DEBT)]
    assert channel.heard[-1] == "queue.back"
    assert heard(channel, "pay.offer").endswith("нажмите четыре.")
    assert channel.heard.count("pay.done") == 2, "once before an agent may take the caller"
