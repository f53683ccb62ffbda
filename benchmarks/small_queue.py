"""One queue with exponential talk and patience, first come first served: the truth that forecasts are held against."""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Rate = Callable[[float], float]
"""Calls a second at an instant (seconds)."""


@dataclass(slots=True)
class Caller:
    """`inside` is known when the call is over or has waited T; None before."""

    came: float
    gives_up: float
    answered: float | None = None
    gone: bool = False

    def inside(self, threshold_s: float) -> bool:
        return self.answered is not None and self.answered - self.came <= threshold_s


@dataclass(slots=True)
class SmallQueue:
    """`advance` to an instant, then look: `busy`, `waiting`, `callers`. Times in seconds."""

    agents: int
    aht_s: float
    patience_s: float
    rate: Rate
    most_rate: float
    seed: int
    at: float = 0.0
    busy: int = 0
    callers: list[Caller] = field(default_factory=list)
    _queue: deque[Caller] = field(default_factory=deque)
    _ends: list[float] = field(default_factory=list)
    _chance: random.Random = field(init=False)
    _next: float = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._next = self._next_arrival(0.0)

    def waiting(self) -> list[Caller]:
        self._drop_gone(self.at)
        return list(self._queue)

    def advance(self, until: float) -> None:
        while True:
            first_end = self._ends[0] if self._ends else math.inf
            moment = min(first_end, self._next)
            if moment > until:
                break
            self.at = moment
            if first_end <= self._next:
                heapq.heappop(self._ends)
                self.busy -= 1
            else:
                caller = Caller(moment, moment + self._chance.expovariate(1 / self.patience_s))
                self.callers.append(caller)
                self._queue.append(caller)
                self._next = self._next_arrival(moment)
            self._answer(moment)
        self.at = until
        self._drop_gone(until)

    def _answer(self, moment: float) -> None:
        while self.busy < self.agents:
            self._drop_gone(moment)
            if not self._queue:
                return
            caller = self._queue.popleft()
            caller.answered = moment
            self.busy += 1
            heapq.heappush(self._ends, moment + self._chance.expovariate(1 / self.aht_s))

    def _drop_gone(self, moment: float) -> None:
        for caller in self._queue:
            caller.gone = caller.gives_up <= moment
        self._queue = deque(caller for caller in self._queue if not caller.gone)

    def _next_arrival(self, moment: float) -> float:
        """By thinning: candidates at the highest rate, each kept with its own."""
        while True:
            moment += self._chance.expovariate(self.most_rate)
            if self._chance.random() * self.most_rate <= self.rate(moment):
                return moment


def pieces(rate: Rate, begins: float, ends: float, piece_s: float = 60.0) -> Iterator[tuple[float, float]]:
    """The rate as (seconds, calls a second) pieces."""
    while begins < ends - 1e-9:
        length = min(piece_s, ends - begins)
        yield length, rate(begins + length / 2)
        begins += length
