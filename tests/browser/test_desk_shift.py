"""A shift without a mouse, without losing the place: keys only, reloads in every state, updates that keep the focus."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Request, Route, expect

from acd.events import AgentNotReady, AgentSignedIn, CallHeld, CallResumed
from calls.ids import AgentId, CallId
from calls.journey import CallFacts
from customers.demo import FIRM, IN_DEBT, IN_OUTAGE
from staff.skills import skilled
from tests.kit.desk_browser import DeskBrowser, voice
from tests.kit.fake_desk import PASSWORD
from tests.kit.fake_floor import GENERAL
from tests.kit.fake_registrar import until_registered
from tests.kit.waiting import eventually

POINTERS = """window.pointers = 0;
for (const kind of ["pointerdown", "mousedown", "touchstart"]) {
    addEventListener(kind, () => (window.pointers += 1), { capture: true });
}"""
BLURS = """() => {
    window.blurs = 0;
    document.activeElement.mine = true;
    document.activeElement.addEventListener("blur", () => (window.blurs += 1));
}"""
STATES = ("not_ready", "ready", "offered", "on_call", "held", "wrap_up")
NOTE = "Платёж 23.11 отклонён банком"


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def tab_to(page: Page, wanted: str) -> None:
    """Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(40):
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


async def test_a_whole_shift_by_keyboard_alone(centre: DeskBrowser) -> None:
    page = await centre.visitor()
    await page.add_init_script(POINTERS)
    await page.goto(centre.url)
    await page.keyboard.type("orlov")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await until_registered(centre.switch, "agent-orlov")
    centre.desk.floor.reachable("orlov")
    await expect(page.locator("#health-telephone")).to_have_attribute("data-health", "ok")
    await centre.ready(page)
    call = await centre.ring(page)
    await page.keyboard.press("F2")
    await voice(page, "talking")
    centre.desk.floor.answered(call)
    await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    await tab_to(page, "#reason")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type(NOTE)
    for key, state in (("F4", "held"), ("F4", "talking")):
        await page.keyboard.press(key)
        await voice(page, state)
    await page.keyboard.press("F8")
    await expect(page.locator("#muted")).not_to_be_empty()
    await page.keyboard.press("Shift+F2")
    await voice(page, "none")
    centre.talk_over(call)
    await expect(page.locator("#done-pause")).to_be_enabled()
    await tab_to(page, "#done-pause")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator("#presence-word")).to_have_text("Не готов: обед")
    assert centre.desk.staff.notes[call] == ("payment", NOTE)
    await centre.ready(page)
    await page.keyboard.press("Shift+F4")
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#presence-word")).to_have_text("Не готов: перерыв")
    await tab_to(page, "#sign-out button")
    assert await page.evaluate("pointers") == 0
    await page.keyboard.press("Enter")
    await expect(page.locator("#login")).to_be_focused()
    assert centre.presence() == "signed_out"


async def into(centre: DeskBrowser, page: Page, state: str) -> CallId | None:
    """Bring the agent into this state, as the floor knows it."""
    if state == "not_ready":
        return None
    await centre.ready(page)
    if state == "ready":
        return None
    call = await centre.ring(page)
    if state != "offered":
        await page.keyboard.press("F2")
        await voice(page, "talking")
        centre.desk.floor.answered(call)
        await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    if state == "held":
        centre.desk.floor.tell(CallHeld(call))
    if state == "wrap_up":
        await page.keyboard.press("Shift+F2")
        centre.talk_over(call)
        await expect(page.locator("#done")).to_be_enabled()
    await page.select_option("#reason", "payment")
    await page.fill("#note", NOTE)
    await eventually(lambda: centre.desk.staff.notes.get(call) == ("payment", NOTE), 5, "the note is saved")
    return call


@pytest.mark.parametrize("state", STATES)
async def test_a_reload_keeps_state_card_and_draft(centre: DeskBrowser, state: str) -> None:
    page = await centre.agent()
    call = await into(centre, page, state)
    word = await page.inner_text("#presence-word")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await expect(page.locator("body")).to_have_attribute("data-stream", "live")
    shown = "on_call" if state == "held" else state
    await expect(page.locator("#presence")).to_have_attribute("data-state", shown)
    assert await page.inner_text("#presence-word") == word
    if call is None:
        await expect(page.locator("#idle")).to_be_visible()
        await expect(page.locator("#note")).to_be_disabled()
        return
    await expect(page.locator("#card .card-who")).to_have_text(IN_DEBT.name)
    assert await page.input_value("#reason") == "payment"
    assert await page.input_value("#note") == NOTE
    await expect(page.locator("#done")).to_be_enabled(enabled=state == "wrap_up")


@pytest.mark.parametrize(("login", "path"), [("orlov", "/desk/events"), ("volkova", "/floor/events")])
async def test_a_first_connection_that_fails_three_times_recovers_by_itself(
    centre: DeskBrowser, login: str, path: str
) -> None:
    page = await centre.visitor()
    tries: list[str] = []

    async def three_times(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) <= 3:
            await route.fulfill(status=503, body="")
        else:
            await route.continue_()

    await page.route(f"**{path}", three_times)
    await centre.signed_in(login, page)
    await expect(page.locator("body")).to_have_attribute("data-stream", "live", timeout=15_000)
    assert len(tries) == 4
    await expect(page.locator(".strip[data-subject=server], .strip[data-subject=stale]")).to_have_count(0)


async def test_updates_keep_the_focus_in_the_card(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.ready(page)
    accounts = (IN_DEBT.number, IN_OUTAGE.number)
    call = await centre.ring(page, CallFacts(IN_DEBT.phone, accounts=accounts))
    await page.keyboard.press("F2")
    await voice(page, "talking")
    centre.desk.floor.answered(call)
    await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    await tab_to(page, ".account-choice")
    await page.evaluate(BLURS)
    for event, word in ((CallHeld(call), "lunch"), (CallResumed(call), "break"), (CallHeld(call), "meeting")):
        centre.desk.floor.tell(event)
        centre.desk.floor.tell(AgentNotReady(AgentId("orlov"), word))
        shown = {"lunch": "обед", "break": "перерыв", "meeting": "совещание"}[word]
        await expect(page.locator("#presence-word")).to_contain_text(shown)
    assert await page.evaluate("[window.blurs, document.activeElement.mine]") == [0, True]


async def test_the_account_chosen_last_is_shown_whatever_answer_comes_last(centre: DeskBrowser) -> None:
    """The first choice is answered after the second, and while a button is pressed down: neither takes it away."""
    page = await centre.agent()
    await centre.ready(page)
    accounts = (IN_DEBT.number, IN_OUTAGE.number, FIRM.number)
    held, asked = asyncio.Event(), asyncio.Queue[Request]()

    async def late(route: Route) -> None:
        asked.put_nowait(route.request)
        await held.wait()
        await route.continue_()

    await page.route(f"**/desk/card/*/{IN_OUTAGE.number}", late)
    await centre.ring(page, CallFacts(IN_DEBT.phone, accounts=accounts))
    first, second, third = (page.locator(f"[data-account='{number}']") for number in accounts)
    shown = page.locator(".account-line .strong")
    await second.click()
    request = await asked.get()
    await third.click()
    await expect(shown).to_have_text(FIRM.number)
    held.set()
    if late_one := await request.response():
        await late_one.finished()
        await page.evaluate("new Promise(requestAnimationFrame)")
    await expect(shown).to_have_text(FIRM.number)
    await expect(third).to_have_attribute("aria-pressed", "true")

    held.clear()
    await second.click()
    await asked.get()
    await first.hover()
    await page.mouse.down()
    held.set()
    await expect(shown).to_have_text(IN_OUTAGE.number)
    await page.mouse.up()
    await expect(shown).to_have_text(IN_DEBT.number)
    await expect(first).to_be_focused()


async def test_updates_keep_the_focus_on_the_floor(centre: DeskBrowser) -> None:
    floor = centre.desk.floor
    for number in range(30):
        login = AgentId(f"agent-{number:02d}")
        floor.tell(AgentSignedIn(login, f"Оператор {number:02d}", skilled("general")))
    page = await centre.signed_in("volkova")
    await expect(page.locator("#agents tbody tr")).to_have_count(30)
    await tab_to(page, ".agents .table-place")
    await page.evaluate(BLURS)
    for number in range(30):
        floor.tell(AgentNotReady(AgentId(f"agent-{number:02d}"), "lunch"))
        floor.call(CallFacts(IN_DEBT.phone), GENERAL, number)
    await expect(page.locator("#agents .state", has_text="обед")).to_have_count(30)
    await expect(page.locator("#waiting tbody tr")).to_have_count(30)
    assert await page.evaluate("[window.blurs, document.activeElement.mine]") == [0, True]
