"""Twenty dashboards cost Asterisk nothing: while calls come and go it is asked the same with them as without."""

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from callcentre.prepare import asterisk_config
from tests.kit.call_centre import CallCentre
from tests.kit.console import ask
from tests.kit.kept import calls_kept
from tests.kit.live_stream import Stream, streaming
from tests.kit.talks import queued
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

PAGES = 20
CALLS = 5
ASKED = re.compile(r"Running action '(\w+)'")
Actions = Callable[[], Counter[str]]


@pytest.fixture
def actions(centre: CallCentre) -> Iterator[Actions]:
    """Every action that Asterisk has been asked for over AMI since, by its name: its own word."""
    log = asterisk_config(centre.installation()).state / "log" / "asked"
    for line in ("core set debug 1 manager.c", f"logger add channel {log} debug"):
        ask(centre, line)
    yield lambda: Counter(ASKED.findall(log.read_text("utf-8", "replace")))
    for line in (f"logger remove channel {log}", "core set debug off"):
        ask(centre, line)
    log.unlink()


@asynccontextmanager
async def watching(centre: CallCentre) -> AsyncIterator[list[Stream]]:
    """The pages of a supervisor's floor, each on a stream of its own."""
    async with (
        httpx.AsyncClient(base_url=centre.desk, headers={"Origin": centre.desk}, timeout=10) as web,
        AsyncExitStack() as open_,
    ):
        signed = await web.post("/sign-in", data={"login": "volkova", "password": centre.password("volkova")})
        assert signed.status_code == 303, signed.text
        yield [await open_.enter_async_context(streaming(web, "/floor/events")) for _ in range(PAGES)]


def sessions(centre: CallCentre) -> int:
    """How many are connected to Asterisk's AMI."""
    found = re.search(r"(\d+) users? connected", ask(centre, "manager show connected"))
    assert found
    return int(found[1])


async def calls(centre: CallCentre, caller: Telephone) -> None:
    """The same for both: callers come one by one, wait and leave."""
    for _ in range(CALLS):
        one = await queued(centre, caller)
        await one.call.hang_up()
        await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")


async def test_twenty_dashboards_ask_nothing_of_asterisk(
    centre: CallCentre, caller: Telephone, actions: Actions
) -> None:
    async def spell() -> tuple[Counter[str], float]:
        """What is asked while callers come and go, and how long that took in seconds."""
        before, begun = actions(), time.monotonic()
        await calls(centre, caller)
        return actions() - before, time.monotonic() - begun

    alone, alone_s = await spell()
    assert alone["Setvar"], "the engine's beat is seen"
    connected = sessions(centre)
    async with watching(centre) as pages:
        for page in pages:
            await page.next("rows")
        watched, watched_s = await spell()
        for page in pages:
            assert await page.next("rows"), "each has been told"
        assert sessions(centre) == connected
    assert set(watched) <= set(alone)
    assert watched.total() < alone.total() * watched_s / alone_s + PAGES / 2, "not once a page"
