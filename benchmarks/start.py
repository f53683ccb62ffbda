"""First start, next start and stop of the whole call centre on this machine: `python -m benchmarks.start`.

The first start has nothing: a fresh clone of this checkout (what is not committed is not in it), no .venv, an empty
cache, an empty state folder, no download kept by pip or npm. It is `./run` as a stranger types it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, Figures, main
from tests.kit.call_centre import CallCentre

FIRST_LIMIT_S = 300.0
NEXT_LIMIT_S = 10.0
_HERE = Path(__file__).parents[1]
_CLONE_S = 60
AS_IT_COMES = '[payments]\ngateway = "auto"\n'


def measure() -> Figures:
    with tempfile.TemporaryDirectory(prefix="cc-", ignore_cleanup_errors=True) as folder:
        checkout, state = Path(folder) / "clone", Path(folder) / "state"
        state.mkdir()
        subprocess.run(["git", "clone", "-q", str(_HERE), str(checkout)], check=True, timeout=_CLONE_S)
        started = time.monotonic()
        with CallCentre("127.36.1", state, "browser", more=AS_IT_COMES, checkout=checkout) as centre:
            first_s = time.monotonic() - started
            stopping = time.monotonic()
            centre.stop()
            stop_s = time.monotonic() - stopping
            starting = time.monotonic()
            centre.start()
            next_s = time.monotonic() - starting
    return {
        "first start, from nothing": Figure(round(first_s, 2), "s", FIRST_LIMIT_S),
        "next start": Figure(round(next_s, 2), "s", NEXT_LIMIT_S),
        "stop": Figure(round(stop_s, 2), "s"),
    }


if __name__ == "__main__":
    sys.exit(main("Starting and stopping", measure))
