"""The simulated world: the same seed makes the same day, nobody is lost, breaks and shifts are as planned."""

import dataclasses
from random import Random

import pytest

from acd.effects import OfferCall, WriteRecord
from acd.engine import Step
from acd.events import Message
from acd.floor import Floor
from acd.model import Presence
from acd.queues import Queue
from calls.ids import AgentId, QueueId
from calls.journey import Language
from calls.record import CallOutcome, CallRecord
from simulation.callers import Caller, Profile, Recorded, Stream, all_callers
from simulation.chances import NEVER, Exponential, Fixed, Lognormal
from simulation.crew import Break, Shift, Worker, crew_of, present, with_breaks, with_paces
from simulation.engine_floor import EngineFloor
from simulation.scenario import SILENT, Scenario, with_strategy
from simulation.timesheet import occupancy, unfairness
from simulation.world import World, simulate
from staff.skills import skilled
from tests.kit.floors import check_invariants

SALES = Queue(QueueId("sales"), "Sales", 20, frozenset({"sales"}), wrap_up_s=40, announcements=SILENT)
REPAIRS = Queue(QueueId("repairs"), "Repairs", 60, frozenset({"repairs"}), wrap_up_s=0, announcements=SILENT)
HOUR = 3600.0


def mixed(**changes: object) -> Scenario:
    """Two queues, two languages, an urgent kind, agents of three skill sets with breaks; some rings are missed."""
    talk, wrap_up, patience = Lognormal(120, 0.9), Lognormal(30, 0.7), Exponential(150)
    english = frozenset({"en"})
    sources = (
        Stream(SALES.queue_id, Profile((100, 160, 60)), talk, wrap_up, patience, 0, english, 0.1, Language.EN),
        Stream(REPAIRS.queue_id, Profile((50,)), talk, Fixed(0), patience),
        Stream(REPAIRS.queue_id, Profile((6,)), talk, Fixed(0), NEVER, priority_s=600),
    )
    both = frozenset({"sales", "repairs", "en"})
    crew = (
        *crew_of(4, frozenset({"sales"}), name="seller"),
        *crew_of(2, frozenset({"repairs"}), name="fitter", shift=Shift(600, 4000)),
        *crew_of(3, both, name="all"),
    )
    crew = with_breaks(with_paces(crew, 0.2, 1), ((1000, 3000, 300),))
    scenario = Scenario((SALES, REPAIRS), sources, crew, 1.5 * HOUR, answer=Exponential(4), missed=0.05)
    return dataclasses.replace(scenario, **changes)  # type: ignore[arg-type]  # a test's own words


class Records:
    """What the engine wrote of the day, and every message that it was told."""

    def __init__(self) -> None:
        self.written: list[CallRecord] = []
        self.messages: list[Message] = []
        self.rung: list[AgentId] = []

    def watch(self, floor: Floor, message: Message, step: Step) -> None:
        self.messages.append(message)
        for effect in step.effects:
            if isinstance(effect.wish, WriteRecord):
                self.written.append(effect.wish.record)
            elif isinstance(effect.wish, OfferCall):
                self.rung.append(effect.wish.agent_id)


def test_the_same_seed_makes_the_same_day() -> None:
    days = []
    for seed in (1, 1, 2):
        records = Records()
        days.append((simulate(mixed(), seed, records.watch), records.messages, records.written))
    assert days[0] == days[1]
    assert days[0] != days[2]


def test_no_call_is_lost_and_the_engines_records_agree_with_the_tally() -> None:
    records = Records()
    outcome = simulate(mixed(), 3, records.watch)
    assert outcome.calls == len(records.written) == len({record.call_id for record in records.written}) > 200
    for queue_id, tally in outcome.queues.items():
        mine = [record for record in records.written if record.queue_id == queue_id]
        assert tally.answered == sum(record.outcome is CallOutcome.ANSWERED for record in mine)
        assert tally.abandoned == sum(record.outcome is CallOutcome.ABANDONED for record in mine)
        waits = [
            (record.answered_at - record.enqueued_at) / 1000
            for record in mine
            if record.answered_at is not None and record.enqueued_at is not None
        ]
        assert tally.asa_s == pytest.approx(sum(waits) / len(waits), rel=1e-5)
    assert min(outcome.total().answered, outcome.total().abandoned) > 20


def test_the_invariants_of_the_engine_hold_through_the_day() -> None:
    def watch(floor: Floor, message: Message, step: Step) -> None:
        check_invariants(floor)

    simulate(mixed(length_s=HOUR / 2), 4, watch)


def test_the_engine_and_the_timesheet_agree_on_who_is_there() -> None:
    """At the end everybody with a shift has gone home, everybody else is ready again."""
    floor = EngineFloor()
    scenario = mixed()
    outcome = World(scenario, 5, floor).run()
    for worker in scenario.crew:
        wanted = Presence.READY if worker.shift.until_s is None else Presence.SIGNED_OUT
        assert floor.floor.agents[worker.agent_id].presence is wanted
    days = {day.agent_id: day for day in outcome.agents}
    assert days[AgentId("fitter-00001")].present_s <= 3400 - 300
    assert sum(day.calls for day in outcome.agents) == outcome.total().answered


def test_a_break_begins_when_the_call_is_over_and_lasts_its_time() -> None:
    shift = Shift(0, 1000, (Break(100, 200),))
    crew = (Worker(AgentId("anna"), skilled("sales"), 1.0, shift),)
    calls = (Caller(50, SALES.queue_id, 100, 10, 1e6), Caller(120, SALES.queue_id, 60, 10, 1e6))
    outcome = simulate(Scenario((SALES,), (Recorded(calls),), crew, 1000), 1)
    (anna,) = outcome.agents
    assert anna.busy_s == pytest.approx(110 + 70)
    assert anna.present_s == pytest.approx(1000 - 200)
    assert list(outcome.total().waits) == pytest.approx([0, 160 + 200 - 120])


def test_wrap_up_ends_at_the_queues_limit() -> None:
    crew = (Worker(AgentId("anna"), skilled("sales")),)
    calls = (Caller(10, SALES.queue_id, 100, 500, 1e6), Caller(20, SALES.queue_id, 50, 5, 1e6))
    outcome = simulate(Scenario((SALES,), (Recorded(calls),), crew, 1000), 1)
    assert outcome.agents[0].busy_s == pytest.approx(100 + 40 + 50 + 5)
    assert outcome.total().longest_s == pytest.approx(100 + 40 - 10)


def test_who_does_not_answer_is_away_and_the_call_keeps_its_place() -> None:
    crew = (Worker(AgentId("anna"), skilled("sales")), Worker(AgentId("boris"), skilled("sales")))
    scenario = Scenario(
        (SALES,), (Recorded((Caller(10, SALES.queue_id, 5, 1, 59),)),), crew, 100, missed=1.0, back_after_s=10
    )
    records = Records()
    outcome = simulate(scenario, 1, records.watch)
    assert outcome.total().abandoned == 1
    assert records.rung == ["anna", "boris", "anna", "boris"]
    assert outcome.total().longest_s == 59


def test_arrivals_follow_their_profile() -> None:
    profile = Profile((60, 0, 600), 1800)
    times = list(profile.arrivals(2 * HOUR, Random(3)))
    counts = [sum(1 for at in times if low <= at < low + 1800) for low in (0, 1800, 3600)]
    assert times == sorted(times)
    assert counts[1] == 0
    for count, mean in zip((counts[0], counts[2] + len(times) - sum(counts)), (30, 600), strict=True):
        assert abs(count - mean) < 4 * mean**0.5
    assert profile.rate(100) == pytest.approx(1 / 60)


def test_strategies_are_compared_with_the_same_callers() -> None:
    scenario = mixed()
    first = list(all_callers(scenario.sources, scenario.length_s, 9))
    assert first == list(all_callers(with_strategy(scenario, "longest_idle").sources, scenario.length_s, 9))
    assert first == sorted(first, key=lambda caller: caller.at_s)
    fair, longest_idle = (simulate(with_strategy(scenario, each), 9) for each in ("least_busy", "longest_idle"))
    assert fair.calls == longest_idle.calls
    assert fair != longest_idle


def test_relative_load_is_one_when_work_is_even() -> None:
    queue = dataclasses.replace(REPAIRS, skills=frozenset())
    stream = Stream(queue.queue_id, Profile((2000,)), Fixed(60), Fixed(0), Fixed(120))
    outcome = simulate(Scenario((queue,), (stream,), crew_of(8), 3 * HOUR), 1)
    assert occupancy(outcome.agents) > 0.98
    assert unfairness(outcome.agents) < 0.01
    assert all(day.relative_load == pytest.approx(1, abs=0.02) for day in outcome.agents)
    assert present(crew_of(8, shift=Shift(10, 20)), 5) == 0
