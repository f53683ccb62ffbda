"""The engine's floor in Redis: loaded once, then each commit writes what changed, in one script under the fence.

The keys are in acd.keyspace. A commit's cost follows the change, never the size of the floor.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import RedisError
from redis.retry import Retry

from acd import codec
from acd.change import FloorChange
from acd.effects import Effect, effect_place
from acd.engine import Step
from acd.errors import Fenced, Reason, StoreBehind, StoreUnavailable
from acd.events import SCHEMA_VERSION, AgentCommand, Message, Refused, TimePassed
from acd.floor import REMEMBERED, Changes, FloorState
from acd.keyspace import ANSWER_KEPT_S, CHANGES_KEPT, LOG_KEPT_S, STANDBY_S, Keys
from acd.logged import decisions
from acd.model import Agent, Call, Pool, WrapUp
from acd.pace import Pace
from acd.queues import Limits, Queue
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, CallId, EventId, QueueId

_LUA: Final = Path(__file__).parent / "lua"
LEASE_S: Final = 2.0
"""How long a dead writer keeps others out; renewed four times as often."""
_ENTITIES: Final = ("queues", "paces", "calls", "agents", "wrap_ups")
FLOOR_KEYS: Final = ("floor", *_ENTITIES, "departed")
"""The keys that together are the floor; the outbox is what it still has to do."""
"""The hashes of the floor, by name."""
FIRST_ENTRY: Final = "0-0"


def connect(url: str, timeout_s: float = 2.0) -> "redis.Redis":
    """A thread-safe client whose every wait is bounded; one new try at once, for a connection that was dropped."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        max_connections=64,
        retry=Retry(NoBackoff(), 1),
    )


@contextmanager
def told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}). Check that it runs.") from error


@dataclass(slots=True)
class Commit:
    """One or several steps that are committed together. `inbox`: the last inbox entry among them."""

    steps: list[tuple[Message, bytes, Step]] = field(default_factory=list)
    inbox: str = ""

    def add(self, message: Message, text: bytes, step: Step) -> None:
        """`text`: the message as acd.codec writes it."""
        self.steps.append((message, text, step))

    def effects(self) -> list[Effect]:
        return [effect for _, _, step in self.steps for effect in step.effects]

    def taken(self) -> int:
        """How many versions the floor went on by."""
        return sum(step.taken for _, _, step in self.steps)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The floor as it was committed last, the effects not yet performed, and how far the inbox was read.

    `outdated`: an older version of this program wrote it, so it must be written whole before the next commit.
    """

    state: FloorState
    outbox: tuple[Effect, ...]
    inbox: str
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """What the floor in Redis is: its version, and the fence of the last commit (0 when there is none)."""

    version: int
    fence: int


class RedisStore:
    """For one writer at a time; `acquire` first. Raises StoreUnavailable from every method."""

    def __init__(self, client: "redis.Redis", prefix: str) -> None:
        self._client = client
        self._keys = Keys(prefix)
        self._commit: Script = client.register_script((_LUA / "commit.lua").read_text("utf-8"))
        self._lease: Script = client.register_script((_LUA / "lease.lua").read_text("utf-8"))
        self.fence = 0

    # --- the lease
    def acquire(self) -> bool:
        """Take the lease when nobody holds it; another try keeps the former fence."""
        fence = self._ask_lease("")
        if fence:
            self.fence = fence
        return fence > 0

    def lease_is_free(self) -> bool:
        """Only looks: a question that Redis answers late, after its sender has given up, takes nothing."""
        with told_as_unavailable():
            return not self._client.exists(self._keys["lease"])

    def renew(self) -> None:
        """Raises Fenced when another process took the lease, or it ran out."""
        if self._ask_lease(str(self.fence)) != self.fence:
            raise Fenced("The lease is lost: another process writes, or this one was too slow.")

    def release(self) -> None:
        """Let a standby take over at once; nothing happens when the lease is not ours."""
        self._run([["DEL", self._keys["lease"]]], "", "")

    def _ask_lease(self, fence: str) -> int:
        with told_as_unavailable():
            keys = [self._keys["lease"], self._keys["fence"]]
            return int(cast(int, self._lease(keys=keys, args=[fence, round(LEASE_S * 1000), self.fence])))

    def stand_by(self, name: str) -> None:
        """Say that this process waits for the lease; whoever has not said so for long is forgotten."""
        with told_as_unavailable():
            seconds = self._client.time()[0]
            pipe = self._client.pipeline(transaction=False)
            pipe.zadd(self._keys["standbys"], {name: seconds})
            pipe.zremrangebyscore(self._keys["standbys"], "-inf", seconds - 10 * STANDBY_S)
            pipe.execute()

    def stand_by_no_more(self, name: str) -> None:
        with told_as_unavailable():
            self._client.zrem(self._keys["standbys"], name)

    # --- reading
    def ping(self) -> None:
        with told_as_unavailable():
            self._client.ping()

    def stored(self) -> Stored:
        with told_as_unavailable():
            version, fence = cast(list[bytes | None], self._client.hmget(self._keys["floor"], ["version", "fence"]))
        return Stored(int(version or 0), int(fence or 0))

    def outbox(self) -> tuple[Effect, ...]:
        """The effects that were not performed, in their order. Raises Unreadable."""
        with told_as_unavailable():
            stored = cast(dict[bytes, bytes], self._client.hgetall(self._keys["outbox"]))
        return _in_order(stored)

    def load(self) -> Loaded:
        """The floor of the last commit. Raises Unreadable when a newer version of this program wrote it."""
        names = (*_ENTITIES, "outbox")
        with told_as_unavailable():
            pipe = self._client.pipeline(transaction=True)
            pipe.hgetall(self._keys["floor"])
            for name in names:
                pipe.hgetall(self._keys[name])
            pipe.xrevrange(self._keys["departed"], count=REMEMBERED)
            pipe.xrevrange(self._keys["log"], count=REMEMBERED)
            floor, *hashes, departed, log = pipe.execute()
        queues, paces, calls, agents, wrap_ups, outbox = (cast(dict[bytes, bytes], part) for part in hashes)
        schema = int(floor.get(b"schema", SCHEMA_VERSION))
        state = FloorState(
            version=int(floor.get(b"version", 0)),
            at=Instant(int(floor.get(b"at", EPOCH))),
            settings_version=int(floor.get(b"settings_version", 0)),
            limits=codec.decode(floor[b"limits"], Limits, schema) if b"limits" in floor else Limits(),
            pool=codec.decode(floor[b"pool"], Pool, schema) if b"pool" in floor else Pool(),
            short=codec.decode(floor[b"short"], frozenset[QueueId], schema) if b"short" in floor else frozenset(),
            queues=tuple(codec.decode(text, Queue, schema) for _, text in sorted(queues.items())),
            paces=tuple(codec.decode(text, Pace, schema) for _, text in sorted(paces.items())),
            calls=tuple(codec.decode(text, Call, schema) for _, text in sorted(calls.items())),
            agents=tuple(codec.decode(text, Agent, schema) for _, text in sorted(agents.items())),
            wrap_ups=tuple((AgentId(k.decode()), codec.decode(v, WrapUp, schema)) for k, v in sorted(wrap_ups.items())),
            seen=tuple(seen for _, fields in reversed(log) if (seen := seen_in(fields)) is not None),
            departed=tuple((CallId(f[b"id"].decode()), f[b"recorded"] == b"1") for _, f in reversed(departed)),
        )
        inbox = floor.get(b"inbox", FIRST_ENTRY.encode()).decode()
        return Loaded(state, _in_order(outbox), inbox, outdated=schema < SCHEMA_VERSION)

    # --- writing
    def commit(self, commit: Commit, at: Instant, pool: Pool, settings_version: int, version: int) -> None:
        """Write what the steps changed; `version` is the floor's after them. A second time changes nothing.

        Raises Fenced: stop writing at once. Raises StoreBehind when Redis has not the floor that was stepped.
        """
        commands = self._commands(commit, at, pool, settings_version)
        self._write(commands, str(version - commit.taken()), str(version))

    def write_whole(self, state: FloorState, outbox: Iterable[Effect], commit: Commit) -> None:
        """Write the whole floor anew, and `commit`, its last steps: after Redis has lost commits. Raises Fenced."""
        keys = self._keys
        commands: list[list[str | bytes]] = [["DEL", keys[name]] for name in _ENTITIES]
        changes = Changes(
            calls={call.call_id: call for call in state.calls},
            agents={agent.agent_id: agent for agent in state.agents},
            wrap_ups=dict(state.wrap_ups),
            queues={queue.queue_id: queue for queue in state.queues},
            paces={pace.queue_id: pace for pace in state.paces},
            short=state.short,
        )
        commands += self._entities(changes)
        commands.append(["HSET", keys["floor"], "limits", codec.encode(state.limits)])
        commands += [self._wished(effect) for effect in outbox]
        commands += self._commands(commit, state.at, state.pool, state.settings_version)
        commands.append(self._floor(state.version, state.at, state.pool, state.settings_version))
        self._write(commands, "", str(state.version))

    def performed(self, effect_id: str) -> None:
        """Take an effect out of the outbox."""
        with told_as_unavailable():
            self._client.hdel(self._keys["outbox"], effect_id)

    def _write(self, commands: list[list[str | bytes]], before: str, after: str) -> None:
        done = self._run(commands, before, after)
        if done < 0:
            raise StoreBehind("Redis has lost commits. The floor is written anew.")
        if not done:
            raise Fenced("The lease is lost: another process writes, or this one was too slow.")

    def _run(self, commands: list[list[str | bytes]], before: str, after: str) -> int:
        keys = [self._keys["lease"], self._keys["floor"]]
        with told_as_unavailable():
            return int(cast(int, self._commit(keys=keys, args=[self.fence, before, after, _packed(commands)])))

    def _commands(self, commit: Commit, at: Instant, pool: Pool, settings_version: int) -> list[list[str | bytes]]:
        keys = self._keys
        merged = Changes()
        commands: list[list[str | bytes]] = []
        version = 0
        for message, text, step in commit.steps:
            if step.taken:
                version = step.version
                _merge(merged, step.changes)
                commands.append(self._logged(message, text, step, settings_version))
            if isinstance(message.event, AgentCommand):
                answer = keys.answer(message.message_id)
                commands.append(["RPUSH", answer, codec.encode_answer(step.answer)])
                commands.append(["EXPIRE", answer, str(ANSWER_KEPT_S)])
            commands += [self._wished(effect) for effect in step.effects]
        commands += self._entities(merged)
        if merged.limits is not None:
            commands.append(["HSET", keys["floor"], "limits", codec.encode(merged.limits)])
        if version:
            commands.append(self._floor(version, at, pool, settings_version))
            commands.append(self._changed(version, merged))
        if commit.inbox:
            commands.append(["HSET", keys["floor"], "inbox", commit.inbox])
            commands.append(["XTRIM", keys["inbox"], "MINID", commit.inbox])
        return commands

    def _entities(self, changes: Changes) -> list[list[str | bytes]]:
        commands: list[list[str | bytes]] = []
        kinds: tuple[tuple[str, dict[Any, Any]], ...] = (
            ("queues", changes.queues), ("paces", changes.paces), ("calls", changes.calls), ("agents", changes.agents),
            ("wrap_ups", changes.wrap_ups),
        )  # fmt: skip
        for name, entities in kinds:
            for entity_id, entity in entities.items():
                if entity is None:
                    commands.append(["HDEL", self._keys[name], entity_id])
                else:
                    commands.append(["HSET", self._keys[name], entity_id, codec.encode(entity)])
        if changes.short is not None:
            commands.append(["HSET", self._keys["floor"], "short", codec.encode(changes.short)])
        for call_id, recorded in changes.departed.items():
            entry = ["id", str(call_id), "recorded", "1" if recorded else "0"]
            commands.append(["XADD", self._keys["departed"], "MAXLEN", "~", str(REMEMBERED), "*", *entry])
        return commands

    def _wished(self, effect: Effect) -> list[str | bytes]:
        return ["HSET", self._keys["outbox"], effect.effect_id, codec.encode_effect(effect)]

    def _floor(self, version: int, at: Instant, pool: Pool, settings_version: int) -> list[str | bytes]:
        fields: list[str | bytes] = ["version", str(version), "at", str(at), "pool", codec.encode(pool)]
        fields += ["settings_version", str(settings_version), "fence", str(self.fence), "schema", str(SCHEMA_VERSION)]
        return ["HSET", self._keys["floor"], *fields]

    def _logged(self, message: Message, text: bytes, step: Step, settings_version: int) -> list[str | bytes]:
        oldest = max(0, message.at - LOG_KEPT_S * 1000)
        refusal = step.answer.reason if isinstance(step.answer, Refused) else ""
        decided = decisions(step.effects)
        fields: list[str | bytes] = ["v", str(step.version), "m", text, "r", refusal, "d", decided]
        return ["XADD", self._keys["log"], "MINID", "~", f"{oldest}-0", "*", *fields, "s", str(settings_version)]

    def _changed(self, version: int, changes: Changes) -> list[str | bytes]:
        change = FloorChange(
            version,
            dict(changes.calls),
            dict(changes.agents),
            {agent_id: wrap_up.call if wrap_up else None for agent_id, wrap_up in changes.wrap_ups.items()},
            dict(changes.queues),
        )
        place = ["MAXLEN", "~", str(CHANGES_KEPT), f"{version}-0", "c"]
        return ["XADD", self._keys["changes"], *place, codec.encode(change)]


def _merge(into: Changes, more: Changes) -> None:
    into.calls |= more.calls
    into.agents |= more.agents
    into.wrap_ups |= more.wrap_ups
    into.queues |= more.queues
    into.paces |= more.paces
    into.departed |= more.departed
    into.limits = more.limits or into.limits
    if more.short is not None:
        into.short = more.short


def _packed(commands: list[list[str | bytes]]) -> bytes:
    """As msgpack with raw strings: bytes as text of the same length, which the script's unpacker reads as they are."""
    encoder = msgspec.msgpack.Encoder()
    return encoder.encode([[_text(word) for word in command] for command in commands])


def _text(word: str | bytes) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)


def _in_order(stored: dict[bytes, bytes]) -> tuple[Effect, ...]:
    effects = (codec.decode_effect(text) for text in stored.values())
    return tuple(sorted(effects, key=lambda effect: effect_place(effect.effect_id)))


def seen_in(fields: dict[bytes, bytes]) -> tuple[EventId, Reason | None] | None:
    """A message that must not be taken twice; None for a tick of the clock, which has no id of its own."""
    head = codec.read_head(fields[b"m"])
    refusal = fields.get(b"r", b"").decode()
    return None if head.kind == TimePassed.__name__ else (head.message_id, Reason(refusal) if refusal else None)
