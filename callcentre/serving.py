"""What every process of ours shares: its end at SIGTERM, its ready flag, its place in the roster, its limits."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from acd.redis_store import connect
from callcentre.attendance import Attendance
from callcentre.installation import Installation
from callcentre.roster import Kind, Roster
from calls.clock import AnchoredClock
from database.engine import Limits


def until_told_to_stop(stop: Callable[[], None]) -> None:
    """Call `stop` (from a thread of its own) at SIGTERM or SIGINT."""

    def told(_number: int, _frame: object) -> None:
        threading.Thread(target=stop, name="stop", daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


@contextmanager
def ready(flag: Path) -> Iterator[None]:
    """While inside, the flag file says that this process serves."""
    flag.touch(mode=0o600)
    try:
        yield
    finally:
        flag.unlink(missing_ok=True)


@dataclass(slots=True)
class Attended:
    """A process' clock, its place in the roster, and what it waits for: `over`, at SIGTERM."""

    clock: AnchoredClock
    place: Attendance
    over: threading.Event


def attended(installation: Installation, process: str, kind: Kind) -> Attended:
    """From here on SIGTERM sets `over`."""
    clock = AnchoredClock()
    settings = installation.settings
    roster = Roster(connect(installation.redis_url), settings.redis.prefix)
    over = threading.Event()
    until_told_to_stop(over.set)
    return Attended(clock, Attendance(roster, settings.asterisk.node, process, kind, clock), over)


def call_limits(installation: Installation) -> Limits:
    """The waits of everything that a caller or an agent waits for."""
    return Limits(statement_s=installation.settings.database.timeout_s)
