"""The end of a shift: never in the middle of a call, always when nobody is signed in any more."""

from dataclasses import replace

import pytest

from acd.events import AgentLegEnded, AgentNotReady, AgentSignedOut, CallerLeft, LegEnd
from acd.model import Duty, Presence
from agent_desktop.app import create_app
from agent_desktop.desk_app import DeskApp
from agent_desktop.shifts import end_forgotten_shifts
from calls.ids import AgentId, CallId
from calls.journey import CallFacts
from customers import demo
from staff.roles import Role
from tests.kit.desk_client import HTML, signed_in, visiting
from tests.kit.fake_desk import PASSWORD, FakeDesk

ORLOV, KIM = AgentId("orlov"), AgentId("kim")


def on_call(desk: FakeDesk) -> CallId:
    """Orlov, whose telephone is open, talks with a caller."""
    desk.floor.reachable(ORLOV)
    call = desk.floor.call(CallFacts(demo.IN_DEBT.phone))
    desk.floor.answered(call)
    assert desk.floor.floor.agents[ORLOV].duty is Duty.ON_CALL
    return call


def talk_over(desk: FakeDesk, call: CallId) -> None:
    desk.floor.tell(AgentLegEnded(desk.floor.offers[-1].offer_id, LegEnd.HUNG_UP))
    desk.floor.tell(CallerLeft(call))


def presence(desk: FakeDesk) -> Presence:
    return desk.floor.floor.agents[ORLOV].presence


async def test_signing_out_in_a_call_is_refused_with_the_reason_and_changes_nothing() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        desk.floor.reachable(ORLOV)
        await client.post("/desk/ready")
        call = on_call(desk)
        second_tab = await client.post("/sign-out", headers={"Accept": "application/json"})
        assert (second_tab.status_code, second_tab.json()["error"]) == (409, "Сначала завершите разговор")
        page = await client.post("/sign-out", headers=HTML)
        assert page.status_code == 409
        assert "Сначала завершите разговор" in page.text
        assert list(desk.staff.tokens.values()) == [ORLOV]
        assert ORLOV in desk.softphones.secrets
        assert presence(desk) is Presence.READY
        assert "signed_out" not in [act for _, act, _ in desk.staff.acts()]
        assert (await client.get("/desk", headers=HTML)).status_code == 200
        talk_over(desk, call)
        assert (await client.post("/sign-out")).status_code == 303
        assert presence(desk) is Presence.SIGNED_OUT
        assert not desk.staff.tokens
        assert not desk.softphones.secrets


async def test_another_person_at_the_same_browser_ends_the_first_ones_shift() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        await client.post("/sign-in", data={"login": "kim", "password": PASSWORD})
        assert desk.floor.asked[-1] == AgentSignedOut(ORLOV)
        assert list(desk.staff.tokens.values()) == [KIM]
        assert not desk.softphones.secrets


async def test_nobody_else_signs_in_over_a_call_and_its_own_page_goes_on() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        desk.floor.reachable(ORLOV)
        await client.post("/desk/ready")
        on_call(desk)
        (before,) = desk.staff.tokens
        other = await client.post("/sign-in", data={"login": "kim", "password": PASSWORD}, headers=HTML)
        assert other.status_code == 409
        assert "Сначала завершите разговор" in other.text
        assert list(desk.staff.tokens) == [before]
        await client.post("/sign-in", data={"login": "orlov", "password": PASSWORD})
        assert before in desk.staff.tokens


@pytest.mark.parametrize("how", ["idle", "deactivated", "another role"])
async def test_without_a_sign_in_the_shift_ends_and_the_telephone_is_taken_away(how: str) -> None:
    desk = FakeDesk()
    app = create_app(desk.services())
    state: DeskApp = app.state.desk
    async with visiting(app) as client:
        await client.post("/sign-in", data={"login": "orlov", "password": PASSWORD})
        line = (await client.post("/desk/telephone")).json()["line"]
        closing = state.sockets.opened(ORLOV, line)
        await end_forgotten_shifts(state)
        assert presence(desk) is Presence.NOT_READY
        if how == "idle":
            desk.staff.tokens.clear()
        elif how == "deactivated":
            desk.staff.users[ORLOV] = replace(desk.staff.users[ORLOV], active=False)
        else:
            desk.staff.users[ORLOV] = replace(desk.staff.users[ORLOV], role=Role.AUDITOR)
        await end_forgotten_shifts(state)
        assert presence(desk) is Presence.SIGNED_OUT
        assert not desk.softphones.secrets
        assert closing is not None
        assert closing.is_set()
        assert desk.staff.acts()[-1] == ("orlov", "shift_ended", "orlov")


async def test_a_call_in_progress_keeps_the_sign_in_alive_and_ends_before_the_shift() -> None:
    desk = FakeDesk()
    app = create_app(desk.services())
    state: DeskApp = app.state.desk
    async with visiting(app) as client:
        await client.post("/sign-in", data={"login": "orlov", "password": PASSWORD})
        await client.post("/desk/telephone")
        desk.floor.reachable(ORLOV)
        await client.post("/desk/ready")
        call = on_call(desk)
        await end_forgotten_shifts(state)
        assert desk.staff.prolonged == {ORLOV}
        assert presence(desk) is Presence.READY
        desk.staff.users[ORLOV] = replace(desk.staff.users[ORLOV], active=False)
        await end_forgotten_shifts(state)
        assert desk.floor.asked[-1] == AgentNotReady(ORLOV, "sign_in_ended"), "no other call comes"
        assert ORLOV in desk.softphones.secrets
        talk_over(desk, call)
        await end_forgotten_shifts(state)
        assert presence(desk) is Presence.SIGNED_OUT
        assert not desk.softphones.secrets
