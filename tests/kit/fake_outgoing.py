"""The door to the outside in memory: lets everything through until a test shuts it, and keeps what was asked."""

from calls.clock import Instant
from calls.outgoing import OutgoingCall, Refusal


class FakeOutgoing:
    """`refusal`: the answer to everything; None lets it through."""

    def __init__(self) -> None:
        self.asked: list[OutgoingCall] = []
        self.refusal: Refusal | None = None

    def permit(self, call: OutgoingCall, now: Instant) -> Refusal | None:
        self.asked.append(call)
        return self.refusal
