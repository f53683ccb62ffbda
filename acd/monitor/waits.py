"""The law of each waiting caller's wait, from the same walk along the line that callers are told of (acd.estimates).

A floor of the engine's own kind is kept beside the picture: its indices know which agents serve whom, over all queues.
Nothing is decided on it. Pure: time is an argument.
"""

from collections.abc import Collection
from typing import Final

from acd.change import FloorChange
from acd.estimates import estimates
from acd.floor import Floor
from acd.monitor.habits import Habits
from acd.pace import ARRIVALS_FORGET_MS, Pace
from acd.wait_law import Wait
from calls.clock import Instant
from calls.ids import CallId, QueueId

LONG_AGO: Final = Instant(1)
"""An arrival rate that is known, not still being counted."""


class Waits:
    def __init__(self) -> None:
        self._floor = Floor()

    def changed(self, change: FloorChange, at: Instant) -> None:
        floor = self._floor
        floor.at = at
        for queue_id, queue in change.queues.items():
            if queue is not None:
                floor.put_queue(queue)
            elif queue_id in floor.queues:
                floor.drop_queue(queue_id)
        for agent in change.agents.values():
            floor.put_agent(agent, at)
        for call_id, call in change.calls.items():
            if call is not None:
                floor.put_call(call)
            elif call_id in floor.calls:
                floor.drop_call(call_id)
        floor.take_changes()

    def usual(self, queue_id: QueueId, habits: Habits, rate: float, lead_s: float, now: Instant) -> None:
        """What the queue's calls are like, and how many are expected: calls a second, due `lead_s` after they come."""
        self._floor.put_pace(
            Pace(
                queue_id,
                handled=habits.handled,
                cycle_s=habits.aht_s,
                at=now,
                abandoned=habits.abandoned,
                waited_s=habits.waited_s,
                arrived=rate * ARRIVALS_FORGET_MS / 1000,
                arrived_at=now,
                first_at=LONG_AGO,
                lead_s=lead_s,
            )
        )
        self._floor.take_changes()

    def of(self, calls: Collection[CallId], now: Instant) -> dict[CallId, Wait]:
        """Of those that wait and that agents serve; without a call's own queue having shown enough there is none."""
        found = estimates(self._floor, calls, now)
        return {call_id: estimate.wait for call_id, estimate in found.items() if estimate.wait is not None}
