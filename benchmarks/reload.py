"""How long a caller is without the agent when the page is reloaded in the talk: `python -m benchmarks.reload`.

A real Chromium at the desk, a real Asterisk and a caller by SIP. From the reload to the page whose telephone talks
again: it registers anew, is rung, answers by itself, and 25 packets of voice have gone each way.
"""

import asyncio
import sys
import time
from typing import Final

from playwright.async_api import Page, expect

from benchmarks.figures import Figure, Figures, main, median, percentile
from customers.demo import IN_DEBT
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import ring
from tests.kit.chromium import chromium
from tests.kit.pages import desk_of, media_flows
from tests.kit.telephone import Telephone

ROUNDS: Final = 7
LIMIT_S: Final = 3.0
_TALKS: Final = "talking"


async def reload_once(desk: Page) -> float:
    begun = time.monotonic()
    await desk.reload(wait_until="commit")
    await expect(desk.locator("#telephone")).to_have_attribute("data-voice", _TALKS, timeout=20_000)
    await media_flows(desk)
    return time.monotonic() - begun


async def _measure(centre: CallCentre) -> list[float]:
    async with chromium() as browser, Telephone(centre.trunk, name="provider") as provider:
        desk = await desk_of(centre, browser, [], "orlov")
        desk.on("dialog", lambda dialog: dialog.accept())
        caller = await ring(centre, provider, IN_DEBT.phone)
        await caller.asks_for_agent()
        await expect(desk.locator("#answer")).to_be_enabled(timeout=20_000)
        await desk.keyboard.press("F2")
        await expect(desk.locator("#telephone")).to_have_attribute("data-voice", _TALKS, timeout=15_000)
        await media_flows(desk)
        return [await reload_once(desk) for _ in range(ROUNDS)]


def measure() -> Figures:
    with CallCentre.fresh(own_net(), telephones="browser") as centre:
        took = asyncio.run(_measure(centre))
    return {
        "reload -> audio, median": Figure(median(took), "s", LIMIT_S),
        "reload -> audio, worst": Figure(percentile(took, 1.0), "s"),
    }


if __name__ == "__main__":
    sys.exit(main("An agent's page is reloaded in a talk", measure))
