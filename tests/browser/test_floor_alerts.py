"""The supervisor's figures and alerts: shown, said, acknowledged by click and key, kept in the history."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from tests.browser.test_desk_looks import LOOKS, looked_at
from tests.kit.desk_browser import DeskBrowser
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL
from tests.kit.reports import alerts, report


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running(beat_s=1.0) as running:
        yield running


def tell(centre: DeskBrowser) -> None:
    """The monitor's report with three open alerts, two of which nobody looks after."""
    now = centre.desk.floor.clock.now()
    centre.desk.floor.reported(report(now))
    centre.desk.alerts.raised(*alerts(now))


async def busy_floor(centre: DeskBrowser, language: str = "ru", scheme: str = "light") -> Page:
    floor = centre.desk.floor
    for number, (queue, waited_s) in enumerate([(BILLING, 12), (BILLING, 25), (EMERGENCY, 41), (GENERAL, 2)]):
        floor.call(CallFacts(PhoneNumber(f"+7912345678{number}")), queue, waited_s)
    page = await centre.signed_in("volkova", await centre.visitor(language, scheme))
    await expect(page.locator("body.floor")).to_have_attribute("data-stream", "live")
    tell(centre)
    await expect(page.locator("#alerts tbody tr")).to_have_count(3)
    return page


async def test_each_queue_shows_its_level_forecast_and_staff(centre: DeskBrowser) -> None:
    page = await busy_floor(centre)
    cells = page.locator("#queues-billing td")
    for place, words in {3: "74 %", 4: "60–80 %", 5: "80 %", 6: "3", 8: "не хватает 2"}.items():
        await expect(cells.nth(place)).to_contain_text(words)
    await expect(cells.nth(4).locator(".below")).to_contain_text("ниже цели")
    await expect(page.locator("#queues-general")).to_contain_text("в запасе 2")
    await expect(page.locator("#queues-emergency td").nth(4)).to_have_text("—")


async def test_figures_go_when_the_monitor_is_away(centre: DeskBrowser) -> None:
    page = await busy_floor(centre)
    centre.desk.floor.report = None  # nothing is told: the page learns it with the next beat
    await expect(page.locator("#queues-billing td").nth(3)).to_have_text("—")
    await expect(page.locator("[data-empty=alerts]")).to_be_visible()


async def test_an_alert_is_acknowledged_by_a_click_and_by_the_key(centre: DeskBrowser) -> None:
    page = await busy_floor(centre)
    billing, emergency = page.locator("#alerts tbody tr").nth(1), page.locator("#alerts tbody tr").nth(0)
    await expect(emergency).to_contain_text("Аварийная: дольше всех ждут 41 с при цели 10 с")
    await expect(billing).to_contain_text("к концу интервала ждём 69 % при цели 80 %")
    keys = [await row.get_attribute("data-key") for row in (emergency, billing)]
    await page.keyboard.press("F2")
    await expect(page.locator(f"[data-key='{keys[0]}']")).to_contain_text("volkova")
    await expect(page.locator("#said")).to_have_text("Тревога принята")
    await page.click(f"button[data-acknowledge='{keys[1]}']")
    await expect(page.locator("button[data-acknowledge]")).to_have_count(0)
    await page.keyboard.press("F2")
    await expect(page.locator("#said")).to_have_text("Непринятых тревог нет")
    acts = [(actor, subject) for actor, act, subject in centre.desk.staff.acts() if act == "acknowledged_alert"]
    assert acts == [("volkova", keys[0]), ("volkova", keys[1])]


async def test_new_alerts_are_said_once_and_merged(centre: DeskBrowser) -> None:
    page = await busy_floor(centre)
    await expect(page.locator("#said")).to_have_text("Новых тревог: 3")


async def test_what_cannot_be_acknowledged_is_told(centre: DeskBrowser) -> None:
    page = await busy_floor(centre)
    centre.desk.staff.down = True
    await page.keyboard.press("F2")
    await expect(page.locator("[data-subject=alert]")).to_contain_text("Попробуйте ещё раз")
    centre.desk.staff.down = False
    await page.keyboard.press("F2")
    await expect(page.locator("button[data-acknowledge]")).to_have_count(1)
    await expect(page.locator("[data-subject=alert]")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_how_alerts_and_figures_look(centre: DeskBrowser, language: str, scheme: str) -> None:
    page = await busy_floor(centre, language, scheme)
    await looked_at(page, f"floor-alerts-{language}-{scheme}")
    await page.goto(f"{centre.url}/floor/alerts")
    await expect(page.locator("#history tbody tr")).to_have_count(3)
    await looked_at(page, f"alerts-history-{language}-{scheme}")
