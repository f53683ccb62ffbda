"""customers.pin_resets over the database: a decision, its code and its entry in the audit are one transaction.

Of two supervisors at once the second waits for the first one's row and finds it decided: PostgreSQL locks the row,
SQLite has one writer. What has run out is over at once; `forget_old_resets` only writes it down.
"""

from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, and_, delete, or_, select, update

from calls.clock import Instant, after
from calls.ids import AgentId, CallId, new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.codes import Issued, Purpose
from customers.outages import Author
from customers.pin_resets import (
    APPROVED_S,
    SHOWN_S,
    Checked,
    Decided,
    NewPinReset,
    PinReset,
    ResetId,
    ResetState,
    as_seen,
    asked,
    is_current,
    refusal,
)
from customers.ports import CustomersUnavailable
from customers.staff_words import proper
from database.audit import write_entry
from database.codes import DatabaseCodes
from database.engine import reading, writing
from database.pin_reset_tables import PinResetRow
from database.text import storable
from database.upsert import insert_into
from staff.users import AuditEntry

KEPT_S: Final = 90 * 86_400
MOST: Final = 200
"""Rows that are looked through for the pages: more do not wait in an hour."""
CLOCK: Final = "clock"
"""Who ended what nobody used, in the audit."""
_STATE: Final[Any] = PinResetRow.state
_ACCOUNT: Final[Any] = PinResetRow.account
_OPEN: Final = (ResetState.ASKED.value, ResetState.APPROVED.value)
_REFUSED: Final = {Issued.TOO_MANY: Decided.TOO_MANY, Issued.NOT_SENT: Decided.NOT_SENT}


class DatabaseApproved:
    """customers.pin_resets.ApprovedResets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def approved(self, account: AccountNumber, now: Instant) -> PinReset | None:
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(_columns().where(*_usable(account, now))).one_or_none()
        return None if row is None else _reset(row)


class DatabasePinResets(DatabaseApproved):
    """customers.pin_resets.PinResets too; `codes` sends what an approval promises."""

    def __init__(self, engine: Engine, codes: DatabaseCodes) -> None:
        super().__init__(engine)
        self._codes = codes

    def ask(self, new: NewPinReset, by: Author, now: Instant) -> PinReset | None:
        reset = asked(ResetId(new_uuid7()), new, AgentId(by.login), now)
        with writing(self._engine, CustomersUnavailable) as connection:
            _expire(connection, now, storable(new.account) == _ACCOUNT)
            row = insert_into(connection, PinResetRow).values(**_row(reset)).on_conflict_do_nothing()
            if connection.scalar(row.returning(PinResetRow.reset_id)) is None:
                return None
            _note(connection, reset, "asked", by, now)
        return reset

    def approve(self, reset_id: ResetId, word: str, by: Author, now: Instant, *, lift: bool) -> Decided:
        word = storable(proper(word))
        with writing(self._engine, CustomersUnavailable) as connection:
            reset = _locked(connection, reset_id)
            no = refusal(reset, AgentId(by.login), now)
            if reset is None or no is not None:
                return no or Decided.GONE
            new = reset.new
            issued = self._codes.issue_in(connection, new.account, new.phone, Purpose.PIN_RESET, new.language, now)
            if issued in _REFUSED:
                return _REFUSED[issued]
            former = and_(storable(new.account) == _ACCOUNT, ResetState.APPROVED.value == _STATE)
            _end(connection, former, now)
            until = after(now, APPROVED_S)
            _decide(connection, reset, ResetState.APPROVED, by, now, word=word, lift=lift, expires_at=until)
            _note(connection, reset, "approved_with_lock_lifted" if lift else "approved", by, now)
        return Decided.DONE

    def refuse(self, reset_id: ResetId, word: str, by: Author, now: Instant) -> Decided:
        word = storable(proper(word))
        with writing(self._engine, CustomersUnavailable) as connection:
            reset = _locked(connection, reset_id)
            no = refusal(reset, AgentId(by.login), now)
            if reset is None or no is not None:
                return no or Decided.GONE
            _decide(connection, reset, ResetState.REFUSED, by, now, word=word)
            _note(connection, reset, "refused", by, now)
        return Decided.DONE

    def current(self, now: Instant) -> tuple[PinReset, ...]:
        shown = or_(ResetState.ASKED.value == _STATE, PinResetRow.changed_at > after(now, -APPROVED_S - SHOWN_S))
        query = _columns().where(shown).order_by(PinResetRow.changed_at, PinResetRow.reset_id).limit(MOST)
        with reading(self._engine, CustomersUnavailable) as connection:
            found = [as_seen(_reset(row), now) for row in connection.execute(query)]
        return tuple(one for one in found if is_current(one, now))


def use(connection: Connection, account: AccountNumber, now: Instant) -> bool | None:
    """Use the approval up, inside the transaction that sets the PIN: whether the lock ends. None: there is none."""
    used = update(PinResetRow).where(*_usable(account, now))
    row = connection.execute(
        used.values(state=ResetState.USED.value, changed_at=now).returning(PinResetRow.lift)
    ).one_or_none()
    return None if row is None else bool(row.lift)


def forget_old_resets(engine: Engine, now: Instant) -> None:
    """Write down what has run out, delete what was over KEPT_S ago: the audit keeps it. Raises as the others."""
    old = delete(PinResetRow).where(_STATE.not_in(_OPEN), PinResetRow.changed_at < after(now, -KEPT_S))
    with writing(engine, CustomersUnavailable) as connection:
        _expire(connection, now, PinResetRow.expires_at <= now)
        connection.execute(old)


def _columns() -> Any:
    return select(*PinResetRow.__table__.columns)


def _usable(account: AccountNumber, now: Instant) -> tuple[Any, ...]:
    return storable(account) == _ACCOUNT, ResetState.APPROVED.value == _STATE, PinResetRow.expires_at > now


def _locked(connection: Connection, reset_id: ResetId) -> PinReset | None:
    row = connection.execute(_columns().where(PinResetRow.reset_id == storable(reset_id)).with_for_update())
    found = row.one_or_none()
    return None if found is None else _reset(found)


def _decide(
    connection: Connection, reset: PinReset, state: ResetState, by: Author, now: Instant, **values: object
) -> None:
    one = update(PinResetRow).where(PinResetRow.reset_id == reset.reset_id)
    connection.execute(one.values(state=state.value, changed_at=now, decided_by=by.login, **values))


def _expire(connection: Connection, now: Instant, which: Any) -> None:
    _end(connection, and_(which, _STATE.in_(_OPEN), PinResetRow.expires_at <= now), now)


def _end(connection: Connection, which: Any, now: Instant) -> None:
    over = update(PinResetRow).where(which).values(state=ResetState.EXPIRED.value, changed_at=now)
    for row in connection.execute(over.returning(PinResetRow.account, PinResetRow.reset_id)).all():
        subject = f"{row.account} {row.reset_id}"
        write_entry(connection, AuditEntry(now, CLOCK, "pin_reset_expired", subject, ""))


def _note(connection: Connection, reset: PinReset, act: str, by: Author, now: Instant) -> None:
    subject = f"{reset.new.account} {reset.reset_id}"
    write_entry(connection, AuditEntry(now, AgentId(by.login), f"pin_reset_{act}", subject, by.address))


def _row(reset: PinReset) -> dict[str, Any]:
    new = reset.new
    return {
        "reset_id": reset.reset_id,
        "account": storable(new.account),
        "phone": new.phone,
        "reason": storable(proper(new.reason)),
        "checked": new.checked.value,
        "call_id": storable(new.call_id),
        "language": new.language.value,
        "asked_by": reset.asked_by,
        "asked_at": reset.asked_at,
        "state": reset.state.value,
        "changed_at": reset.changed_at,
        "expires_at": reset.expires_at,
        "decided_by": reset.decided_by,
        "word": reset.word,
        "lift": reset.lift,
    }


def _reset(row: Row[*tuple[Any, ...]]) -> PinReset:
    new = NewPinReset(
        AccountNumber(row.account),
        PhoneNumber(row.phone),
        row.reason,
        Checked(row.checked),
        CallId(row.call_id),
        Language(row.language),
    )
    return PinReset(
        ResetId(row.reset_id),
        new,
        AgentId(row.asked_by),
        Instant(row.asked_at),
        ResetState(row.state),
        Instant(row.changed_at),
        Instant(row.expires_at),
        row.decided_by,
        row.word,
        bool(row.lift),
    )
