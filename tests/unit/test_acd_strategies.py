"""Who is rung: the strategies a queue can name, the preferred agent, the reserve, skills that are spared."""

from dataclasses import replace

import pytest

from acd.effects import OfferCall, WithdrawOffer
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentSignedOut,
    CallConnected,
    CallerLeft,
    CallQueued,
    CallRescued,
    Decline,
    DemandForecast,
    Event,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
    ProtectedStepBegan,
    ProtectedStepEnded,
    WrapUpEnded,
)
from acd.model import CallState, Duty, Presence
from acd.queue_rules import wrong_settings
from acd.queues import Limits
from acd.strategies import MOST_AT_ONCE, STRATEGIES, strategy_of
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId
from calls.journey import CallFacts
from calls.record import OfferResult
from tests.kit.floors import NODE, REPAIRS, SALES, START, Day, call_id, check_invariants, leg

ANNA, BORIS, VERA = AgentId("anna"), AgentId("boris"), AgentId("vera")
AT_ONCE = replace(SALES, wrap_up_s=0)


def served(day: Day, number: int, talk_s: float = 60) -> AgentId:
    """Who is rung for a new call and talks with it."""
    call = day.queued(number)
    agent = day.offer_of(call).agent_id
    day.connected(call)
    day.wait(talk_s)
    day.tell(CallerLeft(call))
    return agent


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_is_a_setting_and_a_value(name: str) -> None:
    queue = replace(SALES, strategy=name, order=(BORIS,))
    assert not wrong_settings([queue], Limits())
    assert strategy_of(queue) == strategy_of(replace(queue, target_s=1))
    day = Day(queue)
    for agent in ("anna", "boris", "vera"):
        day.agent_ready(agent)
    assert {offer.agent_id for offer in day.call(day.queued(1)).live_offers} <= {ANNA, BORIS, VERA}
    check_invariants(day.floor)


def test_fewest_calls_counts_from_the_sign_in() -> None:
    day = Day(replace(AT_ONCE, strategy="fewest_calls"))
    day.agent_ready("anna")
    assert [served(day, number) for number in (1, 2)] == [ANNA, ANNA]
    day.agent_ready("boris")
    assert [served(day, number, talk_s=600) for number in (3, 4, 5)] == [BORIS, BORIS, ANNA]
    day.tell(AgentSignedOut(ANNA))
    day.agent_ready("anna")
    assert served(day, 6) == ANNA, "the count begins anew with the shift"


def test_a_fixed_order_is_followed_whoever_is_busiest() -> None:
    day = Day(replace(AT_ONCE, strategy="fixed_order", order=(VERA, AgentId("nobody"), BORIS)))
    for name in ("anna", "boris", "vera"):
        day.agent_ready(name)
    assert [served(day, number) for number in (1, 2)] == [VERA, VERA]
    day.tell(AgentNotReady(VERA, "lunch"))
    assert served(day, 3) == BORIS
    day.tell(AgentNotReady(BORIS, "lunch"))
    assert served(day, 4) == ANNA, "whoever is not named comes last"


def test_a_fixed_order_goes_before_the_sparing_of_skills() -> None:
    sales = replace(AT_ONCE, strategy="fixed_order", order=(BORIS, ANNA))
    day = Day(sales, REPAIRS)
    day.agent_ready("boris", "sales", "repairs")
    day.agent_ready("anna", "sales")
    day.tell(DemandForecast(frozenset({REPAIRS.queue_id})))
    assert day.offer_of(day.queued(1)).agent_id == BORIS


def test_each_queue_has_its_own_strategy_on_the_same_agents() -> None:
    day = Day(replace(SALES, strategy="fixed_order", order=(VERA,)), replace(REPAIRS, strategy="longest_idle"))
    for name in ("anna", "boris", "vera"):
        day.agent_ready(name, "sales", "repairs")
        day.wait(1)
    assert day.offer_of(day.queued(1)).agent_id == VERA
    assert day.offer_of(day.queued(2, queue=REPAIRS)).agent_id == ANNA


# --- the preferred agent
PREFERRING = replace(SALES, preferred_s=20)


def busy_vera(*more: str) -> Day:
    day = Day(PREFERRING)
    day.agent_ready("vera")
    day.connected(day.queued(100))
    for name in more:
        day.agent_ready(name)
    return day


def test_the_preferred_agent_is_waited_for_and_then_anybody_takes_the_call() -> None:
    day = busy_vera("anna")
    call = day.queued(1, preferred=VERA)
    other = day.queued(2)
    assert day.offer_of(other).agent_id == ANNA, "a call that waits for one agent holds nobody up"
    day.tell(CallerLeft(other))
    day.wait(19.9)
    assert day.call(call).offer is None
    day.wait(0.1)
    assert day.offer_of(call).agent_id == ANNA
    assert day.call(call).preferred == VERA


def test_the_preferred_agent_who_becomes_free_in_time_gets_the_call_though_another_idles() -> None:
    day = busy_vera("anna")
    call = day.queued(1, preferred=VERA)
    day.tell(CallerLeft(call_id(100)))
    day.tell(WrapUpEnded(VERA))
    assert day.offer_of(call).agent_id == VERA
    assert day.offered_to() == [VERA, VERA]


def test_the_preferred_agent_takes_an_earlier_call_first() -> None:
    day = busy_vera()
    earlier = day.queued(1)
    day.wait(1)
    call = day.queued(2, preferred=VERA)
    day.tell(CallerLeft(call_id(100)))
    day.tell(WrapUpEnded(VERA))
    assert day.agent(VERA).call_id == earlier
    day.connected(earlier)
    assert day.agent(day.agent_ready("anna")).duty is Duty.IDLE, "the other call waits for Vera"
    day.wait(PREFERRING.preferred_s)
    assert day.offer_of(call).agent_id == ANNA


@pytest.mark.parametrize("way", ["declines", "signs out", "never came", "no window", "was told too late"])
def test_the_window_ends_when_waiting_is_in_vain(way: str) -> None:
    day = Day(SALES if way == "no window" else PREFERRING)
    call = call_id(1)
    if way != "never came":
        day.agent_ready("vera")
    if way == "declines":
        day.queued(1, preferred=VERA)
        assert day.offer_of(call).agent_id == VERA
        day.tell(OfferDeclined(day.offer_of(call).offer_id, Decline.DECLINED))
        day.agent_ready("anna")
    else:
        day.tell(AgentNotReady(VERA, "lunch"))
        day.agent_ready("anna")
        begun = Instant(day.now - (PREFERRING.preferred_s * 1000 if way == "was told too late" else 0))
        places = (call, SALES.queue_id, frozenset[str](), 0, begun, begun, leg(1))
        day.tell(CallQueued(*places, CallFacts(), preferred=VERA))
    if way == "signs out":
        assert day.call(call).offer is None
        day.tell(AgentSignedOut(VERA))
    assert day.offer_of(call).agent_id == ANNA
    check_invariants(day.floor)


# --- all at once
RINGING = replace(SALES, strategy="ring_all")


def all_ring(count: int = 3) -> tuple[Day, CallId]:
    day = Day(RINGING, REPAIRS)
    for name in ("anna", "boris", "vera")[:count]:
        day.agent_ready(name)
    call = day.queued(1)
    assert day.call(call).state is CallState.OFFERED
    day.effects.clear()
    return day, call


def ringing(day: Day, call: CallId) -> set[str]:
    return {offer.agent_id for offer in day.call(call).live_offers}


def withdrawn(day: Day) -> list[str]:
    return [effect.wish.offer_id for effect in day.effects if isinstance(effect.wish, WithdrawOffer)]


def test_all_idle_agents_ring_and_who_answers_first_has_the_call() -> None:
    day, call = all_ring()
    assert ringing(day, call) == {ANNA, BORIS, VERA}
    assert len({offer.offer_id for offer in day.call(call).live_offers}) == 3
    second = day.queued(2)
    assert day.call(second).offer is None, "they all ring for the first"
    answered = day.call(call).offer_to(BORIS)
    assert answered is not None
    others = [offer.offer_id for offer in day.call(call).live_offers if offer is not answered]
    day.tell(OfferAccepted(answered.offer_id))
    assert withdrawn(day) == others
    assert (day.call(call).state, day.agent(BORIS).duty) == (CallState.CONNECTING, Duty.ON_CALL)
    assert ringing(day, second) == {ANNA, VERA}, "who is free again rings for the next"
    assert day.agent(ANNA).presence is Presence.READY, "being slower is no fault"
    check_invariants(day.floor)
    day.tell(OfferAccepted(others[0]))
    assert day.offer_of(call).agent_id == BORIS, "a second answer comes too late"
    day.tell(CallConnected(answered.offer_id))
    results = {offer.agent_id: offer.result for offer in day.call(call).offers}
    assert results == {
        ANNA: OfferResult.WITHDRAWN, BORIS: OfferResult.ANSWERED, VERA: OfferResult.WITHDRAWN,
    }  # fmt: skip


def test_a_bridge_that_is_told_of_before_the_answer_ends_the_other_rings_too() -> None:
    day, call = all_ring()
    answered = day.call(call).live_offers[2]
    day.tell(CallConnected(answered.offer_id))
    assert (day.call(call).state, day.call(call).agent_id) == (CallState.TALKING, answered.agent_id)
    assert len(withdrawn(day)) == 2
    check_invariants(day.floor)


ONE_STOPS = {"busy": "declined", "no answer": "rona", "not ready": "lunch", "leg ended": "declined"}
"""How one of three stops ringing, and why that one is not ready then."""


@pytest.mark.parametrize("how", ONE_STOPS)
def test_one_who_declines_leaves_the_others_ringing(how: str) -> None:
    day, call = all_ring()
    offer = day.call(call).live_offers[1]
    event: dict[str, Event] = {
        "busy": OfferDeclined(offer.offer_id, Decline.DECLINED),
        "no answer": OfferDeclined(offer.offer_id, Decline.NO_ANSWER),
        "not ready": AgentNotReady(offer.agent_id, "lunch"),
        "leg ended": AgentLegEnded(offer.offer_id, LegEnd.HUNG_UP),
    }
    day.tell(event[how])
    assert day.call(call).state is CallState.OFFERED
    assert ringing(day, call) == {ANNA, BORIS, VERA} - {offer.agent_id}
    assert day.agent(offer.agent_id).reason == ONE_STOPS[how]
    assert withdrawn(day) == [offer.offer_id]
    check_invariants(day.floor)
    day.tell(event[how])
    assert len(withdrawn(day)) == 1


def test_when_all_have_declined_the_call_waits_at_its_place() -> None:
    day, call = all_ring()
    later = day.queued(2)
    for offer in day.call(call).live_offers:
        day.tell(OfferDeclined(offer.offer_id, Decline.DECLINED))
    assert day.call(call).state is CallState.WAITING
    assert day.call(call).enqueued_at == START
    day.agent_ready("anna")
    assert (day.call(call).state, day.call(later).state) == (CallState.OFFERED, CallState.WAITING)


def test_nobody_answers_and_all_are_not_ready() -> None:
    day, call = all_ring()
    day.wait(RINGING.offer_s)
    assert day.call(call).state is CallState.WAITING
    assert {day.agent(agent).reason for agent in (ANNA, BORIS, VERA)} == {"rona"}
    assert {offer.ended_at for offer in day.call(call).offers} == {after(START, RINGING.offer_s)}


def test_who_becomes_free_meanwhile_does_not_ring_too() -> None:
    day, call = all_ring(2)
    day.agent_ready("vera")
    assert ringing(day, call) == {ANNA, BORIS}
    assert ringing(day, day.queued(2)) == {VERA}


@pytest.mark.parametrize("what", ["caller left", "protected", "rescued", "node has none", "node has one"])
def test_all_rings_end_together_when_the_call_is_not_to_be_offered(what: str) -> None:
    day, call = all_ring()
    offers = [offer.offer_id for offer in day.call(call).live_offers]
    events: dict[str, Event] = {
        "caller left": CallerLeft(call),
        "protected": ProtectedStepBegan(call),
        "rescued": CallRescued(call, BORIS, leg(1)),
        "node has none": NodeSeen(NODE, frozenset({call}), frozenset()),
        "node has one": NodeSeen(NODE, frozenset({call}), frozenset(offers[1:2])),
    }
    day.tell(events[what])
    assert set(withdrawn(day)) == set(offers) - (set(offers[1:2]) if what == "node has one" else set())
    check_invariants(day.floor)
    if what == "protected":
        assert day.call(call).state is CallState.WAITING
        day.tell(ProtectedStepEnded(call))
        assert ringing(day, call) == {ANNA, BORIS, VERA}
    if what == "caller left":
        assert {offer.result for offer in day.records()[0].offers} == {OfferResult.CALLER_LEFT}


def test_no_more_than_twenty_telephones_ring_at_once() -> None:
    day = Day(RINGING)
    for number in range(MOST_AT_ONCE + 7):
        day.agent_ready(f"agent-{number:02}")
    call = day.queued(1)
    assert len(ringing(day, call)) == MOST_AT_ONCE
    assert len(ringing(day, day.queued(2))) == 7
    assert len([effect for effect in day.effects if isinstance(effect.wish, OfferCall)]) == MOST_AT_ONCE + 7


def test_only_the_best_group_rings() -> None:
    day = Day(RINGING, REPAIRS)
    day.agent_ready("anna", "sales", "repairs")
    day.agent_ready("boris", "sales")
    day.agent_ready("vera", "sales")
    day.tell(DemandForecast(frozenset({REPAIRS.queue_id})))
    assert ringing(day, day.queued(1)) == {BORIS, VERA}


# --- the reserve, and skills that are spared
def test_a_reserve_keeps_flexible_agents_for_other_queues() -> None:
    day = Day(replace(SALES, reserve=1), REPAIRS)
    day.agent_ready("anna", "sales", "repairs")
    call = day.queued(1)
    assert day.call(call).offer is None, "the last one who can also repair is kept"
    day.agent_ready("boris", "sales", "repairs")
    assert day.call(call).offer is not None, "of two one is spare"
    repair = day.queued(2, queue=REPAIRS)
    assert day.call(repair).offer is not None, "for repairs nobody is kept back"
    check_invariants(day.floor)


def test_a_reserve_holds_nobody_back_who_can_do_nothing_else() -> None:
    day = Day(replace(SALES, reserve=5), REPAIRS)
    day.agent_ready("anna", "sales", "dancing")
    assert day.offer_of(day.queued(1)).agent_id == ANNA, "no queue asks for dancing"


def test_a_reserve_is_kept_where_all_ring() -> None:
    day = Day(replace(RINGING, reserve=1), REPAIRS)
    for name in ("anna", "boris", "vera"):
        day.agent_ready(name, "sales", "repairs")
    assert len(ringing(day, day.queued(1))) == 2
    check_invariants(day.floor)


def test_a_skill_whose_queue_is_forecast_to_miss_its_standard_is_spared() -> None:
    def first(short: frozenset[QueueId]) -> AgentId:
        day = Day()
        day.agent_ready("anna", "sales", "repairs")
        day.agent_ready("vera", "sales")
        day.tell(DemandForecast(short))
        return day.offer_of(day.queued(1)).agent_id

    assert first(frozenset({REPAIRS.queue_id})) == VERA
    assert first(frozenset()) == ANNA, "nobody wants repairs: the order of shares, then of names"
    assert first(frozenset({QueueId("unknown")})) == ANNA


def test_a_skill_that_a_call_waits_for_is_spared_before_one_that_is_only_in_use() -> None:
    """Boris's mending is talked about, Anna's repairs are waited for: Boris is taken."""
    mending = replace(REPAIRS, queue_id=QueueId("mending"), skills=frozenset({"mending"}))
    day = Day(SALES, replace(REPAIRS, level=5), mending)
    day.agent_ready("vera", "mending")
    day.connected(day.queued(1, queue=mending))
    day.queued(2, queue=REPAIRS)
    day.agent_ready("anna", "sales", "repairs")
    day.agent_ready("boris", "sales", "mending")
    assert day.offer_of(day.queued(3)).agent_id == BORIS
