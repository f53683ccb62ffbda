"""The agent's desk in a real Chromium: one call by keyboard, nothing lost by reload, cut or second tab."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from agent_desktop.ports import BoothMessage
from calls.clock import after
from calls.ids import AgentId
from calls.numbers import spoken_form
from customers.demo import FIRM, IN_DEBT
from tests.kit.databases import NOW
from tests.kit.desk_browser import DeskBrowser, voice
from tests.kit.waiting import eventually

ORLOV = AgentId("orlov")
HOSTILE = "<img src=x onerror=alert(1)>\"'&lt;\u2028</script>"
TYPED = "Платёж 23.11 отклонён банком"
KEY = """([code, key, more]) => (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true, ...more }))"""

PLACES = """() => [...document.querySelectorAll(".phone-buttons .button")].map(
    (button) => JSON.stringify(button.getBoundingClientRect()))"""


@pytest.fixture
async def centre() -> AsyncIterator[DeskBrowser]:
    async with DeskBrowser.running() as running:
        yield running


async def test_a_call_by_keyboard_alone(centre: DeskBrowser) -> None:
    page = await centre.agent()
    assert centre.presence() == "not_ready"
    await centre.ready(page)
    call = await centre.ring(page)
    await expect(page.locator("#card .card-who")).to_have_text(IN_DEBT.name)
    await expect(page.locator("#card")).to_contain_text("Личность проверена")
    await expect(page.locator("#alert")).to_have_text(f"Вызов. {IN_DEBT.name}, очередь Оплата и долги")
    await page.keyboard.press("F2")
    await voice(page, "talking")
    centre.desk.floor.answered(call)
    await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    await page.focus("#note")
    await page.keyboard.type(TYPED)
    await page.keyboard.press("F4")
    await voice(page, "held")
    await page.keyboard.press("F4")
    await voice(page, "talking")
    await page.keyboard.press("F8")
    await expect(page.locator("#muted")).to_have_text("Микрофон выключен — вас не слышно")
    await page.keyboard.press("F8")
    await expect(page.locator("#muted")).to_be_empty()
    await page.keyboard.press("Shift+F2")
    await voice(page, "none")
    await eventually(lambda: centre.switch.requests("BYE"), 5, "the line is hung up")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#presence")).to_have_attribute("data-state", "ready")
    await expect(page.locator("#idle")).to_be_visible()
    assert centre.desk.staff.notes[call] == ("", TYPED)
    assert await page.evaluate("Object.keys(localStorage).length") == 0


async def test_more_time_for_the_record_by_key_and_button_as_often_as_the_queue_allows(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.talk(page)
    await page.keyboard.press("Shift+F2")
    await voice(page, "none")
    await expect(page.locator("#more-time")).to_be_disabled()
    centre.talk_over(next(iter(centre.desk.floor.floor.calls)))
    await expect(page.locator("#more-left")).to_have_text("(осталось 2)")
    until = centre.desk.floor.floor.agents[ORLOV].wrap_up_until
    assert until is not None
    await page.focus("#note")
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#more-left")).to_have_text("(осталось 1)")
    await page.click("#more-time")
    await expect(page.locator("#more-time")).to_be_disabled()
    assert centre.desk.floor.floor.agents[ORLOV].wrap_up_until == until + 2 * 60_000
    await page.keyboard.press("Control+Shift+Enter")
    await expect(page.locator("#why")).to_have_text("Больше времени продлить нельзя")


async def test_a_ring_while_typing_moves_nothing(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.talk(page)
    await page.keyboard.press("Shift+F2")
    await voice(page, "none")
    centre.talk_over(next(iter(centre.desk.floor.floor.calls)))
    await expect(page.locator("#done")).to_be_enabled()
    await page.focus("#note")
    await page.keyboard.type("начало")
    await page.keyboard.press("Home")
    await centre.switch.ring("agent-orlov", "another")
    await voice(page, "ringing")
    where = await page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]")
    assert where == ["note", 0]
    assert await page.input_value("#note") == "начало"


async def test_impatient_presses_answer_once_and_never_hang_up(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.ready(page)
    await centre.ring(page)
    for _ in range(5):
        await page.keyboard.press("F2")
    await voice(page, "talking")
    answers = [m for m in centre.switch.heard if m.status == 200 and m.method == "INVITE"]
    assert len({answer.get("To") for answer in answers}) == 1
    assert not centre.switch.requests("BYE")


@pytest.mark.parametrize("field", ["body", "#note", "#reason", "#presence"])
async def test_keys_are_places_not_letters(centre: DeskBrowser, field: str) -> None:
    """The key right of Ю prints a full stop in the Russian layout; AltGr and held keys do nothing."""
    page = await centre.agent()
    await centre.ready(page)
    await centre.ring(page)
    await page.focus(field)
    listed = page.locator("#key-list")
    await page.evaluate(KEY, ["Slash", ".", {"ctrlKey": True}])
    await expect(listed).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(listed).to_be_hidden()
    await page.evaluate(KEY, ["F2", "F2", {"repeat": True}])
    await page.evaluate(KEY, ["F2", "F2", {"altKey": True}])
    await page.evaluate(KEY, ["F2", "F2", {"isComposing": True}])
    await voice(page, "ringing")
    await page.evaluate(KEY, ["F2", "F2", {}])
    await voice(page, "talking")


async def test_a_key_that_can_do_nothing_says_why(centre: DeskBrowser) -> None:
    page = await centre.agent()
    for key, why in (("F2", "Сейчас нет вызова"), ("F4", "Сейчас нет разговора"), ("Control+Enter", "после звонка")):
        await page.keyboard.press(key)
        await expect(page.locator("#why")).to_contain_text(why)


async def test_declining_needs_a_reason_and_gives_the_call_back(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.ready(page)
    await centre.ring(page)
    await page.keyboard.press("Shift+F2")
    await expect(page.locator("#decline-menu")).to_be_visible()
    await voice(page, "ringing")
    for letter in "сов":
        await page.evaluate(KEY, ["", letter, {}])
    await page.keyboard.press("Enter")
    await voice(page, "none")
    agent = centre.desk.floor.floor.agents[ORLOV]
    assert (agent.presence.value, agent.reason) == ("not_ready", "meeting")
    assert [m.status for m in centre.switch.heard if m.method == "INVITE" and m.status >= 300] == [486]


async def test_a_reload_keeps_page_note_and_state(centre: DeskBrowser) -> None:
    page = await centre.agent()
    call = await centre.talk(page)
    await page.fill("#note", TYPED)
    await page.select_option("#reason", "payment")
    await eventually(lambda: centre.desk.staff.notes.get(call) == ("payment", TYPED), 5, "the note is saved")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    assert await page.input_value("#note") == TYPED
    assert await page.input_value("#reason") == "payment"
    await expect(page.locator("#card .card-who")).to_have_text(IN_DEBT.name)
    await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
    await expect(page.locator("[data-subject=voice]")).to_contain_text("Возвращаем звонок на эту страницу")


async def test_what_the_server_could_not_take_survives_a_reload(centre: DeskBrowser) -> None:
    page = await centre.agent()
    call = await centre.talk(page)
    centre.desk.staff.notes_down = True
    await page.fill("#note", TYPED)
    await expect(page.locator("#saved")).to_have_text("хранится в браузере, отправим позже")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    assert await page.input_value("#note") == TYPED
    centre.desk.staff.notes_down = False
    centre.desk.floor.drop_listeners()
    await eventually(lambda: centre.desk.staff.notes.get(call) == ("", TYPED), 10, "the note is sent later")


async def test_a_cut_stream_looks_stale_counts_its_age_and_recovers(centre: DeskBrowser) -> None:
    page = await centre.agent()
    centre.desk.floor.down = True
    centre.desk.floor.drop_listeners()
    await expect(page.locator("body")).to_have_attribute("data-stream", "lost", timeout=9000)
    await expect(page.locator("[data-subject=server]")).to_contain_text("Нет связи с сервером 0:0")
    await expect(page.locator("#health-link")).to_have_attribute("data-health", "no")
    hatched = await page.evaluate("getComputedStyle(document.querySelector('#caller')).backgroundImage")
    assert "repeating-linear-gradient" in hatched
    await page.keyboard.press("Shift+F4")
    await page.keyboard.press("Enter")
    await expect(page.locator("#why")).to_contain_text("Нет связи с сервером")
    centre.desk.floor.down = False
    await expect(page.locator("body")).to_have_attribute("data-stream", "live", timeout=9000)
    await expect(page.locator("[data-subject=server]")).to_have_count(0)


async def test_a_silent_stream_is_replaced() -> None:
    async with DeskBrowser.running(beat_s=3600) as centre:
        page = await centre.agent()
        streams: list[str] = []
        page.on("request", lambda request: streams.append(request.url) if "/events" in request.url else None)
        await expect(page.locator("body")).to_have_attribute("data-stream", "lost", timeout=12_000)
        await eventually(lambda: streams, 10, "another stream is opened")
        await expect(page.locator("body")).to_have_attribute("data-stream", "live")


async def test_the_second_tab_explains_and_may_take_over(centre: DeskBrowser) -> None:
    first = await centre.agent()
    second = await first.context.new_page()
    await second.goto(centre.url + "/desk")
    strip = second.locator("[data-subject=elsewhere]")
    await expect(strip).to_contain_text("Телефон открыт в другой вкладке")
    await strip.get_by_role("button", name="Перенести сюда").click()
    await expect(strip).to_have_count(0)
    await eventually(lambda: centre.switch.registered["agent-orlov"] == 2, 5, "the second tab registers")
    await expect(second.locator("#health-telephone")).to_have_attribute("data-health", "ok")
    await expect(first.locator("[data-subject=elsewhere]")).to_be_visible()
    await expect(first.locator("#health-telephone")).to_have_attribute("data-health", "no")
    await second.close()
    await expect(first.locator("[data-subject=elsewhere]")).to_be_visible()
    await first.locator("[data-subject=elsewhere] button").click()
    await expect(first.locator("#health-telephone")).to_have_attribute("data-health", "ok")


async def test_another_browser_takes_the_telephone_and_the_first_says_so() -> None:
    async with DeskBrowser.running(beat_s=0.5) as centre:
        first = await centre.agent()
        second = await centre.agent()
        await expect(first.locator("[data-subject=elsewhere]")).to_be_visible()
        await expect(second.locator("#health-telephone")).to_have_attribute("data-health", "ok")


async def test_a_lost_telephone_is_shown_and_comes_back(centre: DeskBrowser) -> None:
    page = await centre.agent()
    centre.switch.refuse = True
    await centre.switch.cut("agent-orlov")
    await expect(page.locator("#health-telephone")).not_to_have_attribute("data-health", "ok")
    await expect(page.locator("[data-subject=telephone]")).to_be_visible()
    await expect(page.locator("[data-subject=refused]")).to_contain_text("403 Forbidden", timeout=10_000)
    centre.switch.refuse = False
    await page.locator("[data-subject=refused] button").click()
    await expect(page.locator("#health-telephone")).to_have_attribute("data-health", "ok")
    await expect(page.locator(".strip")).to_have_count(0)


async def test_hostile_names_and_notes_are_text(centre: DeskBrowser) -> None:
    fake = centre.desk.customers.accounts[IN_DEBT.number]
    fake.account = replace(fake.account, customer_name=HOSTILE, address=HOSTILE)
    page = await centre.agent()
    await centre.ready(page)
    call = await centre.ring(page, replace(centre.facts(), topic=HOSTILE))
    assert await page.locator(".card-who").text_content() == HOSTILE
    await expect(page.locator("#alert")).to_contain_text("<img src=x")
    await page.fill("#note", HOSTILE)
    await eventually(lambda: centre.desk.staff.notes.get(call) == ("", HOSTILE), 5, "the note is saved")
    await page.keyboard.press("F2")
    await voice(page, "talking")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    assert await page.input_value("#note") == HOSTILE
    assert await page.locator("#card img").count() == 0


async def test_a_call_that_the_engine_does_not_know_can_be_answered(centre: DeskBrowser) -> None:
    """The rescue: Asterisk alone rings the agents."""
    page = await centre.agent()
    await centre.switch.ring("agent-orlov", "", number="79990001122")
    await expect(page.locator("#phone-line")).to_contain_text("79990001122")
    await page.keyboard.press("F2")
    await voice(page, "talking")
    await centre.switch.hang_up("agent-orlov")
    await voice(page, "none")


async def test_the_telephones_buttons_never_move(centre: DeskBrowser) -> None:
    page = await centre.agent()
    idle = await page.evaluate(PLACES)
    assert len(idle) == 6
    await centre.talk(page)
    assert await page.evaluate(PLACES) == idle
    await page.keyboard.press("F8")
    await page.keyboard.press("F4")
    await voice(page, "held")
    assert await page.evaluate(PLACES) == idle


async def test_hold_and_resume_in_one_breath(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.talk(page)
    for _ in range(2):
        await page.keyboard.press("F4")
    await eventually(lambda: len(centre.switch.requests("INVITE")) == 2, 5, "held and taken back")
    await voice(page, "talking")
    assert [b"a=sendonly" in invite.body for invite in centre.switch.requests("INVITE")] == [True, False]


async def test_the_booth_rings_the_hotline_as_the_chosen_caller(centre: DeskBrowser) -> None:
    page = await centre.visitor()
    await page.goto(centre.url + "/phone")
    handset = page.locator(".handset")
    await expect(handset).to_have_attribute("data-booth", "ready")
    await page.locator(".demo-caller").nth(1).click()
    await page.click("#ring")
    await expect(handset).to_have_attribute("data-booth", "talking")
    invite = centre.switch.requests("INVITE")[-1]
    assert invite.uri.startswith(b"sip:88000000000@")
    assert invite.get("X-Demo-Number").startswith(b"+7 306")
    await expect(page.locator("[data-tone='5']")).to_be_enabled()
    await page.click("#end")
    await expect(handset).to_have_attribute("data-booth", "ended")


async def test_sms_appear_on_the_booth_while_a_call_goes_on(centre: DeskBrowser) -> None:
    page = await centre.visitor()
    box: dict[str, list[BoothMessage]] = {}
    centre.desk.phone_booth.box = box
    await page.goto(centre.url + "/phone")
    handset, shown = page.locator(".handset"), page.locator("#messages .message p")
    await expect(handset).to_have_attribute("data-booth", "ready")
    await expect(page.locator("#no-messages")).to_be_visible()
    await page.click("#ring")
    await expect(handset).to_have_attribute("data-booth", "talking")
    mine, other = spoken_form(IN_DEBT.phone), spoken_form(FIRM.phone)
    box[mine] = [BoothMessage("1", "Код 048213 <b>", NOW)]
    await expect(shown).to_have_text(["Код 048213 <b>"], timeout=10_000)
    await expect(page.locator("#no-messages")).to_be_hidden()
    await expect(page.locator("#messages time")).to_have_text("12:00")
    box[mine].insert(0, BoothMessage("2", "Оплатить: https://pay.example/a1. Ссылка", after(NOW, 60)))
    await expect(shown).to_have_text(["Оплатить: https://pay.example/a1. Ссылка", "Код 048213 <b>"], timeout=10_000)
    await expect(shown.locator("a")).to_have_attribute("href", "https://pay.example/a1")
    await expect(handset).to_have_attribute("data-booth", "talking")
    box[mine].pop()
    await expect(shown).to_have_count(1, timeout=10_000)
    await page.click("#end")
    box[other] = [BoothMessage("3", "Receipt", NOW)]
    await page.locator(f"[name=caller][value='{other}']").click()
    await expect(shown).to_have_text(["Receipt"])


async def test_signing_out_leaves_no_note_and_no_telephone(centre: DeskBrowser) -> None:
    page = await centre.agent()
    call = await centre.talk(page)
    await page.keyboard.press("Shift+F2")
    centre.talk_over(call)
    await expect(page.locator("#done")).to_be_enabled()
    await page.fill("#note", TYPED)
    await page.get_by_role("button", name="Выйти").click()
    await expect(page.locator("#login")).to_be_visible()
    assert centre.desk.staff.notes[call] == ("", TYPED)
    assert await page.evaluate("Object.keys(localStorage).length") == 0
    assert not centre.desk.softphones.secrets


async def test_times_of_day_are_the_suppliers_wherever_the_browser_is(centre: DeskBrowser) -> None:
    page = await centre.agent()
    assert await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Vladivostok"
    await centre.talk(page)
    await page.focus("#note")
    await page.keyboard.type(TYPED)
    await expect(page.locator("#saved")).to_contain_text("сохранено")
    hour = datetime.now(ZoneInfo("Europe/Moscow")).hour
    saved = (await page.inner_text("#saved")).removeprefix("сохранено ")
    assert int(saved.split(":")[0]) in {(hour - 1) % 24, hour, (hour + 1) % 24}
    floor = await centre.signed_in("volkova")
    await expect(floor.locator("#as-of")).not_to_be_empty()
    shown = (await floor.inner_text("#as-of")).split(":")
    assert len(shown) == 3
    assert int(shown[0]) in {(hour - 1) % 24, hour, (hour + 1) % 24}


async def test_signing_out_in_a_second_tab_during_a_call_says_why_not(centre: DeskBrowser) -> None:
    page = await centre.agent()
    await centre.talk(page)
    second = await page.context.new_page()
    await second.goto(centre.url + "/desk")
    await second.get_by_role("button", name="Выйти").click()
    await expect(second.locator("#why")).to_have_text("Сначала завершите разговор")
    await voice(page, "talking")
    assert centre.presence() == "ready"
    assert centre.desk.softphones.secrets
