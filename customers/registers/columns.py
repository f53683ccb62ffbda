"""What stands in each register: every column once, with what it may hold. docs/data-exchange.md shows this table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Register(StrEnum):
    """The kinds of files."""

    ACCOUNTS = "accounts"
    CHARGES = "charges"
    PAYMENTS = "payments"
    OUTAGES = "outages"
    READINGS = "readings"
    METERS = "meters"
    TARIFFS = "tariffs"
    ACCOUNT_TARIFFS = "account_tariffs"
    FEEDERS = "feeders"
    LOCALITIES = "localities"


@dataclass(frozen=True, slots=True)
class Column:
    """`needed`: the file must have it. One that is not needed may be missing as a whole."""

    name: str
    holds: str
    needed: bool = True


_SOURCE = "who made the lines: the billing's or the bank's short name, 1 to 60 characters"
_NUMBER = "the line's number there, unique for its source, 1 to 80 characters: the same number is the same entry"
_ACCOUNT = "ten digits as on the bill"
_DAY = "2026-12-01 or 01.12.2026"
_ZONE = "tariff zone, a whole number from 1"
_TARIFF = "its code in your records, 1 to 40 characters"
_INSTANT = "2026-12-01 14:30 or 01.12.2026 14:30 (seconds may follow) in the supplier's time zone"

COLUMNS: Final[dict[Register, tuple[Column, ...]]] = {
    Register.ACCOUNTS: (
        Column("account", _ACCOUNT),
        Column("customer", "the customer's number in your records: a whole number; several accounts may share it"),
        Column("kind", "household or firm"),
        Column("name", "the customer's name, up to 200 characters"),
        Column("settlement", "with its kind: с. Ключи"),
        Column("street", "with its kind: ул. Лесная"),
        Column("house", "14, 14а, 14/2"),
        Column("flat", "may be empty", needed=False),
        Column("phones", "numbers as +79161234567, a space between them; the account gets exactly these", needed=False),
        Column("phones_allowed", "those of them that may hear the balance without a PIN", needed=False),
    ),
    Register.CHARGES: (
        Column("source", _SOURCE),
        Column("number", _NUMBER),
        Column("account", _ACCOUNT),
        Column("day", _DAY),
        Column("amount", "roubles, 1234,56 or 1234.56; a charge is positive, a credit negative"),
        Column("kind", "charge or correction; empty is charge", needed=False),
        Column("text", "what it is for, up to 200 characters; empty is Начислено", needed=False),
        Column("zone", f"{_ZONE}; may be empty. Each zone's charge is a line of its own", needed=False),
        Column("kwh", "whole kilowatt-hours; may be empty", needed=False),
        Column("rate", "roubles a kilowatt-hour, 5,4321, six decimals at most; may be empty", needed=False),
    ),
    Register.PAYMENTS: (
        Column("source", _SOURCE),
        Column("number", _NUMBER),
        Column("account", _ACCOUNT),
        Column("day", _DAY),
        Column("amount", "roubles, more than nothing"),
        Column("text", "up to 200 characters; empty is Оплата", needed=False),
    ),
    Register.OUTAGES: (
        Column("source", _SOURCE),
        Column("number", "the outage's number there; one line for each street, or house, of the outage"),
        Column("kind", "emergency or planned"),
        Column("cause", "one of the known words (wire_down, poles_replaced, ...) or free text up to 120 characters"),
        Column("since", _INSTANT),
        Column("until", "the expected restoration, the same form; empty for an emergency when nobody knows"),
        Column("settlement", "as in the accounts"),
        Column("street", "as in the accounts"),
        Column("house", "empty: the whole street", needed=False),
        Column("ended", "when it really ended; empty while it goes on", needed=False),
    ),
    Register.READINGS: (
        Column("account", _ACCOUNT),
        Column("serial", "the meter's number"),
        Column("zone", _ZONE),
        Column("day", _DAY),
        Column("kwh", "what the meter showed, whole kilowatt-hours"),
    ),
    Register.METERS: (
        Column("account", _ACCOUNT),
        Column("serial", "the meter's number, 1 to 40 characters: with the account it is the same meter"),
        Column("model", "its type: Меркурий 200.02"),
        Column("zones", "how many tariff zones it counts, 1 to 4"),
        Column("verified_until", "the day its verification ends, 2026-12-01 or 01.12.2026"),
        Column("removed", "the day it was taken down; empty while it is installed", needed=False),
    ),
    Register.TARIFFS: (
        Column("tariff", _TARIFF),
        Column("name", "as callers hear it in Russian, up to 80 characters: Население города, день и ночь"),
        Column("name_en", "the same in English; may be empty", needed=False),
        Column("zones", "1 (the whole day), 2 (day, night) or 3 (peak, night, half-peak)"),
        Column("zone", "which of them the price is of: 1, 2 or 3 in the order above"),
        Column("since", "the first day of the price, 2026-12-01 or 01.12.2026"),
        Column("price", "roubles a kilowatt-hour, 5,4321, six decimals at most; empty takes this price away"),
    ),
    Register.ACCOUNT_TARIFFS: (
        Column("account", _ACCOUNT),
        Column("since", "the first day of the tariff, 2026-12-01 or 01.12.2026"),
        Column("tariff", f"{_TARIFF}; empty takes what begins on this day away"),
    ),
    Register.FEEDERS: (
        Column("feeder", "its name, as dispatchers use it, up to 80 characters"),
        Column("settlement", "as in the accounts"),
        Column("street", "as in the accounts"),
        Column("house", "empty: the whole street", needed=False),
        Column("gone", "yes: the feeder supplies this place no more; empty: it does", needed=False),
    ),
    Register.LOCALITIES: (
        Column("code", "three digits as on the bill"),
        Column("settlement", "as in the accounts"),
    ),
}  # fmt: skip
