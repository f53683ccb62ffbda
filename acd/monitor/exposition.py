"""The report as Prometheus metrics. Labels are queues of the settings, names of variants, kinds and processes only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from acd.alerts import AlertKind
from acd.figures import QueueFigures, Report
from acd.menu_figures import StepTally
from acd.metrics import MenuTally, Variant
from calls.clock import Instant

MOST_QUEUES: Final = 500
"""More queues than this would make more series than anybody looks at; the first by id are told."""

_COUNTS: Final = {
    "offered": "Calls that entered the queue in the interval, short abandons apart",
    "pending": "Of them, those that still wait inside the standard",
    "answered": "Answered calls of the interval",
    "inside": "Calls of the interval answered inside the standard",
    "abandoned": "Abandoned calls of the interval, short abandons apart",
    "short_abandoned": "Calls given up before the limit of a short abandon",
    "self_served": "Callers whom the menu served while they waited",
    "callbacks": "Callers who left for a callback",
    "overflowed": "Calls that went on elsewhere",
    "rescued": "Calls that Asterisk alone connected",
    "refused": "Callers told that the queue is full or closed",
    "blocked": "Of the refused, those for whom no place was left",
    "handled": "Calls whose handling is over",
}
_VALUES: Final[dict[str, tuple[str, Callable[[QueueFigures], float | None]]]] = {
    "asa_seconds": ("Average speed of answer in the interval", lambda one: one.tally.asa_s),
    "aht_seconds": ("Average handle time in the interval", lambda one: one.tally.aht_s),
    "abandonment_ratio": ("Abandoned / offered in the interval", lambda one: one.tally.abandonment),
    "occupancy_ratio": ("Busy / (busy + ready and idle) in the interval", lambda one: one.staff.occupancy),
    "utilisation_ratio": ("Busy / signed in, in the interval", lambda one: one.staff.utilisation),
    "longest_wait_of_interval_seconds": ("Longest wait of the interval's calls", lambda one: one.tally.longest_wait_s),
    "waiting": ("Callers who wait now", lambda one: one.waiting),
    "about_to_break": ("Callers who will most likely break the standard", lambda one: one.breaking),
    "expected_breaks": ("Sum of the chances to break of all who wait", lambda one: one.expected_breaks),
    "agents_signed_in": ("Signed-in agents who are able to serve the queue", lambda one: one.agents),
    "agents_short": ("Agents missing for the present load, negative: to spare", lambda one: one.short),
    "standard_ratio": ("The standard of the service level", lambda one: one.standard),
    "threshold_seconds": ("The threshold of the service level", lambda one: one.threshold_s),
    "expected_arrivals_per_hour": ("Calls an hour expected now", lambda one: one.arrivals_h),
}
_MENUS: Final[dict[str, tuple[str, Callable[[StepTally], float | None]]]] = {
    "menu_entered": ("Stays in the menu of calls that arrived in the interval and are over", lambda one: one.entered),
    "menu_dropped": ("Of them, those that ended by ringing off without an answer", lambda one: one.dropped),
    "menu_to_agent": ("Of them, those that led to an agent by 0 or by being lost", lambda one: one.to_agent),
    "menu_wrong_keys": ("Wrong keys in the menu", lambda one: one.wrong_keys),
    "menu_answer_median_seconds": ("From the prompt's end to the key that ended the menu", lambda one: one.median_s),
    "menu_answer_p95_seconds": ("The same, of all but the slowest twentieth", lambda one: one.p95_s),
}


class Exposition(Collector):
    """`show` the newest report; Prometheus is told of it when it asks. `processes`: which of ours live.

    `in_pieces`: by process, how many sentences it has said in pieces because the voice could not say them.
    """

    def __init__(
        self, processes: Callable[[], Mapping[str, bool]], in_pieces: Callable[[], Mapping[str, int]] = dict
    ) -> None:
        self._processes = processes
        self._in_pieces = in_pieces
        self._report = Report(Instant(0))
        self._menu = MenuTally()
        self._menus: Mapping[str, StepTally] = {}
        self._leads = False

    def show(self, report: Report, menu: MenuTally, menus: Mapping[str, StepTally], *, leads: bool) -> None:
        """`menus`: by the names of ivr.menu_names, so as many as there are menus."""
        self._report, self._menu, self._menus, self._leads = report, menu, menus, leads

    def collect(self) -> Iterator[Metric]:
        report = self._report
        queues = report.queues[:MOST_QUEUES]
        for name, about in _COUNTS.items():
            yield _by_queue(f"interval_{name}", about, ((one, float(getattr(one.tally, name))) for one in queues))
        for name, (about, value) in _VALUES.items():
            yield _by_queue(name, about, ((one, value(one)) for one in queues))
        yield _by_queue("longest_wait_seconds", "Longest wait of who waits now", _longest(report))
        yield from _service_levels(queues)
        alerts = GaugeMetricFamily("callcentre_alerts_open", "Alerts that are not cleared", labels=["kind"])
        for kind in AlertKind:
            alerts.add_metric([kind], sum(1.0 for one in report.alerts if one.kind is kind))
        yield alerts
        yield _one("menu_calls", "Calls that arrived in the interval", self._menu.calls)
        yield _one("menu_containment_ratio", "Served by the menu / calls", self._menu.containment)
        yield _one("menu_deflection_ratio", "Left after an outage notice / calls", self._menu.deflection)
        for name, (about, of_menu) in _MENUS.items():
            yield _by("menu", name, about, ((menu, of_menu(tally)) for menu, tally in self._menus.items()))
        yield _one("report_timestamp_seconds", "When the floor was seen last", report.at / 1000)
        yield _one("monitor_leads", "Whether this monitor is the one that raises alerts", float(self._leads))
        up = GaugeMetricFamily("callcentre_process_up", "Whether a process serves", labels=["process"])
        for name, lives in self._processes().items():
            up.add_metric([name], float(lives))
        yield up
        pieces = CounterMetricFamily(
            "callcentre_sentences_in_pieces",
            "Sentences said in pieces because the voice was away or had more to say than it can",
            labels=["process"],
        )
        for name, count in self._in_pieces().items():
            pieces.add_metric([name], float(count))
        yield pieces


def serve(exposition: Exposition, address: str, port: int) -> Callable[[], None]:
    """Answer Prometheus on this address until the returned function is called. Raises OSError."""
    registry = CollectorRegistry()
    registry.register(exposition)
    server, thread = start_http_server(port, address, registry)

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return close


def _service_levels(queues: Iterable[QueueFigures]) -> Iterator[Metric]:
    level = GaugeMetricFamily(
        "callcentre_service_level_ratio", "Service level of the interval so far", labels=["queue", "variant"]
    )
    told = GaugeMetricFamily(
        "callcentre_service_level_forecast_ratio", "Service level at the interval's end", labels=["queue", "bound"]
    )
    for one in queues:
        for variant in Variant:
            value = one.tally.service_level(variant)
            if value is not None:
                level.add_metric([one.queue_id, variant], value)
        if one.forecast is not None:
            for bound in ("expected", "low", "high"):
                told.add_metric([one.queue_id, bound], getattr(one.forecast, bound))
    yield level
    yield told


def _longest(report: Report) -> Iterator[tuple[QueueFigures, float | None]]:
    for one in report.queues[:MOST_QUEUES]:
        yield one, 0.0 if one.longest_since is None else max(0, report.at - one.longest_since) / 1000


def _by_queue(name: str, about: str, values: Iterable[tuple[QueueFigures, float | None]]) -> Metric:
    return _by("queue", name, about, ((one.queue_id, value) for one, value in values))


def _by(label: str, name: str, about: str, values: Iterable[tuple[str, float | None]]) -> Metric:
    family = GaugeMetricFamily(f"callcentre_{name}", about, labels=[label])
    for of, value in values:
        if value is not None:
            family.add_metric([of], float(value))
    return family


def _one(name: str, about: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"callcentre_{name}", about)
    if value is not None:
        family.add_metric([], float(value))
    return family
