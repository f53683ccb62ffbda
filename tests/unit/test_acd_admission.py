"""Full house, hours, overflow: where a call goes that its queue cannot serve, and that nobody is dropped or loops."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.effects import NameQueue, SendAway, SendOutside
from acd.events import (
    AgentSignedIn,
    AgentSignedOut,
    CallConnected,
    CallEnteredMenu,
    CallerLeft,
    CallLeftMenu,
    CallQueued,
    CallSelfServed,
    OfferAccepted,
    OutsideAnswered,
    OutsideFailed,
    QueuesChanged,
)
from acd.model import CallState
from acd.queues import Cause, Hours, Limits, Overflow, Queue, Span, Way
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.record import CallOutcome
from calls.refusal import Refusal, Why, read_refusal
from calls.unreached import Unreached
from staff.skills import skilled
from tests.kit.floors import REPAIRS, SALES, START, Day, call_id, check_invariants, leg

ALL = frozenset(Cause)
OFFICER = "+74950000112"
NUMBER = PhoneNumber("+73060000170")
CLOSED = Hours((Span(0, 0, 1440),))
"""Open on Mondays; the day of these tests is a Sunday, six in the evening in Moscow."""
UNTIL_SEVEN = Hours((Span(6, 0, 19 * 60), Span(0, 9 * 60, 18 * 60)))
SEVEN_S = 53 * 60 + 20
"""Seconds from the start of the day of these tests until then."""
CALLBACK = Overflow(ALL, Way.CALLBACK)
TO_REPAIRS = Overflow(ALL, Way.QUEUE, "repairs")
OUTSIDE = Overflow(ALL, Way.OUTSIDE, OFFICER)


def sent_away(day: Day) -> list[Refusal]:
    return [effect.wish.refusal for effect in day.effects if isinstance(effect.wish, SendAway)]


def rung_outside(day: Day) -> list[tuple[str, int]]:
    return [(e.wish.number, e.wish.attempt) for e in day.effects if isinstance(e.wish, SendOutside)]


def queued(
    day: Day, number: int, queue: Queue = SALES, caller: PhoneNumber | None = None, told: int = 0, since: int = 0
) -> CallId:
    at = after(day.now, -since)
    day.tell(
        CallQueued(
            call_id(number), queue.queue_id, frozenset(), 0, at, at, leg(number), CallFacts(caller_number=caller), told
        )
    )
    check_invariants(day.floor)
    return call_id(number)


def day_of(*queues: Queue, limits: Limits | None = None, staffed: bool = True) -> Day:
    """A day with these queues; Vera is signed in for all of them and talks, so that calls wait."""
    day = Day(*queues)
    if limits is not None:
        day.tell(QueuesChanged(queues, 2, limits))
    if staffed:
        day.agent_ready("vera", "sales", "repairs")
        day.connected(queued(day, 99, replace(SALES, queue_id=QueueId("rescue"))))
    day.effects.clear()
    return day


# --- who comes
def test_a_closed_queue_says_when_it_opens() -> None:
    day = day_of(replace(SALES, hours=CLOSED))
    call = queued(day, 1)
    monday = Instant(START + (5 * 3600 + 53 * 60 + 20) * 1000)
    assert sent_away(day) == [Refusal(Why.CLOSED, False, 1, monday)]
    assert day.call(call).state is CallState.DIVERTED


def test_a_full_queue_counts_who_waits_and_who_is_rung_for() -> None:
    day = day_of(replace(SALES, most_waiting=2), staffed=False)
    day.agent_ready("anna")
    assert [day.call(queued(day, n)).state for n in (1, 2)] == [CallState.OFFERED, CallState.WAITING]
    queued(day, 3)
    assert sent_away(day) == [Refusal(Why.FULL, False, 1)]
    day.connected(call_id(1))
    assert day.call(queued(day, 4)).state is CallState.WAITING, "a talk holds no line"


def test_hold_lines_are_counted_over_all_queues() -> None:
    day = day_of(SALES, REPAIRS, limits=Limits(hold_lines=2))
    queued(day, 1)
    queued(day, 2, REPAIRS)
    queued(day, 3)
    assert sent_away(day) == [Refusal(Why.FULL, False, 1)]
    day.tell(CallerLeft(call_id(2)))
    assert day.call(queued(day, 4)).state is CallState.WAITING


def test_full_of_hold_lines_no_other_queue_helps() -> None:
    day = day_of(replace(SALES, overflow=(TO_REPAIRS, CALLBACK)), REPAIRS, limits=Limits(hold_lines=1))
    queued(day, 1)
    queued(day, 2)
    assert sent_away(day) == [Refusal(Why.FULL, True, 1)]


def test_a_number_with_too_many_calls_is_told_so_and_takes_no_other_queue() -> None:
    day = day_of(replace(SALES, overflow=(TO_REPAIRS, OUTSIDE)), REPAIRS, limits=Limits(per_number=2))
    for number in (1, 2):
        assert day.call(queued(day, number, caller=NUMBER)).state is CallState.WAITING
    queued(day, 3, caller=NUMBER)
    assert sent_away(day) == [Refusal(Why.NUMBER, False, 1)]
    assert day.call(queued(day, 4, caller=None)).state is CallState.WAITING, "an unknown number is nobody's"
    day.tell(CallerLeft(call_id(1)))
    assert day.call(queued(day, 5, caller=NUMBER)).state is CallState.WAITING


def test_who_was_held_before_is_never_sent_away_as_full() -> None:
    day = day_of(SALES, limits=Limits(hold_lines=1))
    queued(day, 1)
    assert day.call(queued(day, 2, since=60)).state is CallState.WAITING


def test_danger_to_life_is_never_full_and_never_closed() -> None:
    danger = replace(SALES, never_full=True, most_waiting=1, hours=CLOSED, overflow=(CALLBACK, TO_REPAIRS, OUTSIDE))
    day = day_of(danger, REPAIRS, limits=Limits(hold_lines=1, per_number=1))
    for number in (1, 2, 3):
        assert day.call(queued(day, number, caller=NUMBER)).state is CallState.WAITING
    assert not day.effects, "somebody is signed in: the duty officer sleeps"


def test_danger_to_life_with_nobody_signed_in_rings_the_duty_officer_beside_the_wait() -> None:
    day = day_of(replace(SALES, never_full=True, overflow=(CALLBACK, OUTSIDE)), staffed=False)
    call = queued(day, 1)
    assert rung_outside(day) == [(OFFICER, 1)]
    assert day.call(call).state is CallState.WAITING
    day.tell(OutsideFailed(call, Unreached.NO_ANSWER))
    day.wait(29)
    assert rung_outside(day) == [(OFFICER, 1)]
    day.wait(2)
    assert rung_outside(day) == [(OFFICER, 1), (OFFICER, 2)], "until somebody answers"
    day.agent_ready("anna")
    day.connected(call)
    assert day.call(call).state is CallState.TALKING


# --- the chain
def test_another_queue_keeps_the_first_enqueue_time_and_has_its_own_target() -> None:
    day = day_of(replace(SALES, hours=CLOSED, overflow=(TO_REPAIRS, CALLBACK)), REPAIRS)
    day.tell(AgentSignedIn(AgentId("anna"), "Anna", skilled("repairs", "en")))
    day.effects.clear()
    day.tell(CallQueued(call_id(1), SALES.queue_id, frozenset({"en"}), 7, START, START, leg(1), CallFacts()))
    call = day.call(call_id(1))
    assert (call.queue_id, call.enqueued_at, call.target_s, call.priority_s) == (REPAIRS.queue_id, START, 60, 7)
    assert call.skills == {"repairs", "en"}
    assert call.detour.left == (SALES.queue_id,)
    assert (call.counted_in, call.judged_by_s) == (REPAIRS.queue_id, 60), "it never waited in a closed queue"
    assert [e.wish for e in day.effects] == [NameQueue(call_id(1), leg(1), REPAIRS.queue_id)]


@pytest.mark.parametrize(
    "target",
    [
        replace(REPAIRS, hours=CLOSED),
        replace(REPAIRS, most_waiting=1),
        replace(REPAIRS, skills=frozenset({"nobody has it"})),
        replace(REPAIRS, queue_id=QueueId("elsewhere")),
    ],
    ids=["closed", "full", "nobody", "unknown"],
)
def test_a_queue_that_cannot_help_is_passed_over(target: Queue) -> None:
    day = day_of(replace(SALES, hours=CLOSED, overflow=(TO_REPAIRS, CALLBACK)), target)
    queued(day, 98, target)
    day.effects.clear()
    queued(day, 1)
    assert [(refusal.why, refusal.callback) for refusal in sent_away(day)] == [(Why.CLOSED, True)]


def test_two_queues_that_point_at_each_other_make_no_loop() -> None:
    sales = replace(SALES, late_s=30, overflow=(TO_REPAIRS,))
    repairs = replace(REPAIRS, late_s=30, overflow=(Overflow(ALL, Way.QUEUE, "sales"),))
    day = day_of(sales, repairs)
    call = queued(day, 1)
    day.wait(300)
    assert day.call(call).detour.left == (SALES.queue_id,)
    assert day.call(call).queue_id == REPAIRS.queue_id


# --- who waits
def test_a_late_call_goes_on_and_one_without_a_link_waits_on() -> None:
    late = Overflow(frozenset({Cause.LATE}), Way.QUEUE, "repairs")
    day = day_of(replace(SALES, late_s=30, overflow=(late,)), REPAIRS)
    call = queued(day, 1)
    day.wait(29)
    assert day.call(call).queue_id == SALES.queue_id
    day.wait(2)
    assert day.call(call).queue_id == REPAIRS.queue_id
    assert (day.call(call).counted_in, day.call(call).judged_by_s) == (SALES.queue_id, 20), "it has waited there"
    day.tell(CallerLeft(call))
    assert [(record.queue_id, record.threshold_s) for record in day.records()] == [(SALES.queue_id, 20)]
    plain = day_of(replace(SALES, late_s=30))
    waits = queued(plain, 1)
    plain.wait(300)
    assert plain.call(waits).state is CallState.WAITING
    assert not sent_away(plain)


def test_who_is_late_may_wait_on_and_is_not_offered_a_callback_again() -> None:
    day = day_of(replace(SALES, late_s=30, overflow=(CALLBACK,)))
    call = queued(day, 1)
    day.wait(31)
    assert sent_away(day) == [Refusal(Why.LATE, True, 1)]
    queued(day, 1)
    assert day.call(call).state is CallState.DIVERTED, "what the channel said before it was sent away is old"
    queued(day, 1, told=1)
    assert (day.call(call).state, day.call(call).enqueued_at) == (CallState.WAITING, START)
    day.wait(600)
    assert len(sent_away(day)) == 1
    assert day.call(call).state is CallState.WAITING


def test_closing_time_sends_on_who_waits_then() -> None:
    day = day_of(replace(SALES, hours=UNTIL_SEVEN, overflow=(CALLBACK,)))
    call = queued(day, 1)
    day.wait(SEVEN_S - 1)
    assert not sent_away(day)
    day.wait(1)
    assert [(r.why, r.callback) for r in sent_away(day)] == [(Why.CLOSED, True)]
    assert day.call(call).state is CallState.DIVERTED


def test_at_closing_time_without_a_link_who_waits_is_served_as_long_as_somebody_is_there() -> None:
    day = day_of(replace(SALES, hours=UNTIL_SEVEN))
    day.agent_ready("anna", "repairs")
    call = queued(day, 1)
    day.wait(SEVEN_S + 60)
    assert day.call(call).state is CallState.WAITING
    day.tell(CallerLeft(call_id(99)))
    day.wait(61)
    assert day.call(call).state is CallState.OFFERED, "the last agent of the day takes the last caller"
    day.tell(AgentSignedOut(AgentId("vera")))
    assert [r.why for r in sent_away(day)] == [Why.CLOSED]
    day.tell(AgentSignedOut(AgentId("anna")))
    assert len(sent_away(day)) == 1


def test_when_the_last_agent_who_may_take_it_goes_the_call_goes_on() -> None:
    day = day_of(replace(SALES, overflow=(Overflow(frozenset({Cause.NO_AGENTS}), Way.CALLBACK),)), staffed=False)
    anna, boris = day.agent_ready("anna", "sales", "en"), day.agent_ready("boris")
    day.connected(queued(day, 1))
    day.connected(queued(day, 2))
    waiting = queued(day, 3)
    day.tell(CallerLeft(call_id(1)))
    day.tell(CallerLeft(call_id(2)))
    day.tell(AgentSignedOut(anna))
    assert day.call(waiting).state is not CallState.DIVERTED
    day.tell(AgentSignedOut(boris))
    assert [r.why for r in sent_away(day)] == [Why.NOBODY]


def test_what_a_caller_does_in_the_menu_is_not_cut() -> None:
    day = day_of(replace(SALES, late_s=30, overflow=(CALLBACK,)))
    call = queued(day, 1)
    day.tell(CallEnteredMenu(call))
    day.wait(120)
    assert not sent_away(day)
    day.tell(CallLeftMenu(call, CallFacts()))
    assert [r.why for r in sent_away(day)] == [Why.LATE]


def test_changed_settings_reach_who_waits() -> None:
    day = day_of(SALES)
    call = queued(day, 1)
    day.wait(60)
    day.tell(QueuesChanged((replace(SALES, late_s=30, overflow=(CALLBACK,)),), 2))
    assert day.call(call).state is CallState.DIVERTED


# --- outside
def test_an_outside_telephone_that_answers_ends_the_call_as_overflowed() -> None:
    day = day_of(replace(SALES, hours=CLOSED, overflow=(OUTSIDE,)))
    call = queued(day, 1)
    day.tell(OutsideAnswered(call))
    assert [(r.call_id, r.outcome) for r in day.records()] == [(call, CallOutcome.OVERFLOWED)]


def test_when_nobody_answers_outside_the_next_link_is_tried() -> None:
    day = day_of(replace(SALES, hours=CLOSED, overflow=(OUTSIDE, CALLBACK)))
    call = queued(day, 1)
    day.tell(OutsideFailed(call, Unreached.BUSY))
    assert rung_outside(day) == [(OFFICER, 1)]
    assert [(r.why, r.callback) for r in sent_away(day)] == [(Why.CLOSED, True)]


def test_a_lost_answer_from_outside_strands_nobody() -> None:
    day = day_of(replace(SALES, hours=CLOSED, overflow=(OUTSIDE,)))
    queued(day, 1)
    day.wait(200)
    assert rung_outside(day) == [(OFFICER, 1), (OFFICER, 2)]


def test_an_agent_who_comes_free_takes_the_call_while_it_rings_outside() -> None:
    day = day_of(replace(SALES, overflow=(OUTSIDE,)), staffed=False)
    call = queued(day, 1)
    assert rung_outside(day) == [(OFFICER, 1)]
    day.agent_ready("anna")
    offer = day.offer_of(call)
    day.tell(OfferAccepted(offer.offer_id))
    day.tell(CallConnected(offer.offer_id))
    day.tell(OutsideFailed(call, Unreached.NO_ANSWER))
    assert day.call(call).state is CallState.TALKING


# --- how it ends
@pytest.mark.parametrize(
    ("queue", "wait_s", "left", "served"),
    [
        (replace(SALES, hours=CLOSED), 0, CallOutcome.REFUSED, CallOutcome.REFUSED),
        (replace(SALES, hours=CLOSED, overflow=(CALLBACK,)), 0, CallOutcome.REFUSED, CallOutcome.REFUSED),
        (
            replace(SALES, late_s=30, overflow=(CALLBACK,)),
            31,
            CallOutcome.ABANDONED,
            CallOutcome.SELF_SERVED_WAITING,
        ),
    ],
    ids=["closed", "closed, callback offered", "late"],
)
def test_who_was_sent_away_has_one_outcome(queue: Queue, wait_s: int, left: CallOutcome, served: CallOutcome) -> None:
    for event, outcome in ((CallerLeft(call_id(1)), left), (CallSelfServed(call_id(1), CallFacts()), served)):
        day = day_of(queue)
        queued(day, 1)
        day.wait(wait_s)
        assert day.call(call_id(1)).state is CallState.DIVERTED
        day.tell(event)
        day.tell(CallerLeft(call_id(1)))
        assert [record.outcome for record in day.records()] == [outcome]


@given(
    why=st.sampled_from(Why),
    callback=st.booleans(),
    told=st.integers(1, 9999),
    opens=st.none() | st.integers(1, 10**15 - 1).map(Instant),
)
@settings(deadline=None)
def test_a_refusal_travels_as_an_extension(why: Why, callback: bool, told: int, opens: Instant | None) -> None:
    refusal = Refusal(why, callback, told, opens)
    assert read_refusal(refusal.extension()) == refusal
    assert len(refusal.extension()) < 80, "Asterisk's longest extension"


@pytest.mark.parametrize(
    "text", ["", "s", "closed", "closed_1_0_0", "closed_2_1_0", "CLOSED_1_1_0", "late_1_1_x", "а_1_1_0"]
)
def test_no_other_extension_is_a_refusal(text: str) -> None:
    assert read_refusal(text) is None
