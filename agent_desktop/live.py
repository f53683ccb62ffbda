"""The floor as the desk sees it: read once from the engine's store, then kept current by its stream of changes.

1. A snapshot and its version are read in one transaction; the changes after it have the entry ids VERSION-0.
2. One reader a process feeds all pages. A page that does not keep up is dropped and starts again from a view.
3. While Redis is away the view stays as it was and `view` says so after `STALE_S`; afterwards a new snapshot is read.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, cast

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from acd import codec
from acd.change import FloorChange
from acd.errors import Unreadable
from acd.events import SCHEMA_VERSION, Answer, Event, Message
from acd.figures import Report
from acd.keyspace import INBOX_LIMIT, Keys
from acd.model import Agent, Call, WrapUp
from acd.queues import Queue
from agent_desktop.ports import Change, FloorUnavailable, FloorView
from calls.clock import Clock
from calls.ids import AgentId, CallId, QueueId, new_event_id

log = structlog.get_logger(__name__)

ANSWER_S: Final = 3.0
BLOCK_MS: Final = 1000
RETRY_S: Final = 0.2
STALE_S: Final = 5.0
REPORT_STALE_S: Final = 10.0
"""What the monitor told longer ago is shown no more: it is away."""
BACKLOG: Final = 2000
"""Changes that a slow page may be behind."""


class RedisFloor:
    """See agent_desktop.ports.Floor. `start` it in the loop that serves the pages, `close` it there."""

    def __init__(self, url: str, prefix: str, clock: Clock) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=ANSWER_S + 2, max_connections=200)
        self._keys = Keys(prefix)
        self._clock = clock
        self._view: FloorView | None = None
        self._report: Report | None = None
        self._known = asyncio.Event()
        self._heard_at = 0.0
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._reader = asyncio.create_task(self._follow(), name="floor")

    async def close(self) -> None:
        """End the reader and every page's stream."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        for listener in tuple(self._listeners):
            _end(listener)
        await self._client.aclose()

    async def view(self) -> FloorView:
        """Raises FloorUnavailable when the store has been silent for longer than `STALE_S`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._known.wait(), ANSWER_S)
        late_s = asyncio.get_running_loop().time() - self._heard_at
        if self._view is None or late_s > STALE_S:
            raise FloorUnavailable("The engine's store does not answer.")
        report = self._report
        fresh = report is not None and self._clock.now() - report.at <= REPORT_STALE_S * 1000
        return replace(self._view, report=report if fresh else None)

    def changes(self) -> AsyncIterator[Change]:
        listener: asyncio.Queue[Change | None] = asyncio.Queue(BACKLOG)
        self._listeners.add(listener)
        return self._changes(listener)

    async def ask(self, user: AgentId, event: Event) -> Answer:
        message = Message(new_event_id(), self._clock.now(), f"user:{user}", event)
        try:
            if await self._client.xlen(self._keys["inbox"]) >= INBOX_LIMIT:
                raise FloorUnavailable("Too many messages wait for the engine.")
            await self._client.xadd(self._keys["inbox"], {"m": codec.encode_message(message)})
            waiting = self._client.blpop([self._keys.answer(message.message_id)], timeout=ANSWER_S)
            found = cast(Sequence[bytes] | None, await waiting)
        except RedisError as error:
            raise FloorUnavailable("The engine's store does not answer.") from error
        if not found:
            raise FloorUnavailable("The engine did not answer in time.")
        return codec.decode_answer(found[1])

    async def _changes(self, listener: "asyncio.Queue[Change | None]") -> AsyncIterator[Change]:
        try:
            while (change := await listener.get()) is not None:
                yield change
        finally:
            self._listeners.discard(listener)

    async def _follow(self) -> None:
        while True:
            try:
                view = await self._snapshot()
                self._show(view)
                await self._read_changes(view.version)
            except (RedisError, Unreadable) as error:
                log.warning("floor_feed_broken", why=type(error).__name__)
            for listener in tuple(self._listeners):
                _end(listener)
            await asyncio.sleep(RETRY_S)

    def _show(self, view: FloorView) -> None:
        self._view = view
        self._heard_at = asyncio.get_running_loop().time()
        self._known.set()

    async def _snapshot(self) -> FloorView:
        pipe = self._client.pipeline(transaction=True)
        pipe.hgetall(self._keys["floor"])
        for name in ("queues", "calls", "agents", "wrap_ups"):
            pipe.hgetall(self._keys[name])
        floor, queues, calls, agents, wrap_ups = cast(list[dict[bytes, bytes]], await pipe.execute())
        schema = int(floor.get(b"schema", SCHEMA_VERSION))
        return FloorView(
            version=int(floor.get(b"version", 0)),
            at=int(floor.get(b"at", 0)),
            queues={QueueId(key.decode()): codec.decode(text, Queue, schema) for key, text in queues.items()},
            calls={CallId(key.decode()): codec.decode(text, Call, schema) for key, text in calls.items()},
            agents={AgentId(key.decode()): codec.decode(text, Agent, schema) for key, text in agents.items()},
            wrapping={AgentId(key.decode()): codec.decode(text, WrapUp, schema).call for key, text in wrap_ups.items()},
        )

    async def _read_changes(self, version: int) -> None:
        """Follow the stream until it breaks, or the store starts over with an older version."""
        entry, told = f"{version}-0", "$"
        changes, reports = self._keys["changes"], self._keys["reports"]
        while True:
            answer = cast(Any, await self._client.xread({changes: entry, reports: told}, count=500, block=BLOCK_MS))
            self._heard_at = asyncio.get_running_loop().time()
            found = {name.decode(): entries for name, entries in answer or ()}
            for raw, fields in found.get(reports, ()):
                told = raw.decode()
                self._tell(codec.decode(fields[b"r"], Report))
            for raw, fields in found.get(changes, ()):
                entry = raw.decode()
                self._apply(codec.decode(fields[b"c"], FloorChange))
            if changes not in found and await self._started_over(entry):
                return

    def _tell(self, report: Report) -> None:
        """The monitor's newest report: pages look whether a row of theirs has changed."""
        self._report = report
        if self._view is not None:
            self._pass_on(Change(self._view.version, {}, {}, {}))

    async def _started_over(self, entry: str) -> bool:
        stored = cast(bytes | None, await self._client.hget(self._keys["floor"], "version"))
        return int(stored or 0) != int(entry.partition("-")[0])

    def _apply(self, stored: FloorChange) -> None:
        assert self._view is not None  # noqa: S101 - shown before any change is read
        view = self._view
        view = FloorView(
            stored.version,
            self._clock.now(),
            _changed(view.queues, stored.queues),
            _changed(view.calls, stored.calls),
            _changed(view.agents, stored.agents),
            _changed(view.wrapping, stored.wrapping),
        )
        self._show(view)
        self._pass_on(Change(stored.version, stored.calls, dict(stored.agents), stored.wrapping))

    def _pass_on(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            try:
                listener.put_nowait(change)
            except asyncio.QueueFull:
                self._listeners.discard(listener)
                _end(listener)


def _changed(known: dict[Any, Any], changes: dict[Any, Any]) -> dict[Any, Any]:
    if not changes:
        return known
    kept = known | changes
    for key, value in changes.items():
        if value is None:
            del kept[key]
    return kept


def _end(listener: "asyncio.Queue[Change | None]") -> None:
    while listener.full():
        listener.get_nowait()
    listener.put_nowait(None)
