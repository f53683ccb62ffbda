"""Meters of accounts: a number of an account is one meter. One that was taken down keeps its readings."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, select, update

from customers.registers.outcome import Outcome
from customers.registers.rows import MeterLine
from database.bulk import insert_rows, new_ids
from database.register_stage import STAGE, keys_of, stage
from database.tables import AccountRow, MeterRow

_COLUMNS = ("meter_id", "account_id", "serial", "model", "zones", "verified_until", "removed_on")


def put_meters(connection: Connection, lines: Sequence[MeterLine]) -> Outcome:
    outcome = Outcome()
    first = _first_of_each(lines, outcome)
    stage(connection, [keys_of(line) for line in first])
    found = {row.line: row for row in connection.execute(_KNOWN)}
    fresh: list[tuple[int, MeterLine]] = []
    changed: list[tuple[int, MeterLine]] = []
    for line in first:
        row = found[line.line]
        if row.account_id is None:
            outcome.refuse(line.line, "account", "There is no such account.", "Import the accounts first, or mend it.")
        elif row.meter_id is None:
            fresh.append((row.account_id, line))
        elif (row.model, row.zones, row.verified_until, row.removed_on) != _facts(line):
            changed.append((row.meter_id, line))
        else:
            outcome.unchanged += 1
    _insert(connection, fresh)
    _change(connection, changed)
    outcome.new, outcome.changed = len(fresh), len(changed)
    return outcome


_KNOWN = (
    select(
        STAGE.c.line,
        AccountRow.account_id,
        MeterRow.meter_id,
        MeterRow.model,
        MeterRow.zones,
        MeterRow.verified_until,
        MeterRow.removed_on,
    )
    .select_from(STAGE)
    .outerjoin(AccountRow, AccountRow.number == STAGE.c.account)
    .outerjoin(MeterRow, and_(MeterRow.account_id == AccountRow.account_id, MeterRow.serial == STAGE.c.number))
)


def _first_of_each(lines: Sequence[MeterLine], outcome: Outcome) -> list[MeterLine]:
    first: dict[tuple[str, str], MeterLine] = {}
    for line in lines:
        other = first.setdefault((line.account, line.serial), line)
        if other is line:
            continue
        if _facts(other) == _facts(line):
            outcome.unchanged += 1
        else:
            outcome.refuse(line.line, "serial", "Another line says otherwise of this meter.", "Keep the right one.")
    return list(first.values())


def _facts(line: MeterLine) -> tuple[object, ...]:
    return line.model, line.zones, line.verified_until, line.removed


def _insert(connection: Connection, fresh: Sequence[tuple[int, MeterLine]]) -> None:
    ids = new_ids(connection, MeterRow, "meter_id", len(fresh))
    rows = [
        (meter_id, account_id, one.serial, one.model, one.zones, one.verified_until, one.removed)
        for meter_id, (account_id, one) in zip(ids, fresh, strict=True)
    ]
    insert_rows(connection, MeterRow, _COLUMNS, rows)


def _change(connection: Connection, changed: Sequence[tuple[int, MeterLine]]) -> None:
    if not changed:
        return
    change = update(MeterRow).where(MeterRow.meter_id == bindparam("which"))
    connection.execute(
        change.values(
            model=bindparam("new_model"),
            zones=bindparam("new_zones"),
            verified_until=bindparam("new_verified_until"),
            removed_on=bindparam("new_removed_on"),
        ),
        [
            {
                "which": meter_id,
                "new_model": one.model,
                "new_zones": one.zones,
                "new_verified_until": one.verified_until,
                "new_removed_on": one.removed,
            }
            for meter_id, one in changed
        ],
    )
