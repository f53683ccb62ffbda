"""At which nodes each agent's telephone is registered. Used by all nodes' threads.

Every node tells of its own telephones only: an agent whom one node does not have may sit at another.
"""

import threading

from acd.events import AgentReachable, AgentUnreachable, Event
from calls.ids import AgentId, NodeId


class Reach:
    """`heard` everything a node tells before the engine does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nodes: dict[AgentId, set[NodeId]] = {}

    def heard(self, node: NodeId, event: Event) -> bool:
        """Keep it; False when the engine must not hear it: the agent is still reachable at another node."""
        if not isinstance(event, AgentReachable | AgentUnreachable):
            return True
        with self._lock:
            nodes = self._nodes.setdefault(event.agent_id, set())
            if isinstance(event, AgentReachable):
                nodes.add(node)
                return True
            nodes.discard(node)
            if nodes:
                return False
            del self._nodes[event.agent_id]
            return True

    def node_of(self, agent: AgentId, near: NodeId) -> NodeId:
        """Where to ring the agent from `near`: there if its telephone is there, or is nowhere."""
        with self._lock:
            nodes = self._nodes.get(agent) or {near}
            return near if near in nodes else min(nodes)
