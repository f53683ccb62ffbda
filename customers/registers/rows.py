"""One dataclass for a line of each register, and how cells become it. `line` counts from 1, the heading's."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from calls.clock import Instant
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber, CustomerId, CustomerKind, EntryKind, OutageKind
from customers.money import Kopecks
from customers.outages import LONGEST_CAUSE, house
from customers.registers import fields
from customers.registers.columns import Register
from customers.registers.fields import Cells, Fault
from customers.registers.network_rows import CodeLine, FeederLine, MeterLine, code_line, feeder_line, meter_line
from customers.registers.tariff_rows import AssignmentLine, PriceLine, assignment_line, price_line

__all__ = [
    "AccountLine",
    "AssignmentLine",
    "CodeLine",
    "EntryLine",
    "FeederLine",
    "MeterLine",
    "OutageLine",
    "PriceLine",
    "ReadingLine",
    "Row",
    "row_of",
]
LONGEST_SOURCE: Final = 60
LONGEST_NUMBER: Final = 80
MOST_PHONES: Final = 20
MOST_KWH: Final = 9_999_999
_PHONE = re.compile(r"\+[0-9]{5,15}")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`phones` and `allowed` are None where the file has no such column: then they stay as they are."""

    line: int
    account: AccountNumber
    customer_id: CustomerId
    kind: CustomerKind
    name: str
    settlement: str
    street: str
    house: str
    flat: str
    phones: tuple[PhoneNumber, ...] | None
    allowed: tuple[PhoneNumber, ...] | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A charge, a correction or a payment; `amount` is signed as in the ledger: what is charged is negative.

    `zone`, `kwh` and `rate` as in customers.accounts.LedgerEntry.
    """

    line: int
    source: str
    number: str
    account: AccountNumber
    day: date
    kind: EntryKind
    amount: Kopecks
    text: str
    zone: int | None = None
    kwh: int | None = None
    rate: int | None = None


@dataclass(frozen=True, slots=True)
class OutageLine:
    """One place of an outage; an empty house is the whole street."""

    line: int
    source: str
    number: str
    kind: OutageKind
    cause: str
    since: Instant
    until: Instant | None
    ended: Instant | None
    settlement: str
    street: str
    house: str


@dataclass(frozen=True, slots=True)
class ReadingLine:
    line: int
    account: AccountNumber
    serial: str
    zone: int
    day: date
    kwh: int


Row = (
    AccountLine | EntryLine | OutageLine | ReadingLine | MeterLine | PriceLine | AssignmentLine | FeederLine | CodeLine
)


def account_line(line: int, cells: Cells) -> AccountLine:
    phones = _phones(cells, "phones")
    allowed = _phones(cells, "phones_allowed")
    if allowed and phones is not None and not set(allowed) <= set(phones):
        raise Fault("phones_allowed", "A number is not among the phones.", "Write it in both columns.")
    return AccountLine(
        line,
        fields.account(cells),
        CustomerId(fields.whole(cells, "customer", 1, 10**15)),
        CustomerKind(fields.word(cells, "kind", tuple(CustomerKind))),
        fields.text(cells, "name"),
        fields.text(cells, "settlement"),
        fields.text(cells, "street"),
        house(fields.text(cells, "house", 20)),
        fields.text(cells, "flat", 20, ""),
        phones,
        allowed,
    )


def charge_line(line: int, cells: Cells) -> EntryLine:
    zone = fields.maybe_whole(cells, "zone", 1, fields.MOST_ZONES)
    kwh = fields.maybe_whole(cells, "kwh", 0, MOST_KWH)
    rate = fields.rate(cells)
    words = (EntryKind.CHARGE.value, EntryKind.CORRECTION.value)
    kind = EntryKind(fields.word(cells, "kind", words, EntryKind.CHARGE.value))
    entry = _entry(line, cells, kind, Kopecks(-fields.money(cells)), "Начислено")
    return replace(entry, zone=zone, kwh=kwh, rate=rate)


def payment_line(line: int, cells: Cells) -> EntryLine:
    amount = fields.money(cells)
    if amount <= 0:
        raise Fault(
            "amount",
            "A payment is more than nothing.",
            "What was taken back is a correction in charges.",
        )
    return _entry(line, cells, EntryKind.PAYMENT, amount, "Оплата")


def _entry(line: int, cells: Cells, kind: EntryKind, amount: Kopecks, default: str) -> EntryLine:
    return EntryLine(
        line,
        fields.text(cells, "source", LONGEST_SOURCE),
        fields.text(cells, "number", LONGEST_NUMBER),
        fields.account(cells),
        fields.day(cells),
        kind,
        amount,
        fields.text(cells, "text", default=default),
    )


def outage_line(line: int, cells: Cells, zone: ZoneInfo) -> OutageLine:
    kind = OutageKind(fields.word(cells, "kind", tuple(OutageKind)))
    since = fields.instant(cells, "since", zone)
    until, ended = (fields.instant(cells, column, zone) for column in ("until", "ended"))
    if since is None:
        raise Fault("since", "The cell is empty.", "Write when the outage begins or began.")
    if until is None and kind is OutageKind.PLANNED:
        raise Fault("until", "Planned work has no end.", "Write when it is to end.")
    if until is not None and until <= since:
        raise Fault("until", "The end is not after the beginning.", "Mend one of the two.")
    if ended is not None and ended < since:
        raise Fault("ended", "The end is before the beginning.", "Mend one of the two.")
    return OutageLine(
        line,
        fields.text(cells, "source", LONGEST_SOURCE),
        fields.text(cells, "number", LONGEST_NUMBER),
        kind,
        fields.text(cells, "cause", LONGEST_CAUSE),
        since,
        until,
        ended,
        fields.text(cells, "settlement"),
        fields.text(cells, "street"),
        house(fields.text(cells, "house", 20, "")),
    )


def reading_line(line: int, cells: Cells) -> ReadingLine:
    return ReadingLine(
        line,
        fields.account(cells),
        fields.text(cells, "serial", fields.LONGEST_SERIAL),
        fields.whole(cells, "zone", 1, fields.MOST_ZONES),
        fields.day(cells),
        fields.whole(cells, "kwh", 0, MOST_KWH),
    )


def row_of(register: Register, line: int, cells: Cells, zone: ZoneInfo) -> Row:
    """Raises Fault. `zone`: the supplier's, in which instants are meant."""
    match register:
        case Register.ACCOUNTS:
            return account_line(line, cells)
        case Register.CHARGES:
            return charge_line(line, cells)
        case Register.PAYMENTS:
            return payment_line(line, cells)
        case Register.OUTAGES:
            return outage_line(line, cells, zone)
        case Register.READINGS:
            return reading_line(line, cells)
        case Register.METERS:
            return meter_line(line, cells)
        case Register.TARIFFS:
            return price_line(line, cells)
        case Register.ACCOUNT_TARIFFS:
            return assignment_line(line, cells)
        case Register.FEEDERS:
            return feeder_line(line, cells)
        case Register.LOCALITIES:
            return code_line(line, cells)


def _phones(cells: Cells, column: str) -> tuple[PhoneNumber, ...] | None:
    told = cells.get(column)
    if told is None:
        return None
    numbers = tuple(dict.fromkeys(told.split()))
    if len(numbers) > MOST_PHONES or not all(_PHONE.fullmatch(number) for number in numbers):
        raise Fault(column, "These are no telephone numbers.", "Write them as +79161234567 with spaces between them.")
    return tuple(PhoneNumber(number) for number in numbers)
