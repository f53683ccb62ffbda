"""Readings of meters that we know. What a customer handed in is not written over: people look at the difference."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, and_, select, update

from customers.readings import ReadingSource, ReadingState
from customers.registers.outcome import Outcome
from customers.registers.rows import ReadingLine
from database.bulk import Value, insert_rows
from database.register_stage import STAGE, keys_of, stage
from database.tables import AccountRow, MeterRow, ReadingRow

_OURS = frozenset({ReadingSource.IMPORT.value, ReadingSource.INSPECTOR.value})


def put_readings(connection: Connection, lines: Sequence[ReadingLine]) -> Outcome:
    outcome = Outcome()
    first: dict[tuple[str, str, int, date], ReadingLine] = {}
    for line in lines:
        other = first.setdefault((line.account, line.serial, line.zone, line.day), line)
        if other is not line and other.kwh == line.kwh:
            outcome.unchanged += 1
        elif other is not line:
            outcome.refuse(line.line, "kwh", "Another line has another value for this day.", "Keep the right one.")
    stage(connection, [keys_of(line) for line in first.values()])
    by_line = {line.line: line for line in first.values()}
    meters = (
        select(STAGE.c.line, MeterRow.meter_id, MeterRow.zones)
        .select_from(STAGE)
        .outerjoin(AccountRow, AccountRow.number == STAGE.c.account)
        .outerjoin(MeterRow, and_(MeterRow.account_id == AccountRow.account_id, MeterRow.serial == STAGE.c.number))
    )
    of_line = {line: (meter_id, zones) for line, meter_id, zones in connection.execute(meters)}
    known = _known(connection, {by_line[line].day for line in of_line})
    fresh: list[tuple[Value, ...]] = []
    for line in by_line.values():
        meter_id, zones = of_line[line.line]
        if meter_id is None:
            outcome.refuse(line.line, "serial", "The account has no such meter.", "Mend the account or the number.")
        elif line.zone > zones:
            outcome.refuse(line.line, "zone", "The meter has fewer zones.", "Mend the zone.")
        elif (meter_id, line.day, line.zone) not in known:
            fresh.append((meter_id, line.day, line.zone, line.kwh, ReadingSource.IMPORT, ReadingState.ACCEPTED))
        else:
            _compare(connection, line, meter_id, *known[meter_id, line.day, line.zone], outcome)
    insert_rows(connection, ReadingRow, ("meter_id", "day", "zone", "kwh", "source", "state"), fresh)
    outcome.new += len(fresh)
    return outcome


def _compare(connection: Connection, line: ReadingLine, meter: int, kwh: int, source: str, outcome: Outcome) -> None:
    if kwh == line.kwh:
        outcome.unchanged += 1
    elif source in _OURS:
        here = and_(ReadingRow.meter_id == meter, ReadingRow.day == line.day, ReadingRow.zone == line.zone)
        connection.execute(update(ReadingRow).where(here).values(kwh=line.kwh, source=ReadingSource.IMPORT.value))
        outcome.changed += 1
    else:
        outcome.refuse(line.line, "kwh", "The customer handed in another value for this day.", "Ask the customer.")


def _known(connection: Connection, days: set[date]) -> dict[tuple[int, date, int], tuple[int, str]]:
    """What stands already for the batch's meters on its days."""
    if not days:
        return {}
    query = (
        select(ReadingRow.meter_id, ReadingRow.day, ReadingRow.zone, ReadingRow.kwh, ReadingRow.source)
        .select_from(STAGE)
        .join(AccountRow, AccountRow.number == STAGE.c.account)
        .join(MeterRow, and_(MeterRow.account_id == AccountRow.account_id, MeterRow.serial == STAGE.c.number))
        .join(ReadingRow, ReadingRow.meter_id == MeterRow.meter_id)
        .where(ReadingRow.day >= min(days), ReadingRow.day <= max(days))
    )
    return {(meter, day, zone): (kwh, source) for meter, day, zone, kwh, source in connection.execute(query)}
