"""Performs effects on threads: those that share an order name one after another, everything else side by side.

An effect that fails because its outside is away is tried again, 0.1 s later, doubling to 5 s, until it is done or the
outbox is closed; those behind it wait. Effects are safe to perform twice, so a crash in between does no harm.
Records of calls that the database does not take are kept in the store alone when too many are in hand; their order does
not matter. All other effects are bounded by the calls and agents of the floor.
"""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import structlog

from acd.effects import Effect, WriteCallback, WriteRecord

log = structlog.get_logger(__name__)

SWITCH_THREADS: Final = 16
"""Each waits a few milliseconds for the switch."""
RECORD_THREADS: Final = 2
"""Apart from the others: a slow database must not keep telephones from ringing."""
MOST_RECORDS: Final = 1000
"""Records in hand while the database is away, each about two kilobytes."""
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0

Perform = Callable[[Effect], None]


@dataclass(slots=True)
class _Pending:
    effect: Effect
    before: int = 0
    """How many effects with a common order name are not done yet."""
    behind: list["_Pending"] = field(default_factory=list)
    tries: int = 0


class Outbox:
    """`perform` raises one of `away` when it is to be tried again; `done` is told each effect that was performed.

    `stored` gives all effects that the store keeps, those in hand too.
    """

    def __init__(
        self,
        perform: Perform,
        done: Callable[[Effect], None],
        stored: Callable[[], Iterable[Effect]],
        away: tuple[type[Exception], ...],
    ) -> None:
        self._perform = perform
        self._done = done
        self._stored = stored
        self._records_in_hand = 0
        self._left_in_store = False
        self._away = away
        self._lock = threading.Condition()
        self._last: dict[str, _Pending] = {}
        self._open: dict[str, _Pending] = {}
        self._later: list[tuple[float, str]] = []
        self._closed = False
        self._switch = ThreadPoolExecutor(SWITCH_THREADS, "effect")
        self._records = ThreadPoolExecutor(RECORD_THREADS, "record")
        self._timer = threading.Thread(target=self._retry, name="effects-retry", daemon=True)
        self._timer.start()

    def put(self, effect: Effect) -> None:
        """Perform it as soon as its order allows; one that is in hand already is left alone."""
        with self._lock:
            if self._closed or effect.effect_id in self._open:
                return
            if isinstance(effect.wish, WriteRecord):
                if self._records_in_hand >= MOST_RECORDS:
                    self._left_in_store = True
                    return
                self._records_in_hand += 1
            pending = _Pending(effect)
            self._open[effect.effect_id] = pending
            for name in effect.order:
                former = self._last.get(name)
                if former is not None:
                    former.behind.append(pending)
                    pending.before += 1
                self._last[name] = pending
            if not pending.before:
                self._submit(pending)

    def refill(self) -> None:
        """Take records that were left in the store, when there is room again. Raises StoreUnavailable, Unreadable."""
        if not self._left_in_store or self._records_in_hand > MOST_RECORDS // 2:
            return
        self._left_in_store = False
        for effect in self._stored():
            if isinstance(effect.wish, WriteRecord):
                self.put(effect)

    def waiting(self) -> list[Effect]:
        """What is not performed yet."""
        with self._lock:
            return [pending.effect for pending in self._open.values()]

    def close(self) -> None:
        """Begin nothing more; what runs is waited for."""
        with self._lock:
            self._closed = True
            self._lock.notify_all()
        self._timer.join(5)
        self._switch.shutdown(cancel_futures=True)
        self._records.shutdown(cancel_futures=True)

    def _submit(self, pending: _Pending) -> None:
        pool = self._records if isinstance(pending.effect.wish, WriteRecord | WriteCallback) else self._switch
        if not self._closed:
            pool.submit(self._run, pending)

    def _run(self, pending: _Pending) -> None:
        effect = pending.effect
        try:
            self._perform(effect)
            self._done(effect)
        except self._away as away:
            self._try_later(pending, away)
            return
        except Exception:
            # A fault of ours must not stop everything behind this effect; it stays in the store for a restart.
            log.exception("effect_failed", effect=effect.effect_id, wish=type(effect.wish).__name__)
        self._finish(pending)

    def _finish(self, pending: _Pending) -> None:
        with self._lock:
            self._open.pop(pending.effect.effect_id, None)
            if isinstance(pending.effect.wish, WriteRecord):
                self._records_in_hand -= 1
            for name in pending.effect.order:
                if self._last.get(name) is pending:
                    del self._last[name]
            for follower in pending.behind:
                follower.before -= 1
                if not follower.before:
                    self._submit(follower)

    def _try_later(self, pending: _Pending, away: Exception) -> None:
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**pending.tries)
        if pending.tries == 0:
            log.warning("effect_waits", effect=pending.effect.effect_id, why=type(away).__name__)
        pending.tries += 1
        with self._lock:
            heapq.heappush(self._later, (time.monotonic() + pause_s, pending.effect.effect_id))
            self._lock.notify_all()

    def _retry(self) -> None:
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    pending = self._open.get(heapq.heappop(self._later)[1])
                    if pending is not None:
                        self._submit(pending)
                self._lock.wait(self._later[0][0] - now if self._later else None)
