"""What holding 800 callers costs us and whether they hear it: `python -m benchmarks.hold`.

Ours: the whole call centre, callers answered and in the hold line, nobody to take them. The peer: an Asterisk of the
same configuration whose callers are answered and in MusicOnHold of the same music. In turns, `ROUNDS` times each.
sipp holds 792 callers and looks at no packet; eight further ones are telephones of the tests' kit, whose packets are
stamped by the kernel: their gaps are what is measured. CPU is that of all our processes and their children, in per cent
of one core; Asterisk's own is told beside it.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Figures, main, median, percentile
from benchmarks.floor_load import NUMBER, console, dialplan, empty
from benchmarks.our_centre import WAY_TO_QUEUE, bench_centre
from callcentre.run import own_processes
from dialplan.contract import HOLD_MUSIC
from dialplan.render import AsteriskConfig
from tests.kit.asterisk import AsteriskNode
from tests.kit.call_centre import CallCentre
from tests.kit.scenarios import caller_that_stays
from tests.kit.sipp import Load, Sipp
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

CALLERS: Final = 800
HEARD: Final = 8
"""Of them, those whose packets are looked at."""
PER_SECOND: Final = 40.0
ROUNDS: Final = 2
PEAK_S: Final = 20.0
"""They came within twenty seconds, so in these nearly all hear their first announcement."""
WATCHED_S: Final = 45.0
"""One whole turn of announcements, as a caller hears them."""
SETTLE_S: Final = 3.0
CPU_LIMIT: Final = 15.0
GAP_LIMIT: Final = 1.1
OUR_NET: Final = "127.39.1"
THEIR_NET: Final = "127.39.2"
_ALL_HERE_S: Final = 60.0


@dataclass(slots=True)
class Held:
    """Gaps between packets in seconds, of all rounds; CPU in per cent of one core, one a round."""

    gaps: list[float] = field(default_factory=list)
    peak_gaps: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)
    """Ours, like `ours`, of the first `PEAK_S`."""
    ours: list[float] = field(default_factory=list)
    asterisk: list[float] = field(default_factory=list)


def cpu_s(groups: Iterable[int]) -> float:
    """What the processes of these groups (and the children that they have waited for) have used, in seconds."""
    wanted, ticks = set(groups), 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[2]) in wanted:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


async def hold(held: Held, config: AsteriskConfig, trunk: str, sipp: Sipp, own: list[int], asterisk: int) -> None:
    """One round: everybody comes, listens for a while and is sent away."""
    stay = Load((trunk, 5100), (config.bind, config.sip_port), NUMBER, per_second=PER_SECOND, calls=CALLERS - HEARD)
    async with Telephone(trunk) as telephone, sipp.running(f"held-{time.monotonic_ns()}", caller_that_stays(), stay):
        calls = [await telephone.call(f"{config.bind}:{config.sip_port}", NUMBER) for _ in range(HEARD)]
        for call in calls:
            await call.answered(timeout_s=10)

        async def all_here() -> bool:
            return f"{CALLERS} active channels" in await console(config, "core show channels count")

        await eventually(all_here, _ALL_HERE_S, f"{CALLERS} callers are held", every_s=0.5)
        await asyncio.sleep(SETTLE_S)
        begun, used, used_there = time.monotonic(), cpu_s(own), cpu_s([asterisk])
        await asyncio.sleep(PEAK_S)
        peak = time.monotonic()
        held.peak.append(100 * (cpu_s(own) - used) / (peak - begun))
        await asyncio.sleep(WATCHED_S - PEAK_S)
        ended = time.monotonic()
        held.ours.append(100 * (cpu_s(own) - used) / (ended - begun))
        held.asterisk.append(100 * (cpu_s([asterisk]) - used_there) / (ended - begun))
        for call in calls:
            arrivals = [at for at in call.arrivals() if begun <= at < ended]
            held.gaps += [later - earlier for earlier, later in pairwise(arrivals)]
            held.peak_gaps += [later - earlier for earlier, later in pairwise(arrivals) if later < peak]
        await empty(config)


async def all_rounds() -> tuple[Held, Held]:
    ours, plain = Held(), Held()
    way = ("Answer()", f"MusicOnHold({HOLD_MUSIC})")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        centre, config = await stack.enter_async_context(bench_centre(OUR_NET, ("Answer()", *WAY_TO_QUEUE)))
        node = stack.enter_context(
            AsteriskNode.fresh(
                f"{THEIR_NET}.2",
                trunk=f"{THEIR_NET}.11",
                extra_extensions=dialplan(way),
                rtp_first=config.rtp_first,
                rtp_last=config.rtp_last,
            )
        )
        sipp = Sipp(config.tree.program("sipp"), folder)
        for _ in range(ROUNDS):
            await hold(ours, config, centre.trunk, sipp, groups_of(centre), centre.pid("asterisk"))
            await hold(plain, node.config, f"{THEIR_NET}.11", sipp, groups_of(centre), node.pid)
    return ours, plain


def groups_of(centre: CallCentre) -> list[int]:
    """The process groups of everything of ours; each is started in one of its own."""
    return [centre.pid(name) for name in own_processes(centre.installation().settings)]


def measure() -> Figures:
    ours, plain = asyncio.run(all_rounds())
    gap, peer = (percentile(held.gaps, 0.99) * 1000 for held in (ours, plain))
    peak, peers_peak = (percentile(held.peak_gaps, 0.99) * 1000 for held in (ours, plain))
    middle, peers_middle = (median(held.gaps) * 1000 for held in (ours, plain))
    return {
        "our processes": Figure(median(ours.ours), "% of a core", CPU_LIMIT, median(plain.ours), note="peer: at rest"),
        "our processes, first announcements": Figure(median(ours.peak), "% of a core", CPU_LIMIT, median(plain.peak)),
        "packet gap, p99": Figure(gap, "ms", GAP_LIMIT * peer, peer, note="peer: MusicOnHold"),
        "packet gap, p99, first announcements": Figure(peak, "ms", None, peers_peak, note="peer: MusicOnHold"),
        "packet gap, median": Figure(middle, "ms", None, peers_middle),
        "Asterisk": Figure(median(ours.asterisk), "% of a core", None, median(plain.asterisk)),
    }


if __name__ == "__main__":
    sys.exit(main(f"{CALLERS} callers on hold", measure))
