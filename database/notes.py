"""staff.ports.CallNotes over the database: the note of one call, saved as typed; the last save wins."""

from sqlalchemy import Engine, select

from calls.clock import Instant
from calls.ids import AgentId, CallId
from database.engine import reading, writing
from database.tables import CallNoteRow
from database.text import storable
from database.upsert import insert_into
from staff.ports import StaffUnavailable

LONGEST_NOTE = 4000
LONGEST_REASON = 64


class DatabaseCallNotes:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, call_id: CallId, author: AgentId, reason: str, note: str, now: Instant) -> None:
        if len(note) > LONGEST_NOTE:
            raise ValueError(f"The note has {len(note)} characters. Shorten it to {LONGEST_NOTE}.")
        if len(reason) > LONGEST_REASON:
            raise ValueError(f"The reason has {len(reason)} characters. Choose one from the list.")
        words = {"author": author, "reason": storable(reason), "note": storable(note), "saved_at": now}
        with writing(self._engine, StaffUnavailable) as connection:
            statement = insert_into(connection, CallNoteRow).values(call_id=call_id, **words)
            connection.execute(statement.on_conflict_do_update(index_elements=["call_id"], set_=words))

    def load(self, call_id: CallId) -> tuple[str, str] | None:
        query = select(CallNoteRow.reason, CallNoteRow.note).where(CallNoteRow.call_id == storable(call_id))
        with reading(self._engine, StaffUnavailable) as connection:
            row = connection.execute(query).one_or_none()
        return (row[0], row[1]) if row else None
