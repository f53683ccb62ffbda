"""What one commit changed, as the live feed of the desk gets it: whole entities, None = gone."""

from dataclasses import dataclass, field

from acd.model import Agent, Call
from acd.queues import Queue
from calls.ids import AgentId, CallId, QueueId


@dataclass(frozen=True, slots=True)
class FloorChange:
    """`wrapping`: by agent, the finished call whose record waits for the end of the wrap-up."""

    version: int
    calls: dict[CallId, Call | None] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    wrapping: dict[AgentId, Call | None] = field(default_factory=dict)
    queues: dict[QueueId, Queue | None] = field(default_factory=dict)
