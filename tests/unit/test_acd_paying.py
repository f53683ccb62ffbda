"""Paying out of a talk: the caller leaves the agent and comes back, whatever happens to either meanwhile."""

import pytest

from acd import codec
from acd.effects import BringBack, HangUpAgent, OfferCall, ReturnToQueue, SendToPay
from acd.events import (
    AgentLegEnded,
    AgentReachable,
    AgentUnreachable,
    BeginPayment,
    CallConnected,
    CallerLeft,
    CallerLeftPayment,
    CallQueued,
    CallRescued,
    CallSelfServed,
    ConsultCall,
    Event,
    LeavePayment,
    LegEnd,
    NodeSeen,
    PaymentCommand,
    PaymentOver,
    PaymentStepped,
    Refused,
    TelephoneRenewed,
    TransferCall,
)
from acd.model import Call, CallState, Duty, Paid, Paying, PayState
from calls.ids import OfferId
from calls.journey import CallFacts
from calls.paying import PayResult, PayStep
from calls.record import CallOutcome
from tests.kit.floors import NODE, SALES, Day, leg
from tests.kit.transfers import ANNA, BORIS, CALL, TO_BORIS, TO_REPAIRS, talking, wishes

ACCOUNT = "4401220170"


def paying() -> tuple[Day, OfferId]:
    """Anna has sent caller 1 to pay."""
    day, offer = talking()
    day.tell(BeginPayment(ANNA, ACCOUNT))
    return day, offer


def refusal(day: Day, command: Event) -> str:
    before = day.floor.state()
    answer = day.tell(command).answer
    assert isinstance(answer, Refused)
    assert before.calls == day.floor.state().calls
    return answer.reason


def payment(day: Day) -> Paying:
    found = day.call(CALL).paying
    assert found is not None
    return found


def test_the_caller_pays_and_comes_back() -> None:
    day, offer = paying()
    assert wishes(day) == [SendToPay(CALL, leg(1), offer, 1)]
    assert (day.call(CALL).state, day.agent(ANNA).duty) == (CallState.TALKING, Duty.ON_CALL)
    for step, keyed in ((PayStep.CARD_NUMBER, 0), (PayStep.CARD_NUMBER, 16), (PayStep.CARD_CVV, 3)):
        day.tell(PaymentStepped(CALL, 1, step, keyed))
        assert (payment(day).step, payment(day).keyed, payment(day).state) == (step, keyed, PayState.KEYING)
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    assert payment(day).state is PayState.CHARGING
    day.tell(PaymentOver(CALL, 1, PayResult.PAID, "100001"))
    assert (payment(day).state, payment(day).step) == (PayState.KEYING, PayStep.TOLD)
    day.wait(40)
    day.tell(CallerLeftPayment(CALL))
    assert wishes(day)[1:] == [BringBack(CALL, leg(1), offer)]
    day.tell(CallConnected(offer))
    call = day.call(CALL)
    assert call.paying is None
    assert call.paid == Paid(ACCOUNT, PayResult.PAID, "100001", call.paid.at if call.paid else day.now)
    assert (call.held_since, call.hold_ms) == (None, 40_000)
    day.tell(CallerLeft(CALL))
    day.wait(60)
    (record,) = day.records()
    assert (record.outcome, record.agent_id, record.hold_ms) == (CallOutcome.ANSWERED, ANNA, 40_000)


def test_who_talks_with_nobody_sends_nobody_to_pay() -> None:
    day, _ = talking()
    assert refusal(day, BeginPayment(BORIS, ACCOUNT)) == "not_in_talk"
    assert refusal(day, LeavePayment(ANNA)) == "not_paying"


@pytest.mark.parametrize(
    "command",
    [
        BeginPayment(ANNA, ACCOUNT),
        TransferCall(ANNA, TO_BORIS),
        TransferCall(ANNA, TO_REPAIRS),
        ConsultCall(ANNA, TO_BORIS),
    ],
)
def test_nothing_else_is_done_with_a_caller_who_pays(command: Event) -> None:
    day, _ = paying()
    assert refusal(day, command) == "caller_pays"


def test_the_agent_calls_the_caller_back_but_not_while_the_bank_is_asked() -> None:
    day, offer = paying()
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    assert refusal(day, LeavePayment(ANNA)) == "bank_is_asked"
    day.tell(PaymentStepped(CALL, 1, PayStep.CARD))
    day.effects.clear()
    day.tell(LeavePayment(ANNA))
    day.tell(LeavePayment(ANNA))
    assert wishes(day) == [BringBack(CALL, leg(1), offer)]
    day.tell(CallConnected(offer))
    paid = day.call(CALL).paid
    assert paid is not None
    assert paid.result is PayResult.STOPPED
    day.tell(CallerLeftPayment(CALL))
    assert wishes(day) == [BringBack(CALL, leg(1), offer)]


def test_what_the_self_service_tells_late_is_still_told() -> None:
    """The bank was asked in the moment in which the agent called the caller back: the channel made the agent wait."""
    day, offer = paying()
    day.tell(LeavePayment(ANNA))
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    assert payment(day).state is PayState.CALLED_BACK
    day.tell(CallConnected(offer))
    day.tell(PaymentOver(CALL, 1, PayResult.PAID, "100001"))
    day.tell(PaymentOver(CALL, 1, PayResult.LEFT))
    paid = day.call(CALL).paid
    assert paid is not None
    assert (paid.result, paid.receipt, paid.account) == (PayResult.PAID, "100001", ACCOUNT)


def test_a_self_service_that_died_brings_the_caller_back_without_a_result() -> None:
    day, offer = paying()
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    day.tell(CallerLeftPayment(CALL))
    day.tell(CallerLeftPayment(CALL))
    day.tell(CallConnected(offer))
    paid = day.call(CALL).paid
    assert paid is not None
    assert paid.result is PayResult.CUT
    assert wishes(day)[1:] == [BringBack(CALL, leg(1), offer)]


def test_an_earlier_payment_of_the_call_says_nothing_of_this_one() -> None:
    day, offer = paying()
    day.tell(CallerLeftPayment(CALL))
    day.tell(CallConnected(offer))
    day.tell(BeginPayment(ANNA, ACCOUNT))
    assert isinstance(wishes(day)[-1], SendToPay)
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    day.tell(PaymentOver(CALL, 1, PayResult.PAID, "100001"))
    assert (payment(day).step, day.call(CALL).paid) == (PayStep.AMOUNT, None)


@pytest.mark.parametrize(
    ("step", "result"), [(PayStep.CARD_CVV, PayResult.HUNG_UP), (PayStep.BANK, PayResult.HUNG_UP_CHARGED)]
)
def test_a_caller_who_rings_off_ends_the_call_and_the_agent_is_told(step: PayStep, result: PayResult) -> None:
    day, offer = paying()
    day.tell(PaymentStepped(CALL, 1, step))
    day.effects.clear()
    day.tell(CallerLeft(CALL))
    assert wishes(day) == [HangUpAgent(offer, leg(1))]
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    wrapped = day.floor.wrap_ups[ANNA].call
    assert wrapped.paying is None
    assert wrapped.paid is not None
    assert wrapped.paid.result is result


def alone(day: Day, offer: OfferId) -> Call:
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    return day.call(CALL)


def test_an_agent_who_rings_off_does_not_cut_the_payment() -> None:
    day, offer = paying()
    day.effects.clear()
    call = alone(day, offer)
    assert (call.state, payment(day).alone, wishes(day)) == (CallState.WAITING, True, [])
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    assert payment(day).state is PayState.CHARGING
    day.wait(5)
    assert wishes(day) == []  # Boris and others are free, and not rung
    day.tell(CallerLeftPayment(CALL))
    assert wishes(day)[:1] == [ReturnToQueue(CALL, leg(1))]


def test_who_wants_an_agent_after_that_is_at_the_head_of_the_queue() -> None:
    day, offer = paying()
    alone(day, offer)
    day.tell(CallQueued(CALL, SALES.queue_id, frozenset(), 0, day.now, day.now, leg(1), CallFacts(), seen=True))
    assert day.call(CALL).paying is None
    vera = day.agent_ready("vera")
    assert day.offered_to() == [vera]


def test_who_wants_nobody_after_that_was_answered() -> None:
    day, offer = paying()
    alone(day, offer)
    day.tell(CallSelfServed(CALL, CallFacts()))
    (record,) = day.records()
    assert (record.outcome, record.agent_id) == (CallOutcome.ANSWERED, ANNA)


def test_a_page_that_was_lost_has_the_caller_back_when_the_payment_is_over() -> None:
    day, offer = paying()
    day.effects.clear()
    day.tell(TelephoneRenewed(ANNA))
    assert wishes(day) == [HangUpAgent(offer, leg(1))]
    assert day.call(CALL).kept_for == ANNA
    day.tell(AgentReachable(ANNA))
    assert day.offered_to() == []
    day.tell(CallerLeftPayment(CALL))
    last = [wish for wish in wishes(day) if isinstance(wish, OfferCall)]
    assert [(wish.agent_id, wish.again) for wish in last] == [(ANNA, True)]


def test_a_page_that_is_back_is_waited_for_as_long_as_the_payment_takes() -> None:
    day, _ = paying()
    day.tell(TelephoneRenewed(ANNA))
    day.tell(AgentReachable(ANNA))
    day.wait(10 * SALES.reconnect_s)
    assert day.call(CALL).kept_for == ANNA
    day.tell(AgentUnreachable(ANNA))
    day.wait(SALES.reconnect_s)
    assert day.call(CALL).kept_for is None
    day.tell(CallerLeftPayment(CALL))
    assert isinstance(wishes(day)[-1], ReturnToQueue)


def test_a_caller_on_the_way_back_to_an_agent_who_rings_off_waits_at_the_head() -> None:
    day, offer = paying()
    day.tell(CallerLeftPayment(CALL))
    day.effects.clear()
    call = alone(day, offer)
    assert (call.state, call.paying) == (CallState.WAITING, None)
    assert wishes(day)[0] == ReturnToQueue(CALL, leg(1))


def test_an_agents_leg_that_a_resync_does_not_see_leaves_the_payment_alone() -> None:
    day, offer = paying()
    day.effects.clear()
    day.wait(30)
    day.tell(NodeSeen(NODE, frozenset({CALL}), frozenset(), day.now))
    assert day.call(CALL).state is CallState.WAITING
    assert payment(day).state is PayState.KEYING
    assert wishes(day) == [HangUpAgent(offer, leg(1))]


def test_a_rescue_in_the_middle_ends_the_payment() -> None:
    day, _ = paying()
    day.tell(CallRescued(CALL, BORIS, leg(1)))
    assert (day.call(CALL).agent_id, day.call(CALL).paying) == (BORIS, None)


@pytest.mark.parametrize("command", [BeginPayment(ANNA, ACCOUNT), LeavePayment(ANNA)])
def test_what_is_stored_is_read_again(command: PaymentCommand) -> None:
    day, _ = paying()
    day.tell(PaymentOver(CALL, 1, PayResult.PAID, "100001"))
    call = day.call(CALL)
    assert codec.decode(codec.encode(call), Call) == call
    day.tell(command)
    for message in day.messages:
        assert codec.decode_message(codec.encode_message(message)) == message
    for effect in day.effects:
        assert codec.decode_effect(codec.encode_effect(effect)) == effect
