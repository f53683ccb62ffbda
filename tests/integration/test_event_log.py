"""The event log and its snapshots in a real Redis: a recorded day is replayed from the beginning, a day, one call."""

from collections.abc import Iterator
from typing import cast

import pytest

from acd import codec
from acd.engine import Step
from acd.errors import NotInLog
from acd.event_log import EventLog
from acd.events import Message
from acd.floor import Floor
from acd.redis_store import Commit, RedisStore, connect
from calls.clock import Instant, after
from simulation.replay import replay
from simulation.scenario import BEGINS
from simulation.world import simulate
from tests.kit.redis_server import RedisServer
from tests.unit.test_simulation_world import mixed


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """With a recorded day of an hour, and a copy of the floor after half an hour."""
    with RedisServer(fsync="no") as running:
        store, log = RedisStore(connect(running.url), "cc"), EventLog(connect(running.url), "cc")
        assert log.snapshot(BEGINS) == 0, "there is no floor yet"
        assert store.acquire()

        def watch(floor: Floor, message: Message, done: Step) -> None:
            store.renew()
            commit = Commit()
            commit.add(message, codec.encode_message(message), done)
            store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)
            if message.at >= after(BEGINS, 1800):
                log.snapshot(message.at, every_s=3600)

        simulate(mixed(length_s=3600.0), 12, watch)
        yield running


def test_the_whole_log_is_decided_as_it_was_and_ends_at_the_stored_floor(server: RedisServer) -> None:
    log = EventLog(connect(server.url), "cc")
    start = log.start()
    assert start.state.version == 0
    floor = Floor.restored(start.state)
    compared = list(replay(floor, log.entries(start.entry)))
    assert len(compared) > 400
    assert [difference for _, difference in compared if difference is not None] == []
    assert floor.state() == RedisStore(connect(server.url), "cc").load().state


def test_a_later_start_takes_the_snapshot_and_arrives_at_the_same_floor(server: RedisServer) -> None:
    log = EventLog(connect(server.url), "cc")
    start = log.start(after(BEGINS, 2400))
    assert start.state.version > 100
    floor = Floor.restored(start.state)
    assert all(difference is None for _, difference in replay(floor, log.entries(start.entry)))
    assert floor.state() == RedisStore(connect(server.url), "cc").load().state


def test_a_snapshot_is_made_once_in_its_time_and_ends_with_the_log(server: RedisServer) -> None:
    client = connect(server.url)
    log = EventLog(client, "cc")
    (version,) = cast(list[bytes], client.zrange("cc:snapshots", 0, -1))
    assert log.snapshot(after(BEGINS, 3000)) == 0
    ttl_s = client.ttl(f"cc:snapshot:{version.decode()}:floor")
    assert 29 * 86_400 < ttl_s <= 30 * 86_400


def test_what_the_log_does_not_hold_is_said(server: RedisServer) -> None:
    client = connect(server.url)
    ((first, _),) = cast(list[tuple[bytes, object]], client.xrange("cc:log", count=1))
    client.copy("cc:log", "kept:log")
    try:
        client.xdel("cc:log", first)
        with pytest.raises(NotInLog, match="take a later day"):
            EventLog(client, "cc").start(Instant(BEGINS + 1000))
    finally:
        client.rename("kept:log", "cc:log")
