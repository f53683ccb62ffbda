"""Lines of what stands in the network: meters, feeders with what they supply, the codes of localities."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from customers.accounts import AccountNumber
from customers.outages import LOCALITY_DIGITS, LocalityCode, house
from customers.registers import fields
from customers.registers.fields import Cells, Fault

LONGEST_FEEDER: Final = 80


@dataclass(frozen=True, slots=True)
class MeterLine:
    """`removed`: the day it was taken down, None while it is installed."""

    line: int
    account: AccountNumber
    serial: str
    model: str
    zones: int
    verified_until: date
    removed: date | None


@dataclass(frozen=True, slots=True)
class FeederLine:
    """One place that a feeder supplies, or with `gone` no more; an empty house is the whole street."""

    line: int
    feeder: str
    settlement: str
    street: str
    house: str
    gone: bool


@dataclass(frozen=True, slots=True)
class CodeLine:
    """The code of a settlement."""

    line: int
    code: LocalityCode
    settlement: str


def meter_line(line: int, cells: Cells) -> MeterLine:
    return MeterLine(
        line,
        fields.account(cells),
        fields.text(cells, "serial", fields.LONGEST_SERIAL),
        fields.text(cells, "model", 80),
        fields.whole(cells, "zones", 1, fields.MOST_ZONES),
        fields.day(cells, "verified_until"),
        fields.maybe_day(cells, "removed"),
    )


def feeder_line(line: int, cells: Cells) -> FeederLine:
    return FeederLine(
        line,
        fields.text(cells, "feeder", LONGEST_FEEDER),
        fields.text(cells, "settlement"),
        fields.text(cells, "street"),
        house(fields.text(cells, "house", 20, "")),
        fields.word(cells, "gone", ("yes", "no"), "no") == "yes",
    )


def code_line(line: int, cells: Cells) -> CodeLine:
    code = fields.text(cells, "code", LOCALITY_DIGITS)
    if len(code) != LOCALITY_DIGITS or not (code.isascii() and code.isdecimal()):
        raise Fault("code", "This is no code.", "Write three digits; a spreadsheet may have cut zeros.")
    return CodeLine(line, LocalityCode(code), fields.text(cells, "settlement"))
