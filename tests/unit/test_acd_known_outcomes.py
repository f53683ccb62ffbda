"""What known queue software is documented to do, case by case, and what our engine does in the same case.

The table in docs/distribution.md tells both and why; each of its rows names its test here.
"""

import re
from dataclasses import replace
from pathlib import Path

from acd.events import AgentNotReady, CallerLeft, Decline, OfferDeclined, QueuesChanged
from acd.model import Duty
from acd.queues import Queue, Ring
from calls.ids import AgentId, CallId, QueueId
from staff.skills import Skill
from tests.kit.floors import REPAIRS, SALES, START, Day, call_id

PAGE = Path(__file__).parents[2] / "docs" / "distribution.md"
ANNA, BORIS = AgentId("anna"), AgentId("boris")
WIDENING = replace(SALES, level=4, rings=(Ring(30, 2), Ring(60, 1)))


def sales(level: int) -> Skill:
    return Skill("sales", level)


def order_of(day: Day, queue: Queue, priorities: list[int]) -> list[int]:
    """In which order calls of these priorities, a second apart, are given to agents who come one by one."""
    for number, priority_s in enumerate(priorities):
        day.queued(number, queue=queue, priority_s=priority_s)
        day.wait(1)
    came = [day.agent(day.agent_ready(f"agent-{number}", *queue.skills)).call_id for number in range(len(priorities))]
    numbers = {call_id(number): number for number in range(len(priorities))}
    return [numbers[call] for call in came if call is not None]


# --- penalties and levels over time
def test_penalty_is_strict_while_the_better_are_free() -> None:
    day = Day(WIDENING)
    day.agent_ready("boris", sales(1))
    day.agent_ready("anna", sales(5))
    day.wait(600)
    assert day.offer_of(day.queued(1)).agent_id == ANNA


def test_penaltychange_opens_to_more_members_at_its_second() -> None:
    day = Day(WIDENING)
    day.agent_ready("boris", sales(2))
    call = day.queued(1)
    day.wait(29)
    assert day.call(call).offer is None
    day.wait(1)
    assert day.offer_of(call).agent_id == BORIS
    assert day.call(call).enqueued_at == START, "the place is kept"


def test_changed_rules_hold_for_those_who_wait() -> None:
    day = Day(WIDENING)
    day.agent_ready("boris", sales(1))
    call = day.queued(1)
    day.wait(5)
    day.tell(QueuesChanged((replace(WIDENING, rings=(Ring(5, 1),)),), 2))
    assert day.offer_of(call).agent_id == BORIS


def test_a_tier_whose_agents_are_all_signed_out_is_waited_for_all_the_same() -> None:
    day = Day(WIDENING)
    day.agent_ready("boris", sales(2))
    call = day.queued(1)
    assert day.call(call).offer is None, "nobody of level 4 is there, the ring is kept"


def test_a_busy_better_agent_is_not_waited_for_once_the_ring_is_wide() -> None:
    day = Day(WIDENING)
    day.agent_ready("anna", sales(5))
    day.connected(day.queued(1))
    day.agent_ready("boris", sales(2))
    call = day.queued(2)
    day.wait(30)
    assert day.offer_of(call).agent_id == BORIS


# --- priorities among waiting calls
def test_a_priority_is_inserted_before_lower_ones_and_behind_its_equals() -> None:
    assert order_of(Day(), SALES, [0, 300, 0, 300, 600]) == [4, 1, 3, 0, 2]


def test_a_priority_is_a_number_of_seconds_so_that_age_wins_in_the_end() -> None:
    day = Day()
    old = day.queued(1)
    day.wait(301)
    day.queued(2, priority_s=300)
    assert day.agent(day.agent_ready("anna")).call_id == old


def test_a_heavier_queue_does_not_starve_a_lighter_one() -> None:
    """Weight as a shorter target: it moves a call by seconds, not before all others for ever."""
    heavy, light = replace(SALES, target_s=5), replace(REPAIRS, target_s=65)
    day = Day(heavy, light)
    old = day.queued(1, queue=light)
    day.wait(59)
    soon = day.queued(2, queue=heavy)
    day.wait(2)
    late = day.queued(3, queue=heavy)
    came = [day.agent(day.agent_ready(name, "sales", "repairs")).call_id for name in ("anna", "boris", "vera")]
    assert came == [soon, old, late]


# --- rings and their ends
def test_a_ring_that_times_out_passes_to_another_member_at_once() -> None:
    day = Day()
    day.agent_ready("anna")
    call = day.queued(1)
    day.agent_ready("boris")
    day.wait(SALES.offer_s)
    assert day.offer_of(call).agent_id == BORIS, "no pause before the next ring"
    assert day.offer_of(call).offered_at == day.now


def test_a_member_who_did_not_answer_is_paused_at_the_first_time() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.wait(SALES.offer_s + 600)
    assert (day.agent(ANNA).presence, day.agent(ANNA).reason) == ("not_ready", "rona")
    assert day.offered_to() == [ANNA], "and is not rung again by the same call"


def test_a_member_who_is_busy_is_passed_over_and_not_rung_again_by_a_timer() -> None:
    day = Day()
    day.agent_ready("anna")
    call = day.queued(1)
    day.tell(OfferDeclined(day.offer_of(call).offer_id, Decline.DECLINED))
    day.wait(600)
    assert day.offered_to() == [ANNA]


def test_ring_all_rings_for_one_call_and_a_decline_leaves_the_others() -> None:
    day = Day(replace(SALES, strategy="ring_all"))
    for name in ("anna", "boris", "vera"):
        day.agent_ready(name)
    first, second = day.queued(1), day.queued(2)
    assert (len(day.call(first).live_offers), len(day.call(second).live_offers)) == (3, 0)
    day.tell(OfferDeclined(day.offer_of(first).offer_id, Decline.DECLINED))
    assert len(day.call(first).live_offers) == 2


# --- maximum length
def test_a_full_queue_takes_nobody_more_and_says_so() -> None:
    day = Day(replace(SALES, most_waiting=2))
    day.agent_ready("anna")
    day.tell(AgentNotReady(ANNA, "lunch"))
    for number in (1, 2, 3):
        day.queued(number)
    states = [day.call(call_id(number)).state for number in (1, 2, 3)]
    assert states == ["waiting", "waiting", "diverted"]
    assert not day.records(), "the third caller is told why and offered what else there is"


def test_a_call_that_rings_at_an_agent_still_counts_for_the_length() -> None:
    day = Day(replace(SALES, most_waiting=1))
    day.agent_ready("anna")
    day.queued(1)
    day.queued(2)
    assert [day.call(call_id(number)).state for number in (1, 2)] == ["offered", "diverted"]


# --- wrap-up and counts over several queues
def five_queues() -> tuple[Queue, ...]:
    return tuple(
        Queue(QueueId(f"q{number}"), "", 20, frozenset({f"s{number}"}), wrap_up_s=30 + number) for number in range(5)
    )


def test_a_wrap_up_is_shared_over_all_queues_and_counted_once() -> None:
    queues = five_queues()
    day = Day(*queues)
    day.agent_ready("anna", *(f"s{number}" for number in range(5)))
    call: CallId = day.queued(1, queue=queues[0])
    day.connected(call)
    day.wait(60)
    day.tell(CallerLeft(call))
    others = [day.queued(10 + number, queue=queue) for number, queue in enumerate(queues)]
    day.wait(29.9)
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    assert all(day.call(other).offer is None for other in others)
    day.wait(0.1)
    assert day.offer_of(others[0]).agent_id == ANNA, "after the wrap-up of the queue that the call came from"
    assert day.agent(ANNA).calls_taken == 1


def test_the_longest_idle_is_so_over_all_queues() -> None:
    sales_queue, repairs = replace(SALES, strategy="longest_idle"), replace(REPAIRS, strategy="longest_idle")
    day = Day(sales_queue, repairs)
    day.agent_ready("anna", "sales", "repairs")
    day.wait(1)
    day.agent_ready("boris", "sales", "repairs")
    call = day.queued(1, queue=sales_queue)
    day.connected(call)
    day.tell(CallerLeft(call))
    day.wait(60)
    assert day.offer_of(day.queued(2, queue=repairs)).agent_id == BORIS


# --- the page
def test_the_page_tells_of_every_case_and_of_no_other() -> None:
    page = PAGE.read_text("utf-8")
    table = page.partition("## Where known queue software has documented outcomes")[2].partition("\n## ")[0]
    told = re.findall(r"`(test_\w+)`", table)
    tests = {name for name in globals() if name.startswith("test_")}
    assert sorted(told) == sorted(tests - {"test_the_page_tells_of_every_case_and_of_no_other"})
