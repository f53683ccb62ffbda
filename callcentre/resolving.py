"""Finishes payments that nobody drives any more, takes what was paid by a link, and compares each day that is over.

A thread in the monitor's process, one of all monitors at a time. A comparison done twice reports nothing twice.
"""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import structlog

from customers.paying import Paying
from customers.payment_ports import GatewayAway, GatewaySilent, PaymentsUnavailable

log = structlog.get_logger(__name__)

EVERY_S: Final = 10.0
HOUR_S: Final = 3600.0
LEASE: Final = "payments"
LEASE_S: Final = 120.0
"""Longer than a look takes; of two monitors that look at once nothing would be charged or entered twice either."""


class Resolving:
    """`lead`: whether this process has the lease now; raises `away`, as the payments do, without the database.

    `compare`: compares a day of the supplier's; how many differences it has, and how many were not known yet.
    """

    pause_s = EVERY_S

    def __init__(
        self,
        paying: Paying,
        lead: Callable[[], bool],
        compare: Callable[[date], tuple[int, int]],
        away: type[Exception],
    ) -> None:
        self._paying = paying
        self._lead = lead
        self._compare = compare
        self._compared: date | None = None
        self._away = away
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resolving", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _look(self) -> None:
        if not self._lead():
            return
        if finished := self._paying.resolve_due() + self._paying.resolve_links():
            log.info("payments_resolved", count=finished)
        # Yesterday an hour ago: by then the day is over for both houses, and what was late has been resolved.
        day = self._paying.day(-HOUR_S) - timedelta(days=1)
        if day != self._compared:
            found, new = self._compare(day)
            self._compared = day
            if found:
                log.warning("payment_differences", day=day.isoformat(), found=found, new=new)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except (PaymentsUnavailable, GatewayAway, GatewaySilent, self._away) as fault:
                log.warning("payments_not_resolved", kind=type(fault).__name__)
            except Exception as fault:  # noqa: BLE001 - one that cannot be resolved must not stop the others for ever
                log.error("resolving_failed", kind=type(fault).__name__)
            self._stop.wait(self.pause_s)
