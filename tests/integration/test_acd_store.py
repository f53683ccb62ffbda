"""The floor in a real Redis: what is committed is what was stepped, once, at the price of the change, by one writer."""

from typing import cast

import pytest

from acd import codec
from acd.change import FloorChange
from acd.effects import OfferCall
from acd.engine import step
from acd.errors import Fenced, InboxFull, StoreBehind, StoreUnavailable, Unreadable
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentReady,
    AgentSignedOut,
    CallerLeft,
    CallLeftMenu,
    Event,
    LegEnd,
    Message,
)
from acd.floor import Floor
from acd.inbox import Inbox
from acd.keyspace import INBOX_LIMIT
from acd.redis_store import Commit, RedisStore, connect
from calls.clock import AnchoredClock
from calls.ids import AgentId, CallId
from calls.journey import CallFacts
from tests.kit.floors import REPAIRS, Day, call_id
from tests.kit.redis_server import RedisServer

Fields = dict[bytes, bytes]


@pytest.fixture
def store(server: RedisServer) -> RedisStore:
    server.client().flushall()
    store = RedisStore(connect(server.url), "cc")
    assert store.acquire()
    return store


def a_day() -> Day:
    """Something of everything: talks, a wrap-up, a lost agent, an abandoned call, a refusal, a rest in the menu."""
    day = Day()
    anna = day.agent_ready("anna", "sales", "en")
    day.agent_ready("boris", "sales", "repairs")
    first, second = day.queued(1), day.queued(2, skills=frozenset({"en"}))
    offer = day.connected(first)
    day.tell(AgentNotReady(anna, "обед\u2028"))
    day.wait(40)
    day.queued(3, queue=REPAIRS, priority_s=300)
    day.tell(AgentLegEnded(offer, LegEnd.LOST))
    day.wait(1)
    day.tell(CallLeftMenu(second, CallFacts(topic="balance").with_step(day.now, "balance", "balance", "debt")))
    day.tell(CallerLeft(second))
    day.tell(AgentReady(AgentId("nobody")))
    day.connected(call_id(3))
    day.wait(5)
    day.tell(CallerLeft(call_id(3)))
    day.queued(4)
    day.tell(CallerLeft(call_id(99)))
    day.wait(0.5)
    return day


def commit_all(store: RedisStore, messages: list[Message], floor: Floor | None = None) -> Floor:
    """Each message in a commit of its own, as the writer does it when it has time."""
    floor = floor or Floor()
    for message in messages:
        commit_one(store, floor, message)
    return floor


def commit_one(store: RedisStore, floor: Floor, message: Message) -> Commit:
    commit = Commit()
    commit.add(message, codec.encode_message(message), step(floor, message))
    store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)
    return commit


def test_what_is_loaded_is_what_was_stepped(store: RedisStore) -> None:
    day = a_day()
    floor = commit_all(store, day.messages)
    loaded = store.load()
    assert loaded.state == floor.state() == day.floor.state()
    assert list(loaded.outbox) == day.effects
    assert Floor.restored(loaded.state).state() == floor.state()
    assert not loaded.outdated


def test_the_event_log_makes_the_same_floor_again(store: RedisStore, server: RedisServer) -> None:
    floor = commit_all(store, a_day().messages)
    log = cast(list[tuple[bytes, Fields]], server.client().xrange("cc:log"))
    again = Floor()
    for _, fields in log:
        done = step(again, codec.decode_message(fields[b"m"]))
        assert done.version == int(fields[b"v"])
    assert again.state() == floor.state()


def test_the_feed_has_every_version_and_adds_up_to_the_floor(store: RedisStore, server: RedisServer) -> None:
    floor = commit_all(store, a_day().messages)
    changes = cast(list[tuple[bytes, Fields]], server.client().xrange("cc:changes"))
    calls: dict[CallId, object] = {}
    for version, (entry, fields) in enumerate(changes, 1):
        change = codec.decode(fields[b"c"], FloorChange)
        assert change.version == version == int(entry.split(b"-")[0])
        calls |= change.calls
    assert {name: call for name, call in calls.items() if call is not None} == floor.calls


def test_a_commit_whose_answer_was_lost_is_written_once(store: RedisStore, server: RedisServer) -> None:
    day = a_day()
    floor = commit_all(store, day.messages)
    day.messages.clear()
    day.tell(AgentSignedOut(AgentId("nobody")), actor="user:nobody", message_id="said-once")
    commit = commit_one(store, floor, day.messages[0])
    store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)
    assert server.client().llen("cc:answer:said-once") == 1
    assert server.client().xlen("cc:log") == floor.version
    assert store.load().state == floor.state()


def test_what_redis_has_lost_is_written_anew(store: RedisStore, server: RedisServer) -> None:
    day = a_day()
    floor = commit_all(store, day.messages[:-3])
    client = server.client()
    lease = client.get("cc:lease")
    client.flushall()
    assert lease is not None
    client.set("cc:lease", cast(bytes, lease), px=5000)
    with pytest.raises(StoreBehind):
        commit_one(store, floor, day.messages[-3])
    commit = Commit()
    message = day.messages[-2]
    commit.add(message, codec.encode_message(message), step(floor, message))
    store.write_whole(floor.state(), day.effects[:1], commit)
    loaded = store.load()
    assert (loaded.state.version, loaded.state.calls, loaded.state.agents) == (
        floor.version, floor.state().calls, floor.state().agents,
    )  # fmt: skip
    assert loaded.outbox[0] == day.effects[0]
    commit_one(store, floor, day.messages[-1])


def test_each_writer_has_a_higher_fence_and_the_former_one_writes_nothing(
    server: RedisServer, store: RedisStore
) -> None:
    later = RedisStore(connect(server.url), "cc")
    assert not later.acquire()
    server.client().delete("cc:lease")
    assert later.acquire()
    assert later.fence > store.fence
    before = store.load()
    with pytest.raises(Fenced):
        commit_all(store, a_day().messages)
    store.release()
    later.renew()
    assert store.load() == before
    server.client().flushall()
    assert store.acquire()
    assert store.fence > 1, "a counter that was lost does not make an old fence young"


def test_a_commit_costs_what_changed_never_the_floor(store: RedisStore, server: RedisServer) -> None:
    def bytes_of_a_call(number: int) -> int:
        store.renew()
        day.queued(number)
        before = int(client.info("stats")["total_net_input_bytes"])
        commit_one(store, floor, day.messages[-1])
        return int(client.info("stats")["total_net_input_bytes"]) - before

    day, client = Day(), server.client()
    floor = commit_all(store, day.messages)
    bytes_of_a_call(1000)
    small = bytes_of_a_call(1001)
    for number in range(2000, 2400):
        bytes_of_a_call(number)
    assert bytes_of_a_call(4001) <= small + 50
    assert len(floor.calls) == 403


def test_an_effect_stays_until_it_was_performed(store: RedisStore) -> None:
    day = Day()
    day.agent_ready("anna")
    day.queued(1)
    commit_all(store, day.messages)
    offer = next(effect for effect in store.outbox() if isinstance(effect.wish, OfferCall))
    store.performed(offer.effect_id)
    store.performed(offer.effect_id)
    assert offer not in store.outbox()


def test_a_floor_of_a_newer_version_is_not_touched(store: RedisStore, server: RedisServer) -> None:
    commit_all(store, a_day().messages)
    server.client().hset("cc:floor", "schema", "99")
    with pytest.raises(Unreadable, match="Upgrade this process first"):
        store.load()


def test_a_full_inbox_refuses_instead_of_forgetting(server: RedisServer, store: RedisStore) -> None:
    inbox = Inbox(connect(server.url), "cc", AnchoredClock(), "ivr")
    event: Event = CallerLeft(call_id(1))
    inbox.tell(event)
    pipe = server.client().pipeline()
    for _ in range(INBOX_LIMIT - 1):
        pipe.xadd("cc:inbox", {"m": b"{}"})
    pipe.execute()
    with pytest.raises(InboxFull):
        inbox.tell(event)
    assert server.client().xlen("cc:inbox") == INBOX_LIMIT


def test_nobody_answers(store: RedisStore, server: RedisServer) -> None:
    inbox = Inbox(connect(server.url), "cc", AnchoredClock(), "user:orlov")
    with pytest.raises(StoreUnavailable, match="did not answer in time"):
        inbox.answer(inbox.tell(AgentReady(AgentId("orlov"))), 0.5)
    nowhere = Inbox(connect("unix:///nonexistent/redis.sock"), "cc", AnchoredClock(), "ivr")
    with pytest.raises(StoreUnavailable, match="Redis does not answer"):
        nowhere.tell(CallerLeft(call_id(1)))
