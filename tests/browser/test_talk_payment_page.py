"""The desk while a caller pays out of a talk: steps, counts and the result are seen, and no digit comes here."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from calls.journey import Language
from customers.demo import IN_DEBT
from prompts.phrase import say
from tests.asterisk.test_payment_calls import CARD, SETTINGS, hears_what_was_paid, keys_card
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import ring
from tests.kit.chromium import chromium
from tests.kit.pages import desk_of, media_flows
from tests.kit.telephone import Telephone

ARTEFACTS = Path(__file__).parents[2] / "artefacts"


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(), telephones="browser", more=SETTINGS) as running:
        yield running


@pytest.fixture
async def browser(centre: CallCentre) -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


class Everything:
    """All that reaches the page: answers, the stream, the telephone's socket, the console."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def watch(self, page: Page) -> None:
        page.on("console", lambda message: self.texts.append(message.text))
        page.on("request", lambda request: self.texts.append(f"{request.url} {request.post_data or ''}"))
        network = await page.context.new_cdp_session(page)
        await network.send("Network.enable")
        network.on("Network.eventSourceMessageReceived", self._event)
        for name in ("webSocketFrameReceived", "webSocketFrameSent"):
            network.on(f"Network.{name}", self._frame)

    def _event(self, event: dict[str, Any]) -> None:
        self.texts.append(event["data"])

    def _frame(self, event: dict[str, Any]) -> None:
        self.texts.append(event["response"]["payloadData"])

    def holds(self, digits: str) -> list[str]:
        return [text for text in self.texts if digits in text]


async def test_the_agent_sees_how_far_the_caller_is_and_no_digit(centre: CallCentre, browser: Browser) -> None:
    desk = await desk_of(centre, browser, [], "orlov")
    all_of_it = Everything()
    await all_of_it.watch(desk)
    word, count, back = desk.locator("#pay-word"), desk.locator("#pay-count"), desk.locator("#pay-back")
    async with Telephone(centre.trunk, name="provider") as provider:
        caller = await ring(centre, provider, IN_DEBT.phone)
        await caller.asks_for_agent()
        await expect(desk.locator("#answer")).to_be_enabled(timeout=15_000)
        await expect(desk.locator("#pay")).to_be_disabled()
        await desk.keyboard.press("F2")
        await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking", timeout=10_000)
        await media_flows(desk)
        await expect(desk.locator("#pay")).to_be_enabled()
        await desk.keyboard.press("Shift+F7")
        await expect(desk.locator("#why")).to_have_text("Абонент сейчас не платит")
        await desk.keyboard.press("F7")
        await expect(word).to_have_text("Абонент выбирает сумму", timeout=10_000)
        await expect(word).to_have_attribute("role", "status")
        await expect(desk.locator("#phone-word")).to_have_text("Абонент платит")
        await expect(desk.locator("#transfer-open")).to_be_disabled()
        await expect(desk.locator("#pay")).to_be_disabled()
        await expect(back).to_be_enabled()
        await caller.hears_whole_or_in_pieces(say("pay.debt", amount=-IN_DEBT.balance))
        await caller.keys("1")
        await caller.hears_whole_or_in_pieces(say("pay.by_card", key=1))
        await caller.keys("1")
        await caller.hears("pay.card_number")
        await caller.keys(CARD[:11])
        await expect(word).to_have_text("Абонент набирает номер карты")
        await expect(count).to_have_text("Набрано цифр: 11", timeout=5_000)
        await desk.screenshot(path=ARTEFACTS / "desk-payment.png")
        await desk.reload()  # the page may die in it: the payment is not cut, and the caller comes back afterwards
        await expect(count).to_have_text("Набрано цифр: 11", timeout=15_000)
        await caller.keys("*")
        await keys_card(caller, Language.RU)
        await hears_what_was_paid(centre, caller, IN_DEBT, Language.RU)
        await expect(word).to_contain_text("Оплачено, квитанция", timeout=20_000)
        await expect(desk.locator("#telephone")).to_have_attribute("data-voice", "talking", timeout=20_000)
        await media_flows(desk)
        await expect(desk.locator("#card .balance")).to_contain_text("Долга нет", timeout=10_000)
        await expect(back).to_be_hidden()
        await desk.screenshot(path=ARTEFACTS / "desk-payment-over.png")
        all_of_it.texts.append(await desk.content())
        await caller.call.hang_up()
        await expect(desk.locator("#done")).to_be_enabled(timeout=10_000)
    assert all_of_it.holds("card_number"), "the stream was watched"
    for part in (CARD, CARD[:12], CARD[-12:]):
        assert all_of_it.holds(part) == []
    await desk.context.close()
