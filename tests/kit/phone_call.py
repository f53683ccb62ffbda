"""One call of a telephone: its signalling both ways, its media, and what happened when.

Times are seconds of time.monotonic(); arrivals are the kernel's. Every wait has a timeout. The end by either side is a
normal end: `ended` tells how. Not supported, since Asterisk next door needs none: Record-Route, forking, TCP.
"""

from collections.abc import Sequence
from typing import Final

from tests.kit import sdp
from tests.kit.audio import Audio
from tests.kit.dialog import Dialog, cancel
from tests.kit.digest import Credentials, NoUsableChallenge, authorization
from tests.kit.rtp import MediaStream
from tests.kit.sdp import Direction
from tests.kit.sip import Headers, Message, display_name_of, response, uri_of, user_of
from tests.kit.timeline import CallFailed, Ending, Step, Timeline
from tests.kit.transactions import Transactions

_BYE_S: Final = 5.0


class PhoneCall(Audio):
    """A call that `Telephone.call` began or `Telephone.incoming` brought."""

    def __init__(
        self, transactions: Transactions, dialog: Dialog, media: MediaStream, invite: Message | None, at: float
    ) -> None:
        super().__init__(media)
        self.timeline: Final = Timeline()
        self.invite = invite
        """The INVITE: what came to us, or what we sent last."""
        self.came_in: Final = invite is not None
        self.end: Ending | None = None
        self._transactions = transactions
        self._dialog = dialog
        self._version = 0
        self._direction = Direction.BOTH
        self._answered_at: float | None = None
        self._credentials: Credentials | None = None
        self._headers: Headers = ()
        self._cancelling = False
        if invite is not None:
            self.timeline.note(Step.INVITED, at=at)
            self._describe(invite.body)

    # What is known

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self._dialog.call_id.decode("utf-8", "replace")

    @property
    def dialled(self) -> str:
        """The number in the INVITE's request URI."""
        return user_of(self.invite.uri) if self.invite else ""

    @property
    def caller_number(self) -> str:
        """The number in the INVITE's From."""
        return user_of(uri_of(self.invite.get("From"))) if self.invite else ""

    @property
    def caller_name(self) -> bytes:
        """The raw display name in the INVITE's From."""
        return display_name_of(self.invite.get("From")) if self.invite else b""

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        return self._answered_at is not None and self.end is None

    # Waiting

    async def ringing(self, timeout_s: float) -> float:
        """When the other side rang first. Errors: CallFailed, NotInTime."""
        return await self._reached(Step.RINGING, timeout_s)

    async def answered(self, timeout_s: float) -> float:
        """When the call was answered. Errors: CallFailed when it ended before, NotInTime."""
        return await self._reached(Step.ANSWERED, timeout_s)

    async def ended(self, timeout_s: float) -> Ending:
        """How and when the call ended. Errors: NotInTime."""
        return await self.timeline.until(lambda: self.end, timeout_s, "the end of the call")

    async def _reached(self, step: Step, timeout_s: float) -> float:
        def found() -> float | None:
            at = self.timeline.first(step)
            if at is None and self.end is not None:
                raise CallFailed(f"ended before it was {step}: {self.end.status} {self.end.reason}; {self.timeline}")
            return at

        return await self.timeline.until(found, timeout_s, f"the call is {step}")

    # The caller's side

    def start(self, credentials: Credentials | None, headers: Headers) -> None:
        """Send the INVITE; `credentials` answer one challenge."""
        self._credentials, self._headers = credentials, headers
        self._send_invite(headers)

    async def cancel(self, timeout_s: float = _BYE_S) -> Ending:
        """Give up before the answer; waits for the first provisional answer, as RFC 3261 asks, and for the end."""
        if self._answered_at is not None:
            return await self.hang_up(timeout_s)
        self._cancelling = True
        if self.end is None and any(self.timeline.first(s) for s in (Step.TRYING, Step.RINGING, Step.PROGRESS)):
            self._send_cancel()
        return await self.ended(timeout_s)

    def _send_cancel(self) -> None:
        if self.invite is not None and self.timeline.first(Step.CANCELLED) is None:
            self.timeline.note(Step.CANCELLED)
            self._transactions.ask(cancel(self.invite), self._dialog.peer, _ignore)

    def _send_invite(self, headers: Headers) -> None:
        self.invite = self._dialog.request("INVITE", headers, self._offer())
        self.timeline.note(Step.INVITED)
        self._transactions.ask(self.invite, self._dialog.peer, self._invite_answered)

    def _invite_answered(self, reply: Message, at: float) -> None:
        if 200 <= reply.status < 300:
            self._accepted(reply, at)
        elif reply.status >= 300:
            self._refused(reply, at)
        elif self.end is None:
            self._dialog.learn(reply)
            steps = {100: Step.TRYING, 183: Step.PROGRESS}
            self.timeline.note(steps.get(reply.status, Step.RINGING), str(reply.status), at)
            if reply.body:
                self._describe(reply.body)
                self._media.start()
            if self._cancelling:
                self._send_cancel()

    def _accepted(self, reply: Message, at: float) -> None:
        self._dialog.learn(reply)
        self._transactions.send(self._dialog.request("ACK", number=reply.number), self._dialog.peer)
        if self._answered_at is not None or self.end is not None:
            return
        self._answered_at = at
        self._describe(reply.body)
        self._media.start()
        self.timeline.note(Step.ANSWERED, at=at)
        if self._cancelling:  # the answer crossed our CANCEL
            self._transactions.ask(self._dialog.request("BYE"), self._dialog.peer, _ignore)
            self._finish(Ending(at, True, 0, "answered while cancelled"))

    def _refused(self, reply: Message, at: float) -> None:
        if reply.status in (401, 407) and self._credentials is not None and self.invite is not None:
            credentials, self._credentials = self._credentials, None
            asked, answer = ("WWW-Authenticate", "Authorization")
            if reply.status == 407:
                asked, answer = ("Proxy-Authenticate", "Proxy-Authorization")
            try:
                value = authorization(reply.all(asked), "INVITE", self.invite.uri, credentials)
            except NoUsableChallenge as error:
                self._finish(Ending(at, False, reply.status, str(error)))
                return
            self._send_invite(((answer, value), *self._headers))
            return
        self._finish(Ending(at, self._cancelling, reply.status, _why(reply)))

    # The callee's side

    def ring(self) -> None:
        """Answer 180."""
        self._reply(180)
        self.timeline.note(Step.RINGING)

    def answer(self) -> None:
        """Answer 200 with our media; a call that ended in between stays ended."""
        if self.end is None and self._answered_at is None and self.invite is not None:
            self._reply(200, self._offer())
            self.timeline.note(Step.ANSWERED)
            self._answered_at = self.timeline.first(Step.ANSWERED)
            self._media.start()

    def reject(self, status: int = 486, headers: Headers = ()) -> None:
        """Refuse with a final answer of 300 to 699."""
        if self.end is None and self._answered_at is None:
            self._reply(status, headers=headers)
            self.timeline.note(Step.OTHER, f"rejected {status}")
            self._finish(Ending(self.timeline.events[-1].at, True, status, "rejected"))

    def _reply(self, status: int, body: bytes = b"", headers: Headers = ()) -> None:
        if self.invite is not None and self.came_in:
            self._transactions.answer(
                self.invite, self._response(self.invite, status, body, headers), self._dialog.peer
            )

    # Both sides

    async def hang_up(self, timeout_s: float = _BYE_S) -> Ending:
        """End the call: BYE after the answer, CANCEL or 486 before it. An ended call stays as it ended."""
        if self.end is not None:
            return self.end
        if self._answered_at is None:
            if not self.came_in:
                return await self.cancel(timeout_s)
            self.reject()
            return await self.ended(timeout_s)
        bye = self._dialog.request("BYE")
        self.timeline.note(Step.OTHER, "BYE sent")
        self._finish(Ending(self.timeline.events[-1].at, True, 0, "hung up"))
        await self._transactions.exchange(bye, self._dialog.peer, timeout_s)
        return await self.ended(timeout_s)

    async def hold(self, timeout_s: float = _BYE_S) -> float:
        """Put the other side on hold by re-INVITE; the time of its agreement. Errors: CallFailed, TimeoutError."""
        return await self._reinvite(Direction.HOLD, Step.HELD, timeout_s)

    async def resume(self, timeout_s: float = _BYE_S) -> float:
        """Take the other side back from hold."""
        return await self._reinvite(Direction.BOTH, Step.RESUMED, timeout_s)

    async def _reinvite(self, direction: Direction, step: Step, timeout_s: float) -> float:
        if not self.up:
            raise CallFailed("only an answered call can be held")
        self._direction = direction
        request = self._dialog.request("INVITE", body=self._offer())
        reply = await self._transactions.exchange(request, self._dialog.peer, timeout_s)
        if reply.status >= 300:
            raise CallFailed(f"re-INVITE refused: {reply.status} {reply.reason}")
        self._transactions.send(self._dialog.request("ACK", number=reply.number), self._dialog.peer)
        self._describe(reply.body)
        self.timeline.note(step)
        return self.timeline.events[-1].at

    async def press(self, digits: str, ms: int = 100, gap_ms: int = 80) -> float:
        """Press keys; the time when the last was up. Errors: LineClosed, ValueError."""
        await self._media.press(digits, ms, gap_ms)
        self.timeline.note(Step.PRESSED, f"{len(digits)} keys")
        return self.timeline.events[-1].at

    def asked(self, request: Message, at: float) -> None:
        """A request of the other side inside of this call."""
        if request.method == "ACK":
            self.timeline.note(Step.ACKNOWLEDGED, at=at)
            return
        body = b""
        if request.method in ("INVITE", "UPDATE") and self.end is None:
            self._describe(request.body)
            body = self._offer() if request.body or request.method == "INVITE" else b""
            self.timeline.note(Step.REINVITED, request.method, at)
        elif request.method not in ("BYE", "CANCEL"):
            self.timeline.note(Step.OTHER, request.method, at)
        self._transactions.answer(request, self._response(request, 200, body), self._dialog.peer)
        if request.method == "BYE":
            self._finish(Ending(at, False, 0, _why(request)))
        elif request.method == "CANCEL" and self._answered_at is None and self.end is None:
            self.timeline.note(Step.CANCELLED, _why(request), at)
            self._reply(487)
            self._finish(Ending(at, False, 487, _why(request)))

    def release(self) -> None:
        """Close the media at once, without a word to the other side."""
        self._media.close()

    def _finish(self, ending: Ending) -> None:
        if self.end is None:
            self.end = ending
            self._media.close()
            self.timeline.note(Step.ENDED, f"{ending.status} {ending.reason}", ending.at)

    def _offer(self) -> bytes:
        self._version += 1
        return sdp.describe(self._media.address, self._version, self._direction, self._media.events)

    def _describe(self, body: bytes) -> None:
        if not body:
            return
        there = sdp.parse(body)
        self._media.remote, self._media.events = there.address, there.events

    def _response(
        self, request: Message, status: int, body: bytes = b"", headers: Sequence[tuple[str, bytes]] = ()
    ) -> Message:
        more = [("Contact", self._dialog.contact), *headers]
        if body:
            more.append(("Content-Type", b"application/sdp"))
        return response(request, status, self._dialog.tag, more, body)


def _why(message: Message) -> str:
    words = message.reason if message.status else ""
    return " ".join(filter(None, (words, message.get("Reason").decode("utf-8", "replace"))))


def _ignore(reply: Message, at: float) -> None:
    pass
