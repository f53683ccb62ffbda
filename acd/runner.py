"""The shell of the engine: one writer that reads events, steps, commits, then has the effects performed.

1. Standing by: ask for the lease every `STANDBY_S`. Who gets it loads the floor, connects to the switch (which tells
   what it really holds) and performs what the outbox still has.
2. One thread steps and commits, so that the order of events is one. Readers only queue; effects run on the outbox.
3. That same thread renews the lease and beats: an engine that is frozen or cannot commit stops beating, and the
   dialplan rescues its callers.
4. Redis away: the commit in hand is tried again, nothing else is stepped, events wait in a bounded queue. When Redis is
   back, the lease is taken again; if nobody wrote in between, the whole floor is written anew, else we stand by.
5. Fenced: stop writing at once and stand by.
6. A step that raises is a fault of ours: the floor is loaded again and that one message is passed over.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import redis
import structlog

from acd import codec
from acd.effects import Effect, WriteRecord
from acd.engine import Step, next_deadline, step
from acd.errors import Fenced, StoreUnavailable, Unreadable
from acd.events import Event, Message, QueuesChanged, TimePassed
from acd.floor import Floor
from acd.keyspace import Keys
from acd.outbox import Outbox
from acd.ports import QueueSettings, Records, Switch, SwitchUnavailable
from acd.redis_store import LEASE_S, Commit, RedisStore
from calls.clock import AnchoredClock
from calls.ids import EventId, new_event_id

log = structlog.get_logger(__name__)

STANDBY_S: Final = 0.25
BEAT_S: Final = 1.0
RENEW_S: Final = LEASE_S / 4
RETRY_S: Final = 0.1
MOST_WAITING: Final = 100_000
"""Events held while Redis is away; each about a kilobyte."""
MOST_IN_ONE_COMMIT: Final = 64
SETTINGS_S: Final = 5.0
"""How soon a queue's changed settings hold."""
INBOX_WAIT_MS: Final = 1000


_Streams = Sequence[tuple[bytes, Sequence[tuple[bytes, dict[bytes, bytes]]]]]
"""What XREAD answers: the entries of each stream."""


class _EngineFault(Exception):
    """A step raised what it must not: the floor in memory may be half changed and is loaded again."""


@dataclass(frozen=True, slots=True)
class _Incoming:
    """An event of the switch, or a message of the inbox with its entry's id."""

    message: Message | None
    entry: str = ""


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
        self._keys = Keys(prefix)
        self._prefix = prefix
        self._clock = clock
        self._make_switch = switch
        self._records = records
        self._settings = settings
        self._database_away = away
        self._stop = threading.Event()
        self._faulty: set[EventId] = set()
        self.active = threading.Event()
        """Set while this process is the writer."""

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Stand by, be the writer, stand by again, until `stop`."""
        while not self._stop.is_set():
            store = RedisStore(self._client, self._prefix)
            try:
                if store.acquire():
                    _Writer(self, store).run()
            except (StoreUnavailable, Fenced) as error:
                log.warning("engine_stands_by", why=type(error).__name__)
            except _EngineFault:
                log.error("engine_starts_over", passed_over=len(self._faulty))
            except Unreadable as error:
                log.error("floor_unreadable", why=str(error))
            self._stop.wait(STANDBY_S)


class _Writer:
    """One time of holding the lease."""

    def __init__(self, runner: Runner, store: RedisStore) -> None:
        self._runner = runner
        self._store = store
        self._events: queue.Queue[_Incoming] = queue.Queue(MOST_WAITING)
        self._over = threading.Event()
        loaded = store.load()
        self._floor = Floor.restored(loaded.state)
        self._inbox = loaded.inbox
        runner._clock.never_before(loaded.state.at)
        self._switch = runner._make_switch()
        away: tuple[type[Exception], ...] = (SwitchUnavailable, StoreUnavailable, *runner._database_away)
        self._outbox = Outbox(self._perform, self._performed, away)
        self._left_over = loaded.outbox
        self._renewed = self._beaten = 0.0

    def run(self) -> None:
        log.info("engine_active", fence=self._store.fence, version=self._floor.version)
        self._runner.active.set()
        readers = [
            threading.Thread(target=self._read_inbox, name="inbox", daemon=True),
            threading.Thread(target=self._read_settings, name="settings", daemon=True),
        ]
        try:
            self._switch.listen(self._hear)
            for effect in self._left_over:
                self._outbox.put(effect)
            for reader in readers:
                reader.start()
            while not self._runner._stop.is_set():
                self._turn()
            self._store.release()
        finally:
            self._runner.active.clear()
            self._over.set()
            self._outbox.close()
            self._switch.close()
            for reader in readers:
                if reader.ident is not None:
                    reader.join(INBOX_WAIT_MS / 1000 + 3)
            log.info("engine_inactive")

    # --- one turn
    def _turn(self) -> None:
        now = time.monotonic()
        if now - self._renewed >= RENEW_S:
            self._keep_lease()
            self._renewed = now
        if now - self._beaten >= BEAT_S:
            self._switch.beat(self._runner._clock.now() // 1000)
            self._beaten = now
        commit = self._step_all(self._gather())
        if commit is not None:
            self._commit(commit)
            for effect in commit.effects():
                self._outbox.put(effect)

    def _gather(self) -> list[_Incoming]:
        """What has come: waits for the first until a deadline, the renewal or the beat is due."""
        due = next_deadline(self._floor)
        wait_s = min(RENEW_S, BEAT_S)
        if due is not None:
            wait_s = min(wait_s, max(0.0, (due - self._runner._clock.now()) / 1000))
        gathered: list[_Incoming] = []
        try:
            gathered.append(self._events.get(timeout=max(wait_s, 0.0005)))
            while len(gathered) < MOST_IN_ONE_COMMIT:
                gathered.append(self._events.get_nowait())
        except queue.Empty:
            pass
        return gathered

    def _step_all(self, incoming: list[_Incoming]) -> Commit | None:
        commit = Commit()
        tick = Message(EventId("tick"), self._runner._clock.now(), "clock", TimePassed())
        due = next_deadline(self._floor)
        messages = [one.message for one in incoming if one.message is not None]
        if due is not None and due <= tick.at:
            messages.append(tick)
        for message in messages:
            if message.message_id not in self._runner._faulty:
                commit.add(message, self._step(message))
        commit.inbox = max((one.entry for one in incoming if one.entry), key=_place, default="")
        if commit.inbox:
            self._inbox = commit.inbox
        worth = commit.inbox or any(done.taken for _, done in commit.steps)
        return commit if worth else None

    def _step(self, message: Message) -> Step:
        try:
            return step(self._floor, message)
        except Exception:
            # Without this one message the engine goes on; its text is in the inbox or the switch is asked anew.
            log.exception("engine_fault", event_type=type(message.event).__name__)
            self._runner._faulty.add(message.message_id)
            raise _EngineFault from None

    def _commit(self, commit: Commit) -> None:
        floor = self._floor
        try:
            self._store.commit(commit, floor.at, floor.pool, floor.settings_version)
        except StoreUnavailable:
            log.warning("store_away", version=floor.version)
            self._write_whole(commit.effects())

    def _keep_lease(self) -> None:
        try:
            self._store.renew()
        except StoreUnavailable:
            log.warning("store_away", version=self._floor.version)
            self._write_whole([])

    def _write_whole(self, effects: list[Effect]) -> None:
        """Wait for Redis; then, if nobody wrote in between, write all that we know. Raises Fenced."""
        former = self._store.fence
        while not self._runner._stop.is_set():
            self._runner._stop.wait(RETRY_S)
            try:
                if not self._hold_again(former):
                    continue
                outbox = {effect.effect_id: effect for effect in [*self._outbox.waiting(), *effects]}
                self._store.write_whole(self._floor.state(), list(outbox.values()), self._inbox)
            except StoreUnavailable:
                continue
            log.warning("store_back", version=self._floor.version)
            return

    def _hold_again(self, former: int) -> bool:
        """Whether the lease is ours still, or again without another writer in between. Raises Fenced."""
        try:
            self._store.renew()
        except Fenced:
            if not self._store.acquire():
                self._store.fence = former
                return False
            if self._store.fence != former + 1 and self._store.load().state.version > self._floor.version:
                self._store.release()
                raise
        return True

    # --- readers: they only queue
    def _hear(self, actor: str, event: Event) -> None:
        message = Message(new_event_id(), self._runner._clock.now(), actor, event)
        try:
            self._events.put_nowait(_Incoming(message))
        except queue.Full:
            log.error("event_dropped", event_type=type(event).__name__)

    def _read_inbox(self) -> None:
        name, entry = self._runner._keys["inbox"], self._inbox
        while not self._over.is_set():
            try:
                answer = self._runner._client.xread({name: entry}, count=256, block=INBOX_WAIT_MS)
            except redis.RedisError:
                self._over.wait(RETRY_S)
                continue
            for _, entries in cast(_Streams, answer or ()):
                for raw, fields in entries:
                    entry = raw.decode()
                    self._events.put(_Incoming(_readable(fields), entry))

    def _read_settings(self) -> None:
        known = -1
        while not self._over.is_set():
            try:
                queues, version = self._runner._settings.load()
                if version != known:
                    known = version
                    self._hear("settings", QueuesChanged(tuple(queues), version))
            except self._runner._database_away:
                log.warning("settings_unavailable")
            self._over.wait(SETTINGS_S)

    # --- effects
    def _perform(self, effect: Effect) -> None:
        if isinstance(effect.wish, WriteRecord):
            self._runner._records.write(effect.wish.record)
        else:
            self._switch.perform(effect.wish)

    def _performed(self, effect: Effect) -> None:
        self._store.performed(effect.effect_id)


def _readable(fields: dict[bytes, bytes]) -> Message | None:
    try:
        return codec.decode_message(fields.get(b"m", b""))
    except Unreadable as error:
        log.warning("message_unreadable", why=str(error))
        return None


def _place(entry: str) -> tuple[int, int]:
    milliseconds, _, count = entry.partition("-")
    return int(milliseconds), int(count)
