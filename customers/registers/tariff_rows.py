"""Lines of the tariffs' prices and of the accounts' tariffs."""

from dataclasses import dataclass
from datetime import date

from customers.accounts import AccountNumber
from customers.registers import fields
from customers.registers.fields import Cells, Fault
from customers.tariffs import LONGEST_CODE, LONGEST_NAME, MOST_TARIFF_ZONES, Price, Tariff, TariffCode


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The price of one zone from a day on; None takes it away."""

    line: int
    tariff: Tariff
    zone: int
    since: date
    price: Price | None


@dataclass(frozen=True, slots=True)
class AssignmentLine:
    """An account's tariff from a day on; None takes what begins on that day away."""

    line: int
    account: AccountNumber
    since: date
    code: TariffCode | None


def price_line(line: int, cells: Cells) -> PriceLine:
    code = TariffCode(fields.text(cells, "tariff", LONGEST_CODE))
    names = fields.text(cells, "name", LONGEST_NAME), fields.text(cells, "name_en", LONGEST_NAME, "")
    zones = fields.whole(cells, "zones", 1, MOST_TARIFF_ZONES)
    zone = fields.whole(cells, "zone", 1, MOST_TARIFF_ZONES)
    if zone > zones:
        raise Fault("zone", "The tariff has fewer zones.", "Mend the zone, or how many there are.")
    price = fields.rate(cells, "price")
    since = fields.day(cells, "since")
    return PriceLine(line, Tariff(code, *names, zones), zone, since, None if price is None else Price(price))


def assignment_line(line: int, cells: Cells) -> AssignmentLine:
    code = fields.text(cells, "tariff", LONGEST_CODE, "")
    return AssignmentLine(line, fields.account(cells), fields.day(cells, "since"), TariffCode(code) if code else None)
