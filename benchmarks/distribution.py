"""How soon a free agent is rung while callers wait, beside Asterisk's app_queue: `python -m benchmarks.distribution`.

30 agents (talk 3 s exponential, ring 0.3 s), callers with a patience of 10 s in the mean, 90 % and 110 % of what the
agents can serve. Ours is the whole running call centre: callers come straight into the hold line `waiting`, and from
there on everything is as always: AMI events, the engine, a commit to Redis, an Originate, the desk's live feed, records
in the database. app_queue runs in a second Asterisk of the same configuration with the same kind of callers and agents
(self-service is left out on both sides: only the distribution is compared). The rivals run one after another under each
load, with the same sequence of arrivals and talks; figures come from the events of each Asterisk (floor_watch says how
they are defined). `--quick` runs 110 % only, shortly.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Final

from benchmarks.figures import Figure, Figures, main, percentile
from benchmarks.floor_load import (
    ANSWER_MS,
    Course,
    agent_names,
    agents_at,
    append,
    capacity,
    connect_telephones,
    console,
    dialplan,
    empty,
    measured,
)
from benchmarks.floor_watch import Watched
from benchmarks.our_centre import WAY_TO_QUEUE, bench_centre, employ, sign_in
from dialplan.contract import softphone
from dialplan.render import AsteriskConfig
from tests.kit.asterisk import AsteriskNode
from tests.kit.call_centre import CallCentre
from tests.kit.sipp import Sipp
from tests.kit.udp import Address

AGENTS: Final = 30
OURS: Final = "ours"
STRATEGIES: Final = ("leastrecent", "rrmemory")
FULL: Final = (Course(0.9, 20, 45), Course(1.1, 20, 45))
QUICK: Final = (Course(1.1, 8, 15),)
OUR_NET: Final = "127.38.1"
THEIR_NET: Final = "127.38.2"
OUR_AGENTS: Final = (f"{OUR_NET}.21", 5060)
THEIR_AGENTS: Final = (f"{THEIR_NET}.21", 5060)

MEDIAN_MS: Final = 15.0
P95_MS: Final = 40.0
PART_OF_PEER: Final = 1 / 20
IDLE: Final = 0.3
SERVED: Final = 0.97

THEIR_QUEUE: Final = """
[bench-{strategy}]
strategy = {strategy}
timeout = 15
retry = 1
wrapuptime = 0
autofill = yes
ringinuse = no
musicclass = hold
joinempty = yes
leavewhenempty = no
announce-frequency = 0
timeoutrestart = no
autopause = no
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """A running Asterisk that distributes by `name`, its trunk's address and the address of its agents' telephones."""

    name: str
    config: AsteriskConfig
    callers: Address
    agents: Address


@asynccontextmanager
async def their_node() -> AsyncIterator[AsteriskConfig]:
    """An Asterisk of our own configuration whose app_queue serves the callers."""
    way = ("Queue(bench-${STRATEGY},r)", "Hangup()")
    with AsteriskNode.fresh(f"{THEIR_NET}.2", trunk=f"{THEIR_NET}.11", extra_extensions=dialplan(way)) as node:
        await connect_telephones(node.config, agent_names(AGENTS), THEIR_AGENTS)
        members = "\n".join(f"member => PJSIP/{softphone(name)}" for name in agent_names(AGENTS))
        queues = (f"{THEIR_QUEUE.format(strategy=strategy)}{members}\n" for strategy in STRATEGIES)
        append(node.config, "queues", "".join(queues))
        await console(node.config, "queue reload all")
        yield node.config


async def all_runs(courses: tuple[Course, ...]) -> Mapping[tuple[str, Course], Watched]:
    found: dict[tuple[str, Course], Watched] = {}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        centre, config = await stack.enter_async_context(bench_centre(OUR_NET, WAY_TO_QUEUE))
        await connect_telephones(config, agent_names(AGENTS), OUR_AGENTS)
        employ(centre, agent_names(AGENTS))
        theirs = await stack.enter_async_context(their_node())
        sipp = Sipp(config.tree.program("sipp"), folder)
        rivals = [Rival(OURS, config, (f"{OUR_NET}.11", 5100), OUR_AGENTS)]
        rivals += [Rival(strategy, theirs, (f"{THEIR_NET}.11", 5100), THEIR_AGENTS) for strategy in STRATEGIES]
        for course in courses:
            for rival in rivals:
                found[rival.name, course] = await run(sipp, rival, course, centre)
    return found


async def run(sipp: Sipp, rival: Rival, course: Course, centre: CallCentre) -> Watched:
    name = f"{rival.name}-{round(course.load * 100)}"
    server = (rival.config.bind, rival.config.sip_port)
    async with agents_at(sipp, name, rival.agents, server):
        if rival.name == OURS:
            await sign_in(centre, agent_names(AGENTS))
        else:
            await console(rival.config, f"dialplan set global STRATEGY {rival.name}")
        watched = await measured(rival.config, sipp, name, rival.callers, agent_names(AGENTS), course)
        await empty(rival.config)
    return watched


def figures_of(runs: Mapping[tuple[str, Course], Watched]) -> Figures:
    """Ours beside the better of app_queue's strategies, figure by figure."""
    figures: dict[str, Figure] = {}
    for course in dict.fromkeys(course for _, course in runs):
        peers = [runs[strategy, course] for strategy in STRATEGIES]
        for name, figure in _of_course(course, runs[OURS, course], peers).items():
            figures[f"{course.load:.0%}: {name}"] = figure
    return figures


def _of_course(course: Course, ours: Watched, peers: list[Watched]) -> Figures:
    median = min(_ms(peer, 0.5) for peer in peers)
    idle = min(peer.idle_while_waiting for peer in peers)
    served = SERVED * capacity(AGENTS) if course.load > 1 else None
    told = {
        "free to ring, median": Figure(_ms(ours, 0.5), "ms", min(MEDIAN_MS, PART_OF_PEER * median), median),
        "free to ring, p95": Figure(_ms(ours, 0.95), "ms", P95_MS, min(_ms(peer, 0.95) for peer in peers)),
        "idle while callers wait": Figure(ours.idle_while_waiting, "agents", IDLE, idle),
        "answered a second": Figure(_rate(ours), "calls", served, max(map(_rate, peers)), at_least=True),
        "abandoned": Figure(_abandoned(ours), "%", None, min(map(_abandoned, peers))),
        "fewest calls of an agent": Figure(min(ours.calls.values()), "", None, max(_fewest(peer) for peer in peers)),
        "most calls of an agent": Figure(max(ours.calls.values()), "", None, min(_most(peer) for peer in peers)),
        "mean talk": Figure(mean(ours.talks), "s", None, mean(peers[0].talks)),
    }
    return {name: replace(figure, note="peer: app_queue's better") for name, figure in told.items()}


def _rate(watched: Watched) -> float:
    return watched.answered / watched.window_s


def _fewest(watched: Watched) -> int:
    return min(watched.calls.values())


def _most(watched: Watched) -> int:
    return max(watched.calls.values())


def _ms(watched: Watched, share: float) -> float:
    return percentile(watched.free_to_ring, share) * 1000


def _abandoned(watched: Watched) -> float:
    return 100 * watched.abandoned / max(1, watched.offered)


def measure() -> Figures:
    courses = QUICK if "--quick" in sys.argv else FULL
    runs = asyncio.run(all_runs(courses))
    return figures_of(runs)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--quick"]
    sys.exit(main(f"Distribution: {AGENTS} agents, talk 3 s, ring {ANSWER_MS / 1000} s", measure, arguments))
