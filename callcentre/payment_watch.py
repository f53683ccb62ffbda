"""Tells the engine how far a caller is who pays out of a talk: in a thread of its own, so that no key is lost for it.

What leaves this process is the step and how many digits: never which. At most one message in GAP_S, always the newest;
the end is told in any case, once.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from acd.errors import StoreUnavailable
from acd.events import Event, PaymentOver, PaymentStepped
from calls.ids import CallId
from calls.paying import PayResult, PayStep

log = structlog.get_logger("journey")

GAP_S: Final = 0.25
"""Four messages a second are seen as keys being pressed; nobody keys much faster."""


class PaymentTeller:
    """See ivr.watch.PaymentWatch. `close` it when the session ends: what is known by then is still told."""

    def __init__(self, tell: Callable[[Event], object], call_id: CallId, number: int) -> None:
        self._tell = tell
        self._call_id = call_id
        self._number = number
        self._lock = threading.Condition()
        self._step: PaymentStepped | None = None
        self._over: PaymentOver | None = None
        self._ended = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="payment-watch", daemon=True)
        self._thread.start()

    def step(self, step: PayStep, keyed: int = 0) -> None:
        with self._lock:
            self._step = PaymentStepped(self._call_id, self._number, step, keyed)
            self._lock.notify()

    def over(self, result: PayResult, receipt: str = "") -> None:
        with self._lock:
            if not self._ended:
                self._ended = True
                self._step = None
                self._over = PaymentOver(self._call_id, self._number, result, receipt)
                self._lock.notify()

    def close(self) -> None:
        """Let the thread end by itself."""
        with self._lock:
            self._closed.set()
            self._lock.notify()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._tell(event)
            except StoreUnavailable:
                log.warning("engine_not_told", call_id=self._call_id, event_type=type(event).__name__)
            self._closed.wait(GAP_S)

    def _next(self) -> Event | None:
        """What is to be told next, waited for; None when all is told and the session is over."""
        with self._lock:
            while self._step is None and self._over is None and not self._closed.is_set():
                self._lock.wait()
            event = self._over or self._step
            if self._over is not None:
                self._over = None
            else:
                self._step = None
            return event
