"""kill -9 of each process and Redis away for ten seconds, while a hundred calls live: none lost, none doubled.

Thirty agents talk, the other callers wait or are in the self-service; nobody of them hangs up first, so that every call
must end with an agent. What Asterisk saw and what was recorded is compared afterwards. `./test --long` kills each
process twenty times.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from redis.exceptions import RedisError

from acd.errors import StoreUnavailable
from acd.events import AgentReady, WrapUpEnded
from acd.inbox import Inbox
from acd.redis_store import connect
from benchmarks.floor_load import NUMBER, agent_names, agents_at, connect_telephones, event_tape
from benchmarks.our_centre import WAY_TO_QUEUE, bench_centre, employ, sign_in
from callcentre.roster import Doing
from calls.clock import AnchoredClock
from calls.ids import AgentId
from calls.record import CallOutcome
from dialplan.render import AsteriskConfig
from tests.kit import floor_proof
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.kept import acd_that, active_acd, calls_kept, records, store
from tests.kit.last_words import last_words
from tests.kit.scenarios import caller_that_stays
from tests.kit.sipp import Load, Sipp
from tests.kit.waiting import eventually

ACDS: Final = ("acd", "acd-2")
AGENTS: Final = agent_names(30)
LIVE: Final = 100
WAITING: Final = 85
IN_MENU: Final = 15
PER_SECOND: Final = 9.0
"""The agents serve as many."""
HARM_S: Final = 12.0
"""So long all deaths take without the pauses between them: callers come until the last of them."""
PAUSES: Final = 5
TAKEOVER_S: Final = 15.0
"""On a machine that is full of callers. Three seconds are proved where nothing else runs: `test_drain.py`."""
LISTENS: Final = "ami link is up"
"""What a new engine writes when it hears the switch."""
AWAY_S: Final = 10.0
CROSSED_S: Final = 2.0
"""So long, at most, a ring that crossed another lives on when it is answered while the machine is full."""
SERVED_S: Final = 150.0
LONG_ROUNDS: Final = 20
LONG_PAUSE_S: Final = 12.0
"""The supervisor starts a process that keeps dying later and later; five of these are more than its minute of grace."""


@dataclass(frozen=True, slots=True)
class Crowd:
    centre: CallCentre
    config: AsteriskConfig
    sipp: Sipp

    def of(self, kind: str, number: str, count: int, per_second: float, port: int) -> "tuple[str, str, Load]":
        """Callers who stay until an agent has hung up: what `Sipp.running` takes."""
        load = Load(
            (self.centre.trunk, port),
            (self.config.bind, self.config.sip_port),
            number,
            calls=count,
            per_second=per_second,
            media_port=20_000 + 10 * (port - 5100),
        )
        return f"{kind}-{time.monotonic_ns()}", caller_that_stays(), load

    async def all_end_with_an_agent(self, harm: Callable[[], Awaitable[None]], steadily_s: float) -> None:
        """A hundred calls, more for `steadily_s`, harm in the midst of them, and the proof of what became of them."""
        more = round(PER_SECOND * steadily_s)
        before = {str(row["call_id"]) for row in records(self.centre)}
        place, server = (f"{self.centre.net}.21", 5060), (self.config.bind, self.config.sip_port)
        async with agents_at(self.sipp, f"{time.monotonic_ns()}", place, server):
            await sign_in(self.centre, AGENTS)
            staying = asyncio.create_task(self.stay_ready())
            with event_tape(self.config) as tape:
                async with (
                    self.sipp.running(*self.of("menu", self.centre.hotline, IN_MENU, 40, 5100)) as menu,
                    self.sipp.running(*self.of("burst", NUMBER, WAITING, 40, 5101)) as burst,
                    self.sipp.running(*self.of("steady", NUMBER, more, PER_SECOND, 5102)) as steady,
                ):
                    await eventually(lambda: burst.counts().created == WAITING, 15, f"{LIVE} calls live")
                    await harm()
                    for run in (burst, steady, menu):
                        counts = await run.finished(SERVED_S)
                        assert counts.failed == 0, (counts, run.errors())
                await eventually(self.all_written, 20, "every record is written", every_s=0.2)
                staying.cancel()
                packets = list(tape.packets())
        written = [row for row in records(self.centre) if row["call_id"] not in before]
        known = floor_proof.callers(packets)
        assert len(known) == IN_MENU + WAITING + more
        nothing(floor_proof.missing(known, written))
        talks = floor_proof.talks(packets)
        assert {row["outcome"] for row in written} <= {CallOutcome.ANSWERED, CallOutcome.RESCUED}
        nothing(floor_proof.not_as_talked(talks, written))
        nothing(floor_proof.at_once(uncrossed(talks, floor_proof.rescued(packets)), "agent"))
        nothing(floor_proof.at_once(talks, "call"))

    def all_written(self) -> bool:
        return not any(store(self.centre).hlen(name) for name in ("cc:calls", "cc:wrap_ups", "cc:outbox"))

    async def stay_ready(self) -> None:
        """As people do: ready again after a ring in the wrong moment, no long wrap-up after a rescued call."""
        client = connect(self.centre.installation().redis_url)
        inbox = Inbox(client, "cc", AnchoredClock(), "user:bench")
        while True:
            await asyncio.sleep(2)
            with suppress(StoreUnavailable):
                for agent in map(AgentId, AGENTS):
                    for event in (WrapUpEnded(agent), AgentReady(agent)):
                        await asyncio.to_thread(inbox.tell, event)

    async def kill(self, name: str) -> None:
        """SIGKILL, and wait until the supervisor has started it again."""
        before = self.centre.kill(name)
        await eventually(lambda: self.centre.pid(name) != before, 30, f"{name} is started again", every_s=0.05)

    async def kill_engine(self) -> None:
        """The active one; the standby takes over."""
        active, died_at = active_acd(self.centre), time.time()
        before = self.centre.kill(active)
        await eventually(lambda: self.listening_since(died_at), TAKEOVER_S, "the standby has taken over", every_s=0.1)
        await eventually(lambda: self.centre.pid(active) != before, 30, "it is started again", every_s=0.05)

    def listening_since(self, died_at: float) -> float:
        """When an engine heard the switch again (Unix time); 0 as long as none does."""
        whole = [line for name in ACDS for line in self.centre.log(name).rpartition("\n")[0].splitlines()]
        lines = [json.loads(line) for line in whole if LISTENS in line]
        times = [datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines]
        return min((at for at in times if at > died_at), default=0.0)

    async def standby(self) -> str:
        """Its name, as soon as there is one."""
        return await eventually(lambda: acd_that(self.centre, Doing.STANDS_BY), 60, "an engine stands by", every_s=0.1)

    async def kill_each(self, pause_s: float) -> None:
        """The self-service first: its callers are still there."""
        await self.kill("ivr")
        await asyncio.sleep(pause_s)
        await self.kill("desktop")
        await asyncio.sleep(pause_s)
        await self.kill(await self.standby())
        await asyncio.sleep(pause_s)
        await self.standby()
        await self.kill_engine()
        await asyncio.sleep(pause_s)
        await self.kill("redis")
        await asyncio.sleep(pause_s)
        await self.take_redis_away()

    async def kills(self, pause_s: float) -> None:
        await self.standby()
        await self.all_end_with_an_agent(lambda: self.kill_each(pause_s), HARM_S + PAUSES * pause_s)

    def redis_answers(self) -> bool:
        with suppress(RedisError):
            return bool(store(self.centre).ping())
        return False

    async def take_redis_away(self) -> None:
        """For ten seconds nothing of it answers; then all is as it was."""
        await eventually(self.redis_answers, 20, "Redis answers after its death", every_s=0.2)
        assert calls_kept(self.centre) > len(AGENTS)
        pid = self.centre.freeze("redis")
        try:
            await asyncio.sleep(AWAY_S)
        finally:
            self.centre.thaw(pid)


@asynccontextmanager
async def hundred(folder: Path, number: int) -> AsyncIterator[Crowd]:
    async with bench_centre(own_net(number), WAY_TO_QUEUE) as (centre, config):
        await connect_telephones(config, AGENTS, (f"{centre.net}.21", 5060))
        employ(centre, AGENTS)
        try:
            yield Crowd(centre, config, Sipp(centre.installation().tree.program("sipp"), folder))
        except BaseException:
            for title, text in last_words(centre):
                print(f"--- {title}\n{text}")  # noqa: T201 - shown with the failure
            raise


@pytest.mark.timeout(420)
async def test_deaths_and_redis_away_under_load(tmp_path: Path) -> None:
    async with hundred(tmp_path, 3) as crowd:
        await crowd.kills(1.0)


@pytest.mark.long
@pytest.mark.timeout(LONG_ROUNDS * 300)
async def test_each_process_killed_again_and_again(tmp_path: Path) -> None:
    async with hundred(tmp_path, 3) as crowd:
        for _ in range(LONG_ROUNDS):
            await crowd.kills(LONG_PAUSE_S)


def uncrossed(talks: Sequence[floor_proof.Stretch], rescued: set[str]) -> list[floor_proof.Stretch]:
    """Without the short talks that began while Asterisk alone gave their agent another call.

    It does so only while no engine beats; the engine that comes back may be ringing the same agent at this moment. A
    person answers one of both, sipp's agents answer each.
    """
    alone = [talk for talk in talks if talk.call in rescued]
    return [
        talk
        for talk in talks
        if talk.call in rescued
        or talk.ends - talk.begins > CROSSED_S
        or not any(one.who == talk.who and one.begins <= talk.ends and talk.begins <= one.ends for one in alone)
    ]


def nothing(faults: Sequence[str]) -> None:
    assert not faults, "\n".join(faults)
