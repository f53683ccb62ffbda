"""Meters, tariffs, feeders and localities as the cells of their registers."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, select, tuple_

from customers.registers import writing
from database.outage_tables import FeederPlaceRow, FeederRow, LocalityRow
from database.tables import AccountRow, MeterRow, StreetRow
from database.tariff_tables import AccountTariffRow, TariffRateRow, TariffRow

Cells = list[str]
Key = tuple[Any, ...] | None
"""Of the last row that was read; None at the beginning."""
_BEFORE_ALL: Final = -1


def meters(last: Key) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MeterRow.meter_id,
            AccountRow.number,
            MeterRow.serial,
            MeterRow.model,
            MeterRow.zones,
            MeterRow.verified_until,
            MeterRow.removed_on,
        )
        .join(AccountRow, AccountRow.account_id == MeterRow.account_id)
        .where(MeterRow.meter_id > (last[0] if last else _BEFORE_ALL))
        .order_by(MeterRow.meter_id)
    )


def meter(row: Row[Any]) -> Cells:
    removed = "" if row.removed_on is None else writing.day(row.removed_on)
    return [row.number, row.serial, row.model, str(row.zones), writing.day(row.verified_until), removed]


def prices(last: Key) -> Select[*tuple[Any, ...]]:
    key = tuple_(TariffRateRow.code, TariffRateRow.since, TariffRateRow.zone)
    return (
        select(TariffRow.code, TariffRow.name, TariffRow.name_en, TariffRow.zones)
        .add_columns(TariffRateRow.zone, TariffRateRow.since, TariffRateRow.price)
        .join(TariffRateRow, TariffRateRow.code == TariffRow.code)
        .where(key > (last or ("", date.min, 0)))
        .order_by(TariffRateRow.code, TariffRateRow.since, TariffRateRow.zone)
    )


def price(row: Row[Any]) -> Cells:
    words = [row.code, row.name, row.name_en, str(row.zones), str(row.zone)]
    return [*words, writing.day(row.since), writing.rate(row.price)]


def assignments(last: Key) -> Select[*tuple[Any, ...]]:
    key = tuple_(AccountTariffRow.account_id, AccountTariffRow.since)
    return (
        select(AccountTariffRow.account_id, AccountRow.number, AccountTariffRow.since, AccountTariffRow.code)
        .join(AccountRow, AccountRow.account_id == AccountTariffRow.account_id)
        .where(key > (last or (_BEFORE_ALL, date.min)))
        .order_by(AccountTariffRow.account_id, AccountTariffRow.since)
    )


def assignment(row: Row[Any]) -> Cells:
    return [row.number, writing.day(row.since), row.code]


def feeder_places(last: Key) -> Select[*tuple[Any, ...]]:
    key = tuple_(FeederPlaceRow.feeder_id, FeederPlaceRow.street_id, FeederPlaceRow.house)
    return (
        select(
            FeederRow.feeder_id,
            FeederRow.name,
            StreetRow.street_id,
            StreetRow.settlement,
            StreetRow.name.label("street"),
            FeederPlaceRow.house,
        )
        .join(FeederPlaceRow, FeederPlaceRow.feeder_id == FeederRow.feeder_id)
        .join(StreetRow, StreetRow.street_id == FeederPlaceRow.street_id)
        .where(key > (last or (_BEFORE_ALL, _BEFORE_ALL, "")))
        .order_by(FeederPlaceRow.feeder_id, FeederPlaceRow.street_id, FeederPlaceRow.house)
    )


def feeder_place(row: Row[Any]) -> Cells:
    return [row.name, row.settlement, row.street, row.house, ""]


def localities(last: Key) -> Select[*tuple[Any, ...]]:
    query = select(LocalityRow.code, LocalityRow.settlement).order_by(LocalityRow.code)
    return query.where(LocalityRow.code > last[0]) if last else query


def locality(row: Row[Any]) -> Cells:
    return [row.code, row.settlement]
