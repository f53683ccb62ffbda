"""customers.ports.Readings over the database: what the meters showed, and what customers hand in."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import Engine, delete, insert, select, tuple_

from customers.accounts import AccountNumber, Reading, is_account_number
from customers.ports import CustomersUnavailable
from customers.readings import HandedIn, MeterToRead, ReadingSource
from database.accounts import MOST
from database.engine import reading, writing
from database.tables import AccountRow, MeterRow, ReadingRow

HISTORY: Final = 13
"""Readings of a zone that are compared: a year by months. Several a month make the history shorter, never longer."""


class DatabaseReadings:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def meters_to_read(self, number: AccountNumber) -> tuple[MeterToRead, ...]:
        if not is_account_number(number):
            return ()
        mine = (
            select(MeterRow.meter_id, MeterRow.serial, MeterRow.zones)
            .join(AccountRow, AccountRow.account_id == MeterRow.account_id)
            .where(AccountRow.number == number, MeterRow.removed_on.is_(None))
            .order_by(MeterRow.serial, MeterRow.meter_id)
            .limit(MOST)
        )
        found = []
        with reading(self._engine, CustomersUnavailable) as connection:
            for meter_id, serial, zones in connection.execute(mine).all():
                history: defaultdict[int, list[Reading]] = defaultdict(list)
                newest = (
                    select(ReadingRow.zone, ReadingRow.kwh, ReadingRow.day)
                    .where(ReadingRow.meter_id == meter_id)
                    .order_by(ReadingRow.day.desc(), ReadingRow.zone.desc())
                    .limit(HISTORY * zones)
                )
                for zone, kwh, day in reversed(connection.execute(newest).all()):
                    history[zone].append(Reading(zone, kwh, day))
                found.append(MeterToRead(serial, zones, {zone: tuple(history[zone]) for zone in history}))
        return tuple(found)

    def hand_in(self, number: AccountNumber, day: date, values: Sequence[HandedIn], source: ReadingSource) -> bool:
        if not values or not is_account_number(number):
            return False
        mine = (
            select(MeterRow.serial, MeterRow.meter_id, MeterRow.zones)
            .join(AccountRow, AccountRow.account_id == MeterRow.account_id)
            .where(AccountRow.number == number, MeterRow.removed_on.is_(None))
        )
        with writing(self._engine, CustomersUnavailable) as connection:
            meters = {serial: (meter_id, zones) for serial, meter_id, zones in connection.execute(mine)}
            rows = []
            for value in values:
                meter_id, zones = meters.get(value.serial, (0, 0))
                if not 1 <= value.zone <= zones or value.kwh < 0:
                    return False
                row = {"meter_id": meter_id, "day": day, "zone": value.zone, "kwh": value.kwh}
                rows.append(row | {"source": source.value, "state": value.state.value})
            keys = [(row["meter_id"], row["day"], row["zone"]) for row in rows]
            key = tuple_(ReadingRow.meter_id, ReadingRow.day, ReadingRow.zone)
            connection.execute(delete(ReadingRow).where(key.in_(keys)))
            connection.execute(insert(ReadingRow), rows)
        return True
