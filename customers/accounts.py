"""Customers and their accounts. One customer may have several accounts; one telephone number may belong to several."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from calls.numbers import PhoneNumber
from calls.zones import SUPPLIER_ZONE
from customers.money import Kopecks
from customers.tariffs import OwnTariff

AccountNumber = NewType("AccountNumber", str)
"""Ten digits as printed on the bill, without spaces: 4401220170."""
CustomerId = NewType("CustomerId", int)

ACCOUNT_DIGITS = 10
_ACCOUNT = re.compile(rf"[0-9]{{{ACCOUNT_DIGITS}}}")


def is_account_number(text: str) -> bool:
    """Whether it can be an account's number at all; any text is taken."""
    return _ACCOUNT.fullmatch(text) is not None


class CustomerKind(StrEnum):
    HOUSEHOLD = "household"
    FIRM = "firm"


class EntryKind(StrEnum):
    CHARGE = "charge"
    PAYMENT = "payment"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger. The balance is the sum of all; charges are negative, payments positive.

    A charge may say of which tariff `zone` it is, counted from 1, for how many kilowatt-hours, and at which rate in
    millionths of a rouble a kilowatt-hour: 5.41 roubles are 5410000. Each zone's charge is a line of its own.
    """

    account: AccountNumber
    day: date
    kind: EntryKind
    amount: Kopecks
    text: str
    zone: int | None = None
    kwh: int | None = None
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter showed in one tariff zone, counted from 1, in kilowatt-hours."""

    zone: int
    kwh: int
    day: date


@dataclass(frozen=True, slots=True)
class Meter:
    """`readings`: the newest of each zone, by zone; a zone that was never read has none."""

    serial: str
    model: str
    zones: int
    verified_until: date
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Account:
    number: AccountNumber
    customer_id: CustomerId
    customer_name: str
    kind: CustomerKind
    address: str
    zone: str = SUPPLIER_ZONE
    """IANA time zone of the address."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The ledger's sum and the newest payment, if there was one."""

    account: AccountNumber
    amount: Kopecks
    last_payment: Kopecks | None
    last_payment_on: date | None


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """What the agent sees of one account at the ring, in the order of speaking."""

    account: Account
    balance: Balance
    phones: tuple[PhoneNumber, ...]
    meters: tuple[Meter, ...]
    recent: tuple[LedgerEntry, ...]
    outages: tuple["Outage", ...]
    other_accounts: tuple[Account, ...]
    tariff: OwnTariff | None = None


class OutageKind(StrEnum):
    EMERGENCY = "emergency"
    PLANNED = "planned"


CAUSES = (
    "wire_down",
    "tree_down",
    "cable_damaged",
    "transformer_failed",
    "poles_replaced",
    "trees_cut",
    "substation_repaired",
)
"""Why supply breaks, mostly."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A break of supply at an address. Instants as UTC milliseconds; `until` is the expected restoration.

    `cause` is one of CAUSES, which screens translate, or free text as the dispatcher wrote it.
    """

    outage_id: int
    kind: OutageKind
    cause: str
    since: int
    until: int | None


class PinCheck(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NO_SUCH_ACCOUNT = "no_such_account"
    NO_PIN = "no_pin"
    LOCKED = "locked"
    """The account has had so many wrong PINs that none is checked now."""
    BLOCKED = "blocked"
    """The caller's number has, and may try no more today."""


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """What became of a PIN. `delay_s`: what the try costs before the caller hears that it was wrong."""

    result: PinCheck
    delay_s: int = 0
