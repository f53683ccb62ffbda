"""No question of a call walks a table: what a million customers need is seen in SQLite's plan for a few."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from calls.clock import after
from calls.ids import AgentId, CallId
from customers import demo
from customers.outages import LocalityCode
from database.accounts import DatabaseAccounts
from database.attempts import AttemptWatch
from database.engine import DatabaseUnavailable, Engine, open_engine, reading
from database.menu_figures import DatabaseMenuFigures
from database.migrations import migrate
from database.notes import DatabaseCallNotes
from database.outages import DatabaseOutages
from database.pins import DatabasePins
from database.readings import DatabaseReadings
from database.records import DatabaseRecords
from database.satisfaction import SatisfactionFigures
from database.sign_ins import DatabaseSignIns
from database.users import DatabaseUsers
from tests.kit.databases import NOW, PATIENT, PIN_KEY

NUMBER, PHONE = demo.TRUSTED.number, demo.TRUSTED.phone
QUESTIONS: dict[str, Callable[[Engine], object]] = {
    "find": lambda engine: DatabaseAccounts(engine).find(NUMBER),
    "of_phone": lambda engine: DatabaseAccounts(engine).of_phone(PHONE),
    "phones": lambda engine: DatabaseAccounts(engine).phones(NUMBER),
    "locked PINs": lambda engine: AttemptWatch(engine).standing(NOW),
    "may_hear": lambda engine: DatabaseAccounts(engine).may_hear(PHONE, NUMBER),
    "balance": lambda engine: DatabaseAccounts(engine).balance(NUMBER),
    "payments": lambda engine: DatabaseAccounts(engine).payments(NUMBER),
    "charges": lambda engine: DatabaseAccounts(engine).charges(NUMBER),
    "meters": lambda engine: DatabaseAccounts(engine).meters(NUMBER),
    "tariff": lambda engine: DatabaseAccounts(engine).tariff(NUMBER, demo.today_of(NOW)),
    "outages of a number": lambda engine: DatabaseOutages(engine).at_phone(PHONE, NOW),
    "outages of an account": lambda engine: DatabaseOutages(engine).at_account(NUMBER, NOW),
    "outages of a locality": lambda engine: DatabaseOutages(engine).in_locality(LocalityCode("105"), NOW),
    "meters to read": lambda engine: DatabaseReadings(engine).meters_to_read(NUMBER),
    "card": lambda engine: DatabaseAccounts(engine).card(NUMBER, NOW),
    "pin": lambda engine: DatabasePins(engine, PIN_KEY).check(NUMBER, "1234", PHONE, NOW),
    "user": lambda engine: DatabaseUsers(engine).find(AgentId("kim")),
    "sign_in": lambda engine: DatabaseSignIns(engine).user_of("token", NOW),
    "note": lambda engine: DatabaseCallNotes(engine).load(CallId("x")),
    "record": lambda engine: DatabaseRecords(engine).find(CallId("x")),
    "recent records": lambda engine: DatabaseRecords(engine).recent(10),
    "menus of a day": lambda engine: DatabaseMenuFigures(engine).period(NOW, after(NOW, 24 * 3600)),
    "scores of a day": lambda engine: SatisfactionFigures(engine).between(NOW, after(NOW, 24 * 3600)),
    "records of an account": lambda engine: DatabaseRecords(engine).of_account(NUMBER),
}


@pytest.fixture(scope="module")
def planning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Tables without rows or statistics: here the planner takes every table for a large one."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'empty.db'}", PATIENT)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_goes_by_an_index(demo_sqlite: Engine, planning: Engine, name: str) -> None:
    asked = _statements(demo_sqlite, QUESTIONS[name])
    assert asked
    with reading(planning, DatabaseUnavailable) as connection:
        steps = [step for statement, values in asked for step in _plan(connection, statement, values)]
    assert [step for step in steps if step.startswith("SCAN") and "USING" not in step] == []
    assert [step for step in steps if step.startswith("SEARCH")] or name == "recent records"


def test_the_balance_never_touches_the_ledger_itself(demo_sqlite: Engine, planning: Engine) -> None:
    asked = _statements(demo_sqlite, QUESTIONS["balance"])
    with reading(planning, DatabaseUnavailable) as connection:
        steps = [step for statement, values in asked for step in _plan(connection, statement, values)]
    ledger = [step for step in steps if " ledger " in step]
    assert len(ledger) == 3
    assert all("COVERING INDEX ledger_by_account" in step for step in ledger)


def _statements(engine: Engine, question: Callable[[Engine], object]) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        question(engine)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


def _plan(connection: Connection, statement: str, values: Any) -> list[str]:
    return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
