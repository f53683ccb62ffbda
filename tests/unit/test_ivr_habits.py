"""What a number and all callers are remembered for: the language of the greeting, and what is offered first."""

import threading

import pytest

from calls.clock import Instant, after
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.callers import Habit
from ivr.flows import habits, welcome
from ivr.visit import Visit
from ivr.wanted import FEWEST, WINDOW_S, Wanted
from tests.kit.fake_callers import FakeCallers
from tests.kit.scripted_channel import LISTEN, ScriptedChannel
from tests.kit.visits import NOW, visit

PHONE = demo.TRUSTED.phone
USUAL = ["menu.account", "menu.outage", "menu.reference"]


def called(
    *script: str, callers: FakeCallers, phone: PhoneNumber | None = PHONE, wanted: Wanted | None = None
) -> tuple[ScriptedChannel, Visit]:
    channel = ScriptedChannel(*script)
    caller = visit(channel, phone, callers=callers, wanted=wanted)
    welcome.answer(caller)
    return channel, caller


def offered(channel: ScriptedChannel) -> list[str]:
    """The order of the first main menu."""
    at = channel.heard.index("menu.danger")
    return channel.heard[at + 1 : at + 4]


def kept(callers: FakeCallers) -> Habit:
    assert callers.remembered.wait(5)
    return callers.kept[PHONE][0]


def test_the_language_that_was_asked_for_greets_the_next_time() -> None:
    callers = FakeCallers()
    called(LISTEN, "2", LISTEN, "0", callers=callers)
    assert kept(callers) == Habit(Language.EN)
    channel, caller = called(LISTEN, LISTEN, "0", callers=callers)
    assert channel.played[0][0] is Language.EN
    assert caller.facts.language is Language.EN, "agents and announcements speak it too"


def test_and_back() -> None:
    callers = FakeCallers()
    callers.kept[PHONE] = (Habit(Language.EN, "outage"), NOW)
    called(LISTEN, "2", LISTEN, "0", callers=callers)
    assert kept(callers) == Habit(Language.RU, "outage"), "what was asked for last stays"


def test_what_was_chosen_last_is_offered_first_on_its_own_key() -> None:
    callers = FakeCallers()
    called(LISTEN, "5", "*", "0", callers=callers)
    assert kept(callers) == Habit(Language.RU, "reference")
    channel, _ = called(LISTEN, LISTEN, "0", callers=callers)
    assert offered(channel) == ["menu.reference", "menu.account", "menu.outage"]


def test_a_danger_to_life_is_no_habit() -> None:
    callers = FakeCallers()
    called(LISTEN, "3", callers=callers)
    assert callers.kept == {}


def test_who_hides_the_number_is_remembered_for_nothing() -> None:
    callers = FakeCallers()
    channel, _ = called(LISTEN, "5", "*", LISTEN, "0", callers=callers, phone=None)
    assert offered(channel) == USUAL
    assert callers.kept == {}


def test_without_the_database_the_greeting_is_russian_and_nothing_is_lost() -> None:
    callers = FakeCallers()
    callers.down = True
    channel, _ = called(LISTEN, "5", "*", LISTEN, "0", callers=callers)
    assert channel.played[0][0] is Language.RU
    assert callers.remembered.wait(5), "it was tried"


def test_a_late_database_does_not_hold_the_greeting_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(habits, "RECALL_S", 0.01)
    answer = threading.Event()

    class Late(FakeCallers):
        def habit(self, phone: PhoneNumber, now: Instant) -> Habit | None:
            answer.wait(5)
            return Habit(Language.EN)

    channel, _ = called(LISTEN, LISTEN, "0", callers=Late())
    answer.set()
    assert channel.played[0][0] is Language.RU


def test_what_most_callers_want_comes_before_what_this_one_wanted() -> None:
    callers, wanted = FakeCallers(), Wanted()
    callers.kept[PHONE] = (Habit(Language.RU, "reference"), NOW)
    for _ in range(FEWEST):
        wanted.note("outage", NOW)
    channel, _ = called(LISTEN, LISTEN, "0", callers=callers, wanted=wanted)
    assert offered(channel) == ["menu.outage", "menu.reference", "menu.account"]


def test_nothing_dominates_before_enough_have_rung_nor_without_a_majority() -> None:
    wanted = Wanted()
    for _ in range(FEWEST - 1):
        wanted.note("outage", NOW)
    assert wanted.most(NOW) is None
    wanted.note("balance", NOW)
    assert wanted.most(NOW) == "outage"
    for _ in range(FEWEST - 2):
        wanted.note("balance", NOW)
    assert wanted.most(NOW) is None, "half is no majority"


def test_what_was_wanted_hours_ago_counts_no_more() -> None:
    wanted = Wanted()
    for _ in range(FEWEST):
        wanted.note("outage", NOW)
    assert wanted.most(after(NOW, WINDOW_S - 1)) == "outage"
    assert wanted.most(after(NOW, WINDOW_S)) is None
