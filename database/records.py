"""acd.ports.Records over the database: one row a call with its offers and menus, written once, read back equal."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from calls.clock import NEVER, Instant
from calls.ids import AgentId, CallId, ContactId, NodeId, OfferId, QueueId
from calls.journey import CallFacts, Identification, Language, Step
from calls.menu_steps import MenuStep
from calls.numbers import PhoneNumber
from calls.record import CallOutcome, CallRecord, OfferRecord, OfferResult
from calls.transfer import TransferRecord
from database.engine import DatabaseUnavailable, reading, writing
from database.menu_steps import steps_of, write_new_steps, write_steps
from database.tables import CallRow, OfferRow
from database.text import storable
from database.upsert import Insert

MOST = 1000
"""Records in one answer."""


class DatabaseRecords:
    """Every method may raise DatabaseUnavailable; the writer keeps the record then and tries again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, record: CallRecord) -> None:
        self.write_all([record])

    def write_all(self, records: Sequence[CallRecord]) -> None:
        """All of them or none, in one transaction."""
        with writing(self._engine, DatabaseUnavailable) as connection:
            later = _later(connection.dialect.name)
            fresh = _fresh(connection, records)
            if fresh:
                connection.execute(later, [_row(record) for record in fresh])
                write_new_steps(connection, fresh)
            written = {id(record) for record in fresh}
            for record in records:
                if id(record) in written:
                    continue
                kept = connection.scalar(later.returning(CallRow.call_id), _row(record))
                if kept is not None and record.offers:
                    connection.execute(insert(OfferRow), _offers(record))
                if kept is not None:
                    write_steps(connection, record)

    def find(self, call_id: CallId) -> CallRecord | None:
        found = self._read(_records().where(CallRow.call_id == storable(call_id)))
        return found[0] if found else None

    def recent(self, limit: int = 100, before: Instant = NEVER) -> tuple[CallRecord, ...]:
        """The newest by arrival, newest first, that arrived before `before`; at most MOST."""
        return self._read(_newest(_records().where(CallRow.arrived_at < before), limit))

    def of_account(self, number: str, limit: int = 20) -> tuple[CallRecord, ...]:
        """The newest calls about an account, newest first."""
        return self._read(_newest(_records().where(CallRow.account == storable(number)), limit))

    def _read(self, query: Select[*tuple[Any, ...]]) -> tuple[CallRecord, ...]:
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query).all()
            calls = [row.call_id for row in rows]
            offers = _offers_of(connection, calls) if calls else {}
            menus = steps_of(connection, calls) if calls else {}
        return tuple(_record(row, offers.get(row.call_id, ()), menus.get(row.call_id, ())) for row in rows)


@cache
def _later(dialect: str) -> Insert:
    """Put together once: that costs more than the writing.

    A call that was cut off in the menu (a frozen self-service) and then served is told by its later record.
    """
    table = CallRow.metadata.tables[CallRow.__tablename__]
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return statement.on_conflict_do_update(
        index_elements=[CallRow.call_id],
        set_={column.name: statement.excluded[column.name] for column in table.columns},
        where=CallRow.enqueued_at.is_(None) & statement.excluded.enqueued_at.is_not(None),
    )


def _fresh(connection: Connection, records: Sequence[CallRecord]) -> list[CallRecord]:
    """Those without offers whose calls no record tells yet: most of a storm, written in two statements."""
    alone = {storable(record.call_id): record for record in reversed(records) if not record.offers}
    known = set(connection.scalars(select(CallRow.call_id).where(CallRow.call_id.in_(alone)))) if alone else set()
    return [record for call_id, record in alone.items() if call_id not in known]


def _records() -> Select[*tuple[Any, ...]]:
    return select(*CallRow.__table__.columns)


def _newest(query: Select[*tuple[Any, ...]], limit: int) -> Select[*tuple[Any, ...]]:
    return query.order_by(CallRow.arrived_at.desc(), CallRow.call_id.desc()).limit(min(limit, MOST))


def _row(record: CallRecord) -> dict[str, object]:
    facts = record.facts
    row: dict[str, object] = {
        "call_id": record.call_id,
        "contact_id": record.contact_id,
        "node": record.node,
        "outcome": record.outcome.value,
        "caller_number": facts.caller_number,
        "dialled": facts.dialled,
        "language": facts.language.value,
        "identification": facts.identification.value,
        "account": facts.account,
        "accounts": list(facts.accounts),
        "topic": facts.topic,
        "journey": msgspec.to_builtins(facts.journey),
        "arrived_at": record.arrived_at,
        "ended_at": record.ended_at,
        "queue_id": record.queue_id,
        "priority_s": record.priority_s,
        "target_s": record.target_s,
        "enqueued_at": record.enqueued_at,
        "agent_id": record.agent_id,
        "answered_at": record.answered_at,
        "talk_ended_at": record.talk_ended_at,
        "hold_ms": record.hold_ms,
        "wrap_up_ended_at": record.wrap_up_ended_at,
        "settings_version": record.settings_version,
        "threshold_s": record.threshold_s,
        "cause": record.cause,
        "transfers": msgspec.to_builtins(record.transfers),
    }
    return {column: storable(value) if isinstance(value, str) else value for column, value in row.items()}


def _offers(record: CallRecord) -> list[dict[str, object]]:
    return [
        {
            "call_id": record.call_id,
            "place": place,
            "offer_id": offer.offer_id,
            "agent_id": offer.agent_id,
            "offered_at": offer.offered_at,
            "ended_at": offer.ended_at,
            "result": offer.result.value,
        }
        for place, offer in enumerate(record.offers)
    ]


def _offers_of(connection: Connection, calls: Iterable[str]) -> dict[str, tuple[OfferRecord, ...]]:
    query = select(
        OfferRow.call_id, OfferRow.offer_id, OfferRow.agent_id, OfferRow.offered_at, OfferRow.ended_at, OfferRow.result
    )
    wanted = query.where(OfferRow.call_id.in_(calls)).order_by(OfferRow.call_id, OfferRow.place)
    offers: dict[str, tuple[OfferRecord, ...]] = {}
    for call_id, offer_id, agent_id, offered_at, ended_at, result in connection.execute(wanted):
        offer = OfferRecord(
            OfferId(offer_id), AgentId(agent_id), Instant(offered_at), Instant(ended_at), OfferResult(result)
        )
        offers[call_id] = (*offers.get(call_id, ()), offer)
    return offers


def _record(row: Row[*tuple[Any, ...]], offers: tuple[OfferRecord, ...], menus: tuple[MenuStep, ...]) -> CallRecord:
    facts = CallFacts(
        caller_number=None if row.caller_number is None else PhoneNumber(row.caller_number),
        dialled=row.dialled,
        language=Language(row.language),
        identification=Identification(row.identification),
        account=row.account,
        accounts=tuple(row.accounts),
        topic=row.topic,
        journey=msgspec.convert(row.journey, tuple[Step, ...]),
        menus=menus,
    )
    return CallRecord(
        call_id=CallId(row.call_id),
        contact_id=ContactId(row.contact_id),
        node=NodeId(row.node),
        outcome=CallOutcome(row.outcome),
        facts=facts,
        arrived_at=Instant(row.arrived_at),
        ended_at=Instant(row.ended_at),
        queue_id=None if row.queue_id is None else QueueId(row.queue_id),
        priority_s=row.priority_s,
        target_s=row.target_s,
        enqueued_at=_instant(row.enqueued_at),
        offers=offers,
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        answered_at=_instant(row.answered_at),
        talk_ended_at=_instant(row.talk_ended_at),
        hold_ms=row.hold_ms,
        wrap_up_ended_at=_instant(row.wrap_up_ended_at),
        settings_version=row.settings_version,
        transfers=msgspec.convert(row.transfers or (), tuple[TransferRecord, ...]),
        threshold_s=row.threshold_s,
        cause=row.cause,
    )


def _instant(stored: int | None) -> Instant | None:
    return None if stored is None else Instant(stored)
