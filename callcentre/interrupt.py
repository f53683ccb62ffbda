"""Ctrl-C or SIGTERM while something is prepared: the work ends, and every process that it started with it.

1. The first signal raises `Interrupted` where the work is; folders and locks are given back on the way out.
2. Then all descendants are ended, also those in sessions of their own: orphans are handed to us (a "subreaper").
3. Work that does not end within `GRACE_S`, or a second signal, is cut off in the same way.
"""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

_PR_SET_CHILD_SUBREAPER = 36
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_S = 3.0
"""A transaction is rolled back and a folder removed within it."""
_END_S = 3.0
"""So long may a child take after SIGTERM; then it is killed."""
_GIVE_UP_S = 10.0
"""What not even SIGKILL has ended by then hangs in the kernel: nobody waits for it."""


class Interrupted(BaseException):
    """A person or the system wants us to stop; like KeyboardInterrupt no `except Exception` catches it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


@contextmanager
def no_orphans() -> Iterator[None]:
    """While inside, a signal ends the work and all its processes. Raises Interrupted. For the main thread."""
    told = threading.Event()

    def cut_off(number: int) -> None:
        end_descendants()
        os._exit(128 + number)

    def tell(number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            cut_off(number)
        told.set()
        cutting = threading.Timer(GRACE_S, cut_off, (number,))
        cutting.daemon = True
        cutting.start()
        raise Interrupted(number)

    former = {number: signal.signal(number, tell) for number in _SIGNALS}
    _adopt_orphans(True)
    try:
        yield
    finally:
        if told.is_set():
            end_descendants()
        _adopt_orphans(False)
        for number, handler in former.items():
            signal.signal(number, handler)


def end_descendants() -> None:
    """End every process below this one: SIGTERM first, SIGKILL for those that stay."""
    begun = time.monotonic()
    kill_from = begun + _END_S
    asked: set[int] = set()
    while (found := _descendants()) and time.monotonic() < begun + _GIVE_UP_S:
        killing = time.monotonic() > kill_from
        for pid in found if killing else found - asked:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if killing else signal.SIGTERM)
        asked |= found
        _bury()
        time.sleep(0.02)  # most are no children of ours, so there is nothing to wait on


def _bury() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _descendants() -> set[int]:
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def _parent(process: Path) -> int:
    try:
        # The name may hold spaces and brackets: what follows the last bracket is "state parent ...".
        return int((process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _adopt_orphans(on: bool) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)
