"""customers.payment_ports.Payments over the database. What a payment does to the ledger is part of its move.

A move is an UPDATE that names the state before it: of two that try one changes the row, the other is told. Becoming
posted, its ledger entry and the receipt in the outbox are one transaction, and so is the correction of a reversal.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from calls.clock import Instant
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber, EntryKind
from customers.cards import CardMonth, CardToken, SavedCard
from customers.money import Kopecks
from customers.notices import NoticeRules
from customers.payment_notices import receipt_notice
from customers.payment_ports import PaymentJustMade, PaymentsUnavailable, PaymentUnderWay
from customers.payments import UNDER_WAY, DeclineReason, Means, Payer, Payment, PaymentId, PaymentState
from customers.reconciliation import Difference, DifferenceKind
from database.engine import reading, writing
from database.notices import post
from database.payment_tables import DifferenceRow, PaymentRow, SavedCardRow
from database.tables import AccountRow, LedgerRow
from database.upsert import insert_into

log = structlog.get_logger(__name__)

FIRST_NUMBER: Final = 100_000
"""Added to the row's own count: a receipt number is said digit by digit, always as many of them."""
MOST: Final = 1_000
"""Under way at once and read together; the oldest first."""
PAID: Final = "Оплата по телефону"
GIVEN_BACK: Final = "Возврат оплаты по телефону"

_OPEN = tuple(state.value for state in UNDER_WAY)


class DatabasePayments:
    """Every method may raise PaymentsUnavailable. `rules`: to whom receipts may be sent; None: none are."""

    def __init__(self, engine: Engine, rules: NoticeRules | None = None) -> None:
        self._engine = engine
        self._rules = rules

    def begin(self, payment: Payment, just_since: Instant, *, again: bool = False) -> Payment | None:
        with writing(self._engine, PaymentsUnavailable) as connection:
            account_id = _account_id(connection, payment.account)
            if account_id is None:
                return None
            statement = insert_into(connection, PaymentRow).values(**_row(payment), account_id=account_id)
            number = connection.scalar(statement.on_conflict_do_nothing().returning(PaymentRow.number))
            if number is None:
                raise PaymentUnderWay
            # Looked for when the row is in: a payment that is posted at this moment held it up until it was.
            if not again:
                _refuse_just_made(connection, account_id, just_since)
        return replace(payment, number=FIRST_NUMBER + number)

    def write(self, before: Payment, after: Payment, day: date) -> bool:
        with writing(self._engine, PaymentsUnavailable) as connection:
            account_id = _moved(connection, before, after)
            if account_id is None:
                return False
            entry = _entry(before, after)
            if entry is not None:
                _enter(connection, after, account_id, day, *entry)
            if after.state is PaymentState.POSTED:
                self._send_receipt(connection, before, after, day)
            return True

    def _send_receipt(self, connection: Connection, before: Payment, posted: Payment, day: date) -> None:
        if before.payer is None or self._rules is None:
            return
        refused = post(connection, receipt_notice(posted, before.payer, day, posted.changed_at), self._rules)
        if refused is not None:
            log.info("receipt_not_sent", payment_id=posted.payment_id, reason=refused.value)

    def take_up(self, before: Payment, after: Payment, *, again: bool = False) -> bool:
        try:
            with writing(self._engine, PaymentsUnavailable) as connection:
                account_id = _moved(connection, before, after)
                if account_id is None:
                    return False
                # Looked for when the move is in, as in `begin`.
                if not again:
                    _refuse_just_made(connection, account_id, before.created_at)
                return True
        except IntegrityError as taken:
            raise PaymentUnderWay from taken

    def offered(self, after_number: int, most: int) -> Sequence[Payment]:
        links = _payments().where(
            PaymentRow.state == PaymentState.OFFERED.value, PaymentRow.number > after_number - FIRST_NUMBER
        )
        return self._read(links.order_by(PaymentRow.number).limit(most))

    def open_link(self, account: AccountNumber, since: Instant) -> Payment | None:
        links = _payments().where(
            AccountRow.number == account,
            PaymentRow.state == PaymentState.OFFERED.value,
            PaymentRow.created_at > since,
        )
        found = self._read(links.order_by(PaymentRow.number.desc()).limit(1))
        return found[0] if found else None

    def find(self, payment_id: PaymentId) -> Payment | None:
        found = self._read(_payments().where(PaymentRow.payment_id == payment_id))
        return found[0] if found else None

    def open(self, before: Instant) -> Sequence[Payment]:
        due = _payments().where(PaymentRow.state.in_(_OPEN), PaymentRow.changed_at < before)
        return self._read(due.order_by(PaymentRow.changed_at).limit(MOST))

    def made(self, since: Instant, until: Instant) -> Sequence[Payment]:
        of_time = _payments().where(PaymentRow.created_at >= since, PaymentRow.created_at < until)
        return self._read(of_time.order_by(PaymentRow.number))

    # --- cards
    def cards(self, account: AccountNumber) -> Sequence[SavedCard]:
        query = select(SavedCardRow.token, SavedCardRow.tail, SavedCardRow.year, SavedCardRow.month)
        query = query.join(AccountRow, AccountRow.account_id == SavedCardRow.account_id)
        newest = query.where(AccountRow.number == account).order_by(SavedCardRow.saved_at.desc(), SavedCardRow.token)
        with reading(self._engine, PaymentsUnavailable) as connection:
            rows = connection.execute(newest).all()
        return tuple(SavedCard(CardToken(row.token), row.tail, CardMonth(row.year, row.month)) for row in rows)

    def save_card(self, account: AccountNumber, card: SavedCard, at: Instant) -> None:
        with writing(self._engine, PaymentsUnavailable) as connection:
            account_id = _account_id(connection, account)
            if account_id is None:
                return
            values = {"tail": card.tail, "year": card.expires.year, "month": card.expires.month, "saved_at": at}
            statement = insert_into(connection, SavedCardRow).values(token=card.token, account_id=account_id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=[SavedCardRow.token], set_=values))

    def forget_card(self, token: CardToken) -> None:
        with writing(self._engine, PaymentsUnavailable) as connection:
            connection.execute(delete(SavedCardRow).where(SavedCardRow.token == token))

    # --- what the day's comparison found
    def report(self, day: date, differences: Sequence[Difference], at: Instant) -> int:
        new = 0
        with writing(self._engine, PaymentsUnavailable) as connection:
            for each in differences:
                statement = insert_into(connection, DifferenceRow).values(
                    day=day, payment_id=each.payment_id, kind=each.kind.value,
                    ours=each.ours, theirs=each.theirs, found_at=at,
                )  # fmt: skip
                kept = connection.scalar(statement.on_conflict_do_nothing().returning(DifferenceRow.payment_id))
                new += kept is not None
        return new

    def differences(self, day: date) -> Sequence[Difference]:
        query = select(*DifferenceRow.__table__.columns).where(DifferenceRow.day == day)
        with reading(self._engine, PaymentsUnavailable) as connection:
            rows = connection.execute(query.order_by(DifferenceRow.payment_id, DifferenceRow.kind)).all()
        return tuple(
            Difference(PaymentId(row.payment_id), DifferenceKind(row.kind), Kopecks(row.ours), Kopecks(row.theirs))
            for row in rows
        )

    def _read(self, query: Select[*tuple[Any, ...]]) -> tuple[Payment, ...]:
        with reading(self._engine, PaymentsUnavailable) as connection:
            return tuple(_payment(row) for row in connection.execute(query))


def _account_id(connection: Connection, account: AccountNumber) -> int | None:
    return connection.scalar(select(AccountRow.account_id).where(AccountRow.number == account))


def _moved(connection: Connection, before: Payment, after: Payment) -> int | None:
    """Make the move; its account. None: it is not as `before` any more."""
    one = update(PaymentRow).where(PaymentRow.payment_id == before.payment_id, PaymentRow.state == before.state.value)
    return connection.scalar(one.values(**_progress(after)).returning(PaymentRow.account_id))


def _refuse_just_made(connection: Connection, account_id: int, just_since: Instant) -> None:
    """Raises PaymentJustMade, which takes back what this transaction has done."""
    just = select(PaymentRow.amount).where(
        PaymentRow.account_id == account_id,
        PaymentRow.state == PaymentState.POSTED.value,
        PaymentRow.changed_at >= just_since,
    )
    amount = connection.scalar(just.order_by(PaymentRow.changed_at.desc()).limit(1))
    if amount is not None:
        raise PaymentJustMade(Kopecks(amount))


def _entry(before: Payment, after: Payment) -> tuple[EntryKind, Kopecks, str, str] | None:
    """What this move is in the ledger: kind, amount, text, and the column that keeps which entry it became."""
    if after.state is PaymentState.POSTED:
        return EntryKind.PAYMENT, after.amount, PAID, PaymentRow.entry_id.key
    if after.state is PaymentState.REVERSED and before.state is PaymentState.POSTED:
        return EntryKind.CORRECTION, Kopecks(-after.amount), GIVEN_BACK, PaymentRow.correction_id.key
    return None


def _enter(
    connection: Connection,
    payment: Payment,
    account_id: int,
    day: date,
    kind: EntryKind,
    amount: Kopecks,
    told: str,
    column: str,
) -> None:
    entry = insert(LedgerRow).values(account_id=account_id, day=day, kind=kind.value, amount=amount, text=told)
    entry_id = connection.scalar(entry.returning(LedgerRow.entry_id))
    one = update(PaymentRow).where(PaymentRow.payment_id == payment.payment_id)
    connection.execute(one.values({column: entry_id}))


def _row(payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.payment_id,
        "amount": payment.amount,
        "means": payment.means.value,
        "tail": payment.tail,
        "gateway": payment.gateway,
        "call_id": payment.call_id,
        "created_at": payment.created_at,
        **_progress(payment),
    }


def _progress(payment: Payment) -> dict[str, Any]:
    return {
        "state": payment.state.value,
        "changed_at": payment.changed_at,
        "reason": None if payment.reason is None else payment.reason.value,
        "reference": payment.reference,
        "phone": None if payment.payer is None else payment.payer.phone,
        "language": None if payment.payer is None else payment.payer.language.value,
    }


def _payments() -> Select[*tuple[Any, ...]]:
    query = select(*PaymentRow.__table__.columns, AccountRow.number.label("account"))
    return query.join(AccountRow, AccountRow.account_id == PaymentRow.account_id)


def _payment(row: Row[*tuple[Any, ...]]) -> Payment:
    return Payment(
        payment_id=PaymentId(row.payment_id),
        account=AccountNumber(row.account),
        amount=Kopecks(row.amount),
        means=Means(row.means),
        tail=row.tail,
        gateway=row.gateway,
        call_id=CallId(row.call_id),
        created_at=Instant(row.created_at),
        changed_at=Instant(row.changed_at),
        state=PaymentState(row.state),
        reason=None if row.reason is None else DeclineReason(row.reason),
        reference=row.reference,
        number=FIRST_NUMBER + row.number,
        payer=None if row.phone is None else Payer(PhoneNumber(row.phone), Language(row.language)),
    )
