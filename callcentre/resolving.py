"""Finishes payments that nobody drives any more: a thread in the monitor's process, one of all monitors at a time."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from customers.paying import Paying
from customers.payment_ports import PaymentsUnavailable

log = structlog.get_logger(__name__)

EVERY_S: Final = 10.0
LEASE: Final = "payments"
LEASE_S: Final = 120.0
"""Longer than a look takes; of two monitors that look at once nothing would be charged or entered twice either."""


class Resolving:
    """`lead`: whether this process has the lease now; raises `away`, as the payments do, without the database."""

    def __init__(self, paying: Paying, lead: Callable[[], bool], away: type[Exception]) -> None:
        self._paying = paying
        self._lead = lead
        self._away = away
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resolving", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._lead() and (finished := self._paying.resolve_due()):
                    log.info("payments_resolved", count=finished)
            except (PaymentsUnavailable, self._away):
                log.warning("payments_not_resolved")
            except Exception as fault:  # noqa: BLE001 - one that cannot be resolved must not stop the others for ever
                log.error("resolving_failed", kind=type(fault).__name__)
            self._stop.wait(EVERY_S)
