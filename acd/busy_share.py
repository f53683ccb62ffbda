"""The busy share S of an agent: exponentially weighted, so that the order of idle agents never has to be refreshed.

Formulas (design: service-science.md, section 3), tau = 120 min:
  busy for d:   S := 1 - (1 - S) * exp(-d / tau)        talk, hold and wrap-up
  idle for d:   S := S * exp(-d / tau)                  ready and idle, a ringing offer included
  key while idle: ln(S) + t / tau                       the same at every t, so it is computed once
  pool:         Sbar' = (p - Sbar) / tau, p = busy / (busy + idle) of the floor
  away:         S - Sbar is stored at a break or a sign-out and added to Sbar at the return; a new agent starts at Sbar
"""

import math
from enum import StrEnum
from typing import Final

from acd.copies import replace
from acd.model import Agent, Duty, Pool, Presence
from calls.clock import Instant

TAU_MS: Final = 120 * 60 * 1000
LEAST_SHARE: Final = 1e-6
"""Floor of S before the logarithm."""


class Load(StrEnum):
    """How an agent's time counts."""

    BUSY = "busy"
    IDLE = "idle"
    AWAY = "away"


def load_of(agent: Agent) -> Load:
    if agent.duty is Duty.ON_CALL or agent.duty is Duty.WRAP_UP:
        return Load.BUSY
    if agent.presence is Presence.READY and agent.reachable:
        return Load.IDLE
    return Load.AWAY


def share_at(agent: Agent, at: Instant) -> float:
    """The agent's share at `at`, its load being unchanged since `share_at`. While away: as it was stored."""
    kept = math.exp(-max(0, at - agent.share_at) / TAU_MS)
    match load_of(agent):
        case Load.BUSY:
            return 1.0 - (1.0 - agent.share) * kept
        case Load.IDLE:
            return agent.share * kept
        case Load.AWAY:
            return agent.share


def carried(before: Agent | None, after: Agent, mean: float, at: Instant) -> Agent:
    """`after` with its share brought to `at` when its load changed; `mean` is the pool's mean at `at`."""
    if before is not None and _counts_alike(before, after):
        return after
    was = Load.AWAY if before is None else load_of(before)
    now = load_of(after)
    if was is now:
        return after
    share = mean + after.deviation if before is None or was is Load.AWAY else share_at(before, at)
    share = min(1.0, max(LEAST_SHARE, share))
    deviation = share - mean if now is Load.AWAY else after.deviation
    return replace(after, share=share, share_at=at, deviation=deviation)


def _counts_alike(before: Agent, after: Agent) -> bool:
    """Nothing that the load depends on has changed."""
    return before.duty is after.duty and before.presence is after.presence and before.reachable is after.reachable


def order_key(agent: Agent) -> float:
    """ln(S) + t/tau: the smallest has been least busy, for as long as the agents stay idle."""
    return math.log(max(LEAST_SHARE, agent.share)) + agent.share_at / TAU_MS


def pool_at(pool: Pool, busy: int, idle: int, at: Instant) -> Pool:
    """The pool's mean at `at`, `busy` and `idle` agents being so many since then; frozen with nobody."""
    if at <= pool.at:
        return pool
    if busy + idle == 0:
        return Pool(pool.mean_share, at)
    target = busy / (busy + idle)
    kept = math.exp(-(at - pool.at) / TAU_MS)
    return Pool(target + (pool.mean_share - target) * kept, at)
