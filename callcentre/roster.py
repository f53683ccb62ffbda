"""Who serves: every process of ours writes itself down in Redis twice a second, and reads whether it is to stand aside.

Keys, behind the prefix of the settings:
  roster    hash: NODE/PROCESS ("one/acd-2") -> its entry as JSON; older than `FRESH_S` is gone
  drained   hash: NODE/PROCESS, or the name of an Asterisk node -> the drain as JSON; stays until undrained
Redis away: nobody is told anything new, and whoever starts then serves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar, cast

import msgspec

from acd.keyspace import Keys
from acd.redis_store import told_as_unavailable
from calls.clock import Instant

if TYPE_CHECKING:
    import redis

FRESH_S: Final = 3.0
T = TypeVar("T")


class Kind(StrEnum):
    ACD = "acd"
    IVR = "ivr"
    DESKTOP = "desktop"


class Doing(StrEnum):
    ACTIVE = "active"
    """The one acd that distributes."""
    STANDS_BY = "stands by"
    SERVES = "serves"
    DRAINS = "drains"
    """Takes nothing new and finishes what it has."""
    STANDS_ASIDE = "stands aside"
    """Drained: serves nobody until it is undrained."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`node`: the Asterisk of its machine. `busy`: sessions that it still serves. `at`: by its own clock.

    `in_pieces`: sentences that it has said in pieces since its start, because the voice could not.
    """

    node: str
    process: str
    kind: Kind
    doing: Doing
    busy: int
    pid: int
    at: Instant
    in_pieces: int = 0

    @property
    def name(self) -> str:
        return full_name(self.node, self.process)


@dataclass(frozen=True, slots=True)
class Drain:
    """Asked for `at`; whoever is not empty at `until` goes anyway."""

    at: Instant
    until: Instant
    by: str


def full_name(node: str, process: str) -> str:
    return f"{node}/{process}"


class Roster:
    """Raises StoreUnavailable from every method."""

    def __init__(self, client: "redis.Redis", prefix: str) -> None:
        self._client = client
        keys = Keys(prefix)
        self._roster, self._drained = keys["roster"], keys["drained"]

    def enter(self, entry: Entry) -> None:
        with told_as_unavailable():
            self._client.hset(self._roster, entry.name, msgspec.json.encode(entry))

    def leave(self, name: str) -> None:
        with told_as_unavailable():
            self._client.hdel(self._roster, name)

    def entries(self, now: Instant) -> tuple[Entry, ...]:
        """Who is there now, by name. Machines' clocks may differ by less than `FRESH_S`."""
        found = self._all(self._roster, Entry)
        return tuple(entry for _, entry in sorted(found.items()) if abs(now - entry.at) <= FRESH_S * 1000)

    def drain(self, name: str, drain: Drain) -> None:
        """Asked twice, the later limit counts."""
        with told_as_unavailable():
            self._client.hset(self._drained, name, msgspec.json.encode(drain))

    def undrain(self, name: str) -> bool:
        """Whether it was drained."""
        with told_as_unavailable():
            return bool(self._client.hdel(self._drained, name))

    def drains(self) -> Mapping[str, Drain]:
        return self._all(self._drained, Drain)

    def _all(self, key: str, kind: type[T]) -> dict[str, T]:
        """What another version wrote and this one cannot read is passed over."""
        with told_as_unavailable():
            stored = cast(dict[bytes, bytes], self._client.hgetall(key))
        found = {}
        for name, text in stored.items():
            try:
                found[name.decode()] = msgspec.json.decode(text, type=kind)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
        return found
