"""100 calls a second, known by their number, that leave in their balance: `python -m benchmarks.setups` (as root).

The whole call centre on one machine, 1,000 customers whose numbers may hear the balance, every balance's sentences
made beforehand. Each caller presses 1 in the greeting, hears a second of the balance and hangs up. sipp plays nearly
all of them (its keys need a raw socket, hence root); one in two seconds is a telephone of the tests' kit that listens
for its own balance. A call is good when sipp counts it so and its record says that the balance was told.
CPU is that of all our processes, in per cent of one core, while the calls come; Asterisk's and sipp's share the cores.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from benchmarks.heard import begins_at
from benchmarks.hold import cpu_s
from benchmarks.our_customers import Customer, add_customers, made, speech_of, warm
from callcentre.run import own_processes
from calls.record import CallOutcome
from customers.demo import SADOVAYA
from ivr.words import Choice, Flow
from prompts.store import ALAW, with_extension
from tests.kit.call_centre import CallCentre
from tests.kit.kept import records
from tests.kit.scenarios import caller_that_keys
from tests.kit.sipp import Counts, Load, Sipp
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually

NET: Final = "127.40.1"
CUSTOMERS: Final = 1_000
PER_SECOND: Final = 100.0
WATCHED_S: Final = 30.0
WARM_UP_S: Final = 5.0
KEYS_AFTER_MS: Final = 600
STAYS_MS: Final = 1_250
"""A second of the balance, and what passes from the key to its first sound."""
EVERY_S: Final = 2.0
"""So often one of the callers is a telephone that listens."""
LISTENS_S: Final = 3.0
CPU_LIMIT: Final = 60.0
_END_S: Final = 30.0
_KNOWN_S: Final = 1.0


@dataclass(slots=True)
class Served:
    """`shares`: CPU by process, per cent of one core. `key_to_balance`: seconds, of the telephones that heard it."""

    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0, 0))
    shares: dict[str, float] = field(default_factory=dict)
    per_second: float = 0.0
    told: int = 0
    rang: int = 0
    key_to_balance: list[float] = field(default_factory=list)


async def listener(centre: CallCentre, provider: Telephone, customer: Customer, served: Served) -> None:
    """One telephone among the callers."""
    served.rang += 1
    file = with_extension(await asyncio.to_thread(made, speech_of(centre), customer.sentences[0]), ALAW)
    call = await provider.call(centre.sip, centre.hotline, caller_number=customer.phone)
    call.talk(440)
    await call.answered(timeout_s=10)
    await asyncio.sleep(KEYS_AFTER_MS / 1000)
    pressed = await call.press("1")
    await asyncio.sleep(LISTENS_S)
    begins = await begins_at(call, file, pressed, _KNOWN_S)
    await call.hang_up()
    if begins is not None:
        served.key_to_balance.append(begins - pressed)


async def listeners(centre: CallCentre, customers: Sequence[Customer], served: Served, until: float) -> None:
    async with Telephone(centre.trunk, name="provider", keep_s=10) as provider, asyncio.TaskGroup() as group:
        while time.monotonic() < until:
            group.create_task(listener(centre, provider, customers[served.rang % len(customers)], served))
            await asyncio.sleep(EVERY_S)


def told_balances(centre: CallCentre) -> int:
    """Calls whose record says that the balance was told."""
    return sum(
        row["outcome"] == CallOutcome.SELF_SERVED
        and any(step["flow"] == Flow.BALANCE and step["choice"] == Choice.BALANCE for step in steps_of(row["journey"]))
        for row in records(centre)
    )


def steps_of(journey: object) -> list[dict[str, str]]:
    """The steps of a record's journey as SQL gives it."""
    found: list[dict[str, str]] = json.loads(journey) if isinstance(journey, str) else journey  # type: ignore[assignment]  # PostgreSQL's JSON comes decoded
    return found


async def load(centre: CallCentre, customers: Sequence[Customer], folder: Path, per_second: float) -> Served:
    """Let the callers come for the warm-up and the watched time; who is there then leaves by itself."""
    served = Served()
    tree = centre.installation().tree
    numbers = tuple(int(one.phone) for one in customers)
    calls = round(per_second * (WARM_UP_S + WATCHED_S))
    there = (centre.sip, 5060)
    callers = Load((centre.trunk, 5100), there, centre.hotline, calls, per_second, values=numbers)
    begun = time.monotonic()
    async with Sipp(tree.program("sipp"), folder).running(
        "callers", caller_that_keys("1", KEYS_AFTER_MS, STAYS_MS), callers
    ) as sipp:
        watching = asyncio.create_task(shares(centre))
        await listeners(centre, customers, served, begun + WARM_UP_S + WATCHED_S)
        served.shares = await watching
        served.counts = await sipp.finished(_END_S)
        if served.counts.failed:
            print(sipp.errors(), file=sys.stderr)
    wanted = served.counts.created + served.rang

    def all_told() -> bool:
        served.told = told_balances(centre)
        return served.told >= wanted

    try:
        await eventually(all_told, _END_S, "every call's balance was told", every_s=1.0)
    except NotInTime as late:
        print(late, file=sys.stderr)
    return served


async def shares(centre: CallCentre) -> dict[str, float]:
    """Of each process while the calls come, after the warm-up."""
    names = (*own_processes(centre.installation().settings), "redis", "asterisk")
    await asyncio.sleep(WARM_UP_S)
    begun, used = time.monotonic(), {name: cpu_s([centre.pid(name)]) for name in names}
    await asyncio.sleep(WATCHED_S)
    lasted = time.monotonic() - begun
    return {name: 100 * (cpu_s([centre.pid(name)]) - used[name]) / lasted for name in names}


async def served(per_second: float) -> Served:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, CallCentre.fresh(NET) as centre:
        customers = add_customers(centre, CUSTOMERS, SADOVAYA, may_hear=True)
        await asyncio.to_thread(warm, centre, customers)
        return await load(centre, customers, Path(folder), per_second)


def measure(per_second: float) -> Figures:
    if os.geteuid():
        sys.exit("sipp sends keys by a raw socket. Run this as root.")
    found = asyncio.run(served(per_second))
    ours = {name: share for name, share in found.shares.items() if name not in {"redis", "asterisk"}}
    calls = found.counts.created + found.rang
    each = ", ".join(f"{name} {share:.1f}" for name, share in ours.items() if share >= 0.5)
    return {
        "failed calls": Figure(found.counts.failed, "calls", 0, note=f"of {calls}"),
        "calls without their balance": Figure(calls - found.told, "calls", 0, note="by their records"),
        "our processes": Figure(sum(ours.values()), "% of a core", CPU_LIMIT, note=each),
        "our processes, one call": Figure(10 * sum(ours.values()) / per_second, "ms"),
        "listeners who heard their balance": Figure(len(found.key_to_balance), "calls", found.rang, at_least=True),
        "key to balance, median": Figure(median(found.key_to_balance) * 1000, "ms"),
        "key to balance, p95": Figure(percentile(found.key_to_balance, 0.95) * 1000, "ms"),
        "Asterisk": Figure(found.shares["asterisk"], "% of a core"),
        "Redis": Figure(found.shares["redis"], "% of a core"),
    }


def asked() -> tuple[float, list[str]]:
    """`--per-second`, and the arguments that are left."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--per-second", type=float, default=PER_SECOND)
    told, others = parser.parse_known_args()
    return told.per_second, others


if __name__ == "__main__":
    rate, others = asked()
    sys.exit(main(f"{rate:g} calls a second into their balance", lambda: measure(rate), others))
