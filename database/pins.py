"""customers.ports.Pins over the database: argon2id of the HMAC of account and PIN, in a bounded number at once.

The memory cost is small on purpose: the key file is the main guard of a stolen database, argon2 the second. A check
costs the same whatever the account: an unknown or a locked one is checked against a decoy of the same cost. A try is
counted in the database (database.attempts) before anything is compared; when it cannot be counted, nothing is.
"""

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, select

from calls.clock import Instant
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber, PinAnswer, PinCheck, is_account_number
from customers.attempts import Verdict
from customers.pin import is_pin, sealed_pin
from customers.ports import CustomersUnavailable, PinChoice
from database import pin_resets
from database.attempts import DatabaseAttempts
from database.audit import write_entry
from database.engine import reading, writing
from database.tables import AccountRow, PinRow
from database.upsert import insert_into
from staff.users import AuditEntry

MEMORY_KIB = 8192
PASSES = 2
"""Measured: 10 ms a check on one core of two, 60 ms is the limit at p95."""
CALLER = "caller"
"""Who chose a PIN, in the audit."""
_REFUSED = {Verdict.LOCKED: PinCheck.LOCKED, Verdict.BLOCKED: PinCheck.BLOCKED}
T = TypeVar("T")


def pin_hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, hash_len=32, salt_len=16)


class DatabasePins:
    """`at_once` checks run, `waiting` more wait their turn; the rest is refused at once. `answer_s` bounds the whole.

    A pool with a queue and no bare semaphore: a semaphore lets newcomers pass those who wait.
    """

    def __init__(self, engine: Engine, key: bytes, at_once: int = 2, waiting: int = 64, answer_s: float = 4.0) -> None:
        self._engine = engine
        self._key = key
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="pin")
        self._admitted = threading.BoundedSemaphore(at_once + waiting)
        self._answer_s = answer_s
        self._hasher = pin_hasher()
        self._attempts = DatabaseAttempts(engine, key)
        self._decoy = self._hasher.hash(sealed_pin(AccountNumber(""), secrets.token_hex(16), key))

    def check(self, number: AccountNumber, pin: str, phone: PhoneNumber | None, now: Instant) -> PinAnswer:
        return self._in_turn(lambda: self._check(number, pin, phone, now))

    def choose(self, number: AccountNumber, pin: str, how: PinChoice, now: Instant) -> bool:
        """Raises ValueError for what is no PIN; that it is not weak is the flow's business."""
        if not is_pin(pin):
            raise ValueError("A PIN has four to six digits.")
        return self._in_turn(lambda: self._choose(number, pin, how, now))

    def _in_turn(self, act: Callable[[], T]) -> T:
        if not self._admitted.acquire(blocking=False):
            raise CustomersUnavailable("Too many PIN checks are waiting. Raise the number at once if this stays.")
        try:
            work = self._pool.submit(act)
        except RuntimeError as closed:
            self._admitted.release()
            raise CustomersUnavailable("PINs are no longer checked: the process is ending.") from closed
        work.add_done_callback(lambda _done: self._admitted.release())
        try:
            return work.result(self._answer_s)
        except (TimeoutError, CancelledError) as late:
            work.cancel()
            raise CustomersUnavailable(f"The PIN check had no turn and answer within {self._answer_s:g} s.") from late

    def close(self) -> None:
        """Refuse what waits and every later check."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check(self, number: AccountNumber, pin: str, phone: PhoneNumber | None, now: Instant) -> PinAnswer:
        counted = self._attempts.begin(number, phone, now)
        account_id, sealed = self._sealed(number)
        refused = _REFUSED.get(counted.verdict)
        known = sealed if sealed is not None and refused is None else self._decoy
        right = self._matches(known, sealed_pin(number, pin, self._key))
        # Counted alike, heard alike: only the agent is told that there is no such account.
        if account_id is None and refused is not PinCheck.BLOCKED:
            return PinAnswer(PinCheck.NO_SUCH_ACCOUNT, counted.delay_s)
        if refused is not None:
            return PinAnswer(refused, counted.delay_s)
        if sealed is None:
            return PinAnswer(PinCheck.NO_PIN, counted.delay_s)
        if not (right and is_pin(pin)):
            return PinAnswer(PinCheck.WRONG, counted.delay_s)
        self._attempts.was_right(number, phone, now)
        return PinAnswer(PinCheck.RIGHT)

    def _choose(self, number: AccountNumber, pin: str, how: PinChoice, now: Instant) -> bool:
        sealed = self._hasher.hash(sealed_pin(number, pin, self._key))
        wanted = select(AccountRow.account_id).where(AccountRow.number == (number if is_account_number(number) else ""))
        with writing(self._engine, CustomersUnavailable) as connection:
            account_id = connection.scalar(wanted)
            if account_id is None:
                return False
            lifted = pin_resets.use(connection, number, now) if how is PinChoice.APPROVED else True
            if lifted is None:
                return False
            row = insert_into(connection, PinRow).values(account_id=account_id, sealed=sealed)
            connection.execute(row.on_conflict_do_update(index_elements=["account_id"], set_={"sealed": sealed}))
            if lifted:
                self._attempts.forget(connection, number)
            write_entry(connection, AuditEntry(now, CALLER, how.value, number, ""))
        return True

    def _sealed(self, number: AccountNumber) -> tuple[int | None, str | None]:
        query = (
            select(AccountRow.account_id, PinRow.sealed)
            .outerjoin(PinRow, PinRow.account_id == AccountRow.account_id)
            .where(AccountRow.number == (number if is_account_number(number) else ""))
        )
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(query).one_or_none()
        return (row[0], row[1]) if row else (None, None)

    def _matches(self, sealed: str, told: bytes) -> bool:
        try:
            return self._hasher.verify(sealed, told)
        except (VerificationError, InvalidHashError):
            return False
