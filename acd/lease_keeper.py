"""Keeps the lease of a writer that is alive and slow: on a crowded machine a load or a turn may take longer than it.

The writer renews for itself and learns from it that Redis is away; this thread only renews besides, and only as long as
the writer has given a sign within `HUNG_S`. A process that is killed or frozen renews nothing, so that a standby has
its lease as soon as before.
"""

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from acd.errors import Fenced, StoreUnavailable
from acd.redis_store import LEASE_S, RedisStore

HUNG_S: Final = 8.0
"""A writer that has turned nothing for so long is given up: its lease is over when the dialplan misses its beat."""
_EVERY_S: Final = LEASE_S / 4


class LeaseKeeper:
    """Renews while inside. What it cannot renew is the writer's to find out."""

    def __init__(self, store: RedisStore, hung_s: float = HUNG_S) -> None:
        self._store = store
        self._hung_s = hung_s
        self._alive_at = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def alive(self) -> None:
        """The writer's sign of life, once a turn."""
        self._alive_at = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(LEASE_S)

    def _keep(self) -> None:
        while not self._over.wait(_EVERY_S):
            if time.monotonic() - self._alive_at < self._hung_s:
                with suppress(StoreUnavailable, Fenced):
                    self._store.renew()
