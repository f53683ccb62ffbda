"""One `callcentre acd` inside the test's process, over a real Redis, with a fake switch and a paper database."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.events import (
    Accepted,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallQueued,
)
from acd.inbox import Inbox
from acd.queues import FloorSettings
from acd.redis_store import connect
from acd.runner import Runner
from calls.callback import Callback, CallbackState
from calls.clock import AnchoredClock
from calls.ids import AgentId, CallId
from calls.journey import CallFacts
from calls.record import CallRecord
from staff.skills import Skills, skilled
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import REPAIRS, SALES, call_id, leg
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

ORLOV = AgentId("orlov")


QUEUES_OF_THE_TESTS = FloorSettings((REPAIRS, SALES), version=1)


@dataclass
class Written:
    """The database's side: records and queues. `away`: as if it could not be reached."""

    records: list[CallRecord] = field(default_factory=list)
    away: bool = False
    settings: FloorSettings = QUEUES_OF_THE_TESTS
    promises: dict[CallId, Callback] = field(default_factory=dict)

    @property
    def callbacks(self) -> "Promises":
        return Promises(self)

    def write(self, record: CallRecord) -> None:
        if self.away:
            raise ConnectionError
        self.records.append(record)

    def skills(self) -> Mapping[AgentId, Skills]:
        return {}

    def load(self) -> FloorSettings:
        return self.settings


@dataclass
class Promises:
    """The database's side: what customers were promised."""

    database: Written

    def write(self, callback: Callback) -> None:
        if self.database.away:
            raise ConnectionError
        self.database.promises[callback.callback_id] = callback

    def waiting(self) -> list[Callback]:
        if self.database.away:
            raise ConnectionError
        return [each for each in self.database.promises.values() if each.state is CallbackState.WAITING]


class Engine:
    """One `callcentre acd` in this process. `crash` stops it without a word to Redis."""

    def __init__(self, server: RedisServer, written: Written | None = None) -> None:
        self.switches: list[FakeSwitch] = []
        self.written = written or Written()
        clock = AnchoredClock()
        client = connect(server.url)
        self.runner = Runner(
            client, "cc", clock, self._switch, self.written, self.written, (ConnectionError,), self.written.callbacks
        )
        self.inbox = Inbox(connect(server.url), "cc", clock, "test")
        self.thread = threading.Thread(target=self.runner.run, daemon=True)
        self.thread.start()

    def _switch(self) -> FakeSwitch:
        self.switches.append(FakeSwitch())
        return self.switches[-1]

    @property
    def switch(self) -> FakeSwitch:
        eventually_sync(lambda: self.switches and self.switches[-1].listens, 5, "the engine is active")
        return self.switches[-1]

    def stop(self) -> None:
        self.runner.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()

    def agent_is_ready(self, agent_id: AgentId = ORLOV) -> None:
        signed_in = self.inbox.tell(AgentSignedIn(agent_id, "Орлов", skilled("sales", "repairs")))
        assert isinstance(self.inbox.answer(signed_in, 3), Accepted)
        self.switch.says(AgentReachable(agent_id))

        def ready() -> bool:
            return isinstance(self.inbox.answer(self.inbox.tell(AgentReady(agent_id)), 3), Accepted)

        eventually_sync(ready, 3, "the agent is ready")

    def queue_call(self, number: int) -> None:
        now = AnchoredClock().now()
        facts = CallFacts()
        self.inbox.tell(CallQueued(call_id(number), SALES.queue_id, frozenset(), 0, now, now, leg(number), facts))
