"""What the monitor would tell of the floor of the tests: figures of three queues, three open alerts."""

from acd.alerts import Alert, AlertId, AlertKind
from acd.figures import Band, QueueFigures, Report
from acd.intervals import interval_of
from acd.metrics import Tally
from acd.staff_time import StaffTime
from calls.clock import Instant, after
from calls.ids import AgentId, QueueId
from tests.kit.fake_floor import BILLING, EMERGENCY, GENERAL


def alert(kind: AlertKind, about: str, at: Instant, value: int, limit: int = 0, by: str = "") -> Alert:
    raised = Alert(AlertId(f"{kind}:{about}:{at}"), kind, about, at, value, limit)
    if not by:
        return raised
    return Alert(raised.alert_id, kind, about, at, value, limit, None, after(at, 20), AgentId(by))


def alerts(now: Instant) -> tuple[Alert, ...]:
    return (
        alert(AlertKind.FORECAST_BELOW, "billing", after(now, -340), 69, 80),
        alert(AlertKind.LONGEST_WAIT, "emergency", after(now, -95), 41, 10),
        alert(AlertKind.BURST, "emergency", after(now, -900), 240, 60, by="volkova"),
    )


def figures(
    queue: QueueId, now: Instant, tally: Tally, band: Band | None, breaking: int = 0, short: int | None = None
) -> QueueFigures:
    interval = interval_of(now, 30, "Europe/Moscow")
    return QueueFigures(
        queue, interval, tally, StaffTime(), 0.8, 20, breaking=breaking, forecast=band, short=short, expected_breaks=1.4
    )


def report(now: Instant, open_alerts: tuple[Alert, ...] = ()) -> Report:
    queues = (
        figures(GENERAL.queue_id, now, Tally(offered=22, answered=20, inside=20), Band(0.9, 0.84, 0.97), 0, -2),
        figures(BILLING.queue_id, now, Tally(offered=100, answered=90, inside=74), Band(0.69, 0.61, 0.77), 3, 2),
        figures(EMERGENCY.queue_id, now, Tally(), None),
    )
    return Report(now, queues, open_alerts)
