"""Stays of finished calls for the monitor's figures, straight from their records: without offers and people."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Engine, Row, select

from acd.metrics import MenuTally, Stay, menu_tally_of, stay_of_record
from calls.clock import Instant
from calls.ids import CallId, ContactId, NodeId, QueueId
from calls.journey import CallFacts, Language, Step
from calls.record import CallOutcome, CallRecord
from database.engine import DatabaseUnavailable, reading
from database.tables import CallRow

MOST: Final = 200_000
"""Calls in one answer: several hours of the largest centre."""
AT_ONCE: Final = 500
_COLUMNS: Final = (
    CallRow.call_id, CallRow.contact_id, CallRow.outcome, CallRow.queue_id, CallRow.target_s, CallRow.threshold_s,
    CallRow.cause, CallRow.arrived_at, CallRow.enqueued_at, CallRow.answered_at, CallRow.talk_ended_at,
    CallRow.wrap_up_ended_at, CallRow.ended_at,
)  # fmt: skip


class DatabaseStays:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def queued(self, queues: Iterable[QueueId], begins: Instant, ends: Instant) -> tuple[tuple[CallId, Stay], ...]:
        """Of the calls that were queued in these queues from `begins` up to, not including, `ends`, in that order."""
        wanted = (CallRow.queue_id.in_(tuple(queues)), CallRow.enqueued_at >= begins, CallRow.enqueued_at < ends)
        return tuple(self._read(*wanted))

    def of_calls(self, calls: Iterable[CallId]) -> tuple[tuple[CallId, Stay], ...]:
        """Of these calls, as far as they are over and recorded."""
        return tuple(found for some in _some_at_once(calls) for found in self._read(CallRow.call_id.in_(some)))

    def menu(self, begins: Instant, ends: Instant) -> MenuTally:
        """Of all calls that arrived from `begins` up to, not including, `ends`."""
        return sum(self.menu_by_language(begins, ends).values(), MenuTally())

    def menu_by_language(self, begins: Instant, ends: Instant) -> dict[Language, MenuTally]:
        """The same of each language that any of them ended in."""
        query = select(CallRow.language, CallRow.call_id, CallRow.contact_id, CallRow.outcome, CallRow.journey)
        wanted = query.where(CallRow.arrived_at >= begins, CallRow.arrived_at < ends).limit(MOST)
        found: dict[Language, MenuTally] = {}
        with reading(self._engine, DatabaseUnavailable) as connection:
            for spoken, call_id, contact_id, outcome, journey in connection.execute(wanted):
                language, facts = Language(spoken), CallFacts(journey=msgspec.convert(journey, tuple[Step, ...]))
                tally = menu_tally_of(_record(call_id, contact_id, outcome, facts, begins, begins))
                found[language] = found.get(language, MenuTally()) + tally
        return found

    def _read(self, *wanted: ColumnElement[bool]) -> Iterator[tuple[CallId, Stay]]:
        query = select(*_COLUMNS).where(*wanted).order_by(CallRow.enqueued_at).limit(MOST)
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query).all()
        for row in rows:
            stay = _stay(row)
            if stay is not None:
                yield CallId(row.call_id), stay


def _some_at_once(calls: Iterable[CallId]) -> Iterator[tuple[CallId, ...]]:
    left = iter(calls)
    while some := tuple(islice(left, AT_ONCE)):
        yield some


def _stay(row: Row[*tuple[Any, ...]]) -> Stay | None:
    base = _record(row.call_id, row.contact_id, row.outcome, CallFacts(), row.arrived_at, row.ended_at)
    return stay_of_record(
        replace(
            base,
            queue_id=row.queue_id,
            target_s=row.target_s,
            threshold_s=row.threshold_s,
            cause=row.cause,
            enqueued_at=row.enqueued_at,
            answered_at=row.answered_at,
            talk_ended_at=row.talk_ended_at,
            wrap_up_ended_at=row.wrap_up_ended_at,
        )
    )


def _record(
    call_id: str, contact_id: str, outcome: str, facts: CallFacts, arrived_at: int, ended_at: int
) -> CallRecord:
    """A record without what figures do not ask for."""
    ids = CallId(call_id), ContactId(contact_id), NodeId("")
    return CallRecord(*ids, CallOutcome(outcome), facts, Instant(arrived_at), Instant(ended_at))
