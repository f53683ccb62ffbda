"""Whether a call may wait, and where else it goes. Who is sent away hears why, and what else there is.

Rules
1. A call that comes is not taken into a queue that is closed or full, when no hold line is left, or when its number has
   too many calls already. A call that was held before is never sent away as full.
2. A call that waits is looked at again when it is late, at closing time, and when the last agent who may take it signs
   out. What it does in the menu or in a protected step is not cut: it is looked at when it is back. A caller who has
   talked to an agent already (and lost that agent) is never sent on.
3. The queue's overflow chain says where it goes: the first link for the cause that is possible. Another queue is
   possible when it is open, has room and somebody signed in, and the call was not in it before; so there are no loops.
   The call keeps its first enqueue time; the new queue's target counts.
4. An outside telephone rings while the call keeps its place: an agent who comes free takes it all the same. Where
   nobody answered, the next link is tried; after `RETRY_S` all of them again.
5. Without a possible link: who comes to a queue that is closed or full, and who waits in a closed one with nobody
   left, is told so. Everybody else waits on.
6. Who waited and was only offered a callback may wait on, and is not offered it again.
7. A callback waits for its turn as any call, but only in the local hours in which a customer may be rung.
8. A queue for danger to life (`never_full`) is never full, never closed, never deflected. Only while nobody who may
   take the call is signed in, its outside telephone (the duty officer's) is rung beside the wait.
"""

from typing import Final

from acd.copies import replace
from acd.effects import NameQueue, SendAway, SendOutside
from acd.hours import callback_spell
from acd.model import CAUSE_OF, Call, CallState, Missed
from acd.queues import Cause, Overflow, Queue, Way
from acd.states import CallMove, next_call_state
from acd.turn import Turn
from calls.clock import Instant, after
from calls.ids import QueueId
from calls.numbers import PhoneNumber
from calls.refusal import Refusal, Why
from calls.transfer import Target, TargetKind
from calls.unreached import Unreached

HELD_BEFORE_S: Final = 10
"""A call whose first enqueue time is older than this was held by an engine before, and is taken up again."""
RETRY_S: Final = 30
"""A link that is not possible now, or did not answer, is tried again after this."""
OUTSIDE_LIMIT_S: Final = 180
"""Longer than any outside telephone rings: when its answer was lost, the call is looked at again."""


def admit(turn: Turn, call: Call) -> None:
    """Let a call that has just come wait, or send it on."""
    why = _why_not_come(turn, call, turn.queue_of(call.queue_id))
    if why is None:
        consider(turn, call, came=True)
    elif (link := _link(turn, call, why)) is not None:
        _follow(turn, call, why, link, came=True)
    else:
        _send_away(turn, call, why, callback=False)


def look(turn: Turn) -> None:
    """Look at every waiting call that this step has touched, or at all when the last agent of a kind has gone."""
    floor = turn.floor
    touched = turn.loose_calls
    if floor.deserted:
        floor.deserted = False
        touched = touched | {call_id for held in floor.crowd.held.values() for call_id in held}
    for call_id in sorted(touched):
        call = floor.calls.get(call_id)
        if call is not None:
            consider(turn, call)


def consider(turn: Turn, call: Call, *, came: bool = False) -> None:
    """Let a waiting call wait on, or send it where its queue's chain says. `came`: it has not waited yet."""
    if call.state is not CallState.WAITING or call.answered_at is not None or _is_busy(call):
        return
    if call.callback is not None:
        _keep_hours(turn, call)
        return
    queue = turn.queue_of(call.queue_id)
    why = _why_not_wait(turn, call, queue)
    link = _link(turn, call, why) if why is not None else None
    if why is not None and link is not None:
        _follow(turn, call, why, link, came=came)
    elif why is Why.CLOSED and not turn.floor.somebody_for(queue, call.own_skills):
        _send_away(turn, call, why, callback=False)
    else:
        _look_again(turn, call, queue, why)


def _keep_hours(turn: Turn, call: Call) -> None:
    """A customer is rung back in permitted local hours only; a callback is neither late nor closed nor full."""
    queue = turn.queue_of(call.queue_id)
    spell = callback_spell(queue.callback, queue.zone, turn.now)
    if spell.open:
        changed = replace(call, consider_at=spell.until if spell.ends else None)
    else:
        changed = replace(call, paused_until=max(call.paused_until or spell.until, spell.until), consider_at=None)
    if changed != call:
        turn.put_call(changed)


def _is_busy(call: Call) -> bool:
    """In the menu, in a step not to be cut, or being put through to an outside telephone."""
    return call.in_menu or call.protected or bool(call.detour.outside)


def look_is_due(turn: Turn, call: Call) -> None:
    """The time set for it has come: also telephones where nobody answered may be tried again."""
    call = replace(call, consider_at=None, detour=replace(call.detour, tried=frozenset(), outside=""))
    turn.put_call(call)
    consider(turn, call)


def outside_failed(turn: Turn, call: Call, why: Unreached) -> None:
    """Nobody answered at the outside telephone: at the end of the step the next link is looked for.

    Who had sent the caller there is told.
    """
    rung = call.detour.outside
    if not rung:
        return
    detour = replace(call.detour, outside="", tried=call.detour.tried | {rung})
    last = call.transfers[-1] if call.transfers else None
    missed = call.missed
    if last is not None and last.target == Target(TargetKind.OUTSIDE, rung):
        missed = Missed(last.target, last.agent_id, why, turn.now)
    turn.put_call(replace(call, detour=detour, paused_until=None, missed=missed))


def come_back(turn: Turn, call: Call) -> None:
    """A caller who was told why, and chose to wait on, is on the hold line again."""
    state = next_call_state(call.state, CallMove.RETURN)
    turn.put_call(replace(call, state=state, detour=replace(call.detour, stays=True)))


# --- why
def _why_not_come(turn: Turn, call: Call, queue: Queue) -> Why | None:
    """Why a call that has just come cannot be held; it is counted already."""
    floor, limits = turn.floor, turn.floor.limits
    if queue.never_full or call.enqueued_at < after(turn.now, -HELD_BEFORE_S):
        return None
    number = call.facts.caller_number
    if not floor.spell_of(queue, turn.now).open:
        return Why.CLOSED
    if limits.per_number and number is not None and floor.crowd.numbers[number] > limits.per_number:
        return Why.NUMBER
    full = queue.most_waiting and floor.crowd.in_queue(queue.queue_id) > queue.most_waiting
    return Why.FULL if full or _lines_over(turn) else None


def _lines_over(turn: Turn) -> bool:
    most = turn.floor.limits.hold_lines
    return most > 0 and turn.floor.crowd.lines > most


def _why_not_wait(turn: Turn, call: Call, queue: Queue) -> Why | None:
    nobody = not turn.floor.somebody_for(queue, call.own_skills)
    if queue.never_full:
        return Why.NOBODY if nobody else None
    if not turn.floor.spell_of(queue, turn.now).open:
        return Why.CLOSED
    if queue.late_s and turn.now >= after(call.enqueued_at, queue.late_s):
        return Why.LATE
    return Why.NOBODY if nobody else None


# --- where
def _link(turn: Turn, call: Call, why: Why) -> Overflow | None:
    """The first link of the chain that is for this cause and possible now."""
    return next((link for link in _chain(turn, call, why) if _possible(turn, call, why, link)), None)


def _chain(turn: Turn, call: Call, why: Why) -> list[Overflow]:
    """The links that are for this cause: of a danger to life only telephones, of a crowding number only callbacks."""
    queue = turn.queue_of(call.queue_id)
    causes = {CAUSE_OF[why]}
    if queue.never_full and not turn.floor.spell_of(queue, turn.now).open:
        causes |= {Cause.CLOSED}
    links = [link for link in queue.overflow if link.causes & causes]
    if queue.never_full:
        return [link for link in links if link.way is Way.OUTSIDE]
    return [link for link in links if link.way is Way.CALLBACK] if why is Why.NUMBER else links


def _possible(turn: Turn, call: Call, why: Why, link: Overflow) -> bool:
    match link.way:
        case Way.QUEUE:
            return _room_in(turn, call, QueueId(link.target))
        case Way.CALLBACK:
            return not (why.keeps_place and call.detour.stays)
        case Way.OUTSIDE:
            return bool(link.target) and link.target not in call.detour.tried


def _room_in(turn: Turn, call: Call, target_id: QueueId) -> bool:
    floor = turn.floor
    target = floor.queues.get(target_id)
    if target is None or target_id == call.queue_id or target_id in call.detour.left or _lines_over(turn):
        return False
    full = target.most_waiting and floor.crowd.in_queue(target_id) >= target.most_waiting
    if not target.never_full and (full or not floor.spell_of(target, turn.now).open):
        return False
    return floor.somebody_for(target, call.own_skills)


def _follow(turn: Turn, call: Call, why: Why, link: Overflow, *, came: bool) -> None:
    match link.way:
        case Way.QUEUE:
            _move(turn, call, turn.queue_of(QueueId(link.target)), came=came)
        case Way.CALLBACK:
            _send_away(turn, call, why, callback=True)
        case Way.OUTSIDE:
            call = replace(call, detour=replace(call.detour, why=why))
            ring_outside(turn, call, link.target, f"queue:{call.queue_id}")


def _move(turn: Turn, call: Call, target: Queue, *, came: bool) -> None:
    """Into another queue, with the first enqueue time; who refused the call before is asked anew there.

    The queue that it came to and could not wait in at all is not its queue in the figures.
    """
    call = replace(
        call if came else call.leaving_its_queue(),
        queue_id=target.queue_id,
        skills=target.skills | call.own_skills,
        target_s=target.target_s,
        refused_by=frozenset(),
        consider_at=None,
        detour=replace(call.detour, left=(*call.detour.left, call.queue_id)),
    )
    turn.put_call(call)
    turn.wish(NameQueue(call.call_id, call.leg, target.queue_id), f"call:{call.call_id}")
    consider(turn, call, came=came)


def _send_away(turn: Turn, call: Call, why: Why, *, callback: bool) -> None:
    queue = turn.queue_of(call.queue_id)
    spell = turn.floor.spell_of(queue, turn.now)
    opens_at = spell.until if why is Why.CLOSED and spell.ends else None
    told = call.detour.told + 1
    state = next_call_state(call.state, CallMove.DIVERT)
    turn.put_call(replace(call, state=state, consider_at=None, detour=replace(call.detour, told=told, why=why)))
    turn.wish(SendAway(call.call_id, call.leg, Refusal(why, callback, told, opens_at)), f"call:{call.call_id}")


def ring_outside(turn: Turn, call: Call, number: str, actor: str, *, alone: bool = False) -> None:
    """Ring an outside telephone for a waiting caller. `alone`: no agent is rung meanwhile."""
    attempt = call.detour.attempts + 1
    detour = replace(call.detour, outside=number, attempts=attempt)
    # Whatever becomes of that telephone, the call is looked at again: a lost answer strands nobody.
    limit = after(turn.now, OUTSIDE_LIMIT_S)
    turn.put_call(replace(call, detour=detour, consider_at=limit, paused_until=limit if alone else call.paused_until))
    turn.wish(SendOutside(call.call_id, call.leg, PhoneNumber(number), actor, attempt), f"call:{call.call_id}")


def _look_again(turn: Turn, call: Call, queue: Queue, why: Why | None) -> None:
    """Set the time of the next look: when late, at closing time, or for another try of the chain."""
    times: list[Instant] = []
    late_at = after(call.enqueued_at, queue.late_s)
    if queue.late_s and late_at > turn.now and not queue.never_full:
        times.append(late_at)
    spell = turn.floor.spell_of(queue, turn.now)
    if spell.open and spell.ends and not queue.never_full:
        times.append(spell.until)
    if why is not None and _chain(turn, call, why):
        times.append(_next_try(turn, call))
    consider_at = min(times, default=None)
    if consider_at != call.consider_at:
        turn.put_call(replace(call, consider_at=consider_at))


def _next_try(turn: Turn, call: Call) -> Instant:
    """One that is set already stays: being touched often must not put it off for ever."""
    try_at = after(turn.now, RETRY_S)
    known = call.consider_at
    return try_at if known is None or known <= turn.now else min(known, try_at)
