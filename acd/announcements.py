"""What a waiting caller hears, and when: place, range of the wait, a reference text or the offer of a callback.

Rules
1. Only a call on the hold line hears one: waiting, not in the menu, in no protected step. Coming to the line, or back
   to it from a talk, starts the time anew; so does the menu, by a few seconds. A ring that nobody answered does not.
2. The place is said only when it is not behind the one said before; the range never grows at either end and is left
   out when nothing is left of it, without agents, or before enough calls were answered (acd.pace).
3. Texts come in turn: one never heard before those heard, then the one heard longest ago. The offer of a callback comes
   as soon as it may, then takes the text's turn every third time.
4. Instants are whole fifths of a second, so that all that is due on one costs one walk along the line (acd.estimates).
"""

from collections.abc import Sequence
from typing import Final

from acd.copies import replace
from acd.effects import Announce
from acd.estimates import Estimate, estimates
from acd.hold_line import next_announcement, on_line
from acd.model import Call
from acd.queues import Queue
from acd.turn import Turn
from acd.wait_law import Minutes, not_growing, spoken
from calls.clock import Instant, after

OFFERED_EVERY: Final = 3
"""A callback is offered again with every third announcement."""


def announcement_due(turn: Turn, call: Call) -> None:
    """Its time has come: the next one is planned, this one is made at the end of the step."""
    next_at = next_announcement(call, turn.queue_of(call.queue_id), turn.now)
    turn.floor.put_call(replace(call, heard=replace(call.heard, next_at=next_at)))
    turn.due[call.call_id] = None


def announce(turn: Turn) -> None:
    """Wish for the announcements that are due, of the calls that still wait after all offers were made."""
    due = [call for call_id in turn.due if (call := turn.floor.calls.get(call_id)) is not None and on_line(call)]
    if not due:
        return
    known = estimates(turn.floor, [call.call_id for call in due], turn.now)
    for call in due:
        _announce(turn, call, turn.queue_of(call.queue_id), known[call.call_id])


def _announce(turn: Turn, call: Call, queue: Queue, estimate: Estimate) -> None:
    rules, heard = queue.announcements, call.heard
    position = estimate.position if rules.position and estimate.position <= (heard.position or estimate.position) else 0
    minutes = _range(turn, call, estimate) if rules.estimate else None
    callback = _offers_callback(call, queue, turn.now)
    text = "" if callback else _next_text(rules.texts, heard.texts)
    if not (position or minutes or text or callback):
        return
    first_now = minutes is not None and heard.first is None
    heard = replace(
        heard,
        times=heard.times + 1,
        position=position or heard.position,
        minutes=minutes or heard.minutes,
        first=minutes if first_now else heard.first,
        first_at=turn.now if first_now else heard.first_at,
        texts=_with_text(heard.texts, text, rules.texts),
        offered_callback=heard.times + 1 if callback else heard.offered_callback,
    )
    turn.floor.put_call(replace(call, heard=heard))
    wish = Announce(call.call_id, call.leg, call.facts.language, turn.now, position, minutes, text, callback)
    turn.wish(wish, f"announcements:{call.leg.node}")  # one after another; they disturb no other wish of the call


def _range(turn: Turn, call: Call, estimate: Estimate) -> Minutes | None:
    if estimate.wait is None:
        return None
    pace = turn.floor.pace_of(call.queue_id)
    fresh = spoken(estimate.wait, pace.z_low, pace.z_high)
    return not_growing(fresh, call.heard.minutes) if fresh is not None else None


def _offers_callback(call: Call, queue: Queue, now: Instant) -> bool:
    after_s, heard = queue.callback.offered_after_s, call.heard
    if not after_s or after(call.enqueued_at, after_s) > now:
        return False
    return not heard.offered_callback or heard.times + 1 >= heard.offered_callback + OFFERED_EVERY


def _with_text(heard: Sequence[str], text: str, texts: Sequence[str]) -> tuple[str, ...]:
    """What was heard, this text last; texts that are no longer said are forgotten."""
    former = tuple(known for known in heard if known != text and known in texts)
    return (*former, text) if text else former


def _next_text(texts: Sequence[str], heard: Sequence[str]) -> str:
    """The first that was never heard, else the one heard longest ago."""
    fresh = [text for text in texts if text not in heard]
    again = [text for text in heard if text in texts]
    return next(iter((*fresh, *again)), "")
