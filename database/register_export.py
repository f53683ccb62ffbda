"""Our rows as the cells of each register, a page at a time: no transaction is longer than one page."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Row, Select, and_, select, tuple_

from customers.accounts import EntryKind
from customers.money import Kopecks
from customers.ports import CustomersUnavailable
from customers.registers import writing
from customers.registers.columns import Register
from customers.registers.outcome import OWN_SOURCE
from database import register_export_supply as supply
from database.engine import reading
from database.origin_tables import LedgerOriginRow, OutageOriginRow
from database.tables import (
    AccountRow,
    CustomerRow,
    LedgerRow,
    MeterRow,
    OutagePlaceRow,
    OutageRow,
    PhoneRow,
    ReadingRow,
    StreetRow,
)

PAGE: Final = 10_000
Cells = list[str]
_BEFORE_ALL: Final = -1


def exported(engine: Engine, register: Register, zone: ZoneInfo) -> Iterator[list[Cells]]:
    """Pages of rows in the order of customers.registers.columns. Raises CustomersUnavailable.

    What is added while it runs may be in it or not. `zone`: the supplier's, for instants.
    """
    match register:
        case Register.ACCOUNTS:
            return _accounts(engine)
        case Register.CHARGES:
            return _pages(engine, _entries(Register.CHARGES), lambda row: (row.entry_id,), _charge)
        case Register.PAYMENTS:
            return _pages(engine, _entries(Register.PAYMENTS), lambda row: (row.entry_id,), _payment)
        case Register.OUTAGES:
            key: Key = lambda row: (row.outage_id, row.street_id, row.house)  # noqa: E731
            return _pages(engine, _outages, key, lambda row: _outage(row, zone))
        case Register.READINGS:
            return _pages(engine, _readings, lambda row: (row.meter_id, row.day, row.zone), _reading)
        case Register.METERS:
            return _pages(engine, supply.meters, lambda row: (row.meter_id,), supply.meter)
        case Register.TARIFFS:
            return _pages(engine, supply.prices, lambda row: (row.code, row.since, row.zone), supply.price)
        case Register.ACCOUNT_TARIFFS:
            return _pages(engine, supply.assignments, lambda row: (row.account_id, row.since), supply.assignment)
        case Register.FEEDERS:
            key = lambda row: (row.feeder_id, row.street_id, row.house)  # noqa: E731
            return _pages(engine, supply.feeder_places, key, supply.feeder_place)
        case Register.LOCALITIES:
            return _pages(engine, supply.localities, lambda row: (row.code,), supply.locality)


Query = Callable[[tuple[Any, ...] | None], Select[*tuple[Any, ...]]]
"""The rows after a key, in its order; None is the beginning."""
Key = Callable[[Row[Any]], tuple[Any, ...]]


def _pages(engine: Engine, query: Query, key: Key, cells: Callable[[Row[Any]], Cells]) -> Iterator[list[Cells]]:
    last: tuple[Any, ...] | None = None
    while True:
        with reading(engine, CustomersUnavailable) as connection:
            rows = connection.execute(query(last).limit(PAGE)).all()
        if rows:
            yield [cells(row) for row in rows]
        if len(rows) < PAGE:
            return
        last = key(rows[-1])


def _accounts(engine: Engine) -> Iterator[list[Cells]]:
    last = _BEFORE_ALL
    while True:
        query = (
            select(
                AccountRow.account_id,
                AccountRow.number,
                AccountRow.customer_id,
                CustomerRow.kind,
                CustomerRow.name,
                StreetRow.settlement,
                StreetRow.name.label("street"),
                AccountRow.house,
                AccountRow.flat,
            )
            .join(CustomerRow, CustomerRow.customer_id == AccountRow.customer_id)
            .join(StreetRow, StreetRow.street_id == AccountRow.street_id)
            .where(AccountRow.account_id > last)
            .order_by(AccountRow.account_id)
            .limit(PAGE)
        )
        phones: dict[int, list[tuple[str, bool]]] = {}
        with reading(engine, CustomersUnavailable) as connection:
            rows = connection.execute(query).all()
            if not rows:
                return
            of_page = select(PhoneRow.account_id, PhoneRow.number, PhoneRow.may_hear).where(
                PhoneRow.account_id.between(rows[0].account_id, rows[-1].account_id)
            )
            for account_id, number, may_hear in connection.execute(of_page.order_by(PhoneRow.number)):
                phones.setdefault(account_id, []).append((number, may_hear))
        yield [_account(tuple(row), phones.get(row.account_id, ())) for row in rows]
        last = rows[-1].account_id


def _account(row: tuple[Any, ...], phones: Sequence[tuple[str, bool]]) -> Cells:
    _, number, customer_id, *words = row
    allowed = " ".join(number for number, may_hear in phones if may_hear)
    return [number, str(customer_id), *words, " ".join(number for number, _ in phones), allowed]


def _entries(register: Register) -> Query:
    kinds = (EntryKind.PAYMENT,) if register is Register.PAYMENTS else (EntryKind.CHARGE, EntryKind.CORRECTION)

    def query(last: tuple[Any, ...] | None) -> Select[*tuple[Any, ...]]:
        return (
            select(
                LedgerRow.entry_id,
                LedgerOriginRow.source,
                LedgerOriginRow.number.label("of_source"),
                AccountRow.number,
                LedgerRow.day,
                LedgerRow.kind,
                LedgerRow.amount,
                LedgerRow.text,
                LedgerRow.zone,
                LedgerRow.kwh,
                LedgerRow.rate,
            )
            .join(AccountRow, AccountRow.account_id == LedgerRow.account_id)
            .outerjoin(LedgerOriginRow, LedgerOriginRow.entry_id == LedgerRow.entry_id)
            .where(LedgerRow.entry_id > (last[0] if last else _BEFORE_ALL), LedgerRow.kind.in_(kinds))
            .order_by(LedgerRow.entry_id)
        )

    return query


def _origin(row: Row[Any], own: int) -> Cells:
    return [OWN_SOURCE, str(own)] if row.source is None else [row.source, row.of_source]


def _charge(row: Row[Any]) -> Cells:
    amount = writing.money(Kopecks(-row.amount))
    line = [*_origin(row, row.entry_id), row.number, writing.day(row.day), amount, row.kind, row.text]
    return [*line, writing.whole(row.zone), writing.whole(row.kwh), writing.rate(row.rate)]


def _payment(row: Row[Any]) -> Cells:
    amount = writing.money(Kopecks(row.amount))
    return [*_origin(row, row.entry_id), row.number, writing.day(row.day), amount, row.text]


def _outages(last: tuple[Any, ...] | None) -> Select[*tuple[Any, ...]]:
    key = tuple_(OutagePlaceRow.outage_id, OutagePlaceRow.street_id, OutagePlaceRow.house)
    return (
        select(
            OutageRow.outage_id,
            OutageOriginRow.source,
            OutageOriginRow.number.label("of_source"),
            OutageRow.kind,
            OutageRow.cause,
            OutageRow.since,
            OutageRow.until,
            OutageRow.ended_at,
            StreetRow.street_id,
            StreetRow.settlement,
            StreetRow.name.label("street"),
            OutagePlaceRow.house,
        )
        .join(OutagePlaceRow, OutagePlaceRow.outage_id == OutageRow.outage_id)
        .join(StreetRow, StreetRow.street_id == OutagePlaceRow.street_id)
        .outerjoin(OutageOriginRow, OutageOriginRow.outage_id == OutageRow.outage_id)
        .where(key > (last or (_BEFORE_ALL, _BEFORE_ALL, "")))
        .order_by(OutagePlaceRow.outage_id, OutagePlaceRow.street_id, OutagePlaceRow.house)
    )


def _outage(row: Row[Any], zone: ZoneInfo) -> Cells:
    since, until, ended = (writing.instant(at, zone) for at in (row.since, row.until, row.ended_at))
    place = [row.settlement, row.street, row.house]
    return [*_origin(row, row.outage_id), row.kind, row.cause, since, until, *place, ended]


def _readings(last: tuple[Any, ...] | None) -> Select[*tuple[Any, ...]]:
    key = tuple_(ReadingRow.meter_id, ReadingRow.day, ReadingRow.zone)
    return (
        select(ReadingRow.meter_id, ReadingRow.day, ReadingRow.zone, ReadingRow.kwh, MeterRow.serial, AccountRow.number)
        .join(MeterRow, MeterRow.meter_id == ReadingRow.meter_id)
        .join(AccountRow, AccountRow.account_id == MeterRow.account_id)
        .where(and_(key > (last or (_BEFORE_ALL, date.min, 0))))
        .order_by(ReadingRow.meter_id, ReadingRow.day, ReadingRow.zone)
    )


def _reading(row: Row[Any]) -> Cells:
    return [row.number, row.serial, str(row.zone), writing.day(row.day), str(row.kwh)]
