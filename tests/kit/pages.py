"""The pages of a real centre in a browser, used as people do: sign in, begin a shift; and whether voice flows."""

from typing import Any, Final

from playwright.async_api import Browser, Page, expect

from tests.kit.call_centre import CallCentre
from tests.kit.chromium import new_page
from tests.kit.waiting import eventually

PEER_CONNECTIONS: Final = """
window.peers = [];
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = function (...given) {
  const made = new Real(...given);
  window.peers.push(made);
  return made;
};
window.RTCPeerConnection.prototype = Real.prototype;
"""
"""An init script: every page whose voice is counted or listened to needs it."""
_PACKETS = """
async () => {
  const total = { received: 0, sent: 0 };
  for (const peer of window.peers) {
    for (const [, report] of await peer.getStats()) {
      if (report.type === "inbound-rtp") total.received += report.packetsReceived;
      if (report.type === "outbound-rtp") total.sent += report.packetsSent;
    }
  }
  return total;
}
"""


async def ends_by_itself(booth: Page) -> None:
    """The caller's call after the agent has hung up: a question of ten seconds, time for an answer, a goodbye."""
    await expect(booth.locator(".handset")).not_to_have_attribute("data-booth", "talking", timeout=40_000)


async def sign_in(page: Page, centre: CallCentre, login: str) -> None:
    """At the door, by name and password; returns when the page behind it is there."""
    await page.goto(f"{centre.desk}/sign-in")
    await page.fill("[name=login]", login)
    await page.fill("[name=password]", centre.password(login))
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: not url.endswith("/sign-in"), wait_until="load")


async def at_the_desk(page: Page, centre: CallCentre, login: str) -> None:
    """Signed in with a registered telephone, not ready yet."""
    await sign_in(page, centre, login)
    await expect(page.locator("#health-telephone")).to_have_attribute("data-health", "ok", timeout=15_000)


async def get_ready(page: Page) -> None:
    """By the key of the desk. A caller who waits rings at once, so the state is not looked at here."""
    await page.keyboard.press("Shift+F4")
    await page.click("[data-choose=ready]")


async def desk_of(centre: CallCentre, browser: Browser, faults: list[str], login: str, scheme: str = "light") -> Page:
    """An agent's page: signed in, telephone registered, ready; nobody waits."""
    page = await new_page(browser, faults, scheme=scheme)
    await page.add_init_script(PEER_CONNECTIONS)
    await at_the_desk(page, centre, login)
    await get_ready(page)
    await expect(page.locator("#presence")).to_have_attribute("data-state", "ready", timeout=10_000)
    return page


async def ring_from_booth(booth: Page, centre: CallCentre) -> None:
    """From /phone, as the first caller of the demo; returns when the hotline has answered."""
    await booth.add_init_script(PEER_CONNECTIONS)
    await booth.goto(f"{centre.desk}/phone")
    await expect(booth.locator("#ring")).to_be_enabled(timeout=15_000)
    await booth.click("#ring")
    await expect(booth.locator(".handset")).to_have_attribute("data-booth", "talking", timeout=15_000)


async def packets(page: Page) -> dict[str, Any]:
    """Voice packets of all its calls, received and sent."""
    found: dict[str, Any] = await page.evaluate(_PACKETS)
    return found


async def media_flows(page: Page) -> None:
    """Half a second of voice goes and comes. Errors: NotInTime."""
    before = await packets(page)

    async def more() -> bool:
        now = await packets(page)
        return bool(now["received"] > before["received"] + 25 and now["sent"] > before["sent"] + 25)

    await eventually(more, 10, f"media flows both ways (from {before})", every_s=0.2)
