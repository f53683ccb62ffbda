"""What happens to calls. Facts: one that is repeated or late changes nothing."""

from typing import assert_never

from acd.admission import admit, come_back, outside_failed
from acd.callback_events import answered
from acd.copies import replace
from acd.events import (
    CallEnteredMenu,
    CallerLeft,
    CallerLeftPayment,
    CallFact,
    CallHeld,
    CallLeftMenu,
    CallQueued,
    CallRescued,
    CallResumed,
    CallSelfServed,
    OutsideAnswered,
    OutsideFailed,
    PastTalk,
    PaymentOver,
    PaymentStepped,
    ProtectedStepBegan,
    ProtectedStepEnded,
)
from acd.experience import call_came
from acd.model import (
    Call,
    CallState,
    Presence,
)
from acd.past_talks import take_past_talk, unheard_call
from acd.paying import free_again, left_payment, take_payment_fact
from acd.queues import Queue
from acd.rescue import leave_rescue, rescue
from acd.turn import Turn
from calls.clock import Instant, after
from calls.journey import CallFacts
from calls.record import CallOutcome

_OfKnownCall = (
    CallerLeft | CallEnteredMenu | CallLeftMenu | CallSelfServed | ProtectedStepBegan | ProtectedStepEnded
    | CallHeld | CallResumed | OutsideAnswered | OutsideFailed | PaymentStepped | PaymentOver | CallerLeftPayment
)  # fmt: skip


def take_call_fact(turn: Turn, event: CallFact) -> None:
    match event:
        case CallQueued():
            _queued(turn, event)
        case CallRescued():
            _rescued(turn, event)
        case PastTalk():
            take_past_talk(turn, event)
        case _:
            _fact_of_known_call(turn, event)


def _fact_of_known_call(turn: Turn, event: _OfKnownCall) -> None:
    call = turn.floor.calls.get(event.call_id)
    if call is None:
        if isinstance(event, CallerLeft) and event.call_id not in turn.floor.departed:
            turn.floor.note_departed(event.call_id, recorded=False)
        return
    match event:
        case CallerLeft():
            if not call.promised:  # of a customer who is being rung CustomerNotReached tells
                turn.end(call, left_as(call))
        case CallSelfServed():
            _self_served(turn, call, event.facts)
        case CallEnteredMenu() | CallLeftMenu() | ProtectedStepBegan() | ProtectedStepEnded():
            _menu_fact(turn, call, event)
        case CallHeld() | CallResumed():
            if call.state is CallState.TALKING:
                _hold_fact(turn, call, event)
        case OutsideAnswered() | OutsideFailed():
            _outside_fact(turn, call, event)
        case PaymentStepped() | PaymentOver() | CallerLeftPayment():
            take_payment_fact(turn, call, event)
        case _:
            assert_never(event)


def _hold_fact(turn: Turn, call: Call, event: CallHeld | CallResumed) -> None:
    if isinstance(event, CallHeld) and call.held_since is None:
        turn.put_call(replace(call, held_since=turn.now))
    elif isinstance(event, CallResumed) and call.held_since is not None:
        hold_ms = call.hold_ms + turn.now - call.held_since
        turn.put_call(replace(call, held_since=None, hold_ms=hold_ms))


def _outside_fact(turn: Turn, call: Call, event: OutsideAnswered | OutsideFailed) -> None:
    """Answered outside, the call is over for us. Nobody there: it waits on at its place, which it never left."""
    if isinstance(event, OutsideFailed):
        outside_failed(turn, call, event.why)
    elif call.state in (CallState.WAITING, CallState.OFFERED):
        turn.end(call, CallOutcome.OVERFLOWED)


def left_as(call: Call) -> CallOutcome:
    """The outcome of an unanswered call whose caller has gone. Who had no place was refused, by a sentence."""
    why = call.detour.why
    refused = call.state is CallState.DIVERTED and why is not None and not why.keeps_place
    return CallOutcome.REFUSED if refused else CallOutcome.ABANDONED


def _queued(turn: Turn, event: CallQueued) -> None:
    """A new call takes its place. A known one changes nothing, unless it comes back from where we did not see it go:

    from the self-service (a protected step that was cut off is over) or from a talk that Asterisk alone had made.
    A caller who left before we heard of the queue was queued and abandoned in one; one whom the switch sees in the
    music has not left and is served, also when its record is written already. The switch tells of every call on the
    hold line and knows little of the caller: what the self-service knows is taken also when it comes later.
    """
    floor = turn.floor
    known = floor.calls.get(event.call_id)
    if known is not None:
        if known.state is CallState.TALKING and known.offer is None:
            leave_rescue(turn, known)
            known = floor.calls[event.call_id]
        if known.paying is not None and event.seen:
            _seen_in_the_music(turn, known)
            known = floor.calls[event.call_id]
        if known.state is CallState.WAITING and (known.protected or known.in_menu or known.leg != event.leg):
            turn.put_call(replace(known, protected=False, in_menu=False, leg=event.leg))
        if known.state is CallState.DIVERTED and event.told >= known.detour.told:
            come_back(turn, known)
        _learn(turn, event)
        return
    left_before = event.call_id in floor.departed and not event.seen
    if left_before and floor.departed[event.call_id]:
        return
    queue = turn.queue_of(event.queue_id)
    call = Call(
        call_id=event.call_id,
        queue_id=event.queue_id,
        skills=queue.skills | event.skills,
        priority_s=event.priority_s,
        arrived_at=Instant(min(event.arrived_at, event.enqueued_at, turn.now)),
        enqueued_at=Instant(min(event.enqueued_at, turn.now)),
        target_s=queue.target_s,
        leg=event.leg,
        facts=event.facts,
        sequence=floor.version + 1,
        settings_version=floor.settings_version,
        threshold_s=queue.threshold_s,
        own_skills=event.skills,
        preferred=event.preferred,
        preferred_until=_preference(turn, queue, event),
    )
    turn.put_call(call)
    call = floor.calls[call.call_id]
    call_came(floor, call)
    if left_before:
        turn.end(call, CallOutcome.ABANDONED)
    else:
        admit(turn, call)


def _seen_in_the_music(turn: Turn, call: Call) -> None:
    """Whoever is on the hold line has left the payment: at the wish of the caller, or without our processes."""
    if call.state is CallState.WAITING:
        free_again(turn, call)
    else:
        left_payment(turn, call)


def _preference(turn: Turn, queue: Queue, event: CallQueued) -> Instant | None:
    """Until when the preferred agent alone may take it; None: nobody is preferred, or is not at work."""
    agent = turn.floor.agents.get(event.preferred) if event.preferred is not None else None
    if agent is None or agent.presence is Presence.SIGNED_OUT or not queue.preferred_s:
        return None
    return after(Instant(min(event.enqueued_at, turn.now)), queue.preferred_s)


def _learn(turn: Turn, event: CallQueued) -> None:
    known = turn.floor.calls[event.call_id]
    learning = known.state in (CallState.WAITING, CallState.DIVERTED)
    if learning and event.facts.journey and not known.facts.journey:
        turn.put_call(replace(known, facts=event.facts, arrived_at=event.arrived_at, own_skills=event.skills))


def _rescued(turn: Turn, event: CallRescued) -> None:
    call = turn.floor.calls.get(event.call_id)
    if call is None:
        if event.call_id in turn.floor.departed:
            return
        call = unheard_call(turn, event.call_id, event.leg, turn.now)
    agent = turn.known_agent(event.agent_id)
    if call.state is CallState.TALKING and call.agent_id == agent.agent_id:
        return
    rescue(turn, call, agent)
    answered(turn, call)


def _self_served(turn: Turn, call: Call, facts: CallFacts) -> None:
    """An answer in the menu ends the wait. When an agent has already answered, the talk goes on."""
    if call.state in (CallState.WAITING, CallState.OFFERED):
        turn.end(replace(call, facts=facts), CallOutcome.SELF_SERVED_WAITING)
    elif call.state is CallState.DIVERTED:
        left = left_as(call)
        served = CallOutcome.SELF_SERVED_WAITING if left is CallOutcome.ABANDONED else left
        turn.end(replace(call, facts=facts), served)


def _menu_fact(
    turn: Turn, call: Call, event: CallEnteredMenu | CallLeftMenu | ProtectedStepBegan | ProtectedStepEnded
) -> None:
    if call.state in (CallState.TALKING, CallState.DIVERTED):
        if isinstance(event, CallLeftMenu):
            turn.put_call(replace(call, facts=event.facts))
        return
    match event:
        case CallEnteredMenu():
            changed = replace(call, in_menu=True, protected=False)
        case CallLeftMenu():
            changed = replace(call, in_menu=False, protected=False, facts=event.facts)
        case ProtectedStepBegan():
            changed = replace(call, protected=True)
        case ProtectedStepEnded():
            changed = replace(call, protected=False)
        case _:
            assert_never(event)
    if changed == call:
        return
    turn.put_call(changed)
    if changed.protected and changed.state is CallState.OFFERED:
        turn.take_all_back(changed)
