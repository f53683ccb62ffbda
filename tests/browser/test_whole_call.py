"""A whole call in real browsers through the real Asterisk: rung from one tab, answered in another."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from callcentre.notice_rules import notice_rules
from callcentre.settings import Settings
from calls.clock import AnchoredClock
from calls.journey import Language
from customers.codes import CodeCheck, Issued, Purpose
from customers.demo import IN_DEBT
from database.codes import DatabaseCodes
from database.engine import open_engine
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import ring
from tests.kit.chromium import chromium, new_page
from tests.kit.databases import PATIENT
from tests.kit.pages import desk_of, ends_by_itself, media_flows, ring_from_booth, sign_in
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

ARTEFACTS = Path(__file__).parents[2] / "artefacts"


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(), telephones="browser") as running:
        yield running


@pytest.fixture
async def browser(centre: CallCentre) -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
def faults() -> Iterator[list[str]]:
    found: list[str] = []
    yield found
    assert found == []


async def test_a_sip_caller_is_answered_in_the_browser(centre: CallCentre, browser: Browser, faults: list[str]) -> None:
    desk = await desk_of(centre, browser, faults, "orlov")
    async with Telephone(centre.trunk, name="provider") as telephone:
        one = await ring(centre, telephone, IN_DEBT.phone)
        await one.asks_for_agent()
        await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
        await expect(desk.locator("#card")).to_contain_text("Иванова", timeout=5_000)
        await desk.screenshot(path=ARTEFACTS / "desk-ringing.png")
        await desk.keyboard.press("F2")
        await expect(desk.locator("#telephone")).to_have_attribute("data-phone", "on_call", timeout=10_000)
        await media_flows(desk)
        received = one.call.packets_received
        await eventually(lambda: one.call.packets_received > received + 50, 5, "the caller hears the agent's line")
        await desk.fill("#note", "Платёж отклонён банком")
        await desk.screenshot(path=ARTEFACTS / "desk-talking.png")
        await one.call.hang_up()
        await expect(desk.locator("#done")).to_be_enabled(timeout=10_000)
        await desk.screenshot(path=ARTEFACTS / "desk-wrap-up.png")
        await desk.keyboard.press("Control+Enter")
        await expect(desk.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
    await desk.context.close()


async def test_from_one_browser_to_another(centre: CallCentre, browser: Browser, faults: list[str]) -> None:
    """What README promises: ring from /phone, hear the menu, press 0, be answered in another tab."""
    desk = await desk_of(centre, browser, faults, "zueva", "dark")
    floor = await new_page(browser, faults)
    booth = await new_page(browser, faults)
    await ring_from_booth(booth, centre)
    await media_flows(booth)
    await booth.screenshot(path=ARTEFACTS / "booth.png")
    await booth.keyboard.press("0")
    await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
    await expect(desk.locator("#card")).to_contain_text("Иванова", timeout=5_000)
    await desk.screenshot(path=ARTEFACTS / "desk-ringing-dark.png")
    await sign_in(floor, centre, "volkova")
    await floor.goto(f"{centre.desk}/floor")
    await expect(floor.locator("body")).to_contain_text("Зуева", timeout=10_000)
    await desk.keyboard.press("F2")
    await expect(desk.locator("#telephone")).to_have_attribute("data-phone", "on_call", timeout=10_000)
    await media_flows(desk)
    await media_flows(booth)
    await floor.screenshot(path=ARTEFACTS / "floor-live.png")
    await desk.keyboard.press("Shift+F2")
    await ends_by_itself(booth)
    for page in (desk, floor, booth):
        await page.context.close()


async def test_a_code_appears_on_the_telephone_that_is_on_the_line(
    centre: CallCentre, browser: Browser, faults: list[str]
) -> None:
    """From the outbox over the notices' process, killed in between, to the page, while the call goes on."""
    booth = await new_page(browser, faults)
    await ring_from_booth(booth, centre)
    engine = open_engine(f"sqlite:///{centre.state / 'callcentre.sqlite3'}", PATIENT)
    key = bytes.fromhex((centre.state / "keys" / "pin").read_text("ascii").strip())
    rules = notice_rules(Settings())
    codes, clock = DatabaseCodes(engine, key, rules), AnchoredClock()
    shown = booth.locator("#messages .message p")
    for count in range(2):
        told = codes.issue(IN_DEBT.number, IN_DEBT.phone, Purpose.IDENTIFY, Language.RU, clock.now())
        assert told is Issued.SENT
        await expect(shown).to_have_count(count + 1, timeout=30_000)
        centre.kill("notices")
    await expect(booth.locator(".handset")).to_have_attribute("data-booth", "talking")
    await booth.screenshot(path=ARTEFACTS / "booth-code.png")
    newest = await shown.first.inner_text()
    digits = newest.removeprefix("Код ")[:6]
    assert codes.check(IN_DEBT.number, Purpose.IDENTIFY, digits, clock.now()) is CodeCheck.RIGHT
    assert not any(digits in file.read_text("utf-8", "replace") for file in (centre.state / "log").glob("*"))
    engine.dispose()
    await booth.click("#end")
    await booth.context.close()
