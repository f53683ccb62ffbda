"""Records of calls that ended in the menu: written at once, or kept in memory while the database is away.

The engine's own records wait in its outbox; these calls never reached the engine. A caller must not wait for the
database at the goodbye, so a write that fails is tried again by a thread of its own. Calls that end while another's
record is being written are written together by the next: a hundred hang-ups a second must not be a hundred
transactions, for which SQLite lets its writers queue and its readers go without a connection.
"""

import queue
import threading
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from calls.record import CallRecord

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 10_000
"""A busy hour's calls of one machine, a few kilobytes each."""
RETRY_S: Final = 1.0


class ManyRecords(Protocol):
    """The database's records (database.records)."""

    def write_all(self, records: Sequence[CallRecord]) -> None:
        """Keep all of them or none; a second one of the same call changes nothing."""


class PatientRecords:
    """See acd.ports.Records. `away` is what `records` raises while its database cannot be reached."""

    def __init__(self, records: ManyRecords, away: type[Exception], retry_s: float = RETRY_S) -> None:
        self._records = records
        self._away = away
        self._retry_s = retry_s
        self._waiting: queue.Queue[CallRecord] = queue.Queue(MOST_WAITING)
        self.coming: list[CallRecord] = []
        """They wait for the one that is being written."""
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_late, name="records", daemon=True)
        self._thread.start()

    def write(self, record: CallRecord) -> None:
        """Returns when it is written or kept; a record beyond MOST_WAITING is lost and said so."""
        with self._lock:
            self.coming.append(record)
        with self._writing:  # whose record came meanwhile finds it written here
            with self._lock:
                records, self.coming = self.coming, []
            if records:
                self._write(records)

    def close(self, timeout_s: float = 5.0) -> None:
        """Try once more for those that wait; what the database does not take now is lost and said so."""
        self._stop.set()
        self._thread.join(timeout_s)
        if lost := self._waiting.qsize():
            log.error("records_lost", count=lost)

    def _write(self, records: Sequence[CallRecord]) -> None:
        try:
            self._records.write_all(records)
        except self._away:
            for record in records:
                self._keep(record)
        except Exception as fault:  # of one of them; the others' must not be lost with it
            if len(records) > 1:
                for record in records:
                    self._write([record])
            else:
                log.exception("record_refused", exc_info=False, call_id=records[0].call_id, fault=type(fault).__name__)

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
                self._records.write_all([record])
            except self._away:
                self._keep(record)
                return
