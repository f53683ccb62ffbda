"""What a PIN check costs a caller: `python -m benchmarks.pins`. Counting the try, HMAC, argon2id and the
query, over a demo in SQLite.

Alone, and with eight callers at once through the bounded pool of one process. A wrong PIN and an unknown account cost
the same as the right one: an answer's time must not tell which it was. A right one takes its try back, which is
one more transaction.
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from calls.clock import NEVER, AnchoredClock
from customers.accounts import AccountNumber, PinCheck
from customers.demo import IN_DEBT, UNKNOWN_ACCOUNT
from database.attempts import AttemptWatch
from database.demo_data import load_demo
from database.engine import LONG_WORK, open_engine
from database.migrations import migrate
from database.pins import DatabasePins
from staff.demo import USERS

CHECKS: Final = 200
AT_ONCE: Final = 8
LIMIT_MS: Final = 60.0
_KEY: Final = bytes(range(32))


def measure() -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder, 'demo.sqlite3')}", LONG_WORK)
        migrate(engine)
        now = AnchoredClock().now()
        load_demo(engine, 30, 1, _KEY, {user.login: "a password" for user in USERS}, now, with_pin=3)
        pins, watch = DatabasePins(engine, _KEY), AttemptWatch(engine)

        def check(number: AccountNumber, pin: str, expected: PinCheck) -> float:
            watch.forget_old(NEVER)  # of two hundred wrong PINs the fifth would be refused
            begun = time.perf_counter()
            if pins.check(number, pin, None, now).result is not expected:
                raise RuntimeError(f"The check did not say {expected}.")
            return (time.perf_counter() - begun) * 1000

        def right() -> float:
            return check(IN_DEBT.number, IN_DEBT.pin, PinCheck.RIGHT)

        alone = [right() for _ in range(CHECKS)]
        wrong = [check(IN_DEBT.number, "0000", PinCheck.WRONG) for _ in range(CHECKS)]
        unknown = [check(UNKNOWN_ACCOUNT, "0000", PinCheck.NO_SUCH_ACCOUNT) for _ in range(CHECKS)]
        with ThreadPoolExecutor(AT_ONCE) as callers:
            together = list(callers.map(lambda _: right(), range(2 * CHECKS)))
        pins.close()
        engine.dispose()

    def figure(taken: list[float], share: float, limit: float | None = LIMIT_MS) -> Figure:
        return Figure(round(percentile(taken, share), 1), "ms", limit)

    return {
        "one check, p95": figure(alone, 0.95),
        "one check, median": figure(alone, 0.5, None),
        "wrong PIN beside right": Figure(round(median(wrong) / median(alone), 2), "x", 1.3),
        "unknown account beside right": Figure(round(median(unknown) / median(alone), 2), "x", 1.3),
        f"{AT_ONCE} callers at once, p95": figure(together, 0.95, None),
    }


if __name__ == "__main__":
    sys.exit(main("A PIN check", measure))
