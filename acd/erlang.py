"""Erlang B, C and A: how many calls wait, how long, how many give up, how many agents are needed.

Formulas and published tables: docs/distribution.md, "Erlang" (design: service-science.md, section 1). All hold for
Poisson arrivals, one skill, one handling time, first come first served, in a steady state:
  C   nobody hangs up; needs fewer erlangs than agents, else there is no steady state (`Overloaded`)
  A   patience is exponential; always steady. Fit it as abandoned / waiting time of all calls, answered ones too
Plain Python: an evaluation at 20,000 agents takes a few milliseconds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_AGENTS: Final = 1_000_000
"""Where a search for agents ends."""
_LARGE: Final = 1e200
_FINE: Final = 1e-17
_LOWEST_LOG: Final = -700.0
"""Below this exp() is nothing."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls offered to one group of agents. `arrivals` in calls per second; `aht_s` = talk + hold + wrap-up.

    Raises ValueError for a negative rate or a handling time that is not above zero.
    """

    arrivals: float
    aht_s: float

    def __post_init__(self) -> None:
        if not (0 <= self.arrivals < math.inf and 0 < self.aht_s < math.inf):
            raise ValueError("Arrivals must be 0 or more a second and the handling time above 0 s.")

    @property
    def erlangs(self) -> float:
        return self.arrivals * self.aht_s


@dataclass(frozen=True, slots=True)
class Overloaded:
    """More work comes than the agents can do: waits grow without end, so that there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The steady state. `waits`, `abandons`, `service_level`, `occupancy` are shares, 0..1, of the calls offered.

    `mean_wait_s` is over all calls, `asa_s` over answered ones; `queue` the mean number of callers waiting.
    """

    waits: float
    abandons: float
    service_level: float
    mean_wait_s: float
    asa_s: float
    queue: float
    occupancy: float


@dataclass(frozen=True, slots=True)
class Target:
    """`share` (0..1, neither of both) of the offered calls answered within `threshold_s`, agents busy at most `cap`.

    Raises ValueError.
    """

    share: float
    threshold_s: float
    cap: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.share < 1 and self.threshold_s >= 0 and 0 < self.cap <= 1):
            raise ValueError("A target is a share between 0 and 1 within 0 s or more, with a cap above 0, at most 1.")


# --- Erlang B
def blocked(agents: int, erlangs: float) -> float:
    """Erlang B, the share of calls that find all `agents` busy when nobody waits: b = 1; b = A b / (n + A b).

    Computed as 1/b = 1 + n/A (1/b of one agent less). Up to min(s, A) an error shrinks by n/A in each step, by exp(-50)
    over the last 10 sqrt(A) of them, so that it need not begin at no agents.
    """
    if not erlangs:
        return 0.0 if agents else 1.0
    first = max(0, math.floor(min(agents, erlangs) - 10 * math.sqrt(erlangs)))
    inverse = erlangs / (erlangs - first)
    for n in range(first + 1, agents + 1):
        inverse = 1.0 + n * inverse / erlangs
    return 1 / inverse


def most_erlangs(agents: int, share: float) -> float:
    """The largest traffic of which at most `share` (0..1) is blocked. Raises ValueError."""
    if not (agents > 0 and 0 < share < 1):
        raise ValueError("It takes an agent or more and a share between 0 and 1.")
    low, high = 0.0, agents / (1 - share)  # what is carried, A (1 - B), is less than the agents
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if blocked(agents, middle) <= share else (low, middle)
    return low


# --- Erlang C
def erlang_c(traffic: Traffic, agents: int, threshold_s: float) -> Outlook | Overloaded:
    """Infinite patience: C = b / (1 - (A/s)(1 - b)), SL = 1 - C exp(-(s - A) T / AHT), ASA = C AHT / (s - A)."""
    if traffic.erlangs >= agents:
        return Overloaded()
    return _outlook_c(traffic, agents, threshold_s, blocked(agents, traffic.erlangs))


def _outlook_c(traffic: Traffic, agents: int, threshold_s: float, share_blocked: float) -> Outlook:
    erlangs, spare = traffic.erlangs, agents - traffic.erlangs
    waits = share_blocked / (1 - erlangs / agents * (1 - share_blocked))
    asa_s = waits * traffic.aht_s / spare
    within = 1 - waits * math.exp(-spare * threshold_s / traffic.aht_s)
    return Outlook(waits, 0.0, within, asa_s, asa_s, traffic.arrivals * asa_s, erlangs / agents)


# --- Erlang A
def erlang_a(traffic: Traffic, patience_s: float, agents: int, threshold_s: float) -> Outlook:
    """Exponential patience of mean `patience_s`; formulas in `_Palm`. Raises ValueError for a patience not above 0."""
    if not 0 < patience_s < math.inf:
        raise ValueError("The mean patience must be above 0 s. Without limit take erlang_c.")
    if not traffic.erlangs:
        return Outlook(0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    if agents <= 0:
        return Outlook(1.0, 1.0, 0.0, patience_s, math.inf, traffic.arrivals * patience_s, 1.0)
    palm = _Palm(traffic, patience_s, agents)
    waits = palm.waits(blocked(agents - 1, traffic.erlangs))
    abandons = min(1.0, waits * palm.abandons_waiting())
    mean_wait_s = abandons * patience_s
    answered = 1 - abandons
    return Outlook(
        waits=waits,
        abandons=abandons,
        service_level=palm.service_level(waits, threshold_s),
        mean_wait_s=mean_wait_s,
        asa_s=waits / answered * palm.wait_of_answered() if answered > 0 else math.inf,
        queue=traffic.arrivals * mean_wait_s,
        occupancy=min(1.0, traffic.erlangs * answered / agents),
    )


class _Palm:
    """Erlang A (Palm) for one number of agents. With x = s mu / theta, y = lam / theta:

    a(x,z)  = 1 + z/(x+1) + z^2/((x+1)(x+2)) + ...
    lnJ(t)  = y (1 - exp(-theta t)) - s mu t - ln(s mu) + ln a(x, y exp(-theta t))
    lnK(t)  = -theta t + y (1 - exp(-theta t)) - s mu t - ln(s mu + theta) + ln a(x+1, y exp(-theta t))
    P(wait) = 1 / (1 + exp(-r)), r = ln(lam) + ln(B(s-1, A)) + lnJ(0)
    """

    def __init__(self, traffic: Traffic, patience_s: float, agents: int) -> None:
        self._arrivals = traffic.arrivals
        self._theta = 1 / patience_s
        self._served = agents / traffic.aht_s
        self._x = self._served / self._theta
        self._y = traffic.arrivals / self._theta
        above = _ln_a(self._x + 1, self._y)
        self._ln_k0 = above - math.log(self._served + self._theta)
        # a(x, z) = 1 + z/(x+1) a(x+1, z): one series serves both
        self._ln_j0 = _ln_1_plus(math.log(self._y) - math.log(self._x + 1) + above) - math.log(self._served)

    def waits(self, blocked_by_one_less: float) -> float:
        """P(wait)."""
        if blocked_by_one_less <= 0:
            return 0.0
        r = math.log(self._arrivals) + math.log(blocked_by_one_less) + self._ln_j0
        if r < _LOWEST_LOG:
            return 0.0
        return 1 / (1 + math.exp(-r)) if r < -_LOWEST_LOG else 1.0

    def abandons_waiting(self) -> float:
        """The share of those who wait that hang up: 1 - K(0) / J(0)."""
        return max(0.0, -math.expm1(self._ln_k0 - self._ln_j0))

    def service_level(self, waits: float, threshold_s: float) -> float:
        """1 - P(wait) + P(wait) (K(0) - K(T)) / J(0)."""
        if not waits:
            return 1.0
        left = self._theta * threshold_s
        z = self._y * math.exp(-left)
        gone = -self._y * math.expm1(-left) - left - self._served * threshold_s
        ln_kt = gone - math.log(self._served + self._theta) + _ln_a(self._x + 1, z)
        inside = math.exp(self._ln_k0 - self._ln_j0) - math.exp(ln_kt - self._ln_j0)
        return min(1.0, max(0.0, 1 - waits + waits * inside))

    def wait_of_answered(self) -> float:
        """sum(pi_k u_k m_k) / sum(pi_k) for k waiting ahead, seconds: what an answered caller of those waits.

        pi_k ~ prod lam / (s mu + i theta), u_k = s mu / (s mu + (k+1) theta), m_k = sum 1 / (s mu + i theta).
        """
        here, waited = 1.0, 0.0
        states = answered = 0.0
        for k in range(1, _most_terms(self._x, self._y)):
            leaving = self._served + k * self._theta
            waited += 1 / leaving
            states += here
            answered += here * waited * self._served / leaving
            if states > _LARGE:
                here, states, answered = here / _LARGE, states / _LARGE, answered / _LARGE
            here *= self._arrivals / leaving
            if leaving > self._arrivals and here * waited < _FINE * min(states, answered):
                break
        return answered / states


def _ln_a(x: float, z: float) -> float:
    """ln a(x, z), term by term; all are positive. A sum that grows too large goes on with its logarithm kept apart."""
    total = term = 1.0
    kept = 0.0
    for _ in range(_most_terms(x, z)):
        x += 1.0
        term *= z / x
        total += term
        if term < _FINE * total and x > z:
            break
        if total > _LARGE:
            total, term = total / _LARGE, term / _LARGE
            kept += math.log(_LARGE)
    return kept + math.log(total)


def _most_terms(x: float, z: float) -> int:
    """Beyond the largest term the series falls faster than a Gauss curve of this width."""
    return int(max(0.0, z - x) + 12 * math.sqrt(max(x, z) + 1) + 100)


def _ln_1_plus(ln_value: float) -> float:
    """ln(1 + exp(ln_value)) without overflow."""
    if ln_value > 0:
        return ln_value + math.log1p(math.exp(-ln_value))
    return math.log1p(math.exp(ln_value))


# --- staffing
def agents_needed_c(traffic: Traffic, target: Target) -> int:
    """The fewest agents that reach the target when nobody hangs up. Raises ValueError beyond MOST_AGENTS."""

    def enough(agents: int) -> bool:
        if traffic.erlangs >= agents:
            return False
        outlook = _outlook_c(traffic, agents, target.threshold_s, blocked(agents, traffic.erlangs))
        return outlook.service_level >= target.share and outlook.occupancy <= target.cap

    return _fewest(math.floor(traffic.erlangs) + 1, enough)


def agents_needed_a(traffic: Traffic, patience_s: float, target: Target) -> int:
    """The fewest agents that reach the target with this mean patience. Raises ValueError beyond MOST_AGENTS."""
    if not traffic.erlangs:
        return 1

    def enough(agents: int) -> bool:
        palm = _Palm(traffic, patience_s, agents)
        waits = palm.waits(blocked(agents - 1, traffic.erlangs))
        occupancy = traffic.erlangs * (1 - waits * palm.abandons_waiting()) / agents
        return palm.service_level(waits, target.threshold_s) >= target.share and occupancy <= target.cap

    # Where everybody who waits is answered at the threshold, were all as patient as the mean.
    start = traffic.erlangs * math.exp(-target.threshold_s / patience_s)
    return _fewest(max(1, math.floor(start)), enough)


def scheduled(agents: int, shrinkage: float) -> int:
    """Agents to schedule when `shrinkage` (0..1) of their paid time is breaks, training, sickness: after solving.

    Raises ValueError.
    """
    if not (agents >= 0 and 0 <= shrinkage < 1):
        raise ValueError("Shrinkage is the share of the paid time that is away: 0 or more, less than 1.")
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def _fewest(start: int, enough: Callable[[int], bool]) -> int:
    """The smallest number that is enough (all above it are, too): away from `start` in doubling steps, then by halves.

    Raises ValueError beyond MOST_AGENTS.
    """
    step = 1
    low, high = start - 1, start
    while low >= 1 and enough(low):
        step *= 2
        low, high = max(0, low - step), low
    while high <= MOST_AGENTS and not enough(high):
        step *= 2
        low, high = high, high + step
    if high > MOST_AGENTS:
        raise ValueError(f"More than {MOST_AGENTS} agents are needed. Ask for a lower target.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
