"""The one writer while it holds the lease: takes what came, steps, commits, then has the effects performed.

One thread does all of this, and renews the lease and beats in between: an engine that is frozen or cannot commit stops
beating, and the dialplan rescues its callers. (While it is only slow, acd.lease_keeper renews besides.)
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from acd import codec
from acd.effects import Effect, OfferCall, RingBack, SetRescueMember, WithdrawOffer, WriteCallback, WriteRecord
from acd.engine import Step, next_deadline, step
from acd.errors import Fenced, Reason, StoreBehind, StoreUnavailable
from acd.events import Event, Message, NodeSeen, Refused, TimePassed
from acd.floor import Changes, Floor
from acd.intake import RETRY_S, Incoming, Intake
from acd.model import Presence
from acd.outbox import Outbox
from acd.policy import rescuable
from acd.ports import CallbackStore, Records, Switch, SwitchUnavailable
from acd.redis_store import LEASE_S, Commit, RedisStore
from calls.clock import AnchoredClock, Instant
from calls.ids import EventId, OfferId

log = structlog.get_logger(__name__)

BEAT_S: Final = 1.0
RENEW_S: Final = LEASE_S / 4
SETTLE_S: Final = 1.0
"""After a takeover deadlines wait so long for the switch's facts: an offer may have been answered in the gap."""
SNAPSHOT_ASKED_S: Final = 600.0
"""How often it is asked whether a copy of the floor for replays is due."""
LEAST_WAIT_S: Final = 0.0005
_RINGS: Final = (OfferCall, RingBack)
CATCH_UP_S: Final = 1.0
"""So long the switch is not asked while the inbox is read; more is said there in seconds than in a takeover."""


class EngineFault(Exception):
    """A fault of ours or lost facts: the floor is loaded again and the switch is asked anew."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything around the engine but Redis. `away`: what `records` raises when it cannot be reached."""

    clock: AnchoredClock
    switch: Switch
    records: Records
    callbacks: CallbackStore
    away: tuple[type[Exception], ...]


class Writer:
    """One time of holding the lease. `faulty`: messages that a step failed on; they are passed over."""

    def __init__(
        self,
        store: RedisStore,
        outside: Outside,
        faulty: set[EventId],
        read: Callable[[Intake, Floor, str], None],
        snapshot: Callable[[Instant], object],
        alive: Callable[[], None],
    ) -> None:
        """`read` begins the reading of inbox (after an entry) and settings, `snapshot` copies the floor when it is due.

        `alive` is told of each turn.

        Raises StoreUnavailable, Unreadable.
        """
        self._store = store
        self._copy_floor = snapshot
        self._alive = alive
        self._outside = outside
        self._clock = outside.clock
        self._faulty = faulty
        loaded = store.load()
        self._floor = Floor.restored(loaded.state)
        if loaded.outdated:
            store.write_whole(loaded.state, loaded.outbox, Commit())
        self._clock.never_before(loaded.state.at)
        self._intake = Intake(self._clock)
        self._read = read
        self._inbox = loaded.inbox
        self._withdrawn: set[OfferId] = set()
        away: tuple[type[Exception], ...] = (SwitchUnavailable, StoreUnavailable, *outside.away)
        self._outbox = Outbox(self._perform, self._performed, store.outbox, away)
        self._left_over = loaded.outbox
        self._stop = threading.Event()
        self._renewed = self._beaten = 0.0
        self._snapshot_asked = -SNAPSHOT_ASKED_S
        self._settled = 0.0

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. Raises Fenced, EngineFault, StoreUnavailable when it can write no more."""
        self._stop = stop
        log.info("engine_active", fence=self._store.fence, version=self._floor.version)
        try:
            self._settled = time.monotonic() + SETTLE_S
            for effect in (*self._members(), *self._left_over):
                self._put(effect)
            self._read(self._intake, self._floor, self._inbox)
            # First what was said, then what is: of a caller who has gone since, the switch has the last word.
            self._intake.caught_up.wait(CATCH_UP_S)
            self._outside.switch.listen(self._hear)
            while not stop.is_set():
                self._turn()
        finally:
            self._outbox.close()
            self._outside.switch.close()
            self._let_go()
            self._intake.close()
            log.info("engine_inactive")

    def _hear(self, actor: str, event: Event) -> None:
        """Queue a fact of the switch. What it holds includes the rings that it was not yet asked for."""
        if isinstance(event, NodeSeen):
            asked = [effect.wish.offer_id for effect in self._outbox.waiting() if isinstance(effect.wish, _RINGS)]
            event = replace(event, offers=event.offers.union(asked))
        self._intake.hear(actor, event)

    def _let_go(self) -> None:
        try:
            self._store.release()
        except StoreUnavailable:
            log.warning("lease_not_released", why="the store is away; it runs out by itself")

    # --- one turn
    def _turn(self) -> None:
        if self._intake.overflowed.is_set():
            raise EngineFault("Facts of the switch were lost: too many came.")
        self._alive()
        now = time.monotonic()
        if now - self._renewed >= RENEW_S:
            self._keep_lease()
            self._renewed = now
        if now - self._beaten >= BEAT_S:
            self._outside.switch.beat(self._clock.now() // 1000)
            self._beaten = now
        self._outbox.refill()
        commit = self._step_all(self._intake.take(self._wait_s()))
        if commit is not None:
            self._commit(commit)
            for effect in commit.effects():
                self._put(effect)
        elif now - self._snapshot_asked >= SNAPSHOT_ASKED_S:
            self._snapshot_asked = now
            self._snapshot()

    def _snapshot(self) -> None:
        """Copy the floor for replays when the last copy is old; in a quiet turn, never in a commit."""
        try:
            self._copy_floor(self._clock.now())
        except StoreUnavailable:
            log.warning("no_snapshot", why="the store is away; tried again later")

    def _wait_s(self) -> float:
        """Until a deadline, the renewal or the beat is due."""
        due = next_deadline(self._floor)
        if due is None:
            return RENEW_S
        late = max(0.0, self._settled - time.monotonic())
        return min(RENEW_S, max(LEAST_WAIT_S, late, (due - self._clock.now()) / 1000))

    def _step_all(self, incoming: list[Incoming]) -> Commit | None:
        commit = Commit()
        for one in incoming:
            if one.message is None:
                pass
            elif one.message.message_id in self._faulty:
                self._pass_over(commit, one.message)
            else:
                self._step(commit, one.message)
            commit.inbox = one.entry or commit.inbox
        due, now = next_deadline(self._floor), self._clock.now()
        if due is not None and due <= now and time.monotonic() >= self._settled:
            self._step(commit, Message(EventId("tick"), now, "clock", TimePassed()))
        return commit if commit.inbox or commit.taken() else None

    def _step(self, commit: Commit, message: Message) -> None:
        try:
            text = codec.encode_message(message)
            commit.add(message, text, step(self._floor, message))
        except Exception:
            # Without this one message the engine goes on: it is passed over when the floor has been loaded again.
            log.exception("engine_fault", event_type=type(message.event).__name__, actor=message.actor)
            self._faulty.add(message.message_id)
            raise EngineFault("A step failed.") from None

    def _pass_over(self, commit: Commit, message: Message) -> None:
        """Nothing is changed; whoever gave the command is told so instead of waiting in vain."""
        refused = Refused(message.message_id, Reason.ENGINE_FAULT)
        commit.add(message, codec.encode_message(message), Step(self._floor.version, False, Changes(), (), refused))

    # --- the store
    def _commit(self, commit: Commit) -> None:
        floor = self._floor
        try:
            self._store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)
        except (StoreUnavailable, Fenced):
            self._recover(commit)

    def _keep_lease(self) -> None:
        try:
            self._store.renew()
        except (StoreUnavailable, Fenced):
            self._recover(Commit())

    def _recover(self, commit: Commit) -> None:
        """Wait for Redis. If nobody else wrote in between, commit what is in hand, or the whole floor when it is lost.

        Raises Fenced when another process is or was the writer.
        """
        former, floor = self._store.fence, self._floor
        log.warning("store_away", version=floor.version)
        while not self._stop.is_set():
            self._alive()
            try:
                self._hold_again(former)
                try:
                    self._store.commit(commit, floor.at, floor.pool, floor.settings_version, floor.version)
                except StoreBehind:
                    outbox = {effect.effect_id: effect for effect in (*self._outbox.waiting(), *commit.effects())}
                    self._store.write_whole(floor.state(), outbox.values(), commit)
            except StoreUnavailable:
                self._stop.wait(RETRY_S)
                continue
            log.warning("store_back", version=floor.version)
            return
        raise StoreUnavailable("Stopped while Redis was away.")

    def _hold_again(self, former: int) -> None:
        """Hold the lease: still, or again with no other writer in between. Raises Fenced."""
        try:
            self._store.renew()
        except Fenced:
            if not self._store.acquire() or self._store.stored().fence not in (0, former):
                raise

    # --- effects
    def _members(self) -> list[Effect]:
        """The switch's rescue queue as it must be: a new process, or a restarted switch, knows nothing of it."""
        wishes = [
            SetRescueMember(agent.agent_id, True, not rescuable(agent))
            for agent in self._floor.agents.values()
            if agent.presence is not Presence.SIGNED_OUT
        ]
        return [Effect(f"0-{n}", wish, (f"member:{wish.agent_id}",)) for n, wish in enumerate(wishes)]

    def _put(self, effect: Effect) -> None:
        if isinstance(effect.wish, WithdrawOffer):
            self._withdrawn.add(effect.wish.offer_id)
        self._outbox.put(effect)

    def _perform(self, effect: Effect) -> None:
        wish = effect.wish
        if isinstance(wish, WriteRecord):
            self._outside.records.write(wish.record)
        elif isinstance(wish, WriteCallback):
            self._outside.callbacks.write(wish.callback)
        elif not (isinstance(wish, OfferCall) and wish.offer_id in self._withdrawn):
            self._outside.switch.perform(wish)

    def _performed(self, effect: Effect) -> None:
        self._store.performed(effect.effect_id)
        if isinstance(effect.wish, WithdrawOffer):
            self._withdrawn.discard(effect.wish.offer_id)
