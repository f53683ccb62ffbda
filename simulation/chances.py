"""Spans of time that chance decides: patience, talk, wrap-up, the time until an agent answers. Seconds."""

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same."""

    mean_s: float

    def drawn(self, _: Random) -> float:
        return self.mean_s


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: the law of Erlang's formulas. Its coefficient of variation is 1."""

    mean_s: float

    def drawn(self, random: Random) -> float:
        return -self.mean_s * math.log(1.0 - random.random())


class Lognormal:
    """The usual shape of talk and wrap-up, by its mean and its coefficient of variation `cv` (sd / mean)."""

    __slots__ = ("_mu", "_sigma", "cv", "mean_s")

    def __init__(self, mean_s: float, cv: float) -> None:
        variance = math.log1p(cv * cv)
        self.mean_s = mean_s
        self.cv = cv
        self._mu = math.log(mean_s) - variance / 2
        self._sigma = math.sqrt(variance)

    def drawn(self, random: Random) -> float:
        return random.lognormvariate(self._mu, self._sigma)

    def __repr__(self) -> str:
        return f"Lognormal(mean_s={self.mean_s}, cv={self.cv})"


Chance = Fixed | Exponential | Lognormal

NEVER = Fixed(1e7)
"""A patience that nobody's wait exceeds: Erlang C."""
