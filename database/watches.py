"""customers.watches over the database: the wishes as callers say them, and as the call that rings for one asks."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, select, update

from calls.clock import Instant, after
from calls.ids import CallId, new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber, takes_messages
from calls.outgoing import OutgoingRules, number_refusal
from customers.accounts import AccountNumber
from customers.addresses import Street
from customers.notices import NoticeRules, address_refusal
from customers.outages import OutageAt
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, Watch, WatchId, WatchState, WatchWay
from database.engine import reading, writing
from database.outages import at_place, goes_on_at
from database.tables import OutageRow
from database.upsert import insert_into
from database.watch_tables import WatchRow

TALK_S = 60.0
"""So long an answered call has its line at most; its end gives it back sooner."""


def ways_of(number: PhoneNumber, notices: NoticeRules, ringing: OutgoingRules | None) -> frozenset[WatchWay]:
    """How this number can be told; `ringing`: None where no line leads outside."""
    text = address_refusal(number, notices) is None and takes_messages(number)
    ring = ringing is not None and number_refusal(number, ringing) is None
    return frozenset({WatchWay.TEXT} if text else ()) | frozenset({WatchWay.RING} if ring else ())


class DatabaseWatches:
    """customers.watches.Watches and RungWatches. `ringing`: None where no line leads outside."""

    def __init__(self, engine: Engine, notices: NoticeRules, ringing: OutgoingRules | None) -> None:
        self._engine = engine
        self._notices = notices
        self._ringing = ringing

    def ways(self, number: PhoneNumber) -> frozenset[WatchWay]:
        return ways_of(number, self._notices, self._ringing)

    def wish(self, new: NewWatch, now: Instant) -> bool:
        goes_on = select(OutageRow.outage_id).where(OutageRow.outage_id == new.outage_id, OutageRow.ended_at.is_(None))
        row = _row(new, now)
        with writing(self._engine, CustomersUnavailable) as connection:
            if connection.scalar(goes_on) is None:
                return False
            kept = insert_into(connection, WatchRow).values(watch_id=new_uuid7(), **row)
            connection.execute(kept.on_conflict_do_update(index_elements=["outage_id", "number"], set_=row))
        return True

    def answered(self, call: CallId, now: Instant) -> Watch | None:
        with writing(self._engine, CustomersUnavailable) as connection:
            return answered(connection, call, now)

    def places(self, watch: Watch, now: Instant) -> tuple[OutageAt, ...]:
        with reading(self._engine, CustomersUnavailable) as connection:
            return at_place(connection, watch.wish.account, watch.wish.street, goes_on_at(now))

    def talked(self, call: CallId) -> None:
        """The call has ended: its line is free for another."""
        free = update(WatchRow).where(WatchRow.call == call, WatchRow.state == WatchState.TOLD)
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(free.values(claimed_until=0))


def answered(connection: Connection, call: CallId, now: Instant) -> Watch | None:
    """See customers.watches.RungWatches."""
    row = connection.execute(locked(connection, WatchRow.call == call)).one_or_none()
    if row is None or row.state not in (WatchState.RINGING, WatchState.TOLD):
        return None
    if row.state == WatchState.RINGING:
        if not is_over(connection, row) or moved_on(connection, row, now):
            connection.execute(_one(row).values(state=WatchState.WAITING.value, tries=0, claimed_until=0))
            return None
        told = {"state": WatchState.TOLD.value, "told_at": now, "claimed_until": after(now, TALK_S)}
        connection.execute(_one(row).values(**told))
    return watch_of(row)


def locked(connection: Connection, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The whole rows of these wishes, for this transaction alone. SQLite has one writer."""
    query = select(*WatchRow.__table__.columns).where(*which)
    return query.with_for_update() if connection.dialect.name == "postgresql" else query


def is_over(connection: Connection, row: Row[*tuple[Any, ...]]) -> bool:
    """Whether staff have ended the outage of this wish."""
    ended = select(OutageRow.outage_id).where(OutageRow.outage_id == row.outage_id, OutageRow.ended_at.is_not(None))
    return connection.scalar(ended) is not None


def moved_on(connection: Connection, row: Row[*tuple[Any, ...]], now: Instant) -> bool:
    """Whether the wish now waits for another outage, because that one still goes on at its place."""
    account = None if row.account is None else AccountNumber(row.account)
    others = at_place(connection, account, Street(row.settlement, row.street), goes_on_at(now))
    other = next((one.outage.outage_id for one in others if one.outage.outage_id != row.outage_id), None)
    if other is None:
        return False
    there = select(WatchRow.watch_id).where(WatchRow.outage_id == other, WatchRow.number == row.number)
    if connection.scalar(there) is not None:
        connection.execute(delete(WatchRow).where(WatchRow.watch_id == row.watch_id))
    else:
        waits = {"outage_id": other, "state": WatchState.WAITING.value, "tries": 0, "claimed_until": 0}
        connection.execute(_one(row).values(**waits))
    return True


def watch_of(row: Row[*tuple[Any, ...]]) -> Watch:
    wish = NewWatch(
        row.outage_id,
        PhoneNumber(row.number),
        WatchWay(row.way),
        Language(row.language),
        Street(row.settlement, row.street),
        row.zone,
        CallId(row.source),
        None if row.account is None else AccountNumber(row.account),
    )
    return Watch(WatchId(row.watch_id), wish, CallId(row.call or ""), row.tries)


def _one(row: Row[*tuple[Any, ...]]) -> Any:
    return update(WatchRow).where(WatchRow.watch_id == row.watch_id)


def _row(new: NewWatch, now: Instant) -> dict[str, Any]:
    return {
        "outage_id": new.outage_id,
        "number": new.number,
        "way": new.way.value,
        "language": new.language.value,
        "account": new.account,
        "settlement": new.street.settlement,
        "street": new.street.name,
        "zone": new.zone,
        "source": new.source,
        "wished_at": now,
        "state": WatchState.WAITING.value,
        "tries": 0,
        "not_before": now,
        "call": None,
        "claimed_until": 0,
        "told_at": None,
    }
