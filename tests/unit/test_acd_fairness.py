"""Which agent and which call: the busy share, the order that needs no refreshing, due times, scarce skills."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.busy_share import LEAST_SHARE, TAU_MS, Load, carried, load_of, order_key, pool_at, share_at
from acd.events import (
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    CallerLeft,
    QueuesChanged,
)
from acd.lazy_heap import LazyHeap
from acd.model import Agent, Duty, Pool, Presence
from acd.policy import flexibility_cost
from acd.queues import Queue
from acd.strategies import LEAST_BUSY, strategy_of
from calls.clock import Instant
from calls.ids import AgentId, QueueId
from staff.skills import skilled
from tests.kit.floors import REPAIRS, SALES, START, Day, call_id

IDLE = Agent(AgentId("a"), "A", frozenset(), Presence.READY, reachable=True, share=0.5, share_at=START)
BUSY = replace(IDLE, duty=Duty.ON_CALL)
HOUR_MS = 3_600_000
shares = st.floats(0.001, 1.0)
spans_ms = st.integers(0, 30 * HOUR_MS)


def later(span_ms: int) -> Instant:
    return Instant(START + span_ms)


def test_the_share_follows_the_formulas() -> None:
    kept = math.exp(-HOUR_MS / TAU_MS)
    assert share_at(IDLE, later(HOUR_MS)) == pytest.approx(0.5 * kept)
    assert share_at(BUSY, later(HOUR_MS)) == pytest.approx(1 - 0.5 * kept)
    assert share_at(replace(IDLE, presence=Presence.NOT_READY), later(HOUR_MS)) == 0.5
    pool = pool_at(Pool(0.5, START), 3, 1, later(HOUR_MS))
    assert pool.mean_share == pytest.approx(0.75 + (0.5 - 0.75) * kept)
    assert pool_at(pool, 0, 0, later(5 * HOUR_MS)).mean_share == pool.mean_share


@given(one=shares, other=shares, gap_ms=spans_ms, wait_ms=spans_ms)
def test_the_order_of_idle_agents_holds_for_ever(one: float, other: float, gap_ms: int, wait_ms: int) -> None:
    """Whenever both are looked at, the smaller key belongs to the smaller share."""
    first = replace(IDLE, share=one)
    second = replace(IDLE, share=other, share_at=later(gap_ms))
    at = later(gap_ms + wait_ms)
    a, b = share_at(first, at), share_at(second, at)
    if a > LEAST_SHARE and b > LEAST_SHARE and abs(math.log(a) - math.log(b)) > 1e-6:
        assert (order_key(first) < order_key(second)) == (a < b)


@given(share=shares, away_ms=spans_ms, before=st.floats(0.1, 0.9), back=st.floats(0.1, 0.9))
def test_a_break_neither_gains_nor_loses(share: float, away_ms: int, before: float, back: float) -> None:
    agent = replace(IDLE, share=share)
    gone = carried(agent, replace(agent, presence=Presence.NOT_READY), before, START)
    here = carried(gone, replace(gone, presence=Presence.READY), back, later(away_ms))
    assert here.share == pytest.approx(min(1.0, max(LEAST_SHARE, back + share - before)))
    assert load_of(gone) is Load.AWAY


def test_a_newcomer_starts_at_the_mean() -> None:
    assert carried(None, replace(IDLE, share=0.0), 0.7, START).share == pytest.approx(0.7)


def test_the_least_busy_is_rung() -> None:
    day = Day()
    anna, boris = day.agent_ready("anna"), day.agent_ready("boris")
    first = day.queued(1)
    busy = day.offer_of(first).agent_id
    day.connected(first)
    day.wait(300)
    day.tell(CallerLeft(first))
    day.wait(60)
    rested = boris if busy == anna else anna
    assert day.offer_of(day.queued(2)).agent_id == rested
    day.tell(CallerLeft(call_id(2)))
    assert day.offer_of(day.queued(3)).agent_id == rested, "a ring that came to nothing is no work"


def test_signing_out_and_in_does_not_wash_the_work_off() -> None:
    day = Day()
    anna = day.agent_ready("anna")
    day.connected(day.queued(1))
    day.agent_ready("boris")
    day.wait(1200)
    day.tell(CallerLeft(call_id(1)))
    day.wait(60)
    deviation = share_at(day.agent(anna), day.now) - day.floor.mean_share(day.now)
    assert deviation > 0.01
    day.tell(AgentSignedOut(anna))
    day.wait(3600)
    day.tell(AgentSignedIn(anna, "Anna", skilled("sales")))
    day.tell(AgentReachable(anna))
    day.tell(AgentReady(anna))
    assert day.agent(anna).share - day.floor.mean_share(day.now) == pytest.approx(deviation)
    assert day.offer_of(day.queued(2)).agent_id == "boris"


def test_longest_idle_is_a_strategy_of_the_queue() -> None:
    queue = replace(SALES, strategy="longest_idle", wrap_up_s=0)
    day = Day(queue)
    for name in ("anna", "boris", "vera"):
        day.agent_ready(name)
        day.wait(1)
    day.tell(AgentNotReady(AgentId("anna"), "lunch"))
    day.tell(AgentReady(AgentId("anna")))
    rung = [day.offer_of(day.queued(number, queue=queue)).agent_id for number in (1, 2, 3)]
    assert rung == ["boris", "vera", "anna"]
    assert strategy_of(replace(SALES, strategy="of a newer version")) is LEAST_BUSY


def test_calls_are_taken_by_due_time_over_all_queues() -> None:
    day = Day()
    late_but_patient = day.queued(1, queue=REPAIRS)
    day.wait(10)
    sooner_due = day.queued(2, queue=SALES)
    urgent = day.queued(3, queue=REPAIRS, priority_s=3600)
    order = []
    for name in ("anna", "boris", "vera"):
        agent = day.agent_ready(name, "sales", "repairs")
        order.append(day.agent(agent).call_id)
    assert order == [urgent, sooner_due, late_but_patient]


def test_equal_due_times_keep_the_order_of_arrival() -> None:
    day = Day()
    numbers = [7, 3, 9, 1, 5]
    for number in numbers:
        day.queued(number)
    taken = [day.agent(day.agent_ready(f"agent-{n}")).call_id for n in range(5)]
    assert taken == [call_id(number) for number in numbers]


def test_a_scarce_skill_is_kept_when_it_is_in_demand() -> None:
    """Anna, who has both skills, is the first by name: she is passed over only while repairs are in demand."""
    for repairs_in_demand in (True, False):
        day = Day()
        boris = day.agent_ready("boris", "repairs")
        if repairs_in_demand:
            day.connected(day.queued(1, queue=REPAIRS))
            assert day.agent(boris).duty is Duty.ON_CALL
        anna, vera = day.agent_ready("anna", "sales", "repairs"), day.agent_ready("vera", "sales")
        mean = day.floor.mean_share(day.now)
        assert day.agent(anna).share == day.agent(vera).share == pytest.approx(mean)
        assert day.offer_of(day.queued(2)).agent_id == (vera if repairs_in_demand else anna)
    assert flexibility_cost(skilled("a", "b", "c"), skilled("a"), {"a", "b"}, {"a", "b", "c"}) == (1, 2)


def test_a_language_is_a_skill_of_the_call() -> None:
    day = Day()
    day.agent_ready("anna", "sales")
    call = day.queued(1, skills=frozenset({"en"}))
    assert day.call(call).offer is None
    boris = day.agent_ready("boris", "sales", "en")
    assert day.offer_of(call).agent_id == boris


def test_a_queue_that_was_removed_keeps_its_calls() -> None:
    day = Day()
    call = day.queued(1, queue=REPAIRS)
    day.tell(QueuesChanged((SALES,), 2))
    assert REPAIRS.queue_id in day.floor.queues
    agent = day.agent_ready("anna", "repairs")
    assert day.agent(agent).call_id == call
    day.tell(CallerLeft(call))
    day.tell(QueuesChanged((SALES,), 3))
    assert REPAIRS.queue_id not in day.floor.queues
    assert day.records()[0].target_s == REPAIRS.target_s


def test_a_call_of_an_unknown_queue_is_not_lost() -> None:
    day = Day()
    call = day.queued(1, queue=Queue(QueueId("nowhere"), "", 5, frozenset()))
    agent = day.agent_ready("anna")
    assert day.agent(agent).call_id == call


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 5)), max_size=200))
def test_the_heap_is_a_heap_whatever_is_dropped(moves: list[tuple[int, int]]) -> None:
    heap: LazyHeap[int] = LazyHeap()
    model: dict[int, int] = {}
    for item, key in moves:
        if key < -3:
            heap.drop(item)
            model.pop(item, None)
        else:
            heap.put(item, (key, item))
            model[item] = key
        assert len(heap) == len(model)
        smallest = min(((key, item) for item, key in model.items()), default=None)
        first = heap.first()
        assert (None if first is None else first[0]) == smallest
        odd = min(((key, item) for item, key in model.items() if item % 2), default=None)
        found = heap.first_where(lambda item: item % 2 == 1)
        assert (None if found is None else found[0]) == odd
        assert heap.items() == frozenset(model)
