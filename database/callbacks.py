"""Callbacks in the database: the truth for what customers were promised. acd.ports.CallbackStore over it."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, exists, select, update

from calls.callback import Callback, CallbackState
from calls.clock import Instant
from calls.ids import CallId, ContactId, NodeId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from database.engine import DatabaseUnavailable, reading, writing
from database.tables import CallbackRow
from database.upsert import insert_into

MOST = 20_000
"""Callbacks that wait at once, read together; a day of a large supplier has fewer."""

_WAITING = CallbackState.WAITING.value


class DatabaseCallbacks:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def order(self, callback: Callback) -> None:
        """Keep a new one; a second time changes nothing."""
        with writing(self._engine, DatabaseUnavailable) as connection:
            statement = insert_into(connection, CallbackRow).values(**_row(callback))
            connection.execute(statement.on_conflict_do_nothing(index_elements=[CallbackRow.callback_id]))

    def write(self, callback: Callback) -> None:
        """How far it has come. One that is over stays as it ended, and fewer attempts are older: nothing is changed."""
        with writing(self._engine, DatabaseUnavailable) as connection:
            statement = insert_into(connection, CallbackRow).values(**_row(callback))
            progress = {name: statement.excluded[name] for name in ("state", "attempts", "not_before", "ended_at")}
            newer = statement.on_conflict_do_update(
                index_elements=[CallbackRow.callback_id],
                set_=progress,
                where=(CallbackRow.state == _WAITING) & (CallbackRow.attempts <= statement.excluded.attempts),
            )
            connection.execute(newer)

    def waiting(self) -> Sequence[Callback]:
        """Those that wait, the longest first."""
        query = select(*CallbackRow.__table__.columns).where(CallbackRow.state == _WAITING)
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query.order_by(CallbackRow.enqueued_at).limit(MOST)).all()
        return tuple(_callback(row) for row in rows)

    def waits_for(self, number: PhoneNumber) -> bool:
        """Whether one to this number waits."""
        query = select(exists().where(CallbackRow.number == number, CallbackRow.state == _WAITING))
        with reading(self._engine, DatabaseUnavailable) as connection:
            return bool(connection.scalar(query))

    def cancel(self, number: PhoneNumber, at: Instant) -> None:
        """Those to this number that wait are cancelled."""
        waiting = update(CallbackRow).where(CallbackRow.number == number, CallbackRow.state == _WAITING)
        with writing(self._engine, DatabaseUnavailable) as connection:
            connection.execute(waiting.values(state=CallbackState.CANCELLED.value, ended_at=at))

    def find(self, callback_id: CallId) -> Callback | None:
        query = select(*CallbackRow.__table__.columns).where(CallbackRow.callback_id == callback_id)
        with reading(self._engine, DatabaseUnavailable) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _callback(row)


def _row(callback: Callback) -> dict[str, Any]:
    return {
        "callback_id": callback.callback_id,
        "contact_id": callback.contact_id,
        "queue_id": callback.queue_id,
        "number": callback.number,
        "state": callback.state.value,
        "attempts": callback.attempts,
        "not_before": callback.not_before,
        "priority_s": callback.priority_s,
        "arrived_at": callback.arrived_at,
        "enqueued_at": callback.enqueued_at,
        "requested_at": callback.requested_at,
        "ended_at": callback.ended_at,
        "node": callback.node,
        "skills": sorted(callback.skills),
        "facts": msgspec.to_builtins(callback.facts),
    }


def _callback(row: Row[*tuple[Any, ...]]) -> Callback:
    return Callback(
        callback_id=CallId(row.callback_id),
        contact_id=ContactId(row.contact_id),
        queue_id=QueueId(row.queue_id),
        number=PhoneNumber(row.number),
        facts=msgspec.convert(row.facts, CallFacts),
        skills=frozenset(row.skills),
        priority_s=row.priority_s,
        arrived_at=Instant(row.arrived_at),
        enqueued_at=Instant(row.enqueued_at),
        requested_at=Instant(row.requested_at),
        node=NodeId(row.node),
        attempts=row.attempts,
        not_before=Instant(row.not_before),
        state=CallbackState(row.state),
        ended_at=None if row.ended_at is None else Instant(row.ended_at),
    )
