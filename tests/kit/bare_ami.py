"""A plain AMI client for tests: it believes every byte and keeps every event, so that a test sees what was sent."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from dialplan.render import AsteriskConfig
from dialplan.softphones import AccountOrder
from tests.kit.waiting import eventually

Packet = Mapping[str, str]

_KEPT: Final = 20_000
_ANSWER_S: Final = 5.0


class BareAmi:
    """Made by `bare_ami`. `events` holds the newest 20,000, oldest first."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._answers: dict[str, asyncio.Future[Packet]] = {}
        self._count = 0
        self.welcome: Packet = {}
        """The answer to the login."""
        self.events: Final[deque[Packet]] = deque(maxlen=_KEPT)

    async def act(self, action: str, headers: Mapping[str, str | tuple[str, ...]] | None = None) -> Packet:
        """Send one action; its answer. A header with several values is sent once a value. Errors: TimeoutError."""
        self._count += 1
        key = f"t{self._count}"
        lines = [f"Action: {action}", f"ActionID: {key}"]
        for name, value in (headers or {}).items():
            lines += [f"{name}: {one}" for one in ((value,) if isinstance(value, str) else value)]
        self._answers[key] = asyncio.get_running_loop().create_future()
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(_ANSWER_S):
            return await self._answers[key]

    async def event(self, wanted: Callable[[Packet], bool], timeout_s: float, what: str) -> Packet:
        """The oldest kept event that is wanted, also one from before. Errors: NotInTime."""
        return await eventually(lambda: next((e for e in self.events if wanted(e)), None), timeout_s, what) or {}

    async def originate(self, order: AccountOrder) -> bool:
        """Open or close a softphone's account; whether it was done."""
        variables = tuple(f"{name}={value}" for name, value in order.variables.items())
        place = {"Channel": order.channel, "Context": order.context, "Exten": order.exten, "Priority": "1"}
        await self.act("Originate", {**place, "Async": "true", "Timeout": "5000", "Variable": variables})
        key = f"t{self._count}"
        done = await self.event(
            lambda e: e.get("Event") == "OriginateResponse" and e.get("ActionID") == key,
            _ANSWER_S,
            "the account's answer",
        )
        return done["Response"] == "Success"

    async def read(self) -> None:
        """Take packets until the connection ends."""
        while True:
            try:
                text = (await self._reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            packet: dict[str, str] = {}
            for line in text.split("\r\n"):
                name, _, value = line.partition(": ")
                packet[name] = packet[name] + "\n" + value if name in packet else value
            answer = self._answers.pop(packet.get("ActionID", ""), None) if "Response" in packet else None
            if answer is not None and not answer.done() and "Event" not in packet:
                answer.set_result(packet)
            elif "Event" in packet:
                self.events.append(packet)


@asynccontextmanager
async def bare_ami(
    config: AsteriskConfig, user: str | None = None, secret: str | None = None
) -> AsyncIterator[BareAmi]:
    """A connection that has logged in (or tried to: see `welcome`). Errors: OSError."""
    reader, writer = await asyncio.open_connection(config.control, config.ami_port, limit=1 << 22)
    await reader.readline()
    ami = BareAmi(reader, writer)
    reading = asyncio.create_task(ami.read())
    try:
        name, word = user or config.ami_user, config.ami_secret if secret is None else secret
        ami.welcome = await ami.act("Login", {"Username": name, "Secret": word})
        yield ami
    finally:
        reading.cancel()
        writer.close()
