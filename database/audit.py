"""staff.ports.Audit over the database. The table refuses changes itself."""

from sqlalchemy import Connection, Engine, insert, select

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
        with writing(self._engine, StaffUnavailable) as connection:
            write_entry(connection, entry)

    def recent(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """The newest entries, newest first."""
        query = (
            select(AuditRow.at, AuditRow.actor, AuditRow.act, AuditRow.subject, AuditRow.address)
            .order_by(AuditRow.at.desc(), AuditRow.entry_id.desc())
            .limit(limit)
        )
        with reading(self._engine, StaffUnavailable) as connection:
            return tuple(AuditEntry(Instant(at), *words) for at, *words in connection.execute(query))


def write_entry(connection: Connection, entry: AuditEntry, subject: str = "") -> None:
    """The same inside another transaction. `subject`: where it is known only there."""
    told = {"actor": entry.actor, "act": entry.act, "subject": subject or entry.subject, "address": entry.address}
    words = {name: storable(text)[:LONGEST] for name, text in told.items()}
    connection.execute(insert(AuditRow).values(at=entry.at, **words))
