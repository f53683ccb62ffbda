"""staff.ports.Audit over the database. The table refuses changes itself."""

from sqlalchemy import Engine, insert, select

from calls.clock import Instant
from database.engine import reading, writing
from database.tables import AuditRow
from database.text import storable
from staff.ports import StaffUnavailable
from staff.users import AuditEntry

LONGEST = 256
"""Characters kept of a field: an actor that failed to sign in may be any text."""


class DatabaseAudit:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, entry: AuditEntry) -> None:
        words = {name: storable(getattr(entry, name))[:LONGEST] for name in ("actor", "act", "subject", "address")}
        with writing(self._engine, StaffUnavailable) as connection:
            connection.execute(insert(AuditRow).values(at=entry.at, **words))

    def recent(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        query = (
            select(AuditRow.at, AuditRow.actor, AuditRow.act, AuditRow.subject, AuditRow.address)
            .order_by(AuditRow.at.desc(), AuditRow.entry_id.desc())
            .limit(limit)
        )
        with reading(self._engine, StaffUnavailable) as connection:
            return tuple(AuditEntry(Instant(at), *words) for at, *words in connection.execute(query))
