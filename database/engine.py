"""The way to the database: SQLite in a file or PostgreSQL by psycopg 3, every wait bounded.

Reading and writing go through `reading` and `writing`: one transaction each, and a database that is away, full of
waiting connections or silent becomes the one error that the caller's port names.

Bounds: a connection is made within `connect_s`; a statement ends within `statement_s` (told to the server) and is given
up by the client a second later, so that a frozen server cannot hold a call; a thread waits `pool_wait_s` for a
connection. SQLite's only wait is for another writer: `lock_s`. A call therefore waits at most about
pool_wait_s + connect_s + 2 * (statement_s + 1) seconds, the second round being the ping of a stale connection.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from customers.payment_ports import PaymentsUnavailable
from customers.ports import CustomersUnavailable
from staff.ports import StaffUnavailable

__all__ = [
    "LONG_WORK",
    "DatabaseUnavailable",
    "Engine",
    "Limits",
    "WrongDatabaseAddress",
    "open_engine",
    "reading",
    "writing",
]
RV = TypeVar("RV")


class DatabaseUnavailable(Exception):
    """The database cannot be reached or did not answer in time: of records, queues and migrations."""


class WrongDatabaseAddress(ValueError):
    """The address in the settings is of no database we know."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and connections of one process."""

    connect_s: int = 3
    statement_s: float = 3.0
    lock_s: float = 2.0
    pool_wait_s: float = 2.0
    connections: int = 10


LONG_WORK = Limits(statement_s=1800.0, lock_s=30.0, connections=4)
"""For migrations and bulk loads, never for a call."""

Unavailable = (
    type[CustomersUnavailable] | type[PaymentsUnavailable] | type[StaffUnavailable] | type[DatabaseUnavailable]
)


class _BoundedConnection(psycopg.Connection[Any]):
    """A connection that gives a silent server up: statement_timeout is the server's and a frozen server keeps none."""

    answer_s: float = 4.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval=interval, timeout=self.answer_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as silent:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"The server gave no answer within {self.answer_s:g} s.") from silent


def open_engine(address: str, limits: Limits = Limits()) -> Engine:
    """The engine of an address: sqlite:////folder/file.db or postgresql://user:password@host/name. Connects lazily.

    Raises WrongDatabaseAddress for any other; the message never holds the address, which may hold a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise WrongDatabaseAddress(_ADDRESS_HELP) from None
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return _sqlite(url.set(drivername="sqlite").render_as_string(hide_password=False), limits)
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _postgresql(url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False), limits)
    raise WrongDatabaseAddress(_ADDRESS_HELP)


_ADDRESS_HELP = (
    "The database address is not understood. Give sqlite:////folder/callcentre.db or postgresql://user@host/name."
)


def _pool(limits: Limits) -> dict[str, Any]:
    return {"pool_size": limits.connections, "max_overflow": 0, "pool_timeout": limits.pool_wait_s}


def _sqlite(url: str, limits: Limits) -> Engine:
    engine = create_engine(url, connect_args={"timeout": limits.lock_s, "check_same_thread": False}, **_pool(limits))

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin ourselves: the module would begin late, after the first read
        _begin_wal(connection, limits.lock_s)
        connection.execute("PRAGMA synchronous=FULL")  # a promised callback outlives a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={round(limits.lock_s * 1000)}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written in between.
        write = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _begin_wal(connection: sqlite3.Connection, lock_s: float) -> None:
    """Of a new file only one can do it, and SQLite refuses the others at once instead of letting them wait."""
    deadline = time.monotonic() + lock_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as busy:
            if "locked" not in str(busy) or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return


_WAL_PAUSE_S = 0.02
"""SQLite itself offers no wait here, and one process is done in milliseconds."""
_WRITES = "callcentre_writes"
_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _postgresql(url: str, limits: Limits) -> Engine:
    class Bounded(_BoundedConnection):
        answer_s = limits.statement_s + 1

    options = {
        "statement_timeout": round(limits.statement_s * 1000),
        "lock_timeout": round(limits.lock_s * 1000),
        "idle_in_transaction_session_timeout": 60_000,
    }
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": limits.connect_s,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            "tcp_user_timeout": round((limits.statement_s + 1) * 1000),
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "application_name": "callcentre",
        },
        pool_pre_ping=True,
        pool_recycle=1800,
        **_pool(limits),
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return Bounded.connect(*args, **kwargs)

    return engine


@contextmanager
def reading(engine: Engine, unavailable: Unavailable) -> Iterator[Connection]:
    """One transaction that only reads, all its answers of one instant. Raises `unavailable`."""
    # SQLite's transaction is a snapshot anyway.
    snapshot = engine.execution_options(**_SNAPSHOT) if engine.dialect.name == "postgresql" else engine
    with _told_as(unavailable), snapshot.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, unavailable: Unavailable) -> Iterator[Connection]:
    """One transaction, committed at the end and rolled back at an error. Raises `unavailable`."""
    with _told_as(unavailable), engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def _told_as(unavailable: Unavailable) -> Iterator[None]:
    """Faults of the way, not of the question: IntegrityError, DataError and ProgrammingError are ours and pass."""
    try:
        yield
    except PoolTimeoutError as full:
        raise unavailable("All connections to the database are busy. Try again; raise the limit if it stays.") from full
    except (OperationalError, InterfaceError, InternalError) as away:
        raise unavailable("The database does not answer. Check that it runs and that its address is right.") from away
    except DBAPIError as error:
        if error.connection_invalidated:
            raise unavailable("The link to the database was lost.") from error
        if type(error) is DatabaseError:  # not a subclass: SQLite says so of a file that is broken or none of its own
            raise unavailable("The database file cannot be read. Restore it from a backup.") from error
        raise
