"""What people ask for, in every situation of an agent: accepted, or refused with a word and nothing changed."""

from dataclasses import replace

import pytest

from acd.effects import SetRescueMember, WithdrawOffer
from acd.errors import Reason
from acd.events import (
    Accepted,
    AgentCommand,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallConnected,
    CallerLeft,
    ExtendWrapUp,
    OfferAccepted,
    Refused,
    WrapUpEnded,
)
from acd.model import Duty, Presence
from calls.clock import after
from calls.ids import AgentId, offer_id
from staff.skills import skilled
from tests.kit.floors import REPAIRS, SALES, Day, call_id, check_invariants

ANNA = AgentId("anna")
SKILLS = skilled("sales")
SIGN_IN = AgentSignedIn(ANNA, "Анна", SKILLS)
READY, NOT_READY = AgentReady(ANNA), AgentNotReady(ANNA, "lunch")
SIGN_OUT, WRAPPED = AgentSignedOut(ANNA), WrapUpEnded(ANNA)
OK = ""


def situation(name: str) -> Day:
    """Anna, somewhere between unknown and wrap-up."""
    day = Day()
    if name == "unknown":
        return day
    day.tell(SIGN_IN)
    if name == "signed_out":
        day.tell(SIGN_OUT)
    if name in ("signed_out", "unreachable"):
        return day
    day.tell(AgentReachable(ANNA))
    if name == "not_ready":
        return day
    day.tell(READY)
    if name == "idle":
        return day
    day.queued(1)
    if name != "offered":
        day.tell(OfferAccepted(offer_id(call_id(1), 1)))
    if name in ("on_call", "wrap_up"):
        day.tell(CallConnected(offer_id(call_id(1), 1)))
    if name == "wrap_up":
        day.tell(CallerLeft(call_id(1)))
    return day


ASKED: dict[str, dict[AgentCommand, str]] = {
    "unknown": {
        SIGN_IN: OK, READY: "not_signed_in", NOT_READY: "not_signed_in", SIGN_OUT: OK, WRAPPED: "not_in_wrap_up",
    },
    "signed_out": {
        SIGN_IN: OK, READY: "not_signed_in", NOT_READY: "not_signed_in", SIGN_OUT: OK, WRAPPED: "not_in_wrap_up",
    },
    "unreachable": {
        SIGN_IN: OK, READY: "telephone_unreachable", NOT_READY: OK, SIGN_OUT: OK, WRAPPED: "not_in_wrap_up",
    },
    "not_ready": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: OK, WRAPPED: "not_in_wrap_up"},
    "idle": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: OK, WRAPPED: "not_in_wrap_up"},
    "offered": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: OK, WRAPPED: "not_in_wrap_up"},
    "connecting": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: "on_call", WRAPPED: "not_in_wrap_up"},
    "on_call": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: "on_call", WRAPPED: "not_in_wrap_up"},
    "wrap_up": {SIGN_IN: OK, READY: OK, NOT_READY: OK, SIGN_OUT: OK, WRAPPED: OK},
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("command", [SIGN_IN, READY, NOT_READY, SIGN_OUT, WRAPPED], ids=lambda c: type(c).__name__)
def test_every_situation_and_every_command(name: str, command: AgentCommand) -> None:
    day = situation(name)
    before = day.floor.state()
    step = day.tell(command)
    reason = ASKED[name][command]
    if reason == OK:
        assert isinstance(step.answer, Accepted)
    else:
        assert isinstance(step.answer, Refused)
        assert step.answer.reason == reason
        after = day.floor.state()
        assert (after.calls, after.agents, after.wrap_ups, after.pool) == (
            before.calls, before.agents, before.wrap_ups, before.pool,
        )  # fmt: skip
        assert not step.changes
        assert not step.effects
    check_invariants(day.floor)
    again = day.tell(command, message_id=step.answer.message_id)
    assert again.answer == step.answer
    assert not again.taken


def test_not_ready_asked_in_a_call_holds_from_its_end() -> None:
    day = situation("on_call")
    day.tell(NOT_READY)
    day.queued(2)
    day.tell(CallerLeft(call_id(1)))
    day.tell(WRAPPED)
    assert (day.agent(ANNA).duty, day.agent(ANNA).presence) == (Duty.IDLE, Presence.NOT_READY)
    assert day.call(call_id(2)).offer is None
    day.tell(READY)
    assert day.offer_of(call_id(2)).agent_id == ANNA


def test_not_ready_asked_while_it_rings_declines() -> None:
    day = situation("offered")
    day.tell(NOT_READY)
    assert any(isinstance(effect.wish, WithdrawOffer) for effect in day.effects)
    assert day.agent(ANNA).reason == "lunch"
    assert ANNA in day.call(call_id(1)).refused_by


def test_signing_out_ends_the_wrap_up_and_writes_the_record() -> None:
    day = situation("wrap_up")
    day.tell(SIGN_OUT)
    assert len(day.records()) == 1
    assert day.agent(ANNA).presence is Presence.SIGNED_OUT


def test_a_wrap_up_is_extended_as_often_as_the_queue_allows() -> None:
    day = Day(replace(SALES, wrap_up_extensions=2, wrap_up_extension_s=60), REPAIRS)
    day.agent_ready("anna")
    call = day.queued(1)
    early = day.tell(ExtendWrapUp(ANNA)).answer
    assert isinstance(early, Refused)
    assert early.reason == Reason.NOT_IN_WRAP_UP
    day.connected(call)
    day.tell(CallerLeft(call))
    until = day.agent(ANNA).wrap_up_until
    assert until is not None
    for n in (1, 2):
        assert isinstance(day.tell(ExtendWrapUp(ANNA)).answer, Accepted)
        assert (day.agent(ANNA).wrap_up_until, day.agent(ANNA).extensions_left) == (after(until, 60 * n), 2 - n)
    refused = day.tell(ExtendWrapUp(ANNA)).answer
    assert isinstance(refused, Refused)
    assert refused.reason == Reason.NO_MORE_TIME
    day.wait(30 + 119)
    assert day.agent(ANNA).duty is Duty.WRAP_UP
    day.wait(2)
    assert day.agent(ANNA).duty is Duty.IDLE
    day.connected(day.queued(2))
    day.tell(CallerLeft(call_id(2)))
    assert day.agent(ANNA).extensions_left == 2, "counted anew for each call"


def test_signing_in_again_keeps_the_state_and_learns_the_skills() -> None:
    day = situation("on_call")
    day.tell(AgentSignedIn(ANNA, "Анна", skilled("repairs")))
    anna = day.agent(ANNA)
    assert (anna.presence, anna.duty, anna.skills) == (Presence.READY, Duty.ON_CALL, skilled("repairs"))


def test_the_telephone_has_to_be_proven_anew_in_each_shift() -> None:
    day = Day()
    anna = day.agent_ready("anna")
    day.tell(AgentSignedOut(anna))
    day.tell(AgentSignedIn(anna, "Anna", skilled("sales")))
    assert not day.agent(anna).reachable, "its account ended with the shift"
    day.tell(AgentReachable(anna))
    day.tell(AgentReady(anna))
    assert day.agent(anna).presence is Presence.READY


def test_a_telephone_that_registers_before_the_sign_in_is_remembered() -> None:
    day = Day()
    day.tell(AgentReachable(ANNA))
    day.tell(SIGN_IN)
    assert isinstance(day.tell(READY).answer, Accepted)


def test_one_who_is_unreachable_is_offered_nothing_until_the_telephone_is_back() -> None:
    day = situation("idle")
    day.tell(AgentUnreachable(ANNA))
    day.queued(1)
    assert day.call(call_id(1)).offer is None
    day.tell(AgentReachable(ANNA))
    assert day.offer_of(call_id(1)).agent_id == ANNA


def test_the_rescue_queue_has_the_signed_in_and_rings_the_ready() -> None:
    day = Day()

    def told() -> list[tuple[bool, bool]]:
        wishes = [effect.wish for effect in day.effects]
        return [(wish.member, wish.paused) for wish in wishes if isinstance(wish, SetRescueMember)]

    day.tell(SIGN_IN)
    assert told() == [(True, True)]
    day.tell(AgentReachable(ANNA))
    day.tell(READY)
    assert told()[1:] == [(True, False)]
    day.queued(1)
    day.connected(call_id(1))
    assert len(told()) == 2, "the switch itself knows who talks"
    day.tell(CallerLeft(call_id(1)))
    day.tell(WRAPPED)
    assert told()[2:] == [(True, True), (True, False)]
    day.tell(SIGN_OUT)
    assert told()[4:] == [(False, True)]
