"""Readable for everybody: wide letters, long names, a large screen, forced colours, no colour at all (WCAG 2.2)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from acd.events import AgentLegEnded, AgentNotReady, AgentReady, AgentSignedIn, CallerLeft, LegEnd
from calls.journey import CallFacts
from customers.demo import IN_DEBT, IN_OUTAGE
from staff.demo import AGENTS
from tests.browser.test_desk_looks import ARTEFACTS, looked_at
from tests.kit.desk_browser import DeskBrowser
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL

LARGE = {"width": 1920, "height": 1080}
MONITOR = {"width": 1366, "height": 768}
LONG_NAME = "Константинопольская-Рождественская Александра Всеволодовна-мл"
LONG_ADDRESS = "пос. Верхнекраснознаменский Октябрьский, ул. Железнодорожников-Первопроходцев, д. 128а, кв. 1044"
WIDE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }");
    document.adoptedStyleSheets = [sheet];
}"""
"""WCAG 1.4.12."""
CUT = """() => {
    const cut = [];
    const hides = (overflow) => ["hidden", "clip"].includes(overflow);
    const scrolls = (overflow) => ["auto", "scroll"].includes(overflow);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !parent.checkVisibility({ visibilityProperty: true })) continue;
        if (parent.closest(".unseen, .skip, script, option, textarea")) continue;
        const range = document.createRange();
        range.selectNodeContents(walker.currentNode);
        const text = range.getBoundingClientRect();
        for (let box = parent; box; box = box.parentElement) {
            const style = getComputedStyle(box);
            const place = box.getBoundingClientRect();
            if (scrolls(style.overflowX) || scrolls(style.overflowY)) break;
            const beside = hides(style.overflowX) && (text.right > place.right + 1 || text.left < place.left - 1);
            const below = hides(style.overflowY) && text.bottom > place.bottom + 1;
            if (beside && box.title.includes(walker.currentNode.data.trim())) break; // the whole is a hover away
            if (beside || below) cut.push(`${walker.currentNode.data.trim()} in ${box.tagName}.${box.className}`);
        }
    }
    return cut;
}"""
OVERLAPS = """() => {
    const places = [...document.querySelectorAll(".bar > *, .tools .tool, .tools .who, .phone-buttons .button")]
        .filter((e) => e.checkVisibility())
        .map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width && r.height);
    const found = [];
    places.forEach(([one, a], i) => places.slice(i + 1).forEach(([other, b]) => {
        if (one.contains(other) || other.contains(one)) return;
        if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) {
            found.push(`${one.id || one.className} over ${other.id || other.className}`);
        }
    }));
    return found;
}"""
STATES = """() => [...document.querySelectorAll("[data-state], [data-wait=warning], [data-wait=breach], [data-health]")]
    .filter((e) => e.tagName !== "BODY" && e.checkVisibility())
    .filter((e) => {
        const marks = [...e.querySelectorAll("use")].filter((use) => document.querySelector(use.getAttribute("href")));
        const words = e.innerText + [...e.querySelectorAll("title")].map((title) => title.textContent);
        return !marks.length || !/\\p{L}/u.test(words);
    })
    .map((e) => e.outerHTML.slice(0, 160))"""

UNBORDERED = """() => [...document.querySelectorAll(
    ".button, .state, .level, .presence, .strip, .notice, .phone-word, .wrap-up-left, .left, tr[data-wait=breach] th")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }))
    .filter((e) => !["Top", "Bottom"].some((side) => parseFloat(getComputedStyle(e)[`border${side}Width`]) > 0))
    .map((e) => e.outerHTML.slice(0, 100))"""
FAINT = """() => [...document.querySelectorAll("svg.mark")].filter((e) => e.checkVisibility()).filter((e) => {
    const ground = (box) => {
        const colour = box ? getComputedStyle(box).backgroundColor : "rgb(0, 0, 0)";
        return colour === "rgba(0, 0, 0, 0)" ? ground(box.parentElement) : colour;
    };
    return getComputedStyle(e).color === ground(e);
}).map((e) => e.parentElement.outerHTML.slice(0, 100))"""


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def nothing_cut(page: Page) -> None:
    assert await page.evaluate(CUT) == []
    assert await page.evaluate(OVERLAPS) == []


def long_names(centre: DeskBrowser) -> None:
    for number in (IN_DEBT.number, IN_OUTAGE.number):
        fake = centre.desk.customers.accounts[number]
        fake.account = replace(fake.account, customer_name=LONG_NAME, address=LONG_ADDRESS)
    orlov = centre.desk.staff.users[AGENTS[0].login]
    centre.desk.staff.users[orlov.login] = replace(orlov, name=LONG_NAME)


def busy_floor(centre: DeskBrowser, name: str = "") -> None:
    """Every state of an agent and every sign of a wait."""
    floor = centre.desk.floor
    for user in AGENTS[:7]:
        floor.tell(AgentSignedIn(user.login, name or user.name, user.skills))
        if user is not AGENTS[5]:
            floor.reachable(user.login)
    for user in AGENTS[:3]:
        floor.tell(AgentReady(user.login))
    floor.tell(AgentNotReady(AGENTS[6].login, "lunch"))
    facts = CallFacts(IN_DEBT.phone)
    calls = [floor.call(facts, queue, waited_s) for queue, waited_s in ((BILLING, 3), (BILLING, 2), (BILLING, 1))]
    offers = [offer for call in calls if (offer := floor.floor.calls[call].offer)]
    for offer in offers[:2]:
        floor.answered(offer.call_id)
    floor.tell(AgentLegEnded(offers[0].offer_id, LegEnd.HUNG_UP))
    floor.tell(CallerLeft(offers[0].call_id))
    for queue, waited_s in ((EMERGENCY, 70), (GENERAL, 16), (GENERAL, 1)):
        floor.call(facts, queue, waited_s)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_wide_letters_and_long_names_cut_nothing(centre: DeskBrowser, language: str) -> None:
    long_names(centre)
    page = await centre.visitor(language)
    await centre.agent(page=page)
    await page.evaluate(WIDE)
    await nothing_cut(page)
    await centre.ready(page)
    facts = replace(centre.facts(), accounts=(IN_DEBT.number, IN_OUTAGE.number))
    call = await centre.ring(page, facts)
    await expect(page.locator("#card .sum")).to_be_visible()
    await looked_at(page, f"wide-ring-{language}")
    await nothing_cut(page)
    await page.keyboard.press("F2")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "talking")
    centre.desk.floor.answered(call)
    await page.keyboard.press("F8")
    await expect(page.locator("#muted")).not_to_be_empty()
    await nothing_cut(page)
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await looked_at(page, f"wide-wrap-up-{language}")
    await nothing_cut(page)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_wide_letters_and_long_names_on_the_floor(centre: DeskBrowser, language: str) -> None:
    busy_floor(centre, LONG_NAME)
    page = await centre.visitor(language)
    await centre.signed_in("volkova", page)
    await expect(page.locator("tr[data-wait=breach]").first).to_be_visible()
    await page.evaluate(WIDE)
    await looked_at(page, f"wide-floor-{language}")
    await nothing_cut(page)


@pytest.mark.parametrize("size", [MONITOR, LARGE], ids=["1366x768", "1920x1080"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_larger_screens(centre: DeskBrowser, size: dict[str, int], scheme: str) -> None:
    look = f"{size['width']}-{scheme}"
    page = await centre.visitor("ru", scheme)
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})
    await centre.agent(page=page)
    await looked_at(page, f"idle-{look}")
    await centre.ready(page)
    await centre.ring(page)
    await expect(page.locator("#card .sum")).to_be_visible()
    await looked_at(page, f"ring-{look}")
    await nothing_cut(page)
    busy_floor(centre)
    floor = await centre.visitor("ru", scheme)
    await floor.set_viewport_size({"width": size["width"], "height": size["height"]})
    await centre.signed_in("volkova", floor)
    await expect(floor.locator("tr[data-wait=breach]").first).to_be_visible()
    await looked_at(floor, f"floor-{look}")
    await nothing_cut(floor)
    await floor.goto(centre.url + "/phone")
    await expect(floor.locator(".handset")).to_have_attribute("data-booth", "ready")
    await looked_at(floor, f"booth-{look}", scrolls=True)


async def test_every_state_has_a_mark_and_a_word(centre: DeskBrowser) -> None:
    """Colour is the third signal: without it each state is still told."""
    busy_floor(centre)
    floor = await centre.signed_in("volkova")
    await expect(floor.locator("body.floor")).to_have_attribute("data-stream", "live")
    centre.desk.floor.call(CallFacts(IN_DEBT.phone), GENERAL, 16)  # for four seconds it is near the end of its time
    await expect(floor.locator("tr[data-wait=warning]").first).to_be_visible()
    await expect(floor.locator("tr[data-wait=breach]").first).to_be_visible()
    shown = await floor.locator("#agents tbody .state").evaluate_all("all => all.map((e) => e.dataset.state)")
    assert set(shown) == {"not_ready", "offered", "on_call", "wrap_up"}
    assert await floor.evaluate(STATES) == []
    await floor.evaluate("document.documentElement.style.filter = 'grayscale(1)'")
    await looked_at(floor, "floor-grey")
    page = await centre.agent("zueva")
    assert await page.evaluate(STATES) == []


async def test_forced_colours_on_the_floor(centre: DeskBrowser) -> None:
    """The system's few colours: what a fill told is told by mark, word and border."""
    busy_floor(centre)
    page = await centre.visitor()
    await page.emulate_media(forced_colors="active", color_scheme="dark")
    await centre.signed_in("volkova", page)
    await expect(page.locator("tr[data-wait=breach]").first).to_be_visible()
    await page.screenshot(path=ARTEFACTS / "forced-floor.png")
    assert await page.evaluate(UNBORDERED) == []
    assert await page.evaluate(FAINT) == []


async def test_forced_colours_at_the_desk(centre: DeskBrowser) -> None:
    desk = await centre.visitor()
    await desk.emulate_media(forced_colors="active", color_scheme="dark")
    await centre.agent(page=desk)
    await centre.ready(desk)
    await centre.ring(desk)
    await desk.screenshot(path=ARTEFACTS / "forced-ring.png")
    assert await desk.evaluate(UNBORDERED) == []
    assert await desk.evaluate(FAINT) == []
