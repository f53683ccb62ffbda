"""Payments by a link, with a process that ends at each step: of all ways of one bill one is charged, once entered."""

import pytest

from calls.clock import after
from calls.journey import Language
from calls.outgoing import OutgoingRules
from customers import demo
from customers.notices import NoticeRules, Way
from customers.paying import JUST_S, LOST_S, MOST_LINKS, SETTLE_S, Order
from customers.payment_ports import PaymentJustMade, PaymentUnderWay
from customers.payments import LINK_S, DeclineReason, Payer, Payment, PaymentState
from tests.kit.fake_notices import FakeNotices
from tests.unit.test_paying import ACCOUNT, DAY, World, card, order

PAYER = Payer(demo.TRUSTED.phone, Language.RU)
LOOK_S = 10.0


class Linked(World):
    """A world with links and an outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.gateway.links = True
        self.notices = FakeNotices(NoticeRules(frozenset(Way), OutgoingRules(prefixes=("+7306",))))
        self.payments.notices = self.notices

    def offer(self, again: bool = False) -> Payment:
        plain = order(again)
        offered = self.paying.offer(
            Order(ACCOUNT, plain.amount, plain.receipt, plain.call_id, again, payer=PAYER), PAYER
        )  # fmt: skip
        assert offered is not None
        payment, link = offered
        assert link is not None
        return payment

    def looks(self, seconds: float = LOOK_S) -> int:
        """What the monitor does so much later."""
        self.clock.at = after(self.clock.at, seconds)
        return self.paying.resolve_due() + self.paying.resolve_links()

    def state(self, payment: Payment) -> tuple[PaymentState, DeclineReason | None]:
        kept = self.payments.payments[payment.payment_id]
        return kept.state, kept.reason

    @property
    def charged_once(self) -> bool:
        return self.gateway.charges == len(self.entries) == 1


def test_a_link_is_paid_and_entered_with_its_receipt() -> None:
    world = Linked()
    link = world.offer()
    assert world.looks() == 0
    assert world.gateway.customer_pays(link)
    assert world.looks() == 1
    assert world.state(link)[0] is PaymentState.POSTED
    assert world.charged_once
    (receipt,) = world.notices.kept
    assert receipt.notice_id == f"receipt-{link.payment_id}"
    assert f"{DAY:%d.%m.%Y}" in receipt.text
    assert world.looks(LOST_S) == 0


def test_a_link_that_nobody_uses_ends_and_was_in_nobodys_way() -> None:
    world = Linked()
    link = world.offer()
    assert world.pay().state is PaymentState.POSTED
    world.gateway.link_expires(link)
    assert world.looks(LINK_S) == 1
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.LINK_EXPIRED)
    assert world.charged_once


def test_of_a_link_and_a_card_that_came_first_only_the_card_is_charged() -> None:
    world = Linked()
    link = world.offer()
    assert world.pay().state is PaymentState.POSTED
    assert world.gateway.customer_pays(link)
    assert world.looks() == 1
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.PAID_OTHERWISE)
    assert world.charged_once


def test_who_pays_by_card_after_the_link_was_paid_is_told_of_it() -> None:
    world = Linked()
    link = world.offer()
    assert world.gateway.customer_pays(link)
    world.looks()
    with pytest.raises(PaymentJustMade):
        world.pay()
    assert world.charged_once


def test_while_a_card_is_not_decided_a_paid_link_waits_for_it() -> None:
    world = Linked()
    link = world.offer()
    world.gateway.silent = True
    assert world.pay().state is PaymentState.UNKNOWN
    world.gateway.silent = False
    assert world.gateway.customer_pays(link)
    assert world.looks() == 0
    assert world.state(link)[0] is PaymentState.OFFERED
    world.looks(SETTLE_S + 1)
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.PAID_OTHERWISE)
    assert world.charged_once


def test_a_card_that_was_declined_leaves_the_link_to_be_taken() -> None:
    world = Linked()
    link = world.offer()
    world.gateway.refuses["1111"] = DeclineReason.LIMIT
    assert world.pay().state is PaymentState.DECLINED
    assert world.gateway.customer_pays(link)
    world.looks()
    assert world.state(link)[0] is PaymentState.POSTED


def test_of_two_links_of_one_bill_one_is_taken() -> None:
    world = Linked()
    first, second = world.offer(), world.offer()
    assert world.gateway.customer_pays(second)
    assert world.gateway.customer_pays(first)
    assert world.looks() == 2
    assert sorted(world.states) == [PaymentState.DECLINED, PaymentState.POSTED]
    assert world.charged_once


def test_a_link_that_was_asked_for_after_hearing_of_a_payment_is_taken_too() -> None:
    world = Linked()
    world.pay()
    world.clock.at = after(world.clock.at, 60)
    with pytest.raises(PaymentJustMade):
        world.offer()
    link = world.offer(again=True)
    assert world.gateway.customer_pays(link)
    world.looks()
    assert world.state(link)[0] is PaymentState.POSTED
    assert world.gateway.charges == len(world.entries) == 2


def test_nobody_gets_a_link_while_a_payment_is_under_way_or_the_gateway_is_away() -> None:
    world = Linked()
    world.gateway.silent = True
    world.pay()
    with pytest.raises(PaymentUnderWay):
        world.offer()
    other = Linked()
    other.gateway.away = True
    plain = order()
    offered = other.paying.offer(plain, PAYER)
    assert offered is not None
    assert (offered[0].reason, offered[1]) == (DeclineReason.BANK_AWAY, None)
    assert other.pay().reason is DeclineReason.BANK_AWAY, "the account is free"


def test_the_newest_open_link_is_known_as_long_as_it_can_be_paid() -> None:
    world = Linked()
    world.offer()
    newest = world.offer()
    assert world.paying.open_link(ACCOUNT) == newest
    world.clock.at = after(world.clock.at, LINK_S)
    assert world.paying.open_link(ACCOUNT) is None


def test_a_link_that_was_told_to_nobody_is_forgotten() -> None:
    world = Linked()
    link = world.offer()
    world.paying.withdraw(link)
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.ABANDONED)


def test_a_gateway_that_lost_its_links_ends_them_and_one_that_is_away_does_not() -> None:
    world = Linked()
    link = world.offer()
    world.gateway.away = True
    assert world.looks(LINK_S + LOST_S) == 0
    world.gateway.away = False
    world.gateway.known.clear()
    assert world.looks() == 1
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.LINK_EXPIRED)


def test_what_was_taken_by_hand_at_the_gateway_is_entered_even_so() -> None:
    world = Linked()
    link = world.offer()
    assert world.gateway.customer_pays(link)
    world.gateway.take(link)
    assert world.pay().state is PaymentState.POSTED
    world.looks()
    assert world.state(link)[0] is PaymentState.POSTED
    assert world.gateway.charges == len(world.entries) == 2, "two people wanted it so"


def test_all_open_links_are_asked_about_in_turns() -> None:
    world = Linked()
    links = [world.offer() for _ in range(MOST_LINKS + 1)]
    assert world.gateway.customer_pays(links[-1])
    assert world.looks() == 0
    assert world.looks() == 1
    assert world.state(links[-1])[0] is PaymentState.POSTED


# --- a process that ends at a step
class Killed(Exception):
    pass


STEPS = ("begin", "offer", "offer done", "write offered", "written offered")


@pytest.mark.parametrize("step", STEPS)
def test_who_offers_a_link_ends_at_a_step_and_nothing_is_ever_charged(step: str) -> None:
    world = Linked()
    _dies_at(world, step)
    with pytest.raises(Killed):
        world.offer()
    _lives(world)
    world.looks(SETTLE_S + 1)
    assert world.pay().state is PaymentState.POSTED, "the account is free"
    assert world.charged_once


TAKING = (
    *("offered", "take up", "taken up", "take", "take done"),
    *("write authorised", "written authorised", "write posted", "written posted"),
)


@pytest.mark.parametrize("step", TAKING)
def test_who_takes_what_was_paid_ends_at_a_step_and_it_is_charged_and_entered_once(step: str) -> None:
    world = Linked()
    link = world.offer()
    assert world.gateway.customer_pays(link)
    _dies_at(world, step)
    with pytest.raises(Killed):
        world.looks()
    _lives(world)
    for _ in range(3):
        world.looks(SETTLE_S + 1)
    assert world.state(link)[0] is PaymentState.POSTED
    assert world.charged_once
    assert len(world.notices.kept) == 1


@pytest.mark.parametrize("step", ["release", "release done", "write declined"])
def test_who_gives_back_what_was_paid_twice_ends_at_a_step_and_it_is_given_back(step: str) -> None:
    world = Linked()
    link = world.offer()
    world.pay()
    assert world.gateway.customer_pays(link)
    _dies_at(world, step)
    with pytest.raises(Killed):
        world.looks()
    _lives(world)
    world.looks(SETTLE_S + 1)
    assert world.state(link) == (PaymentState.DECLINED, DeclineReason.PAID_OTHERWISE)
    assert world.charged_once


def _dies_at(world: Linked, step: str) -> None:
    def dies(reached: str) -> None:
        if reached == step:
            raise Killed

    world.payments.dies = world.gateway.dies = dies


def _lives(world: Linked) -> None:
    world.payments.dies = world.gateway.dies = lambda step: None


# --- the receipt of what is posted later
def test_the_receipt_of_a_payment_that_was_unclear_is_sent_when_it_is_posted() -> None:
    world = Linked()
    world.gateway.silent = True
    plain = order()
    paid = world.paying.pay(Order(ACCOUNT, plain.amount, plain.receipt, plain.call_id, payer=PAYER), card())
    assert paid is not None
    assert paid.state is PaymentState.UNKNOWN
    assert world.notices.kept == []
    assert world.looks(SETTLE_S + 1) == 1
    assert world.looks(JUST_S) == 0
    (receipt,) = world.notices.kept
    assert receipt.to == PAYER.phone


def test_no_receipt_is_kept_for_who_gave_no_telephone_or_was_declined() -> None:
    world = Linked()
    world.pay()
    world.gateway.refuses["1111"] = DeclineReason.LIMIT
    plain = order(again=True)
    declined = world.paying.pay(
        Order(ACCOUNT, plain.amount, plain.receipt, plain.call_id, True, payer=PAYER), card()
    )  # fmt: skip
    assert declined is not None
    assert declined.payer is None
    assert world.notices.kept == []
