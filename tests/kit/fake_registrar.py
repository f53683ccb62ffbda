"""A switch's WebSocket for browser tests: takes registrations and calls, rings the page. SIP only, no media.

async with FakeRegistrar.listening("127.0.0.1") as switch:
    ... the page registers through the desk's /sip ...
    await switch.ring("agent-orlov", call_id)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from dialplan.contract import CALL_HEADER
from tests.kit import sip
from tests.kit.waiting import eventually

FINGERPRINT = ":".join(["AB"] * 32)


def _media(setup: str, direction: str = "sendrecv") -> bytes:
    """A description that a browser accepts; nobody is behind its address."""
    lines = (
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 9 UDP/TLS/RTP/SAVPF 0 101",
        "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", f"a={direction}", "a=rtcp-mux",
        "a=ice-ufrag:fake", "a=ice-pwd:fakefakefakefakefakefake", f"a=fingerprint:sha-256 {FINGERPRINT}",
        f"a=setup:{setup}", "a=candidate:1 1 UDP 2130706431 127.0.0.1 9 typ host", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


class FakeRegistrar:
    """`registered`: account -> how often; `heard`: every message of the pages, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.registered: dict[str, int] = {}
        self.heard: list[sip.Message] = []
        self.refuse = False
        self._sockets: dict[str, ServerConnection] = {}
        self._contacts: dict[str, bytes] = {}
        self._calls: dict[bytes, sip.Message] = {}

    @classmethod
    @asynccontextmanager
    async def listening(cls, address: str) -> AsyncIterator[Self]:
        switch = cls()
        async with serve(switch._serve, address, 0, subprotocols=[Subprotocol("sip")]) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            switch.url = f"ws://{address}:{port}/ws"
            yield switch

    def requests(self, method: str) -> list[sip.Message]:
        return [message for message in self.heard if not message.status and message.method == method]

    async def ring(self, account: str, call_id: str, number: str = "79123456789") -> None:
        """Ring the page that registered this account, for our call `call_id`."""
        await eventually(lambda: account in self._sockets, 5, f"{account} registers")
        invite = sip.Message(
            b"INVITE " + self._contacts[account] + b" SIP/2.0",
            (
                ("Via", b"SIP/2.0/WS 127.0.0.1;branch=" + sip.new_branch()),
                ("Max-Forwards", b"70"),
                ("From", f"<sip:{number}@127.0.0.1>;tag=".encode() + sip.token()),
                ("To", f"<sip:{account}@127.0.0.1>".encode()),
                ("Call-ID", sip.token()),
                ("CSeq", b"1 INVITE"),
                ("Contact", b"<sip:asterisk@127.0.0.1;transport=ws>"),
                (CALL_HEADER, call_id.encode()),
                ("Content-Type", b"application/sdp"),
            ),
            _media("actpass"),
        )
        self._calls[invite.get("Call-ID")] = invite
        await self._send(account, invite)

    async def hang_up(self, account: str) -> None:
        """End the newest call of this account."""
        answers = [m for m in self.heard if m.status == 200 and m.method == "INVITE"]
        invite = self._calls[answers[-1].get("Call-ID")]
        bye = sip.Message(
            b"BYE " + self._contacts[account] + b" SIP/2.0",
            (
                ("Via", b"SIP/2.0/WS 127.0.0.1;branch=" + sip.new_branch()),
                ("Max-Forwards", b"70"),
                ("From", invite.get("From")),
                ("To", answers[-1].get("To")),
                ("Call-ID", invite.get("Call-ID")),
                ("CSeq", b"2 BYE"),
            ),
        )
        await self._send(account, bye)

    async def cut(self, account: str) -> None:
        """The telephone's socket breaks."""
        await self._sockets.pop(account).close()

    async def _send(self, account: str, message: sip.Message) -> None:
        await self._sockets[account].send(sip.render(message).decode())

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            async for frame in socket:
                data = frame.encode() if isinstance(frame, str) else frame
                if data.strip():
                    await self._hear(socket, sip.parse(data))
        except ConnectionClosed:
            return

    async def _hear(self, socket: ServerConnection, message: sip.Message) -> None:
        self.heard.append(message)
        if message.status:
            await self._hear_answer(socket, message)
            return
        if message.method == "ACK":
            return
        leaves = b"expires=0" in message.get("Contact") or message.get("Expires") == b"0"
        if message.method == "REGISTER" and not self.refuse and not leaves:
            account = sip.user_of(sip.uri_of(message.get("To")))
            self._sockets[account] = socket
            # The first address: JsSIP writes another one in angle brackets behind it (+sip.instance).
            self._contacts[account] = message.get("Contact").partition(b"<")[2].partition(b">")[0]
            self.registered[account] = self.registered.get(account, 0) + 1
        status = 403 if message.method == "REGISTER" and self.refuse else 200
        headers: list[tuple[str, bytes]] = [("Contact", message.get("Contact") or b"<sip:asterisk@127.0.0.1>")]
        body = b""
        if message.method == "INVITE":
            headers = [("Contact", b"<sip:asterisk@127.0.0.1;transport=ws>"), ("Content-Type", b"application/sdp")]
            ours = message.get("Call-ID") in self._calls
            # Who began keeps the role in DTLS that it has; a page that holds us is only listened to.
            body = _media("passive" if ours else "active", "recvonly" if b"a=sendonly" in message.body else "sendrecv")
        elif message.method == "REGISTER":
            headers.append(("Expires", b"90"))
        await socket.send(sip.render(sip.response(message, status, sip.token(), headers, body)).decode())

    async def _hear_answer(self, socket: ServerConnection, answer: sip.Message) -> None:
        if answer.method != "INVITE" or answer.status < 200:
            return
        invite = self._calls[answer.get("Call-ID")]
        via = invite.get("Via") if answer.status >= 300 else b"SIP/2.0/WS 127.0.0.1;branch=" + sip.new_branch()
        ack = sip.Message(
            b"ACK " + invite.uri + b" SIP/2.0",
            (
                ("Via", via),
                ("Max-Forwards", b"70"),
                ("From", invite.get("From")),
                ("To", answer.get("To")),
                ("Call-ID", invite.get("Call-ID")),
                ("CSeq", b"1 ACK"),
            ),
        )
        await socket.send(sip.render(ack).decode())


async def until_registered(switch: FakeRegistrar, account: str, timeout_s: float = 10) -> None:
    await eventually(lambda: switch.registered.get(account, 0) > 0, timeout_s, f"{account} registers")
