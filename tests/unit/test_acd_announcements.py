"""What a waiting caller hears and when, and what is never said."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd import codec
from acd.effects import Announce
from acd.engine import Step
from acd.events import (
    AgentNotReady,
    AgentReady,
    CallEnteredMenu,
    CallerLeft,
    CallLeftMenu,
    Message,
    ProtectedStepBegan,
    ProtectedStepEnded,
    QueuesChanged,
)
from acd.floor import Floor
from acd.hold_line import AFTER_MENU_S, TICK_MS
from acd.model import Call, CallState
from acd.pace import Pace
from acd.queues import Announcements, CallbackRules, Queue
from acd.wait_law import Minutes
from calls.ids import AgentId, CallId, QueueId
from calls.journey import CallFacts
from simulation.callers import Profile, Stream
from simulation.chances import Exponential, Lognormal
from simulation.crew import crew_of
from simulation.scenario import Scenario
from simulation.world import simulate
from tests.kit.floors import SALES, Day

TEXTS = ("news.one", "news.two")


def announcing(first_s: int = 20, every_s: int = 45, **more: object) -> Queue:
    return replace(SALES, announcements=replace(Announcements(first_s, every_s), **more))  # type: ignore[arg-type]


def said(day: Day, call: CallId | None = None) -> list[Announce]:
    wishes = [effect.wish for effect in day.effects]
    return [wish for wish in wishes if isinstance(wish, Announce) and call in (None, wish.call_id)]


def at_s(day: Day, one: Announce, call: CallId) -> float:
    return (one.at - day.call(call).enqueued_at) / 1000


def knows_its_pace(day: Day, *, agents: int = 1) -> None:
    """Agents who all talk, in a queue whose calls take three minutes."""
    day.floor.put_pace(Pace(SALES.queue_id, handled=100, cycle_s=180.0))
    for number in range(agents):
        day.agent_ready(f"agent-{number}")
        day.connected(day.queued(900 + number))


def test_a_queue_with_a_limit_of_the_wait_announces_too() -> None:
    """Its calls are looked at again when they are late; that look must not forget the announcement."""
    day = Day(replace(announcing(), late_s=900))
    call = day.queued(1)
    day.wait(30)
    assert [at_s(day, one, call) for one in said(day)] == [20]


def test_the_first_comes_after_a_while_and_then_they_come_regularly() -> None:
    day = Day(announcing())
    call = day.queued(1)
    day.wait(160)
    assert [at_s(day, one, call) for one in said(day)] == [20, 65, 110, 155]
    assert [one.position for one in said(day)] == [1, 1, 1, 1]
    assert {one.caller for one in said(day)} == {day.call(call).leg}


def test_what_is_due_in_a_fifth_of_a_second_is_said_in_one_step() -> None:
    """A thousand callers cost five walks along the line a second, not one each."""
    day = Day(announcing())
    for number in range(20):
        day.queued(number)
        day.wait(0.04)
    day.wait(30)
    assert len(said(day)) == 20  # of 0.8 s
    assert len({one.at for one in said(day)}) <= 5
    assert all(one.at % TICK_MS == 0 for one in said(day))


def test_only_music_is_only_music() -> None:
    day = Day(replace(announcing(every_s=0), callback=CallbackRules(offered_after_s=10)))
    day.queued(1)
    day.wait(600)
    assert not said(day)


def test_the_place_falls_as_the_line_moves() -> None:
    day = Day(announcing())
    calls = [day.queued(number) for number in range(3)]
    day.wait(21)
    assert [one.position for one in said(day)] == [1, 2, 3]
    day.tell(CallerLeft(calls[0]))
    day.wait(45)
    assert [one.position for one in said(day, calls[2])] == [3, 2]


def test_whom_somebody_has_overtaken_is_not_told_a_worse_place() -> None:
    day = Day(announcing())
    call = day.queued(1)
    day.wait(21)
    day.queued(2, priority_s=600)
    day.wait(45)
    assert [one.position for one in said(day, call)] == [1]


def test_the_range_is_said_and_shrinks() -> None:
    day = Day(announcing())
    knows_its_pace(day, agents=3)
    for number in range(8):
        day.queued(number)
    last = day.queued(8)
    day.wait(25)
    first = said(day, last)[0].minutes
    assert first is not None
    assert first.least * 60 < 8 * 60 < first.most * 60
    for number in range(6):
        day.tell(CallerLeft(day_call(number)))
    day.wait(45)
    second = said(day, last)[-1].minutes
    assert second is not None
    assert second.most < first.most
    assert day.call(last).heard.first == first


def day_call(number: int) -> CallId:
    return CallId(f"01900000-0000-7000-8000-{number:012x}")


def test_a_range_never_grows_when_agents_leave() -> None:
    day = Day(announcing())
    knows_its_pace(day, agents=4)
    call = [day.queued(number) for number in range(9)][-1]
    day.wait(21)
    for number in range(3):
        day.tell(AgentNotReady(AgentId(f"agent-{number}"), "break"))
    day.wait(200)
    told = [one.minutes for one in said(day, call) if one.minutes]
    assert told
    assert all(later.most <= sooner.most and later.least <= sooner.least for sooner, later in pairwise(told))


def test_nothing_is_said_of_the_wait_without_data_or_agents() -> None:
    day = Day(announcing())
    call = day.queued(1)
    day.wait(21)
    day.floor.put_pace(Pace(SALES.queue_id, handled=100, cycle_s=180.0))
    day.wait(45)
    assert [one.minutes for one in said(day, call)] == [None, None]


def test_a_queue_may_keep_place_and_range_to_itself() -> None:
    day = Day(announcing(position=False, estimate=False))
    knows_its_pace(day)
    day.queued(1)
    day.wait(200)
    assert not said(day)


def test_texts_come_in_turn_and_a_new_one_comes_first() -> None:
    day = Day(announcing(first_s=10, every_s=10, texts=TEXTS, position=False))
    day.queued(1)
    day.wait(41)
    assert [one.text for one in said(day)] == ["news.one", "news.two", "news.one", "news.two"]
    rules = announcing(first_s=10, every_s=10, texts=("news.two", "news.one", "news.three"), position=False)
    day.tell(QueuesChanged((rules,), 2))
    day.wait(30)
    assert [one.text for one in said(day)][4:] == ["news.three", "news.one", "news.two"]


def test_a_callback_is_offered_as_soon_as_it_may_and_again_every_third_time() -> None:
    day = Day(replace(announcing(texts=TEXTS), callback=CallbackRules(offered_after_s=30)))
    call = day.queued(1)
    day.wait(400)
    heard = [(at_s(day, one, call), one.callback, one.text) for one in said(day)]
    assert heard[:5] == [
        (20, False, "news.one"),
        (30, True, ""),
        (75, False, "news.two"),
        (120, False, "news.one"),
        (165, True, ""),
    ]


@pytest.mark.parametrize("busy", [CallEnteredMenu, ProtectedStepBegan])
def test_who_is_in_the_menu_hears_none(busy: Callable[[CallId], CallEnteredMenu | ProtectedStepBegan]) -> None:
    day = Day(announcing())
    call = day.queued(1)
    day.wait(15)
    day.tell(busy(call))
    day.wait(100)
    assert not said(day)
    day.tell(ProtectedStepEnded(call))
    day.tell(CallLeftMenu(call, CallFacts()))
    day.wait(AFTER_MENU_S - 2)
    assert not said(day)
    day.wait(3)
    assert len(said(day)) == 1


def test_whose_agent_is_being_rung_hears_none_and_then_goes_on_where_it_was() -> None:
    day = Day(announcing())
    call = day.queued(1)
    day.wait(15)
    day.agent_ready("orlov")
    day.wait(10)
    assert day.call(call).state is CallState.OFFERED
    assert not said(day)
    day.wait(6)
    assert day.call(call).state is CallState.WAITING
    assert [at_s(day, one, call) for one in said(day)] == [30]


def test_an_offer_in_the_same_instant_goes_before_the_announcement() -> None:
    """The agent's wrap-up and the announcement are due at once: the telephone rings, nothing is said."""
    day = Day(announcing(first_s=SALES.wrap_up_s))
    day.agent_ready("orlov")
    talk = day.queued(1)
    day.connected(talk)
    day.tell(CallerLeft(talk))
    call = day.queued(2)
    day.wait(SALES.wrap_up_s)
    assert day.call(call).state is CallState.OFFERED
    assert not said(day)


def test_a_late_timer_says_it_once() -> None:
    day = Day(announcing())
    day.queued(1)
    day.wait(500, timers=False)
    assert len(said(day)) == 1
    assert said(day)[0].at == day.now


def test_an_answer_teaches_whether_the_range_held() -> None:
    day = Day(announcing())
    knows_its_pace(day)
    call = day.queued(1)
    day.wait(21)
    told = said(day, call)[0].minutes
    assert told is not None
    before = day.floor.pace_of(SALES.queue_id)
    day.tell(CallerLeft(day_call(900)))
    day.wait(SALES.wrap_up_s)
    if day.call(call).state is not CallState.OFFERED:
        day.tell(AgentReady(AgentId("agent-0")))
    day.wait(told.most * 60)
    day.tell(AgentReady(AgentId("agent-0")))
    day.connected(call)
    learnt = day.floor.pace_of(SALES.queue_id)
    assert learnt.z_high > before.z_high  # it was longer than was said
    assert learnt.z_low < before.z_low


def test_what_was_heard_and_learnt_is_kept() -> None:
    day = Day(announcing(texts=TEXTS))
    knows_its_pace(day)
    call = day.queued(1)
    day.wait(25)
    assert codec.decode(codec.encode(day.call(call)), Call) == day.call(call)
    assert codec.decode(codec.encode(day.floor.pace_of(SALES.queue_id)), Pace) == day.floor.pace_of(SALES.queue_id)
    again = Floor.restored(day.floor.state())
    assert again.state() == day.floor.state()
    assert +again.serving == +day.floor.serving
    effect = next(effect for effect in day.effects if isinstance(effect.wish, Announce))
    assert codec.decode_effect(codec.encode_effect(effect)) == effect


# --- whatever happens
LINE = QueueId("line")


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    agents=st.integers(1, 25),
    load=st.floats(0.7, 1.6),
    patience_s=st.floats(60, 900),
    cv=st.floats(0.3, 1.5),
    swing=st.lists(st.floats(0.2, 2), min_size=1, max_size=6),
    every_s=st.integers(5, 60),
    seed=st.integers(0, 1000),
)
def test_no_place_and_no_range_ever_grows(
    agents: int, load: float, patience_s: float, cv: float, swing: list[float], every_s: int, seed: int
) -> None:
    """Whole days of the real engine with load that jumps: each caller's place and range only fall."""
    queue = Queue(LINE, "Line", 20, frozenset(), wrap_up_s=0, announcements=Announcements(10, every_s))
    per_hour = tuple(factor * load * agents / 180 * 3600 for factor in swing)
    stream = Stream(LINE, Profile(per_hour, 900.0), Lognormal(180, cv), Lognormal(1, 0.1), Exponential(patience_s))
    last: dict[CallId, tuple[int, Minutes | None]] = {}

    def watch(floor: Floor, message: Message, done: Step) -> None:
        for effect in done.effects:
            wish = effect.wish
            if not isinstance(wish, Announce):
                continue
            call = floor.calls[wish.call_id]
            assert call.state is CallState.WAITING
            place, minutes = last.get(wish.call_id, (10**6, None))
            assert not wish.position or wish.position <= place
            if wish.minutes is not None and minutes is not None:
                assert wish.minutes.least <= minutes.least
                assert wish.minutes.most <= minutes.most
            last[wish.call_id] = (wish.position or place, wish.minutes or minutes)

    simulate(Scenario((queue,), (stream,), crew_of(agents), 3600.0), seed, watch)
