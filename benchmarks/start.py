"""First start, next start and stop of the whole call centre on this machine: `python -m benchmarks.start`.

The first start prepares a new state folder (database, prompts, keys); the private tree is there already
unless its cache is empty, which `CALLCENTRE_CACHE=/an/empty/folder` makes part of the figure.
"""

import sys
import time

from benchmarks.figures import Figure, Figures, main
from tests.kit.call_centre import CallCentre

FIRST_LIMIT_S = 300.0
NEXT_LIMIT_S = 10.0


def measure() -> Figures:
    centre = CallCentre.fresh("127.36.1", telephones="browser")
    started = time.monotonic()
    with centre:
        first_s = time.monotonic() - started
        stopping = time.monotonic()
        centre.stop()
        stop_s = time.monotonic() - stopping
        (centre.state / "run" / "running.json").unlink(missing_ok=True)
        starting = time.monotonic()
        centre.start()
        next_s = time.monotonic() - starting
    return {
        "first start": Figure(round(first_s, 2), "s", FIRST_LIMIT_S),
        "next start": Figure(round(next_s, 2), "s", NEXT_LIMIT_S),
        "stop": Figure(round(stop_s, 2), "s"),
    }


if __name__ == "__main__":
    sys.exit(main("Starting and stopping", measure))
