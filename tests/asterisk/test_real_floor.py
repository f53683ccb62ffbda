"""The invariants of the engine (acd) on a real floor: real Asterisk, real Redis and database, agents as people are.

A random short day: callers with patience; agents who answer soon or late, decline, do not answer, hang up, go on pause.
Afterwards Asterisk's events and the call records must agree: nobody lost, nobody doubled, order kept.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from acd import codec
from acd.engine import step
from acd.events import AgentNotReady, AgentReady
from acd.floor import Floor
from acd.redis_store import RedisStore, connect
from benchmarks.floor_load import NUMBER, agent_names, connect_telephones, event_tape
from benchmarks.our_centre import BENCH_QUEUE, WAY_TO_QUEUE, bench_centre, command, sign_in
from calls.clock import as_datetime
from calls.ids import AgentId
from dialplan.render import AsteriskConfig
from tests.kit import floor_proof
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.floors import check_invariants
from tests.kit.kept import calls_kept, offers, records, store
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.timeline import CallFailed
from tests.kit.waiting import NotInTime, eventually

AGENTS = agent_names(6)
CALLERS = 40
LASTS_S = 14.0
OFFER_S = 3
CANCELLED_S = 0.2
"""A caller who hangs up stops the agent's ring within this time."""
AGAIN = """
hours = 24
[[queues]]
name = "bench"
[[callers]]
queue = "bench"
per_hour = 1
[[agents]]
count = 3
"""
"""The same queue, half the agents, round the clock; the callers are the recorded ones."""
SLACK_MS = 300
"""The engine hears of a call so much later than the dialplan on a busy machine."""


@dataclass(slots=True)
class Crew:
    """The agents' telephones (all at one address) and what their people do by chance."""

    centre: CallCentre
    config: AsteriskConfig
    desk: Telephone
    caller: Telephone
    chance: random.Random = field(default_factory=lambda: random.Random(20261125))
    done: dict[str, int] = field(default_factory=dict)

    @property
    def server(self) -> str:
        return f"{self.config.bind}:{self.config.sip_port}"

    async def work(self) -> None:
        """Take calls until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self.take(await self.desk.incoming(timeout_s=600)))

    async def take(self, call: PhoneCall) -> None:
        way = self.chance.choices(
            ("answers", "answers late", "declines", "lets it ring", "is gone at once"), (10, 4, 2, 1, 2)
        )[0]
        self.done[way] = self.done.get(way, 0) + 1
        match way:
            case "declines":
                call.reject(self.chance.choice((486, 603)))
                return
            case "lets it ring":
                return
            case "answers late":
                await asyncio.sleep(self.chance.uniform(0.8, 1.5))
        call.answer()
        with suppress(NotInTime):
            await call.ended(timeout_s=0.05 if way == "is gone at once" else self.chance.uniform(0.3, 1.5))
        with suppress(TimeoutError):
            await call.hang_up()

    async def come_and_go(self) -> None:
        """Pauses, and back to work after a decline or a ring without answer."""
        while True:
            agent = AgentId(self.chance.choice(AGENTS))
            if self.chance.random() < 0.25:
                await command(self.centre, AgentNotReady(agent, "break"))
                await asyncio.sleep(self.chance.uniform(0.1, 0.6))
            await command(self.centre, AgentReady(agent))
            await asyncio.sleep(0.15)

    async def call_in(self, number: int) -> None:
        """One caller: comes some time, has patience, hangs up first or is hung up on."""
        await asyncio.sleep(self.chance.uniform(0, LASTS_S))
        call = await self.caller.call(self.server, NUMBER, caller_number=f"+7306{number:07}")
        try:
            await call.answered(timeout_s=self.chance.expovariate(1 / 8) + 0.05)
        except (NotInTime, CallFailed):
            with suppress(TimeoutError):
                await call.cancel()
            return
        with suppress(NotInTime):
            await call.ended(timeout_s=self.chance.uniform(0.5, 3))
        with suppress(TimeoutError):
            await call.hang_up()


@asynccontextmanager
async def crew() -> AsyncIterator[Crew]:
    queue = replace(BENCH_QUEUE, offer_s=OFFER_S)
    async with bench_centre(own_net(2), WAY_TO_QUEUE, queue) as (centre, config):
        place = (f"{centre.net}.21", 5060)
        await connect_telephones(config, AGENTS, place)
        async with Telephone(place[0], name="agents") as desk, Telephone(centre.trunk, name="provider") as caller:
            await sign_in(centre, AGENTS)
            yield Crew(centre, config, desk, caller)


def floor_now(centre: CallCentre) -> Floor:
    """The floor of the last commit."""
    return Floor.restored(RedisStore(connect(centre.installation().redis_url), "cc").load().state)


def replayed(centre: CallCentre) -> Floor:
    """The floor that the logged messages make, from an empty one on."""
    floor = Floor()
    logged = cast(list[tuple[bytes, dict[bytes, bytes]]], store(centre).xrange("cc:log"))
    for _, fields in logged:
        step(floor, codec.decode_message(fields[b"m"]))
    return floor


async def watch_floor(centre: CallCentre) -> None:
    """Every commit that is looked at keeps the invariants: one live offer, nobody waits for an idle agent."""
    while True:
        check_invariants(await asyncio.to_thread(floor_now, centre))
        await asyncio.sleep(0.1)


@pytest.mark.timeout(240)
async def test_a_random_day_and_a_caller_who_hangs_up(tmp_path: Path) -> None:
    async with crew() as day:
        await rings_stop(day)
        with event_tape(day.config) as tape:
            before = {str(row["call_id"]) for row in records(day.centre)}
            tasks = [asyncio.create_task(work) for work in (day.work(), day.come_and_go(), watch_floor(day.centre))]
            try:
                await asyncio.gather(*(day.call_in(number) for number in range(CALLERS)))
                await eventually(lambda: calls_kept(day.centre) == 0, 20, "every call is over", every_s=0.2)
                assert all(not task.done() for task in tasks), [task.exception() for task in tasks if task.done()]
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            await eventually(lambda: store(day.centre).hlen("cc:outbox") == 0, 10, "every record is written")
            packets = list(tape.packets())
        written = [row for row in records(day.centre) if row["call_id"] not in before]
        rung = [offer for offer in offers(day.centre) if offer["call_id"] not in before]
        assert len(floor_proof.callers(packets)) == CALLERS
        assert all(day.done.get(way) for way in ("answers", "answers late", "declines")), day.done
        assert nothing(floor_proof.missing(floor_proof.callers(packets), written))
        assert nothing(floor_proof.at_once(floor_proof.legs(packets), "agent"))
        assert nothing(floor_proof.at_once(floor_proof.talks(packets), "call"))
        assert nothing(floor_proof.not_as_talked(floor_proof.talks(packets), written))
        assert nothing(floor_proof.out_of_order(written, rung, SLACK_MS))
        again, now = replayed(day.centre), floor_now(day.centre)
        assert again.calls == now.calls
        assert again.agents == now.agents
        replays_as_it_was(day.centre, written)
        plays_the_day_again(day.centre, records(day.centre), folder=tmp_path)


def replays_as_it_was(centre: CallCentre, written: Sequence[dict[str, Any]]) -> None:
    """`callcentre replay`: every decision of the day comes out again, and a call's are told one by one."""
    whole = centre.command("replay")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert whole.stdout.endswith("this engine decides all of it as it was.\n")
    answered = next(str(row["call_id"]) for row in written if row["answered_at"] is not None)
    one = centre.command("replay", answered)
    assert one.returncode == 0, one.stdout + one.stderr
    kinds = [line.split()[4] for line in one.stdout.splitlines()[:-1]]
    assert kinds[0] == "CallQueued"
    assert {"OfferAccepted", "CallConnected"} <= set(kinds)
    assert "OfferCall" in one.stdout


def plays_the_day_again(centre: CallCentre, kept: Sequence[dict[str, Any]], folder: Path) -> None:
    """`callcentre simulate --day`: the callers who came, with other agents."""
    zone = centre.installation().settings.supplier.zone
    days = Counter(as_datetime(row["arrived_at"]).astimezone(ZoneInfo(zone)).date() for row in kept)
    ((day, callers),) = days.most_common(1)
    scenario = folder / "again.toml"
    scenario.write_text(AGAIN, "utf-8")
    done = centre.command("simulate", str(scenario), "--day", day.isoformat(), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (figures,) = json.loads(done.stdout).values()
    assert figures["offered"] + figures["short_abandoned"] == callers
    assert figures["answered"] + figures["abandoned"] == figures["offered"]
    nobody = centre.command("simulate", str(scenario), "--day", "2020-02-29")
    assert "No call was queued on 2020-02-29." in nobody.stdout + nobody.stderr


async def rings_stop(day: Crew) -> None:
    """A caller who hangs up stops the ring of the agent's telephone."""
    took = []
    for number in range(5):
        call = await day.caller.call(day.server, NUMBER, caller_number=f"+7307{number:07}")
        ringing = await day.desk.incoming(timeout_s=10)
        await call.ringing(timeout_s=5)
        gone = asyncio.get_running_loop().time()
        await call.cancel()
        took.append((await ringing.ended(timeout_s=5)).at - gone)
    assert median(took) < CANCELLED_S, took


def nothing(faults: Sequence[str]) -> bool:
    assert not faults, "\n".join(faults)
    return True
