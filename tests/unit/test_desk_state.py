"""What an agent's page is told of a second line that nobody answered, and of a call that was sent on."""

import pytest

from acd.events import ConsultCall, CustomerNotReached, Decline, OfferDeclined, OutsideFailed, TransferCall
from agent_desktop.desk_state import TOLD_S, DeskState, Missed, calls_told_of, concerns, desk_state
from agent_desktop.ports import Change, FloorView
from calls.clock import after
from calls.ids import AgentId
from calls.journey import Language
from calls.transfer import Target, TargetKind
from calls.unreached import Unreached
from tests.kit.floors import Day
from tests.kit.transfers import ANNA, BORIS, CALL, TO_BORIS, consult_of, talking

NUMBER = Target(TargetKind.OUTSIDE, "+74951234567")


def view_of(day: Day) -> FloorView:
    floor = day.floor
    return FloorView(1, day.now, dict(floor.queues), dict(floor.calls), dict(floor.agents), {})


def page(day: Day, agent_id: AgentId = ANNA) -> DeskState:
    return desk_state(view_of(day), agent_id, day.now, "line", Language.RU)


def told(day: Day, who: str, why: Unreached, *, waits: bool = False) -> Missed:
    return Missed(who, why, after(day.now, TOLD_S), waits)


@pytest.mark.parametrize("why", [Unreached.BUSY, Unreached.NOT_ALLOWED])
def test_who_asked_outside_learns_why_nobody_spoke_there(why: Unreached) -> None:
    day, _ = talking()
    day.tell(ConsultCall(ANNA, NUMBER))
    line = page(day).second_line
    assert line is not None
    assert line.who == "+7 495 123-45-67"
    day.tell(CustomerNotReached(consult_of(day).offer_id, why))
    assert page(day).missed == told(day, "+7 495 123-45-67", why)
    assert page(day, BORIS).missed is None
    day.tell(ConsultCall(ANNA, TO_BORIS))
    assert page(day).missed is None, "another one is asked"


def test_who_asked_a_colleague_learns_it_by_name() -> None:
    day, _ = talking()
    day.tell(ConsultCall(ANNA, TO_BORIS))
    day.tell(OfferDeclined(consult_of(day).offer_id, Decline.DECLINED))
    assert page(day).missed == told(day, day.agent(BORIS).name, Unreached.DECLINED)


def test_who_sent_the_caller_outside_learns_that_it_waits_until_somebody_answers() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, NUMBER))
    day.tell(OutsideFailed(CALL, Unreached.NO_ANSWER))
    assert page(day).missed == told(day, "+7 495 123-45-67", Unreached.NO_ANSWER, waits=True)
    day.agent_ready("vera")
    day.connected(CALL)
    assert page(day).missed is None


def test_the_page_follows_a_call_that_was_sent_on() -> None:
    day, _ = talking()
    day.tell(TransferCall(ANNA, NUMBER))
    change = Change(2, {CALL: day.call(CALL)}, {}, {})
    assert concerns(change, ANNA, calls_told_of(view_of(day), ANNA))
    assert not concerns(change, BORIS, calls_told_of(view_of(day), BORIS))
    assert calls_told_of(view_of(day), AgentId("nobody")) == frozenset()
