"""Queues, limits and users taken in at once: one transaction, one new version, one line in the audit."""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, insert, select, update

from acd.queue_rules import wrong_settings
from acd.queues import FloorSettings
from database.audit import write_entry
from database.engine import DatabaseUnavailable, reading, writing
from database.queue_settings import WrongSettings, raise_version, read_settings, write_settings
from database.tables import UserRow
from database.users import user_of
from staff.skills import levels_of
from staff.users import AuditEntry, User

NO_PASSWORD = ""
"""No hash is so short: nobody signs in with it."""


class SettingsChanged(Exception):
    """Somebody else has changed the settings meanwhile; nothing was changed."""


class DatabaseWholeSettings:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> tuple[FloorSettings, tuple[User, ...]]:
        """Everything as of one instant, users by their login."""
        with reading(self._engine, DatabaseUnavailable) as connection:
            return read_settings(connection), _users(connection)

    def put(self, wanted: FloorSettings, users: Iterable[User], entry: AuditEntry) -> int:
        """Make it so; the new version, which the entry's subject gets too. `wanted.version`: what it was made from.

        A user who is new has no password. Raises SettingsChanged, WrongSettings.
        """
        with writing(self._engine, DatabaseUnavailable) as connection:
            version = raise_version(connection)  # first: it keeps other writers out until the end
            if version != wanted.version + 1:
                raise SettingsChanged(
                    f"The settings are at version {version - 1} now, yours were made from {wanted.version}. "
                    "Look at the difference again."
                )
            if faults := wrong_settings(wanted.queues, wanted.limits):
                raise WrongSettings(faults)
            write_settings(connection, read_settings(connection), wanted)
            kept = {user.login: user for user in _users(connection)}
            for user in users:
                if user.login not in kept:
                    _add(connection, user)
                elif kept[user.login] != user:
                    connection.execute(update(UserRow).where(UserRow.login == user.login).values(**_values(user)))
            write_entry(connection, entry, f"version {version}")
            return version


def _users(connection: Connection) -> tuple[User, ...]:
    rows = connection.execute(select(*UserRow.__table__.columns).order_by(UserRow.login))
    return tuple(user_of(row) for row in rows)


def _add(connection: Connection, user: User) -> None:
    connection.execute(insert(UserRow).values(login=user.login, password=NO_PASSWORD, **_values(user)))


def _values(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "role": user.role.value,
        "skills": levels_of(user.skills),
        "active": user.active,
    }
