"""What README promises to a newcomer, done in a browser as the newcomer does it, with nothing made easier for the test.

Rings the hotline from /phone, hears natural speech and the balance, presses 0, hears music, and is answered in another
tab, which shows the account and what the caller did in the menu while it still rings.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from calls.journey import Language
from customers.demo import IN_DEBT
from dialplan.private_tree import running_tree
from prompts.phrase import say
from tests.kit.browser_ear import BrowserEar
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import prompt_file
from tests.kit.chromium import chromium, new_page
from tests.kit.g711 import RATE, SILENT_RMS, rms
from tests.kit.pages import PEER_CONNECTIONS, at_the_desk, get_ready
from tests.kit.waiting import eventually

ARTEFACTS = Path(__file__).parents[2] / "artefacts"


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(2), telephones="browser") as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_the_first_five_minutes(centre: CallCentre, browser: Browser) -> None:
    faults: list[str] = []
    desk, booth = await new_page(browser, faults), await new_page(browser, faults)
    await booth.add_init_script(PEER_CONNECTIONS)
    await at_the_desk(desk, centre, "orlov")

    await booth.goto(f"{centre.desk}/phone")
    await expect(booth.locator("#ring")).to_be_enabled(timeout=15_000)
    await booth.click("#ring")
    await expect(booth.locator(".handset")).to_have_attribute("data-booth", "talking", timeout=15_000)
    ear = await BrowserEar.listen(booth)

    await ear.hears(centre.prompt("ru", "menu.main"))
    await booth.keyboard.press("1")
    await ear.hears(centre.prompt("ru", "identify.account"))
    await booth.keyboard.type(f"{IN_DEBT.number}#", delay=180)
    await ear.hears(centre.prompt("ru", "identify.pin"))
    await booth.keyboard.type(f"{IN_DEBT.pin}#", delay=180)
    debt = say("balance.debt", account=IN_DEBT.number, amount=IN_DEBT.balance)
    await ear.hears_all(prompt_file(centre, debt, Language.RU))
    await booth.keyboard.press("0")
    await ear.hears(centre.prompt("ru", "queue.connecting"))
    await ear.hears_music((running_tree().asterisk_data / "moh").glob("*.wav"))

    await get_ready(desk)
    await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
    card = desk.locator("#card")
    for shown in ("Иванова", IN_DEBT.number, "2 121,32", "Личность проверена"):
        await expect(card).to_contain_text(shown, timeout=5_000)
    await desk.screenshot(path=ARTEFACTS / "first-five-minutes.png")
    await desk.keyboard.press("F2")
    await expect(desk.locator("#telephone")).to_have_attribute("data-phone", "on_call", timeout=10_000)
    heard = len(await ear.samples())
    await eventually(lambda: beeps(ear, heard), 10, "the newcomer hears the agent's microphone (a fake one: beeps)")
    await desk.keyboard.press("Shift+F2")
    await expect(booth.locator(".handset")).not_to_have_attribute("data-booth", "talking", timeout=15_000)
    assert faults == []


async def beeps(ear: BrowserEar, after: int) -> bool:
    """Chromium's fake microphone: a short beep each second, silence in between; music is neither."""
    sound = (await ear.samples())[after:]
    steps = [rms(sound[at : at + RATE // 10]) for at in range(0, len(sound) - RATE // 10, RATE // 10)]
    last = steps[-20:]
    return len(last) == 20 and min(last) < SILENT_RMS and max(last) > 5 * SILENT_RMS
