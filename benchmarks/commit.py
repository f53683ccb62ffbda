"""What one commit of the engine costs: `python -m benchmarks.commit`.

A real Redis as the call centre starts it (append only file, on disk within a second) and the real engine and store:
one message is stepped and committed, its effects are taken out of the outbox again, as in `acd.writer`. A floor of
100, 1,000 and 10,000 agents in a talk, with as many calls waiting; each round a talk ends, the next caller is offered,
the agent answers, both are connected, a new caller comes. Milliseconds of `RedisStore.commit`, whose packing is ours;
the bytes are those that Redis has received. `loaded` is the pace of 30 busy agents (nine calls a second) and ten times.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import redis

from acd import codec
from acd.engine import step
from acd.events import (
    AgentLegEnded,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallQueued,
    Event,
    LegEnd,
    Message,
    OfferAccepted,
    QueuesChanged,
)
from acd.floor import Floor
from acd.keyspace import Keys
from acd.model import Leg
from acd.queues import Queue
from acd.redis_store import Commit, RedisStore, connect
from benchmarks.figures import Figure, Figures, main, median, percentile
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId, new_event_id
from calls.journey import CallFacts
from staff.skills import skilled
from tests.kit.redis_server import RedisServer

SIZES: Final = (100, 1_000, 10_000)
ROUNDS: Final = 400
"""Of four commits, for each size."""
PACES: Final = (45.0, 450.0)
"""Commits a second of nine calls a second, and ten times that."""
PACED_S: Final = 15.0
PACED_SIZE: Final = 1_000
P99_MS: Final = 2.0
SAME_BYTES: Final = 1.05
"""Largest to smallest floor; numbers of more digits and other fractions take a few bytes."""
_BEGIN: Final = Instant(1_750_000_000_000)
_QUEUE: Final = Queue(QueueId("general"), "General", 20, frozenset({"general"}), wrap_up_s=0)


@dataclass(slots=True)
class Busy:
    """A floor in which every agent talks and as many callers wait; its messages come one after another."""

    size: int
    floor: Floor = field(default_factory=Floor)
    now: Instant = _BEGIN
    came: int = 0

    def fill(self) -> Iterator[Commit]:
        """The day until then, several messages a commit."""
        yield self._committed(QueuesChanged((_QUEUE,), 1))
        for number in range(self.size):
            agent = AgentId(f"agent-{number:05d}")
            ready = (AgentSignedIn(agent, "Agent", skilled("general")), AgentReachable(agent), AgentReady(agent))
            came = self._committed(*ready, self.caller())
            yield came
            offer = self._offered(came)
            yield self._committed(OfferAccepted(offer), CallConnected(offer), self.caller())

    def caller(self) -> CallQueued:
        self.came += 1
        call = CallId(f"01900000-0000-7000-8000-{self.came:012x}")
        leg = Leg(NodeId("main"), f"PJSIP/trunk-{self.came:08x}", f"{self.came:012d}.1")
        facts = CallFacts(topic="agent")
        return CallQueued(call, _QUEUE.queue_id, frozenset(), 0, self.now, self.now, leg, facts)

    def commits(self) -> Iterator[Commit]:
        """Without end: a talk ends and the next caller is offered; answered; connected; a new caller comes."""
        while True:
            talking = next(iter(self.floor.offers))
            ended = self._committed(AgentLegEnded(talking, LegEnd.HUNG_UP))
            yield ended
            offer = self._offered(ended)
            yield self._committed(OfferAccepted(offer))
            yield self._committed(CallConnected(offer))
            yield self._committed(self.caller())

    def _committed(self, *events: Event) -> Commit:
        commit = Commit()
        for event in events:
            self.now = after(self.now, 0.02)
            message = Message(new_event_id(), self.now, "switch:main", event)
            commit.add(message, codec.encode_message(message), step(self.floor, message))
        return commit

    def _offered(self, commit: Commit) -> OfferId:
        return next(
            change.offer.offer_id
            for _, _, done in commit.steps
            for change in done.changes.calls.values()
            if change is not None and change.offer is not None
        )


class Committing:
    """The store of one floor in an empty Redis."""

    def __init__(self, url: str, size: int) -> None:
        self._client = connect(url)
        self._client.flushall()
        self._store = RedisStore(self._client, "cc")
        self._busy = Busy(size)
        assert self._store.acquire()
        for number, commit in enumerate(self._busy.fill()):
            self._write(commit)
            if number % 20 == 0:
                self._store.renew()
        self._client.delete(Keys("cc")["outbox"])
        self._coming = self._busy.commits()

    def one(self) -> float:
        """The next commit's milliseconds; its effects are performed afterwards."""
        commit = next(self._coming)
        begun = time.perf_counter()
        self._write(commit)
        taken = time.perf_counter() - begun
        for effect in commit.effects():
            self._store.performed(effect.effect_id)
        return taken * 1000

    def _write(self, commit: Commit) -> None:
        floor = self._busy.floor
        self._store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)

    def ping(self) -> float:
        """A round to Redis that does nothing, in milliseconds."""
        begun = time.perf_counter()
        self._client.ping()
        return (time.perf_counter() - begun) * 1000

    def flat_out(self, rounds: int) -> tuple[list[float], float]:
        """Times of four commits a round, and the bytes that Redis received for each."""
        before = _received(self._client)
        times = [self._renewed(number) for number in range(rounds * 4)]
        return times, (_received(self._client) - before) / len(times)

    def paced(self, per_second: float, for_s: float) -> list[float]:
        times = []
        due = time.monotonic()
        for number in range(round(per_second * for_s)):
            due += 1 / per_second
            time.sleep(max(0.0, due - time.monotonic()))
            times.append(self._renewed(number))
        return times

    def _renewed(self, number: int) -> float:
        """The writer keeps its lease between commits."""
        if number % 20 == 0:
            self._store.renew()
        return self.one()


def _received(client: "redis.Redis") -> int:
    stats = cast(dict[str, int], client.info("stats"))
    return stats["total_net_input_bytes"]


def measure() -> Figures:
    figures: dict[str, Figure] = {}
    size_of: dict[int, float] = {}
    with RedisServer(fsync="everysec") as server:
        for size in SIZES:
            committing = Committing(server.url, size)
            times, size_of[size] = committing.flat_out(ROUNDS)
            peer = percentile([committing.ping() for _ in range(ROUNDS)], 0.99)
            name = f"{size:,} agents and waiting calls"
            figures[f"median, {name}"] = Figure(median(times), "ms")
            figures[f"p99, {name}"] = Figure(percentile(times, 0.99), "ms", P99_MS, peer, note="peer: PING")
            figures[f"bytes, {name}"] = Figure(size_of[size], "bytes", size_of[SIZES[0]] * SAME_BYTES)
        committing = Committing(server.url, PACED_SIZE)
        for pace in PACES:
            times = committing.paced(pace, PACED_S)
            figures[f"loaded, p99, {pace:.0f} a second"] = Figure(percentile(times, 0.99), "ms", P99_MS)
    return figures


if __name__ == "__main__":
    sys.exit(main("A commit of the engine to Redis", measure))
