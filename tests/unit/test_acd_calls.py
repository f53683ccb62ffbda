"""A call in each of its states meets each event that concerns it: what becomes of it, its agent and the switch."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from acd.effects import HangUpAgent, OfferCall, ReturnToQueue, WithdrawOffer, WriteRecord
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentUnreachable,
    CallConnected,
    CallEnteredMenu,
    CallerLeft,
    CallHeld,
    CallLeftMenu,
    CallQueued,
    CallRescued,
    CallResumed,
    CallSelfServed,
    ConnectFailed,
    Decline,
    Event,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
    PastTalk,
    ProtectedStepBegan,
    ProtectedStepEnded,
    WrapUpEnded,
)
from acd.model import CallState, Duty, Presence
from acd.queues import Hours, Span
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, OfferId, offer_id
from calls.journey import CallFacts
from calls.record import CallOutcome, OfferResult
from tests.kit.floors import NODE, REPAIRS, SALES, START, Day, call_id, check_invariants, leg

ANNA, BORIS = AgentId("anna"), AgentId("boris")
CALL = call_id(1)
FIRST_OFFER = offer_id(CALL, 1)
FACTS = CallFacts(topic="balance")


SALES_CLOSED = replace(SALES, hours=Hours((Span(0, 0, 1440),)))
"""Open on Mondays; the day of these tests is a Sunday."""


def day_with(state: CallState) -> Day:
    """Anna is the only agent; call 1 is in `state`."""
    day = Day(SALES_CLOSED, REPAIRS) if state is CallState.DIVERTED else Day()
    if state not in (CallState.WAITING, CallState.DIVERTED):
        day.agent_ready(ANNA)
    day.queued(1)
    day.wait(2)
    if state in (CallState.CONNECTING, CallState.TALKING):
        day.tell(OfferAccepted(FIRST_OFFER))
    if state is CallState.TALKING:
        day.tell(CallConnected(FIRST_OFFER))
    day.wait(1)
    assert day.call(CALL).state is state
    day.effects.clear()
    return day


W, O, C, T, D, E = CallState  # noqa: E741 - the columns below
QUEUED_AGAIN = CallQueued(CALL, SALES.queue_id, frozenset(), 0, START, START, leg(1), FACTS)
LATER = offer_id(CALL, 2)
ALL_LEFT = NodeSeen(NODE, frozenset(), frozenset())
LEG_LEFT = NodeSeen(NODE, frozenset({CALL}), frozenset())
ALL_THERE = NodeSeen(NODE, frozenset({CALL}), frozenset({FIRST_OFFER}))

AFTER_EVENT: list[tuple[Event, dict[CallState, CallState]]] = [
    # what happens             to a call that is waiting, offered, connecting, talking, diverted
    (QUEUED_AGAIN, {W: W, O: O, C: C, T: T, D: D}),
    (replace(QUEUED_AGAIN, told=1), {W: W, O: O, C: C, T: T, D: D}),  # back, but still closed: told once more
    (CallerLeft(CALL), {W: E, O: E, C: E, T: E, D: E}),
    (CallEnteredMenu(CALL), {W: W, O: O, C: C, T: T, D: D}),
    (CallLeftMenu(CALL, FACTS), {W: W, O: O, C: C, T: T, D: D}),
    (CallSelfServed(CALL, FACTS), {W: E, O: E, C: C, T: T, D: E}),
    (ProtectedStepBegan(CALL), {W: W, O: W, C: C, T: T, D: D}),
    (ProtectedStepEnded(CALL), {W: W, O: O, C: C, T: T, D: D}),
    (CallRescued(CALL, BORIS, leg(1)), {W: T, O: T, C: T, T: T, D: T}),
    (PastTalk(CALL, ANNA, FIRST_OFFER, START, START, NODE), {W: E, O: E, C: E, T: E, D: E}),
    (PastTalk(CALL, BORIS, None, START, START, NODE), {W: E, O: E, C: E, T: T, D: E}),
    (CallHeld(CALL), {W: W, O: O, C: C, T: T, D: D}),
    (CallResumed(CALL), {W: W, O: O, C: C, T: T, D: D}),
    (OfferAccepted(FIRST_OFFER), {W: W, O: C, C: C, T: T, D: D}),
    (OfferDeclined(FIRST_OFFER, Decline.NO_ANSWER), {W: W, O: W, C: C, T: T, D: D}),
    (OfferDeclined(FIRST_OFFER, Decline.DECLINED), {W: W, O: W, C: C, T: T, D: D}),
    (OfferDeclined(FIRST_OFFER, Decline.UNREACHABLE), {W: W, O: W, C: C, T: T, D: D}),
    (CallConnected(FIRST_OFFER), {W: W, O: T, C: T, T: T, D: D}),
    (ConnectFailed(FIRST_OFFER), {W: W, O: W, C: W, T: T, D: D}),
    (AgentLegEnded(FIRST_OFFER, LegEnd.HUNG_UP), {W: W, O: W, C: W, T: E, D: D}),
    (AgentLegEnded(FIRST_OFFER, LegEnd.LOST), {W: W, O: W, C: W, T: O, D: D}),
    (OfferAccepted(LATER), {W: W, O: O, C: C, T: T, D: D}),
    (CallConnected(LATER), {W: W, O: O, C: C, T: T, D: D}),
    (AgentLegEnded(LATER, LegEnd.LOST), {W: W, O: O, C: C, T: T, D: D}),
    (AgentUnreachable(ANNA), {W: W, O: W, C: C, T: T, D: D}),
    (AgentNotReady(ANNA, "lunch"), {W: W, O: W, C: C, T: T, D: D}),
    (ALL_THERE, {W: W, O: O, C: C, T: T, D: D}),
    (LEG_LEFT, {W: W, O: O, C: O, T: O, D: D}),
    (ALL_LEFT, {W: E, O: E, C: E, T: E, D: E}),
]


def test_a_caller_whom_the_switch_sees_in_the_music_is_served_also_after_its_end() -> None:
    """A talk was torn apart: it is over for the engine, and its caller is in the music again."""
    day = day_with(T)
    day.tell(AgentLegEnded(FIRST_OFFER, LegEnd.HUNG_UP))
    day.tell(WrapUpEnded(ANNA))
    assert CALL not in day.floor.calls
    day.tell(QUEUED_AGAIN)
    assert CALL not in day.floor.calls, "a late word of the self-service"
    day.tell(replace(QUEUED_AGAIN, seen=True))
    assert day.call(CALL).state in (W, O)


def test_such_a_caller_is_served_while_the_first_agent_still_writes_up() -> None:
    day = day_with(T)
    day.tell(AgentLegEnded(FIRST_OFFER, LegEnd.HUNG_UP))
    day.tell(replace(QUEUED_AGAIN, seen=True))
    day.tell(WrapUpEnded(ANNA))
    assert day.call(CALL).state in (W, O)
    day.tell(CallerLeft(CALL))
    assert CALL not in day.floor.calls


@pytest.mark.parametrize("state", [W, O, C, T, D])
@pytest.mark.parametrize(("event", "expected"), AFTER_EVENT, ids=lambda value: type(value).__name__)
def test_every_state_meets_every_event(state: CallState, event: Event, expected: dict[CallState, CallState]) -> None:
    day = day_with(state)
    enqueued_at = day.call(CALL).enqueued_at
    day.tell(event)
    call = day.floor.calls.get(CALL)
    assert (E if call is None else call.state) is expected[state]
    assert call is None or call.enqueued_at == enqueued_at
    check_invariants(day.floor)
    told = len(day.effects)
    day.tell(event)
    if expected[state] is not O and not isinstance(event, NodeSeen):  # a leg that is still there is ended again
        assert len(day.effects) == told, "the same fact twice has the same effect once"
    check_invariants(day.floor)


def test_every_event_about_an_unknown_call_changes_nothing_but_the_memory() -> None:
    for event, _ in AFTER_EVENT:
        day = Day()
        if not isinstance(event, CallQueued | CallRescued | PastTalk | AgentUnreachable | AgentNotReady):
            day.tell(event)
            assert not day.floor.calls
            assert not day.floor.agents


# --- offers
def test_an_offer_names_everything_the_switch_needs() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.queued(1)
    (effect,) = [effect for effect in day.effects if isinstance(effect.wish, OfferCall)]
    expires_at = after(day.now, SALES.offer_s)
    assert effect.wish == OfferCall(FIRST_OFFER, CALL, ANNA, leg(1), expires_at)
    assert effect.order == (f"call:{CALL}", f"agent:{ANNA}")
    assert effect.effect_id == f"{day.floor.version}-0"


def test_no_answer_keeps_the_place_and_passes_to_another_agent() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.queued(1)
    day.wait(5)
    day.queued(2)
    day.wait(SALES.offer_s - 5)
    anna = day.agent(ANNA)
    assert (anna.presence, anna.reason, anna.duty) == (Presence.NOT_READY, "rona", Duty.IDLE)
    assert any(isinstance(effect.wish, WithdrawOffer) for effect in day.effects)
    day.agent_ready(BORIS)
    assert day.offer_of(CALL).agent_id == BORIS, "the first call is first again"
    assert day.call(CALL).offers[0].result is OfferResult.NO_ANSWER
    assert day.call(CALL).enqueued_at == START


def test_a_refused_call_comes_back_to_the_same_agent_only_when_nobody_else_may_take_it() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.agent_ready(BORIS)
    day.queued(1)
    first = day.offer_of(CALL).agent_id
    day.tell(ConnectFailed(FIRST_OFFER))
    assert day.call(CALL).state is W, "a broken bridge is not tried again at once"
    day.wait(2)
    second = day.offer_of(CALL).agent_id
    assert second != first
    day.tell(OfferDeclined(day.offer_of(CALL).offer_id, Decline.DECLINED))
    assert day.offer_of(CALL).agent_id == first
    assert day.agent(second).reason == "declined"


def test_a_late_timer_changes_no_figure() -> None:
    on_time, late = Day(), Day()
    for day in (on_time, late):
        day.agent_ready(ANNA)
        day.queued(1)
        day.wait(60, timers=day is on_time)
    assert on_time.call(CALL).offers == late.call(CALL).offers
    assert late.call(CALL).offers[0].ended_at == after(START, SALES.offer_s)
    assert on_time.agent(ANNA) == late.agent(ANNA)


def test_the_answer_of_an_offer_that_is_over_is_passed_over() -> None:
    day = day_with(O)
    day.wait(60)
    assert day.call(CALL).state is W
    before = day.floor.state()
    for event in (OfferAccepted(FIRST_OFFER), CallConnected(FIRST_OFFER), ConnectFailed(FIRST_OFFER)):
        step = day.tell(event)
        assert not step.changes
        assert not step.effects
    assert day.floor.calls == {CALL: before.calls[0]}


# --- the caller leaves
@pytest.mark.parametrize("state", [O, C])
def test_a_caller_who_leaves_stops_the_ring(state: CallState) -> None:
    day = day_with(state)
    day.tell(CallerLeft(CALL))
    assert [type(effect.wish) for effect in day.effects] == [WithdrawOffer, WriteRecord]
    assert day.agent(ANNA).duty is Duty.IDLE
    assert day.agent(ANNA).presence is Presence.READY, "it was not the agent's fault"
    (record,) = day.records()
    assert record.outcome is CallOutcome.ABANDONED
    assert record.offers[0].result is OfferResult.CALLER_LEFT


def test_a_caller_who_left_before_the_queue_was_heard_of_is_queued_and_abandoned_in_one() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.tell(CallerLeft(CALL))
    day.queued(1)
    day.queued(1)
    assert not day.offered_to()
    (record,) = day.records()
    assert (record.outcome, record.queue_id) == (CallOutcome.ABANDONED, SALES.queue_id)


def test_what_the_self_service_knows_is_taken_when_it_comes_after_the_switchs_word() -> None:
    day = Day()
    told_by_switch = replace(QUEUED_AGAIN, skills=frozenset(), facts=CallFacts())
    day.tell(told_by_switch)
    known = FACTS.with_step(START, "identify", "known_number", "allowed")
    day.tell(replace(QUEUED_AGAIN, skills=frozenset({"en"}), facts=known))
    assert (day.call(CALL).facts, day.call(CALL).skills) == (known, SALES.skills | {"en"})
    day.tell(told_by_switch)
    assert day.call(CALL).facts == known, "never back to less"
    check_invariants(day.floor)


def test_self_service_while_waiting_is_its_own_outcome() -> None:
    day = day_with(W)
    day.tell(CallEnteredMenu(CALL))
    day.tell(CallSelfServed(CALL, FACTS))
    day.tell(CallerLeft(CALL))
    (record,) = day.records()
    assert (record.outcome, record.facts.topic) == (CallOutcome.SELF_SERVED_WAITING, "balance")


# --- talks
def test_the_record_is_written_at_the_end_of_the_wrap_up_with_raw_times() -> None:
    day = day_with(T)
    day.tell(CallHeld(CALL))
    day.wait(4)
    day.tell(CallResumed(CALL))
    day.wait(6)
    day.tell(CallerLeft(CALL))
    assert [type(effect.wish) for effect in day.effects[:1]] == [HangUpAgent]
    assert not day.records()
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    day.wait(100)
    (record,) = day.records()
    assert record.outcome is CallOutcome.ANSWERED
    assert record.agent_id == ANNA
    assert record.hold_ms == 4000
    assert record.talk_ended_at is not None
    assert record.wrap_up_ended_at == after(record.talk_ended_at, SALES.wrap_up_s)
    assert record.settings_version == 1
    assert day.agent(ANNA).duty is Duty.IDLE


def test_a_queue_without_wrap_up_frees_the_agent_at_once() -> None:
    day = Day()
    day.agent_ready(ANNA, "repairs")
    call = day.queued(1, queue=REPAIRS)
    offer = day.connected(call)
    waiting = day.queued(2, queue=REPAIRS)
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert day.offer_of(waiting).agent_id == ANNA
    assert day.records()[0].wrap_up_ended_at == day.now


def test_a_lost_agent_returns_the_caller_to_the_old_place() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.queued(1)
    offer = day.connected(CALL)
    day.wait(30)
    day.queued(2)
    day.tell(AgentUnreachable(ANNA))
    assert day.call(CALL).state is T, "the talk may live on"
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    assert ReturnToQueue(CALL, leg(1), lost=True) in [effect.wish for effect in day.effects]
    day.wait(SALES.reconnect_s)
    day.agent_ready(BORIS)
    assert day.offer_of(CALL).agent_id == BORIS
    day.connected(CALL)
    day.tell(CallerLeft(CALL))
    day.wait(100)
    (record,) = [record for record in day.records() if record.call_id == CALL]
    assert (record.outcome, record.agent_id, record.answered_at) == (CallOutcome.ANSWERED, BORIS, START)


def test_a_telephone_that_lost_only_the_voice_is_rung_again_and_then_comes_last() -> None:
    day = day_with(T)
    day.agent_ready(BORIS)
    day.tell(AgentLegEnded(FIRST_OFFER, LegEnd.LOST))
    assert day.offer_of(CALL).agent_id == ANNA
    day.wait(SALES.offer_s)
    assert day.offer_of(CALL).agent_id == BORIS


def test_a_caller_who_gives_up_after_losing_the_agent_was_answered() -> None:
    day = day_with(T)
    day.tell(AgentUnreachable(ANNA))
    day.tell(AgentLegEnded(FIRST_OFFER, LegEnd.LOST))
    day.tell(CallerLeft(CALL))
    (record,) = day.records()
    assert record.outcome is CallOutcome.ANSWERED


# --- protected steps, rescue, the switch's truth
def test_a_protected_step_is_not_cut_and_has_the_next_agent() -> None:
    day = day_with(W)
    day.tell(ProtectedStepBegan(CALL))
    day.queued(2)
    day.agent_ready(ANNA)
    assert day.offered_to() == [ANNA]
    assert day.call(call_id(2)).state is O
    day.tell(ProtectedStepEnded(CALL))
    day.agent_ready(BORIS)
    assert day.offer_of(CALL).agent_id == BORIS


def test_a_rescued_call_occupies_its_agent_and_ends_as_rescued() -> None:
    day = day_with(O)
    day.tell(CallRescued(CALL, ANNA, leg(1)))
    day.queued(2)
    assert day.call(call_id(2)).state is W, "the agent has a caller"
    day.tell(CallerLeft(CALL))
    day.wait(100)
    (record,) = [record for record in day.records() if record.call_id == CALL]
    assert (record.outcome, record.agent_id) == (CallOutcome.RESCUED, ANNA)


def test_a_rescued_call_that_we_never_heard_of_is_kept_all_the_same() -> None:
    day = Day()
    day.agent_ready(ANNA)
    day.tell(CallRescued(call_id(9), ANNA, leg(9)))
    assert day.agent(ANNA).duty is Duty.ON_CALL
    day.tell(CallerLeft(call_id(9)))
    day.wait(100)
    assert day.records()[0].outcome is CallOutcome.RESCUED


def test_a_caller_who_comes_back_from_the_rescue_waits_at_the_old_place() -> None:
    day = day_with(W)
    day.tell(CallRescued(CALL, ANNA, leg(1)))
    day.wait(20)
    day.tell(QUEUED_AGAIN)
    assert day.call(CALL).state is W
    assert day.call(CALL).enqueued_at == START
    assert day.agent(ANNA).duty is Duty.WRAP_UP


def test_a_leg_that_rings_for_an_offer_of_the_past_is_ended() -> None:
    day = day_with(O)
    stale, gone, unknown = offer_id(CALL, 7), offer_id(call_id(8), 1), offer_id(call_id(9), 1)
    day.tell(NodeSeen(NODE, frozenset({CALL, call_id(9)}), frozenset({FIRST_OFFER, stale, gone, unknown})))
    withdrawn = {effect.wish.offer_id for effect in day.effects if isinstance(effect.wish, WithdrawOffer)}
    assert withdrawn == {stale, gone}, "the talk of a call that is to be adopted is let alone"


@pytest.mark.parametrize(("later_ms", "rings_on"), [(-1, True), (0, True), (1000, True), (1001, False)])
def test_an_offer_made_while_the_switch_was_being_asked_rings_on(later_ms: int, *, rings_on: bool) -> None:
    day = day_with(O)
    offer = day.call(CALL).offer
    assert offer is not None
    asked_at = Instant(offer.offered_at + later_ms)
    day.tell(NodeSeen(NODE, frozenset({CALL}), frozenset(), asked_at))
    assert (day.call(CALL).offer == offer) is rings_on


def test_calls_of_other_nodes_are_not_judged() -> None:
    day = day_with(W)
    day.tell(NodeSeen(type(NODE)("other"), frozenset(), frozenset()))
    assert CALL in day.floor.calls


MAKE: list[Callable[[CallId], Event]] = [CallerLeft, CallEnteredMenu, CallHeld, ProtectedStepBegan]


@pytest.mark.parametrize("make", MAKE)
def test_a_late_fact_about_an_ended_call_changes_nothing(make: Callable[[CallId], Event]) -> None:
    day = day_with(W)
    day.tell(CallerLeft(CALL))
    records = day.records()
    step = day.tell(make(CALL))
    assert not step.changes
    day.queued(1)
    assert not day.floor.calls
    assert day.records() == records


def test_an_offer_id_that_is_none_is_nobodys() -> None:
    day = day_with(O)
    step = day.tell(OfferAccepted(OfferId("offer-")))
    assert not step.changes
