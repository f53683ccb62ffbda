"""What the service level of an interval will be at its end, which calls will break the standard, and who is missing.

Formulas (design: service-science.md, sections 2 and 5). s agents serve, mu = 1 / AHT, theta = 1 / mean patience,
r = s * mu, T the threshold, k the calls ahead:
  wait of a call      gamma law with M = sum of 1/(r + i theta), V = sum of 1/(r + i theta)^2, i = 1..k+1 (who stays)
  is answered         u_k = r / (r + (k+1) theta)
  P_inside            u_k * GammaCDF(T - elapsed; M, V); 0 beyond T
  P_break             1 - GammaCDF(T - elapsed; M, V)
  end of the interval (inside so far + sum of P_inside over the waiting + integral of lam * S)
                      / (offered so far + integral of lam), S(u) = sum over n of p_n(u) * g(n), g = 1 for n < s, else
                      P_inside of a newcomer with n - s ahead
p_n(u) is the birth-death chain that begins at the present number of calls (births lam(u), deaths
min(n, s) mu + max(0, n - s) theta). The band is +- 1.28 standard deviations: that of the integral along the chain, the
chance of each call, and an error of the arrival forecast of 10 %. Pure; times in seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from acd.erlang import MOST_AGENTS, Target, Traffic, agents_needed_a
from acd.figures import Band
from acd.transient import Chain, gamma_cdf, moments
from acd.wait_law import Wait

BAND_Z: Final = 1.28
"""Eight of ten ends lie inside of the band."""
ARRIVALS_ERR: Final = 0.1
MOST_CALLS: Final = 5000
"""The chain is not followed beyond so many calls waiting; a floor never holds more."""
LEAST_OFFERED: Final = 1e-6
"""Calls; with less expected there is no level to speak of."""


@dataclass(frozen=True, slots=True)
class Service:
    """How a queue is served now. `agents` ready or busy, shared ones by their part; times in seconds."""

    agents: float
    aht_s: float
    patience_s: float
    threshold_s: float


@dataclass(frozen=True, slots=True)
class SoFar:
    """The interval up to now: calls offered (those who wait are among them) and answered inside the standard."""

    offered: int
    inside: int


def chances_to_break(service: Service, elapsed_s: Sequence[float]) -> list[float]:
    """P_break of callers who stay, 1 beyond T or without agents; `elapsed_s` in the order of their answers."""
    if not elapsed_s or service.agents <= 0:
        return [1.0] * len(elapsed_s)
    mean, variance = moments(_chain(service), len(elapsed_s) - 1)
    chances: list[float] = (1 - gamma_cdf([service.threshold_s - wait for wait in elapsed_s], mean, variance)).tolist()
    return chances


def chances_inside(waits: Sequence[Wait], left_s: Sequence[float]) -> list[float]:
    """GammaCDF of laws that were estimated elsewhere (acd.estimates), each at its own time; 0 when none is left."""
    chances: list[float] = gamma_cdf(
        left_s, [wait.mean_s for wait in waits], [wait.variance for wait in waits]
    ).tolist()
    return chances


def forecast(
    service: Service,
    so_far: SoFar,
    busy: int,
    elapsed_s: Sequence[float],
    rates: Sequence[tuple[float, float]],
    counted: Sequence[bool] | None = None,
) -> Band | None:
    """The service level at the interval's end; None when no call has come and none is expected.

    `busy`: agents in a call or wrap-up; `elapsed_s`: the waits of the calls that wait; `rates`: (seconds, calls a
    second) pieces up to the end of the interval; `counted`: which of those who wait were queued in it (None: all).
    """
    expected_more = sum(seconds * rate for seconds, rate in rates)
    offered = so_far.offered + expected_more
    if offered < LEAST_OFFERED:
        return None
    chain = _chain(service)
    chances = chain.inside_now(service.threshold_s, elapsed_s)
    if counted is not None:
        chances = [chance for chance, own in zip(chances, counted, strict=True) if own]
    present = min(busy + len(elapsed_s), chain.servers + MOST_CALLS)
    usual = chain.follow(present, service.threshold_s, rates)
    more = chain.follow(present, service.threshold_s, [(s, rate * (1 + ARRIVALS_ERR)) for s, rate in rates])
    sure = so_far.inside + float(sum(chances))
    level = (sure + usual.inside) / offered
    level_more = (sure + more.inside) / (so_far.offered + expected_more * (1 + ARRIVALS_ERR))
    own = sum(chance * (1 - chance) for chance in chances)
    # Newcomers inside and outside as marks of a Poisson stream: each moves the level by what it is beside it.
    marks = usual.inside * (1 - level) ** 2 + max(0.0, expected_more - usual.inside) * level**2
    deviation = ((usual.variance + own + marks) / offered**2 + (level_more - level) ** 2) ** 0.5
    return Band(_kept(level), _kept(level - BAND_Z * deviation), _kept(level + BAND_Z * deviation))


def agents_short(service: Service, rate: float, standard: float) -> int:
    """Agents that are missing for the standard at this arrival rate (calls a second); negative: so many to spare.

    The steady state of Erlang A: what is missing if the present load goes on.
    """
    if rate <= 0:
        return -int(service.agents)
    target = Target(min(max(standard, 0.01), 0.99), service.threshold_s)
    try:
        needed = agents_needed_a(Traffic(rate, service.aht_s), service.patience_s, target)
    except ValueError:
        needed = MOST_AGENTS
    return needed - int(service.agents + 1e-6)


def _chain(service: Service) -> Chain:
    return Chain(round(service.agents), service.agents / service.aht_s, 1 / service.aht_s, 1 / service.patience_s)


def _kept(level: float) -> float:
    return min(1.0, max(0.0, level))
