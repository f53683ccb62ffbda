"""The walk along the line: one group is the closed law, several share their calls like water."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.estimates import Estimate, estimates
from acd.events import AgentNotReady, AgentSkillsChanged, CallerLeft
from acd.pace import LEAST_ANSWERED, Pace
from acd.queues import Queue, Ring
from acd.wait_law import wait_behind
from calls.callback import Callback
from calls.clock import after
from calls.ids import AgentId, CallId, ContactId, QueueId
from calls.numbers import PhoneNumber
from staff.skills import skills_from
from tests.kit.floors import Day

A = Queue(QueueId("a"), "A", 20, frozenset({"a"}))
B = Queue(QueueId("b"), "B", 20, frozenset({"b"}))
THETA = 2 / 600
"""Of a queue that has seen nobody leave."""


def busy_day(*agents: tuple[str, ...], handled: int = 100, cycle_s: float = 180.0) -> Day:
    """So many agents, all talking, and queues that know their calls take 180 s."""
    day = Day(A, B)
    for queue in (A, B):
        day.floor.put_pace(Pace(queue.queue_id, handled=handled, cycle_s=cycle_s))
    for number, skills in enumerate(agents):
        day.agent_ready(f"agent-{number}", *skills)
        day.connected(day.queued(1000 + number, queue=A if "a" in skills else B))
    return day


def estimate(day: Day, call: CallId) -> Estimate:
    return estimates(day.floor, [call], day.now)[call]


def mean_s(day: Day, call: CallId) -> float:
    wait = estimate(day, call).wait
    assert wait is not None
    return wait.mean_s


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 12), st.integers(1, 60))
def test_one_group_is_the_closed_law(agents: int, waiting: int) -> None:
    day = busy_day(*[("a",)] * agents)
    calls = [day.queued(number, queue=A) for number in range(waiting)]
    told = estimates(day.floor, calls, day.now)
    for ahead, call in enumerate(calls):
        wait = told[call].wait
        assert wait is not None
        assert told[call].position == ahead + 1
        assert wait.mean_s == pytest.approx(wait_behind(ahead, agents / 180, THETA).mean_s)


def test_agents_without_the_skill_do_not_count() -> None:
    day = busy_day(("a",), ("b",), ("b",))
    assert mean_s(day, day.queued(1, queue=A)) == pytest.approx(wait_behind(0, 1 / 180, THETA).mean_s)


@pytest.mark.parametrize(("rings", "agents"), [((), 1), ((Ring(30, 1),), 2)])
def test_who_never_becomes_good_enough_does_not_count(rings: tuple[Ring, ...], agents: int) -> None:
    queue = replace(A, level=3, rings=rings)
    day = Day(queue)
    day.floor.put_pace(Pace(A.queue_id, handled=100, cycle_s=180.0))
    for number in range(2):
        day.agent_ready(f"agent-{number}", "a")
        day.connected(day.queued(1000 + number, queue=queue))
    day.tell(AgentSkillsChanged(AgentId("agent-1"), skills_from({"a": 1})))
    call = day.queued(1, queue=queue)
    assert mean_s(day, call) == pytest.approx(wait_behind(0, agents / 180, THETA).mean_s)


def test_calls_of_other_queues_are_ahead_where_agents_are_shared() -> None:
    """Two queues, every agent takes both: place 1 in the own queue, and two calls ahead."""
    day = busy_day(("a", "b"), ("a", "b"))
    day.queued(1, queue=A)
    day.wait(0.01)
    day.queued(2, queue=A)
    day.wait(0.01)
    third = day.queued(3, queue=B)
    assert estimate(day, third).position == 1
    assert mean_s(day, third) == pytest.approx(wait_behind(2, 2 / 180, THETA).mean_s, rel=0.01)


def test_the_work_of_shared_agents_goes_where_less_waits() -> None:
    """N-model: with many of A waiting, the agents who take both serve A too, and B's newcomer waits behind that."""
    day = busy_day(("a",), ("a",), ("a", "b"), ("a", "b"))
    for number in range(12):
        day.queued(number, queue=A)
        day.wait(0.01)
    alone = wait_behind(0, 2 / 180, THETA).mean_s
    behind_all = wait_behind(12, 4 / 180, THETA).mean_s
    assert alone < mean_s(day, day.queued(50, queue=B)) < 1.2 * behind_all


def test_calls_that_a_group_cannot_take_are_not_ahead() -> None:
    """All of A's calls wait for the agents of A alone; an agent of B is not held up by them."""
    day = busy_day(("a",), ("b",))
    for number in range(12):
        day.queued(number, queue=A)
    assert mean_s(day, day.queued(50, queue=B)) == pytest.approx(wait_behind(0, 1 / 180, THETA).mean_s)


def test_an_agent_who_is_leaving_counts_half() -> None:
    day = busy_day(("a",), ("a",))
    call = day.queued(1, queue=A)
    day.tell(AgentNotReady(AgentId("agent-0"), "break"))
    assert mean_s(day, call) == pytest.approx(wait_behind(0, 1.5 / 180, THETA).mean_s)


def test_who_will_overtake_lengthens_the_wait() -> None:
    """Calls of B are due a minute sooner, and one comes every hundred seconds."""
    day = busy_day(*[("a", "b")] * 4)
    call = day.queued(1, queue=A)
    before_s = mean_s(day, call)
    since = after(day.now, -24 * 3600)
    hasty = Pace(B.queue_id, 100, 180.0, arrived=18.0, arrived_at=day.now, first_at=since, lead_s=-60.0)
    assert hasty.arrivals(day.now) == pytest.approx(0.01)
    day.floor.put_pace(hasty)
    longer_s = mean_s(day, call)
    # Each second that the caller waits, at most the 80 s until no newcomer is due sooner, adds 0.01 * 180 / 4 s.
    assert longer_s == pytest.approx(before_s + 0.01 * 180 / 4 * longer_s, rel=0.05)
    day.floor.put_pace(replace(hasty, lead_s=60.0))
    assert mean_s(day, call) == before_s


def test_a_callback_ahead_does_not_give_up_and_does_not_count_between_two_attempts() -> None:
    impatient = replace(Pace(A.queue_id, 100, 180.0), abandoned=600.0, waited_s=60_000.0)
    day = busy_day(("a",), ("a",))
    day.floor.put_pace(impatient)
    ahead = day.queued(1, queue=A)
    day.wait(0.01)
    call = day.queued(2, queue=A)
    leaves_s = mean_s(day, call)
    first = day.call(ahead)
    promise = Callback(
        ahead, ContactId(ahead), A.queue_id, PhoneNumber("+73060000001"), first.facts, frozenset(), 0,
        first.arrived_at, first.enqueued_at, first.enqueued_at, first.leg.node,
    )  # fmt: skip
    day.floor.put_call(replace(day.call(ahead), callback=promise))
    assert mean_s(day, call) > leaves_s
    day.floor.put_call(replace(day.call(ahead), callback=promise, paused_until=after(day.now, 900)))
    assert mean_s(day, call) < leaves_s
    assert estimate(day, call).position == 1


@pytest.mark.parametrize("handled", [0, LEAST_ANSWERED - 1])
def test_nothing_is_said_of_the_wait_before_twenty_calls(handled: int) -> None:
    day = busy_day(("a",), handled=handled)
    assert estimate(day, day.queued(1, queue=A)) == Estimate(1, None)


def test_nothing_is_said_of_the_wait_without_agents() -> None:
    day = busy_day(("b",))
    assert estimate(day, day.queued(1, queue=A)) == Estimate(1, None)


def test_a_call_that_does_not_wait_has_no_estimate() -> None:
    day = busy_day(("a",))
    assert estimates(day.floor, [CallId("nobody"), next(iter(day.floor.calls))], day.now) == {}


def test_the_engine_learns_the_pace_of_a_queue() -> None:
    """From the ring to the end of the wrap-up: 5 s, 60 s and 60 s."""
    day = Day(A, B)
    day.agent_ready("orlov", "a")
    call = day.queued(1, queue=A)
    day.wait(5)
    day.connected(call)
    day.wait(60)
    day.tell(CallerLeft(call))
    day.wait(60)
    pace = day.floor.pace_of(A.queue_id)
    assert pace.handled == 1
    assert pace.cycle_s == pytest.approx(125)
    left = day.queued(2, queue=B)
    day.wait(100)
    day.tell(CallerLeft(left))
    gone = day.floor.pace_of(B.queue_id)
    assert gone.abandoned == 1
    assert gone.waited_s == pytest.approx(100)
    assert pace.waited_s == pytest.approx(5)
    assert pace.abandoned == 0
