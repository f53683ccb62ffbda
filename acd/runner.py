"""The shell of the engine: stand by for the lease, be the one writer, stand by again.

1. Standing by: ask for the lease every `STANDBY_S`. Who gets it loads the floor, connects to the switch (which tells
   what it really holds) and performs what the outbox still has.
2. One thread steps and commits, so that the order of events is one (acd.writer). Readers only queue (acd.intake);
   effects run on threads of their own, after their commit (acd.outbox).
3. Redis away: the commit in hand is tried again, nothing else is stepped, nothing beats, events wait in a bounded
   queue. When Redis is back and nobody wrote in between, the engine goes on; what Redis has lost is written anew.
   A standby that finds Redis back waits `RETURN_S` first: the former writer has heard what happened meanwhile.
4. Fenced: stop writing at once and stand by.
5. A step that raises is a fault of ours: the floor is loaded again and that one message is passed over.
"""

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import redis
import structlog

from acd.errors import Fenced, StoreUnavailable, Unreadable
from acd.event_log import EventLog
from acd.floor import Floor
from acd.intake import Intake
from acd.keyspace import Keys
from acd.lease_keeper import LeaseKeeper
from acd.ports import CallbackStore, NoCallbackStore, QueueSettings, Records, Switch
from acd.redis_store import RedisStore
from acd.writer import EngineFault, Outside, Writer
from calls.clock import AnchoredClock
from calls.ids import EventId

log = structlog.get_logger(__name__)

STANDBY_S: Final = 0.25
STANDBY_SAID_S: Final = 1.0
"""How often a process that waits for the lease says so (the monitor misses it otherwise)."""
SLOW_S: Final = 1.0
"""An answer of Redis that took so long came after a stretch in which it served nobody; a shorter one lost no lease."""
RETURN_S: Final = 1.5
"""How long a standby leaves the lease to the former writer when Redis answers again; less than the beat's limit."""


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
        callbacks: CallbackStore | None = None,
    ) -> None:
        """`away`: what `records` and `settings` raise when their database cannot be reached."""
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._make_switch = switch
        self._records = records
        self._settings = settings
        self._callbacks = callbacks or NoCallbackStore()
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
        name = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        said_at, away_at = -STANDBY_SAID_S, -RETURN_S
        while not self._stop.is_set():
            asked_at = time.monotonic()
            try:
                free = store.lease_is_free()
                if (now := time.monotonic()) - asked_at >= SLOW_S:
                    away_at = now
                if free and now - away_at >= RETURN_S and store.acquire():
                    store.stand_by_no_more(name)
                    self._write(store)
                elif time.monotonic() - said_at >= STANDBY_SAID_S:
                    said_at = time.monotonic()
                    store.stand_by(name)
            except StoreUnavailable as error:
                away_at = time.monotonic()
                log.warning("engine_stands_by", why=str(error))
            except (Fenced, EngineFault) as error:
                log.warning("engine_stands_by", why=str(error))
            except Unreadable as error:
                log.error("floor_unreadable", why=str(error))
            self._stop.wait(STANDBY_S)

    def _write(self, store: RedisStore) -> None:
        outside = Outside(self._clock, self._make_switch(), self._records, self._callbacks, self._away)
        snapshot = EventLog(self._client, self._prefix).snapshot
        with LeaseKeeper(store) as keeper:
            writer = Writer(store, outside, self._faulty, self._read, snapshot, keeper.alive)
            self.active.set()
            try:
                writer.run(self._stop)
            finally:
                self.active.clear()

    def _read(self, intake: Intake, floor: Floor, entry: str) -> None:
        skills = {agent.agent_id: agent.skills for agent in floor.agents.values()}
        intake.read_settings(self._settings, self._away, skills, empty=not floor.queues)
        intake.read_callbacks(self._callbacks, self._away)
        intake.read_inbox(self._client, Keys(self._prefix)["inbox"], entry)
