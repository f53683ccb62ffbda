"""Sends the messages of alerts from the outbox in the database, one after another, on a thread of its own.

A message is claimed before it is sent and noted afterwards: several monitors never send one at the same time, and a
monitor that is killed in between leaves a claim that runs out. Who gets a message twice then knows it by its id.
"""

import random
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import structlog

from acd.alerts import AlertMessage
from calls.clock import Clock, Instant, after

log = structlog.get_logger(__name__)

IDLE_S: Final = 1.0
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 900.0
GIVEN_UP_S: Final = 24 * 3600.0

Sender = Callable[[AlertMessage, Instant], None]


class Outbox(Protocol):
    def claim(self, now: Instant) -> AlertMessage | None: ...
    def sent(self, message: AlertMessage, now: Instant) -> None: ...
    def not_sent(self, message: AlertMessage, fault: str, again_at: Instant | None) -> None: ...


def pause_s(tries: int, chance: float) -> float:
    """Before the next try: 5 s doubling to 15 min, moved by up to a fifth so that not all come at once (0..1)."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(tries, 20)) * (0.8 + 0.4 * chance)


class Sending:
    """`senders` by channel; `refused`: what they raise when a message was not taken; `away`: what the outbox raises."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        clock: Clock,
        refused: type[Exception],
        away: type[Exception],
    ) -> None:
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._refused = refused
        self._away = away
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more; what is being sent is waited for."""
        self._stop.set()
        self._thread.join(30)

    def send_due(self) -> int:
        """Send what is due now; how many messages were tried. Raises what the outbox raises."""
        tried = 0
        while not self._stop.is_set() and (message := self._outbox.claim(self._clock.now())) is not None:
            tried += 1
            self._send(message)
        return tried

    def _send(self, message: AlertMessage) -> None:
        sender = self._senders.get(message.channel)
        try:
            if sender is None:
                self._outbox.not_sent(message, "This channel is set no more.", None)
                return
            sender(message, self._clock.now())
        except self._refused as fault:
            again_at: Instant | None = after(self._clock.now(), pause_s(message.tries, random.random()))  # noqa: S311
            if again_at is not None and again_at > after(message.made_at, GIVEN_UP_S):
                again_at = None
            log.warning("message_not_sent", channel=message.channel, tries=message.tries + 1, why=str(fault))
            self._outbox.not_sent(message, str(fault), again_at)
        except self._away:
            raise
        except Exception:
            # A fault of ours must not send it again and again without a pause, nor stop the others.
            log.exception("message_failed", channel=message.channel)
            self._outbox.not_sent(message, "A fault of this program; see its log.", after(self._clock.now(), 900))
        else:
            self._outbox.sent(message, self._clock.now())

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.send_due()
            except self._away:
                log.warning("outbox_away")
            self._stop.wait(IDLE_S)
