"""How many calls a queue will get from now on: its profile, the day and the interval so far, an outage. Pure."""

from collections import deque
from collections.abc import Iterator
from datetime import date
from typing import Final

from acd.arrivals import BURST_WINDOW_S, Burst, Profile, burst_of, corrected, forecast_day, learnt
from acd.hours import is_holiday
from acd.intervals import interval_of, slot_of
from calls.clock import Instant, after

LATELY_S: Final = 1800
"""Without a profile the calls of so many seconds are the forecast."""
MOST_LATELY: Final = 100_000
PIECE_S: Final = 60.0


class Expected:
    """One queue's arrivals. `country`: whose public holidays hold ("" none)."""

    def __init__(self, length_min: int, zone: str, country: str = "") -> None:
        self._length_min = length_min
        self.zone = zone
        self._country = country
        self._profile = Profile(24 * 60 // length_min)
        self._day: date | None = None
        self._first_slot = 0
        self._counts: dict[int, int] = {}
        self._means: dict[date, tuple[float, ...] | None] = {}
        self._lately: deque[Instant] = deque(maxlen=MOST_LATELY)
        self._lately_rate: tuple[Instant, float] | None = None
        """Of `_lately`, and when it was reckoned: it is asked for many times in one look."""
        self.burst: Burst | None = None

    def learn(self, day: date, counts: dict[int, int]) -> None:
        """A day that is over: calls by slot. Days in their order."""
        told = [float(counts[slot]) if slot in counts else None for slot in range(self._profile.slots)]
        self._profile = learnt(self._profile, day, told, holiday=self._is_holiday(day))
        self._means.clear()

    def came(self, at: Instant, *, calls: int = 1, recent: bool = True) -> None:
        """Calls came at `at` (today). `recent`: their instant is exact, so that an outage can be seen by them."""
        day, slot = slot_of(at, self._length_min, self.zone)
        self._roll(day, slot)
        if day == self._day:
            self._first_slot = min(self._first_slot, slot)
            self._counts[slot] = self._counts.get(slot, 0) + calls
        if recent:
            self._lately.append(at)
            self._lately_rate = None

    def look(self, now: Instant) -> None:
        """See whether the day is a new one and whether an outage begins or ends."""
        self._roll(*slot_of(now, self._length_min, self.zone))
        while self._lately and self._lately[0] < after(now, -LATELY_S):
            self._lately.popleft()
        usual = self._usual_rate(now)
        if usual is not None:
            self.burst = burst_of(now, self._lately, usual, self.burst)

    def rate(self, at: Instant, now: Instant) -> float:
        """Calls a second expected at `at`, as is known at `now`."""
        usual = self._usual_rate(at)
        if usual is None:
            return self._rate_lately(now)
        return usual * self._so_far(now) + (self.burst.excess_at(at) if self.burst else 0.0)

    def pieces(self, now: Instant, end: Instant) -> Iterator[tuple[float, float]]:
        """(seconds, calls a second) from now to `end`, by the minute."""
        at = now
        while at < end:
            length_s = min(PIECE_S, (end - at) / 1000)
            yield length_s, self.rate(after(at, length_s / 2), now)
            at = after(at, length_s)

    def _rate_lately(self, now: Instant) -> float:
        if self._lately_rate is None or self._lately_rate[0] != now:
            since = after(now, -LATELY_S)
            self._lately_rate = now, sum(at > since for at in self._lately) / LATELY_S
        return self._lately_rate[1]

    def _usual_rate(self, at: Instant) -> float | None:
        day, slot = slot_of(at, self._length_min, self.zone)
        means = self._told(day)
        return None if means is None else means[slot] / (self._length_min * 60)

    def _so_far(self, now: Instant) -> float:
        """The factor of the day up to this interval, times that of the interval."""
        day, slot = slot_of(now, self._length_min, self.zone)
        means = self._told(day)
        if means is None or day != self._day:
            return 1.0
        before = corrected(sum(n for s, n in self._counts.items() if s < slot), sum(means[:slot]))
        interval = interval_of(now, self._length_min, self.zone)
        gone = (now - interval.start) / (interval.end - interval.start)
        return before * corrected(self._counts.get(slot, 0), before * means[slot] * gone)

    def _told(self, day: date) -> tuple[float, ...] | None:
        """The forecast of a day, reckoned once."""
        if day not in self._means:
            self._means[day] = forecast_day(self._profile, day, holiday=self._is_holiday(day))
        return self._means[day]

    def _roll(self, day: date, slot: int) -> None:
        """Over midnight: yesterday teaches, today begins empty. What was before our first sight is not known."""
        if self._day is None:
            self._day, self._first_slot = day, slot
        elif day > self._day:
            seen = range(self._first_slot, self._profile.slots)
            self.learn(self._day, {slot: self._counts.get(slot, 0) for slot in seen})
            self._day, self._first_slot, self._counts = day, 0, {}

    def _is_holiday(self, day: date) -> bool:
        return bool(self._country) and is_holiday(self._country, day)


assert BURST_WINDOW_S <= LATELY_S  # noqa: S101 - an outage is seen in what is kept
