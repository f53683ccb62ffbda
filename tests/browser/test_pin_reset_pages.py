"""A PIN reset between two people in two browsers: asked, decided and answered by the keyboard, without a reload."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from customers.demo import IN_DEBT
from customers.pin_resets import ResetState
from tests.browser.test_desk_looks import LOOKS, looked_at
from tests.browser.test_desk_readable import WIDE, nothing_cut
from tests.kit.desk_browser import DeskBrowser

TAIL = IN_DEBT.number[-4:]


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def asked(centre: DeskBrowser, agent: Page, language: str = "ru", scheme: str = "light", name: str = "") -> None:
    """By the keyboard, from a call of a number that nobody knows."""
    await centre.ready(agent)
    await centre.ring(agent, CallFacts(PhoneNumber("+79991234567")))
    await expect(agent.locator("[data-pin-reset]")).to_be_visible()
    await agent.keyboard.press("Shift+F8")
    await expect(agent.locator("#reset-account")).to_be_focused()
    await agent.keyboard.type(IN_DEBT.number)
    await agent.keyboard.press("Tab")
    await agent.keyboard.type("8 306 007-77-77")
    await agent.keyboard.press("Tab")
    await agent.keyboard.press("ArrowDown")
    await agent.keyboard.press("Tab")
    await agent.keyboard.type("Телефон из договора утерян, номер сменил полгода назад")
    if name:
        await looked_at(agent, f"reset-ask-{name}")
    await agent.keyboard.press("Enter")
    await expect(agent.locator("#pin-reset")).to_be_hidden()
    await expect(agent.locator("#strips")).to_contain_text(TAIL)


async def deciding(centre: DeskBrowser, language: str = "ru") -> Page:
    """A supervisor at the page of requests."""
    page = await centre.signed_in("volkova", await centre.visitor(language))
    await expect(page.locator("body.floor")).to_have_attribute("data-stream", "live")
    await page.goto(f"{centre.url}/pin-resets")
    await expect(page.locator("body")).to_have_attribute("data-stream", "live")
    return page


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
async def test_asked_approved_and_answered(centre: DeskBrowser, language: str, scheme: str) -> None:
    name = f"{language}-{scheme}"
    floor = await centre.signed_in("volkova", await centre.visitor(language, scheme))
    await expect(floor.locator("[data-resets]")).to_have_text("0")
    agent = await centre.agent(page=await centre.visitor(language, scheme))
    await asked(centre, agent, language, scheme, name)
    await looked_at(agent, f"reset-asked-{name}")
    await expect(floor.locator("[data-resets]")).to_have_text("1")
    await looked_at(floor, f"reset-floor-{name}")
    await floor.locator("a[href='/pin-resets']").press("Enter")
    await expect(floor.locator("#known tbody tr")).to_have_count(1)
    await expect(floor.locator("body")).to_have_attribute("data-stream", "live")
    await looked_at(floor, f"resets-{name}")
    await floor.keyboard.press("F2")
    await expect(floor.locator("#word")).to_be_focused()
    await floor.keyboard.type("Платежи и показания сошлись")
    await looked_at(floor, f"resets-approve-{name}")
    await floor.keyboard.press("Enter")
    await expect(floor.locator("#deciding")).to_be_hidden()
    await expect(floor.locator("#none")).to_be_visible()
    await expect(agent.locator("#strips")).to_contain_text("код ушёл" if language == "ru" else "the code went out")
    await looked_at(agent, f"reset-approved-{name}")
    (reset,) = centre.desk.pin_resets.kept.values()
    assert (reset.state, reset.lift) == (ResetState.APPROVED, False)
    await agent.locator("#strips .strip", has_text=TAIL).get_by_role("button").press("Enter")
    await expect(agent.locator("#strips")).not_to_contain_text(TAIL)
    await agent.reload()
    await expect(agent.locator("body")).to_have_attribute("data-stream", "live")
    await expect(agent.locator("#strips")).not_to_contain_text(TAIL)


async def test_a_refusal_comes_with_its_word_and_a_wrong_number_is_said_at_once(centre: DeskBrowser) -> None:
    agent = await centre.agent()
    await asked(centre, agent)
    await agent.keyboard.press("Shift+F8")
    await agent.fill("#reset-account", IN_DEBT.number)
    await agent.fill("#reset-phone", "8 495 123-45-67")
    await agent.select_option("#reset-checked", "document")
    await agent.fill("#reset-reason", "ещё раз")
    await agent.keyboard.press("Enter")
    await expect(agent.locator("#reset-why")).to_contain_text("СМС не придёт")
    await agent.keyboard.press("Escape")
    chief = await deciding(centre)
    await chief.keyboard.press("Shift+F2")
    await expect(chief.locator("#lift-place")).to_be_hidden()
    await chief.keyboard.type("Паспорт не сверен")
    await chief.keyboard.press("Enter")
    await expect(agent.locator("#strips")).to_contain_text("отказ. Паспорт не сверен")


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_wide_letters_cut_nothing(centre: DeskBrowser, language: str) -> None:
    agent = await centre.agent(page=await centre.visitor(language))
    await asked(centre, agent)
    await agent.evaluate(WIDE)
    await nothing_cut(agent)
    await agent.keyboard.press("Shift+F8")
    await nothing_cut(agent)
    chief = await deciding(centre, language)
    await chief.evaluate(WIDE)
    await nothing_cut(chief)
