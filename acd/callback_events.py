"""Callbacks: the promise to ring a customer back, as a call that waits at the first call's place.

Rules
1. The first call is over by the promise, when it still waits. When an agent has it already, nothing is promised.
2. One promise a number: a second one gives way.
3. Its turn comes as any call's: an agent is rung first (acd.turn), so that there are never more callbacks at once than
   free agents. Only in the queue's permitted local hours (acd.admission).
4. A customer who is not reached is rung again after a pause, as often as the queue's rules say. That no line to the
   outside was free counts for nothing. A wrong number is not tried twice.
5. It is kept no longer when the customer is answered on another call, or says so.
6. It is rung from another node while its own is away or drained (the switch says so).
7. The database is told each time how far it has come: that, and not the floor, is the truth after a loss.
"""

from typing import assert_never

from acd.copies import replace
from acd.effects import WriteCallback
from acd.events import CallbackCancelled, CallbackFact, CallbackRequested
from acd.model import Call, CallState, Leg, Offer
from acd.turn import Turn
from calls.callback import Callback, CallbackState
from calls.clock import Instant, after
from calls.ids import CallId, NodeId
from calls.numbers import PhoneNumber
from calls.record import CallOutcome, OfferResult
from calls.unreached import Unreached

_ENDS: dict[CallbackState, CallOutcome] = {
    CallbackState.CANCELLED: CallOutcome.CANCELLED,
    CallbackState.UNREACHED: CallOutcome.UNREACHED,
}


def take_callback_fact(turn: Turn, event: CallbackFact) -> None:
    match event:
        case CallbackRequested():
            _requested(turn, event.callback)
        case CallbackCancelled():
            _cancel(turn, event.number)
        case _:
            assert_never(event)


def answered(turn: Turn, call: Call) -> None:
    """Caller and agent have been connected: whoever was promised to be rung back need not be any more."""
    if call.callback is None:
        if call.facts.caller_number is not None:
            _cancel(turn, call.facts.caller_number)
    else:
        _tell(turn, replace(call.callback, state=CallbackState.REACHED, ended_at=turn.now))


def customer_not_reached(turn: Turn, call: Call, offer: Offer, why: Unreached) -> None:
    """The agent is free again; the customer is rung later, or no more."""
    callback = call.callback
    if callback is None:
        return
    rules = turn.queue_of(call.queue_id).callback
    attempts = callback.attempts + int(why is not Unreached.NO_LINE)
    callback = replace(callback, attempts=attempts, not_before=after(turn.now, rules.pause_s))
    # The leg that was dialled is no caller's: the next agent is rung for a callback again.
    call = replace(call, callback=callback, leg=Leg(call.leg.node, "", ""))
    turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=False, pause_s=rules.pause_s)
    if attempts >= rules.attempts or why is Unreached.WRONG_NUMBER:
        _end(turn, turn.floor.calls[call.call_id], callback, CallbackState.UNREACHED)
    else:
        _tell(turn, callback)


def go_elsewhere(turn: Turn, call: Call, offer: Offer, node: NodeId) -> None:
    """The call is offered anew at once, from that node from now on."""
    if call.callback is None or call.state is not CallState.OFFERED:
        return
    callback = replace(call.callback, node=node)
    call = replace(call, callback=callback, leg=Leg(node, "", ""))
    turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=False)
    _tell(turn, callback)


def _requested(turn: Turn, callback: Callback) -> None:
    floor = turn.floor
    if callback.callback_id in floor.calls or callback.callback_id in floor.departed:
        return
    first = floor.calls.get(CallId(callback.contact_id))
    served = first is not None and first.state in (CallState.CONNECTING, CallState.TALKING)
    if served or callback.number in floor.crowd.promised:
        floor.note_departed(callback.callback_id, recorded=True)
        _tell(turn, replace(callback, state=CallbackState.CANCELLED, ended_at=turn.now))
    else:
        _promise(turn, callback, first)
    if first is not None and not served:
        turn.end(first, CallOutcome.CALLBACK)


def _promise(turn: Turn, callback: Callback, first: Call | None) -> None:
    queue = turn.queue_of(callback.queue_id)
    not_yet = callback.not_before if callback.not_before > turn.now else None
    turn.put_call(
        Call(
            call_id=callback.callback_id,
            queue_id=callback.queue_id,
            skills=queue.skills | callback.skills,
            priority_s=callback.priority_s,
            arrived_at=Instant(min(callback.requested_at, turn.now)),
            enqueued_at=Instant(min(callback.enqueued_at, turn.now)),
            target_s=queue.target_s,
            leg=Leg(callback.node, "", ""),
            facts=callback.facts,
            sequence=first.sequence if first is not None else turn.floor.version + 1,
            settings_version=turn.floor.settings_version,
            threshold_s=queue.threshold_s,
            own_skills=callback.skills,
            paused_until=not_yet,
            callback=callback,
        )
    )


def _cancel(turn: Turn, number: PhoneNumber) -> None:
    """The promise to this number, if there is one, is not kept any more; whoever is rung for it is let go."""
    call_id = turn.floor.crowd.promised.get(number)
    if call_id is None:
        return
    call = turn.floor.calls[call_id]
    if call.callback is not None:
        _end(turn, call, call.callback, CallbackState.CANCELLED)


def _end(turn: Turn, call: Call, callback: Callback, state: CallbackState) -> None:
    turn.end(call, _ENDS[state])
    _tell(turn, replace(callback, state=state, ended_at=turn.now))


def _tell(turn: Turn, callback: Callback) -> None:
    turn.wish(WriteCallback(callback), f"callback:{callback.callback_id}")
