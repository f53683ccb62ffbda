"""Figures of intervals over the database: written again while calls of the interval go on, the last word stays."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Engine, Row, select

from acd.figures import IntervalFigures, MenuFigures
from acd.intervals import Interval
from acd.metrics import MenuTally, Tally
from acd.staff_time import StaffTime
from calls.clock import Instant
from calls.ids import QueueId
from database.engine import DatabaseUnavailable, reading, writing
from database.monitor_tables import IntervalFiguresRow, MenuFiguresRow
from database.upsert import insert_into

MOST: Final = 100_000
"""Rows in one answer: a year of half-hours of five queues."""
_KEY: Final = ("queue_id", "starts_at")
_COUNTS: Final = tuple(part.name for part in fields(Tally))
_TIMES: Final = tuple(part.name for part in fields(StaffTime))


class DatabaseIntervalFigures:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, figures: Iterable[IntervalFigures]) -> None:
        """Add or replace each; what is final is replaced only by what is final too.

        A monitor that begins writes a day of all queues, and SQLite has one writer: the lock is for the rows alone.
        """
        rows = [{"queue_id": one.queue_id, "starts_at": one.interval.start, **_values(one)} for one in figures]
        if not rows:
            return
        with writing(self._engine, DatabaseUnavailable) as connection:
            insert = insert_into(connection, IntervalFiguresRow)
            kept = insert.on_conflict_do_update(
                index_elements=_KEY,
                set_={name: insert.excluded[name] for name in rows[0] if name not in _KEY},
                where=IntervalFiguresRow.final.is_(False) | insert.excluded.final,
            )
            connection.execute(kept, rows)

    def between(self, begins: Instant, ends: Instant) -> tuple[IntervalFigures, ...]:
        """Those that begin from `begins` up to, not including, `ends`, in the order of time."""
        row = IntervalFiguresRow
        query = select(*row.__table__.columns).where(row.starts_at >= begins, row.starts_at < ends)
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query.order_by(row.starts_at, row.queue_id).limit(MOST)).all()
        return tuple(_figures(one) for one in rows)

    def put_menu(self, figures: MenuFigures) -> None:
        tally = figures.tally
        values = {"ends_at": figures.interval.end, "calls": tally.calls, "contained": tally.contained}
        values["deflected"] = tally.deflected
        with writing(self._engine, DatabaseUnavailable) as connection:
            statement = insert_into(connection, MenuFiguresRow).values(starts_at=figures.interval.start, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["starts_at"], set_=values))

    def menu_between(self, begins: Instant, ends: Instant) -> tuple[MenuFigures, ...]:
        row = MenuFiguresRow
        query = select(*row.__table__.columns).where(row.starts_at >= begins, row.starts_at < ends)
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query.order_by(row.starts_at).limit(MOST)).all()
        return tuple(
            MenuFigures(
                Interval(Instant(one.starts_at), Instant(one.ends_at)),
                MenuTally(one.calls, one.contained, one.deflected),
            )
            for one in rows
        )


def _values(one: IntervalFigures) -> dict[str, Any]:
    values: dict[str, Any] = {"ends_at": one.interval.end, "final": one.final}
    values["standard_permille"] = one.standard_permille
    values |= {name: getattr(one.tally, name) for name in _COUNTS}
    return values | {name: getattr(one.staff, name) for name in _TIMES}


def _figures(row: Row[*tuple[Any, ...]]) -> IntervalFigures:
    found = row._mapping
    return IntervalFigures(
        QueueId(row.queue_id),
        Interval(Instant(row.starts_at), Instant(row.ends_at)),
        Tally(**{name: found[name] for name in _COUNTS}),
        StaffTime(**{name: found[name] for name in _TIMES}),
        row.standard_permille,
        row.final,
    )
