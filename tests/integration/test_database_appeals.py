"""Appeals: one contract for the fake and both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, select

from calls.clock import after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import AppealKind, AppealNumber, Appeals, NewAppeal, appeal_of, new_number
from customers.outages import LocalityCode
from customers.ports import CustomersUnavailable
from database.appeal_tables import AppealRow
from database.appeals import DatabaseAppeals
from database.engine import Engine, reading
from database.migrations import current, downgrade, migrate, newest
from tests.kit.databases import KINDS, NOW, new_database
from tests.kit.fake_appeals import FakeAppeals

QUALITY = NewAppeal(AppealKind.QUALITY, "call-1", AccountNumber("4401220170"), PhoneNumber("+79123456789"))
ANONYMOUS = NewAppeal(AppealKind.THEFT, "a word", locality=LocalityCode("105"))
Make = Callable[[Callable[[], AppealNumber]], Appeals]


@pytest.fixture(params=["fake", *KINDS])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    if request.param == "fake":
        yield FakeAppeals
        return
    with new_database(str(request.param), request, tmp_path_factory) as engine:
        yield lambda number_of: DatabaseAppeals(engine, number_of)


@pytest.fixture
def appeals(make: Make) -> Appeals:
    return make(new_number)


@pytest.mark.parametrize("new", [QUALITY, ANONYMOUS, NewAppeal(AppealKind.NO_POWER, "call-2", outage_id=7)])
def test_what_is_filed_is_found_by_its_number(appeals: Appeals, new: NewAppeal) -> None:
    appeal = appeals.file(new, NOW)
    assert appeal == appeal_of(new, appeal.number, NOW)
    assert appeals.find(appeal.number) == appeal


def test_the_same_call_files_one_of_a_kind(appeals: Appeals) -> None:
    first = appeals.file(QUALITY, NOW)
    assert appeals.file(QUALITY, after(NOW, 60)) == first
    other = appeals.file(NewAppeal(AppealKind.METERING, QUALITY.source), NOW)
    another = appeals.file(NewAppeal(QUALITY.kind, "call-3"), NOW)
    assert len({first.number, other.number, another.number}) == 3


def test_a_number_that_is_taken_is_not_given_again(make: Make) -> None:
    taken, free = new_number(), new_number()
    numbers = iter([taken, taken, free])
    appeals = make(lambda: next(numbers))
    assert appeals.file(QUALITY, NOW).number == taken
    assert appeals.file(ANONYMOUS, NOW).number == free


@pytest.mark.parametrize("text", ["", "12345678", "no number\0", "1000000٦", "10000004"])
def test_what_is_no_number_of_ours_is_not_found(appeals: Appeals, text: str) -> None:
    assert appeals.find(AppealNumber(text)) is None


# --- on both databases
def test_of_many_at_once_one_is_kept(engine: Engine) -> None:
    appeals = DatabaseAppeals(engine)
    with ThreadPoolExecutor(4) as threads:
        filed = list(threads.map(lambda _: appeals.file(QUALITY, NOW), range(8)))
    assert len({appeal.number for appeal in filed}) == 1
    with reading(engine, CustomersUnavailable) as connection:
        assert len(connection.execute(select(AppealRow.number)).all()) == 1


def test_a_step_down_takes_only_the_appeals(engine: Engine) -> None:
    DatabaseAppeals(engine).file(QUALITY, NOW)
    downgrade(engine, "0017")
    with reading(engine, CustomersUnavailable) as connection:
        tables = set(inspect(connection).get_table_names())
    assert "appeals" not in tables
    assert "one_time_codes" in tables
    migrate(engine)
    assert current(engine) == newest()
    appeals = DatabaseAppeals(engine)
    assert appeals.find(appeals.file(QUALITY, NOW).number) is not None
