"""How the signed-in agents of a queue spent their time: occupancy and utilisation. Pure.

A ringing offer counts as idle and a wrap-up as busy, as in the busy share. Agents serve several queues: the time of an
agent stands with every queue whose skills it has, so these sums do not add up over queues.
"""

from dataclasses import dataclass
from enum import StrEnum

from acd.model import Agent, Duty, Presence


class Spent(StrEnum):
    """What a moment of an agent counts as."""

    BUSY = "busy"
    """Talk, hold, wrap-up."""
    IDLE = "idle"
    """Ready and idle."""
    AWAY = "away"
    """Signed in and neither of both: a pause, a lost telephone."""
    OUT = "out"


def spent_by(agent: Agent) -> Spent:
    if agent.duty in (Duty.ON_CALL, Duty.WRAP_UP):
        return Spent.BUSY
    if agent.presence is Presence.SIGNED_OUT:
        return Spent.OUT
    return Spent.IDLE if agent.presence is Presence.READY and agent.reachable else Spent.AWAY


@dataclass(frozen=True, slots=True)
class StaffTime:
    """Milliseconds, summed over agents."""

    busy_ms: int = 0
    idle_ms: int = 0
    away_ms: int = 0

    def __add__(self, other: "StaffTime") -> "StaffTime":
        return StaffTime(
            self.busy_ms + other.busy_ms, self.idle_ms + other.idle_ms, self.away_ms + other.away_ms
        )  # fmt: skip

    def with_spent(self, spent: Spent, for_ms: int) -> "StaffTime":
        """And one agent's next `for_ms`."""
        match spent:
            case Spent.BUSY:
                return StaffTime(self.busy_ms + for_ms, self.idle_ms, self.away_ms)
            case Spent.IDLE:
                return StaffTime(self.busy_ms, self.idle_ms + for_ms, self.away_ms)
            case Spent.AWAY:
                return StaffTime(self.busy_ms, self.idle_ms, self.away_ms + for_ms)
            case Spent.OUT:
                return self

    @property
    def signed_in_ms(self) -> int:
        return self.busy_ms + self.idle_ms + self.away_ms

    @property
    def occupancy(self) -> float | None:
        """(Talk + hold + wrap-up) / (that + ready and idle), 0..1."""
        working = self.busy_ms + self.idle_ms
        return self.busy_ms / working if working else None

    @property
    def utilisation(self) -> float | None:
        """(Talk + hold + wrap-up) / signed in, 0..1."""
        return self.busy_ms / self.signed_in_ms if self.signed_in_ms else None
