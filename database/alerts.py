"""Alerts and the outbox of their messages over the database: raised once, sent once, kept."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from acd.alerts import Alert, AlertCleared, AlertEvent, AlertId, AlertKind, AlertMessage, AlertRaised
from calls.clock import NEVER, Instant, after
from calls.ids import AgentId
from database.engine import DatabaseUnavailable, Unavailable, reading, writing
from database.monitor_tables import AlertMessageRow, AlertRow, LeaseRow
from database.text import storable
from database.upsert import insert_into

MOST: Final = 200
"""Alerts in one answer."""
MOST_UNSENT: Final = 5000
"""Messages that wait at once. An alert beyond it is kept, shown and sent to nobody: a storm must not fill a disk."""
KEPT_S: Final = 400 * 86_400
CLAIM_S: Final = 60.0
"""How long a monitor may take to send one message; afterwards another one tries."""
LONGEST_FAULT: Final = 200


class DatabaseAlerts:
    """Every method may raise `away`."""

    def __init__(self, engine: Engine, away: Unavailable = DatabaseUnavailable) -> None:
        self._engine = engine
        self._away = away

    # --- alerts
    def keep(self, events: Iterable[AlertEvent], channels: Sequence[str], now: Instant) -> None:
        """Keep what was raised and cleared, with a message for each channel, all or nothing.

        What is open already, or cleared already, changes nothing and sends nothing.
        """
        with writing(self._engine, self._away) as connection:
            for event in events:
                if _keep(connection, event):
                    _post(connection, event, channels, now)

    def open(self) -> tuple[Alert, ...]:
        """All that are not cleared, the newest first."""
        return self._read(select(*AlertRow.__table__.columns).where(AlertRow.cleared_at.is_(None)))

    def recent(self, limit: int = MOST, before: Instant = NEVER) -> tuple[Alert, ...]:
        """The newest that were raised before `before`, cleared or not."""
        return self._read(select(*AlertRow.__table__.columns).where(AlertRow.raised_at < before), limit)

    def acknowledge(self, alert_id: AlertId, by: AgentId, now: Instant) -> Alert | None:
        """The alert with its first acknowledgement, this one or an earlier; None when there is no such alert."""
        wanted = AlertRow.alert_id == storable(alert_id)
        with writing(self._engine, self._away) as connection:
            first = update(AlertRow).where(wanted, AlertRow.acknowledged_at.is_(None))
            connection.execute(first.values(acknowledged_at=now, acknowledged_by=by))
            row = connection.execute(select(*AlertRow.__table__.columns).where(wanted)).one_or_none()
        return _alert(row) if row is not None else None

    def forget_old(self, now: Instant) -> None:
        """Delete what was cleared and raised longer ago than `KEPT_S`, with its messages."""
        old = delete(AlertRow).where(AlertRow.raised_at < after(now, -KEPT_S), AlertRow.cleared_at.is_not(None))
        with writing(self._engine, self._away) as connection:
            connection.execute(old)

    # --- messages
    def claim(self, now: Instant) -> AlertMessage | None:
        """The message that is due first, for this caller alone during `CLAIM_S`; None when none is due."""
        due = (AlertMessageRow.due_at <= now, AlertMessageRow.claimed_until <= now)
        key = (AlertMessageRow.alert_id, AlertMessageRow.event, AlertMessageRow.channel)
        with writing(self._engine, self._away) as connection:
            first = select(*key).where(*due).order_by(AlertMessageRow.due_at).limit(1)
            if connection.dialect.name == "postgresql":
                first = first.with_for_update(skip_locked=True)
            found = connection.execute(first).one_or_none()
            if found is None:
                return None
            one = update(AlertMessageRow).where(*(column == value for column, value in zip(key, found, strict=True)))
            claimed = one.values(claimed_until=after(now, CLAIM_S)).returning(
                AlertMessageRow.event, AlertMessageRow.channel, AlertMessageRow.made_at, AlertMessageRow.tries
            )
            event, channel, made_at, tries = connection.execute(claimed).one()
            alert = connection.execute(
                select(*AlertRow.__table__.columns).where(AlertRow.alert_id == found.alert_id)
            ).one()
        return AlertMessage(_alert(alert), event, channel, Instant(made_at), tries)

    def sent(self, message: AlertMessage, now: Instant) -> None:
        self._note(message, due_at=None, sent_at=now, fault="")

    def not_sent(self, message: AlertMessage, fault: str, again_at: Instant | None) -> None:
        """Try again at `again_at`; None gives it up. `fault` is for people."""
        self._note(message, due_at=again_at, fault=storable(fault)[:LONGEST_FAULT])

    def oldest_unsent(self) -> Instant | None:
        with reading(self._engine, self._away) as connection:
            query = select(func.min(AlertMessageRow.made_at)).where(AlertMessageRow.due_at.is_not(None))
            made_at = connection.scalar(query)
        return None if made_at is None else Instant(made_at)

    # --- the lease
    def take_lease(self, name: str, holder: str, now: Instant, for_s: float) -> bool:
        """Whether `holder` has the lease until `for_s` from now: it had it, nobody had it, or it had run out."""
        until = after(now, for_s)
        with writing(self._engine, self._away) as connection:
            statement = insert_into(connection, LeaseRow).values(name=name, holder=holder, until=until)
            taken = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": holder, "until": until},
                where=(LeaseRow.holder == holder) | (LeaseRow.until < now),
            )
            return connection.scalar(taken.returning(LeaseRow.holder)) == holder

    def leave_lease(self, name: str, holder: str) -> None:
        with writing(self._engine, self._away) as connection:
            connection.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder))

    def _note(self, message: AlertMessage, **values: Any) -> None:
        one = update(AlertMessageRow).where(
            AlertMessageRow.alert_id == message.alert.alert_id,
            AlertMessageRow.event == message.event,
            AlertMessageRow.channel == message.channel,
        )
        with writing(self._engine, self._away) as connection:
            connection.execute(one.values(tries=message.tries + 1, claimed_until=0, **values))

    def _read(self, query: Any, limit: int = MOST) -> tuple[Alert, ...]:
        newest = query.order_by(AlertRow.raised_at.desc(), AlertRow.alert_id).limit(min(limit, MOST))
        with reading(self._engine, self._away) as connection:
            return tuple(_alert(row) for row in connection.execute(newest))


def _keep(connection: Connection, event: AlertEvent) -> bool:
    """Whether it was news."""
    alert = event.alert
    match event:
        case AlertRaised():
            statement = insert_into(connection, AlertRow).values(
                alert_id=alert.alert_id, kind=alert.kind.value, about=alert.about, raised_at=alert.raised_at,
                value=alert.value, limit_value=alert.limit,
            )  # fmt: skip
            return connection.scalar(statement.on_conflict_do_nothing().returning(AlertRow.alert_id)) is not None
        case AlertCleared():
            one = update(AlertRow).where(AlertRow.alert_id == alert.alert_id, AlertRow.cleared_at.is_(None))
            return connection.scalar(one.values(cleared_at=alert.cleared_at).returning(AlertRow.alert_id)) is not None


def _post(connection: Connection, event: AlertEvent, channels: Sequence[str], now: Instant) -> None:
    waiting = connection.scalar(
        select(func.count()).select_from(AlertMessageRow).where(AlertMessageRow.due_at.is_not(None))
    )  # fmt: skip
    word = "raised" if isinstance(event, AlertRaised) else "cleared"
    for channel in channels if (waiting or 0) < MOST_UNSENT else ():
        values = {"alert_id": event.alert.alert_id, "event": word, "channel": channel, "made_at": now, "due_at": now}
        connection.execute(insert_into(connection, AlertMessageRow).values(**values).on_conflict_do_nothing())


def _alert(row: Row[*tuple[Any, ...]]) -> Alert:
    return Alert(
        AlertId(row.alert_id),
        AlertKind(row.kind),
        row.about,
        Instant(row.raised_at),
        row.value,
        row.limit_value,
        None if row.cleared_at is None else Instant(row.cleared_at),
        None if row.acknowledged_at is None else Instant(row.acknowledged_at),
        None if row.acknowledged_by is None else AgentId(row.acknowledged_by),
    )
