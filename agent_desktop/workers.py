"""The desk's bounded pool of threads for the synchronous ports (the database)."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

WAITING_PER_THREAD = 16
"""More waiting work than this a thread would only time out later: it is refused at once."""


class WorkersBusy(Exception):
    """The database is too slow for the work asked; the page says so and may ask again."""


class Workers:
    """`run` performs a synchronous function in a thread. At most `threads` run, and sixteen times as many wait."""

    def __init__(self, threads: int, wait_s: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="desk")
        self._places = threads * (1 + WAITING_PER_THREAD)
        self._taken = 0
        self._wait_s = wait_s

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer. Errors: its own, and WorkersBusy when there is no place or no answer in time."""
        if self._taken >= self._places:
            raise WorkersBusy(f"{self._taken} pieces of work wait for the database. Try again in a moment.")
        self._taken += 1
        done = self._pool.submit(functools.partial(function, *args, **kwargs))
        future = asyncio.wrap_future(done)
        done.add_done_callback(self._leave_from(asyncio.get_running_loop()))
        try:
            return await asyncio.wait_for(future, self._wait_s)
        except TimeoutError as late:
            raise WorkersBusy(f"No answer of the database within {self._wait_s:g} s. Try again in a moment.") from late

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _leave_from(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        """Frees the place when the thread is really done: a timed-out query still occupies its thread."""

        def leave() -> None:
            self._taken -= 1

        def done(_: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(leave)

        return done
