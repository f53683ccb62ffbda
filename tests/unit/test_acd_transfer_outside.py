"""A caller sent to a number outside, at once or after a talk, and whatever ends that."""

import pytest

from acd.effects import (
    ConsultOutside,
    HangUpAgent,
    Join,
    JoinOutside,
    SendOutside,
)
from acd.events import (
    AgentLegEnded,
    CallerLeft,
    ConsultCall,
    CustomerNotReached,
    CustomerReached,
    EndConsult,
    HandOver,
    JoinAll,
    LegEnd,
    NodeSeen,
    OutsideAnswered,
    OutsideFailed,
    TelephoneRenewed,
    TransferCall,
)
from acd.model import CallState, ConsultState, Duty, Leg, Missed
from calls.ids import OfferId
from calls.numbers import PhoneNumber
from calls.record import CallOutcome
from calls.transfer import Target, TargetKind, TransferWay
from calls.unreached import Unreached
from tests.kit.floors import NODE, Day, check_invariants, leg
from tests.kit.transfers import ANNA, BORIS, CALL, consult_of, refusal, talking, wishes

NUMBER = Target(TargetKind.OUTSIDE, "+74951234567")


def test_a_caller_is_sent_outside_and_no_agent_is_rung_meanwhile() -> None:
    day, offer = talking()
    vera = day.agent_ready("vera")
    day.tell(TransferCall(ANNA, NUMBER))
    sent, hang_up = wishes(day)[-1], wishes(day)[-2]
    assert isinstance(sent, SendOutside)
    assert (sent.number, sent.actor, hang_up) == ("+74951234567", "user:anna", HangUpAgent(offer, leg(1)))
    assert day.agent(vera).duty is Duty.IDLE
    day.tell(OutsideAnswered(CALL))
    assert CALL not in day.floor.calls
    day.wait(100)
    (record,) = day.records()
    assert (record.outcome, record.agent_id) == (CallOutcome.ANSWERED, ANNA)
    assert record.transfers[0].target == NUMBER


def test_a_caller_whom_nobody_answers_outside_comes_to_the_next_agent_at_the_head() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, NUMBER))
    day.queued(2)
    day.tell(OutsideFailed(CALL, Unreached.NO_ANSWER))
    assert day.call(CALL).missed == Missed(NUMBER, ANNA, Unreached.NO_ANSWER, day.now)
    vera = day.agent_ready("vera")
    assert day.agent(vera).call_id == CALL


def test_a_target_outside_must_be_a_number() -> None:
    day, _ = talking()
    for command in (TransferCall, ConsultCall):
        assert refusal(day, command(ANNA, Target(TargetKind.OUTSIDE, "112; Exec"))) == "no_such_target"
        assert refusal(day, command(ANNA, Target(TargetKind.OUTSIDE, "anna"))) == "no_such_target"


OUTSIDE = Leg(NODE, "PJSIP/trunk-beta-00000007", "main-7")


def asking_outside(*, answered: bool = True) -> tuple[Day, OfferId, OfferId]:
    """Anna's own leg has dialled a number, the caller hears music."""
    day, offer = talking()
    day.tell(ConsultCall(ANNA, NUMBER))
    line = consult_of(day)
    if answered:
        day.tell(CustomerReached(line.offer_id, OUTSIDE))
        day.wait(10)
    return day, offer, line.offer_id


def test_a_number_outside_is_asked_first_by_the_agents_own_leg() -> None:
    day, offer, line = asking_outside(answered=False)
    assert wishes(day) == [ConsultOutside(CALL, leg(1), offer, line, PhoneNumber("+74951234567"), "user:anna")]
    assert (consult_of(day).state, consult_of(day).agent_id) == (ConsultState.RINGING, None)
    assert day.call(CALL).held_since == day.now
    assert day.agent(BORIS).duty is Duty.IDLE
    check_invariants(day.floor)
    day.tell(CustomerReached(line, OUTSIDE))
    assert consult_of(day).state is ConsultState.TALKING


def test_handed_over_outside_the_call_is_over_for_us_with_one_record() -> None:
    day, offer, _ = asking_outside()
    day.effects.clear()
    day.tell(HandOver(ANNA))
    assert wishes(day)[:2] == [JoinOutside(CALL, leg(1), OUTSIDE), HangUpAgent(offer, leg(1))]
    assert CALL not in day.floor.calls
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    day.tell(CallerLeft(CALL))
    day.wait(100)
    (record,) = day.records()
    assert (record.outcome, record.agent_id, record.hold_ms) == (CallOutcome.ANSWERED, ANNA, 10_000)
    (sent,) = record.transfers
    assert (sent.way, sent.target) == (TransferWay.ATTENDED, NUMBER)


def test_the_agent_who_hangs_up_hands_over_outside() -> None:
    day, offer, _ = asking_outside()
    day.effects.clear()
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert JoinOutside(CALL, leg(1), OUTSIDE) in wishes(day)
    assert CALL not in day.floor.calls


def test_all_three_is_not_for_a_number_outside() -> None:
    day, _, _ = asking_outside()
    assert refusal(day, JoinAll(ANNA)) == "not_with_outside"


def test_an_agent_who_hangs_up_while_it_rings_outside_sends_the_caller_on() -> None:
    day, offer, _ = asking_outside(answered=False)
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert day.call(CALL).state in (CallState.WAITING, CallState.OFFERED)
    check_invariants(day.floor)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("what", ["agent", "line", "late", "unseen"])
def test_whatever_ends_the_line_outside_brings_the_agent_back(what: str, answered: bool) -> None:
    day, offer, line = asking_outside(answered=answered)
    day.effects.clear()
    if what == "agent":
        day.tell(EndConsult(ANNA))
    elif what == "line":
        day.tell(CustomerNotReached(line, Unreached.BUSY))
    elif what == "unseen":
        day.wait(2)
        day.tell(NodeSeen(NODE, frozenset({CALL}), frozenset({offer}), day.now))
    else:
        day.wait(200)
    back = what != "late" or not answered
    told = {"line": Unreached.BUSY, "unseen": Unreached.UNREACHABLE, "late": Unreached.NO_ANSWER}.get(what)
    missed = day.call(CALL).missed
    assert (missed.why if missed else None) == (None if answered else told)
    assert (day.call(CALL).consult is None) == back, "a talk outside has no limit"
    assert (Join(CALL, leg(1), offer) in wishes(day)) == back
    assert (day.call(CALL).held_since is None) == back
    assert day.call(CALL).state is CallState.TALKING
    check_invariants(day.floor)
    day.tell(CustomerNotReached(line, Unreached.NO_ANSWER))
    assert wishes(day).count(Join(CALL, leg(1), offer)) == 1


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("how", ["caller", "lost", "page"])
def test_a_line_outside_ends_with_the_talk(how: str, answered: bool) -> None:
    day, offer, line = asking_outside(answered=answered)
    if how == "caller":
        day.tell(CallerLeft(CALL))
        assert CALL not in day.floor.calls
    else:
        day.tell(AgentLegEnded(offer, LegEnd.LOST) if how == "lost" else TelephoneRenewed(ANNA))
        assert day.call(CALL).state is not CallState.TALKING
    assert HangUpAgent(offer, leg(1)) in wishes(day), "and with the agent's leg the other one ends"
    check_invariants(day.floor)
    day.tell(CustomerReached(line, OUTSIDE))
    check_invariants(day.floor)
