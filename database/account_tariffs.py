"""An account's tariff on a day, and the prices of tariffs, from the database."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, select

from customers.tariffs import (
    Assignment,
    OwnTariff,
    Price,
    PriceBook,
    PricedTariff,
    Rate,
    Tariff,
    TariffCode,
    own_tariff,
)
from database.tariff_tables import AccountTariffRow, TariffRateRow, TariffRow


def tariff_of(connection: Connection, account_id: int, day: date) -> OwnTariff | None:
    query = select(AccountTariffRow.since, AccountTariffRow.code).where(AccountTariffRow.account_id == account_id)
    history = [Assignment(since, TariffCode(code)) for since, code in connection.execute(query)]
    return own_tariff(history, prices_of(connection, {one.code for one in history}), day) if history else None


def prices_of(connection: Connection, codes: Collection[TariffCode]) -> PriceBook:
    """Those of `codes` that there are, with all their prices."""
    query = (
        select(TariffRow.code, TariffRow.name, TariffRow.name_en, TariffRow.zones)
        .add_columns(TariffRateRow.zone, TariffRateRow.since, TariffRateRow.price)
        .join(TariffRateRow, TariffRateRow.code == TariffRow.code)
        .where(TariffRow.code.in_(codes))
    )
    rates: dict[Tariff, list[Rate]] = defaultdict(list)
    for code, name, name_en, zones, zone, since, price in connection.execute(query) if codes else ():
        rates[Tariff(TariffCode(code), name, name_en, zones)].append(Rate(zone, since, Price(price)))
    return {tariff.code: PricedTariff(tariff, tuple(found)) for tariff, found in rates.items()}
