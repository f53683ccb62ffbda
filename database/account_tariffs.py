"""An account's tariff on a day, and the prices of tariffs, from the database."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Final

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

History = tuple[Assignment, ...]
_ACCOUNTS_A_STATEMENT: Final = 500


def tariff_of(connection: Connection, account_id: int, day: date) -> OwnTariff | None:
    query = select(AccountTariffRow.since, AccountTariffRow.code).where(AccountTariffRow.account_id == account_id)
    history = [Assignment(since, TariffCode(code)) for since, code in connection.execute(query)]
    return own_tariff(history, prices_of(connection, {one.code for one in history}), day) if history else None


def histories_of(connection: Connection, accounts: Collection[int]) -> dict[int, History]:
    """The tariffs of many accounts over time, by account, in the order of their days.

    A few hundred accounts a statement, by their ids: what PostgreSQL makes of a join with a batch hangs on statistics,
    which a table that is being filled has not.
    """
    found: dict[int, list[Assignment]] = defaultdict(list)
    wanted = sorted(accounts)
    query = select(AccountTariffRow.account_id, AccountTariffRow.since, AccountTariffRow.code)
    for start in range(0, len(wanted), _ACCOUNTS_A_STATEMENT):
        some = AccountTariffRow.account_id.in_(wanted[start : start + _ACCOUNTS_A_STATEMENT])
        for account_id, since, code in connection.execute(query.where(some)):
            found[account_id].append(Assignment(since, TariffCode(code)))
    return {account: tuple(sorted(history, key=lambda one: one.since)) for account, history in found.items()}


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
