"""Transfers: sent on at once, after a talk, all three together; and whatever ends them in between."""

from collections.abc import Callable

import pytest

from acd.effects import (
    BeginConsult,
    Confer,
    HangUpAgent,
    Join,
    OfferCall,
    ReturnToQueue,
    WithdrawOffer,
)
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentUnreachable,
    CallerLeft,
    ConsultCall,
    ConsultConnected,
    Decline,
    EndConsult,
    Event,
    HandOver,
    JoinAll,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
    TakeCallBack,
    TelephoneRenewed,
    TransferCall,
    TransferCommand,
    WrapUpEnded,
)
from acd.model import CallState, ConsultState, Duty, Missed, Presence
from calls.ids import AgentId, CallId, OfferId
from calls.record import CallOutcome, OfferResult
from calls.transfer import Target, TargetKind, TransferWay
from calls.unreached import Unreached
from tests.kit.floors import NODE, REPAIRS, SALES, Day, check_invariants, leg
from tests.kit.transfers import ANNA, BORIS, CALL, TO_BORIS, TO_REPAIRS, consult_of, refusal, talking, wishes


def consulting(*, joined: bool = False) -> tuple[Day, OfferId, OfferId]:
    """Anna talks with Boris, the caller hears music (or is joined)."""
    day, offer = talking()
    day.tell(ConsultCall(ANNA, TO_BORIS))
    line = consult_of(day)
    day.tell(OfferAccepted(line.offer_id))
    day.tell(ConsultConnected(line.offer_id))
    day.wait(10)
    if joined:
        day.tell(JoinAll(ANNA))
        day.wait(5)
    return day, offer, line.offer_id


# --- at once
def test_a_caller_is_sent_to_another_queue_at_the_head_with_the_first_place() -> None:
    day, offer = talking()
    enqueued_at = day.call(CALL).enqueued_at
    day.tell(AgentNotReady(BORIS, "lunch"))
    day.queued(2, queue=REPAIRS)
    day.tell(TransferCall(ANNA, TO_REPAIRS))
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    assert wishes(day)[-2:] == [ReturnToQueue(CALL, leg(1)), HangUpAgent(offer, leg(1))]
    call = day.call(CALL)
    assert (call.queue_id, call.skills, call.enqueued_at) == (REPAIRS.queue_id, REPAIRS.skills, enqueued_at)
    assert (call.counted_in, call.judged_by_s) == (SALES.queue_id, SALES.target_s), "not by the other queue's T"
    check_invariants(day.floor)
    vera = day.agent_ready("vera", "repairs")
    assert day.agent(vera).call_id == CALL
    day.connected(CALL)
    day.wait(40)
    day.tell(CallerLeft(CALL))
    (record,) = [record for record in day.records() if record.call_id == CALL]
    assert (record.outcome, record.queue_id, record.agent_id) == (CallOutcome.ANSWERED, SALES.queue_id, vera)
    assert [(done.agent_id, done.way, done.target) for done in record.transfers] == [
        (ANNA, TransferWay.BLIND, TO_REPAIRS)
    ]


def test_a_colleague_is_rung_for_the_caller_and_the_queue_has_the_call_when_nobody_answers() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, TO_BORIS))
    assert day.offer_of(CALL).agent_id == BORIS, "whatever the skills"
    vera = day.agent_ready("vera")
    day.wait(SALES.offer_s + 0.1)
    assert day.offer_of(CALL).agent_id == vera
    assert day.agent(BORIS).presence is Presence.NOT_READY


def test_a_call_that_was_sent_on_can_be_taken_back_until_somebody_answers() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, TO_BORIS))
    day.wait(5)
    day.tell(TakeCallBack(ANNA))
    again = day.offer_of(CALL)
    assert again.agent_id == ANNA
    assert [wish.again for wish in wishes(day) if isinstance(wish, OfferCall)] == [False, True]
    assert day.agent(BORIS).duty is Duty.IDLE
    day.connected(CALL)
    assert day.call(CALL).state is CallState.TALKING


def test_it_is_too_late_to_take_back_what_was_answered_or_waited_long() -> None:
    day, _ = talking()
    assert refusal(day, TakeCallBack(ANNA)) == "too_late"
    day.tell(TransferCall(ANNA, TO_BORIS))
    day.connected(CALL)
    assert refusal(day, TakeCallBack(ANNA)) == "too_late"
    day, _ = talking()
    day.tell(AgentNotReady(BORIS, "lunch"))
    day.tell(TransferCall(ANNA, TO_REPAIRS))
    day.wait(21)
    assert refusal(day, TakeCallBack(ANNA)) == "too_late"


@pytest.mark.parametrize("make", [TransferCall, ConsultCall])
def test_what_cannot_be_is_refused(make: Callable[[AgentId, Target], TransferCommand]) -> None:
    day, _ = talking()
    assert refusal(day, make(BORIS, TO_REPAIRS)) == "not_in_talk"
    assert refusal(day, make(ANNA, Target(TargetKind.AGENT, "nobody"))) == "no_such_target"
    assert refusal(day, make(ANNA, Target(TargetKind.AGENT, ANNA))) == "no_such_target"
    assert refusal(day, make(ANNA, Target(TargetKind.QUEUE, "nothing"))) == "no_such_target"
    day.tell(AgentNotReady(BORIS, "lunch"))
    assert refusal(day, make(ANNA, TO_BORIS)) == "target_not_free"
    assert refusal(day, HandOver(ANNA)) == "no_consult"
    assert refusal(day, JoinAll(ANNA)) == "no_consult"
    assert refusal(day, EndConsult(ANNA)) == "no_consult"


# --- after a talk
def test_the_caller_hears_music_while_a_colleague_is_asked_and_then_has_the_colleague() -> None:
    day, offer = talking()
    day.tell(ConsultCall(ANNA, TO_REPAIRS))
    line = consult_of(day)
    assert (line.agent_id, line.state, day.agent(BORIS).duty) == (BORIS, ConsultState.RINGING, Duty.OFFERED)
    begin, ring = wishes(day)
    assert begin == BeginConsult(CALL, leg(1), offer)
    assert isinstance(ring, OfferCall)
    assert (ring.agent_id, ring.caller.channel) == (BORIS, offer), "the colleague takes the agent's own leg"
    day.tell(OfferAccepted(line.offer_id))
    day.tell(ConsultConnected(offer))
    assert consult_of(day).state is ConsultState.RINGING
    day.tell(ConsultConnected(line.offer_id))
    assert (consult_of(day).state, day.agent(BORIS).duty) == (ConsultState.TALKING, Duty.ON_CALL)
    day.wait(10)
    day.tell(HandOver(ANNA))
    assert wishes(day)[-2:] == [Join(CALL, leg(1), line.offer_id), HangUpAgent(offer, leg(1))]
    call = day.call(CALL)
    assert (call.agent_id, call.consult, call.hold_ms) == (BORIS, None, 10_000)
    assert (day.agent(ANNA).duty, day.agent(BORIS).duty) == (Duty.WRAP_UP, Duty.ON_CALL)
    check_invariants(day.floor)
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    day.tell(WrapUpEnded(ANNA))
    assert day.records() == []
    day.wait(50)
    day.tell(CallerLeft(CALL))
    day.tell(WrapUpEnded(BORIS))
    (record,) = day.records()
    assert (record.agent_id, record.queue_id) == (BORIS, SALES.queue_id)
    assert [done.way for done in record.transfers] == [TransferWay.ATTENDED]
    assert [each.result for each in record.offers] == [OfferResult.ANSWERED, OfferResult.ANSWERED]
    assert day.agent(BORIS).calls_taken == day.agent(ANNA).calls_taken == 1


def test_hanging_up_after_the_talk_hands_the_caller_over() -> None:
    day, offer, line = consulting()
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert (day.call(CALL).agent_id, day.call(CALL).state) == (BORIS, CallState.TALKING)
    assert Join(CALL, leg(1), line) in wishes(day)


BACK: list[tuple[str, Callable[[OfferId], Event]]] = [
    ("went back", lambda line: EndConsult(ANNA)),
    ("hung up", lambda line: AgentLegEnded(line, LegEnd.HUNG_UP)),
    ("lost", lambda line: AgentLegEnded(line, LegEnd.LOST)),
    ("reloaded", lambda line: TelephoneRenewed(BORIS)),
    ("not on the switch", lambda line: NodeSeen(NODE, frozenset({CALL}), frozenset({OfferId(str(line)[:-1] + "1")}))),
]


@pytest.mark.parametrize(("how", "make"), BACK, ids=[how for how, _ in BACK])
def test_whatever_ends_the_second_line_brings_the_agent_back_to_the_caller(
    how: str, make: Callable[[OfferId], Event]
) -> None:
    day, offer, line = consulting()
    day.tell(make(line))
    call = day.call(CALL)
    assert (call.state, call.agent_id, call.consult, call.held_since) == (CallState.TALKING, ANNA, None, None)
    assert Join(CALL, leg(1), offer) in wishes(day)
    assert WithdrawOffer(line, leg(1)) in wishes(day)
    assert day.agent(BORIS).duty is Duty.IDLE
    check_invariants(day.floor)


NOT_TAKEN: list[tuple[Callable[[Day, OfferId], object], OfferResult, str]] = [
    (lambda day, line: day.wait(SALES.offer_s), OfferResult.NO_ANSWER, "rona"),
    (lambda day, line: day.tell(OfferDeclined(line, Decline.DECLINED)), OfferResult.DECLINED, "declined"),
    (lambda day, line: day.tell(AgentNotReady(BORIS, "lunch")), OfferResult.DECLINED, "lunch"),
    (lambda day, line: day.tell(AgentUnreachable(BORIS)), OfferResult.UNREACHABLE, ""),
]


@pytest.mark.parametrize(("let_pass", "result", "reason"), NOT_TAKEN, ids=["rona", "declined", "pause", "unreachable"])
def test_a_second_line_that_nobody_answers_is_over(
    let_pass: Callable[[Day, OfferId], object], result: OfferResult, reason: str
) -> None:
    day, offer = talking()
    day.tell(ConsultCall(ANNA, TO_BORIS))
    let_pass(day, consult_of(day).offer_id)
    call = day.call(CALL)
    assert (call.agent_id, call.consult, call.offers[-1].result) == (ANNA, None, result)
    assert call.missed == Missed(TO_BORIS, ANNA, Unreached(result.value), day.now)
    assert call.missed == Missed(TO_BORIS, ANNA, Unreached(result.value), day.now)
    assert Join(CALL, leg(1), offer) in wishes(day)
    assert (day.agent(BORIS).duty, day.agent(BORIS).reason) == (Duty.IDLE, reason)


@pytest.mark.parametrize("joined", [False, True], ids=["consulting", "joined"])
def test_a_caller_who_leaves_ends_both_lines(joined: bool) -> None:
    day, offer, line = consulting(joined=joined)
    day.tell(CallerLeft(CALL))
    assert {HangUpAgent(offer, leg(1)), WithdrawOffer(line, leg(1))} <= set(wishes(day))
    assert (day.agent(ANNA).duty, day.agent(BORIS).duty) == (Duty.WRAP_UP, Duty.IDLE)


def test_an_agent_who_leaves_before_the_colleague_answers_returns_the_caller_to_the_head() -> None:
    day, offer = talking()
    day.tell(ConsultCall(ANNA, TO_BORIS))
    line = consult_of(day).offer_id
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert day.call(CALL).state is CallState.WAITING
    assert WithdrawOffer(line, leg(1)) in wishes(day)
    assert day.agent(ANNA).duty is Duty.WRAP_UP


def test_an_agent_whose_page_dies_while_consulting_gets_the_caller_back() -> None:
    day, _, line = consulting()
    day.tell(TelephoneRenewed(ANNA))
    assert (day.offer_of(CALL).agent_id, day.agent(BORIS).duty) == (ANNA, Duty.IDLE)
    assert WithdrawOffer(line, leg(1)) in wishes(day)


# --- all three
def test_all_three_talk_and_either_agent_may_leave() -> None:
    day, offer, line = consulting(joined=True)
    assert Confer(CALL, leg(1), (offer, line)) in wishes(day)
    assert day.call(CALL).held_since is None
    assert refusal(day, TransferCall(ANNA, TO_REPAIRS)) == "not_in_talk"
    day.tell(AgentLegEnded(line, LegEnd.HUNG_UP))
    assert (day.call(CALL).agent_id, day.agent(BORIS).duty) == (ANNA, Duty.IDLE)
    assert not any(isinstance(wish, Join) for wish in wishes(day)), "caller and Anna are together already"


@pytest.mark.parametrize("how", LegEnd)
def test_the_colleague_keeps_the_caller_when_the_first_agent_leaves_the_conference(how: LegEnd) -> None:
    day, offer, line = consulting(joined=True)
    day.tell(AgentLegEnded(offer, how))
    assert (day.call(CALL).agent_id, day.agent(ANNA).duty) == (BORIS, Duty.WRAP_UP)
    assert not any(isinstance(wish, Join | ReturnToQueue) for wish in wishes(day))
    day.tell(AgentLegEnded(line, LegEnd.HUNG_UP))
    assert CALL not in day.floor.calls
    assert day.agent(BORIS).duty is Duty.WRAP_UP


def test_one_call_sent_on_twice_has_one_record() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, TO_BORIS))
    day.connected(CALL)
    day.tell(WrapUpEnded(ANNA))
    day.tell(ConsultCall(BORIS, Target(TargetKind.AGENT, ANNA)))
    line = consult_of(day).offer_id
    day.tell(ConsultConnected(line))
    day.tell(HandOver(BORIS))
    day.tell(AgentLegEnded(line, LegEnd.HUNG_UP))
    day.wait(200)
    assert [(record.call_id, len(record.transfers)) for record in day.records()] == [(CallId(CALL), 2)]
