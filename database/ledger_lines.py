"""Lines of one account's ledger: the last payments, the newest lines of all kinds, the charges of the newest month."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from customers.accounts import AccountNumber, EntryKind, LedgerEntry
from customers.money import Kopecks
from customers.ports import RECENT_ENTRIES, RECENT_PAYMENTS
from database.tables import LedgerRow


def payments_of(connection: Connection, account_id: int, number: AccountNumber) -> tuple[LedgerEntry, ...]:
    return _entries(connection, account_id, number, RECENT_PAYMENTS, LedgerRow.kind == EntryKind.PAYMENT)


def recent_of(connection: Connection, account_id: int, number: AccountNumber) -> tuple[LedgerEntry, ...]:
    return _entries(connection, account_id, number, RECENT_ENTRIES)


def _entries(
    connection: Connection, account_id: int, number: AccountNumber, most: int, *only: ColumnElement[bool]
) -> tuple[LedgerEntry, ...]:
    """The newest lines of the ledger, the newest first."""
    query = _lines(account_id).where(*only).order_by(LedgerRow.day.desc(), LedgerRow.entry_id.desc()).limit(most)
    return tuple(_entry(number, row) for row in connection.execute(query))


def charges_of(connection: Connection, account_id: int, number: AccountNumber) -> tuple[LedgerEntry, ...]:
    charged = (LedgerRow.account_id == account_id, LedgerRow.kind == EntryKind.CHARGE)
    newest = connection.scalar(select(LedgerRow.day).where(*charged).order_by(LedgerRow.day.desc()).limit(1))
    if newest is None:
        return ()
    # All of them: a sum of some would be a wrong one.
    query = (
        _lines(account_id)
        .where(LedgerRow.kind == EntryKind.CHARGE, LedgerRow.day >= newest.replace(day=1))
        .order_by(LedgerRow.day, LedgerRow.entry_id)
    )
    return tuple(_entry(number, row) for row in connection.execute(query))


def _lines(account_id: int) -> Select[*tuple[Any, ...]]:
    return select(
        LedgerRow.day,
        LedgerRow.kind,
        LedgerRow.amount,
        LedgerRow.text,
        LedgerRow.zone,
        LedgerRow.kwh,
        LedgerRow.rate,
    ).where(LedgerRow.account_id == account_id)


def _entry(number: AccountNumber, row: Row[*tuple[Any, ...]]) -> LedgerEntry:
    kind, amount = EntryKind(row.kind), Kopecks(row.amount)
    return LedgerEntry(number, row.day, kind, amount, row.text, row.zone, row.kwh, row.rate)
