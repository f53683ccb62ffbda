"""The agent's page dies in a talk: the caller is kept for the same agent, then goes to another."""

from collections.abc import Callable

import pytest

from acd.effects import HangUpAgent, OfferCall, ReturnToQueue
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentReachable,
    AgentSignedOut,
    AgentUnreachable,
    CallerLeft,
    Event,
    LegEnd,
    TelephoneRenewed,
    WrapUpEnded,
)
from acd.model import CallState, Duty, Presence
from calls.ids import AgentId, CallId, OfferId
from tests.kit.floors import SALES, START, Day, call_id, leg


def talking(day: Day) -> tuple[AgentId, CallId, OfferId]:
    anna = day.agent_ready("anna")
    call = day.queued(1)
    return anna, call, day.connected(call)


def test_a_lost_agent_gets_the_caller_back_when_the_page_is_there_again() -> None:
    day = Day()
    anna, call, offer = talking(day)
    day.tell(AgentUnreachable(anna))
    assert day.call(call).state is CallState.TALKING, "the voice may live on without the signalling"
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    boris = day.agent_ready("boris")
    assert day.call(call).state is CallState.WAITING
    assert day.agent(boris).duty is Duty.IDLE, "the caller is kept for Anna"
    assert ReturnToQueue(call, leg(1), lost=True) in [effect.wish for effect in day.effects]
    day.wait(5)
    day.tell(AgentReachable(anna))
    again = day.offer_of(call)
    assert again.agent_id == anna
    assert [effect.wish.again for effect in day.effects if isinstance(effect.wish, OfferCall)] == [False, True]
    day.connected(call)
    assert day.agent(anna).kept_call is None
    assert day.call(call).kept_for is None
    day.tell(CallerLeft(call))
    day.tell(WrapUpEnded(anna))
    assert [record.answered_at for record in day.records()] == [START]


def test_an_agent_who_does_not_come_back_in_time_loses_the_caller_to_another() -> None:
    day = Day()
    anna, call, offer = talking(day)
    day.tell(AgentUnreachable(anna))
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    boris = day.agent_ready("boris")
    day.wait(SALES.reconnect_s - 0.1)
    assert day.call(call).offer is None
    day.wait(0.2)
    assert day.offer_of(call).agent_id == boris
    day.tell(AgentReachable(anna))
    assert day.agent(anna).duty is Duty.IDLE
    assert day.agent(anna).kept_call is None


def test_a_new_page_proves_the_old_leg_dead() -> None:
    day = Day()
    anna, call, offer = talking(day)
    day.tell(TelephoneRenewed(anna))
    assert HangUpAgent(offer, leg(1)) in [effect.wish for effect in day.effects]
    again = day.offer_of(call)
    assert (again.agent_id, again.offer_id == offer) == (anna, False)
    day.tell(TelephoneRenewed(anna))
    third = day.offer_of(call)
    assert third.agent_id == anna, "reloaded once more while it rang"
    assert third.offer_id != again.offer_id
    assert day.agent(anna).kept_call == call


def test_whoever_is_not_ready_gets_the_lost_caller_back_all_the_same() -> None:
    day = Day()
    anna, call, _ = talking(day)
    day.tell(AgentNotReady(anna, "lunch"))
    day.tell(TelephoneRenewed(anna))
    assert day.offer_of(call).agent_id == anna


@pytest.mark.parametrize(
    "end", [lambda: CallerLeft(call_id(1)), lambda: AgentSignedOut(AgentId("anna"))], ids=["caller", "agent"]
)
def test_keeping_ends_with_either_of_them(end: Callable[[], Event]) -> None:
    day = Day()
    anna, call, offer = talking(day)
    day.tell(AgentUnreachable(anna))
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    day.tell(end())
    assert day.agent(anna).kept_call is None
    assert call not in day.floor.calls or day.call(call).kept_for is None


def test_a_returning_agent_who_does_not_answer_lets_the_caller_go_to_another() -> None:
    day = Day()
    anna, call, _ = talking(day)
    boris = day.agent_ready("boris")
    day.tell(TelephoneRenewed(anna))
    day.wait(SALES.offer_s + 0.1)
    assert day.offer_of(call).agent_id == boris
    assert day.agent(anna).presence is Presence.NOT_READY


def test_a_cut_off_caller_goes_before_those_who_have_not_talked() -> None:
    day = Day()
    anna, call, offer = talking(day)
    day.wait(600)
    day.queued(2)
    day.wait(30)
    day.tell(AgentUnreachable(anna))
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    day.wait(SALES.reconnect_s + 1)
    boris = day.agent_ready("boris")
    assert day.agent(boris).call_id == call


def test_a_page_that_dies_again_while_it_is_rung_is_still_waited_for() -> None:
    day = Day()
    anna, call, _ = talking(day)
    day.tell(TelephoneRenewed(anna))
    day.tell(AgentUnreachable(anna))
    boris = day.agent_ready("boris")
    assert day.call(call).offer is None
    day.wait(3)
    day.tell(AgentReachable(anna))
    assert day.offer_of(call).agent_id == anna
    assert day.agent(boris).duty is Duty.IDLE
