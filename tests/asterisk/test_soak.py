"""A busy line on a bad day (./test --long): calls without pause while processes are killed and frozen by chance.

Short forms: test_talks.py (ten calls at once, ten agents) and test_rescue.py (each death once).
"""

import asyncio
import random
import time
from contextlib import AsyncExitStack, suppress

import httpx
import pytest

from tests.asterisk.conftest import provider
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.desk_agent import DeskAgent
from tests.kit.kept import active_acd, calls_kept, records, store
from tests.kit.talks import AGENT_HZ, hears_tone
from tests.kit.telephone import Telephone, answer_after
from tests.kit.waiting import eventually

LASTS_S = 420
LINES = 8
AGENTS = ("orlov", "zueva", "kim", "petrova")
DEATHS = ("ivr", "acd", "voice", "redis", "desktop")
SERVED_S = 90.0
"""The longest that a caller may wait for a voice, with a death on the way."""


@pytest.mark.long
@pytest.mark.timeout(LASTS_S + 600)
async def test_no_caller_is_lost_while_processes_die(centre: CallCentre) -> None:
    chance = random.Random(20261123)
    ends = time.monotonic() + LASTS_S
    served: list[float] = []
    async with provider(centre) as telephone, AsyncExitStack() as stack:
        desks = [
            await stack.enter_async_context(
                DeskAgent.signed_in(centre, login, f"{centre.net}.{150 + n}", answer_after(0.3))
            )
            for n, login in enumerate(AGENTS)
        ]
        working = [asyncio.create_task(works(desk, ends + 120)) for desk in desks]
        lines = [asyncio.create_task(rings(centre, telephone, n, ends, served)) for n in range(LINES)]
        try:
            while time.monotonic() < ends - 30:
                await asyncio.sleep(chance.uniform(6, 14))
                await harm(centre, chance)
            await asyncio.gather(*lines)
        finally:
            for task in (*working, *lines):
                task.cancel()
            await asyncio.gather(*working, *lines, return_exceptions=True)
        assert len(served) > LASTS_S / 10
        await eventually(lambda: calls_kept(centre) == 0, 60, "no call is kept")
        await eventually(lambda: store(centre).hlen("cc:outbox") == 0, 60, "every record is written")
        ids = [row["call_id"] for row in records(centre)]
        assert len(ids) == len(set(ids)), "each call is recorded once"


async def harm(centre: CallCentre, chance: random.Random) -> None:
    """Kill one process, or freeze it for a while."""
    name = chance.choice(DEATHS)
    if name == "acd":
        name = await asyncio.to_thread(active_acd, centre, 60.0)
    if chance.random() < 0.6:
        centre.kill(name)
        return
    pid = centre.freeze(name)
    try:
        await asyncio.sleep(chance.uniform(1, 15))
    finally:
        centre.thaw(pid)


async def rings(centre: CallCentre, telephone: Telephone, line: int, until: float, served: list[float]) -> None:
    """One caller after another on this line, each asking for an agent and leaving after a short talk."""
    while time.monotonic() < until:
        begun = time.monotonic()
        one = await ring(centre, telephone, f"+7306000{line:02}{len(served) % 100:02}")
        try:
            await one.call.press("0")
            await hears_tone(one.call, AGENT_HZ, timeout_s=SERVED_S)
            served.append(time.monotonic() - begun)
            await asyncio.sleep(2)
        finally:
            await one.call.hang_up()
        await asyncio.sleep(0.5)


async def works(desk: DeskAgent, until: float) -> None:
    """An agent who talks to whoever comes and is ready again after each call, whatever the desk's server does."""

    async def talks() -> None:
        while time.monotonic() < until:
            talk = await desk.phone.incoming(timeout_s=600)
            asyncio.get_running_loop().call_later(0.4, talk.talk, AGENT_HZ)

    async def gets_ready() -> None:
        while time.monotonic() < until:
            for path in ("/desk/wrap-up/end", "/desk/ready"):
                with suppress(httpx.HTTPError):
                    await desk.web.post(path, json={})
            await asyncio.sleep(0.5)

    await asyncio.gather(talks(), gets_ready())
