"""Feeders with the places that they supply, and the codes of localities."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, delete, exists, select

from customers.registers.outcome import Outcome
from customers.registers.rows import CodeLine, FeederLine
from database.bulk import insert_rows, new_ids
from database.outage_tables import FeederPlaceRow, FeederRow, LocalityRow
from database.register_stage import STAGE, keys_of, stage
from database.tables import StreetRow

Place = tuple[int, int, str]
"""Feeder, street, house."""


def put_feeders(connection: Connection, lines: Sequence[FeederLine]) -> Outcome:
    """A feeder comes with its first place and goes with its last."""
    outcome = Outcome()
    first = _first_of_each(lines, outcome)
    stage(connection, [keys_of(line) for line in first])
    found = {row.line: row for row in connection.execute(_NAMED)}
    known: set[Place] = {(feeder, street, house) for feeder, street, house in connection.execute(_SUPPLIED)}
    taken = [line for line in first if found[line.line].street_id is not None]
    for line in first:
        if found[line.line].street_id is None:
            outcome.refuse(line.line, "street", "There is no such street.", "Write it as in the accounts.")
    ids = {line.feeder: found[line.line].feeder_id for line in taken}
    unknown = list(dict.fromkeys(line.feeder for line in taken if ids[line.feeder] is None and not line.gone))
    drawn = list(zip(new_ids(connection, FeederRow, "feeder_id", len(unknown)), unknown, strict=True))
    insert_rows(connection, FeederRow, ("feeder_id", "name"), drawn)
    ids |= {name: feeder_id for feeder_id, name in drawn}
    come: list[Place] = []
    gone: list[Place] = []
    for line in taken:
        place = (ids[line.feeder] or 0, found[line.line].street_id, line.house)
        if line.gone is (place in known):
            (gone if line.gone else come).append(place)
        else:
            outcome.unchanged += 1
    insert_rows(connection, FeederPlaceRow, ("feeder_id", "street_id", "house"), come)
    _take_away(connection, gone)
    outcome.new, outcome.changed = len(come), len(gone)
    return outcome


_NAMED = (
    select(STAGE.c.line, StreetRow.street_id, FeederRow.feeder_id)
    .select_from(STAGE)
    .outerjoin(StreetRow, and_(StreetRow.settlement == STAGE.c.settlement, StreetRow.name == STAGE.c.street))
    .outerjoin(FeederRow, FeederRow.name == STAGE.c.source)
)
_SUPPLIED = (
    select(FeederPlaceRow.feeder_id, FeederPlaceRow.street_id, FeederPlaceRow.house)
    .select_from(STAGE)
    .join(StreetRow, and_(StreetRow.settlement == STAGE.c.settlement, StreetRow.name == STAGE.c.street))
    .join(FeederRow, FeederRow.name == STAGE.c.source)
    .join(
        FeederPlaceRow,
        and_(FeederPlaceRow.feeder_id == FeederRow.feeder_id, FeederPlaceRow.street_id == StreetRow.street_id),
    )
)


def _first_of_each(lines: Sequence[FeederLine], outcome: Outcome) -> list[FeederLine]:
    first: dict[tuple[str, str, str, str], FeederLine] = {}
    for line in lines:
        other = first.setdefault((line.feeder, line.settlement, line.street, line.house), line)
        if other is not line and other.gone is line.gone:
            outcome.unchanged += 1
        elif other is not line:
            outcome.refuse(line.line, "gone", "Another line says otherwise of this place.", "Keep the right one.")
    return list(first.values())


def _take_away(connection: Connection, places: Sequence[Place]) -> None:
    if not places:
        return
    this = delete(FeederPlaceRow).where(
        FeederPlaceRow.feeder_id == bindparam("feeder"),
        FeederPlaceRow.street_id == bindparam("street"),
        FeederPlaceRow.house == bindparam("number"),
    )
    keys = [{"feeder": feeder, "street": street, "number": house} for feeder, street, house in places]
    connection.execute(this, keys)
    left = exists().where(FeederPlaceRow.feeder_id == FeederRow.feeder_id)
    connection.execute(
        delete(FeederRow).where(FeederRow.feeder_id == bindparam("feeder"), ~left),
        [{"feeder": feeder} for feeder in dict.fromkeys(feeder for feeder, _, _ in places)],
    )


def put_localities(connection: Connection, lines: Sequence[CodeLine]) -> Outcome:
    """A code leads to one settlement and a settlement has one code: what a line says of either takes the other's."""
    outcome = Outcome()
    stage(connection, [keys_of(line) for line in lines])
    there = exists().where(StreetRow.settlement == STAGE.c.settlement)
    found = {row.line: row.there for row in connection.execute(select(STAGE.c.line, there.label("there")))}
    known = {row.code: row.settlement for row in connection.execute(select(LocalityRow.code, LocalityRow.settlement))}
    taken: dict[str, str] = {}
    for line in lines:
        if not found[line.line]:
            outcome.refuse(line.line, "settlement", "No account is there.", "Write it as in the accounts.")
        elif taken.get(line.code) == line.settlement:
            outcome.unchanged += 1
        elif line.code in taken or line.settlement in taken.values():
            outcome.refuse(line.line, "code", "Another line uses this code or settlement.", "Keep the right one.")
        else:
            taken[line.code] = line.settlement
            same = known.get(line.code) == line.settlement
            moved = line.code in known or line.settlement in known.values()
            outcome.unchanged += same
            outcome.changed += moved and not same
            outcome.new += not moved
    change = {code: settlement for code, settlement in taken.items() if known.get(code) != settlement}
    settlements = set(change.values())
    gone = [code for code, settlement in known.items() if code in change or settlement in settlements]
    if gone:
        connection.execute(delete(LocalityRow).where(LocalityRow.code.in_(gone)))
    insert_rows(connection, LocalityRow, ("code", "settlement"), [*change.items()])
    return outcome
