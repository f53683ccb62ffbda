"""What a page hears from the desk: the live stream, read without a browser.

async with streaming(client, "/floor/events") as page:
    rows = await page.next("rows")
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

SOON_S: Final = 5.0


class Stream:
    """A page's live stream: `next(name)` is the next event of that name, within `SOON_S` seconds."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self, name: str) -> Any:
        async with asyncio.timeout(SOON_S):
            while True:
                found, data = await self.any()
                if found == name:
                    return data

    async def any(self) -> tuple[str, Any]:
        """The next event, whatever its name. Errors: EOFError, the stream has ended."""
        name, data = "", ""
        async for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif not line and name:
                return name, json.loads(data)
        raise EOFError

    async def ended(self) -> bool:
        async with asyncio.timeout(SOON_S):
            try:
                while True:
                    await self.any()
            except EOFError:
                return True


@asynccontextmanager
async def streaming(client: httpx.AsyncClient, path: str) -> AsyncIterator[Stream]:
    async with client.stream("GET", path) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.aiter_lines())
