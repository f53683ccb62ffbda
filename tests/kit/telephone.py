"""A SIP telephone on its own loopback address, for tests and benchmarks.

    async with Telephone("127.0.1.10") as phone:
        call = await phone.call("127.0.1.1", "105", caller_number="79001112233")
        await call.answered(timeout_s=2)

Errors speak of the telephone by its name. Leaving the block hangs up, signs off and leaves no task or socket behind.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Self

from tests.kit import dialog as dialogs
from tests.kit.digest import Credentials, authorization
from tests.kit.phone_call import PhoneCall
from tests.kit.rtp import MediaStream
from tests.kit.sdp import SdpError
from tests.kit.sip import Headers, Message, named_address, parameter, response, token
from tests.kit.transactions import Transactions
from tests.kit.udp import Address
from tests.kit.waiting import NotInTime

_MAX_CALLS: Final = 512
_GOODBYE_S: Final = 1.0


class RegistrationRefused(AssertionError):
    """The server did not accept the account."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the telephone does by itself with an incoming call; all unset: it rings and nobody answers."""

    ring: bool = True
    answer_after_s: float | None = None
    reject: int | None = None
    """A SIP status such as 486."""


RING: Final = Behaviour()
"""Rings until the test answers, rejects or the caller gives up."""
SILENT: Final = Behaviour(ring=False)
"""Gives no answer of any kind to an INVITE, as a telephone that is gone."""
ANSWER: Final = Behaviour(answer_after_s=0.0)


def answer_after(seconds: float) -> Behaviour:
    """Ring at once, answer after this time."""
    return Behaviour(answer_after_s=seconds)


def reject_with(status: int) -> Behaviour:
    """Refuse at once: 486 busy, 603 declined, 480 unavailable."""
    return Behaviour(ring=False, reject=status)


@dataclass(frozen=True, slots=True)
class _Account:
    server: Address
    credentials: Credentials


class Telephone:
    """One user agent: any number of calls at a time, each told apart by its Call-ID."""

    def __init__(self, ip: str, port: int = 5060, name: str = "telephone", keep_s: float = 900.0) -> None:
        self.ip: Final = ip
        self.port: Final = port
        self.name: Final = name
        self.behaviour = RING
        """For calls that come from now on."""
        self.calls: Final[dict[bytes, PhoneCall]] = {}
        """The calls that have not ended, by Call-ID."""
        self._keep_s = keep_s
        self._account: _Account | None = None
        self._transactions: Transactions | None = None
        self._came: asyncio.Queue[PhoneCall] = asyncio.Queue(_MAX_CALLS)
        self._timers: set[asyncio.TimerHandle] = set()

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def open(self) -> None:
        """Bind the address; needs a running event loop. Errors: OSError naming a taken address."""
        if self._transactions is None:
            self._transactions = Transactions(self.ip, self.port, self._asked)

    async def close(self) -> None:
        """Hang up and sign off politely, at most a second each, then be gone. May be called twice."""
        if self._transactions is None:
            return
        for timer in self._timers:
            timer.cancel()
        live = [call for call in self.calls.values() if call.end is None]
        if not self._transactions.deaf:
            await asyncio.gather(*(call.hang_up(_GOODBYE_S) for call in live), return_exceptions=True)
            await asyncio.gather(self._sign_off(), return_exceptions=True)
        for call in self.calls.values():
            call.release()
        self.calls.clear()
        self._transactions.close()
        self._transactions = None

    @property
    def deaf(self) -> bool:
        """Whether everything that arrives is lost (a pulled cable)."""
        return self._wire.deaf

    @deaf.setter
    def deaf(self, lost: bool) -> None:
        self._wire.deaf = lost

    @property
    def _wire(self) -> Transactions:
        if self._transactions is None:
            raise RuntimeError(f"{self.name} is closed: use it inside of its `async with`")
        return self._transactions

    async def register(
        self, server: str, user: str, secret: str, expires_s: int = 600, timeout_s: float = 5.0
    ) -> float:
        """Sign in at a registrar ("ip" or "ip:port"); the time of its agreement. Calls then come from this account.

        Errors: RegistrationRefused with the status, TimeoutError.
        """
        account = _Account(_address(server), Credentials(user, secret))
        await self._register(account, expires_s, timeout_s)
        self._account = account if expires_s else None
        return asyncio.get_running_loop().time()

    async def unregister(self, timeout_s: float = 5.0) -> None:
        """Sign off; nothing when not signed in."""
        if self._account is not None:
            account, self._account = self._account, None
            await self._register(account, 0, timeout_s)

    async def call(
        self,
        server: str,
        number: str,
        caller_number: str | bytes | None = None,
        display_name: str | bytes | None = None,
        headers: Headers = (),
    ) -> PhoneCall:
        """Send an INVITE for `number`; returns at once.

        `display_name` as text is quoted, as bytes it stands in From untouched; so do the bytes of `caller_number`.
        """
        peer, account = _address(server), self._account
        if caller_number is None:
            caller_number = account.credentials.user if account else self.name
        user = caller_number if isinstance(caller_number, bytes) else caller_number.encode()
        domain = (account.server if account else (self.ip, self.port))[0].encode()
        caller = named_address(display_name, b"sip:" + user + b"@" + domain)
        target = f"sip:{number}@{peer[0]}:{peer[1]}".encode()
        dialog = dialogs.outgoing(self._wire.address, peer, self._contact(), caller, target)
        call = PhoneCall(self._wire, dialog, MediaStream(self.ip, self._keep_s), None, 0.0)
        self._keep(dialog.call_id, call)
        call.start(account.credentials if account else None, headers)
        return call

    async def incoming(self, timeout_s: float) -> PhoneCall:
        """The next call that came in, oldest first. Errors: NotInTime."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._came.get()
        except TimeoutError as error:
            raise NotInTime(f"no call came to {self.name} within {timeout_s:g} s") from error

    def _contact(self) -> bytes:
        user = self._account.credentials.user if self._account else "phone"
        return f"<sip:{user}@{self.ip}:{self._wire.address[1]}>".encode()

    async def _register(self, account: _Account, expires_s: int, timeout_s: float) -> None:
        server, user = account.server, account.credentials.user.encode()
        registrar = f"sip:{server[0]}:{server[1]}".encode()
        me = b"<sip:" + user + b"@" + server[0].encode() + b">"
        contact = b"<sip:%s@%s:%d>" % (user, self.ip.encode(), self._wire.address[1])
        dialog = dialogs.outgoing(self._wire.address, server, contact, me, registrar)
        dialog.remote = me
        headers: Headers = (("Expires", b"%d" % expires_s),)
        reply = await self._wire.exchange(dialog.request("REGISTER", headers), server, timeout_s)
        if reply.status == 401:
            challenges = reply.all("WWW-Authenticate")
            value = authorization(challenges, "REGISTER", registrar, account.credentials)
            headers = (*headers, ("Authorization", value))
            reply = await self._wire.exchange(dialog.request("REGISTER", headers), server, timeout_s)
        if reply.status != 200:
            who = f"{self.name} as {account.credentials.user}"
            raise RegistrationRefused(f"{who} at {server[0]}:{server[1]}: {reply.status} {reply.reason}")

    async def _sign_off(self) -> None:
        await self.unregister(_GOODBYE_S)

    def _keep(self, call_id: bytes, call: PhoneCall) -> None:
        for known in [known for known, kept in self.calls.items() if kept.end is not None]:
            del self.calls[known]
        self.calls[call_id] = call

    def _asked(self, request: Message, sender: Address, at: float) -> None:
        call = self.calls.get(request.get("Call-ID"))
        if call is not None and call.came_in | bool(parameter(request.get("To"), "tag")):
            call.asked(request, at)
        elif request.method == "INVITE":
            self._invited(request, sender, at)
        elif request.method != "ACK":
            known = request.method in ("OPTIONS", "NOTIFY", "MESSAGE")
            self._wire.answer(request, response(request, 200 if known else 481, token()), sender)

    def _invited(self, invite: Message, sender: Address, at: float) -> None:
        if parameter(invite.get("To"), "tag") or self._came.full() or len(self.calls) >= _MAX_CALLS:
            status = 481 if parameter(invite.get("To"), "tag") else 486
            self._wire.answer(invite, response(invite, status, token()), sender)
            return
        dialog = dialogs.incoming(self._wire.address, sender, self._contact(), invite)
        media = MediaStream(self.ip, self._keep_s)
        try:
            call = PhoneCall(self._wire, dialog, media, invite, at)
        except SdpError:
            media.close()
            self._wire.answer(invite, response(invite, 488, token()), sender)
            return
        self._keep(dialog.call_id, call)
        self._came.put_nowait(call)
        behaviour = self.behaviour
        if behaviour.ring:
            call.ring()
        if behaviour.reject is not None:
            call.reject(behaviour.reject)
        elif behaviour.answer_after_s is not None:
            timer = asyncio.get_running_loop().call_later(behaviour.answer_after_s, call.answer)
            self._timers = {kept for kept in self._timers if not kept.cancelled() and kept.when() > at} | {timer}


def _address(server: str) -> Address:
    ip, colon, port = server.partition(":")
    return ip, int(port) if colon else 5060
