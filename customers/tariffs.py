"""Tariffs: their zones, what a kilowatt-hour costs on a day, and whether a charge fits. Pure.

Rules
- Zones are numbered as at the meter: 1 the whole day; 1 day, 2 night; 1 peak, 2 night, 3 half-peak.
- A price holds from its day until the next price of its zone. All zones of a tariff begin on one day, so that none is
  ever without a price while another has one (a gap), and a zone has one price a day (two would overlap).
- An account has the tariff of its newest assignment that is not after the day asked for.
- A month is cut where the account's tariff or a price changes: a charge of that month may have the price of any part.
- What a charge does not say is not compared; a kopeck more or less is rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NewType

from customers.money import Kopecks

TariffCode = NewType("TariffCode", str)
"""A tariff in the supplier's records: Г2."""
Price = NewType("Price", int)
"""Millionths of a rouble a kilowatt-hour, as customers.accounts.LedgerEntry.rate: 5.41 roubles are 5410000."""

MICROROUBLES_A_KOPECK: Final = 10_000
MOST_TARIFF_ZONES: Final = 3
LONGEST_CODE: Final = 40
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Tariff:
    """`name` as people call it in Russian; `name_en` may be empty."""

    code: TariffCode
    name: str
    name_en: str
    zones: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of one zone from a day on."""

    zone: int
    since: date
    price: Price


class TariffFault(StrEnum):
    ZONE = "zone"
    """A price of a zone that the tariff does not have."""
    OVERLAP = "overlap"
    """Two prices of a zone from one day."""
    GAP = "gap"
    """A zone has no price while another has one, or none has."""


class TariffRefused(Exception):
    """The prices make no tariff."""

    def __init__(self, fault: TariffFault) -> None:
        super().__init__(f"The prices make no tariff: {fault.value}. Give each zone one price from the same first day.")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class PricedTariff:
    """A tariff with all its prices, in any order. Raises TariffRefused."""

    tariff: Tariff
    rates: tuple[Rate, ...]

    def __post_init__(self) -> None:
        first: dict[int, date] = {}
        for rate in self.rates:
            first[rate.zone] = min(rate.since, first.get(rate.zone, rate.since))
        if not first.keys() <= set(range(1, self.tariff.zones + 1)):
            raise TariffRefused(TariffFault.ZONE)
        if len({(rate.zone, rate.since) for rate in self.rates}) != len(self.rates):
            raise TariffRefused(TariffFault.OVERLAP)
        if len(first) != self.tariff.zones or len(set(first.values())) != 1:
            raise TariffRefused(TariffFault.GAP)

    def on(self, day: date) -> tuple[Price, ...]:
        """The price of each zone, from the first; none before the tariff begins."""
        prices = (rate_on(self.rates, zone, day) for zone in range(1, self.tariff.zones + 1))
        return tuple(price for price in prices if price is not None)


@dataclass(frozen=True, slots=True)
class Assignment:
    """An account has this tariff from a day on."""

    since: date
    code: TariffCode


PriceBook = Mapping[TariffCode, PricedTariff]


@dataclass(frozen=True, slots=True)
class TariffChange:
    """What holds from `day` on; `prices` by zone."""

    day: date
    tariff: Tariff
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class OwnTariff:
    """An account's tariff on a day: `prices` by zone, and the next change that is known."""

    tariff: Tariff
    prices: tuple[Price, ...]
    change: TariffChange | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a month in which nothing changes, both days included."""

    first: date
    last: date
    tariff: Tariff
    prices: tuple[Price, ...]


class Difference(StrEnum):
    """How a charge differs from the account's tariff."""

    ZONE = "zone"
    PRICE = "price"
    AMOUNT = "amount"


def rate_on(rates: Sequence[Rate], zone: int, day: date) -> Price | None:
    """The price of a zone on a day; None before its first."""
    begun = [rate for rate in rates if rate.zone == zone and rate.since <= day]
    return max(begun, key=lambda rate: rate.since).price if begun else None


def own_tariff(history: Sequence[Assignment], book: PriceBook, day: date) -> OwnTariff | None:
    """None where no tariff with a price holds on `day`."""
    now = _held(history, book, day)
    if now is None:
        return None
    for later in _turns(history, book):
        held = _held(history, book, later) if later > day else None
        if held is not None and held != now:
            return OwnTariff(*now, TariffChange(later, *held))
    return OwnTariff(*now)


def month_spans(history: Sequence[Assignment], book: PriceBook, month: date) -> tuple[Span, ...]:
    """The parts of the calendar month of `month`, in order; days without a price are in none."""
    first = month.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    cuts = [first, *(day for day in _turns(history, book) if first < day < following), following]
    spans: list[Span] = []
    for begins, ends in pairwise(cuts):
        held = _held(history, book, begins)
        last = ends - timedelta(days=1)
        if held is None:
            continue
        if spans and (spans[-1].tariff, spans[-1].prices) == held and spans[-1].last == begins - timedelta(days=1):
            begins = spans.pop().first
        spans.append(Span(begins, last, *held))
    return tuple(spans)


def difference(
    spans: Sequence[Span], zone: int | None, kwh: int | None, rate: int | None, charged: Kopecks
) -> Difference | None:
    """How a charge of the month of `spans` differs from the tariff. `charged`: positive, as people name it."""
    if not spans or (kwh is None and rate is None):
        return None
    fitting = [price for span in spans for place, price in enumerate(span.prices, 1) if zone in (None, place)]
    if not fitting:
        return Difference.ZONE
    if rate is not None:
        if rate not in fitting:
            return Difference.PRICE
        fitting = [Price(rate)]
    if kwh is None:
        return None
    exact, kopeck = abs(charged) * MICROROUBLES_A_KOPECK, MICROROUBLES_A_KOPECK
    inside = kwh * min(fitting) - kopeck <= exact <= kwh * max(fitting) + kopeck
    return None if inside else Difference.AMOUNT


def _held(history: Sequence[Assignment], book: PriceBook, day: date) -> tuple[Tariff, tuple[Price, ...]] | None:
    begun = [one for one in history if one.since <= day]
    priced = book.get(max(begun, key=lambda one: one.since).code) if begun else None
    prices = priced.on(day) if priced else ()
    return (priced.tariff, prices) if priced and prices else None


def _turns(history: Sequence[Assignment], book: PriceBook) -> list[date]:
    """All days on which something may change, in order."""
    codes = {one.code for one in history} & book.keys()
    days = {rate.since for code in codes for rate in book[code].rates}
    return sorted(days | {one.since for one in history})
