"""The reference system in real calls: heard by section and key in both languages, and minutes after it was written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from calls.journey import Language
from customers.reference import PageText
from customers.reference_demo import PAGES
from ivr.reading import load_reading
from prompts.phrase import Phrase, say
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.talks import queued
from tests.kit.telephone import Telephone

TARIFFS = PAGES[0]
STEPS = PAGES[5:8]
READING = load_reading()
NEW = {
    Language.RU: PageText("Для льготы", "Нужны паспорт и справка. Ждите 3 дня, плата 150 руб."),
    Language.EN: PageText("For a discount", "Bring your passport. Wait 3 days, the fee is 150 roubles."),
}


def sentence(text: PageText | None, language: Language, number: int) -> Phrase:
    """The title is the first one."""
    assert text is not None
    return READING.page(text, language)[number]


async def in_reference(centre: CallCentre, caller: Telephone, language: Language) -> Caller:
    one = await ring(centre, caller)
    await one.greeted(language)
    await one.keys("5")
    await one.hears("reference.tariffs", language)
    return one


@pytest.mark.parametrize("language", Language)
async def test_a_price_by_section_and_key(centre: CallCentre, caller: Telephone, language: Language) -> None:
    one = await in_reference(centre, caller, language)
    await one.keys("1")
    title = READING.title(TARIFFS.texts[language], language)
    await one.hears_sentence(say("reference.choice", title=title, key="1"), language)
    await one.keys("1")
    await one.hears_sentence(sentence(TARIFFS.said_in(language), language, 1), language)
    await one.hears("reference.keys", language)
    await one.keys("*")
    await one.hears("reference.about_tariffs", language)
    await one.call.hang_up()


@pytest.mark.parametrize("language", Language)
async def test_steps_follow_one_another(centre: CallCentre, caller: Telephone, language: Language) -> None:
    one = await in_reference(centre, caller, language)
    await one.keys("3")
    for step in STEPS:
        await one.hears_sentence(sentence(step.said_in(language), language, 0), language)
        await one.keys("1")
    await one.call.hang_up()


async def test_who_waits_hears_it_and_keeps_the_place(centre: CallCentre, caller: Telephone) -> None:
    one = await queued(centre, caller)
    await one.hears_sentence(say("queue.position", position=1))  # here a key opens the self-service
    await one.keys("8")
    await one.hears("queue.reference")
    await one.keys("3")
    await one.hears("reference.tariffs")
    await one.keys("2")
    await one.hears("reference.about_offices")
    await one.keys("**")
    await one.hears("queue.back")
    await one.call.hang_up()


@asynccontextmanager
async def at_the_desk(centre: CallCentre) -> AsyncIterator[httpx.AsyncClient]:
    own = {"Origin": centre.desk, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=centre.desk, headers=own, timeout=20, trust_env=False) as client:
        answer = await client.post("/sign-in", data={"login": "volkova", "password": centre.password("volkova")})
        assert answer.status_code == 303
        yield client


async def test_a_page_is_written_listened_to_published_heard_and_taken_back(
    centre: CallCentre, caller: Telephone
) -> None:
    texts = [{"language": language, "title": text.title, "text": text.text} for language, text in NEW.items()]
    page = {"version": 0, "section": "documents", "key": "5", "order": 0, "valid_from": None, "valid_until": None}
    async with at_the_desk(centre) as client:
        saved = (await client.post("/reference", json={**page, "texts": texts})).json()
        path = f"/reference/{saved['page_id']}"
        refused = await client.post(f"{path}/publish", json={"version": 1})
        assert refused.status_code == 409, "nobody has listened yet"
        for typed in texts:
            heard = await client.post("/reference/listen", json=typed)
            assert heard.headers["content-type"] == "audio/wav"
            assert heard.content[:4] == b"RIFF"
            assert len(heard.content) > 4 * 16_000, "four seconds at least"
        published = await client.post(f"{path}/publish", json={"version": 1})
        assert published.json() == {"page_id": saved["page_id"], "version": 2, "state": "published"}
        calls = [await in_reference(centre, caller, language) for language in NEW]
        for one, (language, text) in zip(calls, NEW.items(), strict=True):
            await one.keys("4")
            await one.hears("reference.about_documents", language)
            await one.keys("5")
            for number in range(3):
                await one.hears_sentence(sentence(text, language, number), language)
        assert (await client.post(f"{path}/withdraw", json={"version": 2})).status_code == 200
        for one, language in zip(calls, NEW, strict=True):
            await one.keys("**")
            await one.hears("reference.documents", language)
            await one.keys("4")
            await one.hears("reference.about_documents", language)
            await one.keys("5")
            await one.hears("menu.wrong_key", language)
            await one.call.hang_up()


async def test_every_prompt_can_be_listened_to_at_the_desk(centre: CallCentre) -> None:
    async with at_the_desk(centre) as client:
        shelf = await client.get("/prompts", headers={"Accept": "text/html"})
        assert shelf.status_code == 200
        for prompt in ("ru/welcome/0", "en/balance.debt/1", "ru/queue.position/49"):
            sound = await client.get(f"/prompts/{prompt}")
            assert sound.headers["content-type"] == "audio/wav", prompt
            assert len(sound.content) > 16_000
        assert (await client.get("/prompts/ru/no.such/0")).status_code == 404
        assert (await client.get("/prompts/ru/welcome/1")).status_code == 404
