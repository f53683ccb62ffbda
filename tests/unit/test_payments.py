"""A payment's states: every move of the table and no other; cards that show nothing; receipts; the day's comparison."""

import copy
import json
import pickle
from collections.abc import Callable
from datetime import date
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.clock import Instant
from calls.ids import new_call_id
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.cards import Card, CardMonth, CardToken, SavedCard, card_month, is_card_number, is_cvv
from customers.fiscal import (
    Contact,
    SettlementMethod,
    SettlementSubject,
    SupplierTax,
    Taxation,
    VatRate,
    receipt_of,
)
from customers.money import Kopecks
from customers.notice_texts import NoticeKind
from customers.notices import LIFE_S
from customers.payments import (
    LEAST,
    LINK_S,
    MOST,
    MOVES,
    UNDER_WAY,
    DeclineReason,
    IllegalPaymentMove,
    Means,
    Payer,
    Payment,
    PaymentId,
    PaymentState,
    charged,
    declined,
    new_payment,
    offered,
    posted,
    sent,
    taken_back,
    unclear,
)
from customers.reconciliation import Difference, DifferenceKind, LineKind, RegisterLine, compare

NOW = Instant(1_795_420_800_000)
LATER = Instant(NOW + 1000)
ACCOUNT = AccountNumber("4401220170")
NUMBER = "4111111111111111"
CARD = Card(NUMBER, CardMonth(2028, 7), "737")
TAX = SupplierTax(Taxation.GENERAL, VatRate.TWENTY_TWO, VatRate.TWENTY_TWO_OF_122, "bills@example.org")

STEPS: dict[PaymentState, Callable[[Payment, Instant], Payment]] = {
    PaymentState.AUTHORISING: sent,
    PaymentState.AUTHORISED: lambda payment, at: charged(payment, "ref", at),
    PaymentState.POSTED: posted,
    PaymentState.DECLINED: lambda payment, at: declined(payment, DeclineReason.REFUSED, at),
    PaymentState.UNKNOWN: unclear,
    PaymentState.REVERSED: taken_back,
    PaymentState.OFFERED: lambda payment, at: offered(payment, "ref", at),
}


def payment(state: PaymentState = PaymentState.CREATED, amount: int = 10_000) -> Payment:
    new = new_payment(ACCOUNT, Kopecks(amount), Means.CARD, "1111", "sandbox", new_call_id(), NOW)
    ways: dict[PaymentState, tuple[PaymentState, ...]] = {
        PaymentState.CREATED: (),
        PaymentState.OFFERED: (PaymentState.OFFERED,),
        PaymentState.AUTHORISING: (PaymentState.AUTHORISING,),
        PaymentState.AUTHORISED: (PaymentState.AUTHORISING, PaymentState.AUTHORISED),
        PaymentState.POSTED: (PaymentState.AUTHORISING, PaymentState.AUTHORISED, PaymentState.POSTED),
        PaymentState.DECLINED: (PaymentState.AUTHORISING, PaymentState.DECLINED),
        PaymentState.UNKNOWN: (PaymentState.AUTHORISING, PaymentState.UNKNOWN),
        PaymentState.REVERSED: (PaymentState.AUTHORISING, PaymentState.AUTHORISED, PaymentState.REVERSED),
    }
    for step in ways[state]:
        new = STEPS[step](new, NOW)
    return new


@pytest.mark.parametrize(("state", "to"), [*product(PaymentState, STEPS)])
def test_every_move_of_the_table_and_no_other(state: PaymentState, to: PaymentState) -> None:
    before = payment(state)
    kept = copy.copy(before)
    if to in MOVES[state]:
        following = STEPS[to](before, LATER)
        assert (following.state, following.changed_at, following.created_at) == (to, LATER, NOW)
    else:
        with pytest.raises(IllegalPaymentMove, match="Read it anew"):
            STEPS[to](before, LATER)
    assert before == kept, "the payment itself never changes"


def test_what_is_not_over_blocks_a_second_one_and_the_rest_does_not() -> None:
    over = set(PaymentState) - UNDER_WAY - {PaymentState.OFFERED}
    assert over == {PaymentState.POSTED, PaymentState.DECLINED, PaymentState.REVERSED}
    assert all(MOVES[state] <= {PaymentState.REVERSED} for state in over)
    assert MOVES[PaymentState.OFFERED] == {PaymentState.AUTHORISING, PaymentState.DECLINED}, "never charged by itself"


def test_whom_the_receipt_goes_to_is_known_until_the_payment_is_over() -> None:
    payer = Payer(PhoneNumber("+73060000311"), Language.RU)
    new = new_payment(ACCOUNT, LEAST, Means.LINK, "", "sandbox", new_call_id(), NOW, payer)
    taken = charged(sent(offered(new, "link", NOW), NOW), "ref", NOW)
    assert taken.payer == payer
    assert posted(taken, NOW).payer is None
    assert declined(new, DeclineReason.ABANDONED, NOW).payer is None
    assert taken_back(taken, NOW).payer is None
    assert "+7306" not in repr(new)


def test_a_link_is_good_for_as_long_as_its_message_says() -> None:
    assert LINK_S == LIFE_S[NoticeKind.PAYMENT_LINK] == 3600


@pytest.mark.parametrize("amount", [LEAST - 1, 0, -100, MOST + 1])
def test_an_amount_out_of_bounds_makes_no_payment(amount: int) -> None:
    with pytest.raises(ValueError, match="kopecks"):
        payment(amount=amount)


# --- cards
@pytest.mark.parametrize("text", [NUMBER, "2200000000000053", "5555555555554444", "4000000000006"])
def test_card_numbers_with_a_right_check_digit(text: str) -> None:
    assert is_card_number(text)


@pytest.mark.parametrize("text", ["", "4111111111111112", "411111111111", "4" * 20, "4111 1111 1111 1111", "４" * 16])
def test_what_is_no_card_number(text: str) -> None:
    assert not is_card_number(text)


@given(st.integers(0, 10**15 - 1), st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: int, place: int, by: int) -> None:
    body = f"{number:015d}"
    whole = next(body + str(check) for check in range(10) if is_card_number(body + str(check)))
    wrong = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    assert not is_card_number(wrong)


@pytest.mark.parametrize(
    ("text", "month"), [("0728", CardMonth(2028, 7)), ("1226", CardMonth(2026, 12)), ("1326", None), ("728", None)]
)
def test_the_month_on_a_card(text: str, month: CardMonth | None) -> None:
    assert card_month(text) == month


def test_a_card_pays_until_the_end_of_its_month() -> None:
    month = CardMonth(2026, 11)
    assert not month.over(date(2026, 11, 30))
    assert month.over(date(2026, 12, 1))
    assert month.over(date(2027, 1, 1))


def test_a_card_shows_nothing_of_itself() -> None:
    for text in (repr(CARD), str(CARD), f"{CARD}", f"{CARD!r:>20}", repr([CARD]), repr({"card": CARD})):
        assert not any(part in text for part in (NUMBER, NUMBER[:6], "737", "1111"))
    assert CARD.tail == "1111"
    assert not hasattr(CARD, "__dict__")


@pytest.mark.parametrize(
    "made", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, msgspec.msgpack.encode]
)
def test_a_card_is_neither_copied_nor_encoded(made: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as refused:
        made(CARD)
    assert NUMBER not in str(refused.value)


@pytest.mark.parametrize(("number", "cvv"), [("4111111111111112", "737"), (NUMBER, "73"), (NUMBER, "7377")])
def test_a_wrong_card_is_refused_without_saying_what_was_keyed(number: str, cvv: str) -> None:
    with pytest.raises(ValueError, match="Check it with") as refused:
        Card(number, CardMonth(2028, 7), cvv)
    assert number not in str(refused.value)
    assert is_cvv("737")


def test_a_saved_card_does_not_show_its_token() -> None:
    assert "secret" not in repr(SavedCard(CardToken("secret"), "1111", CardMonth(2028, 7)))


# --- the fiscal receipt
def test_a_debt_is_settled_in_full_and_what_is_over_is_an_advance() -> None:
    receipt = receipt_of(TAX, ACCOUNT, Kopecks(300_000), Kopecks(212_132), PhoneNumber("+73060000170"))
    debt, advance = receipt.items
    assert (debt.amount, debt.method, debt.subject) == (
        212_132,
        SettlementMethod.FULL_PAYMENT,
        SettlementSubject.SERVICE,
    )
    assert (advance.amount, advance.method, advance.vat) == (
        87_868,
        SettlementMethod.ADVANCE,
        VatRate.TWENTY_TWO_OF_122,
    )
    assert receipt.total == 300_000
    assert ACCOUNT in debt.name
    assert "0170" not in repr(receipt.contact)


@given(st.integers(LEAST, MOST), st.integers(-(10**9), 10**9))
def test_the_lines_always_sum_to_what_was_paid(amount: int, owed: int) -> None:
    receipt = receipt_of(TAX, ACCOUNT, Kopecks(amount), Kopecks(owed), None)
    assert receipt.total == amount
    assert all(item.amount > 0 for item in receipt.items)
    assert receipt.contact.email == "bills@example.org"


def test_a_receipt_goes_to_somebody() -> None:
    with pytest.raises(ValueError, match="Give one"):
        Contact()


# --- the day's comparison
DAY = range(NOW - 3_600_000, NOW + 3_600_000)


def line(of: Payment, kind: LineKind = LineKind.CHARGE, amount: int = 10_000, at: int = NOW) -> RegisterLine:
    return RegisterLine(of.payment_id, "ref", kind, Kopecks(amount), Instant(at))


def found(
    of_day: list[Payment], register: list[RegisterLine], known: list[Payment] | None = None
) -> list[DifferenceKind]:
    ours = {each.payment_id: each for each in (known or [])}
    return [difference.kind for difference in compare(of_day, ours, register, DAY)]


def test_a_posted_payment_that_was_charged_once_is_no_difference() -> None:
    one = payment(PaymentState.POSTED)
    assert found([one], [line(one)]) == []
    declined_one, back = payment(PaymentState.DECLINED), payment(PaymentState.REVERSED)
    assert found([declined_one, back], [line(back), line(back, LineKind.REVERSAL)]) == []


def test_each_difference_has_its_name() -> None:
    one, back = payment(PaymentState.POSTED), payment(PaymentState.REVERSED)
    unknown = payment(PaymentState.UNKNOWN)
    assert found([one], []) == [DifferenceKind.NOT_CHARGED]
    assert found([one], [line(one), line(one)]) == [DifferenceKind.CHARGED_TWICE]
    assert found([one], [line(one, amount=9_000)]) == [DifferenceKind.AMOUNT]
    assert found([one], [line(one), line(one, LineKind.REVERSAL)]) == [DifferenceKind.REVERSED_THERE]
    assert found([back], [line(back)]) == [DifferenceKind.REVERSED_HERE]
    assert found([unknown], [line(unknown)]) == [DifferenceKind.NOT_POSTED]
    assert found([], [line(one)]) == [DifferenceKind.NOT_OURS]
    assert compare([], {}, [line(one)], DAY) == (
        Difference(one.payment_id, DifferenceKind.NOT_OURS, Kopecks(0), Kopecks(10_000)),
    )


def test_midnight_is_not_the_same_moment_for_both() -> None:
    one = payment(PaymentState.POSTED)
    assert found([one], [line(one, at=DAY.stop + 5)]) == [], "ours of today, theirs of tomorrow"
    assert found([], [line(one, at=DAY.start)], [one]) == [], "theirs of today, ours of yesterday"
    assert found([], [line(one, at=DAY.stop + 5)]) == [], "of another day altogether"


def test_ids_are_unique_and_serve_as_idempotency_keys() -> None:
    ids = {payment().payment_id for _ in range(100)}
    assert len(ids) == 100
    assert all(isinstance(PaymentId(each), str) and len(each) == 36 for each in ids)
