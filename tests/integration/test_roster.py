"""The roster in a real Redis: who serves, who is to go, and what a process does about it."""

import threading

import pytest

from acd.redis_store import connect
from callcentre.attendance import Attendance
from callcentre.roster import FRESH_S, Doing, Drain, Entry, Kind, Roster
from calls.clock import AnchoredClock, after
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

CLOCK = AnchoredClock()


@pytest.fixture
def roster(server: RedisServer) -> Roster:
    server.client().flushall()
    return Roster(connect(server.url), "cc")


def drain_of(seconds: float) -> Drain:
    now = CLOCK.now()
    return Drain(now, after(now, seconds), "cli:test")


def test_who_has_not_told_of_itself_for_a_while_is_gone(roster: Roster) -> None:
    now = CLOCK.now()
    here = Entry("one", "acd", Kind.ACD, Doing.ACTIVE, 0, 7, now)
    gone = Entry("one", "acd-2", Kind.ACD, Doing.STANDS_BY, 0, 8, after(now, -FRESH_S - 0.1))
    for entry in (here, gone):
        roster.enter(entry)
    assert roster.entries(now) == (here,)
    roster.leave(here.name)
    assert roster.entries(now) == ()


def test_what_another_version_wrote_is_passed_over(roster: Roster, server: RedisServer) -> None:
    server.client().hset("cc:roster", "one/acd", b'{"kind":"future"}')
    server.client().hset("cc:drained", b"\xff", b"{}")
    assert (roster.entries(CLOCK.now()), roster.drains()) == ((), {})


def test_a_process_is_told_once_to_go_and_says_what_it_does(roster: Roster) -> None:
    place = Attendance(roster, "one", "ivr", Kind.IVR, CLOCK)
    assert place.wait_until_wanted(threading.Event())
    told: list[float] = []

    def doing() -> list[tuple[Doing, int]]:
        return [(entry.doing, entry.busy) for entry in roster.entries(CLOCK.now())]

    with place.serving(lambda: (Doing.SERVES, 3), told.append):
        eventually_sync(lambda: doing() == [(Doing.SERVES, 3)], 5, "it serves")
        roster.drain("one/ivr", drain_of(60))
        eventually_sync(lambda: doing() == [(Doing.DRAINS, 3)], 5, "it drains")
        roster.drain("one/ivr", drain_of(90))
        roster.drain("two", drain_of(90))
        eventually_sync(lambda: place.drains == {"one/ivr", "two"}, 5, "all drains are known")
    assert len(told) == 1
    assert 55 < told[0] <= 60
    assert doing() == [], "it has left"


def test_a_drained_process_that_starts_stands_aside_until_undrained(roster: Roster) -> None:
    roster.drain("one/acd", drain_of(0))
    wanted: list[bool] = []
    place = Attendance(roster, "one", "acd", Kind.ACD, CLOCK)
    waits = threading.Thread(target=lambda: wanted.append(place.wait_until_wanted(threading.Event())))
    waits.start()
    entry = eventually_sync(lambda: roster.entries(CLOCK.now()), 5, "it tells of itself")[0]
    assert entry.doing is Doing.STANDS_ASIDE
    assert roster.undrain("one/acd")
    waits.join(5)
    assert wanted == [True]
    assert not roster.undrain("one/acd")


def test_one_that_stands_aside_can_be_stopped(roster: Roster) -> None:
    roster.drain("one/acd", drain_of(0))
    stop = threading.Event()
    stop.set()
    assert not Attendance(roster, "one", "acd", Kind.ACD, CLOCK).wait_until_wanted(stop)


def test_without_redis_whoever_starts_serves() -> None:
    nowhere = Roster(connect("unix:///nowhere/redis.sock", timeout_s=0.2), "cc")
    assert Attendance(nowhere, "one", "acd", Kind.ACD, CLOCK).wait_until_wanted(threading.Event())
