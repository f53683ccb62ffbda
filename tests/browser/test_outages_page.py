"""The page of outages: an entry by the keyboard alone, a new time, an end; how it looks."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from customers.outages import Author, Watched
from tests.browser.test_desk_looks import LOOKS, looked_at
from tests.kit.desk_browser import DeskBrowser


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def opened(centre: DeskBrowser, language: str = "ru", scheme: str = "light") -> Page:
    page = await centre.signed_in("volkova", await centre.visitor(language, scheme))
    await expect(page.locator("body.floor")).to_have_attribute("data-stream", "live")
    await page.get_by_role("link", name="Отключения" if language == "ru" else "Outages").click()
    await expect(page.locator("#street")).to_be_focused()
    return page


async def test_an_emergency_is_entered_without_the_mouse(centre: DeskBrowser) -> None:
    page = await opened(centre)
    await page.keyboard.type("ключ школ")
    await expect(page.locator("#found li")).to_have_text(["с. Ключи, ул. Школьная"])
    await page.keyboard.press("Enter")
    await page.keyboard.type("ключ нов")
    await expect(page.locator("#found li")).to_have_text(["с. Ключи, ул. Новая"])
    await page.keyboard.press("Enter")
    await expect(page.locator("#places li")).to_have_count(2)
    await page.keyboard.press("Tab")
    await page.keyboard.type("3, 5а")
    await page.keyboard.press("Control+Enter")
    row = page.locator("#known tbody tr").filter(has_text="ул. Школьная, 3, 5а")
    await expect(row).to_contain_text("ул. Новая")
    await expect(row).to_contain_text("Неизвестно")
    assert [act for _, act, _ in centre.desk.outages.acts] == ["outage_entered"]


async def test_a_refusal_keeps_what_was_typed(centre: DeskBrowser) -> None:
    page = await opened(centre)
    await page.select_option("#cause", "")
    await page.fill("#own-cause", "экскаватор")
    await page.click("#save")
    await expect(page.locator("#entry-fault")).to_contain_text("хотя бы одну улицу")
    await expect(page.locator("#own-cause")).to_have_value("экскаватор")
    await page.select_option("#feeder", label="ВЛ-10 Ключи-1 · 12")
    await page.click("#save")
    await expect(page.locator("#known tbody tr").filter(has_text="экскаватор")).to_have_count(1)


async def test_another_time_and_the_end(centre: DeskBrowser) -> None:
    page = await opened(centre)
    row = page.locator('#known [data-outage="1"]')
    await row.get_by_role("button", name="Другой срок").click()
    await page.click('#change [value="save"]')
    await expect(page.locator("#change-fault")).to_contain_text("Укажите день и время")
    await page.click('#change [value="unknown"]')
    await expect(row).to_contain_text("Неизвестно")
    await row.get_by_role("button", name="Свет дали").click()
    await expect(page.locator("#ending-place")).to_contain_text("с. Ключи, ул. Набережная")
    await page.keyboard.press("Enter")
    await expect(row).to_have_count(0)
    assert [act for _, act, _ in centre.desk.outages.acts] == ["outage_expected", "outage_ended"]


async def test_what_was_ended_by_mistake_is_taken_up_again(centre: DeskBrowser) -> None:
    centre.desk.outages.watched[1] = Watched(text=12, ring=3, told=9, not_reached=2)
    page = await opened(centre)
    row = page.locator('#known [data-outage="1"]')
    await expect(row).to_contain_text("сообщение: 12")
    await row.get_by_role("button", name="Свет дали").click()
    await page.click('#ending [value="end"]')
    over = page.locator('#ended [data-outage="1"]')
    await expect(over).to_contain_text("9 / 15")
    await over.get_by_role("button", name="Света нет").click()
    await expect(page.locator("#reopening-place")).to_contain_text("с. Ключи, ул. Набережная")
    await page.keyboard.press("Enter")
    await expect(row).to_have_count(1)
    await expect(page.locator("#ended")).to_have_count(0)


async def test_planned_work_needs_its_end(centre: DeskBrowser) -> None:
    page = await opened(centre)
    await page.check('[name="kind"][value="planned"]')
    await page.select_option("#feeder", index=1)
    await page.click("#save")
    await expect(page.locator("#entry-fault")).to_contain_text("у плановых работ он нужен")
    await page.get_by_role("button", name="+4 ч").click()
    await page.click("#save")
    await expect(page.locator("#known tbody tr")).to_have_count(3)


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_how_it_looks(centre: DeskBrowser, language: str, scheme: str) -> None:
    now, kim = centre.desk.floor.clock.now(), Author("kim")
    centre.desk.outages.watched |= {1: Watched(text=12, ring=3), 2: Watched(text=4, ring=1, told=3, not_reached=1)}
    centre.desk.outages.end(2, kim, now)
    page = await opened(centre, language, scheme)
    await page.keyboard.type("ключ")
    await expect(page.locator("#found li")).to_have_count(8)
    await page.keyboard.press("Enter")
    await page.keyboard.type("сад")
    await expect(page.locator("#found")).to_be_visible()
    await looked_at(page, f"outages-{language}-{scheme}")
