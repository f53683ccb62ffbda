"""The invented customers: who they are, what they use, what they were charged and what they paid, by seed.

Customer n is the same whatever their count, so that a demo of 1,000 is the beginning of a demo of 1,000,000. Readings
make the charges, charges make the payments; a payer's habit makes debts and overpayments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from calls.numbers import PhoneNumber
from customers import demo_names, demo_places, demo_tariffs
from customers.accounts import AccountNumber, CustomerId, CustomerKind, EntryKind
from customers.demo import MONTHS, month_start
from customers.demo_places import STREETS, Place
from customers.money import Kopecks
from customers.tariffs import MICROROUBLES_A_KOPECK, TariffCode

FIRST_CUSTOMER = 101
FIRST_ACCOUNT = 1001
MOST_ACCOUNTS = 4
MOST_METERS = 4
READING_DAY = 23

_SEASON = (125, 120, 110, 100, 90, 80, 80, 85, 92, 102, 112, 124)
"""Use by month in percent of the year's mean: dark winters."""
_MODELS = ("Меркурий 201.8", "Энергомера СЕ101", "Нева МТ 114", "СЭТ-4ТМ")
_TWO_ZONES = "Меркурий 200.02"

Entry = tuple[date, EntryKind, Kopecks, str, int | None, int | None, int | None]
"""Day, kind, amount, text, and for a charge zone, kilowatt-hours and rate (customers.accounts.LedgerEntry)."""
Use = tuple[int, int, int]
"""What one zone used in a month: zone, kilowatt-hours, kopecks a kilowatt-hour."""
Reading = tuple[date, int, int]
"""Day, zone from 1, kilowatt-hours."""


@dataclass(frozen=True, slots=True)
class DemoMeter:
    serial: str
    model: str
    zones: int
    verified_until: date
    readings: list[Reading]


@dataclass(frozen=True, slots=True)
class DemoSupply:
    """One account with its place of supply. `account_id` leaves room for MOST_ACCOUNTS a customer."""

    account_id: int
    number: AccountNumber
    place: Place
    tariff: TariffCode
    meters: list[DemoMeter]
    ledger: list[Entry]


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    customer_id: CustomerId
    kind: CustomerKind
    name: str
    phones: list[tuple[PhoneNumber, bool]]
    supplies: list[DemoSupply]


def population(count: int, seed: int, today: date) -> Iterator[DemoCustomer]:
    year = _Year(today)
    for index in range(count):
        yield _customer(index, seed, year)


class _Year:
    """The days that all customers share."""

    __slots__ = ("_prices", "charged", "read", "today")

    def __init__(self, today: date) -> None:
        self.today = today
        self.read = [month_start(today, ago).replace(day=READING_DAY) for ago in range(MONTHS + 1, 0, -1)]
        self.charged = [month_start(today, ago) for ago in range(MONTHS - 1, -1, -1)]
        self._prices: dict[TariffCode, list[tuple[int, ...]]] = {}

    def prices(self, code: TariffCode) -> list[tuple[int, ...]]:
        """Kopecks of each zone in each month that is charged."""
        if code not in self._prices:
            self._prices[code] = [demo_tariffs.kopecks_on(code, day, self.today) for day in self.charged]
        return self._prices[code]


def _customer(index: int, seed: int, year: _Year) -> DemoCustomer:
    chance = Random(f"{seed}/{index}")  # noqa: S311  invented data, nothing secret
    kind = CustomerKind.FIRM if chance.random() < 0.06 else CustomerKind.HOUSEHOLD
    firm = kind is CustomerKind.FIRM
    accounts = chance.choices((1, 2, 3, 4), (60, 25, 10, 5) if firm else (88, 10, 2, 0))[0]
    return DemoCustomer(
        customer_id=CustomerId(FIRST_CUSTOMER + index),
        kind=kind,
        name=demo_names.firm(chance) if firm else demo_names.person(chance),
        phones=_phones(index, seed, chance),
        supplies=[_supply(index * MOST_ACCOUNTS + place, kind, chance, year) for place in range(accounts)],
    )


def _phones(index: int, seed: int, chance: Random) -> list[tuple[PhoneNumber, bool]]:
    """Nine of ten have one, some two; one of thirty rings from the telephone of the customer before (a family's)."""
    phones = []
    if chance.random() < 0.9:
        phones.append((_phone(index, 0, seed), chance.random() < 0.25))
    if chance.random() < 0.12:
        phones.append((_phone(index, 1, seed), False))
    if index and chance.random() < 0.03:
        phones.append((_phone(index - 1, 0, seed), False))
    return phones


def _phone(index: int, second: int, seed: int) -> PhoneNumber:
    """Eight numbers a customer, so that none meets another's; area code 306 is nobody's (customers.demo)."""
    return PhoneNumber(f"+7306{1_000_000 + index * 8 + second * 4 + (index * 7 + seed) % 4:07d}")


def _supply(slot: int, kind: CustomerKind, chance: Random, year: _Year) -> DemoSupply:
    firm = kind is CustomerKind.FIRM
    count = chance.choices((1, 2, 3, 4), (55, 25, 12, 8) if firm else (97, 3, 0, 0))[0]
    meters = [_meter(slot * MOST_METERS + place, firm, chance, year) for place in range(count)]
    number = AccountNumber(str(4_402_000_000 + slot * 23 + chance.randrange(23)))
    place = demo_places.premises(chance) if firm else demo_places.home(chance)
    zones = max(meter.zones for meter in meters)
    tariff = demo_tariffs.code_of(kind, STREETS[place.street_id - 1].settlement, zones)
    return DemoSupply(
        account_id=FIRST_ACCOUNT + slot,
        number=number,
        place=place,
        tariff=tariff,
        meters=meters,
        ledger=_ledger(_used(meters, zones, year.prices(tariff)), chance, year),
    )


def _meter(slot: int, firm: bool, chance: Random, year: _Year) -> DemoMeter:
    zones = 2 if chance.random() < 0.2 else 1
    monthly = chance.randint(900, 20_000) if firm else chance.randint(70, 420)
    readings: list[Reading] = []
    for zone in range(1, zones + 1):
        share = 100 if zones == 1 else (65, 35)[zone - 1]
        kwh = chance.randint(500, 30_000)
        for day in year.read:
            readings.append((day, zone, kwh))
            kwh += monthly * share * _SEASON[day.month - 1] * chance.randint(85, 115) // 1_000_000
    return DemoMeter(
        serial=f"{slot * 7 + 20_000_001:08d}",
        model=_TWO_ZONES if zones == 2 else chance.choice(_MODELS),
        zones=zones,
        verified_until=date(year.today.year + chance.randint(0, 14), chance.randint(1, 12), 28),
        readings=readings,
    )


def _used(meters: list[DemoMeter], zones: int, prices: list[tuple[int, ...]]) -> list[list[Use]]:
    """What all meters used in each month, oldest first, by zone."""
    months = [[0] * zones for _ in range(MONTHS)]
    for meter in meters:
        for zone in range(1, meter.zones + 1):
            values = [kwh for _, of, kwh in meter.readings if of == zone]
            for month in range(MONTHS):
                months[month][zone - 1] += values[month + 1] - values[month]
    return [
        [(zone, kwh, of_month[zone - 1]) for zone, kwh in enumerate(used, start=1)]
        for used, of_month in zip(months, prices, strict=True)
    ]


def _ledger(used: list[list[Use]], chance: Random, year: _Year) -> list[Entry]:
    """Charged on the first, paid by habit: exactly, rounded up, late, or hardly ever. Nothing is of tomorrow."""
    habit = chance.choices(("exact", "rounded", "late", "debtor"), (62, 20, 13, 5))[0]
    skipped = {"exact": 0.02, "rounded": 0.01, "late": 0.35, "debtor": 0.8}[habit]
    day, owed = chance.randint(2, 28), 0
    ledger: list[Entry] = []
    for month, uses in zip(year.charged, used, strict=True):
        for zone, kwh, price in uses:
            owed += kwh * price
            rate = price * MICROROUBLES_A_KOPECK
            ledger.append((month, EntryKind.CHARGE, Kopecks(-kwh * price), "Начислено", zone, kwh, rate))
        paid_on = month + timedelta(days=day - 1)
        if owed <= 0 or paid_on > year.today or chance.random() < skipped:
            continue
        paid = -(-owed // 10_000) * 10_000 if habit == "rounded" else owed
        owed -= paid
        ledger.append((paid_on, EntryKind.PAYMENT, Kopecks(paid), "Оплата", None, None, None))
    return ledger
