"""Who rings, and what they owe, among 1,000,000 customers: `python -m benchmarks.identify` (about 20 minutes, 15 GB).

By telephone or account number, then the balance, as the self-service asks; without the PIN's deliberate cost. Beside it
the same by the plain driver: one prepared query on an open connection. Both databases hold the demo of so many
customers; PostgreSQL's is loaded in each run and timed (`callcentre demo-data` does the same), SQLite's is kept in the
folder of temporary files for the next run.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

import psycopg

from benchmarks.figures import Figure, Figures, in_turns, main, median, percentile
from calls.clock import AnchoredClock
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import LONG_WORK, Engine, open_engine
from database.migrations import migrate
from staff.demo import USERS
from tests.kit.postgres import running

CUSTOMERS: Final = 1_000_000
LOOKUPS: Final = 1_000
"""A round; every one is of another customer, so that nothing but the indexes is warm."""
ROUNDS: Final = 3
POSTGRESQL_MS: Final = 5.0
SQLITE_MS: Final = 10.0
LOAD_S: Final = 600.0
_BALANCE: Final = "(SELECT sum(amount) FROM ledger WHERE ledger.account_id = accounts.account_id)"
_SELECT: Final = f"SELECT accounts.number, {_BALANCE} FROM accounts "  # noqa: S608
_BY_PHONE: Final = f"{_SELECT} JOIN phones USING (account_id) WHERE phones.number = "
_BY_ACCOUNT: Final = f"{_SELECT} WHERE accounts.number = "

Ask = Callable[[str], object]
Customers = tuple[list[str], list[str]]
"""Telephones, account numbers."""


def load(engine: Engine, customers: int) -> float:
    """Seconds."""
    migrate(engine)
    begun = time.perf_counter()
    words: dict[str, str] = {user.login: "a password" for user in USERS}
    load_demo(engine, customers, 1, bytes(range(32)), words, AnchoredClock().now(), with_pin=1)
    return time.perf_counter() - begun


def kept_sqlite(customers: int) -> Path:
    """The demo in SQLite: loaded under another name first, so that what is there is whole."""
    file = Path(tempfile.gettempdir(), f"callcentre-identify-{customers}.sqlite3")
    if not file.exists():
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        engine = open_engine(f"sqlite:///{part}", LONG_WORK)
        load(engine, customers)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.rollback()
        engine.dispose()
        part.rename(file)
    return file


def sample(ask: Callable[[str, int], Sequence[tuple[str, str]]], last: int) -> Customers:
    """Customers picked by chance over the whole table."""
    chance = Random(5)
    phones: list[str] = []
    numbers: list[str] = []
    while len(numbers) < LOOKUPS * ROUNDS:
        query = (
            "SELECT phones.number, accounts.number FROM accounts JOIN phones USING (account_id) "
            "WHERE account_id >= MARK ORDER BY account_id LIMIT 1"
        )
        for phone, number in ask(query, chance.randrange(1, last)):
            phones.append(phone)
            numbers.append(number)
    return phones, numbers


def compare(
    engine: Engine, plain: Callable[[str, str], object], mark: str, customers: Customers
) -> dict[str, list[float]]:
    """Milliseconds of each lookup, by its name."""
    accounts = DatabaseAccounts(engine)

    def by_phone(phone: str) -> object:
        found = accounts.of_phone(PhoneNumber(phone))
        return accounts.balance(found[0].number)

    def by_account(number: str) -> object:
        found = accounts.find(AccountNumber(number))
        return found and accounts.balance(found.number)

    ways: dict[str, tuple[Ask, list[str]]] = {
        "telephone": (by_phone, customers[0]),
        "account": (by_account, customers[1]),
        "telephone, driver": (lambda phone: plain(_BY_PHONE + mark, phone), customers[0]),
        "account, driver": (lambda number: plain(_BY_ACCOUNT + mark, number), customers[1]),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    places = dict.fromkeys(ways, 0)

    def round_of(name: str) -> float:
        ask, keys = ways[name]
        for key in keys[places[name] : places[name] + LOOKUPS]:
            begun = time.perf_counter()
            if not ask(key):
                raise RuntimeError("A customer was not found.")
            taken[name].append((time.perf_counter() - begun) * 1000)
        places[name] += LOOKUPS
        return 0.0

    in_turns({name: (lambda name=name: round_of(name)) for name in ways}, ROUNDS)  # type: ignore[misc]  # the loop's own
    return taken


def figures(database: str, limit: float, taken: dict[str, list[float]]) -> dict[str, Figure]:
    told = {}
    for way in ("telephone", "account"):
        ours, plain = taken[way], taken[f"{way}, driver"]
        peer = round(percentile(plain, 0.95), 2)
        told[f"{database}, by {way}, p95"] = Figure(round(percentile(ours, 0.95), 2), "ms", limit, peer, note="driver")
        told[f"{database}, by {way}, median"] = Figure(
            round(median(ours), 2), "ms", None, round(median(plain), 2), note="driver"
        )
    return told


def of_sqlite(customers: int) -> dict[str, Figure]:
    file = kept_sqlite(customers)
    engine = open_engine(f"sqlite:///{file}")
    link = sqlite3.connect(file)
    last = link.execute("SELECT max(account_id) FROM accounts").fetchone()[0]
    picked = sample(lambda query, key: link.execute(query.replace("MARK", "?"), (key,)).fetchall(), last)
    taken = compare(engine, lambda query, key: link.execute(query, (key,)).fetchall(), "?", picked)
    link.close()
    engine.dispose()
    return figures("SQLite", SQLITE_MS, taken)


def of_postgresql(customers: int) -> dict[str, Figure]:
    with running() as server:
        address = server.new_database()
        engine = open_engine(address, LONG_WORK)
        seconds = load(engine, customers)
        engine.dispose()
        engine = open_engine(address)
        with psycopg.connect(address, autocommit=True, prepare_threshold=0) as link:
            (last,) = link.execute("SELECT max(account_id) FROM accounts").fetchone() or (1,)
            picked = sample(
                lambda query, key: link.execute(query.replace("MARK", "%s"), (key,)).fetchall(),
                last,
            )
            taken = compare(engine, lambda query, key: link.execute(query, (key,)).fetchall(), "%s", picked)
        engine.dispose()
    loaded = {f"PostgreSQL, demo of {customers:,} customers": Figure(round(seconds, 1), "s", LOAD_S)}
    return loaded | figures("PostgreSQL", POSTGRESQL_MS, taken)


def measure(customers: int) -> Figures:
    return of_postgresql(customers) | of_sqlite(customers)


def asked() -> tuple[int, list[str]]:
    """`--customers`, and the arguments that are left."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    told, others = parser.parse_known_args()
    return told.customers, others


if __name__ == "__main__":
    many, others = asked()
    sys.exit(main(f"A lookup and the balance among {many:,} customers", lambda: measure(many), others))
