"""Tells those who asked for it that power is back: text messages into the outbox, calls over the trunks.

1. One process of all does it at a time (a lease). Whose turn it is and what became of it stands in the database: it may
   be killed at any moment.
2. Calls begin at most `per_second`, and no more are on the line than the rules say; incoming calls keep their lines.
3. A call is asked for like every call outside (calls.outgoing). Neither numbers nor texts are logged.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, Protocol

import structlog

from calls.clock import EPOCH, Clock, Instant, after
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingCall, OutgoingCalls, OutgoingKind, Refusal
from customers.ports import CustomersUnavailable
from customers.watches import Watch
from telephony.customer_ringing import CannotRing

log = structlog.get_logger(__name__)

LEASE: Final = "power_back"
LEASE_S: Final = 15.0
"""So long after the death of the process that tells another one goes on; it is renewed three times in that time."""
IDLE_S: Final = 1.0
AWAY_S: Final = 5.0
MOST_TEXTS: Final = 10
BUSY_S: Final = 0.25
"""Text messages in one step, and the rest after it: 40 a second, more than a gateway sends (docs/notices.md). Neither
calls nor the other writers of an SQLite file are kept waiting for thousands of them."""
ACTOR: Final = "power-back"


class Telling(Protocol):
    """database.watch_telling.DatabaseWatchTelling; all may raise CustomersUnavailable."""

    def text(self, now: Instant) -> bool: ...
    def claim(self, now: Instant) -> Watch | None: ...
    def answered(self, call: CallId, now: Instant) -> None: ...
    def not_answered(self, call: CallId, now: Instant) -> None: ...
    def not_allowed(self, call: CallId, now: Instant) -> None: ...
    def let_claims_run_out(self, now: Instant) -> None: ...


class Line(Protocol):
    """telephony.customer_ringing.CustomerRinging; `ring` raises CannotRing."""

    @property
    def up(self) -> bool: ...
    def ring(self, call: CallId, number: PhoneNumber, language: Language, for_s: float) -> None: ...


class PowerBack:
    """`step` does what is due and says how long to rest, in seconds. `lead`: whether this process may.

    `line`: None where no calls go out. `drained`: whether this machine's node takes no calls now.
    """

    def __init__(
        self,
        telling: Telling,
        lead: Callable[[], bool],
        clock: Clock,
        line: Line | None,
        outgoing: OutgoingCalls,
        ring_s: float,
        per_second: float,
        away: tuple[type[Exception], ...],
        drained: Callable[[], bool] = lambda: False,
    ) -> None:
        self._telling = telling
        self._lead = lead
        self._clock = clock
        self._line = line
        self._outgoing = outgoing
        self._ring_s = ring_s
        self._pause_s = 1 / per_second
        self._away: tuple[type[Exception], ...] = (CustomersUnavailable, *away)
        self._drained = drained
        self._next_call = EPOCH
        self._leads_until = EPOCH
        self._heard: SimpleQueue[tuple[CallId, bool]] = SimpleQueue()
        self._unnoted: tuple[CallId, bool] | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="power-back", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more; calls that ring go on and are told by the self-service."""
        self._stop.set()
        self._wake.set()
        self._thread.join(30)

    def told(self, call: CallId, answered: bool) -> None:
        """How a call ended, or that it was answered. Never waits; at most as many wait here as there are lines."""
        self._heard.put((call, answered))
        self._wake.set()

    def step(self) -> float:
        try:
            self._note_heard()
            now = self._clock.now()
            if now >= self._leads_until:
                if not self._lead():
                    return AWAY_S
                self._leads_until = after(now, LEASE_S / 3)
            self._telling.let_claims_run_out(now)
            busy = self._texts()
            return self._ring(busy)
        except self._away:
            log.warning("power_back_waits", why="the database is away")
            return AWAY_S

    def _note_heard(self) -> None:
        """What could not be noted is kept for the next step: nobody who answered is rung again."""
        while True:
            if self._unnoted is None:
                try:
                    self._unnoted = self._heard.get_nowait()
                except Empty:
                    return
            call, answered = self._unnoted
            note = self._telling.answered if answered else self._telling.not_answered
            note(call, self._clock.now())
            self._unnoted = None

    def _texts(self) -> bool:
        return all(self._telling.text(self._clock.now()) for _ in range(MOST_TEXTS))

    def _ring(self, busy: bool) -> float:
        now = self._clock.now()
        idle_s = BUSY_S if busy else IDLE_S
        if self._line is None or not self._line.up or self._drained():
            return idle_s
        if now < self._next_call:
            return min(idle_s, (self._next_call - now) / 1000)
        watch = self._telling.claim(now)
        if watch is None:
            return idle_s
        self._next_call = after(now, self._pause_s)
        self._begin(self._line, watch)
        return min(self._pause_s, idle_s)

    def _begin(self, line: Line, watch: Watch) -> None:
        wish, now = watch.wish, self._clock.now()
        call = OutgoingCall(watch.call, OutgoingKind.POWER_BACK, wish.number, ACTOR, watch.call)
        refusal = self._outgoing.permit(call, now)
        if refusal is Refusal.UNCOUNTED:
            self._telling.not_answered(watch.call, now)
        elif refusal is not None:
            log.warning("power_back_not_rung", call_id=watch.call, why=refusal.value)
            self._telling.not_allowed(watch.call, now)
        else:
            try:
                line.ring(watch.call, wish.number, wish.language, self._ring_s)
            except CannotRing:
                # Perhaps it rings all the same: the claim runs out by itself, or the self-service notes the answer.
                log.warning("power_back_link_lost", call_id=watch.call)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                rest_s = self.step()
            except Exception as fault:  # noqa: BLE001 - one wish must not end all others
                log.error("power_back_failed", kind=type(fault).__name__)
                rest_s = AWAY_S
            self._wake.wait(rest_s)
            self._wake.clear()
