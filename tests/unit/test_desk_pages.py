"""What the desk shows and refuses: the card at the ring, hostile names, notes, readiness."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from acd.events import (
    AgentNotReady,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    Answer,
    CallbackRequested,
    CallerLeft,
    Event,
    QueuesChanged,
)
from acd.model import Presence
from acd.queues import CallbackRules
from agent_desktop.desk import LONGEST_NOTE
from agent_desktop.formats import NO_BREAK
from agent_desktop.ports import FloorUnavailable, FloorView
from calls.callback import Callback
from calls.ids import AgentId, CallId, ContactId, new_call_id
from calls.journey import CallFacts, Identification, Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber, CustomerId
from tests.kit.desk_client import HTML, signed_in
from tests.kit.fake_desk import FakeDesk
from tests.kit.fake_floor import BILLING, NODE

ORLOV = AgentId("orlov")
IVANOVA = demo.IN_DEBT
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\" onmouseover='alert(1)'",
    "{{ 7 * 7 }} {% raw %}",
    "тире\u2028строка\u2029\u0000\u202e",
]


async def offered(desk: FakeDesk, client: httpx.AsyncClient, facts: CallFacts, waited_s: float = 5) -> CallId:
    """Orlov is ready, and a call with these facts rings."""
    await client.post("/desk/telephone")
    desk.floor.reachable(ORLOV)
    assert (await client.post("/desk/ready")).status_code == 200
    return desk.floor.call(facts, BILLING, waited_s)


def verified(account: str = IVANOVA.number, **more: Any) -> CallFacts:
    facts = CallFacts(
        IVANOVA.phone, identification=Identification.VERIFIED, account=account, accounts=(account,), topic="balance"
    )
    return replace(facts, **more)


async def shown(client: httpx.AsyncClient) -> str:
    page = await client.get("/desk", headers=HTML)
    assert page.status_code == 200
    return page.text.partition('<div id="card"')[2].partition('<div id="idle"')[0]


def state_of(page: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(html.unescape(page.split('data-state="', 1)[1].split('"', 1)[0]))
    return found


async def test_the_ring_shows_who_how_proven_which_account_and_what_is_owed() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified())
        card = await shown(client)
        for words in (IVANOVA.name, "Личность проверена", IVANOVA.number, f"Долг 2{NO_BREAK}121,32{NO_BREAK}₽"):
            assert words in card
        for words in ("Последний платёж", "Счётчики", "кВт·ч", "+7 306 000-01-70"):
            assert words in card
        assert ("orlov", "saw_customer", IVANOVA.number) in desk.staff.acts()


async def test_a_callback_is_shown_as_one_with_the_number_that_will_be_rung() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        desk.floor.reachable(ORLOV)
        assert (await client.post("/desk/ready")).status_code == 200
        at = desk.floor.clock.now()
        first = ContactId(new_call_id())
        desk.floor.tell(
            QueuesChanged((replace(BILLING, callback=CallbackRules(from_min=0, to_min=1440)),), 2),
        )
        facts, other = verified(), PhoneNumber("+79123456789")
        desk.floor.tell(
            CallbackRequested(
                Callback(
                    new_call_id(), first, BILLING.queue_id, other, facts, frozenset({"billing"}), 0, at, at, at, NODE
                )
            )
        )
        page = await client.get("/desk", headers=HTML)
        card = await shown(client)
        for words in ("Обратный звонок", f"+7{NO_BREAK}912 345-67-89", IVANOVA.name, "Баланс"):
            assert words.replace(NO_BREAK, " ") in card.replace(NO_BREAK, " ")
        assert "+7 306 000-01-70" not in card, "the number that is rung, not the one that rang"
        assert state_of(page.text)["call"]["callback"] is True


async def test_a_debt_is_said_in_words_and_an_overpayment_too() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified(demo.OVERPAID.number))
        assert f"Переплата 348,50{NO_BREAK}₽" in await shown(client)


async def test_seeing_a_card_twice_is_recorded_once() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified())
        await shown(client)
        await shown(client)
        assert [act for _, act, _ in desk.staff.acts()].count("saw_customer") == 1


async def test_a_known_number_alone_is_not_called_proven() -> None:
    desk = FakeDesk()
    facts = CallFacts(
        IVANOVA.phone, identification=Identification.KNOWN_NUMBER, accounts=(IVANOVA.number,), language=Language.EN
    )
    async with signed_in(desk) as client:
        await offered(desk, client, facts)
        card = await shown(client)
        assert "личность не проверена" in card
        assert "Личность проверена" not in card
        assert "английский" in card


async def test_an_unknown_caller_is_no_error() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, CallFacts(PhoneNumber("+79991234567")))
        card = await shown(client)
        assert "+7 999 123-45-67" in card
        assert "Номер не найден" in card
        assert not [act for _, act, _ in desk.staff.acts() if act == "saw_customer"]


async def test_with_the_customers_data_away_the_call_still_comes() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified())
        desk.customers.down = True
        card = await shown(client)
        assert "временно недоступны" in card
        assert "+7 306 000-01-70" in card


async def test_another_account_of_the_caller_can_be_looked_at_and_no_other() -> None:
    desk = FakeDesk()
    one, two = demo.FIXED[-2].number, demo.FIXED[-1].number
    facts = CallFacts(demo.FIXED[-1].phone, identification=Identification.KNOWN_NUMBER, accounts=(one, two))
    async with signed_in(desk) as client:
        call = await offered(desk, client, facts)
        card = await shown(client)
        assert f'data-account="{two}"' in card
        other = await client.get(f"/desk/card/{call}/{two}")
        assert other.status_code == 200
        assert demo.FIXED[-1].name in other.text
        stranger = await client.get(f"/desk/card/{call}/{IVANOVA.number}")
        assert stranger.status_code == 404
        assert IVANOVA.name not in stranger.text
        assert (await client.get(f"/desk/card/another/{two}")).status_code == 404


@pytest.mark.parametrize(
    ("language", "heading", "day", "night"),
    [
        ("ru", "Начислено за месяц", "Т1, 180_кВт·ч × 5,41_₽ 973,80_₽", "Т2, 90_кВт·ч × 3,29_₽ 296,10_₽"),
        ("en", "Charges of the month", "T1, 180_kWh × RUB_5.41 RUB_973.80", "T2, 90_kWh × RUB_3.29 RUB_296.10"),
    ],
)
async def test_the_charges_of_the_newest_month_with_zone_energy_and_rate(
    language: str, heading: str, day: str, night: str
) -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified(demo.TRUSTED.number))
        client.cookies.set("desk_language", language)
        text = re.sub(r"<[^>]+>", " ", html.unescape(await shown(client)))
        words = re.sub(r"[ \n]+", " ", text)
        assert heading in words
        for line in (day, night):
            assert words.count(line.replace("_", NO_BREAK)) == 1


@pytest.mark.parametrize(
    ("language", "now", "later"),
    [
        ("ru", "Тариф: Население города, день и ночь , 5,41_₽ / 3,29_₽", "с 01.07.2027: 5,95_₽ / 3,61_₽"),
        ("en", "Tariff: Town, day and night, RUB_5.41 / RUB_3.29", "from 1 Jul 2027: RUB_5.95 / RUB_3.61"),
    ],
)
async def test_the_tariff_in_short_with_the_next_change(language: str, now: str, later: str) -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified(demo.TRUSTED.number))
        client.cookies.set("desk_language", language)
        words = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html.unescape(await shown(client))))
        for line in (now, later):
            assert words.replace(" :", ":").count(line.replace("_", NO_BREAK)) == 1
        desk.customers.accounts[demo.TRUSTED.number].tariffs = ()
        assert "RUB" not in (await shown(client)).partition('class="tariff"')[2].partition("</p>")[0]


async def test_a_charge_of_no_zone_and_an_account_that_was_charged_nothing() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await offered(desk, client, verified())
        part = (await shown(client)).partition("Начислено за месяц")[2]
        assert f"1{NO_BREAK}186,40{NO_BREAK}₽" in part.partition("</table>")[0]
        fake = desk.customers.accounts[IVANOVA.number]
        fake.ledger = ()
        assert "Начислений за год не было" in await shown(client)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_addresses_and_notes_are_text(name: str) -> None:
    desk = FakeDesk()
    fake = desk.customers.accounts[IVANOVA.number]
    fake.account = replace(fake.account, customer_name=name, address=name)
    entry = replace(fake.ledger[-1], text=name)
    fake.ledger = (*fake.ledger[:-1], entry)
    async with signed_in(desk) as client:
        call = await offered(desk, client, verified())
        assert (await client.post("/desk/note", json={"call_id": call, "reason": "", "note": name})).status_code == 200
        page = (await client.get("/desk", headers=HTML)).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "onmouseover='" not in page
        assert html.unescape(page).count(name) >= 3
        assert desk.staff.notes[call] == ("", name)


async def test_a_reload_keeps_state_card_and_note() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        call = await offered(desk, client, verified())
        desk.floor.answered(call)
        await client.post("/desk/note", json={"call_id": call, "reason": "payment", "note": "обещала оплатить"})
        page = (await client.get("/desk", headers=HTML)).text
        state = state_of(page)
        assert (state["duty"], state["call"]["call_id"]) == ("on_call", call)
        assert 'data-note="обещала оплатить"' in page
        assert 'data-reason="payment"' in page


async def test_a_note_may_come_after_the_wrap_up_but_never_for_anothers_call() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        call = await offered(desk, client, verified())
        note = {"call_id": call, "reason": "", "note": "начало"}
        assert (await client.post("/desk/note", json=note)).status_code == 200
        desk.floor.answered(call)
        desk.floor.tell(CallerLeft(call))
        assert (await client.post("/desk/wrap-up/end")).status_code == 200
        assert (await client.post("/desk/note", json=note | {"note": "конец"})).status_code == 200
        assert desk.staff.notes[call] == ("", "конец")
        strange = await client.post("/desk/note", json=note | {"call_id": "0190-another"})
        assert strange.status_code == 404
        assert list(desk.staff.notes) == [call]


@pytest.mark.parametrize(
    ("field", "value"), [("note", "x" * (LONGEST_NOTE + 1)), ("reason", "invented"), ("call_id", "x" * 65)]
)
async def test_a_note_is_bounded(field: str, value: str) -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        call = await offered(desk, client, verified())
        answer = await client.post("/desk/note", json={"call_id": call, "reason": "", "note": ""} | {field: value})
        assert answer.status_code == 422
        assert not desk.staff.notes


async def test_ready_needs_a_registered_telephone() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        answer = await client.post("/desk/ready")
        assert answer.status_code == 409
        assert "Телефон ещё не подключён" in answer.json()["error"]
        desk.floor.reachable(ORLOV)
        assert (await client.post("/desk/ready")).status_code == 200
        assert isinstance(desk.floor.asked[-1], AgentReady)


async def test_commands_are_answered_by_the_engine_in_words() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        refused = await client.post("/desk/wrap-up/end")
        assert refused.json()["error"] == "Постобработка уже закончена"
        assert (await client.post("/desk/not-ready", json={"reason": "invented"})).status_code == 409
        assert (await client.post("/desk/not-ready", json={"reason": "lunch"})).status_code == 200
        assert desk.floor.asked[-1] == AgentNotReady(ORLOV, "lunch")
        desk.floor.down = True
        away = await client.post("/desk/not-ready", json={"reason": "lunch"})
        assert (away.status_code, away.json()["reason"]) == (503, "engine")


async def test_each_page_gets_a_secret_of_its_own_in_a_shift_that_goes_on() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        first = (await client.post("/desk/telephone")).json()
        began = desk.floor.floor.agents[ORLOV].signed_in_at
        second = (await client.post("/desk/telephone")).json()
        assert first["secret"] != second["secret"]
        assert first["line"] != second["line"]
        assert [event for event in desk.floor.asked if isinstance(event, AgentSignedIn)] == desk.floor.asked
        assert desk.floor.floor.agents[ORLOV].signed_in_at == began


async def test_a_telephone_begins_the_shift_though_the_desk_has_not_seen_the_sign_out_yet() -> None:
    desk = FakeDesk()
    async with signed_in(desk) as client:
        await client.post("/desk/telephone")
        stale = await desk.floor.view()
        await desk.floor.ask(ORLOV, AgentSignedOut(ORLOV))

        async def seen() -> FloorView:
            return stale

        desk.floor.view = seen  # type: ignore[method-assign] # what the desk sees is older than the sign-out
        assert (await client.post("/desk/telephone")).status_code == 200
        assert desk.floor.floor.agents[ORLOV].presence is not Presence.SIGNED_OUT


async def test_a_telephone_opens_while_the_engine_is_away_only_in_a_shift_that_goes_on() -> None:
    desk = FakeDesk()

    async def away(user: AgentId, event: Event) -> Answer:
        raise FloorUnavailable(f"{user} asks for {event}")

    async with signed_in(desk) as client:
        asked, desk.floor.ask = desk.floor.ask, away  # type: ignore[method-assign]
        refused = await client.post("/desk/telephone")
        assert (refused.status_code, refused.json()["reason"]) == (503, "engine")
        desk.floor.ask = asked  # type: ignore[method-assign]
        await client.post("/desk/telephone")
        desk.floor.ask = away  # type: ignore[method-assign]
        assert (await client.post("/desk/telephone")).status_code == 200


async def test_firms_and_their_other_accounts_are_named_as_such() -> None:
    desk = FakeDesk()
    fake = desk.customers.accounts[demo.FIRM.number]
    desk.customers.accounts[AccountNumber("4401500099")] = replace(
        fake, account=replace(fake.account, number=AccountNumber("4401500099"), customer_id=CustomerId(3))
    )
    async with signed_in(desk) as client:
        await offered(desk, client, verified(demo.FIRM.number))
        card = await shown(client)
        assert "Организация" in card
        assert "2 счёта у звонящего" in card
        assert card.count("Меркурий") == 3
