"""The desk in a real Chromium over fakes: a floor that runs the engine, a switch that speaks SIP without media."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.async_api import Browser, Page, expect

from acd.events import AgentLegEnded, CallerLeft, LegEnd
from agent_desktop import bundle
from calls.ids import AgentId, CallId
from calls.journey import CallFacts, Identification, Step
from customers.demo import IN_DEBT
from tests.kit.chromium import chromium, new_page
from tests.kit.desk_server import serving
from tests.kit.fake_desk import PASSWORD, FakeDesk
from tests.kit.fake_floor import BILLING
from tests.kit.fake_registrar import FakeRegistrar, until_registered

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SMALL = {"width": 1366, "height": 610}
"""What a 1366x768 monitor leaves to a page."""


@dataclass(slots=True)
class DeskBrowser:
    """`faults`: what the pages' scripts threw; a test ends by `assert not faults`, which `running` does."""

    desk: FakeDesk
    switch: FakeRegistrar
    url: str
    browser: Browser
    faults: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def running(cls, beat_s: float = 5.0) -> AsyncIterator[Self]:
        async with chromium() as browser, FakeRegistrar.listening("127.0.0.1") as switch:
            desk = FakeDesk(sip_upstream=switch.url, beat_s=beat_s)
            async with serving(desk) as url:
                self = cls(desk, switch, url, browser)
                yield self
                for context in browser.contexts:
                    await context.close()
            assert not self.faults

    async def visitor(self, language: str = "ru", scheme: str = "light") -> Page:
        page = await new_page(self.browser, self.faults, scheme=scheme)
        await page.set_viewport_size({"width": SMALL["width"], "height": SMALL["height"]})
        await page.context.add_cookies([{"name": "desk_language", "value": language, "url": self.url}])
        return page

    async def signed_in(self, login: str, page: Page | None = None) -> Page:
        page = page or await self.visitor()
        await page.goto(self.url)
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_load_state("load")
        return page

    async def agent(self, login: str = "orlov", page: Page | None = None) -> Page:
        """At the desk with a working telephone, not ready yet."""
        page = await self.signed_in(login, page)
        await until_registered(self.switch, f"agent-{login}")
        self.desk.floor.reachable(login)
        await expect(page.locator("#health-telephone")).to_have_attribute("data-health", "ok")
        await expect(page.locator("#health-microphone")).to_have_attribute("data-health", "ok")
        return page

    async def ready(self, page: Page) -> None:
        await page.keyboard.press("Shift+F4")
        await page.keyboard.press("Enter")
        await expect(page.locator("#presence")).to_have_attribute("data-state", "ready")

    async def ring(self, page: Page, facts: CallFacts | None = None, login: str = "orlov") -> CallId:
        """A call is offered and the telephone rings."""
        call = self.desk.floor.call(facts or self.facts(), BILLING, 52)
        await self.switch.ring(f"agent-{login}", call)
        await expect(page.locator("#answer")).to_be_enabled()
        return call

    async def talk(self, page: Page) -> CallId:
        """Ready, rung and answered."""
        await self.ready(page)
        call = await self.ring(page)
        await page.keyboard.press("F2")
        await expect(page.locator("#telephone")).to_have_attribute("data-voice", "talking")
        self.desk.floor.answered(call)
        await expect(page.locator("#presence")).to_have_attribute("data-state", "on_call")
        return call

    def talk_over(self, call: CallId) -> None:
        """What the switch tells of a hang-up by the agent."""
        self.desk.floor.tell(AgentLegEnded(self.desk.floor.offers[-1].offer_id, LegEnd.HUNG_UP))
        self.desk.floor.tell(CallerLeft(call))

    def facts(self) -> CallFacts:
        now = self.desk.floor.clock.now()
        return CallFacts(
            IN_DEBT.phone,
            identification=Identification.VERIFIED,
            account=IN_DEBT.number,
            accounts=(IN_DEBT.number,),
            topic="balance",
            journey=(
                Step(now, "identify", "account_and_pin", "verified"),
                Step(now, "balance", "balance", "debt"),
                Step(now, "balance", "agent", "to_agent"),
            ),
        )

    def presence(self, login: str = "orlov") -> str:
        return self.desk.floor.floor.agents[AgentId(login)].presence.value


async def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA, one line a fault."""
    script = bundle.install_modules() / "node_modules" / "axe-core" / "axe.min.js"
    await page.evaluate(script.read_text("utf-8"))
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
    found: list[dict[str, Any]] = await page.evaluate("async (o) => (await axe.run(document, o)).violations", options)
    return [
        f"{fault['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for fault in found
        for node in fault["nodes"]
    ]


async def voice(page: Page, state: str) -> None:
    """Wait until the page says this of the talk's voice."""
    await expect(page.locator("#telephone")).to_have_attribute("data-voice", state)
