"""What a queue has shown lately: how long a call takes, how patient callers are, how often ranges held. O(1) a call.

Formulas (design: service-science.md, section 2)
  cycle_s    what a call takes of an agent (ring, talk, hold, wrap-up): mean of all, from 500 calls on a forgetting one
  theta      1 / mean patience = (abandoned + 2) / (seconds waited + 2 * 300), both sums forgotten with 2 h
  z_low, z_high   how wide the spoken range is, in standard deviations; after each answered caller who was told [L, U]:
             z_high += 0.02 ([wait > U] - m), z_low += 0.02 ([wait < L] - m), m = 0.075, kept within 0..3
  arrivals   calls per second of the last half hour; lead_s: mean of target - priority, how soon one of them is due
"""

import math
from dataclasses import dataclass
from typing import Final

from acd.copies import replace
from calls.clock import EPOCH, Instant
from calls.ids import QueueId

REMEMBERED_CALLS: Final = 500
LEAST_ANSWERED: Final = 20
"""Before so many calls nothing is said of the wait."""
FORGET_MS: Final = 2 * 3600 * 1000
ARRIVALS_FORGET_MS: Final = 30 * 60 * 1000
_PRIOR_ABANDONED: Final = 2
_PRIOR_WAITED_S: Final = 600.0
_STEP: Final = 0.02
_MISSED: Final = 0.075
"""m: the share that may fall out of the range on each side, after it was rounded to whole minutes."""
_FIRST_Z: Final = 1.28
_WIDEST_Z: Final = 3.0


@dataclass(frozen=True, slots=True)
class Pace:
    """One queue's. `abandoned` and `waited_s` are sums as of `at`, `arrived` a count as of `arrived_at`."""

    queue_id: QueueId
    handled: int = 0
    cycle_s: float = 0.0
    at: Instant = EPOCH
    abandoned: float = 0.0
    waited_s: float = 0.0
    arrived: float = 0.0
    arrived_at: Instant = EPOCH
    first_at: Instant = EPOCH
    lead_s: float = 0.0
    z_low: float = _FIRST_Z
    z_high: float = _FIRST_Z

    @property
    def known(self) -> bool:
        """Whether enough calls were answered to say anything."""
        return self.handled >= LEAST_ANSWERED

    @property
    def theta(self) -> float:
        """The rate, per second, at which a waiting caller gives up."""
        return (self.abandoned + _PRIOR_ABANDONED) / (self.waited_s + _PRIOR_WAITED_S)

    def arrivals(self, at: Instant) -> float:
        """Calls per second."""
        age = max(1, at - self.first_at) / ARRIVALS_FORGET_MS
        kept = self.arrived * math.exp(-max(0, at - self.arrived_at) / ARRIVALS_FORGET_MS)
        return kept / (-math.expm1(-age) * ARRIVALS_FORGET_MS / 1000)


def with_arrival(pace: Pace, lead_s: float, at: Instant) -> Pace:
    """A call has come that is due `lead_s` after its coming."""
    kept = pace.arrived * math.exp(-max(0, at - pace.arrived_at) / ARRIVALS_FORGET_MS)
    weight = 1 / (1 + min(kept, float(REMEMBERED_CALLS)))
    return replace(
        pace,
        arrived=kept + 1,
        arrived_at=at,
        first_at=pace.first_at or at,
        lead_s=pace.lead_s + weight * (lead_s - pace.lead_s),
    )


def with_wait(pace: Pace, waited_s: float, *, abandoned: bool, at: Instant) -> Pace:
    """A wait has ended."""
    kept = math.exp(-max(0, at - pace.at) / FORGET_MS)
    return replace(
        pace, at=at, abandoned=pace.abandoned * kept + abandoned, waited_s=pace.waited_s * kept + max(0.0, waited_s)
    )


def with_call(pace: Pace, cycle_s: float) -> Pace:
    """An agent is done with a call."""
    handled = pace.handled + 1
    weight = 1 / min(handled, REMEMBERED_CALLS)
    return replace(pace, handled=handled, cycle_s=pace.cycle_s + weight * (max(0.0, cycle_s) - pace.cycle_s))


def with_outcome(pace: Pace, waited_s: float, least_s: float, most_s: float) -> Pace:
    """A caller who was told that the wait is from `least_s` to `most_s` from then on was answered after `waited_s`."""
    return replace(
        pace,
        z_low=_kept_within(pace.z_low + _STEP * ((waited_s < least_s) - _MISSED)),
        z_high=_kept_within(pace.z_high + _STEP * ((waited_s > most_s) - _MISSED)),
    )


def _kept_within(z: float) -> float:
    return min(_WIDEST_Z, max(0.0, z))
