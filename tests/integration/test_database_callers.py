"""What a number is remembered for, one contract for the fake and both databases."""

from collections.abc import Iterator

import pytest

from calls.clock import after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.callers import KEPT_S, Callers, Habit
from database.callers import DatabaseCallers
from tests.kit.databases import KINDS, NOW, new_database
from tests.kit.fake_callers import FakeCallers

PHONE = PhoneNumber("+73060000311")


@pytest.fixture(params=("fake", *KINDS))
def callers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    if request.param == "fake":
        yield FakeCallers()
        return
    with new_database(request.param, request, tmp_path_factory) as engine:
        yield DatabaseCallers(engine)


def test_the_newest_habit_of_a_number_alone(callers: Callers) -> None:
    assert callers.habit(PHONE, NOW) is None
    callers.remember(PHONE, Habit(Language.EN), NOW)
    callers.remember(PHONE, Habit(Language.EN, "outage"), after(NOW, 5))
    assert callers.habit(PHONE, after(NOW, 6)) == Habit(Language.EN, "outage")
    assert callers.habit(PhoneNumber("+73060000312"), NOW) is None


def test_it_is_forgotten_after_a_year_without_a_call(callers: Callers) -> None:
    callers.remember(PHONE, Habit(Language.RU, "balance"), NOW)
    assert callers.habit(PHONE, after(NOW, KEPT_S - 1)) is not None
    assert callers.habit(PHONE, after(NOW, KEPT_S)) is None


@pytest.mark.parametrize("text", ["", "+", "anonymous", "'; --", "+7306\0", "+7306\n", "+" + "9" * 64_000])
def test_hostile_numbers_are_nobodys(callers: Callers, text: str) -> None:
    if not text.startswith("+"):
        callers.remember(PhoneNumber(text), Habit(Language.EN), NOW)
    assert callers.habit(PhoneNumber(text), NOW) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_too_old_is_erased(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with new_database(kind, request, tmp_path_factory) as engine:
        callers = DatabaseCallers(engine)
        callers.remember(PHONE, Habit(Language.RU, "balance"), NOW)
        callers.forget_old(after(NOW, KEPT_S - 1))
        assert callers.habit(PHONE, NOW) is not None
        callers.forget_old(after(NOW, KEPT_S))
        assert callers.habit(PHONE, NOW) is None
