"""Reference pages and prompts in a real browser: written, heard before they are published, taken back; by keyboard."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date

import pytest
from playwright.async_api import Page, expect

from calls.journey import Language
from customers.reference import PageContent, PageId, PageState, PageText, Section
from tests.browser.test_desk_languages import UNMARKED
from tests.browser.test_desk_looks import LOOKS, looked_at
from tests.kit.desk_browser import DeskBrowser
from tests.kit.fake_reference import SOMEBODY

TEXT = "С 1 декабря тариф 6,90 руб. за кВт·ч."


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def opened(centre: DeskBrowser, path: str, language: str = "ru", scheme: str = "light") -> Page:
    page = await centre.signed_in("volkova", await centre.visitor(language, scheme))
    await expect(page.locator("body.floor")).to_be_visible()
    await page.goto(centre.url + path)
    return page


def newest(centre: DeskBrowser) -> PageId:
    return max(page.page_id for page in centre.desk.reference.pages())


def state(centre: DeskBrowser, page_id: PageId) -> PageState:
    page = centre.desk.reference.page(page_id)
    assert page is not None
    return page.state


async def written(page: Page) -> None:
    """A new page in both languages, by keyboard alone, saved."""
    await page.keyboard.type("Новый тариф")
    await page.keyboard.press("Tab")
    await page.keyboard.type(TEXT)
    await page.focus("#title-en")
    await page.keyboard.type("New price")
    await page.keyboard.press("Tab")
    await page.keyboard.type("From 1 December 6.90 roubles per kWh.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_have_text("Сохранено. Абоненты этого ещё не слышат")


async def test_a_page_is_written_heard_published_and_taken_back_by_keyboard(centre: DeskBrowser) -> None:
    page = await opened(centre, "/reference/new?section=tariffs")
    await expect(page.locator("#title-ru")).to_be_focused()
    await written(page)
    page_id = newest(centre)
    assert state(centre, page_id) is PageState.DRAFT
    await expect(page.locator("#publish")).to_be_disabled()
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#said")).to_contain_text("прослушайте текст на каждом языке")
    for key, language in (("F2", "ru"), ("F4", "en")):
        await page.keyboard.press(key)
        await expect(page.locator(f"[data-language={language}]")).to_have_attribute("data-heard", "1")
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#said")).to_have_text("Опубликовано. Абоненты слышат эту страницу")
    assert state(centre, page_id) is PageState.PUBLISHED
    told = [content.texts[Language.RU].title for content in centre.desk.reference.told(centre.desk.floor.clock.now())]
    assert "Новый тариф" in told
    await page.focus("#withdraw")
    await page.keyboard.press("Enter")
    await expect(page.locator("#said")).to_have_text("Снято. Абоненты этой страницы больше не слышат")
    assert state(centre, page_id) is PageState.WITHDRAWN
    assert [act for _, act, subject in centre.desk.reference.acts if subject == page_id] == [
        "saved_reference", "published_reference", "withdrew_reference",
    ]  # fmt: skip


async def test_the_words_are_shown_as_they_will_be_spoken_and_faults_are_named(centre: DeskBrowser) -> None:
    page = await opened(centre, "/reference/new?section=tariffs")
    await page.fill("#title-ru", "Тариф")
    await page.fill("#text-ru", "Цена 6,48 руб./кВт·ч, ждите 2 рядом с USB.")
    russian = page.locator("[data-language=ru]")
    await expect(russian.locator("[data-words]")).to_contain_text("шесть рублей сорок восемь копеек за киловатт-час")
    await expect(russian.locator("[data-faults] li")).to_have_count(2)
    await expect(russian.locator("[data-faults]")).to_contain_text("«2 рядом»")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_contain_text("Не сохранено")
    assert not [one for one in centre.desk.reference.pages() if one.newest.content.texts[Language.RU].title == "Тариф"]


async def test_what_is_heard_is_what_is_typed_and_typing_on_takes_the_mark_away(centre: DeskBrowser) -> None:
    page = await opened(centre, "/reference/new?section=tariffs")
    await written(page)
    await page.keyboard.press("F2")
    await expect(page.locator("[data-language=ru]")).to_have_attribute("data-heard", "1")
    spoken = [words for language, words in centre.desk.sounds.asked if language is Language.RU]
    assert "С первого декабря тариф шесть рублей девяносто копеек за киловатт-час." in spoken
    await page.locator("#text-ru").press_sequentially(" И ещё.")
    await expect(page.locator("[data-language=ru]")).not_to_have_attribute("data-heard", "1")
    await expect(page.locator("#why")).to_have_text("Опубликовать можно сохранённый текст")


async def test_a_second_press_stops_the_sound(centre: DeskBrowser) -> None:
    centre.desk.sounds.lasts(5.0)
    page = await opened(centre, "/reference/new?section=tariffs")
    await written(page)
    listen = page.locator("[data-language=ru] [data-listen]")
    await listen.click()
    await expect(listen).to_have_attribute("data-playing", "playing")
    await listen.click()
    await expect(listen).not_to_have_attribute("data-playing", "playing")
    await expect(page.locator("[data-language=ru]")).not_to_have_attribute("data-heard", "1")


async def test_two_editors_the_second_keeps_what_was_typed_and_is_told(centre: DeskBrowser) -> None:
    first = centre.desk.reference.pages()[0]
    page = await opened(centre, f"/reference/{first.page_id}")
    await page.fill("#text-ru", "Мой текст.")
    other = replace(first.newest.content, key="", order=9)
    centre.desk.reference.save(first.page_id, first.newest.version, other, SOMEBODY, centre.desk.floor.clock.now())
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_contain_text("volkova")
    await expect(page.locator("#text-ru")).to_have_value("Мой текст.")


async def test_without_the_voice_and_without_the_database_it_is_said(centre: DeskBrowser) -> None:
    page = await opened(centre, "/reference/new?section=tariffs")
    await written(page)
    centre.desk.sounds.down = True
    await page.keyboard.press("F2")
    await expect(page.locator("[data-subject=sound]")).to_contain_text("Голос сейчас не отвечает")
    centre.desk.reference.down = True
    await page.locator("#text-ru").press("Control+End")
    await page.keyboard.type(" И ещё.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said[data-refused]")).to_be_visible()
    await expect(page.locator("#text-ru")).to_have_value(f"{TEXT} И ещё.")


async def test_an_older_version_can_be_brought_back(centre: DeskBrowser) -> None:
    first = centre.desk.reference.pages()[0]
    page = await opened(centre, f"/reference/{first.page_id}")
    await page.fill("#text-ru", "Другой текст.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_contain_text("Абоненты слышат прежний текст")
    await page.click("text=История")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.click("tbody tr:last-child a")
    await expect(page.locator("#text-ru")).to_have_value(first.newest.content.texts[Language.RU].text)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said")).to_be_visible()
    again = centre.desk.reference.page(first.page_id)
    assert again is not None
    assert again.newest.version == 4
    assert again.newest.content == first.newest.content


async def test_the_list_goes_by_arrows(centre: DeskBrowser) -> None:
    page = await opened(centre, "/floor")
    await page.click("text=Справка")
    await expect(page.locator("tbody tr")).to_have_count(15)
    await expect(page.locator("body")).to_have_attribute("data-ready", "1")
    await page.focus("[data-row]")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[data-row]").nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#title-ru")).to_have_value("Тарифы для села")


async def test_prompts_are_found_and_played(centre: DeskBrowser) -> None:
    page = await opened(centre, "/prompts")
    await expect(page.locator("body")).to_have_attribute("data-ready", "1")
    await page.keyboard.press("Control+K")
    await page.keyboard.type("balance.debt")
    await expect(page.locator("#prompts tbody tr:visible")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-play='/prompts/ru/balance.debt']")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-playing]")).to_have_count(0)
    await page.locator("[data-prompt='balance.debt'] td:nth-child(3) select").select_option("1")
    await page.click("[data-play='/prompts/en/balance.debt']")
    await expect(page.locator("[data-playing]")).to_have_count(0)
    (_, russian), (_, english) = centre.desk.sounds.asked
    assert russian.startswith("Лицевой счёт ноль четыре")
    assert english.endswith("You owe one kopeck.")
    await page.fill("#find", "зззз")
    await expect(page.locator("#none")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-prompt=welcome] .studio")).to_have_count(2)


def some_states(centre: DeskBrowser) -> PageId:
    """A page in each state; the one that is being changed."""
    shelf, now = centre.desk.reference, centre.desk.floor.clock.now()
    first, second, third = shelf.pages()[:3]
    shelf.save(first.page_id, 2, replace(first.newest.content, order=3), SOMEBODY, now)
    shelf.withdraw(second.page_id, 2, SOMEBODY, now)
    shelf.save(third.page_id, 2, replace(third.newest.content, valid_until=date(2026, 1, 31)), SOMEBODY, now)
    texts = {Language.RU: PageText("Летние скидки", "С 1 июня скидка 5 %.")}
    shelf.add(PageContent(Section.TARIFFS, texts, date(2030, 6, 1), date(2030, 8, 31)), SOMEBODY, now)
    return first.page_id


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_how_the_pages_look(centre: DeskBrowser, language: str, scheme: str) -> None:
    changed = some_states(centre)
    look = f"{language}-{scheme}"
    page = await opened(centre, "/reference", language, scheme)
    await looked_at(page, f"reference-{look}", scrolls=True)
    await page.goto(f"{centre.url}/reference/{changed}")
    await page.locator("[data-words]").first.filter(has_text="рублей").wait_for()
    await page.keyboard.press("F2")
    await expect(page.locator("[data-language=ru]")).to_have_attribute("data-heard", "1")
    await looked_at(page, f"reference-page-{look}", scrolls=True)
    await page.fill("#text-ru", "Тариф 6 ₽, ждите 2 рядом с USB.")
    await page.fill("#title-ru", "СНБ")
    await expect(page.locator("[data-language=ru] [data-faults] li")).to_have_count(3)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#said[data-refused]")).to_be_visible()
    await looked_at(page, f"reference-faults-{look}", scrolls=True)
    await page.evaluate("document.getElementById('said').textContent = ''")
    await page.goto(f"{centre.url}/reference/{changed}/history")
    await looked_at(page, f"reference-history-{look}", scrolls=True)
    await page.goto(f"{centre.url}/prompts")
    await looked_at(page, f"prompts-{look}", scrolls=True)


async def test_the_pages_at_twice_the_size(centre: DeskBrowser) -> None:
    changed = some_states(centre)
    page = await opened(centre, "/reference")
    await page.set_viewport_size({"width": 683, "height": 384})
    for path in ("/reference", f"/reference/{changed}", f"/reference/{changed}/history", "/prompts"):
        await page.goto(centre.url + path)
        await looked_at(page, f"zoomed{path.replace('/', '-')[:12]}", scrolls=True)


async def test_english_pages_mark_what_is_russian(centre: DeskBrowser) -> None:
    page = await opened(centre, "/reference", "en")
    assert await page.evaluate("document.documentElement.lang") == "en"
    for path in ("/reference", "/reference/new", "/prompts"):
        await page.goto(centre.url + path)
        unmarked: list[str] = await page.evaluate(UNMARKED)
        assert unmarked == []
