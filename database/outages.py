"""customers.ports.Outages over the database: whose light is out. Each question walks indexes only."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Connection, Engine, Row, Select, and_, bindparam, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from calls.clock import Instant, after
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber, Outage, OutageKind, is_account_number
from customers.addresses import Street
from customers.outages import (
    LOCALITY_DIGITS,
    LONGEST_S,
    OVERDUE_S,
    SOON_S,
    Locality,
    LocalityCode,
    LocalityOutages,
    OutageAt,
)
from customers.ports import CustomersUnavailable
from database.engine import reading
from database.outage_tables import LocalityRow
from database.tables import AccountRow, OutageAccountRow, OutagePlaceRow, OutageRow, PhoneRow, StreetRow

MOST: Final = 50
"""So many streets stand in one answer: nobody listens to more."""
_COLUMNS: Final = (
    OutageRow.outage_id,
    OutageRow.kind,
    OutageRow.cause,
    OutageRow.since,
    OutageRow.until,
    StreetRow.settlement,
    StreetRow.name,
    StreetRow.zone,
)
Query = Select[*tuple[Any, ...]]
Moment = Instant | BindParameter[Any]
_CODE: Final = re.compile(rf"[0-9]{{{LOCALITY_DIGITS}}}")


def _told(now: Moment, soon: Moment, grace: Moment) -> ColumnElement[bool]:
    return and_(
        OutageRow.since <= soon,
        or_(OutageRow.ended_at.is_(None), OutageRow.ended_at > now),
        or_(
            OutageRow.until.is_(None),
            OutageRow.until > now,
            and_(OutageRow.kind == OutageKind.EMERGENCY, OutageRow.until > grace),
        ),
    )


def goes_on_at(now: Instant) -> ColumnElement[bool]:
    """Where there is no light at `now`: also by an emergency that callers hear of no more, while nobody ended it."""
    return and_(
        OutageRow.since <= now,
        OutageRow.since > after(now, -LONGEST_S),
        or_(OutageRow.ended_at.is_(None), OutageRow.ended_at > now),
        or_(OutageRow.kind == OutageKind.EMERGENCY, OutageRow.until > now),
    )


def told_at(now: Instant) -> ColumnElement[bool]:
    """The outages that callers hear of at `now` (customers.outages)."""
    return _told(**_moments(now))


def _moments(now: Instant) -> dict[str, Instant]:
    return {"now": now, "soon": after(now, SOON_S), "grace": after(now, -OVERDUE_S)}


class DatabaseOutages:
    """Anything malformed is simply not found: whatever was keyed or sent arrives here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def at_phone(self, phone: PhoneNumber, now: Instant) -> tuple[OutageAt, ...]:
        if not is_e164(phone):
            return ()
        with reading(self._engine, CustomersUnavailable) as connection:
            return _at_accounts(connection, _OF_PHONE, phone, now)

    def at_account(self, number: AccountNumber, now: Instant) -> tuple[OutageAt, ...]:
        if not is_account_number(number):
            return ()
        with reading(self._engine, CustomersUnavailable) as connection:
            return _at_accounts(connection, _OF_ACCOUNT, number, now)

    def in_locality(self, code: LocalityCode, now: Instant) -> LocalityOutages | None:
        if not _CODE.fullmatch(code):
            return None
        with reading(self._engine, CustomersUnavailable) as connection:
            settlement = connection.scalar(select(LocalityRow.settlement).where(LocalityRow.code == code))
            if settlement is None:
                return None
            streets = connection.execute(_IN_SETTLEMENT, {"settlement": settlement, **_moments(now)})
            return LocalityOutages(Locality(code, settlement), _found(streets))


def at_place(
    connection: Connection, account: AccountNumber | None, street: Street, when: ColumnElement[bool]
) -> tuple[OutageAt, ...]:
    """The outages of `when` at this account, or without one anywhere in the street."""
    if account is not None:
        queries = _of_accounts(AccountRow.number == account, when)
        return _found([row for query in queries for row in connection.execute(query)])
    there = and_(StreetRow.settlement == street.settlement, StreetRow.name == street.name)
    return _found(connection.execute(_at_places(there, when)))


def _at_accounts(connection: Connection, queries: Sequence[Query], which: str, now: Instant) -> tuple[OutageAt, ...]:
    values = {"which": which, **_moments(now)}
    return _found([row for query in queries for row in connection.execute(query, values)])


def _at_places(which: SQLCoreOperations[bool], when: ColumnElement[bool]) -> Query:
    return (
        select(*_COLUMNS)
        .select_from(OutagePlaceRow)
        .join(OutageRow, OutageRow.outage_id == OutagePlaceRow.outage_id)
        .join(StreetRow, StreetRow.street_id == OutagePlaceRow.street_id)
        .where(which, when)
        .order_by(OutageRow.since, OutageRow.outage_id, StreetRow.name)
        .limit(MOST)
    )


def _of_accounts(which: ColumnElement[bool], when: ColumnElement[bool]) -> tuple[Query, Query]:
    """By the places of the accounts, and by the accounts themselves."""
    of_place = _at_places(which, when).join(
        AccountRow,
        and_(
            AccountRow.street_id == OutagePlaceRow.street_id,
            or_(OutagePlaceRow.house == "", OutagePlaceRow.house == AccountRow.house),
        ),
    )
    of_account = (
        select(*_COLUMNS)
        .select_from(AccountRow)
        .join(OutageAccountRow, OutageAccountRow.account_id == AccountRow.account_id)
        .join(OutageRow, OutageRow.outage_id == OutageAccountRow.outage_id)
        .join(StreetRow, StreetRow.street_id == AccountRow.street_id)
        .where(which, when)
        .limit(MOST)
    )
    return of_place, of_account


# Asked in every call: put together once, because that costs more than the answer.
_TOLD: Final = _told(bindparam("now"), bindparam("soon"), bindparam("grace"))
_OF_PHONE: Final = _of_accounts(
    AccountRow.account_id.in_(select(PhoneRow.account_id).where(PhoneRow.number == bindparam("which"))), _TOLD
)
_OF_ACCOUNT: Final = _of_accounts(AccountRow.number == bindparam("which"), _TOLD)
_IN_SETTLEMENT: Final = _at_places(StreetRow.settlement == bindparam("settlement"), _TOLD)


def _found(rows: Iterable[Row[Any]]) -> tuple[OutageAt, ...]:
    """Each outage once for a street, the earliest first."""
    found = {
        OutageAt(
            Outage(row.outage_id, OutageKind(row.kind), row.cause, row.since, row.until),
            Street(row.settlement, row.name),
            row.zone,
        ): None
        for row in rows
    }
    return tuple(sorted(found, key=lambda one: (one.outage.since, one.outage.outage_id, one.street.name)))
