"""Talks that were over before the engine came back: in the record as they were, and nobody is disturbed by them."""

from collections.abc import Sequence

from acd.events import AgentLegEnded, CallerLeft, Decline, LegEnd, NodeSeen, OfferDeclined, PastTalk, WrapUpEnded
from acd.model import CallState, Duty
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, OfferId, offer_id
from calls.record import CallOutcome, CallRecord
from tests.kit.floors import NODE, SALES, START, Day, call_id, check_invariants

ANNA, BORIS = AgentId("anna"), AgentId("boris")
ONE = call_id(1)
FIRST = offer_id(ONE, 1)
NOBODY_LEFT = NodeSeen(NODE, frozenset(), frozenset())


def talk(call: CallId, agent: AgentId | None, offer: OfferId | None, began_s: float, ended_s: float) -> PastTalk:
    return PastTalk(call, agent, offer, after(START, began_s), after(START, ended_s), NODE)


def record_of(day: Day, call: CallId) -> CallRecord:
    (record,) = [record for record in day.records() if record.call_id == call]
    return record


def times(record: CallRecord) -> Sequence[Instant | None]:
    return record.answered_at, record.talk_ended_at, record.ended_at


def test_a_talk_by_our_offer_is_answered_with_its_own_times() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.wait(9)
    day.tell(talk(ONE, ANNA, FIRST, 3, 7))
    assert (day.agent(ANNA).duty, day.agent(ANNA).duty_since) == (Duty.WRAP_UP, after(START, 7))
    day.tell(NOBODY_LEFT)
    day.tell(WrapUpEnded(ANNA))
    record = record_of(day, ONE)
    assert (record.outcome, record.agent_id) == (CallOutcome.ANSWERED, ANNA)
    assert times(record) == (after(START, 3), after(START, 7), after(START, 7))
    assert [offer.offer_id for offer in record.offers] == [FIRST]
    check_invariants(day.floor)


def test_a_talk_whose_beginning_was_heard_gets_its_end() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.connected(ONE)
    day.wait(20)
    day.tell(talk(ONE, ANNA, FIRST, 0, 12))
    day.tell(WrapUpEnded(ANNA))
    assert times(record_of(day, ONE)) == (START, after(START, 12), after(START, 12))


def test_a_talk_that_asterisk_alone_had_made_is_rescued() -> None:
    day = Day()
    day.queued(1)
    day.agent_ready("anna")
    day.tell(OfferDeclined(FIRST, Decline.NO_ANSWER))
    day.wait(30)
    day.tell(talk(ONE, ANNA, None, 12, 25))
    day.tell(WrapUpEnded(ANNA))
    record = record_of(day, ONE)
    assert (record.outcome, record.agent_id) == (CallOutcome.RESCUED, ANNA)
    assert times(record) == (after(START, 12), after(START, 25), after(START, 25))


def test_an_agent_who_is_rung_for_another_since_is_let_alone() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.tell(OfferDeclined(FIRST, Decline.NO_ANSWER))
    day.agent_ready("boris")
    day.agent_ready("anna")
    assert day.offer_of(ONE).agent_id == BORIS
    ring = day.offer_of(day.queued(2))
    day.wait(5)
    day.tell(talk(ONE, None, FIRST, 1, 4))
    record = record_of(day, ONE)
    assert (record.outcome, record.agent_id) == (CallOutcome.RESCUED, ANNA), "the offer says whose talk it was"
    assert times(record)[:2] == (after(START, 1), after(START, 4))
    assert (day.offer_of(call_id(2)), ring.agent_id) == (ring, ANNA)
    assert day.agent(BORIS).duty is Duty.IDLE, "the call is over: nobody is rung for it"
    check_invariants(day.floor)


def test_a_talk_of_a_call_that_nobody_told_of_has_a_record_and_disturbs_nobody() -> None:
    day = Day()
    day.agent_ready("anna")
    day.wait(60)
    for _ in range(2):
        day.tell(talk(call_id(9), ANNA, None, 20, 40))
        assert day.agent(ANNA).duty is Duty.IDLE
    record = record_of(day, call_id(9))
    assert (record.outcome, record.agent_id, record.arrived_at) == (CallOutcome.RESCUED, ANNA, after(START, 20))
    assert times(record)[:2] == (after(START, 20), after(START, 40))
    check_invariants(day.floor)


def test_a_call_that_has_its_record_gets_no_second_one() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.connected(ONE)
    day.wait(10)
    day.tell(CallerLeft(ONE))
    day.tell(WrapUpEnded(ANNA))
    day.tell(talk(ONE, ANNA, FIRST, 0, 10))
    assert len(day.records()) == 1
    assert day.agent(ANNA).duty is Duty.IDLE


def test_a_former_talk_of_a_caller_who_waits_again_is_known() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.connected(ONE)
    day.tell(AgentLegEnded(FIRST, LegEnd.LOST))
    before = day.call(ONE)
    day.tell(talk(ONE, ANNA, FIRST, 0, 0))
    assert day.call(ONE) == before
    assert before.state in (CallState.WAITING, CallState.OFFERED)


def test_an_instant_of_a_clock_that_goes_before_ours_is_held_back() -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    day.wait(5)
    day.tell(talk(ONE, ANNA, FIRST, -100, 900))
    day.tell(WrapUpEnded(ANNA))
    assert times(record_of(day, ONE)) == (START, after(START, 5), after(START, 5))


def test_the_same_of_a_talk_that_asterisk_alone_had_made_of_a_call_unknown_to_us() -> None:
    day = Day()
    day.agent_ready("anna")
    day.wait(5)
    day.tell(talk(call_id(9), ANNA, None, 2, 900))
    assert times(record_of(day, call_id(9))) == (after(START, 2), after(START, 5), after(START, 5))


def test_the_queue_learns_the_wait_as_of_the_talk() -> None:
    def pace(told_s: float) -> object:
        day = Day()
        day.agent_ready("anna")
        day.queued(1)
        day.wait(told_s)
        day.tell(talk(ONE, ANNA, FIRST, 3, 7))
        return day.floor.pace_of(SALES.queue_id)

    assert pace(9) == pace(90)
