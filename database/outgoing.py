"""calls.outgoing.OutgoingCalls over the database: what was dialled outside is counted there and survives a restart.

Two calls at once are counted one after the other: SQLite has one writer, PostgreSQL a lock of its own for it. Each
asking leaves a row that is never changed, and an entry of the audit.
"""

import structlog
from sqlalchemy import Connection, Engine, func, insert, select, text

from calls.clock import Instant, as_datetime
from calls.outgoing import OutgoingCall, OutgoingRules, Refusal, count_refusal, number_refusal
from calls.zones import zone
from database.engine import DatabaseUnavailable, writing
from database.tables import AuditRow, OutgoingRow

log = structlog.get_logger(__name__)

_LOCK = 7_307_514_403
"""PostgreSQL's advisory lock of the counting; database.migrations has the number before it."""


class DatabaseOutgoing:
    """`zone_name`: the time zone whose days count."""

    def __init__(self, engine: Engine, rules: OutgoingRules, zone_name: str) -> None:
        self._engine = engine
        self._rules = rules
        self._zone = zone(zone_name)

    def permit(self, call: OutgoingCall, now: Instant) -> Refusal | None:
        """See calls.outgoing.OutgoingCalls. Without the database only the duty officers are dialled."""
        try:
            with writing(self._engine, DatabaseUnavailable) as connection:
                return self._answer(connection, call, now)
        except DatabaseUnavailable:
            log.warning("outgoing_call_uncounted", call_id=call.call_id, kind=call.kind)
            return None if call.number in self._rules.duty else Refusal.UNCOUNTED

    def _answer(self, connection: Connection, call: OutgoingCall, now: Instant) -> Refusal | None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        known = select(OutgoingRow.refusal).where(OutgoingRow.outgoing_id == call.outgoing_id)
        former = connection.execute(known).scalar_one_or_none()
        if former is not None:
            return Refusal(former) if former else None
        day = as_datetime(now).astimezone(self._zone).date()
        counted = select(func.count()).where(OutgoingRow.day == day, OutgoingRow.refusal == "")
        refusal = number_refusal(call.number, self._rules) or count_refusal(
            call,
            by_actor=connection.execute(counted.where(OutgoingRow.actor == call.actor)).scalar_one(),
            to_number=connection.execute(counted.where(OutgoingRow.number == call.number)).scalar_one(),
            rules=self._rules,
        )
        row = {
            "outgoing_id": call.outgoing_id,
            "at": now,
            "day": day,
            "kind": call.kind.value,
            "actor": call.actor,
            "number": call.number,
            "call_id": call.call_id,
            "refusal": refusal.value if refusal else "",
        }
        connection.execute(insert(OutgoingRow).values(**row))
        act = "called_outside" if refusal is None else "call_outside_refused"
        subject = f"{call.call_id} {call.kind.value}" + (f" {refusal.value}" if refusal else "")
        connection.execute(insert(AuditRow).values(at=now, actor=call.actor, act=act, subject=subject, address=""))
        return refusal
