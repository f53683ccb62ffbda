"""The numbers of appeals and their deadlines."""

from hypothesis import given
from hypothesis import strategies as st

from calls.clock import Instant, after
from customers.appeals import (
    ANSWER_S,
    CALL_BACK_S,
    AppealKind,
    AppealState,
    NewAppeal,
    appeal_of,
    is_number,
    new_number,
)

NOW = Instant(1_795_420_800_000)
numbers = st.builds(new_number)


@given(numbers, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_found(number: str, place: int, by: int) -> None:
    assert is_number(number)
    wrong = str((int(number[place]) + by) % 10)
    assert not is_number(number[:place] + wrong + number[place + 1 :])


@given(numbers, st.integers(0, 6))
def test_two_neighbours_that_are_swapped_are_found(number: str, place: int) -> None:
    first, second = number[place], number[place + 1]
    if first != second:
        assert not is_number(number[:place] + second + first + number[place + 2 :])


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert is_number(text) in (True, False)


def test_what_is_no_number() -> None:
    assert [is_number(text) for text in ("", "0" * 8, "1234567", "1" * 9, "1000000٦")] == [False] * 5


def test_each_kind_has_its_deadline() -> None:
    due = {kind: appeal_of(NewAppeal(kind, "call"), new_number(), NOW).due_at for kind in AppealKind}
    answer, call_back = after(NOW, ANSWER_S), after(NOW, CALL_BACK_S)
    assert due == {
        AppealKind.NO_POWER: call_back,
        AppealKind.QUALITY: answer,
        AppealKind.THEFT: answer,
        AppealKind.METERING: call_back,
        AppealKind.CONNECTION: call_back,
    }


def test_it_begins_new() -> None:
    appeal = appeal_of(NewAppeal(AppealKind.QUALITY, "call"), new_number(), NOW)
    assert (appeal.state, appeal.created_at, appeal.changed_at) == (AppealState.NEW, NOW, NOW)
