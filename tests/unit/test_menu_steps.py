"""What is kept of a caller's way through the menus: which, how long, how it ended; never what was keyed as data."""

import ast
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from acd.codec import decode, encode
from calls.clock import Instant
from calls.journey import CallFacts
from calls.menu_steps import MOST_STEPS, Ending, MenuStep, settled
from customers import demo
from ivr.channel import ALL_KEYS, CallerHungUp
from ivr.flows import waiting, welcome
from ivr.menu import Menu
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.visit import Visit
from prompts.phrase import Phrase, say
from tests.kit.scripted_channel import HANG_UP, LISTEN, SILENCE, ScriptedChannel, keys
from tests.kit.visits import NOW, StillClock, visit

FLOWS = Path(welcome.__file__).parent
RECORDED = {"offer", "request", "request_or_other"}
UNRECORDED = {"appeal", "power_back"}
MENU = Menu((say("menu.main"),), {"1": "one"}, 5.0)


class TimedChannel(ScriptedChannel):
    """A prompt lasts 4 s or, when a key ends it, 1 s; a key after it comes 2 s later, silence takes its time."""

    def __init__(self, *script: str) -> None:
        super().__init__(*script)
        self.clock = StillClock()

    def play(self, phrases: Sequence[Phrase], stop_keys: str = ALL_KEYS, ahead: int = 0) -> str:
        key = super().play(phrases, stop_keys, ahead)
        self._pass(1.0 if key else 4.0)
        return key

    def wait_key(self, timeout_s: float) -> str:
        key = super().wait_key(timeout_s)
        self._pass(2.0 if key else timeout_s)
        return key

    def _pass(self, seconds: float) -> None:
        self.clock.at = Instant(self.clock.at + round(seconds * 1000))


def timed(*script: str) -> Visit:
    channel = TimedChannel(*script)
    plain = visit(channel)
    return Visit(channel, plain.arrival, replace(plain.services, clock=channel.clock))


def step(*script: str) -> MenuStep:
    caller = timed(*script)
    offer(caller, MenuName.MAIN, MENU)
    [only] = caller.facts.menus
    return only


def test_a_key_after_the_prompt_is_counted_from_its_end() -> None:
    assert step(LISTEN, "1") == MenuStep("main", "ru", NOW, 6000, Ending.CHOSEN, "1", 2000)


def test_a_key_into_the_prompt_took_no_time() -> None:
    assert step("1") == MenuStep("main", "ru", NOW, 1000, Ending.CHOSEN, "1", 0)


def test_a_key_pressed_before_the_prompt_took_none_either() -> None:
    caller = timed()
    offer(caller, MenuName.MAIN, MENU, key="1")
    assert caller.facts.menus == (MenuStep("main", "ru", NOW, 0, Ending.CHOSEN, "1", 0),)


def test_wrong_keys_silences_and_repeats_are_counted_and_the_last_prompt_counts() -> None:
    found = step("7", SILENCE, "9", LISTEN, "1")
    assert found == MenuStep("main", "ru", NOW, 17_000, Ending.CHOSEN, "1", 2000, wrong=1, silent=1, repeated=1)


@pytest.mark.parametrize(
    ("script", "ending", "answer_ms", "counts"),
    [
        (("0",), Ending.AGENT, 0, (0, 0, 0)),
        ((LISTEN, "*"), Ending.BACK, 2000, (0, 0, 0)),
        ((SILENCE, SILENCE), Ending.SILENT, None, (0, 2, 0)),
        (("7", "7", "7"), Ending.ASTRAY, None, (3, 0, 0)),
        (("9", "9", "9", "9"), Ending.ASTRAY, None, (0, 0, 4)),
    ],
)
def test_ends_without_a_choice(
    script: tuple[str, ...], ending: Ending, answer_ms: int | None, counts: tuple[int, int, int]
) -> None:
    found = step(*script)
    assert (found.ending, found.choice, found.answer_ms) == (ending, "", answer_ms)
    assert (found.wrong, found.silent, found.repeated) == counts


@pytest.mark.parametrize(("served", "ending"), [(False, Ending.LEFT), (True, Ending.SERVED)])
@pytest.mark.parametrize(("script", "stay_ms"), [((HANG_UP,), 0), (("7", LISTEN, HANG_UP), 5000)])
def test_who_rings_off_in_a_menu_left_there(
    script: tuple[str, ...], stay_ms: int, served: bool, ending: Ending
) -> None:
    caller = timed(*script)
    caller.served = served
    with pytest.raises(CallerHungUp):
        offer(caller, MenuName.MAIN, MENU)
    [only] = caller.facts.menus
    assert (only.ending, only.stay_ms, only.answer_ms, only.wrong) == (ending, stay_ms, None, len(script) // 2)


def test_a_call_keeps_so_many_steps() -> None:
    facts = CallFacts()
    for at in range(MOST_STEPS + 5):
        facts = facts.with_menu(MenuStep("main", "ru", Instant(at), 1, Ending.BACK))
    assert [kept.at for kept in facts.menus] == list(range(MOST_STEPS))


def test_who_was_answered_or_came_to_another_menu_had_not_rung_off() -> None:
    left, served = (MenuStep("main", "ru", NOW, 1, ending) for ending in (Ending.LEFT, Ending.SERVED))
    back = MenuStep("main", "ru", NOW, 1, Ending.BACK)
    endings = [kept.ending for kept in settled((left, back, served, left), answered=False)]
    assert endings == [Ending.TAKEN, Ending.BACK, Ending.TAKEN, Ending.LEFT]
    assert [kept.ending for kept in settled((back, served), answered=True)] == [Ending.BACK, Ending.TAKEN]
    assert settled((), answered=True) == ()


def test_a_whole_call_tells_its_menus_and_nothing_that_was_keyed() -> None:
    fixed = demo.IN_DEBT
    channel = ScriptedChannel(
        LISTEN, "7", "2", "1", keys(f"{fixed.number}#"), keys(f"{fixed.pin}#"), "2", "1", LISTEN, HANG_UP
    )  # fmt: skip
    caller = visit(channel, fixed.phone)
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    told = [(kept.menu, kept.language, kept.ending.value, kept.choice, kept.wrong) for kept in caller.facts.menus]
    assert told == [
        ("main", "ru", "chosen", "language", 1),
        ("main", "en", "chosen", "balance", 0),
        ("key_account", "en", "chosen", "keyed", 0),
        ("key_pin", "en", "chosen", "keyed", 0),
        ("after_answer", "en", "chosen", "details", 0),
        ("details", "en", "chosen", "payments", 0),
        ("after_answer", "en", "served", "", 0),
    ]
    kept = repr(caller.facts.menus)
    assert fixed.number not in kept
    assert fixed.pin not in kept


@pytest.mark.parametrize(
    ("script", "ending"),
    [((HANG_UP,), Ending.LEFT), (("*", "0", SILENCE), Ending.AGENT), ((SILENCE, SILENCE), Ending.SILENT)],
)
def test_who_keys_no_number_is_told_by_how_it_ended(script: tuple[str, ...], ending: Ending) -> None:
    caller = visit(ScriptedChannel(LISTEN, "1", *script))
    with suppress(CallerHungUp):
        welcome.answer(caller)
    step = next(kept for kept in caller.facts.menus if kept.menu == MenuName.KEY_ACCOUNT)
    assert (step.ending, step.choice, step.answer_ms) == (ending, "", None)


def test_which_account_is_told_by_its_key_alone() -> None:
    first = demo.SHARED_FIRST
    caller = visit(ScriptedChannel(LISTEN, "1", "1", HANG_UP), first.phone)
    with pytest.raises(CallerHungUp):
        welcome.answer(caller)
    which = next((kept for kept in caller.facts.menus if kept.menu == MenuName.WHICH_ACCOUNT), None)
    if which is not None:
        assert which.choice == "1"
    assert first.number not in repr(caller.facts.menus)


def test_reports_and_orders_leave_no_step_whatever_they_are_about() -> None:
    """An anonymous report of theft must not be told by what is missing."""
    for key in "12345":
        caller = visit(ScriptedChannel(LISTEN, "6", key, HANG_UP))
        with pytest.raises(CallerHungUp):
            welcome.answer(caller)
        assert [(kept.menu, kept.choice) for kept in caller.facts.menus] == [("main", "appeal")]


def test_a_waiting_callers_menus_follow_those_before() -> None:
    before = CallFacts().with_menu(MenuStep("main", "ru", NOW, 1, Ending.AGENT))
    caller = visit(ScriptedChannel(LISTEN, "*", LISTEN), enqueued_at=NOW, facts=before)
    assert waiting.menu(caller) is None
    assert [kept.menu for kept in caller.facts.menus] == ["main", "waiting"]


def test_every_menu_of_a_flow_is_offered_under_a_name_of_its_own() -> None:
    """Apart from reports and orders (see ivr.flows.appeal), and from the calls that we make ourselves."""
    direct, offered = set(), []
    for file in FLOWS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "ivr.menu" and file.stem not in UNRECORDED:
                direct |= {file.stem for name in node.names if name.name == "choose"}
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RECORDED:
                name = node.args[1]
                assert isinstance(name, ast.Attribute)
                offered.append(name.attr)
    assert direct == set(), "call ivr.offering.offer with a name of ivr.menu_names"
    assert sorted(offered) == sorted(name.name for name in MenuName)


def test_the_store_keeps_them_and_reads_what_is_older() -> None:
    facts = CallFacts().with_menu(MenuStep("main", "ru", NOW, 5, Ending.CHOSEN, "balance", 3, 1, 2, 3))
    assert decode(encode(facts), CallFacts) == facts
    older = encode(CallFacts()).replace(b',"menus":[]', b"")
    assert b"menus" not in older
    assert decode(older, CallFacts) == CallFacts()
