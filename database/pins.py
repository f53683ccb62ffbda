"""customers.ports.Pins over the database: argon2id of the HMAC of account and PIN, in a bounded number at once.

The memory cost is small on purpose: the key file is the main guard of a stolen database, argon2 the second. A check
costs the same whatever the account: an unknown one is checked against a decoy of the same cost. Lock-out by account
comes with its counters; until then the flow's three tries and the line's own limits hold.
"""

import secrets
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, select

from customers.accounts import AccountNumber, PinCheck
from customers.pin import is_pin, sealed_pin
from customers.ports import CustomersUnavailable
from database.accounts import is_account_number
from database.engine import reading
from database.tables import AccountRow, PinRow

MEMORY_KIB = 8192
PASSES = 2
"""Measured: 10 ms a check on one core of two, 60 ms is the limit at p95."""


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
        self._decoy = self._hasher.hash(sealed_pin(AccountNumber(""), secrets.token_hex(16), key))

    def check(self, number: AccountNumber, pin: str) -> PinCheck:
        if not self._admitted.acquire(blocking=False):
            raise CustomersUnavailable("Too many PIN checks are waiting. Raise the number at once if this stays.")
        try:
            work = self._pool.submit(self._check, number, pin)
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

    def _check(self, number: AccountNumber, pin: str) -> PinCheck:
        account_id, sealed = self._sealed(number)
        right = self._matches(sealed or self._decoy, sealed_pin(number, pin, self._key))
        if account_id is None:
            return PinCheck.NO_SUCH_ACCOUNT
        if sealed is None:
            return PinCheck.NO_PIN
        return PinCheck.RIGHT if right and is_pin(pin) else PinCheck.WRONG

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
