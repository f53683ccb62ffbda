"""customers.appeals.Appeals over the database: the unique source and kind make filing twice one appeal."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Engine, Row, case, func, select, update

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import (
    MOVES,
    OPEN,
    SOON_SHARE,
    UNDO_S,
    Appeal,
    AppealKind,
    AppealNumber,
    AppealState,
    Late,
    NewAppeal,
    appeal_of,
    is_number,
    new_number,
)
from customers.outages import Author, LocalityCode
from customers.ports import CustomersUnavailable
from customers.staff_words import proper
from database.appeal_tables import AppealRow
from database.audit import write_entry
from database.engine import DatabaseUnavailable, reading, writing
from database.text import storable
from database.upsert import insert_into
from staff.users import AuditEntry

CLOSED_SHOWN: Final = 20
TRIES: Final = 20
"""Numbers that are tried: while a tenth of all are taken, all of these are with a chance of 10 to the minus 20."""


class DatabaseAppeals:
    """Every method may raise CustomersUnavailable. `number_of`: where new numbers come from."""

    def __init__(self, engine: Engine, number_of: Callable[[], AppealNumber] = new_number) -> None:
        self._engine = engine
        self._number_of = number_of

    def file(self, new: NewAppeal, now: Instant) -> Appeal:
        known = select(*AppealRow.__table__.columns).where(
            AppealRow.source == storable(new.source), AppealRow.kind == new.kind.value
        )
        with writing(self._engine, CustomersUnavailable) as connection:
            for _ in range(TRIES):
                row = _row(appeal_of(new, self._number_of(), now), new.source)
                connection.execute(insert_into(connection, AppealRow).values(**row).on_conflict_do_nothing())
                found = connection.execute(known).one_or_none()
                if found is not None:
                    return _appeal(found)
        raise CustomersUnavailable("No free number for an appeal was found. Close and remove old appeals.")

    def find(self, number: AppealNumber) -> Appeal | None:
        if not is_number(number):
            return None
        query = select(*AppealRow.__table__.columns).where(AppealRow.number == number)
        with reading(self._engine, CustomersUnavailable) as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else _appeal(found)

    def open(self, most: int) -> tuple[Appeal, ...]:
        query = (
            select(*AppealRow.__table__.columns)
            .where(AppealRow.state.in_(OPEN))
            .order_by(AppealRow.due_at, AppealRow.number)
            .limit(most)
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(_appeal(row) for row in connection.execute(query))

    def move(self, number: AppealNumber, state: AppealState, by: Author, now: Instant, word: str = "") -> bool:
        word = storable(proper(word)) if state is AppealState.CLOSED else ""
        before = [one.value for one, following in MOVES.items() if state in following]
        if not is_number(number):
            return False
        moved = (
            update(AppealRow)
            .where(AppealRow.number == number, AppealRow.state.in_(before))
            .values(state=state.value, changed_at=now, word=word, closed_from=AppealRow.state)
        )
        with writing(self._engine, CustomersUnavailable) as connection:
            done = connection.execute(moved).rowcount == 1
            if done:
                entry = AuditEntry(now, by.login, f"appeal_{state.value}", f"appeal {number}", by.address)
                write_entry(connection, entry)
        return done

    def take_back(self, number: AppealNumber, by: Author, now: Instant) -> bool:
        if not is_number(number):
            return False
        opened = update(AppealRow).where(AppealRow.number == number, *_undoable(now))
        with writing(self._engine, CustomersUnavailable) as connection:
            taken = opened.values(state=AppealRow.closed_from, changed_at=now, word="", closed_from="")
            done = connection.execute(taken).rowcount == 1
            if done:
                entry = AuditEntry(now, by.login, "appeal_taken_back", f"appeal {number}", by.address)
                write_entry(connection, entry)
        return done

    def closed_lately(self, now: Instant) -> tuple[Appeal, ...]:
        query = select(*AppealRow.__table__.columns).where(*_undoable(now)).order_by(AppealRow.changed_at.desc())
        with reading(self._engine, CustomersUnavailable) as connection:
            return tuple(_appeal(row) for row in connection.execute(query.limit(CLOSED_SHOWN)))

    def late(self, now: Instant) -> Late:
        return LateAppeals(self._engine, CustomersUnavailable).late(now)


class LateAppeals:
    """What the monitor needs of the appeals: acd.monitor.ports.LateAppeals. Raises `away`."""

    def __init__(self, engine: Engine, away: type[CustomersUnavailable] | type[DatabaseUnavailable]) -> None:
        self._engine = engine
        self._away = away

    def late(self, now: Instant) -> Late:
        overdue = case((AppealRow.due_at <= now, 1), else_=0)
        near = AppealRow.due_at - (AppealRow.due_at - AppealRow.created_at) // SOON_SHARE
        query = select(func.count(), func.coalesce(func.sum(overdue), 0)).where(AppealRow.state.in_(OPEN), near <= now)
        with reading(self._engine, self._away) as connection:
            total, over = connection.execute(query).one()
        return Late(int(over), int(total) - int(over))


def _undoable(now: Instant) -> tuple[Any, ...]:
    closed = AppealRow.state == AppealState.CLOSED.value
    return closed, AppealRow.closed_from != "", AppealRow.changed_at > after(now, -UNDO_S)


def _row(appeal: Appeal, source: str) -> dict[str, Any]:
    return {
        "number": appeal.number,
        "kind": appeal.kind.value,
        "state": appeal.state.value,
        "source": storable(source),
        "account": appeal.account,
        "phone": appeal.phone,
        "locality": appeal.locality,
        "outage_id": appeal.outage_id,
        "created_at": appeal.created_at,
        "due_at": appeal.due_at,
        "changed_at": appeal.changed_at,
    }


def _appeal(row: Row[*tuple[Any, ...]]) -> Appeal:
    return Appeal(
        AppealNumber(row.number),
        AppealKind(row.kind),
        AppealState(row.state),
        None if row.account is None else AccountNumber(row.account),
        None if row.phone is None else PhoneNumber(row.phone),
        None if row.locality is None else LocalityCode(row.locality),
        row.outage_id,
        Instant(row.created_at),
        Instant(row.due_at),
        Instant(row.changed_at),
        row.word,
        AppealState(row.closed_from) if row.closed_from and row.state == AppealState.CLOSED.value else None,
    )
