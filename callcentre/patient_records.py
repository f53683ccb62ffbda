"""Records of calls that ended in the menu: written at once, or kept in memory while the database is away.

The engine's own records wait in its outbox; these calls never reached the engine. A caller must not wait for the
database at the goodbye, so a write that fails is tried again by a thread of its own.
"""

import queue
import threading
from typing import Final

import structlog

from acd.ports import Records
from calls.record import CallRecord

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 10_000
"""A busy hour's calls of one machine, a few kilobytes each."""
RETRY_S: Final = 1.0


class PatientRecords:
    """See acd.ports.Records. `away` is what `records` raises while its database cannot be reached."""

    def __init__(self, records: Records, away: type[Exception], retry_s: float = RETRY_S) -> None:
        self._records = records
        self._away = away
        self._retry_s = retry_s
        self._waiting: queue.Queue[CallRecord] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_late, name="records", daemon=True)
        self._thread.start()

    def write(self, record: CallRecord) -> None:
        """Never raises; a record beyond MOST_WAITING is lost and said so."""
        try:
            self._records.write(record)
        except self._away:
            self._keep(record)

    def close(self, timeout_s: float = 5.0) -> None:
        """Try once more for those that wait; what the database does not take now is lost and said so."""
        self._stop.set()
        self._thread.join(timeout_s)
        if lost := self._waiting.qsize():
            log.error("records_lost", count=lost)

    def _keep(self, record: CallRecord) -> None:
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            log.error("record_lost", call_id=record.call_id)

    def _write_late(self) -> None:
        while not self._stop.wait(self._retry_s):
            self._write_waiting()
        self._write_waiting()

    def _write_waiting(self) -> None:
        for _ in range(self._waiting.qsize()):
            record = self._waiting.get()
            try:
                self._records.write(record)
            except self._away:
                self._keep(record)
                return
