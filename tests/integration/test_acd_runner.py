"""The engine's shell over a real Redis: commits, fencing, takeover, a crash between commit and effect, Redis away."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import cast

import pytest

from acd.effects import Announce, OfferCall, WithdrawOffer
from acd.engine import Step, step
from acd.errors import Fenced, Reason, StoreUnavailable
from acd.events import (
    Accepted,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallerLeft,
    CallQueued,
    Event,
    Message,
    NodeSeen,
    OfferAccepted,
    Refused,
    WrapUpEnded,
)
from acd.floor import Floor
from acd.lease_keeper import LeaseKeeper
from acd.model import Duty
from acd.queues import Announcements, FloorSettings
from acd.redis_store import LEASE_S, Commit, RedisStore, connect
from calls.clock import AnchoredClock, after
from calls.ids import AgentId, offer_id
from calls.record import CallOutcome
from staff.skills import skilled
from tests.kit.engine_process import engine_process
from tests.kit.fake_switch import FakeSwitch
from tests.kit.floors import NODE, REPAIRS, SALES, call_id
from tests.kit.live_engine import ORLOV, Engine, Written
from tests.kit.redis_server import RedisServer
from tests.kit.waiting import eventually_sync


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


def test_a_killed_writer_is_replaced_within_three_seconds(clean: RedisServer) -> None:
    with engine_process(clean.url) as process, offered_by_another(clean) as standby:
        gone_at = time.monotonic()
        process.kill()
        eventually_sync(standby.runner.active.is_set, 5, "the standby has taken over")
        offer = eventually_sync(standby.switch.offers, 5, "the offer left over is made")[0]
        assert time.monotonic() - gone_at < 3
        assert offer.call_id == call_id(1)
        eventually_sync(lambda: standby.switch.beats, 1, "the new writer beats")


def test_a_frozen_writer_that_wakes_up_stands_by(clean: RedisServer) -> None:
    with engine_process(clean.url) as process, offered_by_another(clean) as standby:
        process.send_signal(signal.SIGSTOP)
        eventually_sync(standby.runner.active.is_set, 5, "the standby has taken over")
        fence = clean.client().get("cc:fence")
        process.send_signal(signal.SIGCONT)
        for number in range(2, 30):
            standby.queue_call(number)
        eventually_sync(lambda: standby.inbox.facts_of(call_id(29)), 5, "the new writer takes messages")
        store = RedisStore(connect(clean.url), "cc")
        assert len(store.load().state.calls) == 29
        assert clean.client().get("cc:fence") == fence
        assert standby.runner.active.is_set()


def test_a_slow_writer_keeps_its_lease_before_a_standby(clean: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    listen = FakeSwitch.listen

    def slow(switch: FakeSwitch, sink: Callable[[str, Event], None]) -> None:
        time.sleep(2 * LEASE_S)
        listen(switch, sink)

    monkeypatch.setattr(FakeSwitch, "listen", slow)
    engine = Engine(clean)
    eventually_sync(engine.runner.active.is_set, 3, "it has the lease")
    standby = Engine(clean)
    assert engine.switch
    assert not standby.switches
    assert clean.client().get("cc:fence") == b"1"
    engine.stop()
    standby.stop()


def test_who_left_while_nobody_listened_is_no_ghost(clean: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-service has told of the caller, the switch does not know the caller any more: the switch is right."""
    listen = FakeSwitch.listen

    def empty(switch: FakeSwitch, sink: Callable[[str, Event], None]) -> None:
        listen(switch, sink)
        switch.says(NodeSeen(NODE, frozenset(), frozenset(), AnchoredClock().now()))

    first = Engine(clean)
    assert first.switch
    eventually_sync(lambda: len(RedisStore(connect(clean.url), "cc").load().state.queues), 5, "the queues are known")
    first.stop()
    first.queue_call(1)
    monkeypatch.setattr(FakeSwitch, "listen", empty)
    engine = Engine(clean)
    record = eventually_sync(lambda: engine.written.records, 10, "it is recorded")[0]
    assert (record.call_id, record.outcome) == (call_id(1), CallOutcome.ABANDONED)
    assert not RedisStore(connect(clean.url), "cc").load().state.calls
    engine.stop()


def test_a_ring_that_the_switch_was_not_asked_for_yet_is_not_taken_back(engine: Engine, clean: RedisServer) -> None:
    engine.agent_is_ready()
    engine.switch.away = True
    engine.queue_call(1)
    store = RedisStore(connect(clean.url), "cc")
    eventually_sync(
        lambda: any(isinstance(wish, OfferCall) for wish in engine.switch.refused), 3, "the offer waits for the switch"
    )
    asked_at = after(AnchoredClock().now(), 60)
    version = store.load().state.version
    engine.switch.says(NodeSeen(NODE, frozenset({call_id(1)}), frozenset(), asked_at))
    eventually_sync(lambda: store.load().state.version > version, 3, "the switch has told what it holds")
    engine.switch.away = False
    (offer,) = eventually_sync(engine.switch.offers, 5, "the agent is rung")
    assert offer.offer_id == offer_id(call_id(1), 1)
    assert not [wish for wish in engine.switch.wishes if isinstance(wish, WithdrawOffer)]


def test_a_writer_that_hangs_is_given_up(clean: RedisServer) -> None:
    store = RedisStore(connect(clean.url), "cc")
    assert store.acquire()
    with LeaseKeeper(store, hung_s=0.1):
        eventually_sync(store.lease_is_free, LEASE_S + 1, "the lease is free")


def test_a_writer_without_its_store_stops_beating(engine: Engine, clean: RedisServer) -> None:
    switch = engine.switch
    eventually_sync(lambda: switch.beats, 3, "it beats")
    clean.freeze()
    try:
        eventually_sync(lambda: time.time() - switch.beats[-1] > 4, 8, "it beats no more")
    finally:
        clean.thaw()
    beats = eventually_sync(lambda: engine.switch.beats, 8, "it beats again")
    eventually_sync(lambda: time.time() - beats[-1] < 2, 8, "it goes on beating")


def test_a_fault_of_a_step_costs_one_message(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.agent_is_ready()

    def faulty(floor: Floor, message: Message) -> Step:
        if isinstance(message.event, CallQueued) and message.event.call_id == call_id(1):
            raise ZeroDivisionError
        return step(floor, message)

    monkeypatch.setattr("acd.writer.step", faulty)
    engine.queue_call(1)
    engine.queue_call(2)
    offer = eventually_sync(lambda: engine.switch.offers(), 8, "the other call is offered")[0]
    assert offer.call_id == call_id(2)
    eventually_sync(engine.runner.active.is_set, 3, "the engine is active")
    assert engine.inbox.facts_of(call_id(1)) is None


def test_a_command_that_fails_in_the_engine_is_refused_as_a_fault_of_ours(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.agent_is_ready()

    def faulty(floor: Floor, message: Message) -> Step:
        if isinstance(message.event, AgentNotReady):
            raise ZeroDivisionError
        return step(floor, message)

    monkeypatch.setattr("acd.writer.step", faulty)
    asked = engine.inbox.tell(AgentNotReady(ORLOV, "break"))
    assert engine.inbox.answer(asked, 8) == Refused(asked, Reason.ENGINE_FAULT)
    ready = engine.inbox.tell(AgentReady(ORLOV))
    assert isinstance(engine.inbox.answer(ready, 8), Accepted), "the engine goes on"


@contextmanager
def offered_by_another(server: RedisServer) -> Iterator[Engine]:
    """A standby, while the engine in the other process has committed an offer that its switch has not taken."""
    store = RedisStore(connect(server.url), "cc")
    eventually_sync(lambda: server.client().get("cc:lease"), 15, "the other process is the writer")
    standby = Engine(server)
    try:
        signed_in = standby.inbox.tell(AgentSignedIn(ORLOV, "Орлов", skilled("sales")))
        assert isinstance(standby.inbox.answer(signed_in, 5), Accepted)
        standby.inbox.tell(AgentReachable(ORLOV))
        assert isinstance(standby.inbox.answer(standby.inbox.tell(AgentReady(ORLOV)), 5), Accepted)
        standby.queue_call(1)
        eventually_sync(lambda: store.load().state.calls, 5, "the call is committed")
        assert any(isinstance(effect.wish, OfferCall) for effect in store.outbox())
        assert not standby.runner.active.is_set()
        yield standby
    finally:
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
    store = RedisStore(connect(clean.url), "cc")

    def committed(number: int) -> bool:
        return call_id(number) in {call.call_id for call in store.load().state.calls}

    def bytes_of_one_more(number: int) -> int:
        engine.queue_call(number)
        eventually_sync(lambda: committed(number), 3, "it is committed")
        size = clean.client().xrevrange("cc:changes", count=1)
        return len(cast(list[tuple[bytes, dict[bytes, bytes]]], size)[0][1][b"c"])

    small = bytes_of_one_more(1)
    for number in range(2, 200):
        engine.queue_call(number)
    eventually_sync(lambda: committed(199), 10, "the others are committed, so that the next stands alone")
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


@pytest.mark.parametrize("turn", range(3))
def test_a_talk_while_redis_is_away_is_recorded_with_a_standby_beside(clean: RedisServer, turn: int) -> None:
    """Who has heard what happened writes it down: a standby, which heard nothing, lets the former writer go first."""
    first, second = Engine(clean), Engine(clean)
    active, standby = (first, second) if _active_of(first, second) is first else (second, first)
    active.agent_is_ready()
    active.queue_call(1)
    offer = eventually_sync(active.switch.offers, 3, "the agent is rung")[0]
    clean.freeze()
    try:
        active.switch.says(OfferAccepted(offer.offer_id))
        active.switch.says(CallConnected(offer.offer_id))
        active.switch.says(CallerLeft(call_id(1)))
        time.sleep(LEASE_S + 2.0 + turn * 0.7)  # the lease is over, and every process has asked in vain
    finally:
        clean.thaw()

    def wrapped() -> bool:
        with suppress(StoreUnavailable):
            return isinstance(active.inbox.answer(active.inbox.tell(WrapUpEnded(ORLOV)), 3), Accepted)
        return False

    eventually_sync(wrapped, 10, "the wrap-up is ended")
    record = eventually_sync(lambda: active.written.records, 3, "the record is written")[0]
    assert (record.outcome, record.agent_id) == (CallOutcome.ANSWERED, ORLOV)
    assert active.runner.active.is_set()
    assert not standby.written.records
    active.stop()
    eventually_sync(standby.runner.active.is_set, 5, "the standby follows all the same")
    standby.stop()


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


def test_hostile_messages_are_passed_over(engine: Engine, clean: RedisServer) -> None:
    for hostile in (
        b"",
        b"{}",
        b"\xff" * 70_000,
        b'{"id":"x","at":1,"actor":"a","event":{"kind":"eval","v":1,"data":{}}}',
    ):
        clean.client().xadd("cc:inbox", {"m": hostile})
    engine.agent_is_ready()


def test_announcements_are_wished_for_and_what_was_heard_survives_the_engine(clean: RedisServer) -> None:
    soon = replace(SALES, announcements=Announcements(first_s=1, every_s=2))
    written = Written(settings=FloorSettings((REPAIRS, soon), version=1))
    first = Engine(clean, written)
    first.queue_call(1)
    said = eventually_sync(lambda: announced(first), 8, "the caller is told the place")
    assert (said[0].call_id, said[0].position, said[0].minutes) == (call_id(1), 1, None)
    first.stop()
    second = Engine(clean, written)
    again = eventually_sync(lambda: announced(second), 8, "the next engine goes on")
    assert again[0].at >= said[-1].at
    second.stop()
    state = RedisStore(connect(clean.url), "cc").load().state
    assert state.calls[0].heard.times >= 2
    assert [pace.queue_id for pace in state.paces] == [SALES.queue_id]


def announced(engine: Engine) -> list[Announce]:
    return [wish for wish in engine.switch.wishes if isinstance(wish, Announce)]


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
