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
