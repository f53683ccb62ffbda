"""The engine's shell over a real Redis: commits, fencing, takeover, a crash between commit and effect, Redis away."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from acd.errors import Fenced, StoreUnavailable
from acd.events import (
    Accepted,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallerLeft,
    CallQueued,
    OfferAccepted,
    Refused,
    WrapUpEnded,
)
from acd.inbox import Inbox
from acd.model import Duty, Queue
from acd.redis_store import Commit, RedisStore, connect
from acd.runner import Runner
from calls.clock import AnchoredClock
from calls.ids import AgentId
from calls.journey import CallFacts
from calls.record import CallOutcome, CallRecord
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import REPAIRS, SALES, call_id, leg
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync

ORLOV = AgentId("orlov")


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
def clean(server: RedisServer) -> RedisServer:
    server.client().flushall()
    return server


@dataclass
class Written:
    """The database's side: records and queues. `away`: as if it could not be reached."""

    records: list[CallRecord] = field(default_factory=list)
    away: bool = False

    def write(self, record: CallRecord) -> None:
        if self.away:
            raise ConnectionError
        self.records.append(record)

    def load(self) -> tuple[Sequence[Queue], int]:
        return (SALES, REPAIRS), 1


class Engine:
    """One `callcentre acd` in this process. `crash` stops it without a word to Redis."""

    def __init__(self, server: RedisServer, written: Written | None = None) -> None:
        self.switches: list[FakeSwitch] = []
        self.written = written or Written()
        clock = AnchoredClock()
        client = connect(server.url)
        self.runner = Runner(client, "cc", clock, self._switch, self.written, self.written, (ConnectionError,))
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
        signed_in = self.inbox.tell(AgentSignedIn(agent_id, "Орлов", frozenset({"sales", "repairs"})))
        assert isinstance(self.inbox.answer(signed_in, 3), Accepted)
        self.switch.says(AgentReachable(agent_id))

        def ready() -> bool:
            return isinstance(self.inbox.answer(self.inbox.tell(AgentReady(agent_id)), 3), Accepted)

        eventually_sync(ready, 3, "the agent is ready")

    def queue_call(self, number: int) -> None:
        now = AnchoredClock().now()
        facts = CallFacts()
        self.inbox.tell(CallQueued(call_id(number), SALES.queue_id, frozenset(), 0, now, now, leg(number), facts))


@pytest.fixture
def engine(clean: RedisServer) -> Iterator[Engine]:
    engine = Engine(clean)
    yield engine
    engine.stop()


def test_one_call_through_redis(engine: Engine) -> None:
    engine.agent_is_ready()
    engine.queue_call(1)
    offer = eventually_sync(engine.switch.offers, 3, "the agent is rung")[0]
    assert offer.agent_id == ORLOV
    engine.switch.says(OfferAccepted(offer.offer_id))
    engine.switch.says(CallConnected(offer.offer_id))
    engine.switch.says(CallerLeft(call_id(1)))

    def wrapped() -> bool:
        return isinstance(engine.inbox.answer(engine.inbox.tell(WrapUpEnded(ORLOV)), 3), Accepted)

    eventually_sync(wrapped, 3, "the wrap-up is ended")
    record = eventually_sync(lambda: engine.written.records, 3, "the record is written")[0]
    assert record.outcome is CallOutcome.ANSWERED
    assert record.agent_id == ORLOV
    assert engine.switch.beats


def test_a_refused_command_says_why(engine: Engine) -> None:
    answer = engine.inbox.answer(engine.inbox.tell(AgentReady(AgentId("nobody"))), 3)
    assert isinstance(answer, Refused)
    assert answer.reason == "not_signed_in"


def test_a_standby_takes_over_and_goes_on(clean: RedisServer) -> None:
    first, second = Engine(clean), Engine(clean)
    active, standby = (first, second) if _active_of(first, second) is first else (second, first)
    active.agent_is_ready()
    active.switch.away = True
    active.queue_call(1)
    store = RedisStore(connect(clean.url), "cc")
    eventually_sync(lambda: store.load().outbox, 3, "the offer is committed")
    gone_at = time.monotonic()
    active.stop()
    offer = eventually_sync(standby.switch.offers, 5, "the standby performs the offer left over")[0]
    assert time.monotonic() - gone_at < 3
    assert offer.call_id == call_id(1)
    standby.stop()


def test_a_writer_that_wakes_up_late_is_refused(clean: RedisServer) -> None:
    late, next_one = RedisStore(connect(clean.url), "cc"), RedisStore(connect(clean.url), "cc")
    assert late.acquire()
    assert not next_one.acquire()
    clean.client().delete("cc:lease")
    assert next_one.acquire()
    with pytest.raises(Fenced):
        late.write_whole(late.load().state, [], Commit())
    with pytest.raises(Fenced):
        late.renew()
    late.release()
    next_one.renew()


def test_a_commit_costs_what_changed(engine: Engine, clean: RedisServer) -> None:
    def bytes_of_one_more(number: int) -> int:
        engine.queue_call(number)
        store = RedisStore(connect(clean.url), "cc")
        eventually_sync(lambda: call_id(number) in {c.call_id for c in store.load().state.calls}, 3, "it is committed")
        size = clean.client().xrevrange("cc:changes", count=1)
        return len(cast(list[tuple[bytes, dict[bytes, bytes]]], size)[0][1][b"c"])

    small = bytes_of_one_more(1)
    for number in range(2, 200):
        engine.queue_call(number)
    assert bytes_of_one_more(200) <= small * 1.1


def test_redis_away_for_a_while_loses_nothing(engine: Engine, clean: RedisServer) -> None:
    engine.agent_is_ready()
    clean.kill()
    with pytest.raises(StoreUnavailable):
        engine.queue_call(1)
    clean.start()
    eventually_sync(lambda: _told(engine, 2), 10, "the inbox takes messages again")
    offer = eventually_sync(engine.switch.offers, 10, "the agent is rung")[0]
    engine.switch.says(OfferAccepted(offer.offer_id))
    engine.switch.says(CallConnected(offer.offer_id))

    def talking() -> bool:
        agents = {agent.agent_id: agent for agent in RedisStore(connect(clean.url), "cc").load().state.agents}
        return agents[ORLOV].duty is Duty.ON_CALL

    eventually_sync(talking, 5, "the talk is committed")


def test_a_record_waits_for_the_database(clean: RedisServer) -> None:
    engine = Engine(clean, Written(away=True))
    engine.queue_call(1)
    eventually_sync(lambda: engine.inbox.facts_of(call_id(1)), 3, "the call is known")
    engine.switch.says(CallerLeft(call_id(1)))
    store = RedisStore(connect(clean.url), "cc")
    eventually_sync(lambda: store.load().outbox, 3, "the record is in the outbox")
    engine.stop()
    again = Engine(clean)
    record = eventually_sync(lambda: again.written.records, 5, "the record is written after the restart")[0]
    assert record.outcome is CallOutcome.ABANDONED
    eventually_sync(lambda: not store.load().outbox, 3, "the outbox is empty")
    again.stop()


EVAL = b'{"id":"x","at":1,"actor":"a","event":{"kind":"eval","v":1,"data":{}}}'


def test_hostile_messages_are_passed_over(engine: Engine, clean: RedisServer) -> None:
    for hostile in (
        b"",
        b"{}",
        b"\xff" * 70_000,
        b'{"id":"x","at":1,"actor":"a","event":{"kind":"eval","v":1,"data":{}}}',
    ):
        clean.client().xadd("cc:inbox", {"m": hostile})
    engine.agent_is_ready()


def _told(engine: Engine, number: int) -> bool:
    try:
        engine.queue_call(number)
    except StoreUnavailable:
        return False
    return True


def _active_of(*engines: Engine) -> Engine:
    return eventually_sync(
        lambda: next((engine for engine in engines if engine.runner.active.is_set()), None), 5, "one is active"
    )
