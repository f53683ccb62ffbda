"""The reference pages' endpoints: hostile input, listening before publishing, bounds of listening, conflicts."""

import io
import wave
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from agent_desktop.labels import labels_in
from agent_desktop.listening import OFTEN, Listening, page_phrases
from agent_desktop.wav import PAUSE_S, wav_of
from calls.ids import AgentId
from calls.journey import Language
from customers.reference import Act, PageState, Section, Wrong
from customers.reference_demo import PAGES
from ivr.reading import load_reading
from prompts.codecs import encode_alaw
from prompts.staff_text import Why
from tests.kit.desk_client import HTML, signed_in
from tests.kit.fake_desk import FakeDesk
from tests.kit.fake_sounds import FakeSounds
from tests.kit.waiting import eventually

RUSSIAN = {"language": "ru", "title": "Льготы", "text": "Нужен паспорт."}
ENGLISH = {"language": "en", "title": "Discounts", "text": "Bring your passport."}


def form(*texts: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "version": 0, "section": "documents", "key": "", "order": 0, "valid_from": None, "valid_until": None,
        "texts": list(texts or (RUSSIAN,)), **changed,
    }  # fmt: skip


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def client(desk: FakeDesk) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_in(desk, "volkova") as visitor:
        visitor.headers["Accept"] = "application/json"
        yield visitor


async def test_saved_listened_to_published_withdrawn(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    saved = (await client.post("/reference", json=form(RUSSIAN, ENGLISH))).json()
    page_id = saved["page_id"]
    assert saved["state"] == PageState.DRAFT
    for text in (RUSSIAN, ENGLISH):
        assert (await client.post(f"/reference/{page_id}/publish", json={"version": 1})).status_code == 409
        assert (await client.post("/reference/listen", json=text)).status_code == 200
    published = await client.post(f"/reference/{page_id}/publish", json={"version": 1})
    assert published.json() == {"page_id": page_id, "version": 2, "state": "published"}
    withdrawn = await client.post(f"/reference/{page_id}/withdraw", json={"version": 2})
    assert withdrawn.json()["state"] == "withdrawn"
    assert desk.reference.acts[-3:] == [
        ("volkova", act, page_id) for act in ("saved_reference", "published_reference", "withdrew_reference")
    ]


async def test_another_persons_listening_does_not_count(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    saved = (await client.post("/reference", json=form())).json()
    await client.post("/reference/listen", json=RUSSIAN)
    async with signed_in(desk, "admin") as other:
        refused = await other.post(f"/reference/{saved['page_id']}/publish", json={"version": 1})
    assert refused.status_code == 409


async def test_what_was_heard_is_the_text_and_no_other(client: httpx.AsyncClient) -> None:
    saved = (await client.post("/reference", json=form())).json()
    await client.post("/reference/listen", json={**RUSSIAN, "text": "Нужен другой паспорт."})
    assert (await client.post(f"/reference/{saved['page_id']}/publish", json={"version": 1})).status_code == 409


async def test_a_saved_page_is_rendered_beforehand(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    await client.post("/reference", json=form(RUSSIAN, key="5"))
    wanted = {"Льготы: нажмите пять.", "Льготы.", "Нужен паспорт."}
    await eventually(lambda: wanted <= {words for _, words in desk.sounds.asked}, 5, "the voice was asked")


async def test_faults_are_told_in_words(client: httpx.AsyncClient) -> None:
    wrong = {"language": "ru", "title": "СНБ", "text": "Ждите 2 рядом."}
    refused = await client.post("/reference", json=form(wrong, valid_from="2026-12-02", valid_until="2026-12-01"))
    assert refused.status_code == 422
    told = refused.json()["faults"]
    assert [fault["language"] for fault in told] == ["ru", "ru", None]
    assert told[1]["text"] == "«2 рядом» — неясно, как это прочитать. Напишите число словами"
    taken = await client.post("/reference", json=form(key="1"))
    assert "«Чтобы переоформить счёт»" in taken.json()["faults"][0]["text"]


async def test_a_conflict_says_who_was_first(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    page = desk.reference.pages()[0]
    late = await client.post(f"/reference/{page.page_id}", json=form(version=1))
    assert late.status_code == 409
    assert "volkova" in late.json()["error"]


@pytest.mark.parametrize(
    "bad",
    [
        {"version": -1}, {"version": 2**60}, {"section": "other"}, {"key": "12"}, {"order": 1000},
        {"valid_from": "tomorrow"}, {"texts": [RUSSIAN] * 3}, {"texts": [{**RUSSIAN, "text": "я" * 5000}]},
        {"texts": [{**RUSSIAN, "language": "de"}]}, {"more": 1}, {"texts": None},
    ],
)  # fmt: skip
async def test_hostile_forms_are_refused(desk: FakeDesk, client: httpx.AsyncClient, bad: dict[str, Any]) -> None:
    before = desk.reference.pages()
    assert (await client.post("/reference", json=form() | bad)).status_code == 422
    assert desk.reference.pages() == before


@pytest.mark.parametrize("key", ["9", "0", "*", "я"])
async def test_a_key_with_another_meaning_is_refused(client: httpx.AsyncClient, key: str) -> None:
    refused = await client.post("/reference", json=form(key=key))
    assert refused.status_code == 422
    assert refused.json()["faults"]


async def test_unknown_pages_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/reference/0190", "/reference/0190/history"):
        assert (await client.get(path, headers=HTML)).status_code == 404
    assert (await client.post("/reference/0190", json=form(version=1))).status_code == 404
    for act in ("publish", "withdraw"):
        assert (await client.post(f"/reference/0190/{act}", json={"version": 1})).status_code == 404


async def test_what_is_typed_is_never_markup(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    """It cannot be saved, because no voice can say it; an older one in the database is still escaped."""
    typed = {**RUSSIAN, "title": "<script>"}
    assert (await client.post("/reference", json=form(typed))).status_code == 422
    words = (await client.post("/reference/preview", json=typed)).json()
    assert words["faults"]
    shown = await client.get(f"/reference/{desk.reference.pages()[0].page_id}", headers=HTML)
    assert "<script>alert" not in shown.text


async def test_listening_is_bounded_by_person_and_time(client: httpx.AsyncClient) -> None:
    answers = [(await client.post("/reference/listen", json=RUSSIAN)).status_code for _ in range(OFTEN + 2)]
    assert answers == [200] * OFTEN + [429] * 2


async def test_too_long_and_unspeakable_texts_never_reach_the_voice(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    for text, status in (("я " * 600, 413), ("Ждите 2 рядом.", 422), ("", 422)):
        assert (await client.post("/reference/listen", json={**RUSSIAN, "text": text})).status_code == status
    assert not desk.sounds.asked


async def test_without_the_voice_it_is_said(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    desk.sounds.down = True
    answer = await client.post("/reference/listen", json=RUSSIAN)
    assert (answer.status_code, answer.json()["error"][:5]) == (503, "Голос")
    assert (await client.get("/prompts", headers=HTML)).status_code == 503


async def test_without_the_database_it_is_said(desk: FakeDesk, client: httpx.AsyncClient) -> None:
    desk.reference.down = True
    assert (await client.get("/reference", headers=HTML)).status_code == 503
    assert (await client.post("/reference", json=form())).status_code == 503


async def test_every_prompt_is_on_the_shelf_and_its_samples_can_be_heard(
    desk: FakeDesk, client: httpx.AsyncClient
) -> None:
    page = (await client.get("/prompts", headers=HTML)).text
    for prompt in desk.sounds.catalogue():
        assert f'data-play="/prompts/{prompt.language}/{prompt.prompt_id}"' in page
    assert "Ваш номер в очереди: пятидесятый." in page
    assert (await client.get("/prompts/ru/queue.position/49")).status_code == 200
    assert desk.sounds.asked == [(Language.RU, "Ваш номер в очереди: пятидесятый.")]
    for path in ("/prompts/ru/queue.position/50", "/prompts/ru/none/0", "/prompts/ru/..%2fsecret/0"):
        assert (await client.get(path)).status_code == 404
    for path in ("/prompts/de/welcome/0", "/prompts/ru/welcome/-1", "/prompts/ru/welcome/99999"):
        assert (await client.get(path)).status_code == 422


def test_a_wav_has_all_its_parts_with_a_pause_between() -> None:
    part = encode_alaw(FakeSounds().samples(0.5))
    with wave.open(io.BytesIO(wav_of([part, part]))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() == round(8000 * (1.0 + PAUSE_S))
    with wave.open(io.BytesIO(wav_of([]))) as file:
        assert file.getnframes() == 0


def test_a_page_is_rendered_in_both_languages_with_its_line_in_the_menu() -> None:
    phrases = page_phrases(load_reading(), PAGES[0])
    assert {language for _, language in phrases} == set(Language)
    assert sum(phrase.prompt_id == "reference.choice" for phrase, _ in phrases) == 2
    without_key = page_phrases(load_reading(), PAGES[5])
    assert {phrase.prompt_id for phrase, _ in without_key} == {"reference.sentence"}


def test_what_was_heard_is_remembered_by_person_and_language() -> None:
    listening, content = Listening(), PAGES[0]
    login = AgentId("volkova")
    assert listening.has_heard(login, content) == {Language.RU: False, Language.EN: False}
    listening.note(login, content.texts[Language.RU], Language.RU)
    assert listening.has_heard(login, content) == {Language.RU: True, Language.EN: False}
    assert listening.has_heard(AgentId("admin"), content) == {Language.RU: False, Language.EN: False}
    assert listening.has_heard(login, PAGES[1])[Language.RU] is False


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("fault", [*(wrong.value for wrong in Wrong), *(why.value for why in Why)]),
        ("reference", [*(f"state_{state}" for state in PageState), *(f"section_{section}" for section in Section)]),
        ("reference", [f"act_{act}" for act in Act]),
    ],
)
def test_every_word_has_a_label(prefix: str, words: list[str]) -> None:
    for language in Language:
        labels = labels_in(language)
        assert [word for word in words if f"{prefix}.{word}" not in labels] == []
