"""The demo's post box: what would have gone out by SMS, for the browser telephone to show. Never used in production."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, select

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.notices import Notice
from customers.ports import CustomersUnavailable
from database.engine import reading, writing
from database.notice_tables import PostBoxRow
from database.upsert import insert_into

SHOWN: Final = 20
"""Of one number, the newest."""
KEPT_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Posted:
    notice_id: str
    text: str
    at: Instant


class DatabasePostBox:
    """Every method may raise CustomersUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, notice: Notice, now: Instant) -> None:
        """Once, however often it is put. A secret is gone from here when it has expired."""
        until = notice.expires_at if notice.secret else after(now, KEPT_S)
        row = {"notice_id": notice.notice_id, "number": notice.to, "text": notice.text, "at": now, "expires_at": until}
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(delete(PostBoxRow).where(PostBoxRow.expires_at <= now))
            connection.execute(insert_into(connection, PostBoxRow).values(**row).on_conflict_do_nothing())

    def of(self, number: PhoneNumber, now: Instant) -> tuple[Posted, ...]:
        """The newest SHOWN for this number, the newest first."""
        query = select(PostBoxRow.notice_id, PostBoxRow.text, PostBoxRow.at)
        query = query.where(PostBoxRow.number == number, PostBoxRow.expires_at > now)
        query = query.order_by(PostBoxRow.at.desc(), PostBoxRow.notice_id.desc()).limit(SHOWN)
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(Posted(row[0], row[1], Instant(row[2])) for row in connection.execute(query))

    def forget_old(self, now: Instant) -> None:
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(delete(PostBoxRow).where(PostBoxRow.expires_at <= now))
