"""What comes in, in one bounded queue: the switch's facts, the inbox's messages, changed settings.

Readers only queue. Every message is given the instant of this process: one clock counts, and a sender's wrong clock
moves no deadline.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import redis
import structlog

from acd import codec
from acd.errors import Unreadable
from acd.events import AgentSkillsChanged, CallbackRequested, Event, Message, QueuesChanged
from acd.ports import CallbackStore, QueueSettings
from calls.clock import Clock
from calls.ids import AgentId, CallId, new_event_id
from staff.skills import Skills

log = structlog.get_logger(__name__)

MOST_WAITING: Final = 100_000
"""Events held while Redis is away; each about a kilobyte."""
MOST_AT_ONCE: Final = 64
SETTINGS_S: Final = 2.0
"""How often changed settings are looked for; they shall hold within 5 s, whatever the database takes."""
CALLBACKS_S: Final = 5.0
"""How soon a callback is heard of whose message was lost."""
FIRST_SETTINGS_S: Final = 5.0
"""How long the inbox of an empty floor waits for the queues: the first calls shall find theirs."""
INBOX_WAIT_MS: Final = 1000
RETRY_S: Final = 0.1

_Streams = Sequence[tuple[bytes, Sequence[tuple[bytes, dict[bytes, bytes]]]]]
"""What XREAD answers: the entries of each stream."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message, or None for an inbox entry that could not be read; `entry` is the inbox entry's id."""

    message: Message | None
    entry: str = ""


class Intake:
    """`overflowed` is set when a fact of the switch was lost: the switch has to be asked anew.

    `caught_up` is set when everything is queued that the inbox held when it was first read.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: queue.Queue[Incoming] = queue.Queue(MOST_WAITING)
        self._over = threading.Event()
        self._settings_known = threading.Event()
        self._readers: list[threading.Thread] = []
        self.overflowed = threading.Event()
        self.caught_up = threading.Event()

    def hear(self, actor: str, event: Event) -> None:
        """Queue what the switch tells; never blocks."""
        message = Message(new_event_id(), self._clock.now(), actor, event)
        try:
            self._waiting.put_nowait(Incoming(message))
        except queue.Full:
            self.overflowed.set()

    def read_inbox(self, client: "redis.Redis", name: str, after_entry: str) -> None:
        """Begin to read the stream `name` after this entry."""
        self._begin("inbox", lambda: self._read_inbox(client, name, after_entry))

    def read_settings(
        self,
        settings: QueueSettings,
        away: tuple[type[Exception], ...],
        skills: Mapping[AgentId, Skills],
        *,
        empty: bool,
    ) -> None:
        """Begin to watch the settings. `skills`: of the agents on the floor.

        `empty`: the floor has no queues yet, the inbox waits for the first.
        """
        if not empty:
            self._settings_known.set()
        self._begin("settings", lambda: self._read_settings(settings, away, dict(skills)))

    def read_callbacks(self, callbacks: CallbackStore, away: tuple[type[Exception], ...]) -> None:
        """Begin to look for callbacks that wait in the database and that the engine was never told of."""
        self._begin("callbacks", lambda: self._read_callbacks(callbacks, away))

    def take(self, wait_s: float) -> list[Incoming]:
        """What has come, at most `MOST_AT_ONCE`; waits for the first."""
        taken: list[Incoming] = []
        try:
            taken.append(self._waiting.get(timeout=wait_s))
            while len(taken) < MOST_AT_ONCE:
                taken.append(self._waiting.get_nowait())
        except queue.Empty:
            pass
        return taken

    def close(self) -> None:
        self._over.set()
        self._settings_known.set()
        for reader in self._readers:
            reader.join(INBOX_WAIT_MS / 1000 + 3)

    def _begin(self, name: str, read: Callable[[], None]) -> None:
        reader = threading.Thread(target=read, name=name, daemon=True)
        self._readers.append(reader)
        reader.start()

    def _read_inbox(self, client: "redis.Redis", name: str, entry: str) -> None:
        self._settings_known.wait(FIRST_SETTINGS_S)
        while not self._over.is_set():
            try:
                answer = client.xread(
                    {name: entry}, count=256, block=INBOX_WAIT_MS if self.caught_up.is_set() else None
                )
            except redis.RedisError:
                self._over.wait(RETRY_S)
                continue
            if not answer:
                self.caught_up.set()
            for _, entries in cast(_Streams, answer or ()):
                for raw, fields in entries:
                    entry = raw.decode()
                    self._put(Incoming(self._readable(fields), entry))

    def _put(self, incoming: Incoming) -> None:
        """Wait for room: what is in the inbox is not lost meanwhile."""
        while not self._over.is_set():
            try:
                self._waiting.put(incoming, timeout=RETRY_S)
            except queue.Full:
                continue
            return

    def _read_settings(
        self, settings: QueueSettings, away: tuple[type[Exception], ...], skills: dict[AgentId, Skills]
    ) -> None:
        known = None
        while not self._over.is_set():
            try:
                kept = settings.load()
                if kept.version != known:
                    self.hear("settings", QueuesChanged(kept.queues, kept.version, kept.limits))
                    self._hear_skills(settings.skills(), skills, everybody=known is not None)
                    known = kept.version
                self._settings_known.set()
            except away:
                log.warning("settings_unavailable")
            self._over.wait(SETTINGS_S)

    def _hear_skills(self, now: Mapping[AgentId, Skills], before: dict[AgentId, Skills], *, everybody: bool) -> None:
        """Whoever's have changed; at first only of `before`, the floor's: others sign in with what they have now."""
        for agent_id, skills in now.items():
            if before.get(agent_id, None if everybody else skills) != skills:
                self.hear("settings", AgentSkillsChanged(agent_id, skills))
        before.update(now)

    def _read_callbacks(self, callbacks: CallbackStore, away: tuple[type[Exception], ...]) -> None:
        told: frozenset[CallId] = frozenset()
        self._settings_known.wait(FIRST_SETTINGS_S)
        while not self._over.is_set():
            try:
                waiting = callbacks.waiting()
            except away:
                log.warning("callbacks_unavailable")
            else:
                for callback in waiting:
                    if callback.callback_id not in told:
                        self.hear("callbacks", CallbackRequested(callback))
                told = frozenset(callback.callback_id for callback in waiting)
            self._over.wait(CALLBACKS_S)

    def _readable(self, fields: dict[bytes, bytes]) -> Message | None:
        try:
            message = codec.decode_message(fields.get(b"m", b""))
        except Unreadable as error:
            log.warning("message_unreadable", why=str(error))
            return None
        return replace(message, at=self._clock.now())
