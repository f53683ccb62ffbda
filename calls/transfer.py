"""Where an agent sends a caller on to, and what is kept of it in the call's one record."""

from dataclasses import dataclass
from enum import StrEnum

from calls.clock import Instant
from calls.ids import AgentId


class TargetKind(StrEnum):
    AGENT = "agent"
    QUEUE = "queue"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Target:
    """`name`: the agent's id, the queue's id, or the telephone number (E.164) outside."""

    kind: TargetKind
    name: str


class TransferWay(StrEnum):
    BLIND = "blind"
    """Sent on at once."""
    ATTENDED = "attended"
    """Handed over after a talk with whoever takes it."""
    CONFERENCE = "conference"
    """All three talked together; the first agent then left."""


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """One transfer of a call that had been done; `agent_id` is who sent it on."""

    at: Instant
    agent_id: AgentId
    way: TransferWay
    target: Target
