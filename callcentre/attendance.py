"""One process' place in the roster: it says what it does, and hears when it is to be drained or may serve again.

A process that starts while it is drained stands aside (`wait_until_wanted`) until it is undrained: so an upgrade is to
drain it, install, start it again, undrain. One that runs is told once, by `on_drain`; it finishes and ends.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from acd.errors import StoreUnavailable
from callcentre.roster import Doing, Drain, Entry, Kind, Roster, full_name
from calls.clock import Clock

log = structlog.get_logger(__name__)

EVERY_S: Final = 0.5


class Attendance:
    """`doing` and `busy` are asked each time; `on_drain` gets the seconds that are left, on a thread of its own."""

    def __init__(self, roster: Roster, node: str, process: str, kind: Kind, clock: Clock) -> None:
        self._roster = roster
        self._node, self._process, self._kind = node, process, kind
        self.name: Final = full_name(node, process)
        self._clock = clock
        self._over = threading.Event()
        self._drained = False
        self._drains: dict[str, Drain] = {}
        self._state: Callable[[], tuple[Doing, int]] = lambda: (Doing.STANDS_ASIDE, 0)
        self._on_drain: Callable[[float], None] | None = None
        self._in_pieces: Callable[[], int] = lambda: 0
        self._thread = threading.Thread(target=self._attend, name="attendance", daemon=True)

    @property
    def drains(self) -> frozenset[str]:
        """Everything that is drained, as last read: nodes by their name, processes as NODE/PROCESS."""
        return frozenset(self._drains)

    def wanted(self) -> bool:
        """Whether it may serve at once: nobody has drained it."""
        self._look()
        return self.name not in self._drains

    def wait_until_wanted(self, stop: threading.Event) -> bool:
        """Stand aside while drained; False when told to stop meanwhile."""
        told = False
        while not stop.is_set():
            self._look()
            if self.name not in self._drains:
                return True
            if not told:
                log.info("drained; standing aside until `callcentre undrain`", name=self.name)
                told = True
            self._tell()
            stop.wait(EVERY_S)
        self._leave()
        return False

    @contextmanager
    def serving(
        self,
        state: Callable[[], tuple[Doing, int]],
        on_drain: Callable[[float], None],
        in_pieces: Callable[[], int] = lambda: 0,
    ) -> Iterator[None]:
        """While inside, the roster is told `state` (what it does, how many it serves) and of sentences in pieces."""
        self._state, self._on_drain, self._in_pieces = state, on_drain, in_pieces
        self._thread.start()
        try:
            yield
        finally:
            self._over.set()
            self._thread.join(5)
            self._leave()

    def _attend(self) -> None:
        while not self._over.is_set():
            self._look()
            drain = self._drains.get(self.name)
            if drain is not None and not self._drained and self._on_drain is not None:
                self._drained = True
                left_s = max(0.0, (drain.until - self._clock.now()) / 1000)
                log.info("drained; finishing", name=self.name, by=drain.by, left_s=round(left_s))
                threading.Thread(target=self._on_drain, args=(left_s,), name="drain", daemon=True).start()
            self._tell()
            self._over.wait(EVERY_S)

    def _look(self) -> None:
        try:
            self._drains = dict(self._roster.drains())
        except StoreUnavailable:
            pass  # what was known last holds

    def _tell(self) -> None:
        doing, busy = self._state()
        if self._drained:
            doing = Doing.DRAINS
        entry = Entry(
            self._node, self._process, self._kind, doing, busy, os.getpid(), self._clock.now(), self._in_pieces()
        )
        try:
            self._roster.enter(entry)
        except StoreUnavailable:
            pass  # said by those who need Redis

    def _leave(self) -> None:
        try:
            self._roster.leave(self.name)
        except StoreUnavailable:
            pass
