"""A call that ended in the menu is recorded once the database is back; nobody waits for it."""

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

    def write(self, record: CallRecord) -> None:
        if self.away:
            raise Away
        self.written.append(record)


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
