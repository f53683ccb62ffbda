"""Who rings, and when: a rate for each interval of the day (Poisson), or the calls of a recorded day as they came.

All that chance decides about a caller is drawn at the arrival, each thing from a stream of its own. So the same seed
gives every strategy the same callers, and two strategies are compared call by call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from random import Random
from typing import NamedTuple

from calls.ids import QueueId
from calls.journey import Language
from simulation.chances import Chance


class Caller(NamedTuple):
    """One caller; times in seconds, `at_s` after the beginning. A tuple: a million are made in a run."""

    at_s: float
    queue_id: QueueId
    talk_s: float
    wrap_up_s: float
    patience_s: float
    priority_s: int = 0
    skills: frozenset[str] = frozenset()
    language: Language = Language.RU


@dataclass(frozen=True, slots=True)
class Profile:
    """Calls per hour, one figure for each interval; the last holds on."""

    per_hour: tuple[float, ...]
    interval_s: float = 1800.0

    def rate(self, at_s: float) -> float:
        """Calls per second."""
        return self.per_hour[min(int(at_s / self.interval_s), len(self.per_hour) - 1)] / 3600.0

    def arrivals(self, until_s: float, random: Random) -> Iterator[float]:
        """Poisson: what is left of an exponential gap is stretched by the next interval's rate."""
        at_s, interval = 0.0, 0
        left = random.expovariate(1.0)
        last = len(self.per_hour) - 1
        while at_s < until_s:
            rate = self.per_hour[min(interval, last)] / 3600.0
            ends_s = until_s if interval >= last else min(until_s, (interval + 1) * self.interval_s)
            if rate > 0.0 and at_s + left / rate < ends_s:
                at_s += left / rate
                yield at_s
                left = random.expovariate(1.0)
            else:
                left -= (ends_s - at_s) * rate
                at_s, interval = ends_s, interval + 1


@dataclass(frozen=True, slots=True)
class Stream:
    """Callers of one kind. `skills` are needed beside the queue's own by a `skilled` share of them (a language)."""

    queue_id: QueueId
    arrivals: Profile
    talk: Chance
    wrap_up: Chance
    patience: Chance
    priority_s: int = 0
    skills: frozenset[str] = frozenset()
    skilled: float = 1.0
    language: Language = Language.RU

    def callers(self, until_s: float, seed: str) -> Iterator[Caller]:
        """In the order of arrival."""
        talks, wrap_ups, patiences, kinds = (Random(f"{seed} {what}") for what in ("talk", "wrap-up", "wait", "kind"))
        nothing: frozenset[str] = frozenset()
        for at_s in self.arrivals.arrivals(until_s, Random(f"{seed} arrival")):
            special = not self.skills or kinds.random() < self.skilled
            yield Caller(
                at_s,
                self.queue_id,
                self.talk.drawn(talks),
                self.wrap_up.drawn(wrap_ups),
                self.patience.drawn(patiences),
                self.priority_s,
                self.skills if special else nothing,
                self.language if special else Language.RU,
            )


@dataclass(frozen=True, slots=True)
class Recorded:
    """The callers of a recorded day, in the order of arrival."""

    day: tuple[Caller, ...]

    def callers(self, until_s: float, _: str) -> Iterator[Caller]:
        return (caller for caller in self.day if caller.at_s < until_s)


Source = Stream | Recorded


def all_callers(sources: tuple[Source, ...], until_s: float, seed: int) -> Iterator[Caller]:
    """Everybody who rings, in the order of arrival."""
    each = [source.callers(until_s, f"{seed} {number}") for number, source in enumerate(sources)]
    return each[0] if len(each) == 1 else merge(*each)
