"""staff.ports.Users over the database. Passwords are argon2id; the cost is that of a person who signs in."""

import secrets
import threading
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from calls.clock import Instant, after
from calls.ids import AgentId, is_slug
from database.audit import write_entry
from database.engine import reading, writing
from database.tables import SignInRow, UserRow
from staff.passwords import LONGEST
from staff.ports import StaffUnavailable
from staff.roles import Role
from staff.skills import levels_of, skills_from
from staff.users import AuditEntry, User

FAILURES = 5
LOCK_S = 60
AT_ONCE = 2
"""Password checks at once; one takes 25 ms and 19 MiB."""
WAIT_S = 5.0


class DatabaseUsers:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)  # OWASP's smallest advice
        self._decoy = self._hasher.hash(secrets.token_hex(16))
        self._running = threading.BoundedSemaphore(AT_ONCE)

    def authenticate(self, login: str, password: str, now: Instant) -> User | None:
        """Wrong ones count; a locked login is refused whatever the password, without its lock growing longer."""
        row = self._row(login)
        right = self._matches(row.password if row else self._decoy, password)
        if row is None or row.locked_until > now or not row.active:
            return None
        if right:
            if row.failures:
                self._change(row.login, failures=0, locked_until=0)
            return user_of(row)
        self._fail(row.login, now)
        return None

    def find(self, login: AgentId) -> User | None:
        row = self._row(login)
        return user_of(row) if row else None

    def all(self) -> tuple[User, ...]:
        with reading(self._engine, StaffUnavailable) as connection:
            rows = connection.execute(select(*UserRow.__table__.columns).order_by(UserRow.login)).all()
        return tuple(user_of(row) for row in rows)

    def add(self, user: User, password: str) -> None:
        """Raises ValueError for a login that is no slug or is taken: a login is for ever."""
        if not is_slug(user.login):
            raise ValueError("A login is a small letter and then up to 31 of a-z, 0-9 and -.")
        with writing(self._engine, StaffUnavailable) as connection:
            if connection.scalar(select(UserRow.login).where(UserRow.login == user.login)):
                raise ValueError(f"The login {user.login} is taken, perhaps by one who left. Choose another.")
            self.insert(connection, user, password)

    def insert(self, connection: Connection, user: User, password: str) -> None:
        """The same inside another transaction, unchecked."""
        connection.execute(
            insert(UserRow).values(
                login=user.login,
                name=user.name,
                role=user.role.value,
                skills=levels_of(user.skills),
                active=user.active,
                password=self._hasher.hash(password),
            )
        )

    def set_password(self, login: AgentId, password: str, entry: AuditEntry) -> None:
        """It holds alone from now on: a lock and every living sign-in end. Raises ValueError for nobody's login."""
        changed = update(UserRow).where(UserRow.login == (login if is_slug(login) else "")).returning(UserRow.login)
        hashed = self._hasher.hash(password)
        with writing(self._engine, StaffUnavailable) as connection:
            if connection.scalar(changed.values(password=hashed, failures=0, locked_until=0)) is None:
                raise ValueError("Nobody has this login. `callcentre settings export` lists the users.")
            connection.execute(delete(SignInRow).where(SignInRow.login == login))
            write_entry(connection, entry)

    def _row(self, login: str) -> Row[*tuple[Any, ...]] | None:
        query = select(*UserRow.__table__.columns).where(UserRow.login == (login if is_slug(login) else ""))
        with reading(self._engine, StaffUnavailable) as connection:
            return connection.execute(query).one_or_none()

    def _matches(self, hashed: str, password: str) -> bool:
        if not self._running.acquire(timeout=WAIT_S):
            raise StaffUnavailable("Too many people sign in at once. Try again.")
        try:
            return self._hasher.verify(hashed, password[:LONGEST].encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False
        finally:
            self._running.release()

    def _fail(self, login: str, now: Instant) -> None:
        """Count in the database, so that tries at once all count; the fifth locks and starts the count again."""
        with writing(self._engine, StaffUnavailable) as connection:
            counted = update(UserRow).where(UserRow.login == login).values(failures=UserRow.failures + 1)
            failures = connection.scalar(counted.returning(UserRow.failures))
            if failures is not None and failures >= FAILURES:
                lock = update(UserRow).where(UserRow.login == login)
                connection.execute(lock.values(failures=0, locked_until=after(now, LOCK_S)))

    def _change(self, login: str, **values: object) -> None:
        with writing(self._engine, StaffUnavailable) as connection:
            connection.execute(update(UserRow).where(UserRow.login == login).values(**values))


def user_of(row: Row[*tuple[Any, ...]]) -> User:
    return User(AgentId(row.login), row.name, Role(row.role), skills_from(row.skills), row.active)
