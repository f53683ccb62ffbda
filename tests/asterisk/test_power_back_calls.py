"""Power is back, by real calls: asked for by a key, told by SMS or by an automatic call, once, whatever is killed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from callcentre.telephones import power_back_settings
from calls.clock import AnchoredClock
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo, demo_places
from customers.demo import OVERPAID
from customers.notices import NoticeRules
from customers.watches import NewWatch, WatchWay
from database.engine import open_engine
from database.watches import DatabaseWatches
from prompts.phrase import say
from telephony.ami_errors import ActionRefused
from telephony.ami_link import AmiLink
from tests.asterisk.conftest import provider
from tests.kit.call_centre import TRUNK_BOTH_WAYS, CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.phone_call import PhoneCall
from tests.kit.talks import CALLER_HZ
from tests.kit.telephone import RING, Telephone, reject_with
from tests.kit.waiting import eventually

SETTINGS = """
[outgoing]
prefixes = ["+7306", "+7912"]
per_number = 50
[power_back]
after_s = 0
from_hour = 0
to_hour = 24
at_once = 2
per_second = 10.0
pause_min = 0
"""
NUMBERS = [PhoneNumber(f"+7912000000{digit}") for digit in range(6)]
CLOCK = AnchoredClock()


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(3), trunk=TRUNK_BOTH_WAYS, more=SETTINGS) as running:
        yield running


@pytest.fixture
async def telephone(centre: CallCentre) -> AsyncIterator[Telephone]:
    """The provider: callers come from it, and the customers' telephones are there."""
    async with provider(centre) as opened:
        yield opened


@asynccontextmanager
async def outage(centre: CallCentre) -> AsyncIterator[int]:
    """An outage at the house of a customer, as staff enter it."""
    async with staff(centre) as desk:
        place = {"street_id": demo_places.street_id(demo.SADOVAYA), "house": OVERPAID.house}
        entry = {"kind": "emergency", "cause": "tree_down", "until": "", "places": [place]}
        entered = await desk.post("/outages", json=entry)
        assert entered.status_code == 201, entered.text
        yield int(entered.json()["outage_id"])
        await desk.post(f"/outages/{entered.json()['outage_id']}/end")


@asynccontextmanager
async def staff(centre: CallCentre) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=centre.desk, headers={"Origin": centre.desk}) as desk:
        signed = await desk.post("/sign-in", data={"login": "volkova", "password": centre.password("volkova")})
        assert signed.status_code == 303, signed.text
        yield desk


async def end(centre: CallCentre, outage_id: int) -> None:
    async with staff(centre) as desk:
        assert (await desk.post(f"/outages/{outage_id}/end")).status_code == 200


def rows(centre: CallCentre, query: str, **values: object) -> list[dict[str, Any]]:
    engine = create_engine(centre.installation().database_url, connect_args={"timeout": 10})
    with engine.begin() as connection:
        found = connection.execute(text(query), values)
        kept = [dict(row) for row in found.mappings().all()] if found.returns_rows else []
    engine.dispose()
    return kept


def states(centre: CallCentre, outage_id: int) -> list[str]:
    query = "SELECT state FROM outage_watches WHERE outage_id = :outage ORDER BY number"
    return [row["state"] for row in rows(centre, query, outage=outage_id)]


def wishes(centre: CallCentre, outage_id: int, *numbers: PhoneNumber) -> None:
    engine = open_engine(centre.installation().database_url)
    for number in numbers:
        new = NewWatch(
            outage_id, number, WatchWay.RING, Language.RU, demo.SADOVAYA, "Europe/Moscow", CallId("a call"),
            OVERPAID.number,
        )  # fmt: skip
        assert DatabaseWatches(engine, NoticeRules(frozenset()), None).wish(new, CLOCK.now())
    engine.dispose()


async def asks(centre: CallCentre, telephone: Telephone, key: str, language: Language) -> None:
    one = await ring(centre, telephone, OVERPAID.phone)
    await one.hears("outage.emergency")
    if language is Language.EN:
        await one.keys("2")
    await one.hears("watch.offer_text", language)
    await one.hears("watch.offer_ring", language)
    await one.keys(key)
    promise = "watch.text" if key == "7" else "watch.ring"
    await one.hears_sentence(say(promise, ending=OVERPAID.phone[-4:]), language)
    await one.hears("menu.danger", language)
    await one.call.hang_up()


async def answered(centre: CallCentre, telephone: Telephone, number: str) -> tuple[Caller, PhoneCall]:
    call = await telephone.incoming(timeout_s=40)
    assert call.dialled == number
    call.answer()
    call.talk(CALLER_HZ)
    return Caller(centre, call), call


@pytest.mark.parametrize("language", Language)
async def test_who_asked_to_be_rung_hears_the_sentence_and_reports_that_it_is_still_dark(
    centre: CallCentre, telephone: Telephone, language: Language
) -> None:
    async with outage(centre) as outage_id:
        await asks(centre, telephone, "8", language)
        await end(centre, outage_id)
        customer, call = await answered(centre, telephone, OVERPAID.phone)
        await customer.hears("power.hello", language)
        await customer.hears("power.back", language)
        place = say("outage.place", settlement=demo.SADOVAYA.settlement, street=demo.SADOVAYA.name)
        await customer.hears_sentence(place, language)
        await customer.hears("power.still_dark", language)
        await customer.keys("1")
        await customer.hears("appeal.reported", language)
        await customer.hears("power.goodbye", language)
        await call.ended(timeout_s=15)
        (appeal,) = rows(centre, "SELECT * FROM appeals WHERE outage_id = :outage", outage=outage_id)
        assert (appeal["kind"], appeal["account"], appeal["phone"]) == ("no_power", OVERPAID.number, OVERPAID.phone)
        assert states(centre, outage_id) == ["told"]
    assert OVERPAID.phone[-7:] not in centre.log("ivr") + centre.log("notices"), "no number in a log"


async def test_who_asked_for_a_text_message_has_it_on_the_telephone_of_the_demo(
    centre: CallCentre, telephone: Telephone
) -> None:
    async with outage(centre) as outage_id:
        await asks(centre, telephone, "7", Language.RU)
        await end(centre, outage_id)
        query = "SELECT text FROM demo_post_box WHERE number = :number"

        def shown() -> bool:
            return any("Свет есть" in row["text"] for row in rows(centre, query, number=OVERPAID.phone))

        await eventually(shown, 20, "it is in the post box")
        assert states(centre, outage_id) == ["told"]


async def test_a_process_that_is_killed_rings_nobody_twice_and_forgets_nobody(
    centre: CallCentre, telephone: Telephone
) -> None:
    answering, missed, last = NUMBERS[:3]
    async with outage(centre) as outage_id:
        wishes(centre, outage_id, answering)
        await end(centre, outage_id)
        call = await telephone.incoming(timeout_s=20)
        centre.kill("notices")
        call.answer()
        call.talk(CALLER_HZ)
        await Caller(centre, call).hears("power.back")
        await call.hang_up()
        await eventually(lambda: states(centre, outage_id) == ["told"], 10, "the self-service has noted it")
        rows(centre, "UPDATE outage_watches SET claimed_until = 1")

    async with outage(centre) as outage_id:
        wishes(centre, outage_id, missed)
        await end(centre, outage_id)
        ringing = await telephone.incoming(timeout_s=40)
        assert ringing.dialled == missed, "who answered is not rung again"
        centre.kill("notices")
        ringing.reject(486)
        rows(centre, "UPDATE outage_watches SET claimed_until = 1 WHERE state = 'ringing'")
        await answered(centre, telephone, missed)
        await eventually(lambda: states(centre, outage_id) == ["told"], 10, "told at the second try")

    async with outage(centre) as outage_id:
        wishes(centre, outage_id, last)
        await end(centre, outage_id)
        await answered(centre, telephone, last)


async def test_who_is_busy_is_rung_again_and_at_last_written_to(centre: CallCentre, telephone: Telephone) -> None:
    telephone.behaviour = reject_with(486)
    async with outage(centre) as outage_id:
        wishes(centre, outage_id, NUMBERS[3])
        await end(centre, outage_id)
        for _ in range(3):
            assert (await telephone.incoming(timeout_s=20)).dialled == NUMBERS[3]
        query = "SELECT way, state FROM outage_watches WHERE outage_id = :outage"
        written = [{"way": "text", "state": "told"}]
        await eventually(lambda: rows(centre, query, outage=outage_id) == written, 20, "a text message instead")


async def test_many_who_watch_leave_lines_for_callers(centre: CallCentre, telephone: Telephone) -> None:
    telephone.behaviour = RING
    async with outage(centre) as outage_id:
        wishes(centre, outage_id, *NUMBERS)
        await end(centre, outage_id)
        ringing = [await telephone.incoming(timeout_s=20) for _ in range(2)]
        one = await ring(centre, telephone, "+73060009999")
        await one.hears("welcome")
        assert sorted(states(centre, outage_id)) == ["ringing"] * 2 + ["waiting"] * 4
        await one.call.hang_up()
        seen = {call.dialled for call in ringing}
        for _ in NUMBERS[2:]:
            ended = ringing.pop(0)
            ended.answer()
            ended.talk(CALLER_HZ)
            await Caller(centre, ended).hears("power.hello")
            await ended.hang_up()
            ringing.append(await telephone.incoming(timeout_s=20))
            seen.add(ringing[-1].dialled)
            assert sum(call.end is None for call in telephone.calls.values()) <= 2
        assert seen == set(NUMBERS)
        for call in ringing:
            call.answer()
        await eventually(lambda: states(centre, outage_id) == ["told"] * 6, 20, "all are told")


async def test_without_the_self_service_asterisk_says_it_alone(centre: CallCentre, telephone: Telephone) -> None:
    async with outage(centre) as outage_id:
        wishes(centre, outage_id, NUMBERS[4])
        await end(centre, outage_id)
        call = await telephone.incoming(timeout_s=20)
        centre.kill("ivr")
        call.answer()
        call.talk(CALLER_HZ)
        await Caller(centre, call).hears("power.hello")
        await Caller(centre, call).hears("power.back")
        await call.ended(timeout_s=20)
        await eventually(lambda: states(centre, outage_id) == ["told"], 10, "it is told all the same")


async def test_the_login_that_rings_customers_may_do_nothing_else(centre: CallCentre) -> None:
    link = AmiLink(power_back_settings(centre.installation()), (), lambda _packet: None)
    link.start()
    try:
        assert await asyncio.to_thread(link.wait_up, 20)
        for action, fields in (
            ("Status", ()),
            ("Setvar", (("Variable", "ACD_BEAT"), ("Value", "0"))),
            ("Command", (("Command", "core show channels"),)),
            ("Redirect", (("Channel", "PJSIP/any"), ("Context", "nowhere"), ("Exten", "s"), ("Priority", "1"))),
        ):
            with pytest.raises(ActionRefused, match="ermission"):
                await asyncio.to_thread(link.act, action, fields)
    finally:
        link.close()
