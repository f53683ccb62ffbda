"""The event log as a replay reads it, and the snapshots of the floor that it begins at.

A snapshot is a copy that Redis makes inside itself, about once a day, outside of every commit: a commit's cost must not
depend on the floor's size. Copies are kept as long as the log.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import redis

from acd import codec
from acd.errors import NotInLog
from acd.floor import REMEMBERED, FloorState
from acd.keyspace import LOG_KEPT_S, Keys
from acd.logged import Logged
from acd.redis_store import FIRST_ENTRY, FLOOR_KEYS, RedisStore, seen_in, told_as_unavailable
from calls.clock import Instant

SNAPSHOT_EVERY_S: Final = 86_400
_READ: Final = 1000
"""Entries in one answer."""
_LUA: Final = Path(__file__).parent / "lua" / "snapshot.lua"


@dataclass(frozen=True, slots=True)
class Start:
    """A floor, and the last entry of the log that it has already taken."""

    state: FloorState
    entry: str


class EventLog:
    """Raises StoreUnavailable from every method."""

    def __init__(self, client: "redis.Redis", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._keys = Keys(prefix)
        self._snapshot = client.register_script(_LUA.read_text("utf-8"))

    def snapshot(self, now: Instant, every_s: int = SNAPSHOT_EVERY_S) -> int:
        """Copy the floor unless the last copy is younger than `every_s`; its version, or 0."""
        keys = [self._keys["floor"], self._keys["log"], self._keys["snapshots"]]
        arguments = [f"{self._prefix}:", str(now), str(every_s * 1000), str(LOG_KEPT_S), *FLOOR_KEYS]
        with told_as_unavailable():
            return int(cast(int, self._snapshot(keys=keys, args=arguments)))

    def start(self, at: Instant | None = None) -> Start:
        """Where a replay that shall know everything since `at` begins; None: as early as can be. Raises NotInLog."""
        with told_as_unavailable():
            if at is None:
                found = cast(list[bytes], self._client.zrange(self._keys["snapshots"], 0, 0))
            else:
                newest = self._client.zrevrangebyscore(self._keys["snapshots"], at, "-inf", start=0, num=1)
                found = cast(list[bytes], newest)
            first = cast(list[tuple[bytes, dict[bytes, bytes]]], self._client.xrange(self._keys["log"], count=1))
        if first and first[0][1][b"v"] == b"1" and (at is None or not found):
            return Start(FloorState(), FIRST_ENTRY)
        if not found:
            raise NotInLog(
                "The log does not reach back so far, and no copy of the floor is older. "
                "Copies are made once a day while `callcentre acd` runs: take a later day."
            )
        return self._at(found[0].decode())

    def _at(self, version: str) -> Start:
        prefix = f"{self._prefix}:snapshot:{version}"
        state = RedisStore(self._client, prefix).load().state
        with told_as_unavailable():
            entry = cast(bytes | None, self._client.hget(Keys(prefix)["floor"], "log"))
            if entry is None:
                raise NotInLog(f"The copy of version {version} is not whole. Take another day.")
            log = self._client.xrevrange(self._keys["log"], max=entry.decode(), count=REMEMBERED)
        entries = cast(list[tuple[bytes, dict[bytes, bytes]]], log)
        seen = tuple(one for _, fields in reversed(entries) if (one := seen_in(fields)) is not None)
        return Start(replace(state, seen=seen), entry.decode())

    def entries(self, after: str) -> Iterator[Logged]:
        """Every entry after this one, oldest first. Raises Unreadable."""
        while True:
            with told_as_unavailable():
                answer = self._client.xrange(self._keys["log"], min=f"({after}", count=_READ)
            read = cast(list[tuple[bytes, dict[bytes, bytes]]], answer)
            for entry, fields in read:
                after = entry.decode()
                decisions = fields[b"d"].decode() if b"d" in fields else None
                message = codec.decode_message(fields[b"m"])
                yield Logged(int(fields[b"v"]), message, fields.get(b"r", b"").decode(), decisions)
            if len(read) < _READ:
                return
