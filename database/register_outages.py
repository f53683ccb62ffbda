"""Outages as dispatchers keep them: a number of a source is one outage, its lines are its places."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update
from sqlalchemy.orm import aliased

from customers.registers.outcome import OWN_SOURCE, Outcome
from customers.registers.rows import OutageLine
from database.bulk import insert_rows, new_ids
from database.origin_tables import OutageOriginRow
from database.register_stage import STAGE, keys_of, stage
from database.tables import OutagePlaceRow, OutageRow, StreetRow

Facts = tuple[str, str, int, int | None, int | None]
_S = 1000


def put_outages(connection: Connection, lines: Sequence[OutageLine]) -> Outcome:
    """Places are added, never taken away: an outage that is over somewhere is ended, or entered anew."""
    outcome = Outcome()
    stage(connection, [keys_of(line, _own_id(line)) for line in lines])
    rows = {row.line: row for row in _find(connection)}
    facts: dict[tuple[str, str], Facts] = {}
    taken: list[OutageLine] = []
    for line in lines:
        if rows[line.line].street_id is None:
            outcome.refuse(line.line, "street", "There is no such street.", "Write it as in the accounts.")
        elif _is_own(rows[line.line], line) and not _same_end(rows[line.line], line):
            outcome.refuse(line.line, "number", "This outage was entered at the desk.", "End or mend it there.")
        elif facts.setdefault((line.source, line.number), _facts(line)) != _facts(line):
            outcome.refuse(line.line, "number", "Another line of this outage says otherwise.", "Mend one of the two.")
        else:
            taken.append(line)
    ids, new, changed = _put(connection, facts, {(one.source, one.number): rows[one.line] for one in taken})
    places = _places(connection, ids, taken, rows)
    for line in taken:
        key = line.source, line.number
        place = (ids[key], rows[line.line].street_id, line.house)
        outcome.new += key in new
        outcome.changed += key not in new and (key in changed or place in places)
        outcome.unchanged += key not in new and key not in changed and place not in places
    return outcome


def _own_id(line: OutageLine) -> int | None:
    own = line.source == OWN_SOURCE and line.number.isdecimal() and len(line.number) <= 18
    return int(line.number) if own else None


def _facts(line: OutageLine) -> Facts:
    return (line.kind.value, line.cause, line.since, line.until, line.ended)


def _find(connection: Connection) -> Sequence[Row[Any]]:
    known, own = aliased(OutageRow), aliased(OutageRow)
    query = (
        select(
            STAGE.c.line,
            StreetRow.street_id,
            known.outage_id,
            known.kind,
            known.cause,
            known.since,
            known.until,
            known.ended_at,
            own.outage_id.label("own_id"),
            own.kind.label("own_kind"),
            own.cause.label("own_cause"),
            own.since.label("own_since"),
            own.until.label("own_until"),
            own.ended_at.label("own_ended"),
        )
        .select_from(STAGE)
        .outerjoin(StreetRow, and_(StreetRow.settlement == STAGE.c.settlement, StreetRow.name == STAGE.c.street))
        .outerjoin(
            OutageOriginRow,
            and_(OutageOriginRow.source == STAGE.c.source, OutageOriginRow.number == STAGE.c.number),
        )
        .outerjoin(known, known.outage_id == OutageOriginRow.outage_id)
        .outerjoin(own, own.outage_id == STAGE.c.own_id)
    )
    return connection.execute(query).all()


def _is_own(row: Row[Any], line: OutageLine) -> bool:
    """Whether our own export told this outage. It says to the second when one begins."""
    own = (row.own_kind, row.own_cause, _second(row.own_since))
    return row.outage_id is None and own == (line.kind.value, line.cause, _second(line.since))


def _same_end(row: Row[Any], line: OutageLine) -> bool:
    ends = (line.until, line.ended)
    return [_second(at) for at in (row.own_until, row.own_ended)] == [_second(at) for at in ends]


Key = tuple[str, str]


def _put(
    connection: Connection, facts: dict[Key, Facts], rows: dict[Key, Row[Any]]
) -> tuple[dict[Key, int], set[Key], set[Key]]:
    """The id of each outage, and which are new or changed."""
    ids: dict[Key, int] = {}
    changed: set[Key] = set()
    for key, row in rows.items():
        kind, cause, since, until, ended = facts[key]
        if row.outage_id is not None:
            ids[key] = row.outage_id
            known = (row.kind, row.cause, *(_second(at) for at in (row.since, row.until, row.ended_at)))
            if known != (kind, cause, *(_second(at) for at in (since, until, ended))):
                change = update(OutageRow).where(OutageRow.outage_id == row.outage_id)
                connection.execute(change.values(kind=kind, cause=cause, since=since, until=until, ended_at=ended))
                changed.add(key)
        elif (row.own_kind, row.own_cause, _second(row.own_since)) == (kind, cause, _second(since)):
            ids[key] = row.own_id
    fresh = [key for key in rows if key not in ids]
    drawn = dict(zip(fresh, new_ids(connection, OutageRow, "outage_id", len(fresh)), strict=True))
    insert_rows(
        connection,
        OutageRow,
        ("outage_id", "kind", "cause", "since", "until", "ended_at"),
        [(drawn[key], *facts[key]) for key in fresh],
    )
    insert_rows(connection, OutageOriginRow, ("source", "number", "outage_id"), [(*key, drawn[key]) for key in fresh])
    return ids | drawn, set(fresh), changed


def _second(at: int | None) -> int | None:
    return None if at is None else at // _S


def _places(
    connection: Connection, ids: dict[Key, int], lines: Sequence[OutageLine], rows: dict[int, Row[Any]]
) -> set[tuple[int, int, str]]:
    """The places that were added."""
    known: set[tuple[int, int, str]] = set()
    wanted = sorted(set(ids.values()))
    for start in range(0, len(wanted), 500):
        query = select(OutagePlaceRow.outage_id, OutagePlaceRow.street_id, OutagePlaceRow.house)
        some = query.where(OutagePlaceRow.outage_id.in_(wanted[start : start + 500]))
        known |= {(outage, street, house) for outage, street, house in connection.execute(some)}
    places = {(ids[one.source, one.number], rows[one.line].street_id, one.house) for one in lines} - known
    insert_rows(connection, OutagePlaceRow, ("outage_id", "street_id", "house"), sorted(places))
    return places
