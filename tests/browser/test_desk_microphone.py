"""The microphone: without it nobody is ready and no call is answered into silence; what to do is said."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from acd.events import AgentReady
from acd.model import CallState
from calls.ids import AgentId, CallId
from tests.kit.desk_browser import DeskBrowser, voice
from tests.kit.fake_registrar import until_registered
from tests.kit.waiting import eventually

ORLOV = AgentId("orlov")


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


ASKED = """navigator.mediaDevices.real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.asked = 0;
navigator.mediaDevices.getUserMedia = (wanted) => new Promise((yes, no) => {
    window.asked += 1;
    window.allow = async () => yes(await navigator.mediaDevices.real(wanted));
    window.deny = () => no(new DOMException("no", "NotAllowedError"));
});"""


async def test_without_a_microphone_ready_is_refused_with_the_reason(centre: DeskBrowser) -> None:
    page = await centre.visitor()
    await page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'))"
    )
    await centre.signed_in("orlov", page)
    await expect(page.locator("[data-subject=microphone]")).to_contain_text("Микрофон недоступен")
    await page.keyboard.press("Shift+F4")
    await page.keyboard.press("Enter")
    await expect(page.locator("#why")).to_contain_text("Микрофон недоступен")
    assert centre.presence() == "not_ready"


async def test_a_lost_microphone_takes_the_agent_out(centre: DeskBrowser) -> None:
    page = await centre.visitor()
    await page.add_init_script(
        "const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = async (w) => (window.microphone = await real(w));"
    )
    await centre.agent(page=page)
    await centre.ready(page)
    await page.evaluate("microphone.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await eventually(lambda: centre.presence() == "not_ready", 3, "the agent is taken out")
    await expect(page.locator("#presence-word")).to_have_text("Не готов: нет микрофона")
    await page.locator("[data-subject=microphone] button").click()
    await expect(page.locator("#health-microphone")).to_have_attribute("data-health", "ok")


async def ringing_before_the_microphone(centre: DeskBrowser) -> tuple[Page, CallId]:
    """The browser still asks for leave while a call rings, as after a reload."""
    page = await centre.visitor()
    await page.add_init_script(ASKED)
    await centre.signed_in("orlov", page)
    await until_registered(centre.switch, "agent-orlov")
    centre.desk.floor.reachable("orlov")
    centre.desk.floor.tell(AgentReady(ORLOV))
    return page, await centre.ring(page)


async def test_answering_before_the_microphone_is_allowed_says_what_to_do_and_then_answers(centre: DeskBrowser) -> None:
    page, _ = await ringing_before_the_microphone(centre)
    for _ in range(3):
        await page.keyboard.press("F2")
    await expect(page.locator("#why")).to_contain_text("Разрешите микрофон")
    await voice(page, "ringing")
    assert await page.evaluate("asked") == 1, "the browser asks once"
    await page.evaluate("allow()")
    await voice(page, "talking")
    await expect(page.locator("#why")).to_be_empty()
    assert not centre.switch.requests("BYE")


async def test_without_the_microphone_a_ringing_call_goes_to_somebody_else(centre: DeskBrowser) -> None:
    page, call = await ringing_before_the_microphone(centre)
    await page.keyboard.press("F2")
    await page.evaluate("deny()")
    await expect(page.locator("#why")).to_contain_text("Микрофон недоступен")
    await eventually(lambda: centre.presence() == "not_ready", 3, "the agent is taken out")
    assert centre.desk.floor.floor.calls[call].state is CallState.WAITING
    assert centre.desk.floor.floor.calls[call].refused_by == {ORLOV}
