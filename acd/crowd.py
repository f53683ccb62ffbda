"""How many callers are held: by queue, in all, and how many calls each caller's number has. Counts only, O(1) a change.

Held = on a hold line: waiting, or an agent's telephone rings for it. A callback whose customer has not been reached
holds no line; it is found by the customer's number.
"""

from collections import Counter
from typing import Final

from acd.model import Call, CallState
from calls.ids import CallId, QueueId
from calls.numbers import PhoneNumber

_HELD: Final = frozenset({CallState.WAITING, CallState.OFFERED, CallState.CONNECTING})


class Crowd:
    """`held` are the calls on hold lines of each queue, in the order of their coming."""

    def __init__(self) -> None:
        self.held: dict[QueueId, dict[CallId, None]] = {}
        self.lines = 0
        self.numbers: Counter[PhoneNumber] = Counter()
        self.promised: dict[PhoneNumber, CallId] = {}

    def put(self, before: Call | None, call: Call | None) -> None:
        """Count a call that has changed from `before`; None: it is not, or no longer, on the floor."""
        was, is_now = _queue_held(before), _queue_held(call)
        if was != is_now:
            if before is not None and was is not None:
                self._let_go(was, before.call_id)
            if call is not None and is_now is not None:
                self.held.setdefault(is_now, {})[call.call_id] = None
                self.lines += 1
        if before is not None and before.callback is not None and before.promised:
            self.promised.pop(before.callback.number, None)
        if call is not None and call.callback is not None and call.promised:
            self.promised[call.callback.number] = call.call_id
        had, has = _number_counted(before), _number_counted(call)
        if had != has:
            if has is not None:
                self.numbers[has] += 1
            if had is not None:
                self.numbers[had] -= 1
                if not self.numbers[had]:
                    del self.numbers[had]

    def in_queue(self, queue_id: QueueId) -> int:
        return len(self.held.get(queue_id, ()))

    def _let_go(self, queue_id: QueueId, call_id: CallId) -> None:
        held = self.held[queue_id]
        del held[call_id]
        self.lines -= 1
        if not held:
            del self.held[queue_id]


def _queue_held(call: Call | None) -> QueueId | None:
    return call.queue_id if call is not None and call.state in _HELD and not call.promised else None


def _number_counted(call: Call | None) -> PhoneNumber | None:
    """The caller's number of a call that waits or talks."""
    counted = call is not None and not call.promised and (call.state in _HELD or call.state is CallState.TALKING)
    return call.facts.caller_number if call is not None and counted else None
