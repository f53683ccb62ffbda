"""An outage's storm of real calls and ten agents: `python -m benchmarks.storm` (12 minutes).

The whole call centre, 2,000 calls in 10 minutes, every caller a telephone that hears. Who they are and what they do is
benchmarks/storm_model.py: 0.8 of them ring from numbers whose place is without light; of those who hear the outage's
sentence 0.9 ring off. All others want an agent, and the ten agents have a little too few hands, so that there is a
queue, in which a danger to life must be the first. `--calls 200 --minutes 1` is a small one.

An affected caller has got to the agents when the record says so, even who gave up waiting. Dropped is who was not
answered, or was ended by us without an agent. A danger to life is overtaken when an agent who serves such calls was
offered another one while it waited.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from benchmarks.hold import cpu_s
from benchmarks.our_customers import add_customers
from benchmarks.storm_calls import Callers, Seen, work
from benchmarks.storm_model import Kind, StormCaller, storm_callers
from callcentre.run import own_processes
from customers.demo import NABEREZHNAYA
from staff.demo import AGENTS, EMERGENCY
from staff.skills import names_of
from tests.kit.call_centre import CallCentre
from tests.kit.desk_agent import DeskAgent
from tests.kit.kept import calls_kept, offers, records
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

NET: Final = "127.42.1"
CALLS: Final = 2_000
MINUTES: Final = 10.0
SENTENCE_S: Final = 3.0
TO_AGENTS: Final = 0.15
SLACK_MS: Final = 300
"""The engine hears of a call so much later than it was queued on a busy machine."""
_STRANGERS: Final = 73_068_000_000
_OVER_S: Final = 180.0
_SERVE_DANGER: Final = frozenset(user.login for user in AGENTS if EMERGENCY in names_of(user.skills))


@dataclass(slots=True)
class Storm:
    """Rows are those of the database. `affected`: their telephones. `cpu`: per cent of one core."""

    seen: Seen = field(default_factory=Seen)
    affected: frozenset[str] = frozenset()
    rows: list[dict[str, Any]] = field(default_factory=list)
    offered: list[dict[str, Any]] = field(default_factory=list)
    cpu: float = 0.0
    asterisk: float = 0.0
    lasted_s: float = 0.0


def numbers_of(centre: CallCentre, callers: Sequence[StormCaller]) -> list[str]:
    """Each caller's own telephone; those of the affected, and of who reports a danger, are at the outage's place."""
    there = {Kind.AFFECTED, Kind.DANGER}
    concerned = iter(add_customers(centre, sum(one.kind in there for one in callers), NABEREZHNAYA, may_hear=False))
    return [
        next(concerned).phone if one.kind in there else f"+{_STRANGERS + place}" for place, one in enumerate(callers)
    ]


async def storm(callers: Sequence[StormCaller]) -> Storm:
    found = Storm()
    async with AsyncExitStack() as stack:
        centre = stack.enter_context(CallCentre.fresh(NET))
        numbers = numbers_of(centre, callers)
        pairs = [*zip(callers, numbers, strict=True)]
        found.affected = frozenset(number for caller, number in pairs if caller.kind is Kind.AFFECTED)
        working = []
        for place, user in enumerate(AGENTS):
            address = f"{centre.net}.{21 + place}"
            agent = await stack.enter_async_context(DeskAgent.signed_in(centre, str(user.login), address))
            await agent.ready()
            working.append(asyncio.create_task(work(agent, place)))
        provider = await stack.enter_async_context(Telephone(centre.trunk, name="provider", keep_s=40))
        ours = [centre.pid(name) for name in own_processes(centre.installation().settings)]
        begun, used, used_there = time.monotonic(), cpu_s(ours), cpu_s([centre.pid("asterisk")])
        ringing = Callers(centre, provider, found.seen)
        async with asyncio.TaskGroup() as group:
            for caller, number in pairs:
                await asyncio.sleep(max(0.0, begun + caller.at_s - time.monotonic()))
                group.create_task(ringing.call(caller, number))
            found.lasted_s = time.monotonic() - begun
            found.cpu = 100 * (cpu_s(ours) - used) / found.lasted_s
            found.asterisk = 100 * (cpu_s([centre.pid("asterisk")]) - used_there) / found.lasted_s
        await eventually(lambda: calls_kept(centre) == 0, _OVER_S, "every call is over", every_s=0.5)
        await eventually(lambda: len(records(centre)) >= len(callers), _OVER_S, "every record is written", every_s=1.0)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        found.rows, found.offered = records(centre), offers(centre)
    return found


def overtaken(rows: Sequence[dict[str, Any]], offered: Sequence[dict[str, Any]]) -> int:
    """Dangers to life that waited while an agent who serves them was offered another call."""
    dangers = {row["call_id"] for row in rows if row["queue_id"] == EMERGENCY}
    count = 0
    for row in rows:
        own = [offer["offered_at"] for offer in offered if offer["call_id"] == row["call_id"]]
        if row["call_id"] not in dangers or not own:
            continue
        since, until = row["enqueued_at"] + SLACK_MS, min(own)
        count += any(
            since < offer["offered_at"] < until
            and offer["call_id"] not in dangers
            and offer["agent_id"] in _SERVE_DANGER
            for offer in offered
        )
    return count


def waits_s(rows: Sequence[dict[str, Any]], *, danger: bool) -> list[float]:
    """Of the answered, from the queue to the agent."""
    return [
        (row["answered_at"] - row["enqueued_at"]) / 1000
        for row in rows
        if row["answered_at"] is not None and (row["queue_id"] == EMERGENCY) == danger
    ]


def measure(calls: int, minutes: float) -> Figures:
    callers = storm_callers(calls, minutes * 60)
    found = asyncio.run(storm(callers))
    seen = found.seen
    for line in seen.dropped:
        print(line, file=sys.stderr)
    reached = sum(row["enqueued_at"] is not None and row["caller_number"] in found.affected for row in found.rows)
    share = reached / len(found.affected)
    heard, named = seen.sentence[Kind.AFFECTED], seen.sentence[Kind.NAMED]
    danger, rest = waits_s(found.rows, danger=True), waits_s(found.rows, danger=False)
    return {
        "calls": Figure(len(callers), "calls", note=f"in {found.lasted_s:.0f} s, {seen.most_at_once} at once at most"),
        "dropped": Figure(len(seen.dropped), "calls", 0),
        "concerned and did not hear it": Figure(len(seen.deaf), "calls", 0, note=f"{len(heard)} and {len(named)} did"),
        "answer to its sentence, median": Figure(median(heard), "s"),
        "answer to its sentence, p99": Figure(percentile(heard, 0.99), "s"),
        "answer to its sentence, slowest": Figure(max(heard), "s", SENTENCE_S),
        "PIN to its sentence, slowest": Figure(max(named, default=0.0), "s", SENTENCE_S, note=f"of {len(named)}"),
        "affected who got to the agents": Figure(share, "of them", TO_AGENTS, note=f"{reached}"),
        "talks": Figure(len(seen.talked), "calls", note=f"{len(seen.gave_up)} gave up waiting"),
        "dangers overtaken": Figure(overtaken(found.rows, found.offered), "calls", 0, note=f"of {len(danger)}"),
        "danger to life waited, median": Figure(median(danger), "s", peer=median(rest), note="peer: everybody else"),
        "danger to life waited, longest": Figure(max(danger), "s", peer=max(rest), note="peer: everybody else"),
        "our processes": Figure(found.cpu, "% of a core"),
        "Asterisk": Figure(found.asterisk, "% of a core"),
    }


def asked() -> tuple[int, float, list[str]]:
    """`--calls`, `--minutes`, and the arguments that are left."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    told, others = parser.parse_known_args()
    return told.calls, told.minutes, others


if __name__ == "__main__":
    many, minutes, others = asked()
    sys.exit(main(f"A storm of {many} calls in {minutes:g} minutes", lambda: measure(many, minutes), others))
