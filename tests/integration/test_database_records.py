"""Call records over both databases: written once, read back equal."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from calls.clock import after
from calls.ids import AgentId, CallId, ContactId, NodeId, QueueId, new_call_id, offer_id
from calls.journey import CallFacts, Identification, Language
from calls.numbers import PhoneNumber
from calls.record import CallOutcome, CallRecord, OfferRecord, OfferResult
from calls.transfer import Target, TargetKind, TransferRecord, TransferWay
from database.engine import DatabaseUnavailable, Engine, reading
from database.records import DatabaseRecords
from database.tables import OfferRow
from tests.kit.databases import NOW


def answered(call: CallId, seconds: int = 0) -> CallRecord:
    """A call that two agents were offered and the second answered."""
    start = after(NOW, seconds)
    facts = CallFacts(
        caller_number=PhoneNumber("+73060000170"),
        dialled="88000000000",
        language=Language.EN,
        identification=Identification.VERIFIED,
        account="4401220170",
        accounts=("4401220170", "4401220188"),
        topic="balance",
    ).with_step(start, "identify", "account", "verified")
    return CallRecord(
        call_id=call,
        contact_id=ContactId(call),
        node=NodeId("node-1"),
        outcome=CallOutcome.ANSWERED,
        facts=facts.with_step(after(start, 5), "balance", "agent", "queued"),
        arrived_at=start,
        ended_at=after(start, 95),
        queue_id=QueueId("general"),
        priority_s=-30,
        target_s=20,
        enqueued_at=after(start, 6),
        offers=(
            OfferRecord(offer_id(call, 1), AgentId("kim"), after(start, 6), after(start, 21), OfferResult.NO_ANSWER),
            OfferRecord(offer_id(call, 2), AgentId("zueva"), after(start, 21), after(start, 23), OfferResult.ANSWERED),
        ),
        agent_id=AgentId("zueva"),
        answered_at=after(start, 23),
        talk_ended_at=after(start, 95),
        hold_ms=4_321,
        wrap_up_ended_at=after(start, 120),
        transfers=(
            TransferRecord(after(start, 90), AgentId("kim"), TransferWay.ATTENDED, Target(TargetKind.QUEUE, "billing")),
        ),
        settings_version=7,
        threshold_s=30,
        cause="late",
    )


def in_menu(call: CallId) -> CallRecord:
    return CallRecord(
        call, ContactId(call), NodeId("n"), CallOutcome.SELF_SERVED, CallFacts(), NOW, after(NOW, 9)
    )  # fmt: skip


def test_a_record_comes_back_equal(engine: Engine) -> None:
    records = DatabaseRecords(engine)
    full, empty = answered(new_call_id()), in_menu(new_call_id())
    records.write(full)
    records.write(empty)
    assert records.find(full.call_id) == full
    assert records.find(empty.call_id) == empty
    assert records.find(new_call_id()) is None


def test_a_second_record_of_the_same_call_changes_nothing(engine: Engine) -> None:
    records = DatabaseRecords(engine)
    first = answered(new_call_id())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(records.write, [first] * 8))
    records.write(replace(first, outcome=CallOutcome.ABANDONED, offers=first.offers * 2))
    assert records.find(first.call_id) == first
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.scalar(select(func.count()).select_from(OfferRow)) == 2


def test_a_call_cut_off_in_the_menu_is_told_by_its_later_record(engine: Engine) -> None:
    records = DatabaseRecords(engine)
    served = answered(new_call_id())
    records.write(in_menu(served.call_id))
    records.write(served)
    assert records.find(served.call_id) == served
    records.write(in_menu(served.call_id))
    assert records.find(served.call_id) == served


def test_the_newest_come_first_and_go_on_from_a_place(engine: Engine) -> None:
    records = DatabaseRecords(engine)
    calls = [answered(new_call_id(), seconds) for seconds in range(5)]
    for record in calls:
        records.write(record)
    newest = records.recent(2)
    assert newest == (calls[4], calls[3])
    assert records.recent(9, before=newest[-1].arrived_at) == (calls[2], calls[1], calls[0])
    assert records.of_account("4401220170", 3) == (calls[4], calls[3], calls[2])
    assert records.of_account("\0") == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dialled=st.text(st.characters(exclude_categories=[])), topic=st.text(), outcome=st.text())
def test_any_text_on_the_line_is_kept(engine: Engine, dialled: str, topic: str, outcome: str) -> None:
    records, call = DatabaseRecords(engine), new_call_id()
    facts = CallFacts(dialled=dialled, topic=topic).with_step(NOW, "welcome", topic, outcome)
    records.write(replace(in_menu(call), facts=facts))
    found = records.find(call)
    assert found is not None
    clean = "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in dialled)
    assert found.facts.dialled == clean
    assert found.facts.journey == facts.journey
