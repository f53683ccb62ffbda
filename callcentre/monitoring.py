"""Real objects for the monitor's process; apart from callcentre.wiring, because it loads what no other one needs."""

import os
import socket
from datetime import date

from acd.errors import StoreUnavailable
from acd.monitor.exposition import Exposition
from acd.monitor.exposition import serve as serve_metrics
from acd.monitor.feed import FloorFeed
from acd.monitor.ports import Kept
from acd.monitor.sending import Sending
from acd.monitor.watch import Monitor, MonitorSettings
from acd.redis_store import connect
from callcentre.alerting import senders
from callcentre.cashier import paying_of
from callcentre.day_comparison import reconcile
from callcentre.installation import Installation
from callcentre.living import living
from callcentre.resolving import LEASE, LEASE_S, Resolving
from callcentre.roster import Kind, Roster
from callcentre.serving import call_limits, ready, until_told_to_stop
from calls.clock import AnchoredClock, Clock
from customers.paying import Paying
from database.alerts import DatabaseAlerts
from database.appeals import LateAppeals
from database.attempts import AttemptWatch
from database.engine import DatabaseUnavailable, open_engine
from database.interval_figures import DatabaseIntervalFigures
from database.menu_figures import DatabaseMenuFigures
from database.queue_settings import DatabaseQueueSettings
from database.stays import DatabaseStays
from gateways.errors import CannotSend


def said_in_pieces(roster: Roster, clock: Clock) -> dict[str, int]:
    """By process of the self-service; nothing while Redis is away."""
    try:
        entries = roster.entries(clock.now())
    except StoreUnavailable:
        return {}
    return {entry.name: entry.in_pieces for entry in entries if entry.kind is Kind.IVR}


def serve_monitor(installation: Installation) -> None:
    """The SLA monitor: figures, forecasts, alerts. Several may run, one leads."""
    settings = installation.settings
    clock = AnchoredClock()
    engine = open_engine(installation.database_url, call_limits(installation))
    queues, alerts = DatabaseQueueSettings(engine), DatabaseAlerts(engine)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    channels = senders(installation, queues)
    sending = Sending(alerts, channels, clock, CannotSend, DatabaseUnavailable)
    roster = Roster(connect(installation.redis_url), settings.redis.prefix)
    exposition = Exposition(lambda: living(installation), lambda: said_in_pieces(roster, clock))
    monitor = Monitor(
        FloorFeed(connect(installation.redis_url), settings.redis.prefix),
        Kept(
            alerts,
            DatabaseIntervalFigures(engine),
            DatabaseStays(engine),
            queues,
            DatabaseUnavailable,
            AttemptWatch(engine),
            DatabaseMenuFigures(engine),
            LateAppeals(engine, DatabaseUnavailable),
        ),
        exposition,
        clock,
        MonitorSettings(
            settings.monitor.interval_min,
            settings.monitor.short_abandon_s,
            settings.monitor.standbys,
            tuple(channels),
            settings.supplier.zone,
        ),
        holder,
    )
    close = serve_metrics(exposition, settings.ivr.address, settings.monitor.port)
    until_told_to_stop(monitor.stop)
    paying = paying_of(installation, engine, clock)
    resolving = paying and _resolving(installation, paying, alerts, clock, holder)
    sending.start()
    if resolving:
        resolving.start()
    with ready(installation.ready_file("monitor")):
        monitor.run()
    sending.close()
    if resolving:
        resolving.close()
    close()
    engine.dispose()


def _resolving(
    installation: Installation, paying: Paying, leases: DatabaseAlerts, clock: Clock, holder: str
) -> Resolving:
    """What finishes payments that nobody drives any more, and compares each day that is over."""

    def compared(day: date) -> tuple[int, int]:
        zone = installation.settings.supplier.zone
        found, new = reconcile(paying.payments, paying.gateway, day, zone, clock)
        return len(found), new

    def lead() -> bool:
        return leases.take_lease(LEASE, holder, clock.now(), LEASE_S)

    return Resolving(paying, lead, compared, DatabaseUnavailable)
