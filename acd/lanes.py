"""Waiting calls that may be offered now, in lanes. All calls of a lane are equal to `eligible`: its head is enough."""

from collections.abc import Iterator
from typing import NamedTuple

from acd.lazy_heap import LazyHeap
from acd.model import Call
from acd.policy import offerable
from calls.clock import Instant
from calls.ids import AgentId, CallId, QueueId
from staff.skills import Skills


class Lane(NamedTuple):
    """Waiting calls of one queue that need the same; `only` for this agent while their preference window is open."""

    queue_id: QueueId
    need: Skills
    only: AgentId | None = None


def lane_of(call: Call) -> Lane:
    return Lane(call.queue_id, call.need, call.preferred if call.preferred_until is not None else None)


Line = LazyHeap[CallId]
"""The calls of one lane by due time, then sequence."""


class Lanes:
    """`open` are the lanes of calls for any agent, `windows` by agent those of calls for this one only."""

    __slots__ = ("open", "windows")

    def __init__(self) -> None:
        self.open: dict[Lane, Line] = {}
        self.windows: dict[AgentId, dict[Lane, Line]] = {}

    def line(self, lane: Lane) -> Line | None:
        return self.open.get(lane) if lane.only is None else self.windows.get(lane.only, {}).get(lane)

    def all(self) -> Iterator[tuple[Lane, Line]]:
        yield from self.open.items()
        for lanes in self.windows.values():
            yield from lanes.items()

    def put(self, before: Call | None, call: Call, at: Instant) -> None:
        """The call is in its lane while it may be offered, and in no other."""
        lane = lane_of(call)
        if before is not None and (left := lane_of(before)) != lane:
            self.leave(left, call.call_id)
        if call.paused_until is not None or not offerable(call, at):
            self.leave(lane, call.call_id)
            return
        lanes = self.open if lane.only is None else self.windows.setdefault(lane.only, {})
        line = lanes.get(lane)
        if line is None:
            line = lanes[lane] = LazyHeap()
        if call.call_id not in line or (before is not None and before.due_at != call.due_at):
            line.put(call.call_id, (call.due_at, call.sequence))

    def leave(self, lane: Lane, call_id: CallId) -> None:
        lanes = self.open if lane.only is None else self.windows.get(lane.only, {})
        line = lanes.get(lane)
        if line is None:
            return
        line.drop(call_id)
        if not line:
            del lanes[lane]
            if lane.only is not None and not lanes:
                del self.windows[lane.only]
