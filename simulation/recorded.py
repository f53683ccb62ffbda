"""The callers of a recorded day, from the records of their calls, as they would ring a simulated floor.

Arrival, queue, priority and language are as recorded; so are talk and wrap-up of who was answered, and the patience of
who hung up. What the record cannot know is drawn: how long an answered caller would still have waited (exponential, its
mean the day's waiting time / abandoned calls, as in service-science.md, section 1), how long a lost one would have
talked (another's talk of the day).
"""

from collections.abc import Iterable
from random import Random

from acd.model import RESCUE_QUEUE
from calls.clock import Instant
from calls.record import CallRecord
from simulation.callers import Caller, Recorded
from simulation.chances import Exponential

USUAL_PATIENCE_S = 300.0
"""The mean of two callers that are always counted with the day's."""
USUAL_TALK_S = 180.0


def recorded(records: Iterable[CallRecord], begins: Instant, seed: int) -> Recorded:
    """Those of the calls that entered a queue, times from `begins` on."""
    queued = sorted((record for record in records if record.enqueued_at is not None), key=lambda each: each.arrived_at)
    random = Random(f"{seed} recorded")
    talks = [spans for record in queued if (spans := _talk(record)) is not None] or [(USUAL_TALK_S, 0.0)]
    lost = sum(record.answered_at is None for record in queued)
    waited_s = sum(_wait_s(record) for record in queued)
    patience = Exponential((waited_s + 2 * USUAL_PATIENCE_S) / (lost + 2))
    callers = []
    for record in queued:
        talk_s, wrap_up_s = _talk(record) or talks[random.randrange(len(talks))]
        longer_s = 0.0 if record.answered_at is None else patience.drawn(random)
        callers.append(
            Caller(
                at_s=((record.enqueued_at or begins) - begins) / 1000,
                queue_id=record.queue_id or RESCUE_QUEUE,
                talk_s=talk_s,
                wrap_up_s=wrap_up_s,
                patience_s=_wait_s(record) + longer_s,
                priority_s=record.priority_s,
                language=record.facts.language,
            )
        )
    return Recorded(tuple(sorted(callers, key=lambda caller: caller.at_s)))


def _wait_s(record: CallRecord) -> float:
    begun = record.enqueued_at
    ended = record.ended_at if record.answered_at is None else record.answered_at
    return 0.0 if begun is None else max(0, ended - begun) / 1000


def _talk(record: CallRecord) -> tuple[float, float] | None:
    """Talk and wrap-up; None when nobody answered."""
    answered, ended = record.answered_at, record.talk_ended_at
    if answered is None or ended is None:
        return None
    wrap_up_ms = 0 if record.wrap_up_ended_at is None else record.wrap_up_ended_at - ended
    return max(0, ended - answered) / 1000, max(0, wrap_up_ms) / 1000
