"""How the pages look, in both languages and both themes: accessible (axe), nothing cut, pictures kept as artefacts."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from acd.events import AgentNotReady, AgentReady, AgentSignedIn
from agent_desktop.ports import BoothMessage
from calls.clock import after
from calls.journey import CallFacts, Language
from calls.numbers import PhoneNumber, spoken_form
from customers.demo import FIRM, IN_DEBT, TRUSTED
from customers.money import Kopecks
from customers.notice_texts import AppealText, CodeText, OutageOverText, PaymentLinkText, text_of
from staff.demo import AGENTS
from tests.kit.databases import NOW
from tests.kit.desk_browser import DeskBrowser, violations
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "desk"
SMS = (
    CodeText("048213", 5),
    PaymentLinkText(Kopecks(212_132), "https://pay.example/a1b2c3d4"),
    AppealText("2026-000123", date(2026, 12, 31)),
    OutageOverText("ул. Садовая, 14"),
)
LOOKS = [(language, scheme) for language in ("ru", "en") for scheme in ("light", "dark")]
MONEY = re.compile(r"\d+[.,]\d\d")
OVERFLOWS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
SCROLLS = "() => document.documentElement.scrollHeight > document.documentElement.clientHeight"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, a[href], input, select, textarea")]
    .filter((e) => e.checkVisibility() && !e.closest(".skip"))
    .filter((e) => e.type !== "radio") // its label is the target
    .filter((e) => { const box = e.getBoundingClientRect(); return Math.min(box.width, box.height) < 24; })
    .map((e) => e.outerHTML.slice(0, 120))"""
CUT = """() => [...document.querySelectorAll(".button, .level, h2, .sum")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 100))"""


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def looked_at(page: Page, name: str, *, scrolls: bool = False) -> None:
    """Keep a picture and check what any page must keep."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"{name}.png")
    assert await violations(page) == []
    assert not await page.evaluate(OVERFLOWS), "the page scrolls sideways"
    assert scrolls or not await page.evaluate(SCROLLS), "the page scrolls"
    assert await page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_the_desk_in_every_state(centre: DeskBrowser, language: str, scheme: str) -> None:
    look = f"{language}-{scheme}"
    page = await centre.visitor(language, scheme)
    await page.goto(centre.url)
    await looked_at(page, f"sign-in-{look}")
    await centre.agent(page=page)
    await looked_at(page, f"idle-{look}")
    await page.keyboard.press("Shift+F4")
    await looked_at(page, f"presence-{look}")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+/")
    await looked_at(page, f"keys-{look}")
    await page.keyboard.press("Escape")
    await centre.ready(page)
    call = await centre.ring(page)
    await expect(page.locator("#card .sum")).to_be_visible()
    await looked_at(page, f"ring-{look}")
    await page.keyboard.press("F2")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "talking")
    centre.desk.floor.answered(call)
    await page.fill("#note", "Платёж 23.11 отклонён банком" if language == "ru" else "Payment of 23 Nov was refused")
    await page.keyboard.press("F8")
    await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    await looked_at(page, f"on-call-{look}")
    await page.keyboard.press("F4")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "held")
    await looked_at(page, f"held-{look}")
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await looked_at(page, f"wrap-up-{look}")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_cards_of_other_callers(centre: DeskBrowser, language: str, scheme: str) -> None:
    page = await centre.visitor(language, scheme)
    await centre.agent(page=page)
    await centre.ready(page)
    unknown = CallFacts(PhoneNumber("+79991234567"), topic="emergency")
    call = await centre.ring(page, unknown)
    await expect(page.locator("#card .notice.breach")).to_be_visible()
    await looked_at(page, f"ring-unknown-{language}-{scheme}")
    centre.desk.floor.answered(call)
    await page.keyboard.press("F2")
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#idle")).to_be_visible()
    shared = centre.desk.customers.accounts[FIRM.number].account
    await centre.ring(page, CallFacts(FIRM.phone, accounts=(shared.number, "4401220253", "4401220170")))
    await expect(page.locator(".account-choice")).to_have_count(3)
    await page.locator(".account-choice").nth(1).click()
    await expect(page.locator(".account-choice").nth(1)).to_have_attribute("aria-pressed", "true")
    await expect(page.locator(".account-choice").nth(1)).to_be_focused()
    await expect(page.locator(".notice.warning")).to_be_visible()
    await looked_at(page, f"ring-accounts-{language}-{scheme}")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_a_card_with_charges_of_two_zones(centre: DeskBrowser, language: str, scheme: str) -> None:
    page = await centre.visitor(language, scheme)
    await centre.agent(page=page)
    await centre.ready(page)
    await centre.ring(page, CallFacts(TRUSTED.phone, account=TRUSTED.number, accounts=(TRUSTED.number,)))
    await expect(page.locator("#card .charges tbody tr")).to_have_count(2)
    await looked_at(page, f"ring-charges-{language}-{scheme}")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_the_floor(centre: DeskBrowser, language: str, scheme: str) -> None:
    floor = centre.desk.floor
    for user in AGENTS[:8]:
        floor.tell(AgentSignedIn(user.login, user.name, user.skills))
        if user is not AGENTS[5]:
            floor.reachable(user.login)
    for user in AGENTS[:5]:
        floor.tell(AgentReady(user.login))
    floor.tell(AgentNotReady(AGENTS[6].login, "lunch"))
    facts = CallFacts(PhoneNumber("+79123456789"))
    for waited_s in (70, 3):
        floor.call(facts, EMERGENCY, waited_s)
    talking = floor.call(facts, BILLING, 40)
    for waited_s in (26, 41, 12):
        floor.call(facts, BILLING, waited_s)
    for waited_s in (17, 5, 4, 2, 1):
        floor.call(facts, GENERAL, waited_s)
    if floor.floor.calls[talking].offer:
        floor.answered(talking)
    page = await centre.visitor(language, scheme)
    await centre.signed_in("volkova", page)
    await expect(page.locator("#agents tbody tr")).to_have_count(8)
    await expect(page.locator("tr[data-wait=breach]").first).to_be_visible()
    await looked_at(page, f"floor-{language}-{scheme}")


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_the_booth_and_an_error(centre: DeskBrowser, language: str, scheme: str) -> None:
    page = await centre.visitor(language, scheme)
    await page.goto(centre.url + "/phone")
    await expect(page.locator(".handset")).to_have_attribute("data-booth", "ready")
    await looked_at(page, f"booth-{language}-{scheme}", scrolls=True)
    await page.click("#ring")
    await expect(page.locator(".handset")).to_have_attribute("data-booth", "talking")
    await looked_at(page, f"booth-talking-{language}-{scheme}", scrolls=True)
    texts = [text_of(content, Language(language)) for content in SMS]
    box = [BoothMessage(text, text, after(NOW, -90 * count)) for count, text in enumerate(texts)]
    centre.desk.phone_booth.box = {spoken_form(IN_DEBT.phone): box}
    await expect(page.locator(".message")).to_have_count(len(SMS), timeout=10_000)
    await looked_at(page, f"booth-messages-{language}-{scheme}", scrolls=True)
    await page.goto(centre.url + "/nowhere")
    await looked_at(page, f"error-{language}-{scheme}")


async def test_stale_data_looks_stale_and_stays_readable(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.ready(page)
    await centre.ring(page)
    floor = await centre.signed_in("volkova")
    await expect(floor.locator("body")).to_have_attribute("data-stream", "live")
    centre.desk.floor.down = True
    centre.desk.floor.drop_listeners()
    for name, each in (("desk", page), ("floor", floor)):
        await expect(each.locator("body")).to_have_attribute("data-stream", "lost", timeout=9000)
        await looked_at(each, f"stale-{name}")


async def test_the_desk_at_twice_the_size_and_with_long_names(centre: DeskBrowser) -> None:
    """WCAG 1.4.10: 200 % zoom is half the width; panes stand below each other, nothing is cut."""
    page = await centre.agent()
    await centre.talk(page)
    await page.set_viewport_size({"width": 683, "height": 384})
    await looked_at(page, "desk-zoomed", scrolls=True)
    assert await page.evaluate(CUT) == []


async def test_reduced_motion_moves_nothing(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await page.emulate_media(reduced_motion="reduce")
    await centre.ready(page)
    await centre.ring(page)
    assert await page.evaluate("document.getAnimations().length") == 0


async def test_money_never_breaks(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.talk(page)
    card = await page.inner_text("#card")
    sums = [line for line in re.split(r"[\n\t]", card) if "₽" in line]
    assert len(sums) >= 4
    for line in sums:
        found = re.findall(r"[\d\u00a0\u2212]+,\d\d\u00a0₽", line)
        assert len(found) == line.count("₽"), line
