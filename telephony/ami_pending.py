"""The actions that wait for Asterisk's answer. Bounded; every one ends, by its answer or with the link."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

from telephony.ami_errors import LinkLost
from telephony.ami_packet import Packet

LIST_LIMIT = 100_000
"""Most rows of one list action."""
PENDING_LIMIT = 1000
"""Most actions that wait for an answer at once."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One action: waits for its answer, or for the rows of its list up to the event `complete`."""

    complete: str | None = None
    done: Future[list[Packet]] = field(default_factory=Future)
    rows: list[Packet] = field(default_factory=list)


class Pending:
    """Used by senders and the reader at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Waiting] = {}
        self._lists = 0

    @property
    def lists_open(self) -> bool:
        """Whether somebody waits for rows: then events of any name may be rows."""
        return self._lists > 0

    def expect(self, action_id: str, waiting: Waiting) -> None:
        """Raises LinkLost when too many wait already."""
        with self._lock:
            if len(self._waiting) >= PENDING_LIMIT:
                raise LinkLost("Asterisk does not keep up with our actions. See its load.")
            self._waiting[action_id] = waiting
            self._lists += waiting.complete is not None

    def forget(self, action_id: str) -> Waiting | None:
        with self._lock:
            waiting = self._waiting.pop(action_id, None)
            self._lists -= waiting is not None and waiting.complete is not None
            return waiting

    def take(self, packet: Packet) -> bool:
        """Whether the packet belonged to a waiting action. Raises OverflowError for a list without end."""
        action_id = packet["ActionID"]
        waiting = self._waiting.get(action_id)
        if waiting is None:
            return False
        if packet.is_event and packet.kind != waiting.complete:
            if len(waiting.rows) >= LIST_LIMIT:
                raise OverflowError
            waiting.rows.append(packet)
        elif packet.is_event:
            self._finish(action_id, waiting.rows)
        elif waiting.complete is None or packet.kind == "Error":
            self._finish(action_id, [packet])
        return True

    def fail(self, reason: str) -> None:
        """End all that wait with LinkLost."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._lists = 0
        for each in waiting.values():
            each.done.set_exception(LinkLost(reason))

    def _finish(self, action_id: str, result: list[Packet]) -> None:
        waiting = self.forget(action_id)
        if waiting is not None:
            waiting.done.set_result(result)
