"""Callbacks in the engine: the promise, its turn, its retries and its ends; always written down, never doubled."""

from dataclasses import replace

import pytest

from acd.effects import OfferCall, RingBack, WithdrawOffer, WriteCallback
from acd.events import (
    AgentLegEnded,
    CallbackCancelled,
    CallbackElsewhere,
    CallbackRequested,
    CallConnected,
    CallerLeft,
    CallQueued,
    ConnectFailed,
    CustomerNotReached,
    CustomerReached,
    Decline,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
)
from acd.floor import Floor
from acd.model import CallState, Duty, Leg, Presence
from acd.queues import CallbackRules, Hours, Overflow, Way
from calls.callback import Callback, CallbackState
from calls.clock import after
from calls.ids import CallId, ContactId, NodeId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.record import CallOutcome
from calls.unreached import Unreached
from tests.kit.floors import NODE, SALES, START, Day, call_id, check_invariants, leg
from tests.unit.test_acd_admission import ALL, CLOSED

NUMBER = PhoneNumber("+79123456789")
OTHER = PhoneNumber("+79123456780")
CUSTOMER = Leg(NODE, "PJSIP/trunk-00000077", "77.1")
RULES = CallbackRules(attempts=2, pause_s=600, from_min=0, to_min=1440)
QUEUE = replace(SALES, callback=RULES)
BACK = call_id(101)


def promise(first: int = 1, number: PhoneNumber = NUMBER, callback_id: CallId = BACK) -> Callback:
    """A callback that waits since the start of the day, for the caller of call `first`."""
    at = after(START, -30)
    facts = CallFacts(caller_number=number, topic="balance")
    return Callback(
        callback_id, ContactId(call_id(first)), SALES.queue_id, number, facts, frozenset(), 0, at, at, START, NODE
    )


def promised(day: Day, callback: Callback | None = None) -> CallId:
    callback = callback or promise()
    day.tell(CallbackRequested(callback))
    check_invariants(day.floor)
    return callback.callback_id


def written(day: Day) -> list[tuple[CallbackState, int]]:
    wishes = [effect.wish for effect in day.effects]
    return [(wish.callback.state, wish.callback.attempts) for wish in wishes if isinstance(wish, WriteCallback)]


def rung_back(day: Day) -> list[RingBack]:
    return [effect.wish for effect in day.effects if isinstance(effect.wish, RingBack)]


def accepted(day: Day) -> None:
    """The agent's telephone answers for the callback; now the customer's is rung."""
    day.tell(OfferAccepted(day.offer_of(BACK).offer_id))
    assert day.call(BACK).state is CallState.CONNECTING


def talking(day: Day) -> None:
    accepted(day)
    offer = day.offer_of(BACK).offer_id
    day.tell(CustomerReached(offer, CUSTOMER))
    day.tell(CallConnected(offer))


# --- the promise
def test_the_first_call_is_over_and_its_place_goes_on() -> None:
    day = Day(QUEUE)
    day.queued(1)
    first = day.call(call_id(1))
    promised(day, replace(promise(), enqueued_at=first.enqueued_at))
    assert [(record.call_id, record.outcome) for record in day.records()] == [(call_id(1), CallOutcome.CALLBACK)]
    call = day.call(BACK)
    assert (call.enqueued_at, call.due_at, call.sequence) == (first.enqueued_at, first.due_at, first.sequence)
    day.tell(CallerLeft(call_id(1)))
    assert len(day.records()) == 1


def test_a_refused_caller_who_orders_one_ends_as_callback() -> None:
    day = Day(replace(QUEUE, hours=CLOSED, overflow=(Overflow(ALL, Way.CALLBACK),)))
    day.queued(1)
    assert day.call(call_id(1)).state is CallState.DIVERTED
    promised(day)
    (record,) = day.records()
    assert (record.outcome, record.cause) == (CallOutcome.CALLBACK, "closed")


def test_asked_twice_or_found_again_in_the_database_it_is_one() -> None:
    day = Day(QUEUE)
    day.queued(1)
    promised(day)
    floor = day.floor.state()
    day.tell(CallbackRequested(promise()))
    assert replace(day.floor.state(), version=0, seen=()) == replace(floor, version=0, seen=())


def test_a_second_promise_to_one_number_gives_way() -> None:
    day = Day(QUEUE)
    promised(day)
    day.queued(2)
    promised(day, promise(2, callback_id=call_id(102)))
    assert call_id(102) not in day.floor.calls
    assert written(day) == [(CallbackState.CANCELLED, 0)]
    assert [record.outcome for record in day.records()] == [CallOutcome.CALLBACK], "the second call is over too"


def test_who_has_an_agent_already_is_promised_nothing() -> None:
    day = Day(QUEUE)
    day.agent_ready("anna")
    day.connected(day.queued(1))
    promised(day)
    assert BACK not in day.floor.calls
    assert written(day) == [(CallbackState.CANCELLED, 0)]
    assert day.call(call_id(1)).state is CallState.TALKING


def test_it_holds_no_line_and_is_never_late_closed_or_deserted() -> None:
    chain = (Overflow(ALL, Way.CALLBACK),)
    day = Day(replace(QUEUE, late_s=10, most_waiting=1, hours=Hours(()), overflow=chain))
    promised(day)
    day.wait(3600)
    assert day.floor.crowd.lines == 0
    assert day.call(BACK).state is CallState.WAITING


# --- its turn
def test_the_agent_is_rung_first_and_shown_whom_to_expect() -> None:
    day = Day(QUEUE)
    promised(day)
    anna = day.agent_ready("anna")
    (wish,) = rung_back(day)
    offer = day.offer_of(BACK)
    assert wish == RingBack(offer.offer_id, BACK, anna, NODE, NUMBER, offer.expires_at)
    assert not [effect for effect in day.effects if isinstance(effect.wish, OfferCall)]


def test_it_is_rung_from_another_node_while_its_own_takes_no_calls() -> None:
    day = Day(QUEUE)
    promised(day)
    anna = day.agent_ready("anna")
    first = day.offer_of(BACK)
    day.tell(CallbackElsewhere(first.offer_id, NodeId("south")))
    again = day.offer_of(BACK)
    assert rung_back(day)[-1] == RingBack(again.offer_id, BACK, anna, NodeId("south"), NUMBER, again.expires_at)
    callback = day.call(BACK).callback
    assert callback is not None
    assert (callback.node, written(day)[-1]) == ("south", (CallbackState.WAITING, 0))
    accepted(day)
    day.tell(CallbackElsewhere(again.offer_id, NODE))
    assert day.call(BACK).leg.node == "south", "it is being rung there already"
    check_invariants(day.floor)


def test_never_more_at_once_than_free_agents() -> None:
    day = Day(QUEUE)
    for n in range(1, 6):
        promised(day, promise(n, PhoneNumber(f"+7912345678{n}"), call_id(100 + n)))
    day.agent_ready("anna")
    day.agent_ready("boris")
    assert len(rung_back(day)) == 2


def test_the_turn_is_by_the_first_calls_place() -> None:
    day = Day(QUEUE)
    promised(day)
    day.queued(2)
    day.agent_ready("anna")
    assert day.call(BACK).state is CallState.OFFERED, "it has waited longer than call 2"


def test_both_hear_each_other_and_one_record_joins_the_first_call() -> None:
    day = Day(QUEUE)
    day.queued(1)
    promised(day)
    day.agent_ready("anna")
    talking(day)
    assert day.call(BACK).leg == CUSTOMER
    assert written(day) == [(CallbackState.REACHED, 0)]
    day.wait(60)
    day.tell(CallerLeft(BACK))
    assert day.agent(day.agent_ready("anna")).duty is Duty.WRAP_UP
    day.wait(31)
    first, back = day.records()
    assert (first.outcome, back.outcome) == (CallOutcome.CALLBACK, CallOutcome.ANSWERED)
    assert back.contact_id == first.contact_id == ContactId(call_id(1))
    assert back.enqueued_at == after(START, -30)


def test_the_customers_telephone_may_ring_longer_than_a_bridge_takes() -> None:
    day = Day(QUEUE)
    promised(day)
    day.agent_ready("anna")
    accepted(day)
    day.wait(60)
    assert day.call(BACK).state is CallState.CONNECTING


# --- not reached
@pytest.mark.parametrize("why", [Unreached.NO_ANSWER, Unreached.BUSY, Unreached.NOT_ALLOWED])
def test_it_is_tried_again_after_a_pause_and_not_for_ever(why: Unreached) -> None:
    day = Day(QUEUE)
    promised(day)
    anna = day.agent_ready("anna")
    accepted(day)
    day.tell(CustomerNotReached(day.offer_of(BACK).offer_id, why))
    assert (day.agent(anna).duty, day.agent(anna).presence) == (Duty.IDLE, Presence.READY), "not the agent's doing"
    assert written(day) == [(CallbackState.WAITING, 1)]
    day.wait(599)
    assert len(rung_back(day)) == 1
    day.wait(2)
    assert len(rung_back(day)) == 2
    accepted(day)
    day.tell(CustomerNotReached(day.offer_of(BACK).offer_id, why))
    assert written(day)[-1] == (CallbackState.UNREACHED, 2)
    assert [(record.call_id, record.outcome) for record in day.records()] == [(BACK, CallOutcome.UNREACHED)]
    assert BACK not in day.floor.calls


def test_that_no_line_was_free_counts_for_nothing_and_a_wrong_number_for_all() -> None:
    day = Day(QUEUE)
    promised(day)
    day.agent_ready("anna")
    for _ in range(5):
        accepted(day)
        day.tell(CustomerNotReached(day.offer_of(BACK).offer_id, Unreached.NO_LINE))
        day.wait(601)
    assert written(day)[-1] == (CallbackState.WAITING, 0)
    accepted(day)
    day.tell(CustomerNotReached(day.offer_of(BACK).offer_id, Unreached.WRONG_NUMBER))
    assert written(day)[-1] == (CallbackState.UNREACHED, 1)


def test_a_dialplan_that_says_nothing_is_not_waited_for() -> None:
    for bridge_failed in (True, False):
        day = Day(QUEUE)
        promised(day)
        anna = day.agent_ready("anna")
        accepted(day)
        if bridge_failed:
            day.tell(ConnectFailed(day.offer_of(BACK).offer_id))
        else:
            day.wait(181)
        assert day.call(BACK).leg.channel == ""
        assert day.agent(anna).duty is Duty.IDLE
        assert written(day) == [(CallbackState.WAITING, 1)]


def test_a_customer_who_rings_off_before_the_bridge_is_rung_again() -> None:
    day = Day(QUEUE)
    promised(day)
    day.agent_ready("anna")
    accepted(day)
    offer = day.offer_of(BACK).offer_id
    day.tell(CustomerReached(offer, CUSTOMER))
    day.tell(CallerLeft(BACK))
    assert day.call(BACK).state is CallState.CONNECTING, "the bridge's failure tells"
    day.tell(ConnectFailed(offer))
    day.wait(601)
    assert len(rung_back(day)) == 2


@pytest.mark.parametrize("why", [Decline.NO_ANSWER, Decline.DECLINED, Decline.UNREACHABLE])
def test_an_agent_who_does_not_answer_costs_no_attempt(why: Decline) -> None:
    day = Day(QUEUE)
    promised(day)
    day.agent_ready("anna")
    day.tell(OfferDeclined(day.offer_of(BACK).offer_id, why))
    day.agent_ready("boris")
    assert [wish.agent_id for wish in rung_back(day)] == ["anna", "boris"]
    assert not written(day)


def test_an_agent_who_is_lost_in_the_talk_leaves_a_caller_like_any_other() -> None:
    day = Day(QUEUE)
    promised(day)
    day.agent_ready("anna")
    talking(day)
    day.tell(AgentLegEnded(day.offer_of(BACK).offer_id, LegEnd.LOST))
    day.wait(16)
    day.agent_ready("boris")
    offered = [effect.wish for effect in day.effects if isinstance(effect.wish, OfferCall)]
    assert offered[-1].caller == CUSTOMER, "the customer is on the line: nobody is dialled"


# --- hours
def test_nobody_is_rung_at_night() -> None:
    day = Day(replace(SALES, callback=CallbackRules(pause_s=60, from_min=9 * 60, to_min=19 * 60)))
    promised(day)
    day.wait(3600)  # six minutes past seven in the evening
    day.agent_ready("anna")
    assert not rung_back(day)
    day.wait(13 * 3600)
    assert not rung_back(day)
    day.wait(3600)
    assert len(rung_back(day)) == 1, "at nine in the morning"


# --- cancelled
def test_the_customer_who_rings_again_and_is_answered_is_not_rung_back() -> None:
    day = Day(QUEUE)
    anna = day.agent_ready("anna")
    day.queued(1)
    promised(day, promise(9))
    day.connected(call_id(1))
    day.tell(CallerLeft(call_id(1)))
    day.wait(31)
    day.tell(OfferDeclined(day.offer_of(BACK).offer_id, Decline.NO_ANSWER))
    facts = CallFacts(caller_number=NUMBER)
    day.tell(CallQueued(call_id(3), SALES.queue_id, frozenset(), 86_400, day.now, day.now, leg(3), facts))
    assert day.call(BACK).state is CallState.WAITING, "ringing again is not being answered"
    day.agent_ready(anna)
    day.connected(call_id(3))
    assert written(day) == [(CallbackState.CANCELLED, 0)]
    assert (BACK, CallOutcome.CANCELLED) in [(record.call_id, record.outcome) for record in day.records()]


def test_the_customer_may_take_it_back_also_while_an_agent_is_rung_for_it() -> None:
    day = Day(QUEUE)
    promised(day)
    anna = day.agent_ready("anna")
    day.tell(CallbackCancelled(OTHER))
    assert day.call(BACK).state is CallState.OFFERED
    day.tell(CallbackCancelled(NUMBER))
    assert written(day) == [(CallbackState.CANCELLED, 0)]
    assert [effect for effect in day.effects if isinstance(effect.wish, WithdrawOffer)]
    assert day.agent(anna).duty is Duty.IDLE
    day.tell(CallbackRequested(promise()))
    assert BACK not in day.floor.calls, "what is over stays over"


# --- after a loss
def test_an_empty_floor_learns_it_anew_with_attempts_and_pause() -> None:
    day = Day(QUEUE)
    day.agent_ready("anna")
    promised(day, replace(promise(), attempts=1, not_before=after(START, 300)))
    assert not rung_back(day)
    day.wait(301)
    accepted(day)
    day.tell(CustomerNotReached(day.offer_of(BACK).offer_id, Unreached.BUSY))
    assert written(day) == [(CallbackState.UNREACHED, 2)]


@pytest.mark.parametrize("state", [CallState.WAITING, CallState.OFFERED, CallState.CONNECTING, CallState.TALKING])
def test_a_switch_without_its_legs_loses_no_promise(state: CallState) -> None:
    day = Day(QUEUE)
    promised(day)
    if state is not CallState.WAITING:
        day.agent_ready("anna")
    if state is CallState.CONNECTING:
        accepted(day)
    if state is CallState.TALKING:
        talking(day)
    day.tell(NodeSeen(NODE, frozenset(), frozenset()))
    check_invariants(day.floor)
    if state is CallState.TALKING:
        assert BACK not in day.floor.calls
        assert written(day) == [(CallbackState.REACHED, 0)]
    else:
        assert BACK in day.floor.calls
    restored = Floor.restored(day.floor.state())
    assert restored.state() == day.floor.state()
