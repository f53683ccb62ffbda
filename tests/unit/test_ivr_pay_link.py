"""A link by SMS as the caller's choice, what is heard while one is open, and the receipt that comes later."""

from dataclasses import replace

import pytest

from calls.clock import after
from calls.journey import Language
from customers import demo
from customers.cards import CardMonth, CardToken, SavedCard
from customers.notice_texts import NoticeKind
from customers.notices import NoticeRules
from customers.payments import LINK_S, DeclineReason, PaymentState
from ivr.channel import CallerHungUp
from ivr.flows import welcome
from ivr.outcome import SelfServed, ToQueue
from ivr.visit import Visit
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel
from tests.kit.visits import NOW, arrival
from tests.unit.test_ivr_pay import CARD, Shop, heard, steps, typed

LINK = "2"
KEYED = "1"


def shop_with_links() -> Shop:
    shop = Shop()
    shop.gateway.links = True
    shop.payments.notices = shop.notices
    return shop


def test_a_link_is_sent_to_the_telephone_that_rings() -> None:
    shop = shop_with_links()
    outcome, channel, visit = shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    assert isinstance(outcome, SelfServed)
    (notice,) = shop.notices.kept
    assert (notice.to, notice.kind, notice.language) == (demo.TRUSTED.phone, NoticeKind.PAYMENT_LINK, Language.RU)
    assert "890,05" in notice.text
    assert "https://pay.example.org/" in notice.text
    assert shop.states == [PaymentState.OFFERED]
    assert "сообщением на этот телефон: нажмите два." in heard(channel, "pay.by_link")
    assert "оканчивается на ноль три, одиннадцать." in heard(channel, "pay.link_sent")
    assert "в течение часа" in heard(channel, "pay.link_sent")
    assert steps(visit) == [("pay", "link", "sent")]
    assert "pay.example.org" not in repr((visit.facts, vars(visit), shop.payments.payments))


def test_in_english_too() -> None:
    shop = shop_with_links()
    channel = ScriptedChannel("1", LISTEN, "4", "1", LINK, LISTEN, SILENCE, LISTEN, language=Language.EN)
    welcome.answer(Visit(channel, replace(arrival(demo.TRUSTED.phone), language=Language.EN), shop.services))
    assert "to the number that ends in" in heard(channel, "pay.link_sent")
    assert "Pay 890.05 RUB" in shop.notices.kept[0].text


def test_a_card_may_be_keyed_all_the_same() -> None:
    shop = shop_with_links()
    shop.trusted("4", "1", KEYED, *typed(CARD), LISTEN, SILENCE)
    assert shop.states == [PaymentState.POSTED]


def test_the_link_comes_behind_the_saved_cards() -> None:
    shop = shop_with_links()
    for count in range(3):
        card = SavedCard(CardToken(f"t{count}"), f"444{count}", CardMonth(2031, 7))
        shop.payments.save_card(demo.TRUSTED.number, card, after(NOW, count))
    visit_script = (*typed(f"{demo.TRUSTED.number}#{demo.TRUSTED.pin}#"),)
    channel = ScriptedChannel("1", LISTEN, "3", *visit_script, LISTEN, "4", "1", "5", LISTEN, SILENCE, LISTEN)
    visit = Visit(channel, arrival(demo.TRUSTED.phone), shop.services)
    welcome.answer(visit)
    assert channel.heard.count("pay.saved_card") == 3
    assert heard(channel, "pay.new_card").endswith("нажмите четыре.")
    assert heard(channel, "pay.by_link").endswith("нажмите пять.")
    assert [notice.kind for notice in shop.notices.kept] == [NoticeKind.PAYMENT_LINK]


def test_where_no_message_goes_out_or_no_link_is_made_none_is_offered() -> None:
    silent = shop_with_links()
    silent.notices.rules = NoticeRules(frozenset())
    _, channel, _ = silent.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.by_link" not in channel.heard
    assert silent.states == [PaymentState.POSTED]
    without = shop_with_links()
    without.gateway.links = False
    _, channel, _ = without.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.by_link" not in channel.heard


@pytest.mark.parametrize("fault", ["gateway", "outbox", "limit"])
def test_a_link_that_cannot_be_sent_is_not_promised_and_known_to_nobody(fault: str) -> None:
    shop = shop_with_links()
    shop.gateway.away, shop.notices.down = fault == "gateway", fault == "outbox"
    if fault == "limit":
        shop.notices.rules = NoticeRules(shop.notices.rules.ways, shop.notices.rules.numbers, per_number=0)
    _, channel, visit = shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    assert "pay.link_not_sent" in channel.heard
    assert "pay.link_sent" not in channel.heard
    assert shop.notices.kept == []
    assert steps(visit) == [("pay", "link", "unavailable")]
    assert shop.states == [PaymentState.OFFERED if fault == "outbox" else PaymentState.DECLINED]


def test_the_next_call_hears_of_an_open_link_and_pays_by_card_once() -> None:
    shop = shop_with_links()
    shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    (link,) = shop.payments.payments.values()
    _, channel, _ = shop.trusted("4", "1", KEYED, *typed(CARD), LISTEN, SILENCE)
    assert "восемьсот девяносто рублей пять копеек" in heard(channel, "pay.link_open")
    assert shop.gateway.customer_pays(link)
    shop.clock.at = after(NOW, 60)
    shop.paying.resolve_links()
    assert shop.payments.payments[link.payment_id].reason is DeclineReason.PAID_OTHERWISE
    assert shop.gateway.charges == 1


def test_who_is_not_offered_a_link_hears_of_an_open_one_too() -> None:
    shop = shop_with_links()
    shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    channel = ScriptedChannel("1", LISTEN, "4", "1", *typed(CARD), LISTEN, SILENCE, LISTEN)
    shop.notices.rules = NoticeRules(frozenset())
    welcome.answer(Visit(channel, arrival(demo.TRUSTED.phone), shop.services))
    assert channel.heard.index("pay.link_open") < channel.heard.index("pay.card_number")


def test_a_link_that_is_over_is_not_told_of() -> None:
    shop = shop_with_links()
    shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    shop.clock.at = after(NOW, LINK_S)
    _, channel, _ = shop.trusted("4", "1", "*", LISTEN, SILENCE)
    assert "pay.by_link" in channel.heard
    assert "pay.link_open" not in channel.heard


def test_after_a_payment_was_just_made_a_link_is_sent_only_when_asked_for() -> None:
    shop = shop_with_links()
    shop.trusted("4", "1", KEYED, *typed(CARD), LISTEN, SILENCE)
    script = ("4", *typed("10#0#"), "1", LINK)
    shop.trusted(*script, "*", LISTEN, SILENCE)
    assert [notice.kind for notice in shop.notices.kept] == [NoticeKind.RECEIPT]
    _, channel, visit = shop.trusted(*script, "1", LISTEN, SILENCE)
    assert "pay.just_made" in channel.heard
    assert [notice.kind for notice in shop.notices.kept] == [NoticeKind.RECEIPT, NoticeKind.PAYMENT_LINK]
    assert steps(visit) == [("pay", "link", "just_paid"), ("pay", "link", "sent")]


def test_while_a_payment_is_under_way_no_link_is_sent() -> None:
    shop = shop_with_links()
    shop.gateway.silent = True
    _, channel, visit = shop.trusted("4", "1", KEYED, *typed(CARD), LISTEN, "4", "1", LINK, LISTEN, SILENCE)
    assert "pay.under_way" in channel.heard
    assert steps(visit)[-1] == ("pay", "link", "under_way")
    assert shop.notices.kept == []


@pytest.mark.parametrize(("key", "last"), [("*", "cancelled"), ("0", "to_agent")])
def test_star_and_zero_leave_the_choice(key: str, last: str) -> None:
    shop = shop_with_links()
    outcome, channel, visit = shop.trusted("4", "1", key, LISTEN, SILENCE)
    assert steps(visit)[-1][2] == last
    assert isinstance(outcome, ToQueue) == (key == "0")
    assert not channel.protected


def test_who_rings_off_before_choosing_has_no_link() -> None:
    shop = shop_with_links()
    channel = ScriptedChannel("1", LISTEN, "4", "1", HANG_UP)
    with pytest.raises(CallerHungUp):
        welcome.answer(Visit(channel, arrival(demo.TRUSTED.phone), shop.services))
    assert shop.states == []


def test_the_database_away_is_said_and_nothing_was_taken() -> None:
    shop = shop_with_links()
    shop.payments.dies = lambda step: setattr(shop.payments, "down", shop.payments.down or step == "begin")
    _, channel, visit = shop.trusted("4", "1", LINK, LISTEN, SILENCE)
    assert "pay.unavailable" in channel.heard
    assert steps(visit) == [("pay", "pay", "unavailable")]
    assert shop.notices.kept == []


def test_a_receipt_that_comes_later_is_promised_and_comes_once() -> None:
    shop = shop_with_links()
    shop.gateway.silent = True
    _, channel, _ = shop.trusted("4", "1", KEYED, *typed(CARD), LISTEN, SILENCE)
    assert channel.heard[channel.heard.index("pay.unclear") + 1] == "pay.receipt_later"
    assert shop.notices.kept == []
    shop.clock.at = after(NOW, 120)
    assert shop.paying.resolve_due() == 1
    shop.paying.resolve_due()
    assert [notice.kind for notice in shop.notices.kept] == [NoticeKind.RECEIPT]


def test_no_receipt_is_promised_where_none_can_be_sent() -> None:
    shop = shop_with_links()
    shop.notices.rules = NoticeRules(frozenset())
    shop.gateway.silent = True
    _, channel, _ = shop.trusted("4", "1", *typed(CARD), LISTEN, SILENCE)
    assert "pay.unclear" in channel.heard
    assert "pay.receipt_later" not in channel.heard
