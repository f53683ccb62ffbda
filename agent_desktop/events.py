"""Server-sent events: the encoding, and the loop that mixes floor changes with a beat."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.responses import StreamingResponse

from agent_desktop.ports import Change, FloorUnavailable
from agent_desktop.workers import WorkersBusy
from customers.ports import CustomersUnavailable
from staff.ports import StaffUnavailable

TICK_S = 0.25
"""Rows of the floor are coalesced at 4 Hz: one rendering a tick, however many changes."""


def event(name: str, data: object, event_id: int | None = None) -> bytes:
    """One event; JSON has no raw line ends, so that data can never start another field."""
    head = b"" if event_id is None else b"id: %d\n" % event_id
    return head + b"event: " + name.encode("ascii") + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


ENDS_A_STREAM = (FloorUnavailable, CustomersUnavailable, StaffUnavailable, WorkersBusy)
"""What ends a stream quietly: the page shows that its data is old and comes again, until all is back."""


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The endless answer; buffering on the way is switched off."""
    return StreamingResponse(_quietly(events), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _quietly(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for part in events:
            yield part
    except ENDS_A_STREAM:
        return


class Feed:
    """Changes of the floor with deadlines: `next` waits for a change no longer than it is told to."""

    def __init__(self, changes: AsyncIterator[Change]) -> None:
        self._changes = changes
        self._pending: asyncio.Future[Change] | None = None

    async def next(self, timeout_s: float) -> Change | None:
        """The next change, or None when none came in time. Errors: StopAsyncIteration when the feed has ended."""
        if self._pending is None:
            self._pending = asyncio.ensure_future(anext(self._changes))
        done, _ = await asyncio.wait({self._pending}, timeout=max(0.0, timeout_s))
        if not done:
            return None
        pending, self._pending = self._pending, None
        return pending.result()

    async def close(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.gather(self._pending, return_exceptions=True)
        closing: Any = getattr(self._changes, "aclose", None)
        if closing is not None:
            await closing()


@asynccontextmanager
async def feed_of(changes: AsyncIterator[Change]) -> AsyncIterator[Feed]:
    feed = Feed(changes)
    try:
        yield feed
    finally:
        await feed.close()


class Beat:
    """When something regular is due: a beat, a question."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due = time.monotonic() + every_s

    def left_s(self) -> float:
        return max(0.0, self._due - time.monotonic())

    def due(self) -> bool:
        """Whether to send one now; the next is then counted from now."""
        if self.left_s() > 0:
            return False
        self._due = time.monotonic() + self._every_s
        return True
