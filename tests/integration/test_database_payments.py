"""Payments over both databases and in memory, by one contract: one under way, each move once, the ledger with it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError

from calls.clock import Instant, after
from calls.ids import new_call_id
from calls.journey import Language
from calls.outgoing import OutgoingRules
from customers import demo
from customers.accounts import AccountNumber
from customers.cards import CardMonth, CardToken, SavedCard
from customers.money import Kopecks
from customers.notices import NoticeRules, Way
from customers.payment_ports import PaymentJustMade, Payments, PaymentsUnavailable, PaymentUnderWay
from customers.payments import (
    DeclineReason,
    Means,
    Payer,
    Payment,
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
from customers.ports import Accounts
from customers.reconciliation import Difference, DifferenceKind
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import DatabaseUnavailable, Limits, open_engine, reading
from database.migrations import downgrade, migrate
from database.notice_tables import NoticeRow
from database.payment_tables import PaymentRow
from database.payments import DatabasePayments
from database.tables import LedgerRow
from tests.kit.databases import KINDS, NOW, PATIENT, PIN_KEY, passwords
from tests.kit.fake_customers import demo_customers
from tests.kit.fake_notices import FakeNotices
from tests.kit.fake_payments import FakePayments

ACCOUNT = demo.IN_DEBT.number
AMOUNT = Kopecks(10_000)
DAY = demo.today_of(NOW)
EARLY = after(NOW, -900)
PAYER = Payer(demo.TRUSTED.phone, Language.RU)
RULES = NoticeRules(frozenset(Way), OutgoingRules(prefixes=("+7306",)))


@dataclass
class Kept:
    payments: Payments
    accounts: Accounts
    receipts: Callable[[], list[tuple[str, str]]]

    def balance(self, account: AccountNumber = ACCOUNT) -> int:
        balance = self.accounts.balance(account)
        assert balance is not None
        return balance.amount

    def move(self, before: Payment, following: Payment) -> Payment:
        assert self.payments.write(before, following, DAY)
        return following

    def begun(self, account: AccountNumber = ACCOUNT, at: Instant = NOW) -> Payment:
        kept = self.payments.begin(new(account, at), EARLY)
        assert kept is not None
        return kept

    def link(self, account: AccountNumber = ACCOUNT, at: Instant = NOW, again: bool = False) -> Payment:
        made = new_payment(account, AMOUNT, Means.LINK, "", "sandbox", new_call_id(), at, PAYER)
        kept = self.payments.begin(made, EARLY, again=again)
        assert kept is not None
        return self.move(kept, offered(kept, "link-1", at))

    def paid_by_link(self, link: Payment, at: Instant = NOW) -> Payment:
        told = sent(link, at)
        assert self.payments.take_up(link, told)
        taken = self.move(told, charged(told, "ref-2", at))
        return self.move(taken, posted(taken, at))

    def authorised(self) -> Payment:
        told = self.begun()
        told = self.move(told, sent(told, NOW))
        return self.move(told, charged(told, "ref-1", NOW))


def new(account: AccountNumber = ACCOUNT, at: Instant = NOW) -> Payment:
    return new_payment(account, AMOUNT, Means.CARD, "1111", "sandbox", new_call_id(), at)


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    """A new database with the fixed accounts of the demo."""
    file = f"sqlite:///{folder / 'payments.db'}"
    engine = open_engine(file if kind == "sqlite" else request.getfixturevalue("postgres").new_database(), PATIENT)
    migrate(engine)
    load_demo(engine, 1, 1, PIN_KEY, passwords(), NOW, with_pin=0)
    yield engine
    engine.dispose()


@pytest.fixture
def loaded(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with opened(database_kind, request, tmp_path) as engine:
        yield engine


@pytest.fixture(params=("fake", *KINDS))
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "fake":
        customers, notices = demo_customers(NOW), FakeNotices(RULES)
        fake = FakePayments(customers, notices=notices)
        yield Kept(fake, customers, lambda: [(one.notice_id, one.text) for one in notices.kept])
        return
    with opened(request.param, request, tmp_path) as engine:
        yield over(engine)


def over(engine: Engine) -> Kept:
    def receipts() -> list[tuple[str, str]]:
        query = select(NoticeRow.notice_id, NoticeRow.text).where(NoticeRow.address == PAYER.phone)
        with reading(engine, DatabaseUnavailable) as connection:
            return [(row.notice_id, row.text) for row in connection.execute(query)]

    return Kept(DatabasePayments(engine, RULES), DatabaseAccounts(engine), receipts)


def test_it_comes_back_equal_with_a_number_of_its_own(kept: Kept) -> None:
    first = kept.begun()
    second = kept.begun(demo.OVERPAID.number)
    assert (first.number, second.number) == (100_001, 100_002)
    assert kept.payments.find(first.payment_id) == first
    told = kept.move(first, sent(first, after(NOW, 1)))
    over = kept.move(told, declined(told, DeclineReason.LIMIT, after(NOW, 2)))
    assert kept.payments.find(first.payment_id) == over
    assert list(kept.payments.made(NOW, after(NOW, 1))) == [over, second]
    assert not kept.payments.made(after(NOW, 1), after(NOW, 2))
    assert kept.payments.find(new().payment_id) is None


def test_none_begins_for_an_account_that_is_not(kept: Kept) -> None:
    assert kept.payments.begin(new(demo.UNKNOWN_ACCOUNT), EARLY) is None


def test_posting_enters_the_ledger_with_it_and_once(kept: Kept) -> None:
    before = kept.balance()
    paid = kept.authorised()
    assert kept.balance() == before
    entered = posted(paid, after(NOW, 5))
    assert kept.payments.write(paid, entered, DAY)
    assert not kept.payments.write(paid, entered, DAY), "a second time changes nothing"
    assert kept.balance() == before + AMOUNT
    assert kept.accounts.payments(ACCOUNT)[0].amount == AMOUNT


def test_a_reversal_corrects_the_ledger_with_it_and_once(kept: Kept) -> None:
    before = kept.balance()
    paid = kept.authorised()
    entered = kept.move(paid, posted(paid, NOW))
    back = taken_back(entered, NOW)
    assert kept.payments.write(entered, back, DAY)
    assert not kept.payments.write(entered, back, DAY)
    assert kept.balance() == before


def test_what_was_never_entered_is_reversed_without_the_ledger(kept: Kept) -> None:
    before = kept.balance()
    paid = kept.authorised()
    kept.move(paid, taken_back(paid, NOW))
    assert kept.balance() == before


def test_a_move_from_a_state_it_has_left_changes_nothing(kept: Kept) -> None:
    first = kept.begun()
    told = kept.move(first, sent(first, NOW))
    assert not kept.payments.write(first, declined(first, DeclineReason.ABANDONED, NOW), DAY)
    assert not kept.payments.write(new(), sent(new(), NOW), DAY)
    assert kept.payments.find(first.payment_id) == told


@pytest.mark.parametrize(
    "state", [PaymentState.CREATED, PaymentState.AUTHORISING, PaymentState.UNKNOWN, PaymentState.AUTHORISED]
)
def test_while_one_is_under_way_no_other_of_its_account_begins(kept: Kept, state: PaymentState) -> None:
    under_way = kept.begun()
    if state is not PaymentState.CREATED:
        under_way = kept.move(under_way, sent(under_way, NOW))
    if state is PaymentState.UNKNOWN:
        under_way = kept.move(under_way, unclear(under_way, NOW))
    if state is PaymentState.AUTHORISED:
        under_way = kept.move(under_way, charged(under_way, "ref", NOW))
    for again in (False, True):
        with pytest.raises(PaymentUnderWay):
            kept.payments.begin(new(), EARLY, again=again)
    kept.begun(demo.OVERPAID.number)


def test_one_that_was_just_made_is_told_and_another_is_kept_when_asked_for(kept: Kept) -> None:
    paid = kept.authorised()
    kept.move(paid, posted(paid, NOW))
    refused = new()
    with pytest.raises(PaymentJustMade) as just:
        kept.payments.begin(refused, NOW)
    assert just.value.amount == AMOUNT
    assert kept.payments.find(refused.payment_id) is None
    assert kept.payments.begin(new(at=after(NOW, 901)), after(NOW, 1)) is not None, "not so long ago any more"


def test_again_begins_another_one(kept: Kept) -> None:
    paid = kept.authorised()
    kept.move(paid, posted(paid, NOW))
    assert kept.payments.begin(new(), NOW, again=True) is not None


def test_those_under_way_the_oldest_first(kept: Kept) -> None:
    late = kept.begun(at=after(NOW, 10))
    early = kept.begun(demo.OVERPAID.number)
    over = kept.begun(demo.FIRM.number)
    kept.move(over, declined(over, DeclineReason.ABANDONED, NOW))
    assert [each.payment_id for each in kept.payments.open(after(NOW, 11))] == [early.payment_id, late.payment_id]
    assert [each.payment_id for each in kept.payments.open(after(NOW, 10))] == [early.payment_id]
    assert not kept.payments.open(NOW)


def test_saved_cards_the_newest_first_and_forgotten_when_asked(kept: Kept) -> None:
    first = SavedCard(CardToken("one"), "1111", CardMonth(2028, 7))
    second = SavedCard(CardToken("two"), "4444", CardMonth(2027, 1))
    kept.payments.save_card(ACCOUNT, first, NOW)
    kept.payments.save_card(ACCOUNT, second, after(NOW, 1))
    kept.payments.save_card(ACCOUNT, second, after(NOW, 2))
    kept.payments.save_card(demo.UNKNOWN_ACCOUNT, first, NOW)
    assert list(kept.payments.cards(ACCOUNT)) == [second, first]
    assert not kept.payments.cards(demo.OVERPAID.number)
    kept.payments.forget_card(second.token)
    assert list(kept.payments.cards(ACCOUNT)) == [first]


def test_a_difference_is_kept_once(kept: Kept) -> None:
    first = Difference(new().payment_id, DifferenceKind.NOT_OURS, Kopecks(0), AMOUNT)
    second = Difference(new().payment_id, DifferenceKind.AMOUNT, AMOUNT, Kopecks(9_000))
    assert kept.payments.report(DAY, [first], NOW) == 1
    assert kept.payments.report(DAY, [first, second], after(NOW, 60)) == 1
    assert list(kept.payments.differences(DAY)) == [first, second]
    assert not kept.payments.differences(demo.month_start(DAY, 3))


# --- links, and the receipt of what is posted later
def test_a_link_stands_in_nobodys_way_and_is_found(kept: Kept) -> None:
    link = kept.link()
    other = kept.link(demo.OVERPAID.number, after(NOW, 1))
    newer = kept.link(at=after(NOW, 2))
    assert kept.payments.find(link.payment_id) == link
    assert list(kept.payments.offered(0, 9)) == [link, other, newer]
    assert list(kept.payments.offered(0, 1)) == [link]
    assert list(kept.payments.offered(link.number, 9)) == [other, newer]
    assert kept.payments.open_link(ACCOUNT, EARLY) == newer
    assert kept.payments.open_link(ACCOUNT, after(NOW, 2)) is None
    assert kept.payments.open_link(demo.FIRM.number, EARLY) is None
    assert not kept.payments.open(after(NOW, 9999)), "nobody has to finish what may never be paid"
    kept.begun()


def test_what_is_paid_by_a_link_is_entered_once_with_its_receipt(kept: Kept) -> None:
    before, link = kept.balance(), kept.link()
    over = kept.paid_by_link(link)
    assert not kept.payments.take_up(link, sent(link, NOW)), "a second time changes nothing"
    assert kept.balance() == before + AMOUNT
    assert kept.payments.find(link.payment_id) == over
    assert over.payer is None
    ((notice_id, text),) = kept.receipts()
    assert notice_id == f"receipt-{link.payment_id}"
    assert f"квитанция {link.number}" in text


def test_while_another_is_under_way_nothing_is_taken_by_a_link(kept: Kept) -> None:
    link, other = kept.link(), kept.begun()
    for again in (False, True):
        with pytest.raises(PaymentUnderWay):
            kept.payments.take_up(link, sent(link, NOW), again=again)
    assert kept.payments.find(link.payment_id) == link
    kept.move(other, declined(other, DeclineReason.LIMIT, NOW))
    assert kept.payments.take_up(link, sent(link, NOW))
    with pytest.raises(PaymentUnderWay):
        kept.payments.begin(new(), EARLY)


def test_of_two_links_of_one_bill_the_second_is_told_of_the_first(kept: Kept) -> None:
    first, second = kept.link(), kept.link(at=after(NOW, 1))
    kept.paid_by_link(first, after(NOW, 2))
    with pytest.raises(PaymentJustMade) as just:
        kept.payments.take_up(second, sent(second, after(NOW, 3)))
    assert just.value.amount == AMOUNT
    assert kept.payments.find(second.payment_id) == second
    later = kept.link(at=after(NOW, 4), again=True)
    assert kept.payments.take_up(later, sent(later, after(NOW, 5))), "it was made by who knew of the first"


def test_whom_to_write_to_is_kept_until_the_end_only(kept: Kept) -> None:
    made = new_payment(ACCOUNT, AMOUNT, Means.CARD, "1111", "sandbox", new_call_id(), NOW, PAYER)
    begun = kept.payments.begin(made, EARLY)
    assert begun is not None
    told = kept.move(begun, sent(begun, NOW))
    found = kept.payments.find(told.payment_id)
    assert found is not None
    assert found.payer == PAYER
    over = kept.move(told, declined(told, DeclineReason.LIMIT, NOW))
    assert kept.payments.find(told.payment_id) == over
    assert over.payer is None
    assert kept.receipts() == []


# --- what only a real database can show
def test_of_a_link_and_a_card_at_once_one_is_under_way(loaded: Engine) -> None:
    kept = over(loaded)
    for again in range(8):
        link = kept.link(at=after(NOW, again), again=True)
        gate = threading.Barrier(2)

        def takes(link: Payment = link, gate: threading.Barrier = gate) -> bool:
            gate.wait(10)
            try:
                return kept.payments.take_up(link, sent(link, link.created_at))
            except PaymentUnderWay:
                return False

        def begins(gate: threading.Barrier = gate) -> bool:
            gate.wait(10)
            try:
                return kept.payments.begin(new(), EARLY) is not None
            except PaymentUnderWay:
                return False

        with ThreadPoolExecutor(2) as threads:
            first, second = threads.submit(takes), threads.submit(begins)
            assert first.result() != second.result()
        for one in kept.payments.open(after(NOW, 9999)):
            kept.move(one, declined(one, DeclineReason.ABANDONED, NOW))


def test_of_many_that_begin_at_once_one_is_kept(loaded: Engine) -> None:
    payments = DatabasePayments(loaded)
    gate = threading.Barrier(8)

    def begins(_: int) -> bool:
        gate.wait(10)
        try:
            return payments.begin(new(), EARLY) is not None
        except PaymentUnderWay:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(begins, range(8))) == 1


def test_of_many_that_post_it_at_once_one_enters_the_ledger(loaded: Engine) -> None:
    kept = over(loaded)
    before, paid = kept.balance(), kept.authorised()
    gate = threading.Barrier(8)

    def posts(_: int) -> bool:
        gate.wait(10)
        return kept.payments.write(paid, posted(paid, NOW), DAY)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(posts, range(8))) == 1
    assert kept.balance() == before + AMOUNT


def test_one_that_begins_while_another_is_posted_is_told_of_it(loaded: Engine) -> None:
    """In whatever order the two come through: the second never begins as if there had been none."""
    kept = over(loaded)
    for _ in range(10):
        account = demo.OVERPAID.number
        told = kept.payments.begin(new(account), after(NOW, 10), again=True)
        assert told is not None
        told = kept.move(told, sent(told, NOW))
        paid = kept.move(told, charged(told, "ref", NOW))
        gate = threading.Barrier(2)

        def posts(paid: Payment = paid, gate: threading.Barrier = gate) -> bool:
            gate.wait(10)
            return kept.payments.write(paid, posted(paid, NOW), DAY)

        def begins(gate: threading.Barrier = gate) -> Payment | None:
            gate.wait(10)
            try:
                return kept.payments.begin(new(demo.OVERPAID.number), EARLY)
            except (PaymentUnderWay, PaymentJustMade):
                return None

        with ThreadPoolExecutor(2) as threads:
            first, second = threads.submit(posts), threads.submit(begins)
            assert first.result()
            assert second.result() is None


def test_a_row_cannot_name_the_ledger_entry_of_another(loaded: Engine) -> None:
    kept = over(loaded)
    paid = kept.authorised()
    kept.move(paid, posted(paid, NOW))
    other = kept.begun(demo.OVERPAID.number)
    with reading(loaded, DatabaseUnavailable) as connection:
        entry = connection.scalar(select(PaymentRow.entry_id).where(PaymentRow.payment_id == paid.payment_id))
        entries = connection.scalar(
            select(func.count()).select_from(LedgerRow).where(LedgerRow.text.like("Оплата по%"))
        )
    assert entries == 1
    statement = update(PaymentRow).where(PaymentRow.payment_id == other.payment_id)
    with pytest.raises(IntegrityError), loaded.begin() as writing_connection:
        writing_connection.execute(statement.values(entry_id=entry))


def test_a_payment_comes_back_from_the_database_equal_in_every_field(loaded: Engine) -> None:
    kept = over(loaded)
    paid = kept.authorised()
    found = kept.payments.find(paid.payment_id)
    assert found == paid
    assert replace(paid, reference="") != found


def test_a_database_that_is_away_is_said_so() -> None:
    payments = DatabasePayments(open_engine("postgresql://nobody@127.0.0.1:1/none", Limits(connect_s=1)))
    with pytest.raises(PaymentsUnavailable):
        payments.begin(new(), EARLY)
    with pytest.raises(PaymentsUnavailable):
        payments.open(NOW)


def test_the_step_goes_down_and_up_with_payments_in_it(loaded: Engine) -> None:
    kept = over(loaded)
    before, paid = kept.balance(), kept.authorised()
    kept.move(paid, posted(paid, NOW))
    link = kept.paid_by_link(kept.link(demo.FIRM.number))
    kept.link(demo.OVERPAID.number)
    downgrade(loaded, "0026")
    with reading(loaded, DatabaseUnavailable) as connection:
        rows = connection.execute(text("SELECT payment_id, means, state FROM payments ORDER BY number")).all()
    assert [tuple(row) for row in rows] == [(paid.payment_id, "card", "posted"), (link.payment_id, "card", "posted")]
    migrate(loaded)
    assert len(kept.payments.made(Instant(0), after(NOW, 10))) == 2
    kept.begun(demo.OVERPAID.number)
    with pytest.raises(PaymentUnderWay):
        kept.payments.begin(new(demo.OVERPAID.number), EARLY)
    downgrade(loaded, "0012")
    assert kept.balance() == before + AMOUNT, "what was paid stays in the ledger"
    migrate(loaded)
    assert not kept.payments.made(Instant(0), after(NOW, 10))
