"""The shell of the engine: stand by for the lease, be the one writer, stand by again.

1. Standing by: ask for the lease every `STANDBY_S`. Who gets it loads the floor, connects to the switch (which tells
   what it really holds) and performs what the outbox still has.
2. One thread steps and commits, so that the order of events is one (acd.writer). Readers only queue (acd.intake);
   effects run on threads of their own, after their commit (acd.outbox).
3. Redis away: the commit in hand is tried again, nothing else is stepped, nothing beats, events wait in a bounded
   queue. When Redis is back and nobody wrote in between, the engine goes on; what Redis has lost is written anew.
4. Fenced: stop writing at once and stand by.
5. A step that raises is a fault of ours: the floor is loaded again and that one message is passed over.
"""

import threading
from collections.abc import Callable
from typing import Final

import redis
import structlog

from acd.errors import Fenced, StoreUnavailable, Unreadable
from acd.floor import Floor
from acd.intake import Intake
from acd.keyspace import Keys
from acd.ports import QueueSettings, Records, Switch
from acd.redis_store import RedisStore
from acd.writer import EngineFault, Outside, Writer
from calls.clock import AnchoredClock
from calls.ids import EventId

log = structlog.get_logger(__name__)

STANDBY_S: Final = 0.25


class Runner:
    """`run` until `stop`. `switch` makes a switch that is not connected yet: only the active writer has one."""

    def __init__(
        self,
        client: "redis.Redis",
        prefix: str,
        clock: AnchoredClock,
        switch: Callable[[], Switch],
        records: Records,
        settings: QueueSettings,
        away: tuple[type[Exception], ...] = (),
    ) -> None:
        """`away`: what `records` and `settings` raise when their database cannot be reached."""
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._make_switch = switch
        self._records = records
        self._settings = settings
        self._away = away
        self._stop = threading.Event()
        self._faulty: set[EventId] = set()
        self.active = threading.Event()
        """Set while this process is the writer."""

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Stand by, be the writer, stand by again, until `stop`."""
        store = RedisStore(self._client, self._prefix)
        while not self._stop.is_set():
            try:
                if store.acquire():
                    self._write(store)
            except (StoreUnavailable, Fenced, EngineFault) as error:
                log.warning("engine_stands_by", why=str(error))
            except Unreadable as error:
                log.error("floor_unreadable", why=str(error))
            self._stop.wait(STANDBY_S)

    def _write(self, store: RedisStore) -> None:
        outside = Outside(self._clock, self._make_switch(), self._records, self._away)
        writer = Writer(store, outside, self._faulty, self._read)
        self.active.set()
        try:
            writer.run(self._stop)
        finally:
            self.active.clear()

    def _read(self, intake: Intake, floor: Floor, entry: str) -> None:
        intake.read_settings(self._settings, self._away, empty=not floor.queues)
        intake.read_inbox(self._client, Keys(self._prefix)["inbox"], entry)
