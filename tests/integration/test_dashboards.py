"""Twenty dashboards cost Asterisk and the engine nothing: one reader a desk, whatever the number of pages."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest

from acd.codec import encode
from acd.queues import FloorSettings
from acd.redis_store import connect
from acd.runner import Runner
from agent_desktop.live import RedisFloor
from agent_desktop.services import DeskServices
from calls.clock import AnchoredClock
from calls.ids import AgentId
from calls.record import CallRecord
from staff.skills import Skills
from tests.integration.test_desk_live import signed_in
from tests.kit.desk_server import serving
from tests.kit.fake_desk import FakeDesk
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL
from tests.kit.fake_switch import FakeSwitch
from tests.kit.live_stream import streaming
from tests.kit.redis_server import RedisServer
from tests.kit.reports import alerts, report
from tests.kit.waiting import eventually

PAGES = 20
REPORTS = 5


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


class House:
    """Queues of the desk's tests; records are not kept."""

    def write(self, record: CallRecord) -> None:
        return None

    def skills(self) -> Mapping[AgentId, Skills]:
        return {}

    def load(self) -> FloorSettings:
        return FloorSettings((BILLING, EMERGENCY, GENERAL), version=1)


@dataclass(slots=True)
class DeskOverRedis(FakeDesk):
    """The fakes of a desk, but its floor is the real live feed."""

    live: RedisFloor = field(kw_only=True)

    def services(self) -> DeskServices:
        return replace(FakeDesk.services(self), floor=self.live)


def costs(server: RedisServer, switch: FakeSwitch) -> dict[str, int]:
    """What the engine and the switch have been asked for so far."""
    client = server.client()
    version = client.hget("cc:floor", "version")
    return {
        "asked of the switch": len(switch.wishes),
        "messages to the engine": int(client.xinfo_stream("cc:inbox")["entries-added"])
        if client.exists("cc:inbox")
        else 0,
        "engine's log": int(client.xlen("cc:log")),
        "floor's version": int(version or 0),
    }


async def test_twenty_dashboards_ask_nothing_of_engine_and_switch(redis_server: RedisServer) -> None:
    redis_server.client().flushall()
    switch, clock = FakeSwitch(), AnchoredClock()
    runner = Runner(connect(redis_server.url), "cc", clock, lambda: switch, House(), House())
    engine = threading.Thread(target=runner.run, daemon=True)
    engine.start()
    floor = RedisFloor(redis_server.url, "cc", clock)
    await floor.start()
    try:
        await eventually(lambda: redis_server.client().hlen("cc:queues") == 3, 20, "the engine knows its queues")
        async with (
            serving(DeskOverRedis(live=floor)) as url,
            signed_in(url, "volkova") as client,
            AsyncExitStack() as open_,
        ):
            pages = [await open_.enter_async_context(streaming(client, "/floor/events")) for _ in range(PAGES)]
            for page in pages:
                await page.next("rows")
            readers = len(redis_server.client().client_list())
            before = costs(redis_server, switch)
            for _ in range(REPORTS):
                now = clock.now()
                redis_server.client().xadd("cc:reports", {"r": encode(report(now, alerts(now)))}, maxlen=4)
                told = await asyncio.gather(*(page.next("rows") for page in pages))
                assert all(len(one["tables"]["alerts"]["rows"]) == 3 for one in told)
            assert costs(redis_server, switch) == before
            assert len(redis_server.client().client_list()) <= readers + 1, "pages share one reader"
    finally:
        runner.stop()
        await floor.close()
        engine.join(10)
