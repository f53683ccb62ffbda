"""A call that ended in the menu is recorded once the database is back; nobody waits for it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from callcentre.patient_records import PatientRecords
from calls.clock import Instant
from calls.ids import CallId, ContactId, NodeId
from calls.journey import CallFacts
from calls.record import CallOutcome, CallRecord
from tests.kit.waiting import eventually_sync


class Away(Exception):
    """The test's database is away."""


@dataclass
class Database:
    away: bool = False
    written: list[CallRecord] = field(default_factory=list)

    busy: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)
    batches: list[int] = field(default_factory=list)
    refused: CallRecord | None = None

    def __post_init__(self) -> None:
        self.free.set()

    def write_all(self, records: Sequence[CallRecord]) -> None:
        self.busy.set()
        assert self.free.wait(5)
        if self.away:
            raise Away
        if self.refused in records:
            raise ValueError
        self.batches.append(len(records))
        self.written += records


def record(number: int) -> CallRecord:
    call_id = f"01900000-0000-7000-8000-{number:012x}"
    return CallRecord(
        CallId(call_id),
        ContactId(call_id),
        NodeId("one"),
        CallOutcome.LEFT_IN_MENU,
        CallFacts(),
        Instant(1),
        Instant(2),
    )


def test_written_at_once_when_the_database_is_there() -> None:
    database = Database()
    records = PatientRecords(database, Away, retry_s=0.01)
    records.write(record(1))
    assert database.written == [record(1)]
    records.close()


def test_kept_in_order_while_it_is_away() -> None:
    database = Database(away=True)
    records = PatientRecords(database, Away, retry_s=0.01)
    for number in range(20):
        records.write(record(number))
    assert database.written == []
    database.away = False
    eventually_sync(lambda: len(database.written) == 20, 5, "all records are written")
    assert {one.call_id for one in database.written} == {record(n).call_id for n in range(20)}
    records.close()


def test_closing_tries_once_more() -> None:
    database = Database(away=True)
    records = PatientRecords(database, Away, retry_s=60)
    records.write(record(1))
    database.away = False
    records.close()
    assert database.written == [record(1)]


def written_while_one_is(database: Database, records: PatientRecords) -> None:
    """Record 0 is under way while 1 to 9 come; all have returned then."""
    database.free.clear()
    threads = [threading.Thread(target=records.write, args=(record(number),)) for number in range(10)]
    threads[0].start()
    assert database.busy.wait(5)
    for thread in threads[1:]:
        thread.start()
    eventually_sync(lambda: len(records.coming) == 9, 5, "nine have come")
    database.free.set()
    for thread in threads:
        thread.join(5)
    records.close()


def test_those_that_come_while_one_is_written_are_written_together() -> None:
    database = Database()
    written_while_one_is(database, PatientRecords(database, Away))
    assert database.batches == [1, 9]
    assert {one.call_id for one in database.written} == {record(n).call_id for n in range(10)}


def test_one_that_the_database_refuses_takes_no_other_with_it() -> None:
    database = Database(refused=record(5))
    written_while_one_is(database, PatientRecords(database, Away))
    assert {one.call_id for one in database.written} == {record(n).call_id for n in range(10) if n != 5}
