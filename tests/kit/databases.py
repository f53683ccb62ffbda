"""Fixtures: each database that the platform knows, empty with its tables, or with the demo in it.

tests/integration/conftest.py offers them; `database_kind` makes a test run once on each.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from calls.clock import Instant
from database.demo_data import load_demo
from database.engine import Engine, Limits, open_engine
from database.migrations import migrate
from staff import demo as staff_demo
from tests.kit.postgres import Postgres, running

NOW = Instant(1_795_424_400_000)
"""23 November 2026, 12:00 in Moscow."""
PIN_KEY = bytes(range(32))
CUSTOMERS = 60
PATIENT = Limits(statement_s=60.0, lock_s=20.0)
"""For a loaded test machine; the tests of bounds set their own."""
KINDS = ("sqlite", "postgresql")


def passwords() -> dict[str, str]:
    return {user.login: f"пароль {user.login}" for user in staff_demo.USERS}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture(scope="session", params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_address(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The address of a new database without tables."""
    return new_address(database_kind, request, tmp_path_factory)


@pytest.fixture
def engine(database_address: str) -> Iterator[Engine]:
    """A new database with its tables."""
    opened = open_engine(database_address, PATIENT)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def demo_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demo as of NOW in SQLite, shared: read it only."""
    with _demo(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'demo.db'}") as opened:
        yield opened


@pytest.fixture(scope="session")
def demo_postgresql(postgres: Postgres) -> Iterator[Engine]:
    """The demo as of NOW in PostgreSQL, shared: read it only."""
    with _demo(postgres.new_database()) as opened:
        yield opened


@pytest.fixture
def demo_engine(database_kind: str, request: pytest.FixtureRequest) -> Engine:
    """The shared demo in each kind of database."""
    opened: Engine = request.getfixturevalue(f"demo_{database_kind}")
    return opened


@contextmanager
def _demo(address: str) -> Iterator[Engine]:
    opened = open_engine(address, PATIENT)
    migrate(opened)
    load_demo(opened, CUSTOMERS, 1, PIN_KEY, passwords(), NOW, with_pin=3)
    yield opened
    opened.dispose()


@contextmanager
def new_database(kind: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[Engine]:
    """A new database of this kind with its tables: for fixtures that know a fake beside the kinds."""
    opened = open_engine(new_address(kind, request, folders), PATIENT)
    migrate(opened)
    yield opened
    opened.dispose()


def new_address(kind: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    """The address of a new database without tables, for a fixture that has kinds of its own."""
    if kind == "sqlite":
        return f"sqlite:///{folders.mktemp('sqlite') / 'callcentre.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()
