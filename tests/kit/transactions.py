"""SIP transactions over UDP (RFC 3261, 17): what is lost is sent again, what comes twice is answered alike.

Requests are repeated from T1 = 500 ms, doubling; an INVITE until any answer, others until the final one, all until
64 T1. A final answer to an INVITE is repeated until its ACK. Everything runs on timers of the event loop: no task.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.kit.sip import Message, SipError, parse, render, response
from tests.kit.udp import Address, UdpSocket

T2_S: Final = 4.0
_REMEMBERED: Final = 4096
"""Finished transactions whose repetitions are still recognised."""

Answered = Callable[[Message, float], None]
Asked = Callable[[Message, Address, float], None]


@dataclass(slots=True)
class _Asking:
    request: Message
    to: Address
    answered: Answered
    wait_s: float
    deadline: float
    timer: asyncio.TimerHandle | None = None
    provisional: bool = False
    final: bool = False


@dataclass(slots=True)
class _Answering:
    datagram: bytes
    to: Address
    wait_s: float
    deadline: float
    timer: asyncio.TimerHandle | None = None


class Transactions:
    """One SIP socket with its client and server transactions."""

    def __init__(self, ip: str, port: int, asked: Asked, t1_s: float = 0.5) -> None:
        self._asked = asked
        self._t1_s = t1_s
        self._loop = asyncio.get_running_loop()
        self._asking: OrderedDict[tuple[bytes, str], _Asking] = OrderedDict()
        self._answers: OrderedDict[tuple[bytes, str], bytes] = OrderedDict()
        self._answering: dict[tuple[bytes, int], _Answering] = {}
        self._socket = UdpSocket(ip, port, self._receive)
        self.address: Final = self._socket.address
        self.deaf = False
        """True: everything that arrives is lost, as with a telephone whose cable is pulled."""
        self.malformed = 0

    def ask(self, request: Message, to: Address, answered: Answered) -> None:
        """Send a request, again and again until it is answered.

        `answered` is called with each response and its arrival; with a 408 of our own when none came in 64 T1.
        """
        asking = _Asking(request, to, answered, self._t1_s, self._loop.time() + 64 * self._t1_s)
        self._asking[request.branch, request.method] = asking
        self._forget(self._asking)
        self._send_again(asking)

    async def exchange(self, request: Message, to: Address, timeout_s: float) -> Message:
        """The final response to a request. Errors: TimeoutError naming the request."""
        final: asyncio.Future[Message] = self._loop.create_future()

        def answered(message: Message, at: float) -> None:
            if message.status >= 200 and not final.done():
                final.set_result(message)

        self.ask(request, to, answered)
        try:
            async with asyncio.timeout(timeout_s):
                return await final
        except TimeoutError as error:
            _cancel(self._asking[request.branch, request.method].timer)
            raise TimeoutError(f"no answer to {request.method} from {to[0]}:{to[1]} in {timeout_s:g} s") from error

    def send(self, message: Message, to: Address) -> None:
        """Send once, outside of any transaction: an ACK."""
        self._socket.send(render(message), to)

    def answer(self, request: Message, reply: Message, to: Address) -> None:
        """Answer a request; the final answer to an INVITE is repeated until its ACK."""
        datagram = render(reply)
        self._answers[request.branch, request.method] = datagram
        self._forget(self._answers)
        if request.method == "INVITE" and reply.status >= 200:
            answering = _Answering(datagram, to, self._t1_s, self._loop.time() + 64 * self._t1_s)
            self._stop_answering(request)
            self._answering[request.get("Call-ID"), request.number] = answering
            self._answer_again(answering)
        else:
            self._socket.send(datagram, to)

    def close(self) -> None:
        """Cancel each timer and close the socket."""
        for asking in self._asking.values():
            _cancel(asking.timer)
        for answering in self._answering.values():
            _cancel(answering.timer)
        self._answering.clear()
        self._socket.close()

    def _forget(
        self, remembered: "OrderedDict[tuple[bytes, str], _Asking] | OrderedDict[tuple[bytes, str], bytes]"
    ) -> None:
        while len(remembered) > _REMEMBERED:
            _, oldest = remembered.popitem(last=False)
            if isinstance(oldest, _Asking):
                _cancel(oldest.timer)

    def _send_again(self, asking: _Asking) -> None:
        if self._loop.time() >= asking.deadline:
            asking.final = True
            asking.answered(response(asking.request, 408, b"none"), self._loop.time())
            return
        self._socket.send(render(asking.request), asking.to)
        wait = min(asking.wait_s, asking.deadline - self._loop.time())
        asking.timer = self._loop.call_later(wait, self._send_again, asking)
        longest = 64 * self._t1_s if asking.request.method == "INVITE" else T2_S
        asking.wait_s = min(2 * asking.wait_s, longest)

    def _answer_again(self, answering: _Answering) -> None:
        if self._loop.time() < answering.deadline:
            self._socket.send(answering.datagram, answering.to)
            answering.timer = self._loop.call_later(answering.wait_s, self._answer_again, answering)
            answering.wait_s = min(2 * answering.wait_s, T2_S)

    def _stop_answering(self, message: Message) -> None:
        answering = self._answering.pop((message.get("Call-ID"), message.number), None)
        if answering is not None:
            _cancel(answering.timer)

    def _receive(self, datagram: bytes, sender: Address, at: float) -> None:
        if self.deaf or not datagram.strip():
            return
        try:
            message = parse(datagram)
        except SipError:
            self.malformed += 1
            return
        if message.status:
            self._response(message, at)
        elif message.method == "ACK":
            self._stop_answering(message)
            self._asked(message, sender, at)
        elif (message.branch, message.method) in self._answers:
            before = self._answers[message.branch, message.method]
            if before:
                self._socket.send(before, sender)
        else:
            self._answers[message.branch, message.method] = b""
            self._forget(self._answers)
            self._asked(message, sender, at)

    def _response(self, message: Message, at: float) -> None:
        asking = self._asking.get((message.branch, message.method))
        if asking is None:
            return
        invite = asking.request.method == "INVITE"
        if message.status >= 200 or invite:
            _cancel(asking.timer)
        if message.status >= 300 and invite:
            self.send(_acknowledge_failure(asking.request, message), asking.to)
        repeated = asking.final and (message.status < 200 or message.status >= 300 or not invite)
        asking.final = asking.final or message.status >= 200
        if not repeated:
            asking.answered(message, at)


def _acknowledge_failure(invite: Message, final: Message) -> Message:
    kept = [(name, value) for name, value in invite.headers if name in ("Via", "From", "Call-ID", "Max-Forwards")]
    headers = (*kept, ("To", final.get("To")), ("CSeq", b"%d ACK" % invite.number))
    return Message(b"ACK " + invite.uri + b" SIP/2.0", headers)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
