"""Paying out of a talk: the caller leaves the bridge for the payment, the agent hears music and has the caller back.

1. The call stays one call with its talk; the time counts as held.
2. Whatever ends the payment, the dialplan brings the caller to the music and tells so; then the agent's leg takes the
   caller. Nothing here waits for the self-service, which may be dead.
3. The agent may call the caller back at any time but while the bank is asked. What the engine does not know yet the
   channel does (NOTAKE): the agent's leg waits there.
4. An agent's leg that ends does not cut the payment: the caller waits, is offered to nobody meanwhile, and comes to
   the head of the queue afterwards; to the same agent, where the leg was lost and is back in time.
"""

from typing import Final, assert_never

from acd.copies import replace
from acd.effects import BringBack, ReturnToQueue, SendToPay
from acd.errors import IllegalMove, Reason
from acd.events import (
    BeginPayment,
    CallerLeftPayment,
    LeavePayment,
    LegEnd,
    PaymentCommand,
    PaymentOver,
    PaymentStepped,
)
from acd.model import Call, CallState, Offer, Paid, Paying, PayState
from acd.states import PayMove, next_pay_state
from acd.transfer import own_call, talk_of
from acd.turn import Turn, order_of
from calls.paying import PayResult, PayStep

MOST_PAYMENTS: Final = 9
"""Of one call: one digit in the dialplan."""
_ON_THE_WAY: Final = frozenset({PayState.CALLED_BACK, PayState.RETURNING})


_UNTOLD: Final = frozenset({PayResult.STOPPED, PayResult.CUT})
"""What is known while the self-service has not told how it ended."""


def take_payment_command(turn: Turn, event: PaymentCommand) -> None:
    """Do what was asked. Raises IllegalMove, and then nothing was changed."""
    match event:
        case BeginPayment():
            _begin(turn, talk_of(turn, event.agent_id), event.account)
        case LeavePayment():
            call = own_call(turn, event.agent_id)
            if call.paying is None:
                raise IllegalMove(Reason.NOT_PAYING, "The caller is in no payment.")
            if call.paying.state not in _ON_THE_WAY:
                _bring_back(turn, call, call.paying, PayMove.CALL_BACK)
        case _:
            assert_never(event)


def _begin(turn: Turn, call: Call, account: str) -> None:
    if call.offer is None:
        raise IllegalMove(Reason.NOT_IN_TALK, "The talk has no leg of ours.")
    number = call.payments + 1
    if number > MOST_PAYMENTS:
        raise IllegalMove(Reason.TOO_LATE, f"A call has {MOST_PAYMENTS} payments at most.")
    held_since = turn.now if call.held_since is None else call.held_since
    paying = Paying(number, account, turn.now)
    turn.put_call(replace(call, paying=paying, payments=number, paid=None, held_since=held_since, missed=None))
    turn.wish(SendToPay(call.call_id, call.leg, call.offer.offer_id, number), *order_of(call.offer))


def take_payment_fact(turn: Turn, call: Call, event: PaymentStepped | PaymentOver | CallerLeftPayment) -> None:
    """How far the caller is. Of an earlier payment of the same call, or late, it changes nothing."""
    match event:
        case PaymentStepped():
            if call.paying is not None and call.paying.number == event.number:
                _put(turn, call, _stepped(call.paying, event.step, event.keyed))
        case PaymentOver():
            if call.payments == event.number:
                _over(turn, call, event)
        case CallerLeftPayment():
            left_payment(turn, call)
        case _:
            assert_never(event)


def _over(turn: Turn, call: Call, event: PaymentOver) -> None:
    """How it ended. That the caller is back says less, and may come first."""
    of = call.paying or call.paid
    if of is None or (call.paid is not None and call.paid.result not in _UNTOLD):
        return
    paying = None if call.paying is None else _stepped(call.paying, PayStep.TOLD, 0)
    turn.put_call(replace(call, paying=paying, paid=Paid(of.account, event.result, event.receipt, turn.now)))


def _stepped(paying: Paying, step: PayStep, keyed: int) -> Paying:
    state = paying.state
    if step is PayStep.BANK and state is PayState.KEYING:
        state = next_pay_state(state, PayMove.CHARGE)
    elif step is not PayStep.BANK and state is PayState.CHARGING:
        state = next_pay_state(state, PayMove.SETTLE)
    return replace(paying, state=state, step=step, keyed=keyed)


def _put(turn: Turn, call: Call, paying: Paying) -> None:
    if paying != call.paying:
        turn.put_call(replace(call, paying=paying))


def left_payment(turn: Turn, call: Call) -> None:
    """The caller is in the music: the agent's leg takes the caller, or the queue has the caller again."""
    paying = call.paying
    if paying is None:
        return
    if call.state is not CallState.TALKING or call.offer is None:
        free_again(turn, call)
        turn.wish(ReturnToQueue(call.call_id, call.leg), f"call:{call.call_id}")
    elif paying.state is PayState.CALLED_BACK:
        _put(turn, call, replace(paying, state=next_pay_state(paying.state, PayMove.LEAVE)))
    elif paying.state is not PayState.RETURNING:
        _bring_back(turn, call, paying, PayMove.LEAVE)


def free_again(turn: Turn, call: Call) -> None:
    """A waiting caller has paid and can be offered: first to the agent whose leg was lost meanwhile."""
    turn.put_call(replace(call, paying=None))
    if call.kept_for is not None:
        turn.keep_for(turn.floor.calls[call.call_id], call.kept_for, turn.queue_of(call.queue_id).reconnect_s)


def keep_while_paying(turn: Turn, call: Call) -> None:
    """The time is over for which a caller is kept for a lost agent: who is back and sees the payment is waited for."""
    agent = turn.floor.agents.get(call.kept_for) if call.kept_for is not None else None
    reconnect_s = turn.queue_of(call.queue_id).reconnect_s
    if call.paying is not None and agent is not None and agent.reachable and reconnect_s > 0:
        turn.keep_for(call, agent.agent_id, reconnect_s)
    else:
        turn.keep_no_longer(call)


def _bring_back(turn: Turn, call: Call, paying: Paying, move: PayMove) -> None:
    state = next_pay_state(paying.state, move)
    if call.offer is not None:
        turn.put_call(replace(call, paying=replace(paying, state=state)))
        turn.wish(BringBack(call.call_id, call.leg, call.offer.offer_id), *order_of(call.offer))


def together_again(turn: Turn, call: Call) -> None:
    """Caller and agent are in one bridge: the payment is over, however it ended."""
    paying = call.paying
    if paying is None or paying.state not in _ON_THE_WAY:
        return
    why = PayResult.STOPPED if paying.state is PayState.CALLED_BACK else PayResult.CUT
    turn.unheld(replace(call, paying=None, paid=call.paid or Paid(paying.account, why, "", turn.now)))


def agent_left_payment(turn: Turn, call: Call, offer: Offer, how: LegEnd) -> None:
    """The agent's leg has ended. Whoever hung up has a wrap-up; a caller who was on the way back waits at the head."""
    if how is LegEnd.LOST:
        turn.lose_agent(call, offer)
        return
    paying = call.paying
    turn.finish_agent_of(call)
    if paying is not None and paying.state is not PayState.RETURNING:
        turn.return_to_waiting(replace(call, paying=replace(paying, state=_let_go(paying), alone=True)))
    else:
        turn.return_to_waiting(replace(call, paying=None))
        turn.wish(ReturnToQueue(call.call_id, call.leg), *order_of(offer))


def _let_go(paying: Paying) -> PayState:
    """Nobody calls the caller back any more."""
    return PayState.KEYING if paying.state is PayState.CALLED_BACK else paying.state
