"""The desk on a loopback port of its own, in the test's event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from agent_desktop.app import create_app
from tests.kit.fake_desk import FakeDesk
from tests.kit.waiting import eventually


@asynccontextmanager
async def serving(desk: FakeDesk, address: str = "127.0.0.1") -> AsyncIterator[str]:
    """The desk's address, e.g. http://127.0.0.1:41234, while inside."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 0))
    config = uvicorn.Config(
        create_app(desk.services()), log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    # The test's own process keeps its signals.
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    running = asyncio.create_task(server.serve([listener]))
    try:
        await eventually(lambda: server.started or running.done(), 10, "the desk starts")
        yield f"http://{address}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(running, 15)
        listener.close()


@contextmanager
def _no_signals() -> Iterator[None]:
    yield
