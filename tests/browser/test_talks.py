"""Talks in real browsers: a page that dies in one, and callers who are sent on to a colleague."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from customers.demo import IN_DEBT
from tests.kit.call_centre import TRUNK_BOTH_WAYS, CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.chromium import chromium, new_page
from tests.kit.console import trunk_is_there
from tests.kit.pages import PEER_CONNECTIONS, at_the_desk, desk_of, get_ready, media_flows
from tests.kit.talks import hears_tone
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
NOTE = "Просит справку"


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(), telephones="browser", trunk=TRUNK_BOTH_WAYS) as running:
        yield running


@pytest.fixture
async def browser(centre: CallCentre) -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def answered(centre: CallCentre, desk: Page, provider: Telephone) -> Caller:
    """A caller who talks with this desk's agent; the note has been begun."""
    caller = await ring(centre, provider, IN_DEBT.phone)
    await caller.asks_for_agent()
    await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
    await desk.keyboard.press("F2")
    await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking", timeout=10_000)
    await media_flows(desk)
    await desk.fill("#note", NOTE)
    await expect(desk.locator("#saved")).to_contain_text("сохранено", timeout=5_000)
    return caller


async def talks_again(desk: Page, caller: Caller) -> None:
    """The page has answered by itself, both hear each other, card and note are there."""
    await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking", timeout=15_000)
    await media_flows(desk)
    received = caller.call.packets_received
    await eventually(lambda: caller.call.packets_received > received + 50, 5, "the caller hears the agent again")
    await expect(desk.locator("#card")).to_contain_text("Иванова")
    assert await desk.input_value("#note") == NOTE


async def end(desk: Page, caller: Caller) -> None:
    await caller.call.hang_up()
    await expect(desk.locator("#done")).to_be_enabled(timeout=10_000)
    await desk.keyboard.press("Control+Enter")
    await expect(desk.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)


async def go_home(page: Page) -> None:
    """Signed out, so that the next test finds nobody ready from before."""
    await page.click("#sign-out button")
    await page.wait_for_url("**/sign-in")
    await page.context.close()


async def test_a_reload_in_a_talk_brings_the_caller_back(centre: CallCentre, browser: Browser) -> None:
    desk = await desk_of(centre, browser, [], "orlov")
    desk.on("dialog", lambda dialog: dialog.accept())
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await answered(centre, desk, provider)
        await desk.reload()
        await talks_again(desk, caller)
        await desk.reload()
        await talks_again(desk, caller)
        await end(desk, caller)
    await go_home(desk)


async def test_a_page_that_crashed_gets_its_caller_when_it_is_opened_again(
    centre: CallCentre, browser: Browser
) -> None:
    desk = await desk_of(centre, browser, [], "orlov")
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await answered(centre, desk, provider)
        context = desk.context
        await desk.close()
        await caller.hears("queue.reconnecting")
        again = await context.new_page()
        await again.add_init_script(PEER_CONNECTIONS)
        await again.goto(f"{centre.desk}/desk")
        await talks_again(again, caller)
        await end(again, caller)
    await go_home(again)


async def test_without_its_page_the_caller_goes_to_another_agent(centre: CallCentre, browser: Browser) -> None:
    desk = await desk_of(centre, browser, [], "orlov")
    other = await new_page(browser, [])
    await other.add_init_script(PEER_CONNECTIONS)
    await at_the_desk(other, centre, "kim")
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await answered(centre, desk, provider)
        await get_ready(other)
        await desk.context.close()
        await caller.hears("queue.reconnecting")
        await expect(other.locator("#answer")).to_be_enabled(timeout=30_000)
        await expect(other.locator("#card")).to_contain_text("Иванова")
        await other.keyboard.press("F2")
        await media_flows(other)
        await end(other, caller)
    await go_home(other)


async def second_line(desk: Page, other: Page, *, at_once: bool = False) -> None:
    """By keys alone: Orlov chooses Kim, whose telephone rings, and talks with her first or sends the caller on."""
    await desk.keyboard.press("F9")
    await expect(desk.locator("#transfer-list [role=option]").first).to_be_visible()
    await desk.keyboard.type("ким")
    await expect(desk.locator("#transfer-list [role=option]")).to_have_count(1)
    await desk.keyboard.press("Shift+Enter" if at_once else "Enter")
    await expect(other.locator("#answer")).to_be_enabled(timeout=15_000)


async def test_a_colleague_is_asked_first_then_all_three_talk_then_the_colleague_has_the_caller(
    centre: CallCentre, browser: Browser
) -> None:
    faults: list[str] = []
    desk = await desk_of(centre, browser, faults, "orlov")
    other = await new_page(browser, faults)
    await other.add_init_script(PEER_CONNECTIONS)
    await at_the_desk(other, centre, "kim")
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await answered(centre, desk, provider)
        await get_ready(other)
        await expect(other.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
        await second_line(desk, other)
        await expect(other.locator("#card")).to_contain_text("Иванова")
        await desk.screenshot(path=ARTEFACTS / "desk-consult-ringing.png")
        await other.keyboard.press("F2")
        await expect(desk.locator("#second-word")).to_contain_text("На связи Ким", timeout=10_000)
        await expect(other.locator("#second-word")).to_contain_text("Орлов")
        await media_flows(other)
        await desk.screenshot(path=ARTEFACTS / "desk-consult.png")
        await desk.keyboard.press("Control+F9")
        await expect(desk.locator("#second-word")).to_contain_text("Втроём", timeout=10_000)
        received = caller.call.packets_received
        await eventually(lambda: caller.call.packets_received > received + 50, 5, "the caller hears both")
        await desk.keyboard.press("F9")
        await expect(desk.locator("#done")).to_be_enabled(timeout=10_000)
        await expect(other.locator("#second-line")).to_be_hidden(timeout=10_000)
        await media_flows(other)
        await desk.keyboard.press("Control+Enter")
        await end(other, caller)
    assert faults == []
    for page in (desk, other):
        await go_home(page)


async def test_a_caller_who_was_sent_on_is_taken_back(centre: CallCentre, browser: Browser) -> None:
    desk = await desk_of(centre, browser, [], "orlov")
    other = await new_page(browser, [])
    await other.add_init_script(PEER_CONNECTIONS)
    await at_the_desk(other, centre, "kim")
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await answered(centre, desk, provider)
        await desk.keyboard.press("F9")
        await expect(desk.locator("#transfer-list [role=option]").first).to_be_visible()
        await expect(desk.locator("#transfer-why")).to_contain_text("Ким", timeout=5_000)
        await expect(desk.locator("#transfer-ask")).to_be_disabled()
        await desk.screenshot(path=ARTEFACTS / "desk-transfer.png")
        await desk.keyboard.press("Escape")
        await get_ready(other)
        await expect(other.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
        await second_line(desk, other, at_once=True)
        await expect(desk.locator("#second-word")).to_contain_text("Ким", timeout=5_000)
        await desk.screenshot(path=ARTEFACTS / "desk-sent-on.png")
        await desk.keyboard.press("Shift+F9")
        await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking", timeout=15_000)
        await expect(other.locator("#answer")).to_be_disabled()
        await media_flows(desk)
        await end(desk, caller)
    for page in (desk, other):
        await go_home(page)


async def ask_outside(desk: Page) -> None:
    """By keys alone, as a person writes a number."""
    await desk.keyboard.press("F9")
    await expect(desk.locator("#transfer-list [role=option]").first).to_be_visible()
    await desk.keyboard.type("+7 495 123-45-67")
    await expect(desk.locator("#transfer-list [role=option]")).to_have_count(1)
    await expect(desk.locator("#transfer-ask")).to_be_enabled()
    await desk.keyboard.press("Enter")


async def test_a_number_outside_is_asked_first_and_then_has_the_caller(centre: CallCentre, browser: Browser) -> None:
    faults: list[str] = []
    desk = await desk_of(centre, browser, faults, "orlov")
    async with Telephone(centre.trunk, name="provider") as provider:
        await trunk_is_there(centre, "provider")
        caller = await answered(centre, desk, provider)
        await ask_outside(desk)
        (await provider.incoming(10)).reject(486)
        await expect(desk.locator("#second-word")).to_contain_text("+7 495 123-45-67: занято", timeout=10_000)
        await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking")
        await media_flows(desk)
        await desk.screenshot(path=ARTEFACTS / "desk-outside-busy.png")
        await ask_outside(desk)
        out = await provider.incoming(10)
        assert (out.dialled, out.caller_number) == ("+74951234567", "+78000000000")
        await expect(desk.locator("#second-word")).to_contain_text("Звоним: +7 495 123-45-67", timeout=5_000)
        await expect(desk.locator("#hand-over")).to_be_hidden()
        await desk.screenshot(path=ARTEFACTS / "desk-outside-ringing.png")
        out.answer()
        await expect(desk.locator("#hand-over")).to_be_visible(timeout=10_000)
        await expect(desk.locator("#join-all")).to_be_hidden()
        await desk.keyboard.press("Control+F9")
        await expect(desk.locator("#why")).to_contain_text("коллега")
        await media_flows(desk)
        heard = out.packets_received
        await eventually(lambda: out.packets_received > heard + 50, 5, "the agent is heard outside")
        await desk.screenshot(path=ARTEFACTS / "desk-outside.png")
        await desk.keyboard.press("F9")
        await expect(desk.locator("#done")).to_be_enabled(timeout=10_000)
        out.talk(900)
        caller.call.talk(1400)
        await hears_tone(caller.call, 900)
        await hears_tone(out, 1400)
        await desk.keyboard.press("Control+Enter")
        await out.hang_up()
        await caller.call.ended(10)
    assert faults == []
    await go_home(desk)
