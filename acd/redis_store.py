"""The engine's floor in Redis: loaded once, then each commit writes what changed, in one script under the fence.

The keys are in acd.keyspace. A commit's cost follows the change, never the size of the floor.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from acd import codec
from acd.change import FloorChange
from acd.effects import Effect, effect_place
from acd.engine import Step
from acd.errors import Fenced, Reason, StoreUnavailable
from acd.events import AgentCommand, Message, Refused
from acd.floor import Changes, FloorState
from acd.keyspace import ANSWER_KEPT_S, CHANGES_KEPT, LOG_KEPT_S, REMEMBERED, Keys
from acd.model import Agent, Call, Pool, Queue, WrapUp
from calls.clock import EPOCH, Instant
from calls.ids import AgentId, CallId, EventId

_LUA: Final = Path(__file__).parent / "lua"
LEASE_S: Final = 2.0
"""How long a dead writer keeps others out; renewed four times as often."""
FIRST_ENTRY: Final = "0-0"


def connect(url: str, timeout_s: float = 2.0) -> "redis.Redis":
    """A thread-safe client whose every wait is bounded."""
    return redis.Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, max_connections=64)


@contextmanager
def told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreUnavailable(f"Redis does not answer ({type(error).__name__}). Check that it runs.") from error


@dataclass(slots=True)
class Commit:
    """One or several steps that are committed together. `inbox`: the last inbox entry among them."""

    steps: list[tuple[Message, Step]] = field(default_factory=list)
    inbox: str = ""

    def add(self, message: Message, step: Step) -> None:
        self.steps.append((message, step))

    def effects(self) -> list[Effect]:
        return [effect for _, step in self.steps for effect in step.effects]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The floor as it was committed last, the effects not yet performed, and how far the inbox was read."""

    state: FloorState
    outbox: tuple[Effect, ...]
    inbox: str


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
        """Take the lease when nobody holds it."""
        self.fence = self._ask_lease("")
        return self.fence > 0

    def renew(self) -> None:
        """Raises Fenced when another process took the lease, or it ran out."""
        if self._ask_lease(str(self.fence)) != self.fence:
            raise Fenced("The lease is lost: another process writes, or this one was too slow.")

    def release(self) -> None:
        """Let a standby take over at once."""
        with told_as_unavailable():
            self._commit(keys=[self._keys["lease"]], args=[self.fence, _packed([["DEL", self._keys["lease"]]])])

    def _ask_lease(self, fence: str) -> int:
        with told_as_unavailable():
            keys = [self._keys["lease"], self._keys["fence"]]
            return int(cast(int, self._lease(keys=keys, args=[fence, round(LEASE_S * 1000)])))

    # --- reading
    def ping(self) -> None:
        with told_as_unavailable():
            self._client.ping()

    def load(self) -> Loaded:
        """The floor of the last commit. Raises Unreadable when a newer version of this program wrote it."""
        names = ("queues", "calls", "agents", "wrap_ups", "outbox")
        with told_as_unavailable():
            pipe = self._client.pipeline(transaction=True)
            pipe.hgetall(self._keys["floor"])
            for name in names:
                pipe.hgetall(self._keys[name])
            pipe.xrevrange(self._keys["departed"], count=REMEMBERED)
            pipe.xrevrange(self._keys["log"], count=REMEMBERED)
            floor, *hashes, departed, log = pipe.execute()
        queues, calls, agents, wrap_ups, outbox = (cast(dict[bytes, bytes], part) for part in hashes)
        effects = sorted(
            (codec.decode_effect(text) for text in outbox.values()), key=lambda e: effect_place(e.effect_id)
        )
        state = FloorState(
            version=int(floor.get(b"version", 0)),
            at=Instant(int(floor.get(b"at", EPOCH))),
            settings_version=int(floor.get(b"settings_version", 0)),
            pool=codec.decode(floor[b"pool"], Pool) if b"pool" in floor else Pool(),
            queues=tuple(codec.decode(text, Queue) for _, text in sorted(queues.items())),
            calls=tuple(codec.decode(text, Call) for _, text in sorted(calls.items())),
            agents=tuple(codec.decode(text, Agent) for _, text in sorted(agents.items())),
            wrap_ups=tuple((AgentId(k.decode()), codec.decode(v, WrapUp)) for k, v in sorted(wrap_ups.items())),
            seen=tuple(_seen(fields) for _, fields in reversed(log)),
            departed=tuple((CallId(f[b"id"].decode()), f[b"recorded"] == b"1") for _, f in reversed(departed)),
        )
        return Loaded(state, tuple(effects), floor.get(b"inbox", FIRST_ENTRY.encode()).decode())

    # --- writing
    def commit(self, commit: Commit, at: Instant, pool: Pool, settings_version: int) -> None:
        """Write what the steps changed. Raises Fenced: stop writing at once."""
        self._write(self._commands(commit, at, pool, settings_version))

    def write_whole(self, state: FloorState, outbox: list[Effect], inbox: str) -> None:
        """Write the whole floor anew: after Redis came back with less than this process knows. Raises Fenced."""
        keys = self._keys
        commands: list[list[str | bytes]] = [["DEL", keys[name]] for name in ("queues", "calls", "agents", "wrap_ups")]
        changes = Changes(
            calls={call.call_id: call for call in state.calls},
            agents={agent.agent_id: agent for agent in state.agents},
            wrap_ups=dict(state.wrap_ups),
            queues={queue.queue_id: queue for queue in state.queues},
        )
        commands += self._entities(changes)
        commands += [self._wished(effect) for effect in outbox]
        commands.append(self._floor(state.version, state.at, state.pool, state.settings_version, inbox))
        self._write(commands)

    def performed(self, effect_id: str) -> None:
        """Take an effect out of the outbox."""
        with told_as_unavailable():
            self._client.hdel(self._keys["outbox"], effect_id)

    def _write(self, commands: list[list[str | bytes]]) -> None:
        with told_as_unavailable():
            done = self._commit(keys=[self._keys["lease"]], args=[self.fence, _packed(commands)])
        if not done:
            raise Fenced("The lease is lost: another process writes, or this one was too slow.")

    def _commands(self, commit: Commit, at: Instant, pool: Pool, settings_version: int) -> list[list[str | bytes]]:
        keys = self._keys
        merged = Changes()
        commands: list[list[str | bytes]] = []
        version = 0
        for message, step in commit.steps:
            if step.taken:
                version = step.version
                _merge(merged, step.changes)
                commands.append(self._logged(message, step, settings_version))
            if isinstance(message.event, AgentCommand):
                answer = keys.answer(message.message_id)
                commands.append(["RPUSH", answer, codec.encode_answer(step.answer)])
                commands.append(["EXPIRE", answer, str(ANSWER_KEPT_S)])
            commands += [self._wished(effect) for effect in step.effects]
        commands += self._entities(merged)
        if version:
            commands.append(self._floor(version, at, pool, settings_version, ""))
            commands.append(self._changed(version, merged))
        if commit.inbox:
            commands.append(["HSET", keys["floor"], "inbox", commit.inbox])
            commands.append(["XTRIM", keys["inbox"], "MINID", commit.inbox])
        return commands

    def _entities(self, changes: Changes) -> list[list[str | bytes]]:
        commands: list[list[str | bytes]] = []
        kinds: tuple[tuple[str, dict[Any, Any]], ...] = (
            ("queues", changes.queues), ("calls", changes.calls), ("agents", changes.agents),
            ("wrap_ups", changes.wrap_ups),
        )  # fmt: skip
        for name, entities in kinds:
            for entity_id, entity in entities.items():
                if entity is None:
                    commands.append(["HDEL", self._keys[name], entity_id])
                else:
                    commands.append(["HSET", self._keys[name], entity_id, codec.encode(entity)])
        for call_id, recorded in changes.departed.items():
            entry = ["id", str(call_id), "recorded", "1" if recorded else "0"]
            commands.append(["XADD", self._keys["departed"], "MAXLEN", "~", str(REMEMBERED), "*", *entry])
        return commands

    def _wished(self, effect: Effect) -> list[str | bytes]:
        return ["HSET", self._keys["outbox"], effect.effect_id, codec.encode_effect(effect)]

    def _floor(self, version: int, at: Instant, pool: Pool, settings_version: int, inbox: str) -> list[str | bytes]:
        fields: list[str | bytes] = ["version", str(version), "at", str(at), "pool", codec.encode(pool)]
        fields += ["settings_version", str(settings_version)]
        return ["HSET", self._keys["floor"], *fields, *(["inbox", inbox] if inbox else [])]

    def _logged(self, message: Message, step: Step, settings_version: int) -> list[str | bytes]:
        oldest = max(0, message.at - LOG_KEPT_S * 1000)
        refusal = step.answer.reason if isinstance(step.answer, Refused) else ""
        fields: list[str | bytes] = ["v", str(step.version), "m", codec.encode_message(message), "r", refusal]
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
    into.departed |= more.departed


def _packed(commands: list[list[str | bytes]]) -> bytes:
    """As msgpack with raw strings: bytes as text of the same length, which the script's unpacker reads as they are."""
    encoder = msgspec.msgpack.Encoder()
    return encoder.encode([[_text(word) for word in command] for command in commands])


def _text(word: str | bytes) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)


def _seen(fields: dict[bytes, bytes]) -> tuple[EventId, Reason | None]:
    message = msgspec.json.decode(fields[b"m"], type=dict[str, Any])
    refusal = fields.get(b"r", b"").decode()
    return EventId(str(message["id"])), Reason(refusal) if refusal else None
