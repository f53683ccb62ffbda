"""Paying, with a process that ends at each of its steps: charged at most once, entered exactly once."""

from collections.abc import Callable
from datetime import date

import pytest

from calls.clock import Instant, after
from calls.ids import new_call_id
from customers import demo
from customers.accounts import AccountNumber, EntryKind
from customers.cards import Card, CardMonth, CardToken, SavedCard
from customers.fiscal import receipt_of
from customers.money import Kopecks
from customers.paying import JUST_S, LOST_S, SETTLE_S, Order, Paying
from customers.payment_ports import CannotReverse, PaymentJustMade, PaymentsUnavailable, PaymentUnderWay
from customers.payments import DeclineReason, IllegalPaymentMove, Payment, PaymentState
from tests.kit.fake_customers import demo_customers
from tests.kit.fake_payments import FIRST_NUMBER, FakeGateway, FakePayments
from tests.kit.visits import NOW, StillClock
from tests.unit.test_payments import TAX

ACCOUNT = demo.IN_DEBT.number
AMOUNT = Kopecks(212_132)
DAY = demo.today_of(NOW)


def card(number: str = "4111111111111111") -> Card:
    return Card(number, CardMonth(2028, 7), "737")


class World:
    """The parts around one Paying; `paid` are the ledger's entries that were made since."""

    def __init__(self) -> None:
        self.customers = demo_customers(NOW)
        self.payments = FakePayments(self.customers)
        self.gateway = FakeGateway()
        self.clock = StillClock()
        self.paying = Paying(self.payments, self.gateway, self.clock, demo.today_of)
        self._before = len(self.customers.accounts[ACCOUNT].ledger)

    @property
    def entries(self) -> list[tuple[date, EntryKind, int]]:
        new = self.customers.accounts[ACCOUNT].ledger[self._before :]
        return [(entry.day, entry.kind, entry.amount) for entry in new]

    @property
    def states(self) -> list[PaymentState]:
        return [payment.state for payment in self.payments.payments.values()]

    def pay(self, again: bool = False, keep_card: bool = False, means: Card | SavedCard | None = None) -> Payment:
        paid = self.paying.pay(order(again, keep_card), means or card())
        assert paid is not None
        return paid

    def later(self, seconds: float) -> int:
        self.clock.at = after(self.clock.at, seconds)
        return self.paying.resolve_due()


def order(again: bool = False, keep_card: bool = False, account: AccountNumber = ACCOUNT) -> Order:
    receipt = receipt_of(TAX, account, AMOUNT, AMOUNT, None)
    return Order(account, AMOUNT, receipt, new_call_id(), again, keep_card)


def test_a_payment_is_charged_and_entered_with_its_number() -> None:
    world = World()
    paid = world.pay()
    assert (paid.state, paid.number, paid.reference, paid.tail) == (PaymentState.POSTED, FIRST_NUMBER, "ref-1", "1111")
    assert world.entries == [(DAY, EntryKind.PAYMENT, AMOUNT)]
    assert world.gateway.receipts[0].total == AMOUNT
    assert world.payments.saved == []


def test_a_declined_one_has_its_reason_and_leaves_the_account_free() -> None:
    world = World()
    world.gateway.refuses["1111"] = DeclineReason.INSUFFICIENT_FUNDS
    paid = world.pay()
    assert (paid.state, paid.reason) == (PaymentState.DECLINED, DeclineReason.INSUFFICIENT_FUNDS)
    assert world.entries == []
    assert world.pay(means=card("5555555555554444")).state is PaymentState.POSTED


def test_a_gateway_that_was_not_reached_has_charged_nothing() -> None:
    world = World()
    world.gateway.away = True
    assert world.pay().reason is DeclineReason.BANK_AWAY
    assert world.gateway.charges == 0


def test_a_card_is_remembered_when_it_was_asked_and_pays_again() -> None:
    world = World()
    world.pay(keep_card=True)
    (saved,) = world.payments.cards(ACCOUNT)
    assert (saved.token, saved.tail, saved.expires) == ("token-1111", "1111", CardMonth(2028, 7))
    assert world.pay(again=True, means=saved).state is PaymentState.POSTED
    assert len(world.payments.cards(ACCOUNT)) == 1


def test_a_second_payment_of_the_same_bill_is_told_of_the_first() -> None:
    world = World()
    world.gateway.silent = True
    assert world.pay().state is PaymentState.UNKNOWN
    with pytest.raises(PaymentUnderWay):
        world.pay()
    with pytest.raises(PaymentUnderWay):
        world.pay(again=True)
    world.gateway.silent = False
    assert world.later(SETTLE_S + 1) == 1
    with pytest.raises(PaymentJustMade) as just:
        world.pay()
    assert just.value.amount == AMOUNT
    assert world.gateway.charges == 1
    assert world.pay(again=True).state is PaymentState.POSTED, "asked for, it is charged once more"
    world.clock.at = after(world.clock.at, JUST_S + 1)
    assert world.pay().state is PaymentState.POSTED


def test_nobody_pays_for_an_account_that_is_not() -> None:
    assert World().paying.pay(order(account=demo.UNKNOWN_ACCOUNT), card()) is None


def test_an_answer_that_never_came_is_asked_for_and_never_charged_again() -> None:
    world = World()
    world.gateway.silent = True
    world.pay()
    assert world.later(SETTLE_S - 1) == 0, "it may still be on its way"
    assert world.later(2) == 1
    assert world.states == [PaymentState.POSTED]
    assert world.entries == [(DAY, EntryKind.PAYMENT, AMOUNT)]
    assert world.gateway.charges == 1
    assert world.later(SETTLE_S + 1) == 0


def test_what_never_arrived_is_given_up_only_when_it_cannot_arrive_any_more() -> None:
    world = World()
    world.gateway.lost = True
    world.pay()
    world.later(SETTLE_S + 1)
    assert world.states == [PaymentState.UNKNOWN]
    assert world.later(LOST_S) == 1
    assert world.states == [PaymentState.DECLINED]
    assert world.gateway.charges == 0


def test_while_the_gateway_works_or_is_away_it_is_waited_for() -> None:
    world = World()
    world.gateway.silent = world.gateway.working = True
    world.pay()
    world.later(LOST_S + 1)
    world.gateway.working, world.gateway.away = False, True
    world.later(LOST_S + 1)
    assert world.states == [PaymentState.UNKNOWN]
    world.gateway.away = False
    world.later(1)
    assert world.states == [PaymentState.POSTED]


def test_a_payment_of_another_gateway_is_left_to_it() -> None:
    world = World()
    world.gateway.silent = True
    world.pay()
    world.gateway.name = "other"
    assert world.later(LOST_S) == 0
    assert world.states == [PaymentState.UNKNOWN]


def test_the_database_goes_away_after_the_charge_and_it_is_entered_later() -> None:
    world = World()

    def away(step: str) -> None:
        world.payments.down = world.payments.down or step == "write authorised"

    world.payments.dies = away
    assert world.pay().state is PaymentState.AUTHORISED, "the caller hears that the money was taken"
    world.payments.down, world.payments.dies = False, lambda step: None
    assert world.states == [PaymentState.AUTHORISING]
    world.later(SETTLE_S + 1)
    assert world.states == [PaymentState.POSTED]
    assert (world.gateway.charges, len(world.entries)) == (1, 1)


def test_the_database_away_before_anything_begins_nothing() -> None:
    world = World()
    world.payments.down = True
    with pytest.raises(PaymentsUnavailable):
        world.pay()
    assert world.gateway.known == {}


class Killed(BaseException):
    """The process is no more."""


STEPS = (
    "begin",
    *("write authorising", "written authorising", "gateway", "gateway done"),
    *("write authorised", "written authorised", "write posted", "written posted"),
)


def at(step: str) -> Callable[[str], None]:
    def dies(now_at: str) -> None:
        if now_at == step:
            raise Killed

    return dies


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("reaches", [True, False], ids=["reached", "never reached"])
def test_killed_at_any_step_it_is_charged_at_most_once_and_entered_when_charged(step: str, reaches: bool) -> None:
    world = World()
    world.payments.dies = world.gateway.dies = at(step)
    world.gateway.lost = not reaches
    try:
        world.pay()
    except Killed:
        pass
    world.payments.dies = world.gateway.dies = lambda step: None
    for _ in range(30):
        world.later(SETTLE_S + 1)
    assert world.gateway.charges <= 1
    assert len(world.entries) == world.gateway.charges
    assert not [state for state in world.states if state not in {PaymentState.POSTED, PaymentState.DECLINED}]
    world.gateway.lost = False
    assert world.pay(again=True).state is PaymentState.POSTED, "and the account is free again"


@pytest.mark.parametrize("step", ["write authorised", "written authorised", "write posted", "written posted"])
def test_a_resolver_that_is_killed_itself_leaves_the_rest_to_the_next(step: str) -> None:
    world = World()
    world.gateway.silent = True
    world.pay()
    world.payments.dies = at(step)
    with pytest.raises(Killed):
        world.later(SETTLE_S + 1)
    world.payments.dies = lambda step: None
    world.later(SETTLE_S + 1)
    assert world.states == [PaymentState.POSTED]
    assert len(world.entries) == 1


def test_of_two_resolvers_one_enters_it() -> None:
    world = World()
    world.gateway.silent = True
    waiting = world.pay()
    assert world.paying.resolve(waiting)
    assert not world.paying.resolve(waiting)
    assert len(world.entries) == 1


def test_who_is_slower_than_the_resolver_never_reaches_the_gateway() -> None:
    world = World()

    def late(step: str) -> None:
        if step == "write authorising":
            world.payments.dies = lambda step: None
            world.later(SETTLE_S + 1)

    world.payments.dies = late
    assert world.pay().reason is DeclineReason.ABANDONED
    assert world.gateway.known == {}


def test_a_reversal_gives_the_money_back_and_corrects_the_ledger_once() -> None:
    world = World()
    paid = world.pay()
    back = world.paying.reverse(paid.payment_id)
    again = world.paying.reverse(paid.payment_id)
    assert back is not None
    assert again is not None
    assert back.state is again.state is PaymentState.REVERSED
    assert world.gateway.charges == 0
    assert [amount for _, _, amount in world.entries] == [AMOUNT, -AMOUNT]


def test_what_was_not_charged_cannot_be_given_back() -> None:
    world = World()
    world.gateway.refuses["1111"] = DeclineReason.REFUSED
    paid = world.pay()
    with pytest.raises(IllegalPaymentMove):
        world.paying.reverse(paid.payment_id)
    world.gateway.refuses.clear()
    other = world.pay()
    world.gateway.known.clear()
    with pytest.raises(CannotReverse):
        world.paying.reverse(other.payment_id)
    assert len(world.entries) == 1


def test_a_payment_that_was_given_back_before_it_was_entered_never_is() -> None:
    world = World()
    world.gateway.silent = True
    paid = world.pay()
    world.gateway.known[paid.payment_id].reversed = True
    world.later(SETTLE_S + 1)
    assert world.states == [PaymentState.REVERSED]
    assert world.entries == []


def test_a_saved_card_is_of_the_account_that_saved_it() -> None:
    world = World()
    world.payments.save_card(ACCOUNT, SavedCard(CardToken("t"), "1111", CardMonth(2028, 7)), Instant(0))
    assert not world.payments.cards(demo.OVERPAID.number)
