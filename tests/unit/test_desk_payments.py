"""Sending a caller to pay from the desk: whose account, what the page shows of it, and never a digit."""

import re

import httpx
import pytest

from acd.effects import SendToPay
from acd.events import BeginPayment, CallerLeft, CallerLeftPayment, LeavePayment, PaymentOver, PaymentStepped
from agent_desktop.desk_state import DeskState, Payment, PaymentEnd, desk_state
from agent_desktop.labels import labels_in
from agent_desktop.ports import FloorView
from calls.ids import AgentId, CallId
from calls.journey import Language
from calls.paying import PayResult, PayStep
from tests.kit.desk_client import HTML, signed_in
from tests.kit.fake_desk import FakeDesk
from tests.kit.floors import Day
from tests.kit.transfers import ANNA, CALL, talking
from tests.unit.test_desk_pages import IVANOVA, ORLOV, offered, shown, state_of, verified

ACCOUNT = IVANOVA.number


async def talks(desk: FakeDesk, client: httpx.AsyncClient) -> CallId:
    call = await offered(desk, client, verified())
    desk.floor.answered(call)
    return call


async def test_the_account_on_the_card_is_sent_along() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        call = await talks(desk, client)
        assert f'data-pay="{ACCOUNT}"' in await shown(client)
        assert (await client.post("/desk/pay", json={"account": ACCOUNT})).status_code == 200
        assert desk.floor.asked[-1:] == [BeginPayment(ORLOV, ACCOUNT)]
        desk.floor.tell(PaymentStepped(call, 1, PayStep.CARD_NUMBER, 9))
        paying = state_of((await client.get("/desk", headers=HTML)).text)["paying"]
        assert paying == {"step": "card_number", "keyed": 9, "charging": False, "returning": False}
        desk.floor.tell(PaymentStepped(call, 1, PayStep.BANK))
        refused = await client.post("/desk/pay/back")
        assert refused.json()["reason"] == "bank_is_asked"
        desk.floor.tell(PaymentOver(call, 1, PayResult.PAID, "100001"))
        assert (await client.post("/desk/pay/back")).status_code == 200
        assert desk.floor.asked[-1:] == [LeavePayment(ORLOV)]
        paid = state_of((await client.get("/desk", headers=HTML)).text)["paid"]
        assert (paid["result"], paid["receipt"], paid["good"]) == ("paid", "100001", True)


@pytest.mark.parametrize("account", ["4401220188", "9", "", "<script>"])
async def test_no_account_of_somebody_else_is_sent(account: str) -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await talks(desk, client)
        refused = await client.post("/desk/pay", json={"account": account})
        assert (refused.status_code, refused.json()["reason"]) == (404, "no_such_account")
        assert not any(isinstance(event, BeginPayment) for event in desk.floor.asked)


async def test_without_a_talk_nobody_is_sent() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified())
        refused = await client.post("/desk/pay", json={"account": ACCOUNT})
        assert (refused.status_code, refused.json()["reason"]) == (409, "no_talk")
        assert (await client.post("/desk/pay/back")).json()["reason"] == "not_in_talk"
        assert (await client.post("/desk/pay", json={"account": "4" * 33})).status_code == 422


def page(day: Day) -> DeskState:
    floor = day.floor
    wrapping = {agent: wrap_up.call for agent, wrap_up in floor.wrap_ups.items()}
    view = FloorView(1, day.now, dict(floor.queues), dict(floor.calls), dict(floor.agents), wrapping)
    return desk_state(view, AgentId(ANNA), day.now, "line", Language.RU)


def test_the_page_of_a_whole_payment() -> None:
    day, _ = talking()
    assert page(day).paying is None
    day.tell(BeginPayment(ANNA, ACCOUNT))
    assert isinstance(day.effects[-1].wish, SendToPay)
    assert page(day).paying == Payment(PayStep.AMOUNT, 0, charging=False, returning=False)
    day.tell(PaymentStepped(CALL, 1, PayStep.BANK))
    assert page(day).paying == Payment(PayStep.BANK, 0, charging=True, returning=False)
    day.tell(PaymentOver(CALL, 1, PayResult.DECLINED, "100002"))
    day.tell(CallerLeftPayment(CALL))
    assert page(day).paying == Payment(PayStep.TOLD, 0, charging=False, returning=True)
    assert page(day).paid == PaymentEnd(PayResult.DECLINED, "100002", day.now, good=False)


def test_the_wrap_up_still_says_that_the_caller_rang_off() -> None:
    day, _ = talking()
    day.tell(BeginPayment(ANNA, ACCOUNT))
    day.tell(CallerLeft(CALL))
    assert page(day).paid == PaymentEnd(PayResult.HUNG_UP, "", day.now, good=False)


@pytest.mark.parametrize("language", Language)
def test_every_step_and_every_end_has_its_words(language: Language) -> None:
    labels = labels_in(language)
    words = [labels.text(f"pay.step_{step}") for step in PayStep]
    words += [labels.text(f"pay.result_{result}") for result in PayResult]
    assert len(set(words)) == len(PayStep) + len(PayResult)
    assert not any(re.search(r"\d", each) for each in words)
