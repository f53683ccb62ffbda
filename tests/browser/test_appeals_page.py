"""The page of appeals: taken and answered by the keyboard; how it looks."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from calls.clock import after
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import CALL_BACK_S, AppealKind, NewAppeal
from customers.outages import LocalityCode
from tests.browser.test_desk_looks import LOOKS, looked_at
from tests.kit.desk_browser import DeskBrowser


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def opened(centre: DeskBrowser, language: str = "ru", scheme: str = "light") -> Page:
    now, appeals = centre.desk.floor.clock.now(), centre.desk.appeals
    account, phone = AccountNumber("4401220170"), PhoneNumber("+79123456789")
    appeals.file(NewAppeal(AppealKind.NO_POWER, "one", account, phone, outage_id=7), after(now, -CALL_BACK_S - 60))
    appeals.file(NewAppeal(AppealKind.QUALITY, "two", account, phone), now)
    appeals.file(NewAppeal(AppealKind.THEFT, "three", locality=LocalityCode("105")), now)
    page = await centre.signed_in("volkova", await centre.visitor(language, scheme))
    await expect(page.locator("body.floor")).to_have_attribute("data-stream", "live")
    await page.get_by_role("link", name="Обращения" if language == "ru" else "Appeals").click()
    await expect(page.locator("#known tbody tr")).to_have_count(3)
    return page


async def test_the_overdue_one_comes_first_and_is_taken_and_answered(centre: DeskBrowser) -> None:
    page = await opened(centre)
    first = page.locator("#known tbody tr").first
    await expect(first).to_contain_text("просрочено")
    await first.get_by_role("button", name="Взять в работу").press("Enter")
    await expect(first).to_contain_text("в работе")
    await first.get_by_role("button", name="Ответ дан").press("Enter")
    await expect(page.locator("#known tbody tr")).to_have_count(2)


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_how_it_looks(centre: DeskBrowser, language: str, scheme: str) -> None:
    await looked_at(await opened(centre, language, scheme), f"appeals-{language}-{scheme}")


async def test_one_is_closed_with_a_word_and_taken_back(centre: DeskBrowser) -> None:
    page = await opened(centre)
    await page.locator("#known tbody tr").first.get_by_role("button", name="Закрыть").press("Enter")
    await expect(page.locator("#word")).to_be_focused()
    await looked_at(page, "appeals-closing")
    await page.keyboard.press("Escape")
    await expect(page.locator("#closing")).to_be_hidden()
    await page.locator("#known tbody tr").first.get_by_role("button", name="Закрыть").press("Enter")
    await page.keyboard.type("Бригада была, свет есть")
    await page.keyboard.press("Enter")
    await expect(page.locator("#known tbody tr")).to_have_count(2)
    await expect(page.locator("[data-closed]")).to_contain_text("Бригада была")
    await looked_at(page, "appeals-closed")
    await page.get_by_role("button", name="Вернуть").press("Enter")
    await expect(page.locator("#known tbody tr")).to_have_count(3)


async def test_an_agent_comes_to_the_appeals_from_the_desk(centre: DeskBrowser) -> None:
    page = await centre.agent()
    link = page.locator("#idle a[href='/appeals']")
    async with page.context.expect_page() as opening:
        await link.press("Enter")
    appeals = await opening.value
    await expect(appeals.locator(".bar-title")).to_contain_text("Обращения")
    await centre.ready(page)
    await centre.ring(page)
    await expect(page.locator("#card a[href='/appeals']")).to_be_visible()
