"""The monitor's calls by place: whatever comes in whatever order, they tell what a walk over all calls would tell."""

from collections import defaultdict
from dataclasses import replace
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from acd.intervals import interval_of
from acd.metrics import SHORT_ABANDON_S, Place, Stay, Tally, stay_of_call, tally_of, tally_of_waiting
from acd.model import Call, CallState, Detour
from acd.monitor.live import SERVED, WAITING, LiveCalls
from acd.queues import Queue
from calls.callback import Callback
from calls.clock import Instant, after
from calls.ids import CallId, ContactId, QueueId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.refusal import Why
from tests.kit.floors import REPAIRS, SALES, START, call_id, leg

LENGTH_MIN: Final = 15
GONE: Final = QueueId("gone")
"""No such queue is in the settings."""
CALLS: Final = 6


REFUSED: Final = Detour(told=1, why=Why.FULL)


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """One of few calls as the engine may tell of it, queued within an hour around `START`."""
    number = draw(st.integers(1, CALLS))
    queued = after(START, draw(st.integers(-1800, 1800)))
    queue = draw(st.sampled_from((SALES.queue_id, REPAIRS.queue_id, GONE)))
    priority_s = draw(st.sampled_from((0, 60)))
    call = Call(call_id(number), queue, frozenset(), priority_s, queued, queued, 20, leg(number), CallFacts())
    promise = Callback(
        call.call_id, ContactId(call.call_id), queue, PhoneNumber("+73060000001"), call.facts, frozenset(), 0,
        queued, queued, queued, call.leg.node,
    )  # fmt: skip
    return replace(
        call,
        state=draw(st.sampled_from(tuple(CallState))),
        threshold_s=draw(st.sampled_from((None, 20, 45))),
        answered_at=draw(st.sampled_from((None, after(queued, 7), after(queued, 70)))),
        entered_queue=draw(st.sampled_from((None, SALES.queue_id))),
        detour=draw(st.sampled_from((Detour(), REFUSED))),
        callback=draw(st.sampled_from((None, promise))),
        sequence=draw(st.integers(0, 3)),
    )


steps = st.one_of(
    st.tuples(st.just("put"), calls()),
    st.tuples(st.just("end"), calls()),
    st.tuples(st.just("drop"), st.integers(1, CALLS).map(call_id)),
    st.tuples(st.just("queue"), st.sampled_from((SALES, replace(SALES, zone="Asia/Kathmandu"), REPAIRS))),
    st.tuples(st.just("no queue"), st.sampled_from((SALES.queue_id, REPAIRS.queue_id))),
)


class Walked:
    """The same by walking over everything at every question."""

    def __init__(self) -> None:
        self.calls: dict[CallId, Call] = {}
        self.ended: dict[CallId, tuple[Call, Instant]] = {}
        self.queues: dict[QueueId, Queue] = {}

    def tallies(self, now: Instant) -> dict[Place, Tally]:
        found: defaultdict[Place, Tally] = defaultdict(Tally)
        for call, until in (*((call, now) for call in self.calls.values()), *self.ended.values()):
            queue = self.queues.get(call.counted_in)
            if queue is not None:
                place = Place(queue.queue_id, interval_of(call.enqueued_at, LENGTH_MIN, queue.zone))
                found[place] += tally_of(stay_of_call(call, until))
        return dict(found)

    def waiting(self, queue_id: QueueId) -> list[Call]:
        mine = (call for call in self.calls.values() if call.queue_id == queue_id and not call.promised)
        return sorted(
            (call for call in mine if call.state in WAITING), key=lambda one: (one.due_at, one.sequence, one.call_id)
        )

    def busy(self, queue_id: QueueId) -> int:
        mine = (call for call in self.calls.values() if call.queue_id == queue_id and not call.promised)
        return sum(call.state in SERVED for call in mine)


@given(st.lists(st.tuples(steps, st.integers(-60, 2400)), max_size=30))
def test_it_tells_what_a_walk_over_all_calls_tells(told: list[tuple[tuple[str, Any], int]]) -> None:
    live, walked = LiveCalls(LENGTH_MIN, SHORT_ABANDON_S), Walked()
    places = set[Place]()
    for queue in (SALES, REPAIRS):
        live.put_queue(queue.queue_id, queue)
        walked.queues[queue.queue_id] = queue
    for (what, one), at_s in told:
        now = after(START, at_s)
        match what:
            case "put":
                live.put(one)
                walked.ended.pop(one.call_id, None)
                walked.calls[one.call_id] = one
            case "end":
                live.end(one, now)
                walked.calls.pop(one.call_id, None)
                walked.ended[one.call_id] = one, now
            case "drop":
                live.drop(one)
                walked.calls.pop(one, None)
                walked.ended.pop(one, None)
            case "queue":
                live.put_queue(one.queue_id, one)
                walked.queues[one.queue_id] = one
            case _:
                live.put_queue(one, None)
                walked.queues.pop(one, None)
        expected = walked.tallies(now)
        places |= expected.keys()
        assert {place: live.tally(place, now) for place in places} == {
            place: expected.get(place, Tally()) for place in places
        }
        assert {place for place in places if live.any_in(place)} == expected.keys()
        for queue_id in (SALES.queue_id, REPAIRS.queue_id, GONE):
            assert live.waiting(queue_id) == walked.waiting(queue_id)
            assert live.busy(queue_id) == walked.busy(queue_id)


@given(st.lists(st.integers(-100, 100), min_size=1).map(sorted), st.integers(0, 60), st.integers(-50, 150))
def test_those_who_wait_by_one_bisection(queued_s: list[int], threshold_s: int, now_s: int) -> None:
    queued, now = [after(START, one) for one in queued_s], after(START, now_s)
    stays = [Stay(GONE, at, threshold_s * 1000, max(0, now - at), answered=False, outcome=None) for at in queued]
    assert all(stay.undecided for stay in stays)
    assert tally_of_waiting(queued, threshold_s * 1000, now) == Tally.total(map(tally_of, stays))
