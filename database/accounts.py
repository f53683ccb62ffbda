"""customers.ports.Accounts over the database.

The balance is summed from the ledger at each question, never stored beside it: a running figure would have to be
checked against the sum anyway, and the sum of one account is one walk over a covering index.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from calls.clock import Instant, as_datetime
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from calls.zones import zone
from customers.accounts import (
    Account,
    AccountNumber,
    Balance,
    CustomerCard,
    CustomerId,
    CustomerKind,
    EntryKind,
    LedgerEntry,
    Meter,
    Outage,
    OutageKind,
    Reading,
    is_account_number,
)
from customers.addresses import Street, address
from customers.money import Kopecks
from customers.ports import CustomersUnavailable
from customers.tariffs import OwnTariff
from database.account_tariffs import tariff_of
from database.engine import reading
from database.ledger_lines import charges_of, payments_of, recent_of
from database.outages import told_at
from database.tables import (
    AccountRow,
    CustomerRow,
    LedgerRow,
    MeterRow,
    OutageAccountRow,
    OutagePlaceRow,
    OutageRow,
    PhoneRow,
    ReadingRow,
    StreetRow,
)

MOST = 50
"""So many accounts, telephones, meters or outages stand in one answer; more is no caller's but a switchboard's."""

T = TypeVar("T")


class DatabaseAccounts:
    """Anything malformed is simply not found: whatever was keyed or sent arrives here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, number: AccountNumber) -> Account | None:
        if not is_account_number(number):
            return None
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(_accounts().where(AccountRow.number == number)).one_or_none()
        return _found(row).account if row else None

    def of_phone(self, phone: PhoneNumber) -> tuple[Account, ...]:
        if not is_e164(phone):
            return ()
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(_found(row).account for row in connection.execute(_OF_PHONE, {"phone": phone}))

    def phones(self, number: AccountNumber) -> tuple[PhoneNumber, ...]:
        if not is_account_number(number):
            return ()
        query = (
            select(PhoneRow.number)
            .join(AccountRow, PhoneRow.account_id == AccountRow.account_id)
            .where(AccountRow.number == number)
            .order_by(PhoneRow.number)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(PhoneNumber(phone) for phone in connection.scalars(query))

    def may_hear(self, phone: PhoneNumber, number: AccountNumber) -> bool:
        if not (is_e164(phone) and is_account_number(number)):
            return False
        with reading(self._engine, CustomersUnavailable) as connection:
            return bool(connection.scalar(_MAY_HEAR, {"phone": phone, "account": number}))

    def balance(self, number: AccountNumber) -> Balance | None:
        """In one statement: most callers ask for it, and each way to the database and back takes its time."""
        if not is_account_number(number):
            return None
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(_BALANCE, {"account": number}).one_or_none()
        return _balance(number, row) if row else None

    def payments(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        return self._of_account(number, payments_of, ())

    def charges(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        return self._of_account(number, charges_of, ())

    def meters(self, number: AccountNumber) -> tuple[Meter, ...]:
        return self._of_account(number, lambda connection, account_id, _: _meters(connection, account_id), ())

    def tariff(self, number: AccountNumber, day: date) -> OwnTariff | None:
        return self._of_account(number, lambda connection, account_id, _: tariff_of(connection, account_id, day), None)

    def card(self, number: AccountNumber, now: Instant) -> CustomerCard | None:
        if not is_account_number(number):
            return None
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(_accounts().where(AccountRow.number == number)).one_or_none()
            if row is None:
                return None
            found = _found(row)
            mine = select(*_balance_of(AccountRow.account_id)).where(AccountRow.account_id == found.account_id)
            return CustomerCard(
                account=found.account,
                balance=_balance(number, connection.execute(mine).one()),
                phones=_phones(connection, found.account_id),
                meters=_meters(connection, found.account_id),
                recent=recent_of(connection, found.account_id, number),
                outages=_outages(connection, found, now),
                other_accounts=_others(connection, found),
                tariff=tariff_of(connection, found.account_id, _today(found.account, now)),
            )

    def _of_account(self, number: AccountNumber, ask: Callable[[Connection, int, AccountNumber], T], nobody: T) -> T:
        if not is_account_number(number):
            return nobody
        with reading(self._engine, CustomersUnavailable) as connection:
            account_id = connection.scalar(select(AccountRow.account_id).where(AccountRow.number == number))
            return nobody if account_id is None else ask(connection, account_id, number)


@dataclass(frozen=True, slots=True)
class _Found:
    account_id: int
    street_id: int
    house: str
    account: Account


def _accounts() -> Select[*tuple[Any, ...]]:
    return (
        select(
            AccountRow.account_id,
            AccountRow.number,
            AccountRow.street_id,
            AccountRow.house,
            AccountRow.flat,
            CustomerRow.customer_id,
            CustomerRow.name,
            CustomerRow.kind,
            StreetRow.settlement,
            StreetRow.name.label("street"),
            StreetRow.zone,
        )
        .join(CustomerRow, CustomerRow.customer_id == AccountRow.customer_id)
        .join(StreetRow, StreetRow.street_id == AccountRow.street_id)
    )


def _found(row: Row[*tuple[Any, ...]]) -> _Found:
    place = address(Street(row.settlement, row.street), row.house, row.flat)
    kind, owner = CustomerKind(row.kind), CustomerId(row.customer_id)
    account = Account(AccountNumber(row.number), owner, row.name, kind, place, row.zone)
    return _Found(row.account_id, row.street_id, row.house, account)


def _balance_of(
    account_id: InstrumentedAttribute[int],
) -> tuple[ScalarSelect[Any], ScalarSelect[Any], ScalarSelect[Any]]:
    """The sum, then amount and day of the newest payment: each a walk over the covering index alone."""
    mine = LedgerRow.account_id == account_id
    newest = (LedgerRow.day.desc(), LedgerRow.entry_id.desc())
    paid = and_(mine, LedgerRow.kind == EntryKind.PAYMENT)
    total = select(func.coalesce(func.sum(LedgerRow.amount), 0)).where(mine).scalar_subquery()
    amount = select(LedgerRow.amount).where(paid).order_by(*newest).limit(1).scalar_subquery()
    day = select(LedgerRow.day).where(paid).order_by(*newest).limit(1).scalar_subquery()
    return total, amount, day


# Asked in most calls: put together once, because that costs more than the answer.
_OF_PHONE: Final = (
    _accounts()
    .join(PhoneRow, PhoneRow.account_id == AccountRow.account_id)
    .where(PhoneRow.number == bindparam("phone"))
    .order_by(AccountRow.number)
    .limit(MOST)
)
_MAY_HEAR: Final = (
    select(PhoneRow.may_hear)
    .join(AccountRow, PhoneRow.account_id == AccountRow.account_id)
    .where(PhoneRow.number == bindparam("phone"), AccountRow.number == bindparam("account"))
)
_BALANCE: Final = select(*_balance_of(AccountRow.account_id)).where(AccountRow.number == bindparam("account"))


def _balance(number: AccountNumber, row: Row[Any, Any, Any]) -> Balance:
    last = None if row[1] is None else Kopecks(row[1])
    return Balance(number, Kopecks(int(row[0])), last, row[2])  # PostgreSQL sums bigint as numeric: exact


def _phones(connection: Connection, account_id: int) -> tuple[PhoneNumber, ...]:
    query = select(PhoneRow.number).where(PhoneRow.account_id == account_id).order_by(PhoneRow.number).limit(MOST)
    return tuple(PhoneNumber(number) for number in connection.scalars(query))


def _meters(connection: Connection, account_id: int) -> tuple[Meter, ...]:
    """The meters by serial, each with the newest reading of every zone."""
    query = (
        select(MeterRow.meter_id, MeterRow.serial, MeterRow.model, MeterRow.zones, MeterRow.verified_until)
        .where(MeterRow.account_id == account_id, MeterRow.removed_on.is_(None))
        .order_by(MeterRow.serial, MeterRow.meter_id)
        .limit(MOST)
    )
    rows = connection.execute(query).all()
    readings = _newest_readings(connection, {row.meter_id: row.zones for row in rows})
    return tuple(
        Meter(row.serial, row.model, row.zones, row.verified_until, tuple(readings.get(row.meter_id, ())))
        for row in rows
    )


def _newest_readings(connection: Connection, meters: Mapping[int, int]) -> dict[int, list[Reading]]:
    """By meter, the newest of each zone in the order of the zones; `meters`: how many zones each has now."""
    other = aliased(ReadingRow)
    newer = exists().where(
        other.meter_id == ReadingRow.meter_id, other.zone == ReadingRow.zone, other.day > ReadingRow.day
    )
    query = (
        select(ReadingRow.meter_id, ReadingRow.zone, ReadingRow.kwh, ReadingRow.day)
        .where(ReadingRow.meter_id.in_(meters), ~newer)
        .order_by(ReadingRow.meter_id, ReadingRow.zone)
    )
    found: dict[int, list[Reading]] = {}
    for meter_id, place, kwh, day in connection.execute(query) if meters else ():
        if place <= meters[meter_id]:  # others were read before the meter was set to fewer zones
            found.setdefault(meter_id, []).append(Reading(place, kwh, day))
    return found


def _today(account: Account, now: Instant) -> date:
    """The calendar day at the address."""
    return as_datetime(now).astimezone(zone(account.zone)).date()


def _outages(connection: Connection, found: _Found, now: Instant) -> tuple[Outage, ...]:
    """The account's own, its house's and its street's, the earliest first."""
    here = select(OutagePlaceRow.outage_id).where(
        OutagePlaceRow.street_id == found.street_id, OutagePlaceRow.house.in_(("", found.house))
    )
    own = select(OutageAccountRow.outage_id).where(OutageAccountRow.account_id == found.account_id)
    query = (
        select(OutageRow.outage_id, OutageRow.kind, OutageRow.cause, OutageRow.since, OutageRow.until)
        .where(or_(OutageRow.outage_id.in_(here), OutageRow.outage_id.in_(own)), told_at(now))
        .order_by(OutageRow.since, OutageRow.outage_id)
        .limit(MOST)
    )
    return tuple(
        Outage(outage_id, OutageKind(kind), cause, since, until)
        for outage_id, kind, cause, since, until in connection.execute(query)
    )


def _others(connection: Connection, found: _Found) -> tuple[Account, ...]:
    query = (
        _accounts()
        .where(AccountRow.customer_id == found.account.customer_id, AccountRow.account_id != found.account_id)
        .order_by(AccountRow.number)
        .limit(MOST)
    )
    return tuple(_found(row).account for row in connection.execute(query))
