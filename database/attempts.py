"""customers.attempts over the database: a try is counted there before it is checked, and survives every restart.

One transaction counts a try. It takes its rows in one order (the hour, the caller's number, the account) and each by
an upsert that locks it, so that many calls at once are counted one after another on PostgreSQL as on SQLite.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, and_, delete, func, select, update

from calls.clock import EPOCH, NEVER, Instant, after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.attempts import (
    DAY_S,
    HIDDEN,
    HOUR_S,
    OF_A_NUMBER,
    USUAL_HOURS,
    AccountTries,
    HouseTries,
    NumberTries,
    Standing,
    Try,
    Verdict,
    Watched,
    begin,
    forgive,
    hour_limit,
    hour_of,
    rate,
)
from customers.ports import CustomersUnavailable
from database.attempt_tables import PinHourRow, PinTriesRow
from database.engine import DatabaseUnavailable, reading, writing
from database.upsert import insert_into

ACCOUNT_KEPT_S: Final = 90 * DAY_S
"""So long wrong PINs in a row are remembered; a closed one CLOSED_KEPT_S."""
CLOSED_KEPT_S: Final = 400 * DAY_S
NUMBER_KEPT_S: Final = 2 * DAY_S
HOURS_KEPT_S: Final = 2 * USUAL_HOURS * HOUR_S
MOST_TOLD: Final = 10
"""Locked accounts, and numbers, that are told one by one: an attack on ten thousand must not be as many alerts."""
_TAIL: Final = 4
_PHONE_TAIL: Final = 2


@dataclass(frozen=True, slots=True)
class _Row:
    """One counter's place."""

    kind: str
    subject: str
    tail: str


class DatabaseAttempts:
    """`key`: the PINs' own, so that the table tells nobody who tried what. Raises CustomersUnavailable."""

    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key

    def begin(self, account: AccountNumber, phone: PhoneNumber | None, now: Instant) -> Try:
        """Count a try, before anything is checked."""
        allowance = OF_A_NUMBER if phone else HIDDEN
        with writing(self._engine, CustomersUnavailable) as connection:
            house = _count_hour(connection, now)
            of_number, of_account = self._number(phone), self._account(account)
            number = _taken(connection, of_number, now)
            # A number that may not try touches no account, and does not even make a row for it.
            known = AccountTries() if number.until > now else _account_tries(_taken(connection, of_account, now))
            made = begin(known, number, allowance, house, now)
            if made.verdict is not Verdict.BLOCKED:
                _put(connection, of_number, made.number)
            if made.verdict is Verdict.CHECK:
                _put(connection, of_account, NumberTries(made.account.wrong, EPOCH, made.account.until))
        return made

    def was_right(self, account: AccountNumber, phone: PhoneNumber | None, begun: Instant) -> None:
        """Take the try back that was counted at `begun`: the account begins anew."""
        hour = update(PinHourRow).where(PinHourRow.starts_at == hour_of(begun), PinHourRow.wrong > 0)
        of_number = self._number(phone)
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(hour.values(wrong=PinHourRow.wrong - 1))
            number = _taken(connection, of_number, begun)
            _put(connection, of_number, forgive(number, OF_A_NUMBER if phone else HIDDEN))
            self.forget(connection, account)

    def forget(self, connection: Connection, account: AccountNumber) -> None:
        """Begin the account's counting anew, inside another transaction: it has a new PIN."""
        row = self._account(account)
        mine = and_(PinTriesRow.kind == row.kind, PinTriesRow.subject == row.subject)
        connection.execute(delete(PinTriesRow).where(mine))

    def _account(self, account: AccountNumber) -> _Row:
        tail = account[-_TAIL:] if account.isascii() and account.isdigit() else ""
        return _Row("account", self._sealed("account", account), tail)

    def _number(self, phone: PhoneNumber | None) -> _Row:
        if not phone:
            return _Row("hidden", "", "")
        tail = phone[-_PHONE_TAIL:] if phone.isascii() and phone[1:].isdigit() else ""
        return _Row("number", self._sealed("number", phone), tail)

    def _sealed(self, kind: str, text: str) -> str:
        told = f"pin_tries\0{kind}\0".encode() + text.encode("utf-8", "replace")
        return hmac.new(self._key, told, hashlib.sha256).hexdigest()


class AttemptWatch:
    """What the monitor needs of the counters: acd.monitor.ports.PinTries. Raises DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self, now: Instant) -> Standing:
        """What is locked now and was tried within a day, and the wrong PINs of the last hour.

        Those whose lock ends first: in a storm the same ones are told until they are over, not others each second.
        """
        locked = and_(PinTriesRow.until > now, PinTriesRow.touched_at > after(now, -DAY_S))
        ordered = select(PinTriesRow.tail, PinTriesRow.wrong).where(locked)
        shut = ordered.order_by(PinTriesRow.until, PinTriesRow.subject).limit(MOST_TOLD)
        with reading(self._engine, DatabaseUnavailable) as connection:

            def told(kind: str) -> tuple[Watched, ...]:
                return tuple(Watched(*row) for row in connection.execute(shut.where(PinTriesRow.kind == kind)))

            return Standing(told("account"), told("number"), told("hidden"), _house(connection, now))

    def forget_old(self, now: Instant) -> None:
        tries = PinTriesRow
        old = (
            and_(tries.kind != "account", tries.touched_at < after(now, -NUMBER_KEPT_S)),
            and_(tries.kind == "account", tries.until != NEVER, tries.touched_at < after(now, -ACCOUNT_KEPT_S)),
            tries.touched_at < after(now, -CLOSED_KEPT_S),
        )
        with writing(self._engine, DatabaseUnavailable) as connection:
            for one in old:
                connection.execute(delete(tries).where(one))
            connection.execute(delete(PinHourRow).where(PinHourRow.starts_at < after(now, -HOURS_KEPT_S)))


def _taken(connection: Connection, row: _Row, now: Instant) -> NumberTries:
    """The counter as it stands, locked for this transaction and made when it was not there."""
    fresh = {"kind": row.kind, "subject": row.subject, "tail": row.tail, "wrong": 0, "since": 0, "until": 0}
    statement = insert_into(connection, PinTriesRow).values(**fresh, touched_at=now)
    locked = statement.on_conflict_do_update(index_elements=["kind", "subject"], set_={"touched_at": now})
    wrong, since, until = connection.execute(
        locked.returning(PinTriesRow.wrong, PinTriesRow.since, PinTriesRow.until)
    ).one()
    return NumberTries(wrong, Instant(since), Instant(until))


def _account_tries(row: NumberTries) -> AccountTries:
    return AccountTries(row.wrong, row.until)


def _put(connection: Connection, row: _Row, tries: NumberTries) -> None:
    one = update(PinTriesRow).where(PinTriesRow.kind == row.kind, PinTriesRow.subject == row.subject)
    connection.execute(one.values(wrong=tries.wrong, since=tries.since, until=tries.until))


def _count_hour(connection: Connection, now: Instant) -> HouseTries:
    """Count a try in its hour; the first of an hour reckons what is usual."""
    begun = hour_of(now)
    statement = insert_into(connection, PinHourRow).values(starts_at=begun, wrong=1, most=0)
    counted = statement.on_conflict_do_update(index_elements=["starts_at"], set_={"wrong": PinHourRow.wrong + 1})
    wrong, most = connection.execute(counted.returning(PinHourRow.wrong, PinHourRow.most)).one()
    if most == 0:
        most = hour_limit(_hours_before(connection, begun))
        connection.execute(update(PinHourRow).where(PinHourRow.starts_at == begun).values(most=most))
    return HouseTries(rate(wrong, _wrong_in(connection, after(begun, -HOUR_S)), begun, now), most)


def _house(connection: Connection, now: Instant) -> HouseTries:
    begun = hour_of(now)
    row = connection.execute(select(PinHourRow.wrong, PinHourRow.most).where(PinHourRow.starts_at == begun)).first()
    wrong, most = row if row is not None else (0, 0)
    limit = most or hour_limit(_hours_before(connection, begun))
    return HouseTries(rate(wrong, _wrong_in(connection, after(begun, -HOUR_S)), begun, now), limit)


def _wrong_in(connection: Connection, hour: Instant) -> int:
    return connection.scalar(select(PinHourRow.wrong).where(PinHourRow.starts_at == hour)) or 0


def _hours_before(connection: Connection, begun: Instant) -> Sequence[int]:
    """The week's hours before this one, from the first that was counted on; those without a wrong PIN are noughts."""
    week = (PinHourRow.starts_at >= after(begun, -USUAL_HOURS * HOUR_S), PinHourRow.starts_at < begun)
    wrong = connection.scalars(select(PinHourRow.wrong).where(*week)).all()
    first = connection.scalar(select(func.min(PinHourRow.starts_at)).where(*week))
    hours = 0 if first is None else (begun - first) // (HOUR_S * 1000)
    return [*wrong, *[0] * (hours - len(wrong))]
