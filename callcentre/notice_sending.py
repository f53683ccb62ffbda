"""Sends notices from the outbox, one after another, each way on a thread of its own.

1. A notice is claimed, sent, and noted. Killed in between, its claim runs out and it is sent again: at least once.
2. What was sent and cannot be noted, because the database is away, is noted before anything else is sent.
3. A gateway that is away or full is left alone for a while, longer each time, as a whole: the notices keep their order.
   One that it will never take is given up; one that it refused for another reason comes again later.
4. What has expired is never sent. Neither addresses nor texts are logged.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from calls.clock import Clock, Instant, after
from customers.notices import Notice, Way, masked_address
from customers.ports import CustomersUnavailable
from database.notices import Claimed
from gateways.errors import CannotSend, NeverSent, Throttled

log = structlog.get_logger(__name__)

IDLE_S: Final = 0.5
"""A code is on its way within half a second."""
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 300.0
THROTTLED_S: Final = 1.0
LONGEST_REST_S: Final = 15.0
"""So soon a gateway that was away is tried again: a code lives five minutes."""
FAULT_PAUSE_S: Final = 60.0


class Outbox(Protocol):
    """database.notices.DatabaseNotices; all may raise CustomersUnavailable."""

    def claim(self, way: Way, now: Instant) -> Claimed | None: ...
    def sent(self, claimed: Claimed, gateway_id: str | None, now: Instant) -> None: ...
    def not_sent(self, claimed: Claimed, fault: str, again_at: Instant | None, now: Instant) -> None: ...


@dataclass(frozen=True, slots=True)
class Gateway:
    """One way out. `send` gives the gateway's own id, if it has one; `keep` is called while there is nothing to send.

    Both may raise CannotSend; `close` raises nothing.
    """

    way: Way
    send: Callable[[Notice, Instant], str | None]
    keep: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None


def pause_s(attempts: int, chance: float) -> float:
    """Before the next try: 2 s doubling to 5 min, moved by up to a fifth so that not all come at once (0..1)."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts, 20)) * (0.8 + 0.4 * chance)


class NoticeSending:
    """One gateway's thread. `step` does one thing and says how long to rest, in seconds."""

    def __init__(self, outbox: Outbox, gateway: Gateway, clock: Clock) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._clock = clock
        self._faults = 0
        self._unnoted: tuple[Claimed, str | None] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notices-{gateway.way}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more; what is being sent is waited for."""
        self._stop.set()
        self._thread.join(30)

    def step(self) -> float:
        try:
            if self._unnoted is not None:
                self._outbox.sent(*self._unnoted, self._clock.now())
                self._unnoted = None
            claimed = self._outbox.claim(self._gateway.way, self._clock.now())
            if claimed is not None:
                return self._send(claimed)
            self._gateway.keep()
        except CustomersUnavailable:
            log.warning("outbox_away", way=self._gateway.way)
            return FIRST_PAUSE_S
        except CannotSend as fault:
            log.warning("gateway_away", way=self._gateway.way, why=str(fault))
            return self._rest_s()
        return IDLE_S

    def _send(self, claimed: Claimed) -> float:
        notice = claimed.notice
        try:
            gateway_id = self._gateway.send(notice, self._clock.now())
        except CannotSend as fault:
            rest_s, again_at = self._judge(claimed, fault)
            self._told(notice, "notice_not_sent", claimed.attempts + 1, str(fault))
            self._outbox.not_sent(claimed, str(fault), again_at, self._clock.now())
            return rest_s
        except CustomersUnavailable:
            raise  # the post box is in the database: the claim runs out by itself
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not send it for ever, nor stop the others
            # Without its trace: that could hold the text.
            self._told(notice, "notice_failed", claimed.attempts + 1, type(fault).__name__)
            again_at = after(self._clock.now(), FAULT_PAUSE_S)
            self._outbox.not_sent(claimed, "A fault of this program; see its log.", again_at, self._clock.now())
            return 0.0
        self._faults = 0
        self._unnoted = (claimed, gateway_id)
        self._outbox.sent(claimed, gateway_id, self._clock.now())
        self._unnoted = None
        return 0.0

    def _judge(self, claimed: Claimed, fault: CannotSend) -> tuple[float, Instant | None]:
        """How long the way rests, and when the notice comes again."""
        if isinstance(fault, NeverSent):
            return 0.0, None
        now = self._clock.now()
        if isinstance(fault, Throttled):
            return THROTTLED_S, after(now, THROTTLED_S)
        rest_s = self._rest_s()
        return rest_s, after(now, max(rest_s, pause_s(claimed.attempts, random.random())))  # noqa: S311 - no secret

    def _rest_s(self) -> float:
        """Longer each time until something is sent again: 0.5 s doubling."""
        self._faults += 1
        return float(min(LONGEST_REST_S, IDLE_S * 2.0 ** min(self._faults - 1, 10)))

    def _told(self, notice: Notice, event: str, tries: int, why: str) -> None:
        log.warning(event, way=notice.way, kind=notice.kind, to=masked_address(notice.to), tries=tries, why=why)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                rest_s = self.step()
            except Exception as fault:  # noqa: BLE001 - the way must not end with one notice
                log.error("sending_failed", way=self._gateway.way, why=type(fault).__name__)
                rest_s = FIRST_PAUSE_S
            self._stop.wait(rest_s)
        self._gateway.close()


class Tidying:
    """Gives up, erases and forgets what is old: at the start and then every minute for secrets' sake."""

    EVERY_S: Final = 60.0

    def __init__(self, tidy: Sequence[Callable[[Instant], None]], clock: Clock) -> None:
        self._tidy = tidy
        self._clock = clock

    def until(self, over: threading.Event) -> None:
        while True:
            try:
                for each in self._tidy:
                    each(self._clock.now())
            except CustomersUnavailable:
                log.warning("outbox_away", way="tidying")
            if over.wait(self.EVERY_S):
                return
