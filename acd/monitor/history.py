"""What the monitor learns at its start, and the intervals that it settles: the database's side of the picture."""

from collections import defaultdict
from datetime import date
from typing import Final

from acd.figures import IntervalFigures, MenuFigures
from acd.intervals import interval_of, slot_of
from acd.menu_figures import StepTally, tallies
from acd.metrics import MenuTally, Place, Tally, tally_of
from acd.monitor.picture import Picture, stays_told
from acd.monitor.ports import Kept
from acd.queues import Queue
from acd.staff_time import StaffTime
from calls.clock import Instant, after
from calls.ids import QueueId

WEEKS_LEARNT: Final = 8
HABITS_S: Final = 6 * 3600
"""Calls of so many seconds tell what handling and patience are like."""
SETTLED_S: Final = 24 * 3600
"""Intervals that are not final are settled for so long."""
DAY_S: Final = 86_400


def learn(picture: Picture, kept: Kept, now: Instant, length_min: int, short_s: float) -> None:
    """Fill the picture of queues that it has just seen. Raises what the database raises."""
    settle(picture, kept, now, length_min, short_s, back_s=SETTLED_S)
    rows = kept.figures.between(after(now, -WEEKS_LEARNT * 7 * DAY_S), now)
    days: defaultdict[QueueId, defaultdict[date, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        queue = picture.queues.get(row.queue_id)
        if queue is None:
            continue
        interval = interval_of(now, length_min, queue.zone)
        if row.interval == interval:
            picture.spent_already(row.queue_id, interval, row.staff)
        elif row.interval.end - row.interval.start == interval.end - interval.start:
            day, slot = slot_of(row.interval.start, length_min, queue.zone)
            counts = days[row.queue_id][day]
            counts[slot] = counts.get(slot, 0) + arrivals(row.tally)
    for queue_id, found in days.items():
        queue = picture.queues[queue_id]
        expected = picture.expected(queue_id)
        today, _ = slot_of(now, length_min, queue.zone)
        for day in sorted(found):
            if day < today:
                expected.learn(day, found[day])
    _learn_today(picture, kept, now, length_min)


def _learn_today(picture: Picture, kept: Kept, now: Instant, length_min: int) -> None:
    """Today's calls: those of the last hours by their instants, the earlier ones by their intervals."""
    for queue_id, queue in picture.queues.items():
        since = interval_of(after(now, -HABITS_S), length_min, queue.zone).end
        stays = kept.stays.queued([queue_id], since, after(now, 1))
        for call_id, stay in stays:
            if call_id not in picture.live.calls and not stay.again:
                picture.expected(queue_id).came(stay.enqueued_at)
        stays_told(picture, stays)
        today, _ = slot_of(now, length_min, queue.zone)
        for row in kept.figures.between(after(now, -2 * DAY_S), since):
            if row.queue_id == queue_id and slot_of(row.interval.start, length_min, queue.zone)[0] == today:
                picture.expected(queue_id).came(row.interval.start, calls=arrivals(row.tally), recent=False)


def arrivals(tally: Tally) -> int:
    """Everybody who came, however soon they left again."""
    return tally.offered + tally.short_abandoned + tally.refused


def settle(
    picture: Picture, kept: Kept, now: Instant, length_min: int, short_s: float, *, back_s: float = 2 * 3600
) -> None:
    """Count the intervals that are over anew from their records; final when none of their calls goes on.

    The agents' time of an interval is what was written while it went on.
    """
    known = {(row.queue_id, row.interval): row for row in kept.figures.between(after(now, -back_s), now)}
    for queue in picture.queues.values():
        at = after(now, -back_s)
        tallies: defaultdict[Place, Tally] = defaultdict(Tally)
        for _, stay in kept.stays.queued([queue.queue_id], at, now):
            tallies[Place(queue.queue_id, interval_of(stay.enqueued_at, length_min, queue.zone))] += tally_of(
                stay, short_s
            )
        settled = []
        interval = interval_of(at, length_min, queue.zone)
        interval = interval_of(interval.end, length_min, queue.zone)
        while interval.end <= now:
            place, row = Place(queue.queue_id, interval), known.get((queue.queue_id, interval))
            if row is None or not row.final:
                settled.append(_settled(queue, place, tallies[place], row, final=not picture.live.any_in(place)))
            interval = interval_of(interval.end, length_min, queue.zone)
        kept.figures.put(settled)


def _settled(queue: Queue, place: Place, tally: Tally, row: IntervalFigures | None, *, final: bool) -> IntervalFigures:
    staff = row.staff if row is not None else StaffTime()
    permille = row.standard_permille if row is not None else round(queue.standard * 1000)
    return IntervalFigures(queue.queue_id, place.interval, tally, staff, permille, final)


def settle_menu(kept: Kept, now: Instant, length_min: int, zone: str) -> MenuTally:
    """Write the self-service's figures of this interval and the one before; those of this one."""
    interval = interval_of(now, length_min, zone)
    before = interval_of(Instant(interval.start - 1), length_min, zone)
    found = MenuTally()
    for one in (before, interval):
        found = kept.stays.menu(one.start, one.end)
        kept.figures.put_menu(MenuFigures(one, found))
    return found


def menu_tallies(kept: Kept, now: Instant, length_min: int, zone: str) -> dict[str, StepTally]:
    """The figures of each menu of the calls that arrived in this interval and are over."""
    interval = interval_of(now, length_min, zone)
    return tallies(kept.menus.steps(interval.start, interval.end), lambda steps: steps.menu)
