"""How long a caller who stays will wait: the patience-aware queue-length law, its quantiles, and what is said of it.

Formulas (design: service-science.md, section 2). r = calls finished per second by the agents who serve, theta = 1 /
mean patience, k callers ahead:
  M = sum_{i=1..k+1} 1/(r + i theta), V = sum_{i=1..k+1} 1/(r + i theta)^2
  i > 200: integrals, ln((r + (k+1.5) theta) / (r + 200.5 theta)) / theta and the like
  quantile: g = M^2/V, q(z) = M max(0, 1 - 1/(9g) + z/sqrt(9g))^3     (gamma, Wilson and Hilferty); the median is q(0)
For exponential talks and patience this is the exact law, so that no forecast can have a smaller mean error.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

SUMMED: Final = 200
"""So many callers ahead are summed one by one."""
MINUTES: Final = (0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60)
"""What a range is rounded outward to; 0 is said as "less than"."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The law of one caller's remaining wait, seconds."""

    mean_s: float
    variance: float

    def quantile(self, z: float) -> float:
        """The wait that is not reached with the probability of a normal deviate `z`, seconds."""
        if self.mean_s <= 0 or self.variance <= 0:
            return max(0.0, self.mean_s)
        g = self.mean_s**2 / self.variance
        return self.mean_s * max(0.0, 1 - 1 / (9 * g) + z / math.sqrt(9 * g)) ** 3

    @property
    def median_s(self) -> float:
        return self.quantile(0.0)


@dataclass(frozen=True, slots=True)
class Minutes:
    """A range as it is said: from `least` (0: less than `most`) to `most` minutes."""

    least: int
    most: int


def wait_behind(ahead: int, rate: float, theta: float) -> Wait:
    """The wait with `ahead` callers ahead and `rate` calls finished per second, both above 0. See the module."""
    if theta * (ahead + 1) < 1e-9 * rate:
        return Wait((ahead + 1) / rate, (ahead + 1) / rate**2)
    steps = [1 / (rate + i * theta) for i in range(1, min(ahead + 1, SUMMED) + 1)]
    mean_s, variance = sum(steps), sum(step * step for step in steps)
    if ahead + 1 > SUMMED:
        near, far = rate + (SUMMED + 0.5) * theta, rate + (ahead + 1.5) * theta
        mean_s, variance = mean_s + math.log(far / near) / theta, variance + (1 / near - 1 / far) / theta
    return Wait(mean_s, variance)


def wait_of_mean(mean_s: float, rate: float, theta: float) -> Wait:
    """The law with this mean where the callers ahead are not alike: V = (1 - exp(-theta M)) / (theta (r + theta/2))."""
    return Wait(mean_s, -math.expm1(-theta * mean_s) / (theta * (rate + theta / 2)))


def spoken(wait: Wait, z_low: float, z_high: float) -> Minutes | None:
    """The range in whole minutes; None when it is longer than can be said."""
    low, high = wait.quantile(-z_low) / 60, wait.quantile(z_high) / 60
    if high > MINUTES[-1]:
        return None
    at = bisect_left(MINUTES, high)
    most = MINUTES[max(1, at)]
    least = MINUTES[bisect_right(MINUTES, low) - 1]
    return Minutes(least, most) if least < most else Minutes(MINUTES[MINUTES.index(most) - 1], most)


def not_growing(fresh: Minutes, said: Minutes | None) -> Minutes | None:
    """What may be said after `said`: neither end ever grows; None when nothing is left to say."""
    if said is None:
        return fresh
    least, most = min(fresh.least, said.least), min(fresh.most, said.most)
    return Minutes(least, most) if least < most else None
