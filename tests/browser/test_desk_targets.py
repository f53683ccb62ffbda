"""What is pressed is large enough, and where the keyboard is can always be seen (WCAG 2.4.7, 2.4.11, 2.5.8)."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from calls.journey import CallFacts
from customers.demo import FIXED, IN_DEBT
from tests.kit.desk_browser import DeskBrowser

SMALL = """() => [...document.querySelectorAll(
        ".button, .presence, .account-choice, .pad-key, .tool, .demo-caller, select, input:not([type=radio])")]
    .filter((e) => e.checkVisibility())
    .filter((e) => { const box = e.getBoundingClientRect(); return Math.min(box.width, box.height) < 32; })
    .map((e) => e.outerHTML.slice(0, 120))"""
RING = """() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return { id: "", faults: [] };
    const ringed = focused.closest(".demo-caller") || focused;
    const style = getComputedStyle(ringed);
    const faults = [];
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("no ring");
    const box = ringed.getBoundingClientRect();
    const out = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) - 0.5;
    const [left, right, top, bottom] = [box.left - out, box.right + out, box.top - out, box.bottom + out];
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    // a neighbour in the flow is painted before the ring; only a layer of its own can cover it
    const clear = "rgba(0, 0, 0, 0)";
    const own = (e) => getComputedStyle(e).position !== "static" && getComputedStyle(e).backgroundColor !== clear;
    const layer = (e) => e && !e.contains(ringed) && (own(e) || layer(e.parentElement));
    for (const at of [[left, y], [right, y], [x, top], [x, bottom]]) {
        const over = document.elementFromPoint(...at);
        if (!over) faults.push(`${at} is outside of the window`);
        else if (!ringed.contains(over) && layer(over)) faults.push(`covered by ${over.outerHTML.slice(0, 60)}`);
    }
    return { id: focused.outerHTML.slice(0, 90), faults };
}"""
FIRST = "() => document.querySelector('a[href], button:enabled').focus()"
CLIPPED = """() => {
    const focused = document.activeElement.closest(".demo-caller") || document.activeElement;
    const box = focused.getBoundingClientRect();
    const style = getComputedStyle(focused);
    const out = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) - 0.5;
    for (let around = focused.parentElement; around && around !== document.body; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const place = around.getBoundingClientRect();
        const beside = box.left - out < place.left || box.right + out > place.right;
        const beyond = box.top - out < place.top || box.bottom + out > place.bottom;
        if (beside || beyond) return focused.outerHTML.slice(0, 90);
    }
    return "";
}"""


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def walk(page: Page) -> int:
    """Tab through the whole page; the ring of each stop is seen whole. How many stops there were."""
    await page.evaluate(FIRST)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    seen: list[str] = []
    for _ in range(80):
        found = await page.evaluate(RING)
        if not found["id"] or found["id"] in seen[:1]:
            break
        if 'href="#' not in found["id"]:  # a skip link lies over the page on purpose
            assert found["faults"] == [], found["id"]
            assert await page.evaluate(CLIPPED) == ""
        seen.append(found["id"])
        await page.keyboard.press("Tab")
    return len(seen)


async def test_at_the_desk(centre: DeskBrowser) -> None:
    page = await centre.agent()
    assert await walk(page) >= 8
    assert await page.evaluate(SMALL) == []
    await centre.ready(page)
    call = await centre.ring(page, CallFacts(IN_DEBT.phone, accounts=tuple(fixed.number for fixed in FIXED)))
    await expect(page.locator(".account-choice")).to_have_count(len(FIXED))
    assert await walk(page) >= 15
    assert await page.evaluate(SMALL) == []
    await page.keyboard.press("F2")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "talking")
    centre.desk.floor.answered(call)
    assert await walk(page) >= 15
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    assert await walk(page) >= 15
    assert await page.evaluate(SMALL) == []


@pytest.mark.parametrize(("path", "stops"), [("/floor", 5), ("/phone", 4), ("/sign-in", 5)])
async def test_elsewhere(centre: DeskBrowser, path: str, stops: int) -> None:
    page = await centre.visitor()
    if path == "/floor":
        for queue_id in centre.desk.floor.floor.queues:
            for waited_s in range(12):
                queue = centre.desk.floor.floor.queues[queue_id]
                centre.desk.floor.call(CallFacts(IN_DEBT.phone), queue, waited_s)
        await centre.signed_in("volkova", page)
        await expect(page.locator("#waiting tbody tr")).to_have_count(36)
    else:
        await page.goto(centre.url + path)
    assert await walk(page) >= stops
    assert await page.evaluate(SMALL) == []
