"""The monitor's picture beside the real engine: figures of a small day by hand, gaps, intervals, staffing."""

from dataclasses import replace

import pytest

from acd.alerts import AlertBook, AlertCleared, AlertKind, AlertRaised, Subject
from acd.events import AgentLegEnded, AgentNotReady, AgentSignedOut, CallerLeft, LegEnd, QueuesChanged, WrapUpEnded
from acd.figures import Band
from acd.metrics import Tally, stay_of_record
from acd.monitor.expected import Expected
from acd.monitor.habits import FIRST_AHT_S, Habits
from acd.monitor.readings import House, appeals_reading, house_readings, pin_readings, queue_readings
from acd.queues import Hours, Queue, Ring, Span
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId
from customers.appeals import Late
from customers.attempts import HouseTries, Standing, Watched
from tests.kit.floors import REPAIRS, SALES, START, call_id
from tests.kit.watched_day import WatchedDay
from tests.unit.test_acd_metrics import record

BOTH = Queue(QueueId("both"), "Both", 20, frozenset({"sales"}), wrap_up_s=30)


def served(day: WatchedDay, number: int, *, wait_s: float, talk_s: float, wrap_up_s: float) -> None:
    """A call that waits for the one agent, is talked to and recorded."""
    call = day.queued(number)
    day.wait(wait_s)
    offer = day.connected(call)
    agent = day.call(call).agent_id
    day.wait(talk_s)
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    day.wait(wrap_up_s)
    if wrap_up_s < 30 and agent is not None:
        day.tell(WrapUpEnded(agent))


def test_a_small_day_by_hand() -> None:
    """T = 20 s. One answered after 5 s (100 s of talk, 10 s of wrap-up), one gave up after 40 s, one waits 3 s."""
    day = WatchedDay(SALES)
    agent = day.agent_ready("kim")
    day.figures(SALES.queue_id)  # the first look of the interval
    served(day, 1, wait_s=5, talk_s=100, wrap_up_s=10)
    day.tell(AgentNotReady(agent, "lunch"))
    left = day.queued(2)
    day.wait(40)
    day.tell(CallerLeft(left))
    day.queued(3)
    day.wait(3)
    found = day.figures(SALES.queue_id)
    expected = Tally(
        offered=3, pending=1, answered=1, inside=1, abandoned=1, waits_ms=5000, handled=1, handle_ms=110_000,
        longest_ms=40_000,
    )  # fmt: skip
    assert found.tally == expected
    assert found.tally.service_level() == 0.5
    assert (found.waiting, found.longest_since, found.agents) == (1, after(day.now, -3), 1)
    assert found.staff.busy_ms == 110_000
    assert found.staff.idle_ms == 5000
    assert found.staff.away_ms == 43_000


@pytest.mark.parametrize(("rings", "agents"), [((), 0), ((Ring(30, 1),), 1)])
def test_who_never_becomes_good_enough_does_not_staff_a_queue(rings: tuple[Ring, ...], agents: int) -> None:
    """An agent as usual (level 3) is not one of a queue that asks for level 5 to the end."""
    day = WatchedDay(replace(SALES, level=5, rings=rings))
    day.agent_ready("kim")
    assert day.figures(SALES.queue_id).agents == agents


def test_figures_are_the_same_while_a_record_is_on_its_way() -> None:
    """Between its end and its record a call counts as it was seen last; a record that comes twice counts once."""
    day = WatchedDay(SALES, records_come=False)
    day.agent_ready("kim")
    served(day, 1, wait_s=5, talk_s=60, wrap_up_s=10)
    assert day.picture.unrecorded(day.now) == (call_id(1),)
    before = day.figures(SALES.queue_id).tally
    assert (before.offered, before.answered, before.handled) == (1, 1, 0)
    day.tell_records()
    day.picture.recorded(call_id(1), stay_of_record(day.records()[0]))  # type: ignore[arg-type] # it entered a queue
    found = day.figures(SALES.queue_id).tally
    assert (found.offered, found.answered, found.inside, found.handled) == (1, 1, 1, 1)
    assert day.picture.unrecorded(day.now) == ()


def test_a_call_in_wrap_up_is_not_asked_for() -> None:
    day = WatchedDay(SALES, records_come=False)
    day.agent_ready("kim")
    call = day.queued(1)
    offer = day.connected(call)
    day.wait(60)
    day.tell(AgentLegEnded(offer, LegEnd.HUNG_UP))
    assert day.picture.unrecorded(day.now) == ()
    assert day.figures(SALES.queue_id).tally.answered == 1


def test_after_a_gap_the_whole_floor_is_taken_anew() -> None:
    """What was missed: one call left, one came, an agent signed out; the call that left waits for its record."""
    day = WatchedDay(SALES)
    day.queued(1)
    agent = day.agent_ready("brown")
    day.wait(1)
    seen, day.picture = day.picture, WatchedDay(SALES).picture
    day.tell(CallerLeft(call_id(1)))
    day.queued(2)
    day.tell(AgentSignedOut(agent))
    day.picture = seen
    seen.floor_was(day.whole(), day.now)
    assert set(seen.live.calls) == set(day.floor.calls)
    assert call_id(1) in seen.unrecorded(day.now)
    assert day.figures(SALES.queue_id).agents == 0


def test_a_call_stays_in_the_interval_it_was_queued_in() -> None:
    day = WatchedDay(SALES, length_min=15)
    first = day.figures(SALES.queue_id).interval
    day.wait((first.end - day.now) / 1000 - 1)
    day.queued(1)
    assert day.figures(SALES.queue_id).tally.offered == 1
    day.wait(30)
    found = day.figures(SALES.queue_id)
    assert (found.interval.start, found.tally.offered, found.waiting) == (first.end, 0, 1)


def test_the_time_of_agents_begins_anew_with_each_interval() -> None:
    day = WatchedDay(SALES, length_min=15)
    day.agent_ready("kim")
    first = day.figures(SALES.queue_id).interval
    day.wait((first.end - day.now) / 1000 + 10)
    day.figures(SALES.queue_id)
    day.wait(20)
    assert day.figures(SALES.queue_id).staff.idle_ms == pytest.approx(20_000, abs=10_000)


def test_a_queue_that_is_removed_is_told_no_more() -> None:
    day = WatchedDay(SALES, REPAIRS)
    day.tell(QueuesChanged((REPAIRS,), 2))
    assert [one.queue_id for one in day.picture.figures(day.now)] == [REPAIRS.queue_id]


def test_without_agents_every_call_is_about_to_break_after_ten_seconds() -> None:
    day = WatchedDay(SALES)
    day.queued(1)
    day.queued(2)
    assert day.figures(SALES.queue_id).expected_breaks == 2
    assert day.figures(SALES.queue_id).breaking == 0
    day.wait(10)
    assert day.figures(SALES.queue_id).breaking == 2
    day.wait(11)
    assert day.figures(SALES.queue_id).breaking == 0, "broken already"


def test_agents_of_two_queues_are_divided_by_their_loads() -> None:
    day = WatchedDay(SALES, BOTH)
    for name in ("adams", "brown", "clark", "davis"):
        day.agent_ready(name)
    day.tell(AgentNotReady(AgentId("davis"), "lunch"))
    queues = day.picture.queues
    served_by = day.picture.staff.serving(queues, {SALES.queue_id: 3.0, BOTH.queue_id: 1.0})
    assert served_by == {SALES.queue_id: 3 * 0.75, BOTH.queue_id: 3 * 0.25}
    assert day.picture.staff.serving(queues, {}) == {SALES.queue_id: 1.5, BOTH.queue_id: 1.5}


def test_who_leaves_after_this_call_counts_half() -> None:
    day = WatchedDay(SALES)
    agent = day.agent_ready("kim")
    day.connected(day.queued(1))
    day.tell(AgentNotReady(agent, "lunch"))
    assert day.picture.staff.serving(day.picture.queues, {}) == {SALES.queue_id: 0.5}


# --- habits and arrivals
def test_handling_and_patience_are_learnt() -> None:
    habits = Habits()
    assert (habits.aht_s, habits.patience_s) == (FIRST_AHT_S, 300)
    for number in range(10):
        stay = stay_of_record(record(number, wait_s=10, talk_s=90, wrap_up_s=10))
        assert stay is not None
        habits.learn(stay)
    assert habits.aht_s == pytest.approx(100)
    gone = stay_of_record(record(11, wait_s=100))
    assert gone is not None
    habits.learn(gone)
    assert habits.patience_s == pytest.approx((600 + 100 + 100) / 3)


def test_the_forecasts_of_queues_are_made_every_five_seconds_each_in_another_one() -> None:
    day = WatchedDay(SALES, REPAIRS)
    bands: dict[QueueId, list[Band | None]] = {SALES.queue_id: [], REPAIRS.queue_id: []}
    for number in range(1, 41):
        day.queued(number, queue=SALES if number % 2 else REPAIRS)
        day.wait(1)
        for found in day.picture.figures(day.now):
            bands[found.queue_id].append(found.forecast)
    made = [{at for at in range(1, 40) if band[at] is not band[at - 1]} for band in bands.values()]
    assert [len(seconds) for seconds in made] == [8, 8]
    assert [len({at % 5 for at in seconds}) for seconds in made] == [1, 1]
    assert not made[0] & made[1]


def test_without_a_profile_the_last_half_hour_is_the_forecast() -> None:
    expected = Expected(30, "Europe/Moscow")
    for minute in range(30):
        expected.came(after(START, 60 * minute))
    now = after(START, 1800)
    expected.look(now)
    assert expected.rate(now, now) == pytest.approx(29 / 1800, rel=0.05)


def test_midnight_teaches_the_day() -> None:
    """One call every minute for a whole day is the forecast of the next one."""
    expected = Expected(60, "UTC")
    midnight = Instant(START // 86_400_000 * 86_400_000)
    for minute in range(24 * 60):
        expected.came(after(midnight, 60 * minute))
    tomorrow = after(midnight, 86_400 + 3600)
    expected.look(tomorrow)
    assert expected.rate(tomorrow, tomorrow) == pytest.approx(1 / 60, rel=0.5)
    assert sum(seconds for seconds, _ in expected.pieces(tomorrow, after(tomorrow, 90))) == 90


# --- readings
def measures(day: WatchedDay, queue: Queue = SALES, *, is_open: bool = True) -> dict[AlertKind, float]:
    figures = day.figures(queue.queue_id)
    found = queue_readings(queue, figures, is_open=is_open, burst=False, now=day.now)
    return {reading.subject.kind: reading.measure for reading in found}


def test_the_longest_wait_is_measured_in_targets() -> None:
    day = WatchedDay(SALES)
    day.queued(1)
    day.wait(70)
    found = measures(day)
    assert found[AlertKind.LONGEST_WAIT] == pytest.approx(3.5)
    assert found[AlertKind.NOBODY_SIGNED_IN] == 1
    assert measures(day, is_open=False)[AlertKind.NOBODY_SIGNED_IN] == 0


def test_few_calls_are_no_forecast_below() -> None:
    day = WatchedDay(SALES)
    for number in range(4):
        day.queued(number)
    day.wait(60)
    assert measures(day)[AlertKind.FORECAST_BELOW] == 0
    day.queued(5)
    assert measures(day)[AlertKind.FORECAST_BELOW] > 0.5


def test_the_house() -> None:
    day = WatchedDay(SALES)
    for number in range(9):
        day.queued(number)
    house = House(engine_there=True, standbys=0, standbys_wanted=1, hold_lines=10, unsent_since=after(day.now, -360))
    found = {r.subject.kind: r.measure for r in house_readings(house, day.picture.figures(day.now), day.now)}
    assert found == {
        AlertKind.ENGINE_AWAY: 0,
        AlertKind.STANDBY_MISSING: 1,
        AlertKind.HOLD_LINES: 0.9,
        AlertKind.UNSENT: 6,
    }


def test_a_closed_queue_needs_nobody() -> None:
    hours = Hours((Span(0, 8 * 60, 20 * 60),))
    day = WatchedDay(replace(SALES, hours=hours))
    queue = day.picture.queues[SALES.queue_id]
    assert day.picture.is_open(queue, day.now) is (spell_weekday(day.now) == 0)


def spell_weekday(at: Instant) -> int:
    return (at // 86_400_000 + 3) % 7


def test_calls_that_never_get_a_record_are_given_up() -> None:
    day = WatchedDay(SALES, records_come=False)
    day.queued(1)
    day.tell(CallerLeft(CallId(call_id(1))))
    assert day.picture.unrecorded(day.now) == (call_id(1),)
    assert day.picture.unrecorded(after(day.now, 601)) == ()


def test_tries_of_pins_are_told_by_their_last_digits() -> None:
    standing = Standing(
        accounts=(Watched("0170", 7), Watched("0170", 5)), hidden=(Watched("", 30),), house=HouseTries(90, 60)
    )
    found = {(r.subject.kind, r.subject.about): (r.measure, r.value, r.limit) for r in pin_readings(standing)}
    assert found == {
        (AlertKind.PIN_ACCOUNT, "*0170"): (1.0, 7, 5),
        (AlertKind.PIN_HIDDEN, ""): (1.0, 30, 30),
        (AlertKind.PIN_SEARCH, ""): (1.5, 90, 60),
    }


def test_late_appeals_are_one_alert_with_their_number() -> None:
    assert appeals_reading(Late()).measure == 0
    reading = appeals_reading(Late(overdue=2, soon=3))
    assert (reading.subject, reading.measure, reading.value, reading.limit) == (
        Subject(AlertKind.APPEALS_LATE),
        5.0,
        5,
        2,
    )
    book = AlertBook()
    (raised,) = book.read([reading], START)
    assert isinstance(raised, AlertRaised)
    assert book.read([appeals_reading(Late(overdue=9))], after(START, 60)) == ()
    (cleared,) = book.read([appeals_reading(Late())], after(START, 61))
    assert isinstance(cleared, AlertCleared)
