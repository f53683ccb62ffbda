"""Outages by telephone: told unasked to whoever they concern, by a locality's code, and as staff have just entered."""

import httpx
import pytest

from calls.journey import Language
from customers import demo, demo_places
from customers.demo import IN_OUTAGE, OVERPAID
from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.telephone import Telephone

STRANGER = "+73060009998"


@pytest.mark.parametrize("language", Language)
async def test_whom_it_concerns_hears_it_before_the_menu(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    one = await ring(centre, caller, IN_OUTAGE.phone)
    welcomed = await one.hears("welcome")
    told = await one.hears("outage.emergency")
    assert told.at_s - welcomed.at_s < 5
    if language is Language.EN:
        await one.keys("2")
        await one.hears("outage.emergency", Language.EN)
    await one.hears("outage.cause.wire_down", language)
    await one.hears("menu.danger", language)
    await one.call.hang_up()


@pytest.mark.parametrize("language", Language)
async def test_a_locality_by_its_code(centre: CallCentre, caller: Telephone, language: Language) -> None:
    one = await ring(centre, caller, STRANGER)
    await one.greeted(language)
    await one.keys("4")
    await one.hears("outage.code", language)
    await one.keys("105#")
    await one.hears_sentence(say("outage.settlement", settlement="с. Ключи"), language)
    await one.hears_sentence(say("outage.street", street="ул. Набережная"), language)
    await one.hears("outage.emergency", language)
    await one.hears("outage.after", language)
    await one.keys("1")
    await one.keys("106#")
    await one.hears("outage.none", language)
    await one.call.hang_up()


async def test_what_staff_enter_is_heard_by_the_next_caller_until_they_end_it(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    async with httpx.AsyncClient(base_url=centre.desk, headers={"Origin": centre.desk}) as desk:
        signed = await desk.post("/sign-in", data={"login": "volkova", "password": centre.password("volkova")})
        assert signed.status_code == 303, signed.text
        place = {"street_id": demo_places.street_id(demo.SADOVAYA), "house": OVERPAID.house}
        entry = {"kind": "emergency", "cause": "tree_down", "until": "", "places": [place]}
        entered = await desk.post("/outages", json=entry)
        assert entered.status_code == 201, entered.text
        outage_id = entered.json()["outage_id"]
        try:
            one = await ring(centre, caller, OVERPAID.phone)
            await one.hears("outage.emergency")
            await one.hears("outage.cause.tree_down")
            await one.hears("outage.until_unknown")
            await one.call.hang_up()
        finally:
            ended = await desk.post(f"/outages/{outage_id}/end")
            assert ended.status_code == 200, ended.text
    other = await ring(centre, caller, OVERPAID.phone)
    await other.hears("menu.main")
    assert not other.heard(say("outage.emergency"))
    await other.call.hang_up()
