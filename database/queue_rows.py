"""A queue as rows and back: acd.queues.Queue over its tables. Nothing of this is seen outside of database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from acd.queues import Announcements, CallbackRules, Cause, Hours, Overflow, Queue, Ring, Span, SpecialDay, Way
from calls.ids import AgentId, QueueId
from database.tables import QueueHoursRow, QueueOverflowRow, QueueRingRow, QueueRow, QueueSpecialDayRow, Table
from database.upsert import insert_into

PER_MILLE = 1000
"""The standard is kept in whole per mille: no table holds a float."""
_SAME = (
    "title", "title_en", "target_s", "offer_s", "wrap_up_s", "strategy", "zone", "threshold_s", "level", "reserve",
    "preferred_s", "most_waiting", "late_s", "wrap_up_extensions", "wrap_up_extension_s", "reconnect_s", "never_full",
)  # fmt: skip
"""Fields that are columns of the same name."""
_PARTS: tuple[type[Table], ...] = (QueueRingRow, QueueHoursRow, QueueSpecialDayRow, QueueOverflowRow)

AnyRow = Row[*tuple[Any, ...]]
Parts = dict[str, list[AnyRow]]


def read_queues(connection: Connection) -> tuple[Queue, ...]:
    """All queues by their id."""
    rings, hours, days, overflows = (_parts(connection, table) for table in _PARTS)
    return tuple(
        _queue(row, rings[row.queue_id], hours[row.queue_id], days[row.queue_id], overflows[row.queue_id])
        for row in connection.execute(select(*QueueRow.__table__.columns).order_by(QueueRow.queue_id))
    )


def write_queue(connection: Connection, queue: Queue) -> None:
    """Add it or replace what is there of it."""
    hours = queue.hours
    values = {name: getattr(queue, name) for name in _SAME} | {
        "skills": sorted(queue.skills),
        "standard_permille": round(queue.standard * PER_MILLE),
        "round_the_clock": hours is None,
        "holidays": hours.holidays if hours else "",
        "fixed_order": list(queue.order),
        "announcements": msgspec.to_builtins(queue.announcements),
        "callback": msgspec.to_builtins(queue.callback),
    }
    statement = insert_into(connection, QueueRow).values(queue_id=queue.queue_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["queue_id"], set_=values))
    for table in _PARTS:
        connection.execute(delete(table).where(table.__table__.c.queue_id == queue.queue_id))
    _add(
        connection,
        QueueRingRow,
        queue.queue_id,
        (
            {"place": place, "after_s": ring.after_s, "level": ring.level, "without": sorted(ring.without)}
            for place, ring in enumerate(queue.rings)
        ),
    )
    _add(
        connection,
        QueueHoursRow,
        queue.queue_id,
        (
            {"weekday": span.weekday, "opens_min": span.opens_min, "closes_min": span.closes_min}
            for span in (hours.spans if hours else ())
        ),
    )
    _add(
        connection,
        QueueSpecialDayRow,
        queue.queue_id,
        (
            {"day": date.fromisoformat(special.day), "open_min": [list(span) for span in special.open_min]}
            for special in (hours.special if hours else ())
        ),
    )
    _add(
        connection,
        QueueOverflowRow,
        queue.queue_id,
        (
            {"place": place, "causes": sorted(link.causes), "way": link.way.value, "target": link.target}
            for place, link in enumerate(queue.overflow)
        ),
    )


def delete_queue(connection: Connection, queue_id: QueueId) -> bool:
    """Whether there was one. Its rings, hours, days and links go with it."""
    return connection.execute(delete(QueueRow).where(QueueRow.queue_id == queue_id)).rowcount > 0


def _add(connection: Connection, table: type[Table], queue_id: QueueId, rows: Iterable[dict[str, object]]) -> None:
    filled = [{"queue_id": queue_id, **row} for row in rows]
    if filled:
        connection.execute(insert(table), filled)


def _parts(connection: Connection, table: type[Table]) -> Parts:
    """The rows of each queue in the order of their key."""
    found: Parts = defaultdict(list)
    columns = table.__table__.columns
    for row in connection.execute(select(*columns).order_by(*table.__table__.primary_key)):
        found[row.queue_id].append(row)
    return found


def _queue(
    row: AnyRow, rings: Sequence[AnyRow], hours: Sequence[AnyRow], days: Sequence[AnyRow], links: Sequence[AnyRow]
) -> Queue:
    return Queue(
        queue_id=QueueId(row.queue_id),
        skills=frozenset(row.skills),
        standard=row.standard_permille / PER_MILLE,
        rings=tuple(Ring(ring.after_s, ring.level, frozenset(ring.without)) for ring in rings),
        order=tuple(AgentId(agent) for agent in row.fixed_order or ()),
        hours=None if row.round_the_clock else _hours(row.holidays, hours, days),
        overflow=tuple(Overflow(frozenset(map(Cause, link.causes)), Way(link.way), link.target) for link in links),
        announcements=msgspec.convert(row.announcements or {}, Announcements),
        callback=msgspec.convert(row.callback or {}, CallbackRules),
        **{name: getattr(row, name) for name in _SAME},
    )


def _hours(holidays: str, hours: Sequence[AnyRow], days: Sequence[AnyRow]) -> Hours:
    return Hours(
        tuple(Span(row.weekday, row.opens_min, row.closes_min) for row in hours),
        holidays,
        tuple(
            SpecialDay(row.day.isoformat(), tuple((opens, closes) for opens, closes in row.open_min)) for row in days
        ),
    )
