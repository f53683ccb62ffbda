"""acd.ports.QueueSettings over the database: the truth for queues. Each change raises the settings' version."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, select, update

from acd.model import Queue
from calls.ids import QueueId
from calls.zones import checked_zone
from database.engine import DatabaseUnavailable, reading, writing
from database.tables import QueueRow, SettingsVersionRow
from database.upsert import insert_into


class DatabaseQueueSettings:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> tuple[Sequence[Queue], int]:
        query = select(
            QueueRow.queue_id,
            QueueRow.title,
            QueueRow.target_s,
            QueueRow.skills,
            QueueRow.offer_s,
            QueueRow.wrap_up_s,
            QueueRow.strategy,
            QueueRow.zone,
            QueueRow.title_en,
        ).order_by(QueueRow.queue_id)
        with reading(self._engine, DatabaseUnavailable) as connection:
            version = connection.scalar(select(SettingsVersionRow.version)) or 0
            return tuple(
                Queue(QueueId(queue_id), title, target_s, frozenset(skills), *rest)
                for queue_id, title, target_s, skills, *rest in connection.execute(query)
            ), version

    def put(self, queue: Queue) -> int:
        """Add or change one queue; the new version. Raises ValueError for a zone that does not exist."""
        with writing(self._engine, DatabaseUnavailable) as connection:
            return put_queue(connection, queue)


def put_queue(connection: Connection, queue: Queue) -> int:
    """The same inside another transaction."""
    values = {
        "title": queue.title,
        "title_en": queue.title_en,
        "target_s": queue.target_s,
        "skills": sorted(queue.skills),
        "offer_s": queue.offer_s,
        "wrap_up_s": queue.wrap_up_s,
        "strategy": queue.strategy,
        "zone": checked_zone(queue.zone),
    }
    statement = insert_into(connection, QueueRow).values(queue_id=queue.queue_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["queue_id"], set_=values))
    raised = update(SettingsVersionRow).values(version=SettingsVersionRow.version + 1)
    return connection.scalars(raised.returning(SettingsVersionRow.version)).one()
