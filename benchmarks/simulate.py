"""How fast days are simulated with the real engine: `python -m benchmarks.simulate [calls, a million by default]`.

30 agents at 90 % load without end, exponential talk and patience, wrap-up ended by the agent: four messages a call. The
time is that of the processor, on one core.
"""

import sys
import time

from acd.queues import Queue
from benchmarks.figures import Figure, Figures, main
from calls.ids import QueueId
from simulation.callers import Profile, Stream
from simulation.chances import Exponential
from simulation.crew import crew_of
from simulation.scenario import SILENT, Scenario
from simulation.world import simulate

CALLS = 1_000_000
LIMIT_MIN = 15.0
"""For a million calls."""
AGENTS, LOAD, TALK_S, WRAP_UP_S = 30, 0.9, 180.0, 30.0


def measure(calls: int) -> Figures:
    queue = Queue(QueueId("line"), "Line", 20, frozenset(), wrap_up_s=3600, announcements=SILENT)
    rate = LOAD * AGENTS / (TALK_S + WRAP_UP_S)
    stream = Stream(
        queue.queue_id, Profile((rate * 3600,)), Exponential(TALK_S), Exponential(WRAP_UP_S), Exponential(300.0)
    )
    day = Scenario((queue,), (stream,), crew_of(AGENTS), calls / rate)
    started = time.process_time()
    outcome = simulate(day, 1)
    took_s = time.process_time() - started
    return {
        "calls": Figure(outcome.calls, ""),
        "a million calls": Figure(round(took_s / outcome.calls * 1e6 / 60, 2), "min", LIMIT_MIN),
        "calls a second": Figure(round(outcome.calls / took_s), "1/s"),
        "events a second": Figure(round(outcome.steps / took_s), "1/s"),
    }


if __name__ == "__main__":
    short = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1].isdigit() else []
    count = int(short[0]) if short else CALLS
    sys.exit(main("Simulated days", lambda: measure(count), sys.argv[1 + len(short) :]))
