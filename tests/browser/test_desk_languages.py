"""Every word of every page is of the page's language: names, addresses, keys and a few technical words apart."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from acd.events import AgentNotReady, AgentReady, AgentSignedIn
from calls.journey import CallFacts
from customers import demo
from staff.demo import AGENTS, USERS
from tests.kit.desk_browser import DeskBrowser
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL

CYRILLIC = re.compile("[А-Яа-яЁё]+")
LATIN = re.compile("[A-Za-z]+")
TECHNICAL = frozenset(LATIN.findall("F Shift Ctrl Enter Esc PIN https ABC DEF GHI JKL MNO PQRS TUV WXYZ"))
"""Keys, the letters printed on a telephone's keys, and words that Russian writes in Latin letters too."""
LEADS_TO_THE_OTHER = {"English", "Switch to English", "Русский", "Перейти на русский"}
WORDS = """() => {
    const found = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        if (!walker.currentNode.parentElement.closest("script, style")) found.push(walker.currentNode.data);
    }
    for (const element of document.body.querySelectorAll("*")) {
        for (const name of ["title", "aria-label", "placeholder", "alt"]) found.push(element.getAttribute(name) || "");
    }
    return found.map((text) => text.trim()).filter(Boolean);
}"""
UNMARKED = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (/[А-Яа-яЁё]/.test(walker.currentNode.data) && !parent.closest("body [lang=ru], script, #alert")) {
            found.push(walker.currentNode.data.trim());
        }
    }
    return found;
}"""


def own_data() -> list[str]:
    """Names, addresses and meters: they are what they are in every language."""
    accounts = [fixed.account for fixed in demo.FIXED]
    people = [account.customer_name for account in accounts] + [user.name for user in USERS]
    return [*people, *(account.address for account in accounts), *demo.MODELS.values(), *(user.login for user in USERS)]


def of_another_language(texts: list[str], language: str) -> list[str]:
    strange = []
    for text in texts:
        if text in LEADS_TO_THE_OTHER:
            continue
        rest = text
        for own in own_data():
            rest = rest.replace(own, "")
        found = CYRILLIC.findall(rest) if language == "en" else set(LATIN.findall(rest)) - TECHNICAL
        strange += [f"{word} in {text!r}" for word in found]
    return strange


async def all_in(page: Page, language: str) -> None:
    texts: list[str] = await page.evaluate(WORDS)
    assert of_another_language(texts, language) == []
    if language == "en":
        assert await page.evaluate(UNMARKED) == [], "a screen reader would read it as English"


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_desk_through_a_call(centre: DeskBrowser, language: str) -> None:
    page = await centre.visitor(language)
    await page.goto(centre.url)
    await all_in(page, language)
    await page.fill("#login", "orlov")
    await page.fill("#password", "wrong")
    await page.keyboard.press("Enter")
    await expect(page.locator("#fault")).to_be_visible()
    await all_in(page, language)
    await centre.agent(page=page)
    await all_in(page, language)
    for key in ("F2", "F4", "Control+Enter"):
        await page.keyboard.press(key)
        await all_in(page, language)
    await centre.ready(page)
    call = await centre.ring(page)
    await expect(page.locator("#card .sum")).to_be_visible()
    await expect(page.locator("#card td").first).to_be_visible()
    await expect(page.locator("#alert")).not_to_be_empty()
    await all_in(page, language)
    await page.keyboard.press("F2")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "talking")
    centre.desk.floor.answered(call)
    await page.keyboard.press("F8")
    await page.keyboard.press("F4")
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", "held")
    await all_in(page, language)
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await all_in(page, language)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_cards_with_outages_and_several_accounts(centre: DeskBrowser, language: str) -> None:
    page = await centre.visitor(language)
    await centre.agent(page=page)
    await centre.ready(page)
    numbers = tuple(fixed.number for fixed in demo.FIXED)
    await centre.ring(page, CallFacts(demo.FIRM.phone, accounts=numbers, topic="emergency"))
    choices = page.locator(".account-choice")
    await expect(choices).to_have_count(len(numbers))
    for place in range(len(numbers)):
        await choices.nth(place).click()
        await expect(choices.nth(place)).to_have_attribute("aria-pressed", "true")
        await expect(choices.nth(place)).to_be_focused()
        await all_in(page, language)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_floor(centre: DeskBrowser, language: str) -> None:
    floor = centre.desk.floor
    for user in AGENTS[:5]:
        floor.tell(AgentSignedIn(user.login, user.name, user.skills))
        floor.reachable(user.login)
        floor.tell(AgentReady(user.login))
    floor.tell(AgentNotReady(AGENTS[4].login, "lunch"))
    floor.tell(AgentSignedIn(AGENTS[5].login, AGENTS[5].name, AGENTS[5].skills))
    for queue in (EMERGENCY, BILLING, GENERAL) * 3:
        floor.call(CallFacts(demo.FIRM.phone), queue, queue.target_s * 2)
    page = await centre.visitor(language)
    await centre.signed_in("volkova", page)
    await expect(page.locator("tr[data-wait=breach]").first).to_be_visible()
    await all_in(page, language)


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_booth_an_error_and_a_role_without_pages(centre: DeskBrowser, language: str) -> None:
    page = await centre.visitor(language)
    await page.goto(centre.url + "/phone")
    await expect(page.locator(".handset")).to_have_attribute("data-booth", "ready")
    await all_in(page, language)
    await page.click("#ring")
    await expect(page.locator(".handset")).to_have_attribute("data-booth", "talking")
    await all_in(page, language)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(centre.url + "/nowhere")
    await all_in(page, language)
    await centre.signed_in("auditor", page)
    await expect(page.locator(".door-card")).to_contain_text("аудитор" if language == "ru" else "auditor")
    await all_in(page, language)
