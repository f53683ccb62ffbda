"""Registers into the database: a batch of lines is one transaction, and taking it in again changes nothing."""

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy import Connection, Engine

from calls.zones import SUPPLIER_ZONE
from customers.ports import CustomersUnavailable
from customers.registers.columns import Register
from customers.registers.outcome import Outcome
from customers.registers.rows import (
    AccountLine,
    AssignmentLine,
    CodeLine,
    EntryLine,
    FeederLine,
    MeterLine,
    OutageLine,
    PriceLine,
    ReadingLine,
    Row,
)
from database.audit import write_entry
from database.engine import writing
from database.register_accounts import count_on_customers, put_accounts
from database.register_entries import put_entries
from database.register_meters import put_meters
from database.register_network import put_feeders, put_localities
from database.register_outages import put_outages
from database.register_readings import put_readings
from database.register_tariffs import put_account_tariffs, put_tariffs
from staff.users import AuditEntry


class _NotKept(Exception):
    """Takes a tried batch back."""


def _keep_if(keep: bool) -> None:
    if not keep:
        raise _NotKept


class DatabaseRegisters:
    """Open the engine with LONG_WORK. `zone`: the IANA zone of streets that are new."""

    def __init__(self, engine: Engine, zone: str = SUPPLIER_ZONE) -> None:
        self._engine = engine
        self._zone = zone

    def put(self, register: Register, lines: Sequence[Row], *, keep: bool = True) -> Outcome:
        """All of the batch that can be taken in. `keep` False: say what would become of it and change nothing.

        Raises CustomersUnavailable; then nothing of the batch is in.
        """
        outcome = Outcome()
        try:
            with writing(self._engine, CustomersUnavailable) as connection:
                outcome = self._put(connection, register, lines)
                _keep_if(keep)
        except _NotKept:
            pass
        return outcome

    def note(self, entry: AuditEntry) -> None:
        with writing(self._engine, CustomersUnavailable) as connection:
            write_entry(connection, entry)

    def _put(self, connection: Connection, register: Register, lines: Sequence[Row]) -> Outcome:
        match register:
            case Register.ACCOUNTS:
                outcome = put_accounts(connection, [one for one in lines if isinstance(one, AccountLine)], self._zone)
                count_on_customers(connection)
                return outcome
            case Register.CHARGES | Register.PAYMENTS:
                return put_entries(connection, register, [one for one in lines if isinstance(one, EntryLine)])
            case Register.OUTAGES:
                return put_outages(connection, [one for one in lines if isinstance(one, OutageLine)])
            case Register.READINGS:
                return put_readings(connection, [one for one in lines if isinstance(one, ReadingLine)])
            case Register.METERS:
                return put_meters(connection, [one for one in lines if isinstance(one, MeterLine)])
            case Register.TARIFFS:
                return put_tariffs(connection, [one for one in lines if isinstance(one, PriceLine)])
            case Register.ACCOUNT_TARIFFS:
                return put_account_tariffs(connection, [one for one in lines if isinstance(one, AssignmentLine)])
            case Register.FEEDERS:
                return put_feeders(connection, [one for one in lines if isinstance(one, FeederLine)])
            case Register.LOCALITIES:
                return put_localities(connection, [one for one in lines if isinstance(one, CodeLine)])
        assert_never(register)
