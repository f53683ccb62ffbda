"""Settings change in the middle of a day: database, engine and Redis are real, only the switch is played.

A change holds within 5 s, and no caller who waits loses the place by it.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from acd import codec
from acd.events import (
    Accepted,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallerLeft,
    CallQueued,
    QueuesChanged,
)
from acd.floor import FloorState
from acd.inbox import Inbox
from acd.model import CallState
from acd.queues import Limits
from acd.redis_store import RedisStore, connect
from acd.runner import Runner
from calls.clock import AnchoredClock
from calls.ids import AgentId
from calls.journey import CallFacts
from calls.record import CallRecord
from database.engine import DatabaseUnavailable, open_engine
from database.migrations import migrate
from database.queue_settings import DatabaseQueueSettings
from database.users import DatabaseUsers
from database.whole_settings import DatabaseWholeSettings
from staff.roles import Role
from staff.skills import skills_from
from staff.users import AuditEntry, User
from tests.kit.databases import NOW, PATIENT
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import call_id, leg
from tests.kit.redis_server import RedisServer
from tests.kit.settings import FULL, PLAIN
from tests.kit.waiting import eventually_sync

HOLDS_S = 5.0
OPEN = replace(FULL, queue_id=PLAIN.queue_id, hours=None, overflow=(), skills=frozenset({"billing"}), most_waiting=0)
ANNA = User(AgentId("anna"), "Анна", Role.AGENT, skills_from({"billing": 4}))


class Records:
    def write(self, record: CallRecord) -> None:
        return None


class Centre:
    """One engine over a database of its own."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.database = open_engine(f"sqlite:///{folder / 'callcentre.db'}", PATIENT)
        migrate(self.database)
        self.settings = DatabaseQueueSettings(self.database)
        self.clock = AnchoredClock()
        self.switch = FakeSwitch()
        self.redis = server.client()
        self.store = RedisStore(connect(server.url), "cc")
        self.inbox = Inbox(connect(server.url), "cc", self.clock, "test")
        self.runner = Runner(
            connect(server.url), "cc", self.clock, lambda: self.switch, Records(), self.settings, (DatabaseUnavailable,)
        )
        self.thread = threading.Thread(target=self.runner.run, daemon=True)

    def start(self) -> None:
        self.thread.start()
        eventually_sync(self.runner.active.is_set, 5, "the engine is active")

    def stop(self) -> None:
        self.runner.stop()
        self.thread.join(10)
        self.database.dispose()

    def floor(self) -> FloorState:
        return self.store.load().state

    def wait_for(self, version: int) -> FloorState:
        eventually_sync(lambda: self.floor().settings_version == version, HOLDS_S, f"version {version} holds")
        return self.floor()

    def queue_call(self, number: int) -> None:
        now = self.clock.now()
        self.inbox.tell(CallQueued(call_id(number), PLAIN.queue_id, frozenset(), 0, now, now, leg(number), CallFacts()))
        eventually_sync(lambda: self.inbox.facts_of(call_id(number)), 3, "the call waits")

    def agent_is_ready(self) -> None:
        signed_in = self.inbox.tell(AgentSignedIn(ANNA.login, ANNA.name, ANNA.skills))
        assert isinstance(self.inbox.answer(signed_in, 3), Accepted)
        self.switch.says(AgentReachable(ANNA.login))

        def ready() -> bool:
            return isinstance(self.inbox.answer(self.inbox.tell(AgentReady(ANNA.login)), 3), Accepted)

        eventually_sync(ready, 3, "the agent is ready")


@pytest.fixture
def centre(server: RedisServer, tmp_path: Path) -> Iterator[Centre]:
    server.client().flushall()
    centre = Centre(server, tmp_path)
    centre.settings.put(replace(PLAIN, skills=frozenset({"billing"})))
    centre.start()
    centre.wait_for(1)
    yield centre
    centre.stop()


def test_every_field_holds_within_five_seconds_and_nobody_loses_the_place(centre: Centre) -> None:
    centre.queue_call(1)
    centre.queue_call(2)
    before = {call.call_id: (call.state, call.enqueued_at, call.sequence) for call in centre.floor().calls}
    centre.settings.put(OPEN)
    floor = centre.wait_for(2)
    assert floor.queues == (OPEN,)
    assert {call.call_id: (call.state, call.enqueued_at, call.sequence) for call in floor.calls} == before
    centre.agent_is_ready()
    offer = eventually_sync(centre.switch.offers, 3, "the agent is rung")[0]
    assert offer.call_id == call_id(1), "who came first is first"
    rings_ms = offer.expires_at - centre.clock.now()
    assert OPEN.offer_s * 1000 - 5000 < rings_ms <= OPEN.offer_s * 1000, "the changed ring time holds"


def test_a_removed_queue_stays_until_its_calls_are_over(centre: Centre) -> None:
    centre.queue_call(1)
    centre.settings.remove(PLAIN.queue_id)
    floor = centre.wait_for(2)
    assert [queue.queue_id for queue in floor.queues] == [PLAIN.queue_id]
    assert [call.state for call in floor.calls] == [CallState.WAITING]
    centre.agent_is_ready()
    eventually_sync(centre.switch.offers, 3, "the agent is rung for the queue that is no more")
    centre.switch.says(CallerLeft(call_id(1)))
    eventually_sync(lambda: not centre.floor().calls, 3, "the call is over")
    centre.settings.put(replace(PLAIN, queue_id=FULL.queue_id))
    assert [queue.queue_id for queue in centre.wait_for(3).queues] == [FULL.queue_id], "now it is gone"


def test_skills_change_in_the_middle_of_a_shift(centre: Centre) -> None:
    DatabaseUsers(centre.database).add(ANNA, "длинный пароль")
    centre.agent_is_ready()
    whole = DatabaseWholeSettings(centre.database)
    entry = AuditEntry(NOW, "cli:test", "settings_imported", "", "")
    whole.put(centre.settings.load(), (replace(ANNA, skills=skills_from({"general": 5})),), entry)
    centre.wait_for(2)
    eventually_sync(
        lambda: centre.floor().agents[0].skills == skills_from({"general": 5}), HOLDS_S, "the engine knows her skills"
    )
    centre.queue_call(1)
    whole.put(centre.settings.load(), (ANNA,), entry)
    offer = eventually_sync(centre.switch.offers, HOLDS_S, "she may take it now")[0]
    assert offer.agent_id == ANNA.login


def test_limits_travel_with_the_queues(centre: Centre) -> None:
    centre.settings.put_limits(Limits(300, 4))
    centre.wait_for(2)
    ((_, fields),) = cast(list[tuple[bytes, dict[bytes, bytes]]], centre.redis.xrevrange("cc:log", count=1))
    event = codec.decode_message(fields[b"m"]).event
    assert isinstance(event, QueuesChanged)
    assert event.limits == Limits(300, 4)
