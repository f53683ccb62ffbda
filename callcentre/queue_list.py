"""`callcentre queues`: each queue of the database, and what goes on in it by the floor in Redis."""

from collections import defaultdict
from collections.abc import Iterator

from acd.errors import StoreUnavailable
from acd.floor import FloorState
from acd.hours import spell_at
from acd.model import Call, CallState, Duty, Presence
from acd.queues import FloorSettings, Queue
from acd.redis_store import RedisStore, connect
from callcentre.installation import Installation
from callcentre.serving import call_limits
from calls.clock import AnchoredClock, Instant, as_datetime
from calls.ids import QueueId
from calls.zones import zone
from database.engine import open_engine
from database.queue_settings import DatabaseQueueSettings
from staff.skills import names_of

_WAITING = frozenset({CallState.WAITING, CallState.OFFERED, CallState.CONNECTING})


def queue_lines(installation: Installation) -> Iterator[str]:
    """A head, then a line a queue. Raises DatabaseUnavailable; without Redis the floor's columns are unknown."""
    engine = open_engine(installation.database_url, call_limits(installation))
    try:
        settings = DatabaseQueueSettings(engine).load()
    finally:
        engine.dispose()
    try:
        floor = RedisStore(connect(installation.redis_url), installation.settings.redis.prefix).load().state
    except StoreUnavailable:
        floor = None
    yield from lines(settings, floor, AnchoredClock().now())


def lines(settings: FloorSettings, floor: FloorState | None, now: Instant) -> Iterator[str]:
    """The same of values. Ready: agents who are ready and idle and have every skill of the queue."""
    waiting: dict[QueueId, list[Call]] = defaultdict(list)
    for call in floor.calls if floor else ():
        if call.state in _WAITING:
            waiting[call.queue_id].append(call)
    yield f"{'queue':<20} {'now':<28} {'waiting':>7} {'longest':>8} {'ready':>5}"
    kept = {queue.queue_id for queue in settings.queues}
    for queue in settings.queues:
        yield _line(queue, _opening(queue, now), waiting[queue.queue_id], floor, now)
    for queue in floor.queues if floor else ():
        if queue.queue_id not in kept:
            yield _line(queue, "removed; its calls are served", waiting[queue.queue_id], floor, now)
    if floor is not None and floor.settings_version != settings.version:
        yield f"The distribution obeys version {floor.settings_version}, the settings are at {settings.version}."


def _line(queue: Queue, opening: str, waiting: list[Call], floor: FloorState | None, now: Instant) -> str:
    if floor is None:
        return f"{queue.queue_id:<20} {opening:<28} {'-':>7} {'-':>8} {'-':>5}"
    longest_s = max(((now - call.enqueued_at) // 1000 for call in waiting), default=0)
    ready = sum(
        agent.presence is Presence.READY
        and agent.duty is Duty.IDLE
        and agent.reachable
        and queue.skills <= names_of(agent.skills)
        for agent in floor.agents
    )
    return f"{queue.queue_id:<20} {opening:<28} {len(waiting):>7} {longest_s:>6} s {ready:>5}"


def _opening(queue: Queue, now: Instant) -> str:
    if queue.hours is None:
        return "open round the clock"
    spell = spell_at(queue.hours, queue.zone, now)
    word = "open" if spell.open else "closed"
    if not spell.ends:
        return word
    return f"{word} until {as_datetime(spell.until).astimezone(zone(queue.zone)):%d.%m.%Y %H:%M}"
