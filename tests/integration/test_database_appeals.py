"""Appeals: one contract for the fake and both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, select

from calls.clock import after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import (
    ANSWER_S,
    CALL_BACK_S,
    MOVES,
    UNDO_S,
    AppealKind,
    AppealNumber,
    AppealState,
    Late,
    NewAppeal,
    appeal_of,
    new_number,
)
from customers.outages import Author, LocalityCode
from customers.ports import CustomersUnavailable
from database.appeal_tables import AppealRow
from database.appeals import DatabaseAppeals
from database.audit import DatabaseAudit
from database.engine import Engine, reading
from database.migrations import current, downgrade, migrate, newest
from tests.kit.databases import KINDS, NOW, new_database
from tests.kit.fake_appeals import FakeAppeals

QUALITY = NewAppeal(AppealKind.QUALITY, "call-1", AccountNumber("4401220170"), PhoneNumber("+79123456789"))
ANONYMOUS = NewAppeal(AppealKind.THEFT, "a word", locality=LocalityCode("105"))
Kept = FakeAppeals | DatabaseAppeals
Make = Callable[[Callable[[], AppealNumber]], Kept]


@pytest.fixture(params=["fake", *KINDS])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    if request.param == "fake":
        yield FakeAppeals
        return
    with new_database(str(request.param), request, tmp_path_factory) as engine:
        yield lambda number_of: DatabaseAppeals(engine, number_of)


@pytest.fixture
def appeals(make: Make) -> Kept:
    return make(new_number)


@pytest.mark.parametrize("new", [QUALITY, ANONYMOUS, NewAppeal(AppealKind.NO_POWER, "call-2", outage_id=7)])
def test_what_is_filed_is_found_by_its_number(appeals: Kept, new: NewAppeal) -> None:
    appeal = appeals.file(new, NOW)
    assert appeal == appeal_of(new, appeal.number, NOW)
    assert appeals.find(appeal.number) == appeal


def test_the_same_call_files_one_of_a_kind(appeals: Kept) -> None:
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
def test_what_is_no_number_of_ours_is_not_found(appeals: Kept, text: str) -> None:
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
    downgrade(engine, "0021")
    with reading(engine, CustomersUnavailable) as connection:
        tables = set(inspect(connection).get_table_names())
    assert "appeals" not in tables
    assert "one_time_codes" in tables
    migrate(engine)
    assert current(engine) == newest()
    appeals = DatabaseAppeals(engine)
    assert appeals.find(appeals.file(QUALITY, NOW).number) is not None


KIM = Author("kim", "127.0.0.1")


def test_the_open_ones_come_with_the_soonest_due_first(appeals: Kept) -> None:
    quality = appeals.file(QUALITY, NOW)
    urgent = appeals.file(NewAppeal(AppealKind.NO_POWER, "call-9"), after(NOW, 60))
    done = appeals.file(NewAppeal(AppealKind.METERING, "call-8"), NOW)
    assert appeals.move(done.number, AppealState.CLOSED, KIM, NOW, "сделано")
    assert [one.number for one in appeals.open(10)] == [urgent.number, quality.number]
    assert [one.number for one in appeals.open(1)] == [urgent.number]


def test_only_the_moves_of_the_table_are_made_and_each_tells_its_day(appeals: Kept) -> None:
    for place, (state, following) in enumerate(MOVES.items()):
        for wanted in AppealState:
            appeal = appeals.file(NewAppeal(AppealKind.QUALITY, f"{place} {wanted}"), NOW)
            for step in _way_to(state):
                assert appeals.move(appeal.number, step, KIM, NOW, "сделано")
            assert appeals.move(appeal.number, wanted, KIM, after(NOW, 5), "сделано") is (wanted in following)
            found = appeals.find(appeal.number)
            assert found is not None
            assert found.state is (wanted if wanted in following else state)
            assert found.changed_at == (after(NOW, 5) if wanted in following else NOW)


def _way_to(state: AppealState) -> tuple[AppealState, ...]:
    return {
        AppealState.NEW: (),
        AppealState.IN_WORK: (AppealState.IN_WORK,),
        AppealState.ANSWERED: (AppealState.IN_WORK, AppealState.ANSWERED),
        AppealState.CLOSED: (AppealState.CLOSED,),
    }[state]


@pytest.mark.parametrize("number", ["", "10000004", "'; --", "1" * 64_000])
def test_nobody_moves_what_is_not_there(appeals: Kept, number: str) -> None:
    assert not appeals.move(AppealNumber(number), AppealState.CLOSED, KIM, NOW, "сделано")
    assert not appeals.take_back(AppealNumber(number), KIM, NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_stands_in_the_audit(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with new_database(kind, request, tmp_path_factory) as engine:
        appeals = DatabaseAppeals(engine)
        appeal = appeals.file(QUALITY, NOW)
        assert appeals.move(appeal.number, AppealState.IN_WORK, KIM, NOW)
        assert not appeals.move(appeal.number, AppealState.IN_WORK, KIM, NOW), "somebody has taken it"
        entries = [(entry.actor, entry.act, entry.subject) for entry in DatabaseAudit(engine).recent()]
        assert entries == [("kim", "appeal_in_work", f"appeal {appeal.number}")]


@pytest.mark.parametrize("state", [AppealState.NEW, AppealState.IN_WORK, AppealState.ANSWERED])
def test_what_was_closed_by_mistake_is_taken_back_for_a_while(appeals: Kept, state: AppealState) -> None:
    appeal = appeals.file(QUALITY, NOW)
    for step in _way_to(state):
        appeals.move(appeal.number, step, KIM, NOW)
    assert appeals.move(appeal.number, AppealState.CLOSED, KIM, NOW, " выезд был ")
    (closed,) = appeals.closed_lately(NOW)
    assert (closed.number, closed.word, closed.before) == (appeal.number, "выезд был", state)
    assert appeals.closed_lately(after(NOW, UNDO_S)) == ()
    assert not appeals.take_back(appeal.number, KIM, after(NOW, UNDO_S)), "by now the customer may know"
    assert appeals.take_back(appeal.number, KIM, after(NOW, UNDO_S - 1))
    found = appeals.find(appeal.number)
    assert found is not None
    assert (found.state, found.word, found.before) == (state, "", None)
    assert not appeals.take_back(appeal.number, KIM, NOW)
    assert appeals.closed_lately(NOW) == ()


@pytest.mark.parametrize("word", ["", " ", "х" * 301])
def test_nothing_is_closed_without_a_word(appeals: Kept, word: str) -> None:
    appeal = appeals.file(QUALITY, NOW)
    with pytest.raises(ValueError, match="1 to 300"):
        appeals.move(appeal.number, AppealState.CLOSED, KIM, NOW, word)
    assert [one.number for one in appeals.open(10)] == [appeal.number]


def test_the_late_ones_are_counted_while_there_is_time(appeals: Kept) -> None:
    call_back = appeals.file(NewAppeal(AppealKind.METERING, "call-9"), NOW)
    appeals.file(QUALITY, NOW)
    for late_s, late in (
        (CALL_BACK_S * 7 / 8 - 1, Late(0, 0)),
        (CALL_BACK_S * 7 / 8, Late(0, 1)),
        (CALL_BACK_S, Late(1, 0)),
        (ANSWER_S * 7 / 8, Late(1, 1)),
        (ANSWER_S, Late(2, 0)),
    ):
        assert appeals.late(after(NOW, late_s)) == late
    appeals.move(call_back.number, AppealState.CLOSED, KIM, NOW, "сделано")
    assert appeals.late(after(NOW, CALL_BACK_S)) == Late(0, 0)


def test_a_step_down_from_words_keeps_the_appeals(engine: Engine) -> None:
    appeals = DatabaseAppeals(engine)
    appeal = appeals.file(QUALITY, NOW)
    appeals.move(appeal.number, AppealState.CLOSED, KIM, NOW, "сделано")
    downgrade(engine, "0029")
    with reading(engine, CustomersUnavailable) as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("appeals")}
    assert not {"word", "closed_from"} & columns
    migrate(engine)
    found = appeals.find(appeal.number)
    assert found is not None
    assert (found.state, found.word, found.before) == (AppealState.CLOSED, "", None)
    assert not appeals.take_back(appeal.number, KIM, NOW), "from what it was closed nobody knows any more"
