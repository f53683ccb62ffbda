"""A FastAGI server whose scripts a test writes: what Asterisk sends and hears is seen without our own AGI code."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from dialplan.render import AsteriskConfig


@dataclass(slots=True)
class BareAgiSession:
    """One AGI connection. `facts` are the agi_ lines; `heard` what Asterisk answered."""

    facts: Mapping[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[str] = field(default_factory=list)

    async def say(self, command: str) -> str:
        """Send one command; its answer, "" when Asterisk has closed the connection."""
        self.writer.write(command.encode() + b"\n")
        line = (await self.reader.readline()).decode("utf-8", "replace").rstrip("\n")
        self.heard.append(line)
        return line

    async def value(self, variable: str) -> str:
        """A channel variable, "" when unset."""
        answer = await self.say(f"GET VARIABLE {variable}")
        return answer.partition("(")[2].rpartition(")")[0]


Script = Callable[[BareAgiSession], Awaitable[None]]


@asynccontextmanager
async def bare_agi(config: AsteriskConfig, scripts: Mapping[str, Script]) -> AsyncIterator[list[BareAgiSession]]:
    """Serve the scripts by path (without the secret); the sessions so far. Paths unknown are closed at once."""
    sessions: list[BareAgiSession] = []
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        facts: dict[str, str] = {}
        while line := (await reader.readline()).decode("utf-8", "replace").rstrip("\n"):
            name, _, value = line.partition(": ")
            facts[name] = value
        session = BareAgiSession(facts, reader, writer)
        sessions.append(session)
        secret, _, path = facts.get("agi_network_script", "").partition("/")
        with suppress(ConnectionError):
            if secret == config.agi_secret and path in scripts:
                await scripts[path](session)
        writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(begin, config.agi_host, config.agi_port)
    try:
        yield sessions
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
