"""When a caller on the hold line hears the next announcement. What it says is decided in acd.announcements."""

from typing import Final

from acd.copies import replace
from acd.model import Call, CallState
from acd.queues import Queue
from calls.clock import Instant, after

AFTER_MENU_S: Final = 10
"""The menu has its own parting words."""
_RUNG: Final = frozenset({CallState.OFFERED, CallState.CONNECTING})
TICK_MS: Final = 200
"""Announcements fall on whole fifths of a second: one walk along the line serves all that are due on one, and a long
line is not told in one burst that delays everybody's packets."""


def on_line(call: Call) -> bool:
    """Hears the music, and no telephone rings for the caller; not in the menu, not kept for an agent who was lost.

    Nobody hears anything for a callback, and who is put through to an outside telephone must not be taken from it.
    """
    if call.promised or call.detour.outside or call.paying is not None:
        return False
    return call.state is CallState.WAITING and not (call.in_menu or call.protected or call.kept_for is not None)


def coming(before: Call | None, call: Call, queue: Queue, now: Instant) -> Call:
    """The call with the time of its next announcement, if it comes to the line now: new, from a talk or from the menu.

    Whom a ring has passed by has heard the music all the time and keeps its time.
    """
    if not on_line(call) or (before is not None and on_line(before)):
        return call
    rules = queue.announcements
    if not rules.every_s:
        next_at = None
    elif before is not None and before.state in _RUNG:
        next_at = call.heard.next_at
    elif before is not None and (before.in_menu or before.protected or before.paying is not None):
        next_at = max(call.heard.next_at or now, on_tick(after(now, AFTER_MENU_S)))
    else:
        next_at = on_tick(after(now, rules.first_s))
    return call if next_at == call.heard.next_at else replace(call, heard=replace(call.heard, next_at=next_at))


def next_announcement(call: Call, queue: Queue, now: Instant) -> Instant | None:
    """After one that is due now; the first offer of a callback is not kept waiting for the next turn."""
    every_s, offered_after_s = queue.announcements.every_s, queue.callback.offered_after_s
    if not every_s:
        return None
    next_at, offered_at = after(now, every_s), after(call.enqueued_at, offered_after_s)
    if offered_after_s and now < offered_at < next_at:
        next_at = offered_at
    return on_tick(next_at)


def on_tick(at: Instant) -> Instant:
    """The first multiple of `TICK_MS` that is not before it."""
    return Instant(-(-at // TICK_MS) * TICK_MS)
