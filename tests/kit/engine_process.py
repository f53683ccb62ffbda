"""`python -m tests.kit.engine_process URL`: an engine in a process of its own, to be killed or frozen by a test.

Its switch takes no wish, so that what is committed stays in the outbox for whoever takes over.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from acd.queues import FloorSettings
from acd.redis_store import connect
from acd.runner import Runner
from calls.clock import AnchoredClock
from calls.ids import AgentId
from calls.record import CallRecord
from staff.skills import Skills
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import REPAIRS, SALES


class Nowhere:
    """Queues of the tests; records are not kept."""

    def write(self, record: CallRecord) -> None:
        return None

    def skills(self) -> Mapping[AgentId, Skills]:
        return {}

    def load(self) -> FloorSettings:
        return FloorSettings((REPAIRS, SALES), version=1)


def deaf_switch() -> FakeSwitch:
    switch = FakeSwitch()
    switch.away = True
    return switch


def serve(url: str) -> None:
    runner = Runner(connect(url), "cc", AnchoredClock(), deaf_switch, Nowhere(), Nowhere())
    signal.signal(signal.SIGTERM, lambda _number, _frame: threading.Thread(target=runner.stop).start())
    runner.run()


@contextmanager
def engine_process(url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The process; whatever the test did to it, it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kit.engine_process", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


if __name__ == "__main__":
    serve(sys.argv[1])
