"""The figures of the glossary on small days that were worked out by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.events import AgentLegEnded, AgentNotReady, AgentSignedOut, LegEnd
from acd.intervals import Interval
from acd.metrics import (
    EMPTY,
    MenuTally,
    Place,
    Stay,
    Tally,
    Variant,
    by_interval,
    menu_tally_of,
    stay_of_call,
    stay_of_record,
    tally_of,
)
from acd.model import Call, CallState, Detour
from acd.queues import Cause
from acd.staff_time import Spent, StaffTime, spent_by
from calls.clock import Instant, after
from calls.ids import AgentId, ContactId, NodeId, QueueId
from calls.journey import CallFacts
from calls.record import CallOutcome, CallRecord
from calls.refusal import Why
from tests.kit.floors import REPAIRS, SALES, Day, call_id, leg
from tests.unit.test_acd_intervals import at

GENERAL, URGENT = QueueId("general"), QueueId("urgent")
MOSCOW, EKATERINBURG = "Europe/Moscow", "Asia/Yekaterinburg"
ZONES = {GENERAL: MOSCOW, URGENT: EKATERINBURG}
NINE = at("2026-11-23 09:00")


def record(
    number: int,
    queued: Instant = NINE,
    *,
    queue: QueueId = GENERAL,
    wait_s: float = 10,
    outcome: CallOutcome = CallOutcome.ABANDONED,
    talk_s: float | None = None,
    hold_s: float = 0,
    wrap_up_s: float = 0,
    target_s: int = 20,
) -> CallRecord:
    """A call that waited; with `talk_s` it was answered then (hold is inside of the talk's time on the line)."""
    left = after(queued, wait_s)
    base = CallRecord(
        call_id=call_id(number),
        contact_id=ContactId(call_id(number)),
        node=NodeId("node-1"),
        outcome=outcome if talk_s is None else CallOutcome.ANSWERED,
        facts=CallFacts(),
        arrived_at=after(queued, -30),
        ended_at=left,
        queue_id=queue,
        target_s=target_s,
        enqueued_at=queued,
    )
    if talk_s is None:
        return base
    over = after(left, talk_s + hold_s)
    return replace(
        base,
        ended_at=over,
        agent_id=AgentId("kim"),
        answered_at=left,
        talk_ended_at=over,
        hold_ms=round(hold_s * 1000),
        wrap_up_ended_at=after(over, wrap_up_s),
    )


def tally(*records: CallRecord) -> Tally:
    stays = [stay for one in records if (stay := stay_of_record(one)) is not None]
    return sum((tally_of(stay) for stay in stays), EMPTY)


def small_day() -> Tally:
    """T = 20 s. Answered after 5, 20, 45 and 0 s; abandoned after 12, 60 and 3 s; the menu served one after 30 s; a
    callback after 40 s; one overflowed after 90 s; one closed; one blocked."""
    return tally(
        record(1, wait_s=5, talk_s=100, hold_s=20, wrap_up_s=30),
        record(2, wait_s=20, talk_s=200, wrap_up_s=10),
        record(3, wait_s=45, talk_s=60, wrap_up_s=0),
        record(4, wait_s=0, talk_s=80, wrap_up_s=20),
        record(5, wait_s=12),
        record(6, wait_s=60),
        record(7, wait_s=3),
        record(8, wait_s=30, outcome=CallOutcome.SELF_SERVED_WAITING),
        record(9, wait_s=40, outcome=CallOutcome.CALLBACK),
        record(10, wait_s=90, outcome=CallOutcome.OVERFLOWED),
        replace(record(11, wait_s=0, outcome=CallOutcome.REFUSED), cause=Cause.CLOSED.value),
        replace(record(12, wait_s=0, outcome=CallOutcome.REFUSED), cause=Cause.FULL.value),
    )


def test_a_small_day_by_hand() -> None:
    day = small_day()
    assert day.offered == 9  # 4 answered, 2 abandoned, 1 served by the menu, 1 callback, 1 overflowed
    assert (day.answered, day.inside) == (4, 3)  # 5, 20 (inclusive) and 0 s
    assert (day.abandoned, day.abandoned_inside, day.short_abandoned) == (2, 1, 1)
    assert (day.self_served, day.callbacks, day.overflowed, day.refused, day.blocked) == (1, 1, 1, 2, 1)
    assert day.asa_s == (5 + 20 + 45 + 0) / 4
    assert day.handled == 4
    assert day.aht_s == (150 + 210 + 60 + 100) / 4  # the first: 100 talk + 20 hold + 30 wrap-up
    assert day.abandonment == 2 / 9
    assert day.longest_wait_s == 90


def test_each_service_level_by_its_name() -> None:
    day = small_day()
    assert day.service_level() == day.service_level(Variant.OVER_OFFERED) == 3 / 9
    assert day.service_level(Variant.OVER_ANSWERED) == 3 / 4
    assert day.service_level(Variant.ABANDONED_INSIDE) == (3 + 1) / 9
    assert day.service_level(Variant.ABANDONED_LEFT_OUT) == 3 / 8


def test_without_calls_there_are_no_figures() -> None:
    assert [EMPTY.service_level(variant) for variant in Variant] == [None] * 4
    assert (EMPTY.asa_s, EMPTY.aht_s, EMPTY.abandonment) == (None, None, None)


def test_a_threshold_set_apart_from_the_target_decides() -> None:
    late = record(1, wait_s=25, talk_s=60)
    assert tally(late).inside == 0
    assert tally(replace(late, threshold_s=30)).inside == 1


def test_a_callback_is_offered_once_and_its_talk_is_handled() -> None:
    left = record(1, wait_s=40, outcome=CallOutcome.CALLBACK)
    rung = replace(record(2, wait_s=600, talk_s=100, wrap_up_s=20), contact_id=ContactId(left.call_id))
    both = tally(left, rung)
    assert (both.offered, both.answered, both.callbacks, both.handled) == (1, 0, 1, 1)
    assert both.aht_s == 120


def test_a_rescued_call_is_offered_once_and_answered() -> None:
    rescued = replace(record(1, wait_s=15, talk_s=60), outcome=CallOutcome.RESCUED)
    day = tally(rescued)
    assert (day.offered, day.answered, day.inside, day.rescued) == (1, 1, 1, 1)


def test_a_call_that_lost_its_agent_keeps_its_first_answer() -> None:
    """Answered after 10 s, lost its agent, gave up in the second wait: answered inside, not abandoned."""
    lost = replace(record(1, wait_s=10, talk_s=30), outcome=CallOutcome.ANSWERED, talk_ended_at=None)
    day = tally(lost)
    assert (day.answered, day.inside, day.abandoned, day.handled) == (1, 1, 0, 0)


def test_what_never_entered_a_queue_is_no_stay() -> None:
    assert stay_of_record(replace(record(1), queue_id=None, enqueued_at=None)) is None


# --- live calls
def waiting(number: int, queued: Instant, **more: object) -> Call:
    base = Call(call_id(number), GENERAL, frozenset(), 0, queued, queued, 20, leg(number), CallFacts())
    return replace(base, **more)  # type: ignore[arg-type] # fields of a test's call


def test_who_waits_inside_t_is_pending_and_then_decided() -> None:
    call = waiting(1, NINE)
    inside, broken = (tally_of(stay_of_call(call, after(NINE, wait))) for wait in (20, 20.001))
    assert (inside.offered, inside.pending, inside.service_level()) == (1, 1, None)
    assert (broken.offered, broken.pending, broken.service_level()) == (1, 0, 0.0)


def test_a_talk_that_goes_on_counts_as_answered_and_not_yet_handled() -> None:
    call = waiting(1, NINE, answered_at=after(NINE, 8), state=CallState.TALKING)
    day = tally_of(stay_of_call(call, after(NINE, 400)))
    assert (day.offered, day.answered, day.inside, day.asa_s, day.handled) == (1, 1, 1, 8.0, 0)


@pytest.mark.parametrize(("why", "refused"), [(Why.FULL, True), (Why.CLOSED, True), (Why.LATE, False)])
def test_who_hears_why_there_is_no_place_is_refused_already(why: Why, refused: bool) -> None:
    call = waiting(1, NINE, state=CallState.DIVERTED, detour=Detour(told=1, why=why))
    day = tally_of(stay_of_call(call, after(NINE, 5)))
    assert (day.refused, day.offered) == ((1, 0) if refused else (0, 1))
    assert day.blocked == (why is Why.FULL)


def test_the_engine_offers_a_returned_call_once() -> None:
    """Rung twice (the first agent did not answer), talked, over: one record, one offer of the queue's."""
    day = Day(replace(SALES, threshold_s=40), REPAIRS)
    first, second = day.agent_ready("adams"), day.agent_ready("brown")
    call = day.queued(1)
    rung = day.offer_of(call).agent_id
    day.wait(16)
    assert {rung, day.offer_of(call).agent_id} == {first, second}
    day.wait(9)
    day.connected(call)
    live = tally_of(stay_of_call(day.call(call), day.now))
    assert (live.offered, live.answered, live.inside, live.waits_ms) == (1, 1, 1, 25_000)
    assert day.call(call).threshold_s == 40


# --- intervals
def test_a_call_belongs_to_the_interval_it_was_queued_in() -> None:
    """Queued at 09:29:50 and answered in the next half-hour; queued at the very end of it."""
    early, at_end = at("2026-11-23 09:29:50"), at("2026-11-23 09:30")
    found = by_interval(
        filter(
            None, map(stay_of_record, (record(1, early, wait_s=30, talk_s=600), record(2, at_end, wait_s=1, talk_s=9)))
        ),
        30,
        ZONES,
    )
    assert {place.interval.start: figures.inside for place, figures in found.items()} == {NINE: 0, at_end: 1}


def test_over_midnight_and_in_two_zones() -> None:
    """23:50 and 00:10 in Moscow; the other queue's clock is two hours ahead: 01:50 and 02:10 of one day."""
    moments = (at("2026-11-23 23:50"), at("2026-11-24 00:10"))
    records = [
        record(10 * n + m, moment, queue=queue) for n, queue in enumerate(ZONES) for m, moment in enumerate(moments)
    ]
    found = by_interval(filter(None, map(stay_of_record, records)), 60, ZONES)
    starts = {
        queue: [place.interval.start for place in found if place.queue_id == queue] for queue in ZONES
    }  # fmt: skip
    assert starts[GENERAL] == [at("2026-11-23 23:00"), at("2026-11-24 00:00")]
    assert starts[URGENT] == [at("2026-11-24 01:00", EKATERINBURG), at("2026-11-24 02:00", EKATERINBURG)]


def test_over_the_nights_in_which_clocks_are_changed() -> None:
    berlin = {GENERAL: "Europe/Berlin"}
    skipped = [at("2026-03-29 01:59", "Europe/Berlin"), at("2026-03-29 03:00", "Europe/Berlin")]
    twice = [at("2026-10-25 02:10", "Europe/Berlin"), at("2026-10-25 02:10", "Europe/Berlin", fold=1)]
    for moments, apart_ms in ((skipped, 3_600_000), (twice, 3_600_000)):
        records = [record(n, moment, wait_s=8) for n, moment in enumerate(moments)]
        found = by_interval(filter(None, map(stay_of_record, records)), 60, berlin)
        starts = [place.interval.start for place in found]
        assert [figures.abandoned for figures in found.values()] == [1, 1]
        assert starts[1] - starts[0] == apart_ms


def test_a_place_is_a_queue_and_its_interval() -> None:
    stay = stay_of_record(record(1))
    assert stay is not None
    (place,) = by_interval([stay], 15, ZONES)
    assert place == Place(GENERAL, Interval(NINE, after(NINE, 900)))


@given(
    st.lists(
        st.builds(
            Stay,
            queue_id=st.just(GENERAL),
            enqueued_at=st.integers(0, 10**7).map(Instant),
            threshold_ms=st.just(20_000),
            wait_ms=st.integers(0, 100_000),
            answered=st.booleans(),
            outcome=st.sampled_from([None, *CallOutcome]),
            again=st.booleans(),
            handle_ms=st.none() | st.integers(0, 10**6),
        )
    )
)
def test_figures_of_parts_add_up_and_stay_in_their_bounds(stays: list[Stay]) -> None:
    whole = sum((tally_of(stay) for stay in stays), EMPTY)
    parts = sum(by_interval(stays, 30, ZONES).values(), EMPTY)
    assert parts == whole
    assert whole.inside <= whole.answered <= whole.offered
    assert whole.pending + whole.answered + whole.abandoned <= whole.offered
    for variant in Variant:
        level = whole.service_level(variant)
        assert level is None or 0 <= level <= 1


# --- the self-service
def test_containment_and_deflection() -> None:
    facts = CallFacts().with_step(NINE, "outage", "house", "concerned")
    base = replace(record(1), queue_id=None, enqueued_at=None, outcome=CallOutcome.SELF_SERVED)
    calls = [
        base,
        replace(base, facts=facts),
        replace(base, facts=facts, outcome=CallOutcome.LEFT_IN_MENU),
        replace(base, outcome=CallOutcome.LEFT_IN_MENU),
        replace(record(2), facts=facts),
        record(3, talk_s=60),
        replace(record(4, talk_s=60), contact_id=ContactId(call_id(3))),
    ]
    found = sum(map(menu_tally_of, calls), MenuTally())
    assert (found.calls, found.contained, found.deflected) == (6, 2, 2)
    assert (found.containment, found.deflection) == (2 / 6, 2 / 6)


# --- agents
def test_occupancy_and_utilisation_by_hand() -> None:
    """An hour: 30 min busy, 15 ready and idle, 15 in a pause."""
    spent = StaffTime().with_spent(Spent.BUSY, 1_800_000).with_spent(Spent.IDLE, 900_000)
    spent += StaffTime().with_spent(Spent.AWAY, 900_000).with_spent(Spent.OUT, 900_000)
    assert spent.occupancy == 30 / 45
    assert spent.utilisation == 30 / 60
    assert StaffTime().occupancy is None


@pytest.mark.parametrize("state", ["ready", "ringing", "talking", "wrap_up", "pause", "out"])
def test_what_an_agents_moment_counts_as(state: str) -> None:
    day = Day(SALES)
    agent = day.agent_ready("kim")
    wanted = {"ready": Spent.IDLE, "ringing": Spent.IDLE, "talking": Spent.BUSY, "wrap_up": Spent.BUSY}
    if state in {"ringing", "talking", "wrap_up"}:
        call = day.queued(1)
        if state != "ringing":
            offer = day.connected(call)
        if state == "wrap_up":
            day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    if state in {"pause", "out"}:
        day.tell(AgentNotReady(agent, "lunch") if state == "pause" else AgentSignedOut(agent))
    assert spent_by(day.agent(agent)) is wanted.get(state, Spent.AWAY if state == "pause" else Spent.OUT)
