"""The floor as the monitor sees it, and the figures of every queue that follow from it. Pure: time is an argument.

1. Live calls come from the engine's changes, finished ones from their records. Between both a call is `unrecorded`: it
   stays as it was seen last until its record is there.
2. A record counts once in its place (queue and interval), however often it is told.
3. Forecasts are made anew every `FORECAST_S`, the queues' spread over its seconds; chances of the waiting calls at
   every look.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from acd.alerts import BREAKING, Latch
from acd.change import FloorChange
from acd.figures import Band, IntervalFigures, QueueFigures
from acd.hours import Spell, spell_at
from acd.intervals import Interval, interval_of
from acd.metrics import SHORT_ABANDON_S, Place, Stay, Tally, tally_of
from acd.model import Call, CallState
from acd.monitor.expected import Expected
from acd.monitor.habits import Habits
from acd.monitor.live import SERVED, LiveCalls
from acd.monitor.staffing import Staffing
from acd.monitor.waits import Waits
from acd.queues import Queue
from acd.service_forecast import Service, SoFar, agents_short, chances_inside, chances_to_break, forecast
from acd.staff_time import StaffTime
from acd.wait_law import Wait
from calls.clock import Instant
from calls.ids import AgentId, CallId, QueueId

FORECAST_S: Final = 5
KEPT_MS: Final = 6 * 3600 * 1000
"""How long the places of finished calls are remembered; older ones are written and final."""
UNRECORDED_S: Final = 600
"""A call whose record has not come by then is given up: its figures come with the next count of its interval."""


@dataclass(slots=True)
class _QueueSight:
    """What is known of one queue besides its settings."""

    expected: Expected
    phase_s: int
    """Its turns of forecasts begin so much earlier than those of other queues."""
    habits: Habits = field(default_factory=Habits)
    flags: dict[CallId, Latch] = field(default_factory=dict)
    interval: Interval | None = None
    spent_before: StaffTime = field(default_factory=StaffTime)
    spent_already: StaffTime = field(default_factory=StaffTime)
    band: Band | None = None
    short: int | None = None
    forecast_turn: int = -1
    """Which of the turns of `FORECAST_S` the forecast was made in."""
    spell: Spell | None = None


@dataclass(slots=True)
class _Closed:
    """The finished calls of a place."""

    calls: set[CallId] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)


class Picture:
    """Tell it `floor_was`, `changed`, `recorded`; ask `figures`."""

    def __init__(self, length_min: int, short_s: float = SHORT_ABANDON_S) -> None:
        self._length_min = length_min
        self._short_s = short_s
        self.queues: dict[QueueId, Queue] = {}
        self.live = LiveCalls(length_min, short_s)
        self._wrapping: dict[AgentId, Call] = {}
        self._closed: defaultdict[Place, _Closed] = defaultdict(_Closed)
        self._sights: dict[QueueId, _QueueSight] = {}
        self.staff = Staffing()
        self._waits = Waits()

    # --- telling
    def floor_was(self, floor: FloorChange, at: Instant) -> None:
        """The whole floor anew: at the start and after a gap. Calls that are gone wait for their records."""
        calls: dict[CallId, Call | None] = dict.fromkeys(self.live.calls, None)
        queues: dict[QueueId, Queue | None] = dict.fromkeys(self.queues, None)
        self._waits = Waits()
        for agent_id in set(self.staff.known()) - set(floor.agents):
            self.staff.put(agent_id, None, at)
        wrapping: dict[AgentId, Call | None] = dict.fromkeys(self._wrapping, None)
        whole = FloorChange(
            floor.version,
            calls | floor.calls,
            floor.agents,
            wrapping | floor.wrapping,
            queues | floor.queues,
        )
        self.changed(whole, at)

    def changed(self, change: FloorChange, at: Instant) -> None:
        self._waits.changed(change, at)
        for queue_id, queue in change.queues.items():
            self._put_queue(queue_id, queue)
        for agent_id, agent in change.agents.items():
            self.staff.put(agent_id, agent, at)
        for call_id, call in change.calls.items():
            before = self.live.calls.get(call_id)
            if call is not None:
                self.live.put(call)
                if before is None and call.callback is None and call.queue_id in self._sights:
                    self._sights[call.queue_id].expected.came(call.enqueued_at)
                elif before is not None and before.offer is not None and call.state in SERVED:
                    self._rang(before, at)
            elif before is not None:
                self.live.end(before, at)
        for agent_id, wrapping in change.wrapping.items():
            ended = self._wrapping.pop(agent_id, None)
            if wrapping is not None:
                self._wrapping[agent_id] = wrapping
                self.live.end(wrapping, at)
            elif ended is not None and ended.call_id in self.live.ended:
                self.live.end(ended, at)

    def _rang(self, call: Call, at: Instant) -> None:
        """Its ring was answered."""
        sight = self._sights.get(call.queue_id)
        if sight is not None and call.state is CallState.OFFERED and call.offer is not None:
            sight.habits.rang((at - call.offer.offered_at) / 1000)

    def recorded(self, call_id: CallId, stay: Stay) -> None:
        """A finished call. A second time changes nothing."""
        if call_id in self.live.ended:
            self.live.drop(call_id)
        queue = self.queues.get(stay.queue_id)
        if queue is None:
            return
        closed = self._closed[self._place(queue, stay.enqueued_at)]
        if call_id not in closed.calls:
            closed.calls.add(call_id)
            closed.tally += tally_of(stay, self._short_s)
            self._sights[stay.queue_id].habits.learn(stay)

    def spent_already(self, queue_id: QueueId, interval: Interval, staff: StaffTime) -> None:
        """What a former monitor had counted of the agents' time in the interval that goes on."""
        sight = self._sights.get(queue_id)
        if sight is not None:
            self._spent(sight, self.queues[queue_id], interval)
            sight.spent_already = staff

    def expected(self, queue_id: QueueId) -> Expected:
        return self._sights[queue_id].expected

    def habits(self, queue_id: QueueId) -> Habits:
        return self._sights[queue_id].habits

    def unrecorded(self, now: Instant) -> tuple[CallId, ...]:
        """Calls that are over and whose records have not been told yet; those in wrap-up are not over."""
        late = [call_id for call_id, (_, at) in self.live.ended.items() if now - at > UNRECORDED_S * 1000]
        in_wrap_up = {call.call_id for call in self._wrapping.values()}
        for call_id in late:
            if call_id not in in_wrap_up:
                self.live.drop(call_id)
        return tuple(call_id for call_id in self.live.ended if call_id not in in_wrap_up)

    # --- asking
    def figures(self, now: Instant) -> tuple[QueueFigures, ...]:
        """Every queue's figures now, in the order of their ids."""
        self.staff.advance(now)
        self._forget(now)
        waiting = {queue_id: self.live.waiting(queue_id) for queue_id in self.queues}
        wrapping = Counter(call.queue_id for call in self._wrapping.values())
        for sight in self._sights.values():
            sight.expected.look(now)
        rates = {queue_id: sight.expected.rate(now, now) for queue_id, sight in self._sights.items()}
        loads = {queue_id: rates[queue_id] * sight.habits.aht_s for queue_id, sight in self._sights.items()}
        serving = self.staff.serving(self.queues, loads)
        for queue_id, queue in self.queues.items():
            self._waits.usual(queue_id, self.habits(queue_id), rates[queue_id], queue.target_s, now)
        inside = [
            call.call_id
            for queue_id, queue in self.queues.items()
            for call in waiting[queue_id]
            if now - call.enqueued_at < 1000 * self._threshold_s(queue)
        ]
        laws = self._waits.of(inside, now)
        return tuple(
            self._figures_of(queue, now, waiting[queue_id], wrapping[queue_id], serving[queue_id], laws)
            for queue_id, queue in sorted(self.queues.items())
        )

    def about_to_break(self) -> frozenset[CallId]:
        """The calls that were flagged at the last look."""
        return frozenset(
            call_id for sight in self._sights.values() for call_id, latch in sight.flags.items() if latch.on
        )  # fmt: skip

    def is_open(self, queue: Queue, now: Instant) -> bool:
        sight = self._sights[queue.queue_id]
        if sight.spell is None or now >= sight.spell.until:
            sight.spell = spell_at(queue.hours, queue.zone, now)
        return sight.spell.open

    def interval_figures(self, figures: QueueFigures) -> IntervalFigures:
        permille = round(figures.standard * 1000)
        return IntervalFigures(figures.queue_id, figures.interval, figures.tally, figures.staff, permille, final=False)

    # --- inside
    def _put_queue(self, queue_id: QueueId, queue: Queue | None) -> None:
        self.live.put_queue(queue_id, queue)
        if queue is None:
            self.queues.pop(queue_id, None)
            self._sights.pop(queue_id, None)
            return
        known = self._sights.get(queue_id)
        country = queue.hours.holidays if queue.hours else ""
        if known is None or known.expected.zone != queue.zone:
            self._sights[queue_id] = _QueueSight(Expected(self._length_min, queue.zone, country), len(self._sights))
        else:
            known.spell = None
        self.queues[queue_id] = queue

    def _place(self, queue: Queue, at: Instant) -> Place:
        return Place(queue.queue_id, interval_of(at, self._length_min, queue.zone))

    def _figures_of(
        self,
        queue: Queue,
        now: Instant,
        waiting: list[Call],
        wrapping: int,
        serving: float,
        laws: Mapping[CallId, Wait],
    ) -> QueueFigures:
        sight = self._sights[queue.queue_id]
        place = self._place(queue, now)
        closed = self._closed.get(place)
        tally = self.live.tally(place, now) + (closed.tally if closed else Tally())
        service = Service(serving, sight.habits.aht_s, sight.habits.patience_s, self._threshold_s(queue))
        elapsed = [max(0.0, (now - call.enqueued_at) / 1000) for call in waiting]
        chances = _break_chances(service, waiting, elapsed, laws, sight.habits.ring_s)
        self._flag(sight, waiting, elapsed, chances, service.threshold_s, now)
        turn = (now + 1000 * sight.phase_s) // (1000 * FORECAST_S)
        if sight.forecast_turn != turn or sight.interval != place.interval:
            pieces = list(sight.expected.pieces(now, place.interval.end))
            # Calls of an earlier interval or of another queue's figures are ahead too, but not of this level.
            own = [call.counted_in == queue.queue_id and call.enqueued_at in place.interval for call in waiting]
            busy = self.live.busy(queue.queue_id) + wrapping
            sight.band = forecast(service, SoFar(tally.offered, tally.inside), busy, elapsed, pieces, own)
            rate = sight.expected.rate(now, now)
            sight.short = agents_short(service, rate, queue.standard) if rate > 0 else None
            sight.forecast_turn = turn
        return QueueFigures(
            queue_id=queue.queue_id,
            interval=place.interval,
            tally=tally,
            staff=self._spent(sight, queue, place.interval),
            standard=queue.standard,
            threshold_s=self._threshold_s(queue),
            waiting=len(waiting),
            longest_since=min((call.enqueued_at for call in waiting), default=None),
            breaking=sum(latch.on for latch in sight.flags.values()),
            expected_breaks=sum(chances),
            forecast=sight.band,
            short=sight.short,
            agents=self.staff.signed_in(queue),
            arrivals_h=3600 * sight.expected.rate(now, now),
        )

    def _threshold_s(self, queue: Queue) -> int:
        return queue.target_s if queue.threshold_s is None else queue.threshold_s

    def _flag(
        self,
        sight: _QueueSight,
        waiting: list[Call],
        elapsed: list[float],
        chances: list[float],
        t_s: float,
        now: Instant,
    ) -> None:
        """The calls that are about to break their standard; those that have broken it are that no more."""
        ahead = {
            call.call_id: chance for call, wait, chance in zip(waiting, elapsed, chances, strict=True) if wait <= t_s
        }
        for call_id in [call_id for call_id in sight.flags if call_id not in ahead]:
            del sight.flags[call_id]
        for call_id, chance in ahead.items():
            sight.flags.setdefault(call_id, Latch(BREAKING)).feed(chance, now)

    def _spent(self, sight: _QueueSight, queue: Queue, interval: Interval) -> StaffTime:
        whole = self.staff.spent_on(queue)
        if sight.interval != interval:
            sight.interval, sight.spent_before, sight.spent_already = interval, whole, StaffTime()
        before = sight.spent_before
        return sight.spent_already + StaffTime(
            max(0, whole.busy_ms - before.busy_ms),
            max(0, whole.idle_ms - before.idle_ms),
            max(0, whole.away_ms - before.away_ms),
        )

    def _forget(self, now: Instant) -> None:
        for place in [place for place in self._closed if now - place.interval.end > KEPT_MS]:
            del self._closed[place]


def _break_chances(
    service: Service, waiting: list[Call], elapsed: list[float], laws: Mapping[CallId, Wait], ring_s: float
) -> list[float]:
    """P_break of each: the wait for an agent and the ring until the threshold; of a ringing call only the ring.

    Without a law (too little is known yet, or nobody serves the call) it is the queue's own, by the place in line.
    """
    chances = chances_to_break(service, elapsed)
    lawful: list[tuple[int, Wait, float]] = []
    for place, (call, wait_s) in enumerate(zip(waiting, elapsed, strict=True)):
        left_s = service.threshold_s - wait_s
        if left_s <= 0:
            chances[place] = 1.0
        elif call.state is CallState.OFFERED:
            chances[place] = math.exp(-left_s / max(ring_s, 0.1))
        elif (law := laws.get(call.call_id)) is not None:
            lawful.append((place, law, left_s - ring_s))
    inside = chances_inside([law for _, law, _ in lawful], [left_s for _, _, left_s in lawful])
    for (place, _, _), chance in zip(lawful, inside, strict=True):
        chances[place] = 1 - chance
    return chances


def stays_told(picture: Picture, stays: Iterable[tuple[CallId, Stay]]) -> None:
    """Tell the picture of many finished calls."""
    for call_id, stay in stays:
        picture.recorded(call_id, stay)
