"""The engine's floor in Redis, followed by one reader: first the whole, then its changes; and the monitor's report.

As agent_desktop/live.py does: a snapshot and its version are read in one transaction, the changes after it have the
entry ids VERSION-0. Nothing is asked of the engine or of Asterisk.
"""

from dataclasses import dataclass
from typing import Any, Final, cast

import redis
from redis.exceptions import RedisError

from acd import codec
from acd.change import FloorChange
from acd.errors import StoreUnavailable, Unreadable
from acd.events import SCHEMA_VERSION
from acd.figures import Report
from acd.keyspace import REPORTS_KEPT, STANDBY_S, Keys
from acd.model import Agent, Call, WrapUp
from acd.queues import Queue
from calls.ids import AgentId, CallId, QueueId

MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Engines:
    """Whether a distribution holds the lease, and how many others stand by."""

    active: bool
    standbys: int


class FloorFeed:
    """Raises StoreUnavailable from every method; the next `poll` then begins with the whole floor."""

    def __init__(self, client: "redis.Redis", prefix: str) -> None:
        self._client = client
        self._keys = Keys(prefix)
        self._version: int | None = None

    def poll(self, wait_s: float) -> tuple[bool, list[FloorChange]]:
        """What has changed, waiting at most so long for the first; True: the first of them is the whole floor."""
        try:
            if self._version is None:
                whole = self._snapshot()
                self._version = whole.version
                return True, [whole]
            changes = self._changes(self._version, wait_s)
        except (RedisError, Unreadable) as error:
            self._version = None
            raise StoreUnavailable(f"The engine's store cannot be read ({type(error).__name__}).") from error
        if changes:
            self._version = changes[-1].version
        return False, changes

    def engines(self) -> Engines:
        try:
            pipe = self._client.pipeline(transaction=False)
            pipe.exists(self._keys["lease"])
            pipe.time()
            lease, (seconds, _) = pipe.execute()
            standbys = self._client.zcount(self._keys["standbys"], seconds - STANDBY_S, "+inf")
        except RedisError as error:
            raise StoreUnavailable(f"The engine's store cannot be read ({type(error).__name__}).") from error
        return Engines(bool(lease), standbys)

    def publish(self, report: Report) -> None:
        """For all desks at once."""
        try:
            self._client.xadd(
                self._keys["reports"], {"r": codec.encode(report)}, maxlen=REPORTS_KEPT, approximate=False
            )  # fmt: skip
        except RedisError as error:
            raise StoreUnavailable(f"The report cannot be written ({type(error).__name__}).") from error

    def _snapshot(self) -> FloorChange:
        pipe = self._client.pipeline(transaction=True)
        pipe.hgetall(self._keys["floor"])
        for name in ("queues", "calls", "agents", "wrap_ups"):
            pipe.hgetall(self._keys[name])
        floor, queues, calls, agents, wrap_ups = pipe.execute()
        schema = int(floor.get(b"schema", SCHEMA_VERSION))
        return FloorChange(
            int(floor.get(b"version", 0)),
            {CallId(key.decode()): codec.decode(text, Call, schema) for key, text in calls.items()},
            {AgentId(key.decode()): codec.decode(text, Agent, schema) for key, text in agents.items()},
            {AgentId(key.decode()): codec.decode(text, WrapUp, schema).call for key, text in wrap_ups.items()},
            {QueueId(key.decode()): codec.decode(text, Queue, schema) for key, text in queues.items()},
        )

    def _changes(self, version: int, wait_s: float) -> list[FloorChange]:
        block_ms = max(1, round(wait_s * 1000))
        answer = cast(
            Any, self._client.xread({self._keys["changes"]: f"{version}-0"}, count=MOST_AT_ONCE, block=block_ms)
        )  # fmt: skip
        if answer:
            return [codec.decode(fields[b"c"], FloorChange) for _, fields in answer[0][1]]
        stored = self._client.hget(self._keys["floor"], "version")
        if int(cast(bytes | None, stored) or 0) != version:
            raise Unreadable("The store has started over.")
        return []
