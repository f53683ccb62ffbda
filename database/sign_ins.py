"""staff.ports.SignIns over the database: a random token in a cookie, only its SHA-256 here."""

import hashlib
import secrets

from sqlalchemy import Engine, delete, insert, select, update

from calls.clock import Instant, after
from calls.ids import AgentId
from database.engine import reading, writing
from database.tables import SignInRow, UserRow
from database.users import user_of
from staff.ports import StaffUnavailable
from staff.users import User

TOKEN_BYTES = 32
LONGEST_TOKEN = 128
RENEW_MS = 1000
"""A page asks many times a second; its idle time starts again at most so often."""


class DatabaseSignIns:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, login: AgentId, now: Instant, idle_limit_s: int) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {"token": _kept(token), "login": login, "begun_at": now, "idle_limit_s": idle_limit_s}
        with writing(self._engine, StaffUnavailable) as connection:
            connection.execute(delete(SignInRow).where(SignInRow.ends_at <= now))
            connection.execute(insert(SignInRow).values(**row, ends_at=after(now, idle_limit_s)))
        return token

    def user_of(self, token: str, now: Instant) -> User | None:
        if len(token) > LONGEST_TOKEN:
            return None
        kept = _kept(token)
        query = (
            select(*UserRow.__table__.columns, SignInRow.idle_limit_s, SignInRow.ends_at)
            .join(SignInRow, SignInRow.login == UserRow.login)
            .where(SignInRow.token == kept, SignInRow.ends_at > now, UserRow.active)
        )
        with reading(self._engine, StaffUnavailable) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        ends_at = after(now, row.idle_limit_s)
        if ends_at - row.ends_at >= RENEW_MS:
            with writing(self._engine, StaffUnavailable) as connection:
                connection.execute(
                    update(SignInRow)
                    .where(SignInRow.token == kept, SignInRow.ends_at < ends_at)
                    .values(ends_at=ends_at)
                )
        return user_of(row)

    def end(self, token: str) -> None:
        with writing(self._engine, StaffUnavailable) as connection:
            connection.execute(delete(SignInRow).where(SignInRow.token == _kept(token)))

    def living(self, now: Instant) -> frozenset[User]:
        query = select(*UserRow.__table__.columns).where(
            UserRow.active, UserRow.login.in_(select(SignInRow.login).where(SignInRow.ends_at > now))
        )
        with reading(self._engine, StaffUnavailable) as connection:
            return frozenset(user_of(row) for row in connection.execute(query))

    def prolong(self, logins: frozenset[AgentId], now: Instant) -> None:
        if not logins:
            return
        mine = update(SignInRow).where(SignInRow.login.in_(sorted(logins)), SignInRow.ends_at > now)
        with writing(self._engine, StaffUnavailable) as connection:
            connection.execute(mine.values(ends_at=now + SignInRow.idle_limit_s * 1000))


def _kept(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
