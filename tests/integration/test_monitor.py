"""The monitor beside a real engine over a real Redis and a database: alerts once, figures kept, one of two leads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from acd.alerts import Alert, AlertId, AlertKind, AlertRaised
from acd.codec import decode
from acd.events import CallerLeft, CallQueued
from acd.figures import Report
from acd.inbox import Inbox
from acd.monitor.exposition import Exposition, serve
from acd.monitor.feed import FloorFeed
from acd.monitor.ports import Kept
from acd.monitor.sending import Sending
from acd.monitor.watch import Monitor, MonitorSettings
from acd.redis_store import connect
from acd.runner import Runner
from callcentre.alerting import payload
from calls.clock import EPOCH, AnchoredClock, Instant, after
from calls.ids import AgentId, CallId
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.appeals import CALL_BACK_S, AppealKind, AppealState, NewAppeal
from customers.outages import Author
from database.alerts import CLAIM_S, DatabaseAlerts
from database.appeals import DatabaseAppeals, LateAppeals
from database.attempts import AttemptWatch, DatabaseAttempts
from database.engine import DatabaseUnavailable, Engine, open_engine, writing
from database.interval_figures import DatabaseIntervalFigures
from database.menu_figures import DatabaseMenuFigures
from database.migrations import migrate
from database.queue_settings import DatabaseQueueSettings
from database.records import DatabaseRecords
from database.stays import DatabaseStays
from gateways.errors import CannotSend
from gateways.webhook import Webhook
from tests.kit.databases import PATIENT
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import SALES, call_id, leg
from tests.kit.hooks import Receiver, receiver
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

SOON_S = 20.0
SECRET = b"s" * 32


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


class MidQuarter(AnchoredClock):
    """Real time, moved so that a quarter of an hour, an interval of the figures, began five minutes ago."""

    def __init__(self) -> None:
        super().__init__()
        self._anchor_ms += 300_000 - self.now() % 900_000
        self._floor = EPOCH


@dataclass
class House:
    """Everything around one or two monitors; each part stops with the test."""

    redis: RedisServer
    engine: Engine
    hook: Receiver
    stack: ExitStack
    clock: AnchoredClock

    @property
    def alerts(self) -> DatabaseAlerts:
        return DatabaseAlerts(self.engine)

    def inbox(self) -> Inbox:
        return Inbox(connect(self.redis.url), "cc", self.clock, "test")

    def distribution(self) -> Runner:
        settings, records = DatabaseQueueSettings(self.engine), DatabaseRecords(self.engine)
        runner = Runner(
            connect(self.redis.url), "cc", self.clock, FakeSwitch, records, settings, (DatabaseUnavailable,)
        )
        self.running(runner.run, runner.stop)
        return runner

    def monitor(self, name: str, standbys: int = 0) -> Monitor:
        kept = Kept(
            self.alerts,
            DatabaseIntervalFigures(self.engine),
            DatabaseStays(self.engine),
            DatabaseQueueSettings(self.engine),
            DatabaseUnavailable,
            AttemptWatch(self.engine),
            DatabaseMenuFigures(self.engine),
            LateAppeals(self.engine, DatabaseUnavailable),
        )
        exposition = Exposition(lambda: {"acd": True}, lambda: {"one/ivr": 7})
        feed = FloorFeed(connect(self.redis.url), "cc")
        settings = MonitorSettings(standbys=standbys, channels=("webhook",))
        monitor = Monitor(feed, kept, exposition, self.clock, settings, name)
        self.running(monitor.run, monitor.stop)
        webhook = Webhook(self.hook.url, SECRET, internal=True)
        sending = Sending(
            self.alerts,
            {"webhook": lambda message, now: webhook.send(message.message_id, payload(message), now // 1000)},
            self.clock,
            CannotSend,
            DatabaseUnavailable,
        )
        sending.start()
        self.stack.callback(sending.close)
        self.exposition = exposition
        return monitor

    def running(self, run: Callable[[], None], stop: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.stack.callback(thread.join, 10)
        self.stack.callback(stop)

    def queued(self, number: int, waited_s: float) -> CallId:
        now = self.clock.now()
        since = after(now, -waited_s)
        event = CallQueued(call_id(number), SALES.queue_id, frozenset(), 0, since, since, leg(number), CallFacts())
        self.inbox().tell(event)
        return call_id(number)

    def report(self) -> Report | None:
        found: Any = self.redis.client().xrevrange("cc:reports", count=1)
        return decode(found[0][1][b"r"], Report) if found else None

    def open_kinds(self) -> set[AlertKind]:
        return {alert.kind for alert in self.alerts.open()}


@pytest.fixture
def house(redis_server: RedisServer, tmp_path: Path) -> Iterator[House]:
    redis_server.client().flushall()
    engine = open_engine(f"sqlite:///{tmp_path / 'monitor.db'}", PATIENT)
    migrate(engine)
    DatabaseQueueSettings(engine).put(replace(SALES, title="Sales"))
    with receiver() as hook, ExitStack() as stack:
        yield House(redis_server, engine, hook, stack, MidQuarter())
    engine.dispose()


def test_a_long_wait_is_told_once_by_two_monitors(house: House) -> None:
    """Raised, sent once, acknowledged, cleared, sent once; the figures of the call are kept."""
    house.distribution()
    house.queued(1, waited_s=70)
    first, second = house.monitor("one"), house.monitor("two")
    eventually_sync(lambda: house.hook.posted, SOON_S, "the webhook is told")
    (alert,) = [one for one in house.alerts.open() if one.kind is AlertKind.LONGEST_WAIT]
    assert first.leads != second.leads
    house.alerts.acknowledge(alert.alert_id, AgentId("orlov"), house.clock.now())
    eventually_sync(lambda: _acknowledged(house.report()), SOON_S, "the report says who looks after it")
    house.inbox().tell(CallerLeft(call_id(1)))
    kept = DatabaseIntervalFigures(house.engine)
    day_ago, now = after(house.clock.now(), -86_400), after(house.clock.now(), 60)

    def written() -> bool:
        return sum(row.tally.abandoned for row in kept.between(day_ago, now)) == 1

    # The report shows the running interval; a call that came before its begin is in the former one's figures.
    eventually_sync(lambda: _abandoned(house.report()) == 1 or written(), 60, "the record is counted")
    eventually_sync(written, 30, "the interval is written")
    eventually_sync(lambda: f"{alert.alert_id}:cleared" in house.hook.ids(), 60, "its end is told")
    told = [one for one in house.hook.ids() if one.startswith("longest_wait")]
    assert told == [f"{alert.alert_id}:raised", f"{alert.alert_id}:cleared"]


def _acknowledged(report: Report | None) -> bool:
    return report is not None and any(alert.acknowledged_by == "orlov" for alert in report.alerts)


def _abandoned(report: Report | None) -> int:
    return sum(one.tally.abandoned for one in report.queues) if report else 0


def test_the_other_monitor_takes_over_and_raises_nothing_again(house: House) -> None:
    house.distribution()
    house.queued(1, waited_s=70)
    first, second = house.monitor("one"), house.monitor("two")
    eventually_sync(lambda: AlertKind.LONGEST_WAIT in house.open_kinds(), SOON_S, "it is raised")
    leader, other = (first, second) if first.leads else (second, first)
    kept = house.alerts.recent()
    leader.stop()
    eventually_sync(lambda: other.leads, SOON_S, "the other one leads")
    house.queued(2, waited_s=5)
    eventually_sync(lambda: (found := house.report()) and found.queues[0].waiting == 2, SOON_S, "it sees the floor")
    known = {alert.alert_id for alert in kept if alert.kind is AlertKind.LONGEST_WAIT}
    assert {a.alert_id for a in house.alerts.recent() if a.kind is AlertKind.LONGEST_WAIT} == known


def test_guessed_pins_are_told_with_the_last_digits_only_until_the_lock_is_over(house: House) -> None:
    attempts = DatabaseAttempts(house.engine, SECRET)
    house.distribution()
    house.monitor("one")
    for number in range(5):
        attempts.begin(AccountNumber("4401220170"), PhoneNumber(f"+7306000000{number}"), house.clock.now())
    for number in range(10):
        attempts.begin(AccountNumber(f"440122020{number}"), PhoneNumber("+73060000099"), house.clock.now())
    wanted = {(AlertKind.PIN_ACCOUNT, "*0170", 5, 5), (AlertKind.PIN_NUMBER, "*99", 10, 10)}

    def raised() -> set[tuple[AlertKind, str, int, int]]:
        return {(one.kind, one.about, one.value, one.limit) for one in house.alerts.open()}

    eventually_sync(lambda: wanted <= raised(), SOON_S, "both are told")
    eventually_sync(lambda: wanted <= _shown(house.report()), SOON_S, "the floor sees both")
    eventually_sync(lambda: any(one.startswith("pin_account:*0170:") for one in house.hook.ids()), SOON_S, "and sent")
    with writing(house.engine, DatabaseUnavailable) as connection:
        attempts.forget(connection, AccountNumber("4401220170"))
    eventually_sync(lambda: AlertKind.PIN_ACCOUNT not in house.open_kinds(), SOON_S, "a new PIN clears it")


def _shown(report: Report | None) -> set[tuple[AlertKind, str, int, int]]:
    return {(one.kind, one.about, one.value, one.limit) for one in report.alerts} if report else set()


def test_late_appeals_are_told_with_their_number_until_none_is_left(house: House) -> None:
    appeals, now = DatabaseAppeals(house.engine), house.clock.now()
    overdue = appeals.file(NewAppeal(AppealKind.METERING, "one"), after(now, -CALL_BACK_S - 60))
    soon = appeals.file(NewAppeal(AppealKind.NO_POWER, "two"), after(now, -CALL_BACK_S * 15 / 16))
    appeals.file(NewAppeal(AppealKind.QUALITY, "three"), now)
    house.distribution()
    house.monitor("one")

    def told() -> list[tuple[int, int]]:
        return [(one.value, one.limit) for one in house.alerts.open() if one.kind is AlertKind.APPEALS_LATE]

    eventually_sync(lambda: told() == [(2, 1)], SOON_S, "two have to be hurried, one is overdue")
    eventually_sync(lambda: any(one.startswith("appeals_late::") for one in house.hook.ids()), SOON_S, "and sent")
    by = Author("kim")
    appeals.move(overdue.number, AppealState.CLOSED, by, now, "сделано")
    appeals.move(soon.number, AppealState.IN_WORK, by, now)
    appeals.move(soon.number, AppealState.ANSWERED, by, now)
    eventually_sync(lambda: told() == [], SOON_S, "none is left")


def test_an_engine_that_is_away_and_a_standby_that_is_missing_are_told(house: House) -> None:
    runner = house.distribution()
    standby = house.distribution()
    house.monitor("one", standbys=1)
    eventually_sync(lambda: house.report(), SOON_S, "a report comes")
    assert not {AlertKind.ENGINE_AWAY, AlertKind.STANDBY_MISSING} & house.open_kinds()
    for one in (standby, runner):
        one.stop()
    eventually_sync(lambda: AlertKind.ENGINE_AWAY in house.open_kinds(), SOON_S, "the engine is missed")
    eventually_sync(lambda: AlertKind.STANDBY_MISSING in house.open_kinds(), 40, "the standby is missed")
    house.distribution()
    eventually_sync(lambda: AlertKind.ENGINE_AWAY not in house.open_kinds(), SOON_S, "it is back")


def test_redis_away_raises_an_alert_and_all_goes_on_afterwards(house: House) -> None:
    house.distribution()
    house.monitor("one")
    eventually_sync(lambda: house.report(), SOON_S, "a report comes")
    house.redis.freeze()
    try:
        eventually_sync(lambda: AlertKind.ENGINE_AWAY in house.open_kinds(), 30, "the store is missed")
    finally:
        house.redis.thaw()
    eventually_sync(lambda: AlertKind.ENGINE_AWAY not in house.open_kinds(), 40, "all is well again")
    house.queued(7, waited_s=0)
    eventually_sync(lambda: (found := house.report()) and found.queues[0].waiting == 1, SOON_S, "the floor is seen")


def test_what_a_killed_monitor_was_sending_is_sent_by_the_next(house: House) -> None:
    """Claimed and never noted: after the claim another one sends it, with the same id."""
    now = house.clock.now()
    alert = Alert(AlertId(f"hold_lines::{now}"), AlertKind.HOLD_LINES, "", now, 19, 20)
    house.alerts.keep([AlertRaised(alert)], ("webhook",), now)
    claimed = house.alerts.claim(now)
    assert claimed is not None
    webhook = Webhook(house.hook.url, SECRET, internal=True)

    class Later:
        def now(self) -> Instant:
            return after(now, CLAIM_S)

    sending = Sending(
        house.alerts,
        {"webhook": lambda message, at: webhook.send(message.message_id, payload(message), at // 1000)},
        Later(),
        CannotSend,
        DatabaseUnavailable,
    )
    house.hook.answers = [503]
    assert sending.send_due() == 1
    assert house.hook.ids() == [claimed.message_id]
    assert house.alerts.oldest_unsent() == now


@contextmanager
def metrics_of(exposition: Exposition) -> Iterator[str]:
    close = serve(exposition, "127.0.0.1", 9464)
    try:
        yield httpx.get("http://127.0.0.1:9464/metrics", timeout=5).text
    finally:
        close()


def test_prometheus_gets_every_figure(house: House) -> None:
    house.distribution()
    house.queued(1, waited_s=70)
    house.monitor("one")
    eventually_sync(lambda: (found := house.report()) and found.queues and found.alerts, SOON_S, "a report comes")
    with metrics_of(house.exposition) as text:
        for line in (
            'callcentre_interval_offered{queue="sales"} 1.0',
            'callcentre_service_level_ratio{queue="sales",variant="over_offered"} 0.0',
            'callcentre_waiting{queue="sales"} 1.0',
            'callcentre_alerts_open{kind="longest_wait"} 1.0',
            'callcentre_process_up{process="acd"} 1.0',
            'callcentre_sentences_in_pieces_total{process="one/ivr"} 7.0',
            "callcentre_monitor_leads 1.0",
        ):
            assert line in text
        assert 'callcentre_service_level_forecast_ratio{bound="high",queue="sales"}' in text
