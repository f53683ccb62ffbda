"""The calls that go on and those whose records have not come yet, in the orders that a look asks for. Pure.

Each call is put in its places when it changes; a look then costs what has changed since the last one and a bisection
per interval and threshold, not a walk over all who wait. What a waiting call adds to the figures follows from when it
was queued and its T; what any other call adds stays as it is until the call changes.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final

from acd.intervals import interval_of
from acd.metrics import Place, Tally, stay_of_call, tally_of, tally_of_waiting
from acd.model import Call, CallState
from acd.queues import Queue
from calls.clock import Instant
from calls.ids import CallId, QueueId

WAITING: Final = frozenset({CallState.WAITING, CallState.OFFERED})
SERVED: Final = frozenset({CallState.CONNECTING, CallState.TALKING})

_Turn = tuple[Instant, int, CallId, Call]
"""A call in its line: the order of due times."""


@dataclass(slots=True)
class _Counts:
    """The calls of a place: those that wait by their T (in ms; each list ascending), and what each other one adds."""

    waiting: defaultdict[int, list[Instant]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[CallId, Tally] = field(default_factory=dict)
    added: Tally | None = None
    """The sum of the settled; None: one of them has changed."""

    def tally(self, now: Instant) -> Tally:
        if self.added is None:
            self.added = Tally.total(self.settled.values())
        waiting = (tally_of_waiting(queued, t_ms, now) for t_ms, queued in self.waiting.items())
        return Tally.total((self.added, *waiting))


class LiveCalls:
    """`put` a call as it is, `end` it, `drop` it when its record is there. Calls of unknown queues count nowhere."""

    def __init__(self, length_min: int, short_s: float) -> None:
        self._length_min = length_min
        self._short_s = short_s
        self.calls: dict[CallId, Call] = {}
        self.ended: dict[CallId, tuple[Call, Instant]] = {}
        """As it was seen last, and when it ended."""
        self._zones: dict[QueueId, str] = {}
        self._lines: defaultdict[QueueId, list[_Turn]] = defaultdict(list)
        self._busy: Counter[QueueId] = Counter()
        self._counts: dict[Place, _Counts] = {}
        self._counted: dict[CallId, tuple[Place, int | None, Instant]] = {}
        """Where a call is counted, with its T when it waits, and since when."""

    def put_queue(self, queue_id: QueueId, queue: Queue | None) -> None:
        """None: it is removed."""
        zone = None if queue is None else queue.zone
        if self._zones.get(queue_id) == zone:
            return
        if zone is None:
            del self._zones[queue_id]
        else:
            self._zones[queue_id] = zone
        for call in self.calls.values():
            self._count(call, None)
        for call, at in self.ended.values():
            self._count(call, at)

    def put(self, call: Call) -> None:
        self.drop(call.call_id)
        self.calls[call.call_id] = call
        if not call.promised:  # else nobody waits on the line: the customer is rung when the turn comes
            if call.state in WAITING:
                insort(self._lines[call.queue_id], _turn(call))
            self._busy[call.queue_id] += call.state in SERVED
        self._count(call, None)

    def end(self, call: Call, at: Instant) -> None:
        """The call is over or in wrap-up; its figures stay as they are at `at`."""
        self.drop(call.call_id)
        self.ended[call.call_id] = call, at
        self._count(call, at)

    def drop(self, call_id: CallId) -> None:
        """Nothing is known of the call here. One that is not known costs nothing."""
        self.ended.pop(call_id, None)
        call = self.calls.pop(call_id, None)
        if call is not None and not call.promised:
            if call.state in WAITING:
                line = self._lines[call.queue_id]
                del line[bisect_left(line, _turn(call))]
            self._busy[call.queue_id] -= call.state in SERVED
        self._uncount(call_id)

    # --- asking
    def waiting(self, queue_id: QueueId) -> list[Call]:
        """Who waits on the line, in the order of due times."""
        return [turn[-1] for turn in self._lines.get(queue_id, ())]

    def busy(self, queue_id: QueueId) -> int:
        """How many calls occupy an agent, wrap-ups apart."""
        return self._busy[queue_id]

    def tally(self, place: Place, now: Instant) -> Tally:
        """What the calls add to the figures of a queue's interval."""
        counts = self._counts.get(place)
        return Tally() if counts is None else counts.tally(now)

    def any_in(self, place: Place) -> bool:
        """Whether a call that was queued there is here, whatever it adds to the figures."""
        return place in self._counts

    # --- inside
    def _count(self, call: Call, until: Instant | None) -> None:
        """`until`: when it ended, None while it goes on."""
        self._uncount(call.call_id)
        zone = self._zones.get(call.counted_in)
        if zone is None:
            return
        place = Place(call.counted_in, interval_of(call.enqueued_at, self._length_min, zone))
        counts = self._counts.setdefault(place, _Counts())
        stay = stay_of_call(call, call.enqueued_at if until is None else until)
        t_ms = stay.threshold_ms if until is None and stay.undecided else None
        if t_ms is None:
            counts.settled[call.call_id] = tally_of(stay, self._short_s)
            counts.added = None
        else:
            insort(counts.waiting[t_ms], call.enqueued_at)
        self._counted[call.call_id] = place, t_ms, call.enqueued_at

    def _uncount(self, call_id: CallId) -> None:
        place, t_ms, queued_at = self._counted.pop(call_id, (None, None, None))
        if place is None or queued_at is None:
            return
        counts = self._counts[place]
        if t_ms is None:
            del counts.settled[call_id]
            counts.added = None
        else:
            queued = counts.waiting[t_ms]
            del queued[bisect_left(queued, queued_at)]
            if not queued:
                del counts.waiting[t_ms]
        if not (counts.waiting or counts.settled):
            del self._counts[place]


def _turn(call: Call) -> _Turn:
    return call.due_at, call.sequence, call.call_id, call
