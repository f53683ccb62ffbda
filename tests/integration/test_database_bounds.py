"""A database that is away, silent or locked is told within its bound, as the error that the port names."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from calls.clock import Instant
from calls.ids import AgentId, new_call_id
from customers import demo
from customers.accounts import AccountNumber, PinCheck
from customers.ports import CustomersUnavailable
from database.accounts import DatabaseAccounts
from database.demo_data import QUEUES
from database.engine import DatabaseUnavailable, Engine, Limits, WrongDatabaseAddress, open_engine, reading, writing
from database.migrations import migrate
from database.notes import DatabaseCallNotes
from database.pins import DatabasePins
from database.queue_settings import DatabaseQueueSettings
from database.users import DatabaseUsers
from staff.ports import StaffUnavailable
from tests.kit.databases import NOW, PIN_KEY
from tests.kit.postgres import Postgres
from tests.kit.waiting import eventually_sync

QUICK = Limits(connect_s=2, statement_s=0.5, lock_s=0.3, pool_wait_s=0.3, connections=1)
SLACK_S = 3.0
"""For a loaded machine."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert took < seconds, f"took {took:.1f} s, the bound is {seconds} s"


@contextmanager
def opened(address: str) -> Iterator[Engine]:
    engine = open_engine(address, QUICK)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def postgres_address(postgres: Postgres) -> str:
    address = postgres.new_database()
    with opened_patiently(address) as engine:
        migrate(engine)
    return address


@contextmanager
def opened_patiently(address: str) -> Iterator[Engine]:
    engine = open_engine(address, Limits(statement_s=60.0))
    try:
        yield engine
    finally:
        engine.dispose()


def refuses_everything(engine: Engine) -> None:
    with pytest.raises(CustomersUnavailable, match="database"):
        DatabaseAccounts(engine).balance(demo.IN_DEBT.number)
    with pytest.raises(CustomersUnavailable):
        DatabasePins(engine, PIN_KEY).check(demo.IN_DEBT.number, "1234", None, NOW)
    with pytest.raises(StaffUnavailable):
        DatabaseUsers(engine).authenticate("kim", "x", NOW)
    with pytest.raises(StaffUnavailable):
        DatabaseCallNotes(engine).save(new_call_id(), AgentId("kim"), "", "", Instant(0))
    with pytest.raises(DatabaseUnavailable):
        DatabaseQueueSettings(engine).load()


def test_a_refused_connection_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    for address in (f"postgresql://u@127.0.0.1:{port}/x", f"postgresql://u@/x?host={tmp_path}"):
        with opened(address) as engine, within(5 * SLACK_S):
            refuses_everything(engine)


def test_a_silent_server_is_given_up() -> None:
    with (
        silent_server() as port,
        opened(f"postgresql://u@127.0.0.1:{port}/x") as engine,
        within(2 + SLACK_S),
        pytest.raises(CustomersUnavailable),
    ):
        DatabaseAccounts(engine).balance(demo.IN_DEBT.number)


def test_a_frozen_session_is_given_up_and_replaced(postgres: Postgres, postgres_address: str) -> None:
    """The server process of a live connection stops answering: the ping of the pool must not wait for it."""
    with opened(postgres_address) as engine:
        accounts = DatabaseAccounts(engine)
        assert accounts.balance(demo.IN_DEBT.number) is None
        with stopped(postgres.session_pids(postgres_address)), within(2 * (0.5 + 1) + 2 + SLACK_S):
            assert accounts.balance(demo.IN_DEBT.number) is None


def test_a_session_that_freezes_in_a_statement_is_given_up(postgres: Postgres, postgres_address: str) -> None:
    def freeze_between_statements(engine: Engine) -> None:
        with reading(engine, DatabaseUnavailable) as connection:
            connection.execute(text("SELECT 1"))
            with stopped(postgres.session_pids(postgres_address)):
                connection.execute(text("SELECT 2"))

    with opened(postgres_address) as engine, within(0.5 + 1 + SLACK_S), pytest.raises(DatabaseUnavailable):
        freeze_between_statements(engine)


def test_a_slow_statement_is_ended_by_the_server(postgres_address: str) -> None:
    with (
        opened(postgres_address) as engine,
        within(0.5 + SLACK_S),
        pytest.raises(CustomersUnavailable),
        reading(engine, CustomersUnavailable) as connection,
    ):
        connection.execute(text("SELECT pg_sleep(30)"))


def test_a_killed_session_is_replaced(postgres: Postgres, postgres_address: str) -> None:
    with opened(postgres_address) as engine:
        accounts = DatabaseAccounts(engine)
        assert accounts.find(demo.IN_DEBT.number) is None
        for pid in postgres.session_pids(postgres_address):
            os.kill(pid, signal.SIGTERM)
        assert accounts.find(demo.IN_DEBT.number) is None


def test_a_full_pool_is_told(engine: Engine, database_address: str) -> None:
    with (
        opened(database_address) as small,
        reading(small, DatabaseUnavailable),
        within(0.3 + SLACK_S),
        pytest.raises(CustomersUnavailable, match="busy"),
    ):
        DatabaseAccounts(small).find(demo.IN_DEBT.number)


def test_a_writer_that_holds_its_lock_is_waited_for_only_so_long(engine: Engine, database_address: str) -> None:
    """The holder has changed the queues; who wants to change them too is told after the lock's bound."""
    queue = QUEUES[1]
    DatabaseQueueSettings(engine).put(queue)
    with writing(engine, DatabaseUnavailable) as holder:
        holder.execute(text("UPDATE settings_version SET version = version"))
        with opened(database_address) as second, within(0.5 + SLACK_S), pytest.raises(DatabaseUnavailable):
            DatabaseQueueSettings(second).put(queue)
        with opened(database_address) as reader:
            assert DatabaseQueueSettings(reader).load().version == 1


def test_an_sqlite_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/no/such/folder/x.db") as engine, within(SLACK_S):
        refuses_everything(engine)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database at all\n" * 200)
    with opened(f"sqlite:///{tmp_path}/x.db") as engine, pytest.raises(CustomersUnavailable):
        DatabaseAccounts(engine).find(demo.IN_DEBT.number)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "mysql://u:geheim@h/x", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://h/x"]
)
def test_an_address_that_is_not_ours_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(WrongDatabaseAddress) as refused:
        open_engine(address)
    assert "geheim" not in str(refused.value)


class HeldPins(DatabasePins):
    """Every check stands at the door until `gate` opens; `entered` counts those that stand there."""

    gate: threading.Event
    entered: threading.Semaphore

    def _sealed(self, number: AccountNumber) -> tuple[int | None, str | None]:
        self.entered.release()
        self.gate.wait(30)
        return super()._sealed(number)


def held(engine: Engine, waiting: int, answer_s: float) -> HeldPins:
    pins = HeldPins(engine, PIN_KEY, at_once=1, waiting=waiting, answer_s=answer_s)
    pins.gate, pins.entered = threading.Event(), threading.Semaphore(0)
    return pins


def test_pin_checks_beyond_the_bound_are_refused_at_once(demo_sqlite: Engine) -> None:
    pins = held(demo_sqlite, waiting=0, answer_s=20)
    with ThreadPoolExecutor(1) as caller:
        first = caller.submit(pins.check, demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW)
        assert pins.entered.acquire(timeout=10)
        with within(SLACK_S), pytest.raises(CustomersUnavailable, match="Too many"):
            pins.check(demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW)
        pins.gate.set()
        assert first.result(10).result is PinCheck.RIGHT
    assert pins.check(demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW).result is PinCheck.RIGHT
    pins.close()
    with pytest.raises(CustomersUnavailable, match="ending"):
        pins.check(demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW)


def test_a_pin_check_that_waits_too_long_is_given_up_and_gives_its_place_back(demo_sqlite: Engine) -> None:
    pins = held(demo_sqlite, waiting=1, answer_s=0.2)
    for _ in range(3):
        with within(0.2 + SLACK_S), pytest.raises(CustomersUnavailable, match="no turn"):
            pins.check(demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW)
    pins.gate.set()
    eventually_sync(lambda: _checked(pins) is PinCheck.RIGHT, 10, "the pool is free again")
    pins.close()


def _checked(pins: DatabasePins) -> PinCheck | None:
    try:
        return pins.check(demo.IN_DEBT.number, demo.IN_DEBT.pin, None, NOW).result
    except CustomersUnavailable:
        return None
