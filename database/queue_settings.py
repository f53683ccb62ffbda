"""acd.ports.QueueSettings over the database: the truth for queues and limits. Each change raises the version.

Whatever changes them, the whole is checked as it would be afterwards (acd.queue_rules): an overflow never leads to a
queue that is gone. PostgreSQL's writers are put in a row by the version's row, SQLite's by the file's lock.
"""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection, Engine, select, update

from acd.queue_rules import Wrong, wrong_settings
from acd.queues import FloorSettings, Limits, Queue
from calls.ids import AgentId, QueueId
from database.engine import DatabaseUnavailable, reading, writing
from database.queue_rows import delete_queue, read_queues, write_queue
from database.tables import FloorLimitsRow, SettingsVersionRow, UserRow
from staff.skills import Skills, skills_from


class WrongSettings(ValueError):
    """Nothing was changed; `faults` says what does not fit."""

    def __init__(self, faults: Iterable[Wrong]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{' '.join(fault.where)}: {fault.text}." for fault in self.faults))


class DatabaseQueueSettings:
    """Every method may raise DatabaseUnavailable, every change WrongSettings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> FloorSettings:
        with reading(self._engine, DatabaseUnavailable) as connection:
            return read_settings(connection)

    def skills(self) -> Mapping[AgentId, Skills]:
        """Of every active user, as of now."""
        query = select(UserRow.login, UserRow.skills).where(UserRow.active)
        with reading(self._engine, DatabaseUnavailable) as connection:
            return {AgentId(login): skills_from(levels) for login, levels in connection.execute(query)}

    def put(self, queue: Queue) -> int:
        """Add or change one queue; the new version."""
        return self._change(lambda kept: FloorSettings((*_without(kept, queue.queue_id), queue), kept.limits))

    def remove(self, queue_id: QueueId) -> int:
        """Calls that wait in it stay until they are over. The new version."""
        return self._change(lambda kept: FloorSettings(_without(kept, queue_id), kept.limits))

    def put_limits(self, limits: Limits) -> int:
        """The new version."""
        return self._change(lambda kept: FloorSettings(kept.queues, limits))

    def _change(self, changed: Callable[[FloorSettings], FloorSettings]) -> int:
        with writing(self._engine, DatabaseUnavailable) as connection:
            version = raise_version(connection)  # first: it keeps other writers out until the end
            kept = read_settings(connection)
            wanted = changed(kept)
            if faults := wrong_settings(wanted.queues, wanted.limits):
                raise WrongSettings(faults)
            write_settings(connection, kept, wanted)
            return version


def read_settings(connection: Connection) -> FloorSettings:
    """The settings inside another transaction."""
    limits = connection.execute(select(FloorLimitsRow.hold_lines, FloorLimitsRow.per_number)).one()
    version = connection.scalars(select(SettingsVersionRow.version)).one()
    return FloorSettings(read_queues(connection), Limits(*limits), version)


def raise_version(connection: Connection) -> int:
    """The new version."""
    raised = update(SettingsVersionRow).values(version=SettingsVersionRow.version + 1)
    return connection.scalars(raised.returning(SettingsVersionRow.version)).one()


def write_settings(connection: Connection, kept: FloorSettings, wanted: FloorSettings) -> None:
    """Bring what is kept to what is wanted, inside another transaction; checked and counted by who calls."""
    before = {queue.queue_id: queue for queue in kept.queues}
    for queue in wanted.queues:
        if before.get(queue.queue_id) != queue:
            write_queue(connection, queue)
    for queue_id in before.keys() - {queue.queue_id for queue in wanted.queues}:
        delete_queue(connection, queue_id)
    if kept.limits != wanted.limits:
        limits = {"hold_lines": wanted.limits.hold_lines, "per_number": wanted.limits.per_number}
        connection.execute(update(FloorLimitsRow).values(**limits))


def _without(kept: FloorSettings, queue_id: QueueId) -> tuple[Queue, ...]:
    return tuple(queue for queue in kept.queues if queue.queue_id != queue_id)
