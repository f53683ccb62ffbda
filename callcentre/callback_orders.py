"""ivr.callbacks.Callbacks for real: kept in the database first, then told to the engine, which may hear of it later."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from acd.errors import StoreUnavailable
from acd.events import CallbackCancelled, CallbackRequested, Event
from acd.ports import SkillsOf
from acd.queues import FloorSettings, Queue
from calls.callback import Callback
from calls.clock import EPOCH, Clock, Instant, after
from calls.ids import QueueId, new_call_id
from calls.numbers import PhoneNumber
from ivr.callbacks import CallbackOrder, CallbacksUnavailable

log = structlog.get_logger("callbacks")

SETTINGS_KEPT_S: Final = 5.0
"""How old the queues' settings may be when a caller asks."""


class Kept(Protocol):
    """database.callbacks.DatabaseCallbacks, or a fake."""

    def order(self, callback: Callback) -> None: ...

    def waits_for(self, number: PhoneNumber) -> bool: ...

    def cancel(self, number: PhoneNumber, at: Instant) -> None: ...


class Settings(Protocol):
    """The part of acd.ports.QueueSettings that is needed here."""

    def load(self) -> FloorSettings: ...


@dataclass
class CallbackOrders:
    """`away`: what `kept` and `settings` raise when their database cannot be reached. `dialled`: may we ring it?"""

    kept: Kept
    settings: Settings
    tell: Callable[[Event], object]
    clock: Clock
    skills_of: SkillsOf
    dialled: Callable[[PhoneNumber], bool]
    away: tuple[type[Exception], ...]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _queues: dict[QueueId, Queue] = field(default_factory=dict)
    _known_until: Instant = EPOCH

    def offered(self, queue: QueueId, waited_s: float) -> bool:
        settings = self._queue(queue)
        if settings is None or settings.never_full:
            return False
        return 0 < settings.callback.offered_after_s <= waited_s

    def zone_of(self, queue: QueueId) -> str:
        settings = self._queue(queue)
        if settings is None:
            raise CallbacksUnavailable
        return settings.zone

    def may_ring(self, number: PhoneNumber) -> bool:
        return self.dialled(number)

    def waiting_for(self, number: PhoneNumber) -> bool:
        try:
            return self.kept.waits_for(number)
        except self.away as away:
            raise CallbacksUnavailable from away

    def order(self, order: CallbackOrder) -> None:
        """The database is the promise. An engine that is away now finds it there."""
        callback = Callback(
            callback_id=new_call_id(),
            contact_id=order.contact_id,
            queue_id=order.queue,
            number=order.number,
            facts=order.facts,
            skills=self.skills_of(order.queue, order.facts.language),
            priority_s=order.priority_s,
            arrived_at=order.arrived_at,
            enqueued_at=order.enqueued_at,
            requested_at=self.clock.now(),
            node=order.node,
        )
        try:
            self.kept.order(callback)
        except self.away as away:
            raise CallbacksUnavailable from away
        try:
            self.tell(CallbackRequested(callback))
        except StoreUnavailable:
            log.warning("engine_not_told", call_id=callback.callback_id, event_type="CallbackRequested")

    def cancel(self, number: PhoneNumber) -> None:
        """The engine first: what it does not hear it would still do."""
        try:
            self.tell(CallbackCancelled(number))
        except StoreUnavailable as away:
            raise CallbacksUnavailable from away
        try:
            self.kept.cancel(number, self.clock.now())
        except self.away as away:
            raise CallbacksUnavailable from away

    def _queue(self, queue: QueueId) -> Queue | None:
        with self._lock:
            now = self.clock.now()
            if now >= self._known_until:
                try:
                    self._queues = {each.queue_id: each for each in self.settings.load().queues}
                except self.away as away:
                    raise CallbacksUnavailable from away
                self._known_until = after(now, SETTINGS_KEPT_S)
            return self._queues.get(queue)
