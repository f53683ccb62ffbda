"""What the process that tells "power is back" needs: whose turn it is, what becomes of it. Every step is one commit.

A text message is put into the outbox of notices in the transaction that says it is told: exactly once. A call is
claimed before it rings, and its answer is noted by whoever sees it first: the self-service or this process. Killed in
between, the claim runs out and counts as a try that nobody answered.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, String, and_, cast, delete, func, literal, or_, select, update

from calls.clock import Instant, after
from calls.ids import CallId, new_call_id
from calls.numbers import PhoneNumber
from customers.notice_texts import OutageOverText
from customers.notices import NoticeId, NotTaken, notice_of
from customers.outages import LONGEST_S
from customers.ports import CustomersUnavailable
from customers.watches import KEPT_S, Watch, WatchRules, WatchState, WatchWay, next_try_at, tellable_at
from database.engine import reading, writing
from database.notice_tables import NoticeRow
from database.notices import State, post
from database.tables import OutageRow
from database.watch_tables import WatchRow
from database.watches import answered, locked, moved_on, watch_of, ways_of

FULL_S: Final = 60.0
"""The hour's notices are used up: the next look."""
LATER_S: Final = 600.0
"""This number has had many notices, or no gateway is set just now."""
_ID: Final = "power-back-"
_LATER: Final = {NotTaken.HOUR_LIMIT: FULL_S, NotTaken.NUMBER_LIMIT: LATER_S, NotTaken.NO_WAY: LATER_S}


class DatabaseWatchTelling:
    """Every method may raise CustomersUnavailable."""

    def __init__(self, engine: Engine, rules: WatchRules) -> None:
        self._engine = engine
        self._rules = rules

    def text(self, now: Instant) -> bool:
        """Put the text message that is due first into the outbox. False: none is due."""
        if not self._due(WatchWay.TEXT, now):
            return False
        with writing(self._engine, CustomersUnavailable) as connection:
            row = self._first(connection, WatchWay.TEXT, now)
            if row is not None:
                self._text(connection, row, now)
        return True

    def claim(self, now: Instant) -> Watch | None:
        """The wish that is to be rung for now; None: none is due, or all lines that these calls may use are taken."""
        if not self._due(WatchWay.RING, now):
            return None
        with writing(self._engine, CustomersUnavailable) as connection:
            lines = select(func.count()).select_from(WatchRow).where(WatchRow.claimed_until > now)
            if (connection.scalar(lines) or 0) >= self._rules.at_once:
                return None
            row = self._first(connection, WatchWay.RING, now)
            if row is None:
                return None
            values = {
                "state": WatchState.RINGING.value,
                "call": new_call_id(),
                "tries": row.tries + 1,
                "claimed_until": after(now, self._rules.claim_s),
            }
            claimed = update(WatchRow).where(WatchRow.watch_id == row.watch_id).values(**values)
            return watch_of(connection.execute(claimed.returning(*WatchRow.__table__.columns)).one())

    def answered(self, call: CallId, now: Instant) -> None:
        with writing(self._engine, CustomersUnavailable) as connection:
            answered(connection, call, now)

    def not_answered(self, call: CallId, now: Instant) -> None:
        """Busy, nobody there, no line: another try later, at last a text message where that is possible."""
        with writing(self._engine, CustomersUnavailable) as connection:
            row = _of_call(connection, call)
            if row is not None:
                self._again(connection, row, now)

    def not_allowed(self, call: CallId, now: Instant) -> None:
        """This number is not rung (any more today): a text message, where that is possible."""
        with writing(self._engine, CustomersUnavailable) as connection:
            row = _of_call(connection, call)
            if row is not None:
                self._give_up_ringing(connection, row, now)

    def let_claims_run_out(self, now: Instant) -> None:
        """Calls of which nobody told how they ended: they were not answered."""
        lost = WatchRow.claimed_until.between(1, now), WatchRow.state == WatchState.RINGING.value
        with reading(self._engine, CustomersUnavailable) as connection:
            if connection.scalar(select(WatchRow.watch_id).where(*lost).limit(1)) is None:
                return
        with writing(self._engine, CustomersUnavailable) as connection:
            for row in connection.execute(locked(connection, *lost)).all():
                self._again(connection, row, now)

    def forget_old(self, now: Instant) -> None:
        """Delete the wishes whose outage was ended KEPT_S ago, or that nobody has ever ended."""
        past = select(OutageRow.outage_id).where(
            or_(
                OutageRow.ended_at < after(now, -KEPT_S),
                and_(OutageRow.ended_at.is_(None), OutageRow.since < after(now, -LONGEST_S - KEPT_S)),
            )
        )
        gone = and_(WatchRow.outage_id.not_in(select(OutageRow.outage_id)), WatchRow.wished_at < after(now, -KEPT_S))
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(delete(WatchRow).where(or_(WatchRow.outage_id.in_(past), gone)))

    def _due(self, way: WatchWay, now: Instant) -> bool:
        """Asked before the database's one writer is kept from others."""
        with reading(self._engine, CustomersUnavailable) as connection:
            return connection.scalar(select(WatchRow.watch_id).where(*self._is_due(way, now)).limit(1)) is not None

    def _is_due(self, way: WatchWay, now: Instant) -> tuple[Any, ...]:
        ended = select(OutageRow.outage_id).where(
            OutageRow.ended_at.between(after(now, -KEPT_S), after(now, -self._rules.after_s))
        )
        return (
            WatchRow.outage_id.in_(ended),
            WatchRow.state == WatchState.WAITING.value,
            WatchRow.way == way.value,
            WatchRow.not_before <= now,
        )

    def _first(self, connection: Connection, way: WatchWay, now: Instant) -> Row[*tuple[Any, ...]] | None:
        """The first that may be told now. One that waits for another outage, or for the morning, is put back."""
        query = select(*WatchRow.__table__.columns).where(*self._is_due(way, now))
        query = query.order_by(WatchRow.not_before, WatchRow.watch_id).limit(1)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True)
        row = connection.execute(query).one_or_none()
        if row is None or moved_on(connection, row, now):
            return None
        at = tellable_at(now, row.zone, self._rules)
        if at > now:
            sleepers = update(WatchRow).where(
                WatchRow.zone == row.zone, WatchRow.state == WatchState.WAITING.value, WatchRow.not_before < at
            )
            connection.execute(sleepers.values(not_before=at))
            return None
        return row

    def _text(self, connection: Connection, row: Row[*tuple[Any, ...]], now: Instant) -> None:
        wish = watch_of(row).wish
        ended = connection.scalar(select(OutageRow.ended_at).where(OutageRow.outage_id == row.outage_id))
        content = OutageOverText(f"{wish.street.settlement}, {wish.street.name}")
        notice_id = NoticeId(f"{_ID}{row.watch_id}-{ended}")
        refusal = post(connection, notice_of(notice_id, wish.number, content, wish.language, now), self._rules.notices)
        mine = update(WatchRow).where(WatchRow.watch_id == row.watch_id)
        if refusal is None:
            connection.execute(mine.values(state=WatchState.TOLD.value, told_at=now))
        elif refusal in _LATER:
            if refusal is NotTaken.HOUR_LIMIT:  # for all of them
                mine = update(WatchRow).where(*self._is_due(WatchWay.TEXT, now))
            connection.execute(mine.values(not_before=after(now, _LATER[refusal])))
        else:
            connection.execute(mine.values(state=WatchState.NOT_REACHED.value))

    def _again(self, connection: Connection, row: Row[*tuple[Any, ...]], now: Instant) -> None:
        again_at = next_try_at(now, row.tries, self._rules)
        if again_at is None:
            self._give_up_ringing(connection, row, now)
            return
        values = {"state": WatchState.WAITING.value, "not_before": again_at, "claimed_until": 0}
        connection.execute(update(WatchRow).where(WatchRow.watch_id == row.watch_id).values(**values))

    def _give_up_ringing(self, connection: Connection, row: Row[*tuple[Any, ...]], now: Instant) -> None:
        values: dict[str, Any] = {"state": WatchState.NOT_REACHED.value, "claimed_until": 0}
        if WatchWay.TEXT in ways_of(PhoneNumber(row.number), self._rules.notices, None):
            values |= {"way": WatchWay.TEXT.value, "state": WatchState.WAITING.value, "not_before": now}
        connection.execute(update(WatchRow).where(WatchRow.watch_id == row.watch_id).values(**values))


def take_back(connection: Connection, outage_id: int, ended_at: int, now: Instant) -> None:
    """The outage goes on after all: everybody waits again, and text messages that are not out yet stay."""
    told = WatchRow.outage_id == outage_id, WatchRow.state != WatchState.RINGING.value
    ids = select(literal(_ID) + WatchRow.watch_id + literal("-") + cast(literal(ended_at), String)).where(*told)
    unsent = update(NoticeRow).where(
        NoticeRow.notice_id.in_(ids), NoticeRow.state == State.WAITING.value, NoticeRow.claimed_until <= now
    )
    connection.execute(unsent.values(state=State.EXPIRED.value, ended_at=now))
    waits = {"state": WatchState.WAITING.value, "tries": 0, "not_before": now, "call": None, "told_at": None}
    connection.execute(update(WatchRow).where(*told).values(**waits, claimed_until=0))


def _of_call(connection: Connection, call: CallId) -> Row[*tuple[Any, ...]] | None:
    mine = WatchRow.call == call, WatchRow.state == WatchState.RINGING.value
    return connection.execute(locked(connection, *mine)).one_or_none()
