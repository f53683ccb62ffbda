"""A queue from its present state on: the birth-death chain of calls in it, followed by implicit Euler steps. Pure.

dp/du = Q p: births lam, deaths r for what is served plus theta for each who waits. Beside the chances p_n stand
m_n = E[A; n] and v_n = E[A^2; n] of A = integral of lam g(n), the calls answered inside: m' = Q m + lam g p and
v' = Q v + 2 lam g m, so that one run gives the expectation and the variance along the chain. Implicit steps are stable
and keep every chance at or above 0 whatever their length, so that a large floor costs no more steps than a small one.
This is the one place of acd that knows scipy. Times in seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import get_lapack_funcs
from scipy.special import gammainc

Floats = NDArray[np.float64]
Times = Floats | Sequence[float] | float

FIRST_STEP_S: Final = 2.0
"""In the first piece; twice as long in each further one."""
LONGEST_STEP_S: Final = 8.0
_FACTORISE, _SOLVE = get_lapack_funcs(("gttrf", "gttrs"), dtype=np.float64)

WAITING_KEPT: Final = 60
"""The chain is cut at 60 + 2.5 s callers waiting, or twice of what waits now."""


def gamma_cdf(wait_s: Times, mean: Times, variance: Times) -> Floats:
    """P(W <= wait) of the gamma law with this mean and variance; 0 for a negative wait."""
    shape = np.square(mean) / variance
    return np.asarray(gammainc(shape, np.maximum(wait_s, 0.0) * mean / variance))


def moments(chain: "Chain", most_ahead: int) -> tuple[Floats, Floats]:
    """Mean and variance of the wait with 0..`most_ahead` calls ahead, of a caller who stays."""
    rates = chain.rate + np.arange(1, most_ahead + 2) * chain.theta
    return np.cumsum(1 / rates), np.cumsum(1 / rates**2)


@dataclass(frozen=True, slots=True)
class Followed:
    """Expectation and variance of the newcomers answered inside the standard."""

    inside: float
    variance: float


@dataclass(frozen=True, slots=True)
class Chain:
    """`rate` calls a second are finished by all `servers`, each `mu`; each waiting caller gives up at rate `theta`."""

    servers: int
    rate: float
    mu: float
    theta: float

    def inside(self, threshold_s: float, most_ahead: int) -> Floats:
        """P(answered within T) of a newcomer with 0..`most_ahead` calls ahead."""
        if self.rate <= 0:
            return np.zeros(most_ahead + 1)
        mean, variance = moments(self, most_ahead)
        stays = self.rate / (self.rate + np.arange(1, most_ahead + 2) * self.theta)
        return np.asarray(stays * gamma_cdf(threshold_s, mean, variance))

    def inside_now(self, threshold_s: float, elapsed_s: Sequence[float]) -> list[float]:
        """P(answered within T) of each call that waits, in the order in which they will be answered."""
        if not elapsed_s or self.rate <= 0:
            return [0.0] * len(elapsed_s)
        left = threshold_s - np.asarray(elapsed_s)
        mean, variance = moments(self, len(elapsed_s) - 1)
        stays = self.rate / (self.rate + np.arange(1, len(elapsed_s) + 1) * self.theta)
        chances: list[float] = np.where(left < 0, 0.0, stays * gamma_cdf(left, mean, variance)).tolist()
        return chances

    def follow(self, present: int, threshold_s: float, pieces: Sequence[tuple[float, float]]) -> Followed:
        """The newcomers of `pieces`, (seconds, calls a second) each, `present` calls being in the queue now."""
        if self.rate <= 0:
            return Followed(0.0, 0.0)  # nobody serves: nobody is answered
        waiting = max(0, present - self.servers)
        states = self.servers + max(WAITING_KEPT + round(2.5 * self.servers), 2 * waiting) + 1
        ahead = self.inside(threshold_s, states - 1 - self.servers)
        inside = np.concatenate([np.ones(self.servers), ahead])
        calls = np.arange(states)
        deaths = np.where(
            calls < self.servers, calls * self.mu, self.rate + np.maximum(0, calls - self.servers) * self.theta
        )  # fmt: skip
        deaths[0] = 0.0
        chances = np.zeros((3, states))
        chances[0, present] = 1.0
        longest_s = FIRST_STEP_S
        for seconds, lam in pieces:
            steps = max(1, math.ceil(seconds / longest_s))
            solver = _Solver(seconds / steps, lam, deaths)
            gained = lam * seconds / steps * inside
            for _ in range(steps):
                _advance(solver, chances, gained)
            longest_s = min(LONGEST_STEP_S, longest_s * 2)
        mean = float(chances[1].sum())
        return Followed(mean, max(0.0, float(chances[2].sum()) - mean**2))


class _Solver:
    """(1 - step Q), factorised once for all steps of one length and rate."""

    def __init__(self, step_s: float, lam: float, deaths: Floats) -> None:
        births = np.full(len(deaths), lam)
        births[-1] = 0.0
        diagonal = 1 + step_s * (births + deaths)
        lower, upper = -step_s * births[:-1], -step_s * deaths[1:]
        self._factors: tuple[Any, ...] = _FACTORISE(lower, diagonal, upper)[:5]

    def __call__(self, right: Floats) -> Floats:
        return np.asarray(_SOLVE(*self._factors, right)[0])


def _advance(solver: _Solver, chances: Floats, gained: Floats) -> None:
    """One step of p, m and v; `gained` is lam * step * g."""
    chances[0] = solver(chances[0])
    chances[1] = solver(chances[1] + gained * chances[0])
    chances[2] = solver(chances[2] + gained * (2 * chances[1] - gained * chances[0]))
