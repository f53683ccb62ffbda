"""What calls teach their queue's pace (acd.pace): each lesson once, as it happens, in O(1)."""

from acd.floor import Floor
from acd.model import Call
from acd.pace import with_arrival, with_call, with_outcome, with_wait
from calls.clock import Instant
from calls.record import OfferResult


def call_came(floor: Floor, call: Call) -> None:
    """A call has entered its queue."""
    pace = floor.pace_of(call.queue_id)
    floor.put_pace(with_arrival(pace, (call.due_at - call.enqueued_at) / 1000, call.enqueued_at))


def wait_ended(floor: Floor, call: Call, at: Instant, *, abandoned: bool = False, answered: bool = False) -> None:
    """Its first wait is over. An answer shows whether the first range that the caller was told has held.

    Who waits to be rung back shows nothing of patience.
    """
    if call.callback is not None:
        return
    pace = with_wait(floor.pace_of(call.queue_id), (at - call.enqueued_at) / 1000, abandoned=abandoned, at=at)
    first = call.heard.first
    if answered and first is not None:
        pace = with_outcome(pace, (at - call.heard.first_at) / 1000, first.least * 60, first.most * 60)
    floor.put_pace(pace)


def call_handled(floor: Floor, call: Call, at: Instant) -> None:
    """Its agent is done with it, the wrap-up too: from the ring on, that is what a call takes of an agent."""
    answered = [offer for offer in call.offers if offer.result is OfferResult.ANSWERED]
    if answered:
        floor.put_pace(with_call(floor.pace_of(call.queue_id), (at - answered[-1].offered_at) / 1000))
