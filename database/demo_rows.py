"""The demo's customers as rows of our tables, a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from customers import demo, demo_places, demo_tariffs
from customers.demo_population import DemoCustomer, DemoSupply
from customers.tariffs import Assignment
from database.bulk import Value, insert_rows
from database.tables import AccountRow, CustomerRow, LedgerRow, MeterRow, PhoneRow, ReadingRow, Table
from database.tariff_tables import AccountTariffRow

Rows = list[tuple[Value, ...]]
METERS_AN_ACCOUNT = 4
"""A meter's id is its account's times four and its place."""

LOADED: tuple[type[Table], ...] = (
    CustomerRow,
    AccountRow,
    AccountTariffRow,
    PhoneRow,
    MeterRow,
    ReadingRow,
    LedgerRow,
)
"""The tables of a batch."""


@dataclass(slots=True)
class Batch:
    """Rows that wait to be written. Children come after their parents in `write`."""

    today: date
    customers: Rows = field(default_factory=list)
    accounts: Rows = field(default_factory=list)
    tariffs: Rows = field(default_factory=list)
    phones: Rows = field(default_factory=list)
    meters: Rows = field(default_factory=list)
    readings: Rows = field(default_factory=list)
    ledger: Rows = field(default_factory=list)

    def add(self, customer: DemoCustomer) -> None:
        self.customers.append((customer.customer_id, customer.kind.value, customer.name))
        for supply in customer.supplies:
            place = supply.place
            self.accounts.append(
                (supply.account_id, supply.number, customer.customer_id, place.street_id, place.house, place.flat)
            )
            self.phones.extend((number, supply.account_id, may_hear) for number, may_hear in customer.phones)
            self._add_tariff(supply.account_id, demo_tariffs.history(supply.tariff, self.today))
            self._add_supply(supply)

    def _add_tariff(self, account_id: int, history: Sequence[Assignment]) -> None:
        self.tariffs.extend((account_id, one.since, one.code) for one in history)

    def _add_supply(self, supply: DemoSupply) -> None:
        for place, meter in enumerate(supply.meters):
            meter_id = supply.account_id * METERS_AN_ACCOUNT + place
            self.meters.append(
                (meter_id, supply.account_id, meter.serial, meter.model, meter.zones, meter.verified_until)
            )
            self.readings.extend((meter_id, day, zone, kwh) for day, zone, kwh in meter.readings)
        self.ledger.extend((supply.account_id, entry[0], entry[1].value, *entry[2:]) for entry in supply.ledger)

    def add_fixed(self, account_id: int, fixed: demo.DemoAccount) -> None:
        today = self.today
        street = demo_places.street_id(fixed.street)
        self.customers.append((fixed.customer_id, fixed.kind.value, fixed.name))
        self.accounts.append((account_id, fixed.number, fixed.customer_id, street, fixed.house, fixed.flat))
        self._add_tariff(account_id, demo.tariff_history(fixed, today))
        self.phones.append((fixed.phone, account_id, fixed.may_hear))
        for place, meter in enumerate(demo.meters_of(fixed, today)):
            meter_id = account_id * METERS_AN_ACCOUNT + place
            self.meters.append((meter_id, account_id, meter.serial, meter.model, meter.zones, meter.verified_until))
        self.readings.extend(
            (account_id * METERS_AN_ACCOUNT + place, reading.day, reading.zone, reading.kwh)
            for place, reading in demo.readings_of(fixed, today)
        )
        self.ledger.extend(
            (account_id, entry.day, entry.kind.value, entry.amount, entry.text, entry.zone, entry.kwh, entry.rate)
            for entry in demo.ledger_of(fixed, today)
        )

    def write(self, connection: Connection) -> None:
        insert_rows(connection, CustomerRow, ("customer_id", "kind", "name"), self.customers)
        insert_rows(
            connection,
            AccountRow,
            ("account_id", "number", "customer_id", "street_id", "house", "flat"),
            self.accounts,
        )
        insert_rows(connection, AccountTariffRow, ("account_id", "since", "code"), self.tariffs)
        insert_rows(connection, PhoneRow, ("number", "account_id", "may_hear"), self.phones)
        insert_rows(
            connection,
            MeterRow,
            ("meter_id", "account_id", "serial", "model", "zones", "verified_until"),
            self.meters,
        )
        insert_rows(connection, ReadingRow, ("meter_id", "day", "zone", "kwh"), self.readings)
        insert_rows(
            connection,
            LedgerRow,
            ("account_id", "day", "kind", "amount", "text", "zone", "kwh", "rate"),
            self.ledger,
        )
