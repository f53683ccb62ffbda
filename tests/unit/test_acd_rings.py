"""Widening rings: what a waiting call asks of its agent, less and less while it waits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.engine import next_deadline
from acd.events import AgentNotReady, AgentSignedIn, Decline, OfferDeclined, QueuesChanged
from acd.queues import Queue, Ring
from acd.rings import asked, coarse, least_asked, levels_asked
from calls.clock import after
from calls.ids import AgentId, QueueId
from database.demo_data import QUEUES
from staff.skills import Skill, able, skilled, skills_from
from tests.kit.floors import REPAIRS, SALES, START, Day, call_id, check_invariants

EN = frozenset({"en"})
WIDENING = replace(SALES, level=4, rings=(Ring(10, 3), Ring(20, 2, EN), Ring(30, 1, frozenset({"en", "sales"}))))


def skill(name: str, level: int) -> Skill:
    return Skill(name, level)


@pytest.mark.parametrize(
    ("waited_s", "need", "next_s"),
    [
        (0, {"sales": 4, "en": 4}, 10),
        (9, {"sales": 4, "en": 4}, 10),
        (10, {"sales": 3, "en": 3}, 20),
        (25, {"sales": 2}, 30),
        (30, {}, None),
        (9999, {}, None),
    ],
)
def test_a_ring_begins_at_its_instant(waited_s: int, need: dict[str, int], next_s: int | None) -> None:
    widens_at = None if next_s is None else after(START, next_s)
    assert asked(WIDENING, EN, START, after(START, waited_s)) == (skills_from(need), widens_at)


def test_without_rings_there_is_no_deadline() -> None:
    day = Day()
    day.queued(1)
    assert next_deadline(day.floor) is None or day.call(call_id(1)).widens_at is None
    assert day.call(call_id(1)).need == skilled("sales", level=1)


def test_a_call_takes_the_best_first_and_less_good_ones_later() -> None:
    day = Day(WIDENING)
    call = day.queued(1)
    for level, name in ((1, "anna"), (2, "boris"), (3, "vera")):
        day.agent_ready(name, skill("sales", level))
    day.wait(9)
    assert day.call(call).offer is None
    day.wait(1)
    assert day.offer_of(call).agent_id == "vera"
    day.tell(AgentNotReady(AgentId("vera"), "lunch"))
    assert day.call(call).offer is None
    day.wait(10)
    assert day.offer_of(call).agent_id == "boris"
    day.tell(OfferDeclined(day.offer_of(call).offer_id, Decline.DECLINED))
    day.wait(10)
    assert day.offer_of(call).agent_id == "anna"
    assert day.call(call).enqueued_at == START


def test_an_idle_expert_gets_the_call_at_once_and_a_timer_that_wakes_late_widens_as_of_its_instant() -> None:
    day = Day(WIDENING)
    day.agent_ready("anna", skill("sales", 2))
    day.agent_ready("vera", skill("sales", 5))
    first = day.queued(1)
    assert day.offer_of(first).agent_id == "vera"
    day.connected(first)
    late = day.queued(2)
    day.wait(500, timers=False)
    assert day.offer_of(late).agent_id == "anna"


def test_of_two_callers_the_one_who_is_wider_by_now_is_served_first() -> None:
    day = Day(WIDENING)
    first = day.queued(1)
    day.wait(15)
    second = day.queued(2)
    anna = day.agent_ready("anna", skill("sales", 3))
    assert day.agent(anna).call_id == first
    assert day.call(second).offer is None


def test_a_language_that_nobody_speaks_is_dropped_in_the_end() -> None:
    day = Day(WIDENING)
    call = day.queued(1, skills=EN)
    day.agent_ready("anna", skill("sales", 5))
    day.wait(19)
    assert day.call(call).offer is None
    day.wait(1)
    assert day.offer_of(call).agent_id == "anna"


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.queue_id)
def test_the_demo_s_english_callers_do_not_wait_without_end(queue: Queue) -> None:
    day = Day(*QUEUES)
    own = frozenset() if queue.never_full else EN
    call = day.queued(1, queue=queue, skills=own)
    name = next(iter(queue.skills))
    day.agent_ready("anna", skill(name, 1), skill("ru", 5))
    day.wait(61)
    assert day.offered_to() == ["anna"] * len(day.offered_to()) != []
    assert day.call(call).enqueued_at == START


def test_settings_that_change_live_hold_for_those_who_wait() -> None:
    day = Day(WIDENING, REPAIRS)
    call, other = day.queued(1), day.queued(2, queue=REPAIRS)
    day.agent_ready("anna", skill("sales", 1))
    day.wait(5)
    day.tell(QueuesChanged((replace(WIDENING, rings=(Ring(3, 1),)), REPAIRS), 2))
    assert day.offer_of(call).agent_id == "anna"
    day.tell(OfferDeclined(day.offer_of(call).offer_id, Decline.DECLINED))
    day.agent_ready("boris", skill("repairs", 2))
    assert day.offer_of(other).agent_id == "boris"
    day.tell(OfferDeclined(day.offer_of(other).offer_id, Decline.DECLINED))
    day.tell(QueuesChanged((SALES, replace(REPAIRS, skills=frozenset({"mending"}))), 3))
    day.agent_ready("boris", skill("repairs", 5))
    assert day.call(other).offer is None, "its queue asks for another skill now"
    assert day.agent(day.agent_ready("vera", "mending")).call_id == other


def test_a_shorter_target_holds_for_those_who_wait_too_so_that_nobody_is_overtaken() -> None:
    day = Day()
    first = day.queued(1)
    day.wait(10)
    day.tell(QueuesChanged((replace(SALES, target_s=2), REPAIRS), 2))
    second = day.queued(2)
    assert day.call(first).due_at < day.call(second).due_at
    assert (day.call(first).target_s, day.call(first).settings_version) == (2, 2)
    assert day.agent(day.agent_ready("anna")).call_id == first


def test_a_call_that_is_rung_when_its_ring_widens_is_wider_when_it_comes_back() -> None:
    day = Day(WIDENING)
    day.agent_ready("vera", skill("sales", 5))
    call = day.queued(1)
    day.agent_ready("anna", skill("sales", 2))
    day.wait(14)
    assert day.offer_of(call).agent_id == "vera"
    day.wait(1)
    assert day.call(call).offer is None
    assert day.call(call).need == skilled("sales", level=3)
    day.wait(5)
    assert day.offer_of(call).agent_id == "anna"


def test_levels_learnt_in_the_middle_of_a_shift_count_at_once() -> None:
    day = Day(WIDENING)
    anna = day.agent_ready("anna", skill("sales", 3))
    call = day.queued(1)
    assert day.call(call).offer is None
    day.tell(AgentSignedIn(anna, "Anna", skilled("sales", level=4)))
    assert day.offer_of(call).agent_id == anna
    check_invariants(day.floor)


LEVELS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(1, 5))
DROPPED = st.frozensets(st.sampled_from("abc"))
RINGS = st.lists(st.builds(Ring, st.integers(0, 99), st.integers(1, 5), DROPPED), max_size=4)


@given(has=LEVELS, rings=RINGS, level=st.integers(1, 5), waited_s=st.integers(0, 120))
def test_agents_of_one_group_may_take_the_same_calls(
    has: dict[str, int], rings: list[Ring], level: int, waited_s: int
) -> None:
    """Groups see levels only as far as queues tell them apart, and that is enough."""
    by_time = tuple(sorted(rings, key=lambda ring: ring.after_s))
    queue = Queue(QueueId("q"), "Q", 20, frozenset({"a", "b"}), level=level, rings=by_time)
    need, _ = asked(queue, frozenset({"c"}), START, after(START, waited_s))
    skills = skills_from(has)
    assert able(coarse(skills, levels_asked([queue])), need) == able(skills, need)
    assert asked(queue, frozenset({"c"}), START, after(START, 200))[0] == least_asked(queue, frozenset({"c"}))
