"""PIN resets on the desk: asked from the own call, decided by another person, answered on the stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from agent_desktop.app import create_app
from agent_desktop.pin_resets import answers
from calls.clock import after
from calls.ids import CallId
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber
from customers.codes import Purpose
from customers.outages import Author
from customers.pin_resets import ASKED_S, Checked, NewPinReset, PinReset, ResetState
from tests.kit.desk_client import HTML, ORIGIN, signed_in, visiting
from tests.kit.fake_desk import PASSWORD, FakeDesk
from tests.unit.test_desk_pages import offered

MINE = demo.IN_DEBT
NEW_PHONE = "+73060077777"
WORD = {"word": "сверено"}


def told(call: str, **more: str) -> dict[str, str]:
    asked = {"call_id": call, "account": MINE.number, "phone": NEW_PHONE, "checked": "payments", "reason": "утерян"}
    return asked | more


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@asynccontextmanager
async def calling(desk: FakeDesk) -> AsyncIterator[tuple[httpx.AsyncClient, CallId]]:
    """Orlov with a call of a number that nobody knows."""
    async with signed_in(desk) as client:
        yield client, await offered(desk, client, CallFacts(PhoneNumber("+79991234567"), language=Language.EN))


def waiting(desk: FakeDesk, login: str = "orlov") -> PinReset:
    new = NewPinReset(
        AccountNumber(MINE.number), PhoneNumber(NEW_PHONE), "утерян", Checked.DOCUMENT, CallId("c"), Language.RU
    )
    reset = desk.pin_resets.ask(new, Author(login), desk.floor.clock.now())
    assert reset is not None
    return reset


def states(desk: FakeDesk) -> list[ResetState]:
    return [one.state for one in desk.pin_resets.kept.values()]


async def test_an_agent_asks_from_the_own_call_for_any_account_that_there_is(desk: FakeDesk) -> None:
    async with calling(desk) as (client, call):
        answer = await client.post("/desk/pin-reset", json=told(call, phone="8 (306) 007-77-77"))
        assert answer.status_code == 201
        again = await client.post("/desk/pin-reset", json=told(call))
        assert (again.status_code, again.json()["reason"]) == (409, "reset_waits")
    (reset,) = desk.pin_resets.kept.values()
    assert reset.new == NewPinReset(
        AccountNumber(MINE.number), PhoneNumber(NEW_PHONE), "утерян", Checked.PAYMENTS, call, Language.EN
    )
    assert reset.asked_by == "orlov"


@pytest.mark.parametrize(
    ("more", "status", "reason"),
    [
        ({"call_id": "another"}, 404, "no_such_call"),
        ({"phone": "+74951234567"}, 422, "reset_phone"),
        ({"phone": "<b>"}, 422, "reset_phone"),
        ({"account": demo.UNKNOWN_ACCOUNT}, 404, "reset_account"),
        ({"account": "'; --\0"}, 404, "reset_account"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_reason(
    desk: FakeDesk, more: dict[str, str], status: int, reason: str
) -> None:
    async with calling(desk) as (client, call):
        answer = await client.post("/desk/pin-reset", json=told(call, **more))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.json()["error"]
    assert desk.pin_resets.kept == {}


@pytest.mark.parametrize("more", [{"reason": " "}, {"reason": "х" * 301}, {"checked": "by eye"}, {"phone": "1" * 65}])
async def test_words_have_their_bounds(desk: FakeDesk, more: dict[str, str]) -> None:
    async with calling(desk) as (client, call):
        assert (await client.post("/desk/pin-reset", json=told(call, **more))).status_code == 422
    assert desk.pin_resets.kept == {}


async def test_a_supervisor_sees_what_waits_masked_and_approves_it(desk: FakeDesk) -> None:
    reset = waiting(desk)
    async with signed_in(desk, "volkova") as client:
        page = (await client.get("/pin-resets", headers=HTML)).text
        assert f"…{MINE.number[-4:]}" in page
        assert "новый номер" in page
        assert MINE.number not in page
        assert NEW_PHONE not in page
        decided = await client.post(f"/pin-resets/{reset.reset_id}/approve", json=WORD | {"lift": True})
        assert decided.status_code == 200
        assert desk.pin_resets.codes.check(reset.new.account, Purpose.PIN_RESET, "000000", desk.floor.clock.now())
        again = await client.post(f"/pin-resets/{reset.reset_id}/refuse", json=WORD)
        assert (again.status_code, again.json()["reason"]) == (404, "reset_gone")
        assert MINE.number[-4:] not in (await client.get("/pin-resets", headers=HTML)).text
    kept = desk.pin_resets.kept[reset.reset_id]
    assert (kept.state, kept.decided_by, kept.word, kept.lift) == (ResetState.APPROVED, "volkova", "сверено", True)


async def test_who_asked_is_told_that_another_person_decides(desk: FakeDesk) -> None:
    reset = waiting(desk, "volkova")
    async with signed_in(desk, "volkova") as client:
        assert "ваш запрос" in (await client.get("/pin-resets", headers=HTML)).text
        for act in ("approve", "refuse"):
            answer = await client.post(f"/pin-resets/{reset.reset_id}/{act}", json=WORD)
            assert (answer.status_code, answer.json()["reason"]) == (409, "reset_own")
    assert states(desk) == [ResetState.ASKED]


@pytest.mark.parametrize("word", ["", " \n", "х" * 301])
async def test_no_decision_without_a_word(desk: FakeDesk, word: str) -> None:
    reset = waiting(desk)
    async with signed_in(desk, "volkova") as client:
        for act in ("approve", "refuse"):
            assert (await client.post(f"/pin-resets/{reset.reset_id}/{act}", json={"word": word})).status_code == 422
    assert states(desk) == [ResetState.ASKED]


@pytest.mark.parametrize("login", ["orlov", "admin"])
async def test_nobody_else_decides(desk: FakeDesk, login: str) -> None:
    reset = waiting(desk)
    login = login if login in desk.staff.users else next(n for n, u in desk.staff.users.items() if u.role == login)
    async with signed_in(desk, login) as client:
        assert (await client.get("/pin-resets", headers=HTML)).status_code == 403
        assert (await client.post(f"/pin-resets/{reset.reset_id}/approve", json=WORD)).status_code == 403
    assert states(desk) == [ResetState.ASKED]


async def test_another_site_decides_nothing(desk: FakeDesk) -> None:
    reset = waiting(desk)
    async with visiting(create_app(desk.services())) as client:
        await client.post("/sign-in", data={"login": "volkova", "password": PASSWORD})
        for origin in ("https://evil.test", "null", ""):
            answer = await client.post(
                f"/pin-resets/{reset.reset_id}/approve", json=WORD, headers={"Origin": origin, "Referer": ORIGIN}
            )
            assert answer.status_code == 403
    assert states(desk) == [ResetState.ASKED]


async def test_hostile_words_stay_words(desk: FakeDesk) -> None:
    async with calling(desk) as (client, call):
        await client.post("/desk/pin-reset", json=told(call, reason="<img src=x onerror=alert(1)>"))
    async with signed_in(desk, "volkova") as client:
        page = (await client.get("/pin-resets", headers=HTML)).text
    assert "<img src=x" not in page
    assert "&lt;img" in page


async def test_the_floor_shows_how_many_wait_to_who_decides(desk: FakeDesk) -> None:
    waiting(desk)
    async with signed_in(desk, "volkova") as client:
        assert "data-resets>1<" in (await client.get("/floor", headers=HTML)).text


async def test_where_no_sms_go_out_nothing_of_it_is_offered() -> None:
    desk = FakeDesk(sms=False)
    async with calling(desk) as (client, call):
        assert "pin-reset" not in (await client.get("/desk", headers=HTML)).text
        assert (await client.post("/desk/pin-reset", json=told(call))).status_code == 404
    async with signed_in(desk, "volkova") as client:
        assert (await client.get("/pin-resets", headers=HTML)).status_code == 404
        assert "/pin-resets" not in (await client.get("/floor", headers=HTML)).text


async def test_the_records_away_cost_the_answers_and_not_the_floor(desk: FakeDesk) -> None:
    desk.pin_resets.down = True
    async with calling(desk) as (client, call):
        assert (await client.post("/desk/pin-reset", json=told(call))).status_code == 503
    async with signed_in(desk, "volkova") as client:
        assert (await client.get("/floor", headers=HTML)).status_code == 200


def test_the_agents_page_learns_the_answer_and_no_more(desk: FakeDesk) -> None:
    reset = waiting(desk)
    desk.pin_resets.refuse(reset.reset_id, "не сверено", Author("kim"), desk.floor.clock.now())
    shown: list[dict[str, Any]] = answers(desk.pin_resets.current(desk.floor.clock.now()))
    assert shown == [
        {"id": reset.reset_id, "tail": MINE.number[-4:], "state": ResetState.REFUSED.value, "word": "не сверено"}
    ]
    later = desk.pin_resets.current(after(reset.asked_at, ASKED_S))
    assert later == ()
