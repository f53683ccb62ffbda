"""The monitor's tables on both databases: alerts and messages once each, leases, figures of intervals, stays."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from acd.alerts import Alert, AlertCleared, AlertId, AlertKind, AlertRaised
from acd.figures import IntervalFigures, MenuFigures
from acd.intervals import Interval
from acd.metrics import MenuTally, Tally, stay_of_record
from acd.staff_time import StaffTime
from calls.clock import Instant, after
from calls.ids import AgentId, QueueId, new_call_id
from database.alerts import CLAIM_S, KEPT_S, DatabaseAlerts
from database.engine import Engine
from database.interval_figures import DatabaseIntervalFigures
from database.records import DatabaseRecords
from database.stays import DatabaseStays
from tests.integration.test_database_records import answered, in_menu
from tests.kit.databases import NOW

BOTH = ("webhook", "mail")


def alert(kind: AlertKind = AlertKind.LONGEST_WAIT, about: str = "general", at: Instant = NOW) -> Alert:
    return Alert(AlertId(f"{kind}:{about}:{at}"), kind, about, at, 90, 20)


def test_an_alert_is_raised_once_and_comes_back_equal(engine: Engine) -> None:
    alerts, one = DatabaseAlerts(engine), alert()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: alerts.keep([AlertRaised(one)], BOTH, NOW), range(6)))
    alerts.keep([AlertRaised(alert(at=after(NOW, 1)))], BOTH, NOW)
    assert alerts.open() == (one,)
    assert alerts.recent() == (one,)
    assert len(_claimed_all(alerts, NOW)) == 2


def test_what_is_cleared_may_be_raised_again(engine: Engine) -> None:
    alerts, one = DatabaseAlerts(engine), alert()
    over = replace(one, cleared_at=after(NOW, 50))
    alerts.keep([AlertRaised(one), AlertCleared(over)], (), NOW)
    alerts.keep([AlertCleared(replace(one, cleared_at=after(NOW, 99)))], BOTH, NOW)
    assert alerts.open() == ()
    assert alerts.recent() == (over,)
    again = alert(at=after(NOW, 60))
    alerts.keep([AlertRaised(again)], (), NOW)
    assert alerts.recent() == (again, over)
    assert alerts.recent(before=again.raised_at) == (over,)
    assert alerts.claim(after(NOW, 999)) is None


def test_the_first_who_acknowledges_stays(engine: Engine) -> None:
    alerts, one = DatabaseAlerts(engine), alert()
    alerts.keep([AlertRaised(one)], (), NOW)
    first = alerts.acknowledge(one.alert_id, AgentId("orlov"), after(NOW, 5))
    assert first == replace(one, acknowledged_at=after(NOW, 5), acknowledged_by=AgentId("orlov"))
    assert alerts.acknowledge(one.alert_id, AgentId("kim"), after(NOW, 9)) == first
    assert alerts.acknowledge(AlertId("no such\0"), AgentId("kim"), NOW) is None


def _claimed_all(alerts: DatabaseAlerts, now: Instant) -> list[tuple[str, str]]:
    found = []
    while (message := alerts.claim(now)) is not None:
        found.append((message.message_id, message.channel))
    return found


def test_a_message_is_claimed_by_one_of_many(engine: Engine) -> None:
    alerts = DatabaseAlerts(engine)
    raised = [AlertRaised(alert(about=f"q{number}")) for number in range(5)]
    alerts.keep(raised, BOTH, NOW)
    with ThreadPoolExecutor(4) as threads:
        claimed = [one for found in threads.map(lambda _: _claimed_all(alerts, NOW), range(4)) for one in found]
    assert len(claimed) == len(set(claimed)) == 10


def test_a_claim_of_a_killed_monitor_runs_out(engine: Engine) -> None:
    alerts = DatabaseAlerts(engine)
    alerts.keep([AlertRaised(alert())], ("webhook",), NOW)
    first = alerts.claim(NOW)
    assert first is not None
    assert alerts.claim(after(NOW, CLAIM_S - 1)) is None
    again = alerts.claim(after(NOW, CLAIM_S))
    assert again is not None
    assert again.message_id == first.message_id


def test_a_message_is_tried_until_it_is_sent_or_given_up(engine: Engine) -> None:
    alerts = DatabaseAlerts(engine)
    alerts.keep([AlertRaised(alert())], BOTH, NOW)
    first = alerts.claim(NOW)
    assert first is not None
    assert alerts.oldest_unsent() == NOW
    alerts.not_sent(first, "no answer", after(NOW, 5))
    second = alerts.claim(NOW)
    assert second is not None
    assert second.channel != first.channel
    alerts.sent(second, NOW)
    assert alerts.claim(after(NOW, 4)) is None
    again = alerts.claim(after(NOW, 5))
    assert again is not None
    assert (again.channel, again.tries) == (first.channel, 1)
    alerts.not_sent(again, "gone", None)
    assert alerts.claim(after(NOW, 10**6)) is None
    assert alerts.oldest_unsent() is None


def test_old_alerts_are_forgotten_with_their_messages(engine: Engine) -> None:
    alerts, old = DatabaseAlerts(engine), alert(at=after(NOW, -KEPT_S - 1))
    alerts.keep([AlertRaised(old), AlertCleared(replace(old, cleared_at=NOW)), AlertRaised(alert())], BOTH, NOW)
    alerts.forget_old(NOW)
    assert alerts.recent() == (alert(),)


def test_one_holder_has_the_lease(engine: Engine) -> None:
    alerts = DatabaseAlerts(engine)
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda who: alerts.take_lease("monitor", f"m{who}", NOW, 10), range(4)))
    assert taken.count(True) == 1
    holder = f"m{taken.index(True)}"
    assert alerts.take_lease("monitor", holder, after(NOW, 5), 10)
    assert not alerts.take_lease("monitor", "other", after(NOW, 12), 10)
    assert alerts.take_lease("monitor", "other", after(NOW, 16), 10)
    alerts.leave_lease("monitor", holder)
    assert not alerts.take_lease("monitor", holder, after(NOW, 17), 10)
    alerts.leave_lease("monitor", "other")
    assert alerts.take_lease("monitor", holder, after(NOW, 17), 10)


def figures(start: Instant, *, offered: int, final: bool = False) -> IntervalFigures:
    tally = Tally(offered=offered, answered=1, inside=1, waits_ms=4000)
    interval = Interval(start, after(start, 1800))
    return IntervalFigures(QueueId("general"), interval, tally, StaffTime(1, 2, 3), 800, final)


def test_figures_are_written_again_until_they_are_final(engine: Engine) -> None:
    kept = DatabaseIntervalFigures(engine)
    early, last, late = figures(NOW, offered=3), figures(NOW, offered=5, final=True), figures(NOW, offered=1)
    following = figures(after(NOW, 1800), offered=2)
    kept.put([early, following])
    assert kept.between(NOW, after(NOW, 3600)) == (early, following)
    kept.put([last])
    kept.put([late])
    assert kept.between(NOW, after(NOW, 1800)) == (last,)
    kept.put([figures(NOW, offered=6, final=True)])
    assert kept.between(NOW, after(NOW, 1800))[0].tally.offered == 6


def test_others_may_write_while_the_figures_are_reckoned(engine: Engine) -> None:
    """SQLite has one writer: who reckoned within the transaction would keep a sign-in waiting, or have it refused."""
    kept = DatabaseIntervalFigures(engine)
    first, second = figures(NOW, offered=3), figures(after(NOW, 1800), offered=2)

    def reckoned() -> Iterator[IntervalFigures]:
        kept.put([first])
        yield second

    kept.put(reckoned())
    kept.put([])
    assert kept.between(NOW, after(NOW, 3600)) == (first, second)


def test_menu_figures_come_back(engine: Engine) -> None:
    kept = DatabaseIntervalFigures(engine)
    one = MenuFigures(Interval(NOW, after(NOW, 1800)), MenuTally(9, 5, 1))
    kept.put_menu(replace(one, tally=MenuTally(3, 1, 0)))
    kept.put_menu(one)
    assert kept.menu_between(NOW, after(NOW, 1)) == (one,)


def test_stays_are_those_of_the_records(engine: Engine) -> None:
    records = [answered(new_call_id(), second) for second in (0, 60, 120)]
    written, stays = DatabaseRecords(engine), DatabaseStays(engine)
    for record in (*records, in_menu(new_call_id())):
        written.write(record)
    begins, ends = after(NOW, 6), after(NOW, 120)
    found = stays.queued([QueueId("general"), QueueId("other")], begins, ends)
    assert found == tuple((record.call_id, stay_of_record(record)) for record in records[:2])
    assert stays.queued([QueueId("other")], begins, ends) == ()
    assert stays.of_calls([records[2].call_id, new_call_id()]) == ((records[2].call_id, stay_of_record(records[2])),)
    assert stays.menu(NOW, after(NOW, 61)) == MenuTally(calls=3, contained=1)


@pytest.mark.parametrize("number", [0, 1200])
def test_any_number_of_calls_may_be_asked_for(engine: Engine, number: int) -> None:
    assert DatabaseStays(engine).of_calls([new_call_id() for _ in range(number)]) == ()
