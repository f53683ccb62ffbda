"""The outbox of notices over the database: customers.notices.Notices, and what their sender needs.

A notice is claimed before it is sent and noted afterwards: several senders never send one at the same time, and one
that is killed in between leaves a claim that runs out, so that every notice goes out at least once. Codes go first,
then the others as they came.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, and_, case, delete, exists, func, or_, select, text, update

from calls.clock import Instant, after
from calls.ids import new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.notice_texts import NoticeKind
from customers.notices import (
    LONGEST_ID,
    EmailAddress,
    Notice,
    NoticeId,
    NoticeRules,
    NotTaken,
    Way,
    address_refusal,
    count_refusal,
)
from customers.ports import CustomersUnavailable
from database.engine import reading, writing
from database.notice_tables import NoticeRow
from database.text import storable
from database.upsert import insert_into

CLAIM_S: Final = 60.0
"""How long a sender may take for one notice (its gateway's waits are far shorter); afterwards another one tries."""
KEPT_S: Final = 90 * 86_400
HOUR_S: Final = 3600.0
LONGEST_FAULT: Final = 200
_LOCK: Final = 7_307_514_404
"""PostgreSQL's advisory lock of the counting; database.outgoing has the number before it."""


class State(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"


class Delivery(StrEnum):
    """What the gateway tells of a message that it has taken."""

    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice for this sender alone until its claim runs out; `attempts` were made before."""

    notice: Notice
    claim: str
    attempts: int


class DatabaseNotices:
    """Every method but `ways` may raise CustomersUnavailable."""

    def __init__(self, engine: Engine, rules: NoticeRules) -> None:
        self._engine = engine
        self._rules = rules

    def ways(self) -> frozenset[Way]:
        return self._rules.ways

    def send(self, notice: Notice) -> NotTaken | None:
        """See customers.notices.Notices. Raises ValueError for an id that is longer than LONGEST_ID."""
        with writing(self._engine, CustomersUnavailable) as connection:
            return post(connection, notice, self._rules)

    def claim(self, way: Way, now: Instant) -> Claimed | None:
        """The notice that is due first on this way, for this caller alone during CLAIM_S; None when none is due.

        What has expired is given up, and secrets among it are erased.
        """
        if not self._due(way, now):
            return None
        with writing(self._engine, CustomersUnavailable) as connection:
            _expire(connection, now)
            found = _first(connection, way, now, secret=True) or _first(connection, way, now, secret=False)
            if found is None:
                return None
            token = new_uuid7()
            claimed = update(NoticeRow).where(NoticeRow.notice_id == found)
            claimed = claimed.values(claim=token, claimed_until=after(now, CLAIM_S))
            row = connection.execute(claimed.returning(*NoticeRow.__table__.columns)).one()
        return Claimed(_notice(row), token, row.attempts)

    def sent(self, claimed: Claimed, gateway_id: str | None, now: Instant) -> None:
        """It is out, whoever has claimed it meanwhile."""
        out = update(NoticeRow).where(
            NoticeRow.notice_id == claimed.notice.notice_id,
            NoticeRow.state.in_((State.WAITING.value, State.EXPIRED.value)),
        )
        kept = storable(gateway_id) if gateway_id else None
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(out.values(**_over(State.SENT, now), gateway_id=kept))

    def not_sent(self, claimed: Claimed, fault: str, again_at: Instant | None, now: Instant) -> None:
        """Try again at `again_at`; None gives it up. `fault` is for people. Nothing happens to what another claimed."""
        mine = update(NoticeRow).where(
            NoticeRow.notice_id == claimed.notice.notice_id,
            NoticeRow.claim == claimed.claim,
            NoticeRow.state == State.WAITING.value,
        )
        values: dict[str, Any] = {"attempts": claimed.attempts + 1, "fault": storable(fault)[:LONGEST_FAULT]}
        if again_at is None:
            values |= _over(State.FAILED, now)
        else:
            values |= {"not_before": again_at, "claimed_until": 0}
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(mine.values(**values))

    def delivered(self, gateway_id: str, delivery: Delivery) -> None:
        """What the gateway told of a message; what is not ours changes nothing."""
        ours = update(NoticeRow).where(NoticeRow.gateway_id == storable(gateway_id))
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(ours.values(delivery=delivery.value))

    def oldest_waiting(self) -> Instant | None:
        """Since when the notice has waited that waits longest."""
        with reading(self._engine, CustomersUnavailable) as connection:
            since = connection.scalar(select(func.min(NoticeRow.created_at)).where(_WAITING))
        return None if since is None else Instant(since)

    def forget_old(self, now: Instant) -> None:
        """Give up what has expired, erase its secrets, delete what was over KEPT_S ago."""
        with writing(self._engine, CustomersUnavailable) as connection:
            _expire(connection, now)
            connection.execute(delete(NoticeRow).where(NoticeRow.ended_at < after(now, -KEPT_S)))

    def _due(self, way: Way, now: Instant) -> bool:
        """Asked before the database's one writer is kept from others."""
        query = select(exists().where(_WAITING, or_(NoticeRow.expires_at <= now, and_(*_claimable(way, now)))))
        with reading(self._engine, CustomersUnavailable) as connection:
            return bool(connection.scalar(query))


def post(connection: Connection, notice: Notice, rules: NoticeRules) -> NotTaken | None:
    """Put the notice into the outbox inside of the caller's transaction; None: it is there, now or before."""
    if not notice.notice_id or len(notice.notice_id) > LONGEST_ID or storable(notice.notice_id) != notice.notice_id:
        raise ValueError(f"A notice's id has 1 to {LONGEST_ID} letters.")
    refusal = address_refusal(notice.to, rules)
    if refusal is not None:
        return refusal
    count_alone(connection)
    if connection.scalar(select(exists().where(NoticeRow.notice_id == notice.notice_id))):
        return None
    hour = NoticeRow.created_at > after(notice.created_at, -HOUR_S)
    counted = select(func.count()).select_from(NoticeRow).where(hour, NoticeRow.secret == notice.secret)
    refusal = count_refusal(
        to_number=connection.scalar(counted.where(NoticeRow.address == notice.to)) or 0,
        together=connection.scalar(counted) or 0,
        rules=rules,
    )
    if refusal is None:
        connection.execute(insert_into(connection, NoticeRow).values(**_row(notice)))
    return refusal


def count_alone(connection: Connection) -> None:
    """Until this transaction is over nobody else counts and adds; it may be asked for twice. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


_WAITING: Final = NoticeRow.state == State.WAITING.value


def _claimable(way: Way, now: Instant) -> tuple[Any, ...]:
    return (_WAITING, NoticeRow.way == way.value, NoticeRow.not_before <= now, NoticeRow.claimed_until <= now)


def _first(connection: Connection, way: Way, now: Instant, *, secret: bool) -> str | None:
    """Of one class, so that the index holds the order: the answer costs the same however many wait."""
    query = select(NoticeRow.notice_id).where(*_claimable(way, now), NoticeRow.secret == secret)
    query = query.order_by(NoticeRow.not_before, NoticeRow.notice_id).limit(1)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    return connection.scalar(query)


def _over(state: State, now: Instant) -> dict[str, Any]:
    """What is over has no claim, and no text where that was secret."""
    told = case((NoticeRow.secret, ""), else_=NoticeRow.text)
    return {"state": state.value, "ended_at": now, "claimed_until": 0, "text": told}


def _expire(connection: Connection, now: Instant) -> None:
    late = update(NoticeRow).where(_WAITING, NoticeRow.expires_at <= now)
    connection.execute(late.values(**_over(State.EXPIRED, now)))


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "way": notice.way.value,
        "address": notice.to,
        "kind": notice.kind.value,
        "language": notice.language.value,
        "text": storable(notice.text),
        "secret": notice.secret,
        "created_at": notice.created_at,
        "expires_at": notice.expires_at,
        "state": State.WAITING.value,
        "attempts": 0,
        "not_before": notice.created_at,
        "claim": "",
        "claimed_until": 0,
        "ended_at": None,
        "fault": "",
        "gateway_id": None,
        "delivery": Delivery.UNKNOWN.value,
    }


def _notice(row: Row[*tuple[Any, ...]]) -> Notice:
    to = PhoneNumber(row.address) if row.way == Way.SMS.value else EmailAddress(row.address)
    return Notice(
        NoticeId(row.notice_id),
        to,
        NoticeKind(row.kind),
        row.text,
        Language(row.language),
        Instant(row.created_at),
        Instant(row.expires_at),
        secret=row.secret,
    )
