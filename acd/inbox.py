"""How the self-service and the desk speak to the engine: a bounded stream of messages, and answers to commands."""

from typing import cast

import redis

from acd import codec
from acd.errors import InboxFull, StoreUnavailable
from acd.events import Answer, Event, Message
from acd.keyspace import INBOX_LIMIT, Keys
from acd.model import Call, Paying
from acd.redis_store import told_as_unavailable
from calls.clock import Clock
from calls.ids import CallId, EventId, new_event_id
from calls.journey import CallFacts

_ASK_S = 0.5
"""One blocking question; shorter than the client's own timeout."""


class Inbox:
    """Thread-safe. `actor` is who speaks: "ivr", "user:orlov"."""

    def __init__(self, client: "redis.Redis", prefix: str, clock: Clock, actor: str) -> None:
        self._client = client
        self._keys = Keys(prefix)
        self._clock = clock
        self._actor = actor

    def tell(self, event: Event) -> EventId:
        """Post an event, now. Raises InboxFull when no engine takes messages, StoreUnavailable."""
        message = Message(new_event_id(), self._clock.now(), self._actor, event)
        with told_as_unavailable():
            if self._client.xlen(self._keys["inbox"]) >= INBOX_LIMIT:
                raise InboxFull(f"{INBOX_LIMIT} messages wait for the engine. Check that `callcentre acd` runs.")
            self._client.xadd(self._keys["inbox"], {"m": codec.encode_message(message)})
        return message.message_id

    def answer(self, message_id: EventId, timeout_s: float) -> Answer:
        """Wait for the answer to a command. Raises StoreUnavailable when none came in time."""
        for _ in range(max(1, round(timeout_s / _ASK_S))):
            with told_as_unavailable():
                found = self._client.blpop([self._keys.answer(message_id)], timeout=_ASK_S)
            if found:
                return codec.decode_answer(cast(tuple[bytes, bytes], found)[1])
        raise StoreUnavailable("The engine did not answer in time. Check that `callcentre acd` runs.")

    def facts_of(self, call_id: CallId) -> CallFacts | None:
        """What the floor knows of a live call; None when it does not know it. Raises StoreUnavailable."""
        call = self._call(call_id)
        return None if call is None else call.facts

    def payment_of(self, call_id: CallId) -> Paying | None:
        """The payment out of a talk that a live call is in; None when it is in none. Raises StoreUnavailable."""
        call = self._call(call_id)
        return None if call is None else call.paying

    def _call(self, call_id: CallId) -> Call | None:
        with told_as_unavailable():
            stored = cast(bytes | None, self._client.hget(self._keys["calls"], call_id))
        return None if stored is None else codec.decode(stored, Call)
