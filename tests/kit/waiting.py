"""Wait for a condition with a deadline: what tests do instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

T = TypeVar("T")


class NotInTime(AssertionError):
    """The condition did not hold before its deadline; an assertion, so that a test fails rather than errs."""


@overload
async def eventually(
    condition: Callable[[], Coroutine[Any, Any, T | None]], timeout_s: float, what: str, every_s: float = 0.02
) -> T: ...
@overload
async def eventually(condition: Callable[[], T | None], timeout_s: float, what: str, every_s: float = 0.02) -> T: ...
async def eventually(condition: Callable[[], Any], timeout_s: float, what: str, every_s: float = 0.02) -> Any:
    """The first true value of `condition` (a function or a coroutine function), asked every `every_s` seconds.

    `what` completes the sentence "not within 2 s: ...". Errors: NotInTime after `timeout_s` seconds, with the last
    value seen. An exception of the condition passes through.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        asked = condition()
        value = await asked if inspect.isawaitable(asked) else asked
        if value:
            return value
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotInTime(f"not within {timeout_s:g} s: {what} (last seen: {value!r})")
        await asyncio.sleep(min(every_s, left))


def eventually_sync(condition: Callable[[], T | None], timeout_s: float, what: str, every_s: float = 0.02) -> T:
    """The same for code without an event loop."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotInTime(f"not within {timeout_s:g} s: {what} (last seen: {value!r})")
        time.sleep(min(every_s, left))
