"""An application on a loopback port of its own, in a thread: for clients that wait."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from tests.kit.waiting import eventually_sync


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """Its address, http://127.0.0.1:41234, while inside; what it still answers then is given up."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_config=None, access_log=False, timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign] # the test's own process keeps its signals
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        eventually_sync(lambda: server.started or not thread.is_alive(), 10, "the server starts")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()


@contextmanager
def _no_signals() -> Iterator[None]:
    yield
