"""The supervisor's page keeps its rows: same nodes, no jump under the pointer, signs that turn with the clock."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from acd.events import AgentNotReady, AgentReady, AgentSignedIn, AgentSignedOut, CallerLeft
from calls.ids import AgentId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from staff.skills import skilled
from tests.kit.desk_browser import DeskBrowser
from tests.kit.fake_floor import GENERAL

FACTS = CallFacts(PhoneNumber("+79123456789"))


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def floor_page(centre: DeskBrowser, agents: int) -> Page:
    for number in range(agents):
        login = AgentId(f"agent-{number:03d}")
        centre.desk.floor.tell(AgentSignedIn(login, f"Оператор {number:03d}", skilled("billing")))
        centre.desk.floor.reachable(login)
    page = await centre.signed_in("volkova")
    await expect(page.locator("#agents tbody tr")).to_have_count(agents)
    return page


async def test_a_changed_row_keeps_its_node_and_others_are_not_touched(centre: DeskBrowser) -> None:
    page = await floor_page(centre, 5)
    await page.evaluate(
        """() => { window.touched = [];
        for (const row of document.querySelectorAll("#agents tbody tr")) row.mine = true;
        new MutationObserver((found) => touched.push(...found.filter((m) => m.target.tagName !== "TIME")
            .map((m) => m.target.closest("tr")?.id))).observe(document.querySelector("#agents tbody"),
            { subtree: true, attributes: true, childList: true }); }"""
    )
    centre.desk.floor.tell(AgentReady(AgentId("agent-002")))
    changed = page.locator("#agents-agent-002")
    await expect(changed).to_have_attribute("data-state", "ready")
    await expect(changed).to_contain_text("Готов")
    assert await page.evaluate("[...document.querySelectorAll('#agents tbody tr')].every((row) => row.mine)")
    touched = {row for row in await page.evaluate("touched") if row}
    assert touched == {"agents-agent-002"}


async def test_tallies_and_counts_follow_the_rows(centre: DeskBrowser) -> None:
    page = await floor_page(centre, 3)
    await expect(page.locator("[data-empty=waiting]")).to_be_visible()
    centre.desk.floor.tell(AgentReady(AgentId("agent-000")))
    centre.desk.floor.tell(AgentNotReady(AgentId("agent-001"), "lunch"))
    call = centre.desk.floor.call(FACTS, GENERAL, 1)
    await expect(page.locator("[data-tally=ready]")).to_have_text("1")
    await expect(page.locator("[data-tally=not_ready]")).to_have_text("2")
    await expect(page.locator("[data-count=waiting]")).to_have_text("1")
    await expect(page.locator("#agents-agent-001")).to_contain_text("обед")
    centre.desk.floor.tell(CallerLeft(call))
    await expect(page.locator("#waiting tbody tr")).to_have_count(0)
    await expect(page.locator("[data-empty=waiting]")).to_be_visible()
    centre.desk.floor.tell(AgentSignedOut(AgentId("agent-002")))
    await expect(page.locator("#agents tbody tr")).to_have_count(2)


async def test_a_wait_turns_to_warning_and_breach_by_the_clock_alone(centre: DeskBrowser) -> None:
    page = await floor_page(centre, 1)
    centre.desk.floor.call(FACTS, GENERAL, GENERAL.target_s * 0.75 - 1.5)
    row = page.locator("#waiting tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).not_to_have_attribute("data-wait", "warning")
    await expect(row).to_have_attribute("data-wait", "warning")
    await expect(row.locator(".sign title")).to_have_text("скоро нарушим цель")
    await expect(row).to_have_attribute("data-wait", "breach", timeout=9000)
    await expect(page.locator("#queues-general")).to_have_attribute("data-wait", "breach")
    await expect(row.locator("use")).to_have_attribute("href", "#mark-breach")


async def test_the_order_is_frozen_under_the_pointer(centre: DeskBrowser) -> None:
    page = await floor_page(centre, 3)
    await page.hover("#agents-agent-000")
    login = AgentId("aaa")
    centre.desk.floor.tell(AgentSignedIn(login, "Аароновна", skilled("billing")))
    rows = page.locator("#agents tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.last).to_have_id("agents-aaa")
    await page.mouse.move(0, 0)
    await expect(rows.first).to_have_id("agents-aaa", timeout=9000)


@pytest.mark.parametrize("agents", [300])
async def test_three_hundred_agents_with_thirty_changes_a_tick(centre: DeskBrowser, agents: int) -> None:
    """Nodes stay the same and no long task blocks the page while the floor is busy."""
    page = await floor_page(centre, agents)
    await page.evaluate(
        """() => { window.long = [];
        for (const row of document.querySelectorAll("#agents tbody tr")) row.mine = true;
        new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration)))
            .observe({ type: "longtask", buffered: false }); }"""
    )
    floor = centre.desk.floor
    for tick in range(12):
        for number in range(tick * 30 % agents, tick * 30 % agents + 30):
            login = AgentId(f"agent-{number % agents:03d}")
            floor.tell(AgentNotReady(login, ("lunch", "break", "other")[tick % 3]))
        last = AgentId(f"agent-{(tick * 30 + 29) % agents:03d}")
        words = ("обед", "перерыв", "другое")[tick % 3]
        await expect(page.locator(f"#agents-{last}")).to_contain_text(words, timeout=2000)
    assert await page.evaluate("[...document.querySelectorAll('#agents tbody tr')].every((row) => row.mine)")
    assert max(await page.evaluate("long"), default=0) < 200
