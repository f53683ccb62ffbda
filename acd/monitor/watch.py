"""The monitor's loop: follow the floor, look once a second, raise alerts, write figures, tell everybody.

1. Several monitors may run. All follow and answer Prometheus; the one that holds the database's lease raises alerts,
   writes figures and publishes the report. When it dies another has the lease within `LEASE_S`.
2. What is to be kept is kept in the database first; messages are sent from there (monitor.sending).
3. The store away: the figures stay as they are and `engine_away` is raised. The database away: what was raised is kept
   here, bounded, and written when it is back. Neither costs a call anything.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from acd.alerts import AlertBook, AlertEvent, Reading
from acd.errors import StoreUnavailable
from acd.figures import QueueFigures, Report
from acd.menu_figures import StepTally
from acd.metrics import SHORT_ABANDON_S, MenuTally
from acd.monitor import history
from acd.monitor.exposition import Exposition
from acd.monitor.feed import Engines, FloorFeed
from acd.monitor.picture import Picture, stays_told
from acd.monitor.ports import Kept
from acd.monitor.readings import House, appeals_reading, house_readings, pin_readings, queue_readings
from calls.clock import Clock, Instant
from calls.zones import SUPPLIER_ZONE
from customers.appeals import Late
from customers.attempts import Standing

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
WRITE_S: Final = 15.0
SETTLE_S: Final = 60.0
RENEW_S: Final = 3.0
LEASE_S: Final = 10.0
LEASE: Final = "monitor"
MOST_UNKEPT: Final = 1000
RETRY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """`standbys`: distributions that should stand by; `channels`: where alerts are sent."""

    interval_min: int = 30
    short_s: float = SHORT_ABANDON_S
    standbys: int = 0
    channels: tuple[str, ...] = ()
    zone: str = SUPPLIER_ZONE


class Monitor:
    """`run` until `stop`. `name` is this process's among all monitors."""

    def __init__(
        self, feed: FloorFeed, kept: Kept, exposition: Exposition, clock: Clock, settings: MonitorSettings, name: str
    ) -> None:
        self._feed = feed
        self._kept = kept
        self._exposition = exposition
        self._clock = clock
        self._settings = settings
        self._name = name
        self._stop = threading.Event()
        self._picture = Picture(settings.interval_min, settings.short_s)
        self._book = AlertBook()
        self._unkept: deque[AlertEvent] = deque(maxlen=MOST_UNKEPT)
        self._engines = Engines(active=False, standbys=0)
        self._figures: tuple[QueueFigures, ...] = ()
        """Of the last look."""
        self._menu = MenuTally()
        self._menus: Mapping[str, StepTally] = {}
        self._hold_lines = 0
        self._unsent_since: Instant | None = None
        self._pin_tries = Standing()
        self._late_appeals = Late()
        self._store_there = self._learnt = False
        self.leads = False
        self._due = dict.fromkeys(("look", "write", "settle", "renew"), 0.0)

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        while not self._stop.is_set():
            self._follow()
            for what, every_s, act in (
                ("renew", RENEW_S, self._renew),
                ("look", LOOK_S, self._look),
                ("write", WRITE_S, self._write),
                ("settle", SETTLE_S, self._settle),
            ):
                if time.monotonic() >= self._due[what]:
                    self._due[what] = time.monotonic() + every_s
                    self._patiently(act)
        if self.leads:
            self._patiently(lambda: self._kept.alerts.leave_lease(LEASE, self._name))

    def _patiently(self, act: Callable[[], None]) -> None:
        try:
            act()
        except self._kept.away as fault:
            log.warning("monitor_waits", why=str(fault))

    def _follow(self) -> None:
        left_s = max(0.01, min(self._due.values()) - time.monotonic())
        try:
            whole, changes = self._feed.poll(min(left_s, LOOK_S))
            if whole or not self._store_there:
                self._engines = self._feed.engines()
        except StoreUnavailable as fault:
            if self._store_there:
                log.warning("monitor_lost_the_floor", why=str(fault))
            self._store_there = False
            self._stop.wait(RETRY_S)
            return
        self._store_there = True
        now = self._clock.now()
        for change in changes:
            if whole:
                self._picture.floor_was(change, now)
            else:
                self._picture.changed(change, now)

    # --- the regular work
    def _renew(self) -> None:
        """Have or keep the lead; who has it anew begins with the alerts that are open."""
        now = self._clock.now()
        led, self.leads = self.leads, False
        self.leads = self._kept.alerts.take_lease(LEASE, self._name, now, LEASE_S)
        if self.leads and not led:
            log.info("monitor_leads")
            self._book = AlertBook(self._kept.alerts.open())
        for alert in self._kept.alerts.open():
            self._book.note_acknowledged(alert)
        self._hold_lines = self._kept.settings.load().limits.hold_lines
        self._unsent_since = self._kept.alerts.oldest_unsent()
        self._pin_tries = self._kept.pin_tries.standing(now)
        self._late_appeals = self._kept.appeals.late(now)
        if not self._learnt and self._store_there and self._picture.queues:
            history.learn(self._picture, self._kept, now, self._settings.interval_min, self._settings.short_s)
            self._learnt = True

    def _look(self) -> None:
        now = self._clock.now()
        if self._store_there:
            try:
                self._engines = self._feed.engines()
            except StoreUnavailable:
                self._store_there = False
        figures = self._figures = self._picture.figures(now)
        if self.leads:
            self._unkept.extend(self._book.read(self._readings(figures, now), now))
        report = Report(now, figures, tuple(self._book.open.values()))
        self._exposition.show(report, self._menu, self._menus, leads=self.leads)
        if self.leads and self._store_there:
            try:
                self._feed.publish(report)
            except StoreUnavailable:
                self._store_there = False
        if self._unkept and self.leads:
            self._kept.alerts.keep(tuple(self._unkept), self._settings.channels, now)
            self._unkept.clear()
        ending = self._picture.unrecorded(now)
        if ending:
            stays_told(self._picture, self._kept.stays.of_calls(ending))

    def _readings(self, figures: Sequence[QueueFigures], now: Instant) -> Iterator[Reading]:
        house = House(
            engine_there=self._store_there and self._engines.active,
            standbys=self._engines.standbys,
            standbys_wanted=self._settings.standbys,
            hold_lines=self._hold_lines,
            unsent_since=self._unsent_since,
        )
        for one in figures:
            queue = self._picture.queues[one.queue_id]
            burst = self._picture.expected(one.queue_id).burst is not None
            yield from queue_readings(queue, one, is_open=self._picture.is_open(queue, now), burst=burst, now=now)
        yield from house_readings(house, figures, now)
        yield from pin_readings(self._pin_tries)
        yield appeals_reading(self._late_appeals)

    def _write(self) -> None:
        if self.leads and self._store_there and self._learnt:
            self._kept.figures.put(self._picture.interval_figures(one) for one in self._figures)

    def _settle(self) -> None:
        if not (self.leads and self._store_there and self._learnt):
            return
        now, settings = self._clock.now(), self._settings
        history.settle(self._picture, self._kept, now, settings.interval_min, settings.short_s)
        self._menu = history.settle_menu(self._kept, now, settings.interval_min, settings.zone)
        self._menus = history.menu_tallies(self._kept, now, settings.interval_min, settings.zone)
        self._kept.alerts.forget_old(now)
        self._kept.pin_tries.forget_old(now)
