"""From the INVITE at a desk's page to the caller's card painted, both seen in the page itself, in a real Chromium."""

import asyncio
from typing import Final

from playwright.async_api import Page, expect

from customers.demo import IN_DEBT
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.chromium import chromium, new_page
from tests.kit.pages import at_the_desk, get_ready
from tests.kit.telephone import Telephone

_NET: Final = "127.37.3"
_TALKS_S: Final = 1.0
_WATCH: Final = """
window.invited = [];
window.painted = [];
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (event) => {
      if (typeof event.data === "string" && event.data.startsWith("INVITE ")) window.invited.push(performance.now());
    });
  }
};
document.addEventListener("DOMContentLoaded", () => {
  let shown = false;
  new MutationObserver(() => {
    const there = document.getElementById("card")?.textContent.includes("NUMBER") ?? false;
    if (there && !shown) requestAnimationFrame(() => setTimeout(() => window.painted.push(performance.now())));
    shown = there;
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
});
""".replace("NUMBER", IN_DEBT.number)


async def ring_to_card(rounds: int) -> list[float]:
    """Seconds of each round; 0 when the card was there before the ring."""
    faults: list[str] = []
    with CallCentre.fresh(_NET, telephones="browser") as centre:
        async with chromium() as browser, Telephone(centre.trunk, name="provider") as provider:
            page = await new_page(browser, faults)
            await page.add_init_script(_WATCH)
            await at_the_desk(page, centre, "orlov")
            await get_ready(page)
            await expect(page.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
            taken = [await _round(page, centre, provider) for _ in range(rounds)]
    if faults:
        raise RuntimeError(f"The page's scripts failed: {faults}")
    return taken


async def _round(page: Page, centre: CallCentre, provider: Telephone) -> float:
    await page.evaluate("() => { window.invited.length = 0; window.painted.length = 0; }")
    one = await ring(centre, provider, IN_DEBT.phone)
    await one.asks_for_agent()
    await page.wait_for_function("() => window.invited.length && window.painted.length", timeout=15_000)
    taken = await page.evaluate("() => window.painted[0] - window.invited[0]")
    await page.keyboard.press("F2")
    await expect(page.locator("#telephone")).to_have_attribute("data-phone", "on_call", timeout=10_000)
    await asyncio.sleep(_TALKS_S)  # who hangs up before the bridge is made leaves no wrap-up
    await one.call.hang_up()
    await expect(page.locator("#done")).to_be_enabled(timeout=10_000)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
    return max(0.0, float(taken) / 1000)
