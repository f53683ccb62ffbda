"""The demo's tariffs: of town, village and firms, a new price each first of July. Everything is invented.

What the fixed accounts were charged for the newest month has the price of a yearly turn that is not after that month;
so the demo is the same on any day it is loaded on, and mostly a change is ahead.
"""

from datetime import date, timedelta
from functools import cache
from typing import Final

from customers.accounts import CustomerKind
from customers.tariffs import (
    MICROROUBLES_A_KOPECK,
    Assignment,
    Price,
    PriceBook,
    PricedTariff,
    Rate,
    Tariff,
    TariffCode,
)

_ZONES: Final = {
    1: ("круглосуточный", "single rate"),
    2: ("день и ночь", "day and night"),
    3: ("пик, ночь и полупик", "peak, night and half-peak"),
}
_GROUPS: Final = {"Г": ("Население города", "Town"), "С": ("Население села", "Village"), "О": ("Организации", "Firms")}
_KOPECKS: Final = {
    "Г1": (470,), "Г2": (541, 329), "Г3": (611, 329, 470),
    "С1": (329,), "С2": (379, 230), "С3": (428, 230, 329),
    "О1": (893,), "О2": (974, 612),
}  # fmt: skip
"""A kilowatt-hour of each zone in the year of the newest charges."""
_PERCENT: Final = {-2: 84, -1: 92, 0: 100, 1: 110}
"""By the years before and after it."""
_TOWNS: Final = ("г.", "пгт")
_MONTH: Final = 7


def code_of(kind: CustomerKind, settlement: str, zones: int) -> TariffCode:
    group = "О" if kind is CustomerKind.FIRM else "Г" if settlement.startswith(_TOWNS) else "С"
    return TariffCode(f"{group}{zones}")


@cache
def book(today: date) -> PriceBook:
    """All tariffs by their code."""
    turn = _turn(today)
    return {
        TariffCode(code): PricedTariff(
            _tariff(code),
            tuple(
                Rate(zone, date(turn.year + years, _MONTH, 1), Price(kopecks * percent // 100 * MICROROUBLES_A_KOPECK))
                for years, percent in _PERCENT.items()
                for zone, kopecks in enumerate(prices, 1)
            ),
        )
        for code, prices in _KOPECKS.items()
    }


def history(code: TariffCode, today: date) -> tuple[Assignment, ...]:
    """Each account has had its tariff as long as prices are known."""
    return (Assignment(_turn(today).replace(year=_turn(today).year + min(_PERCENT)), code),)


def kopecks_on(code: TariffCode, day: date, today: date) -> tuple[int, ...]:
    """What a kilowatt-hour of each zone costs: whole kopecks here."""
    return tuple(price // MICROROUBLES_A_KOPECK for price in book(today)[code].on(day))


def _turn(today: date) -> date:
    """The last first of July that is not after the month before today's."""
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return date(month.year if month.month >= _MONTH else month.year - 1, _MONTH, 1)


def _tariff(code: str) -> Tariff:
    zones = int(code[1])
    (name, name_en), (kind, kind_en) = _GROUPS[code[0]], _ZONES[zones]
    return Tariff(TariffCode(code), f"{name}, {kind}", f"{name_en}, {kind_en}", zones)
