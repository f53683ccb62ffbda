"""A floor under a virtual clock: short words for events, and the seven invariants of the engine (acd)."""

from acd.effects import Effect, OfferCall, WriteRecord
from acd.engine import Step, next_deadline, step
from acd.events import (
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallQueued,
    Event,
    Message,
    OfferAccepted,
    QueuesChanged,
    TimePassed,
)
from acd.floor import Floor
from acd.model import Agent, Call, CallState, Duty, Leg, Offer, Presence, Queue
from acd.policy import eligible
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from calls.record import CallRecord

START = Instant(1_750_000_000_000)
NODE = NodeId("node-1")
SALES = Queue(QueueId("sales"), "Sales", 20, frozenset({"sales"}), offer_s=15, wrap_up_s=30)
REPAIRS = Queue(QueueId("repairs"), "Repairs", 60, frozenset({"repairs"}), offer_s=10, wrap_up_s=0)


def call_id(number: int) -> CallId:
    return CallId(f"01900000-0000-7000-8000-{number:012x}")


def leg(number: int, node: NodeId = NODE) -> Leg:
    return Leg(node, f"PJSIP/trunk-{number:08x}", f"{number}.1")


class Day:
    """A floor, a clock that only moves when told, and everything that the engine wished for so far."""

    def __init__(self, *queues: Queue) -> None:
        self.floor = Floor()
        self.now = START
        self.messages: list[Message] = []
        self.effects: list[Effect] = []
        self.tell(QueuesChanged(queues or (SALES, REPAIRS), 1), actor="settings")

    def tell(self, event: Event, *, actor: str = "test", message_id: str = "") -> Step:
        message = Message(EventId(message_id or f"m{len(self.messages)}"), self.now, actor, event)
        self.messages.append(message)
        done = step(self.floor, message)
        self.effects.extend(done.effects)
        return done

    def wait(self, seconds: float, *, timers: bool = True) -> None:
        """Let time pass; deadlines fire when they are due, or only afterwards without `timers`."""
        until = after(self.now, seconds)
        while timers:
            due = next_deadline(self.floor)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            self.tell(TimePassed(), actor="clock")
        self.now = until
        self.tell(TimePassed(), actor="clock")

    # --- short words
    def agent_ready(self, name: str, *skills: str) -> AgentId:
        agent_id = AgentId(name)
        self.tell(AgentSignedIn(agent_id, name.title(), frozenset(skills or ("sales",))))
        self.tell(AgentReachable(agent_id))
        self.tell(AgentReady(agent_id))
        return agent_id

    def queued(
        self, number: int, *, queue: Queue = SALES, priority_s: int = 0, skills: frozenset[str] = frozenset()
    ) -> CallId:
        facts = CallFacts(topic="agent")
        self.tell(
            CallQueued(call_id(number), queue.queue_id, skills, priority_s, self.now, self.now, leg(number), facts)
        )
        return call_id(number)

    def connected(self, call: CallId) -> OfferId:
        """The agent who is rung for the call answers and hears the caller."""
        offer = self.offer_of(call)
        self.tell(OfferAccepted(offer.offer_id))
        self.tell(CallConnected(offer.offer_id))
        return offer.offer_id

    # --- looking
    def call(self, call: CallId) -> Call:
        return self.floor.calls[call]

    def agent(self, agent: AgentId) -> Agent:
        return self.floor.agents[agent]

    def offer_of(self, call: CallId) -> Offer:
        offer = self.call(call).offer
        assert offer is not None, f"nobody is rung for call {call}"
        return offer

    def offered_to(self) -> list[AgentId]:
        """Who was rung, in order."""
        return [effect.wish.agent_id for effect in self.effects if isinstance(effect.wish, OfferCall)]

    def records(self) -> list[CallRecord]:
        return [effect.wish.record for effect in self.effects if isinstance(effect.wish, WriteRecord)]


def check_invariants(floor: Floor) -> None:
    """What holds after every step: 2 (one live offer), 4 (nobody waits for an idle agent), rules of acd.states."""
    busy_with: dict[AgentId, CallId] = {}
    for call in floor.calls.values():
        assert call.state is not CallState.ENDED
        who = call.offer.agent_id if call.offer is not None else None
        if call.state is CallState.TALKING and who is None:
            who = call.agent_id
        assert (who is not None) == (call.state is not CallState.WAITING), call
        if who is not None:
            assert who not in busy_with, f"{who} has two calls"
            busy_with[who] = call.call_id
            wanted = Duty.OFFERED if call.state is CallState.OFFERED else Duty.ON_CALL
            assert floor.agents[who].duty is wanted
    for agent in floor.agents.values():
        assert agent.call_id == busy_with.get(agent.agent_id), agent
        assert (agent.duty in (Duty.OFFERED, Duty.ON_CALL)) == (agent.agent_id in busy_with)
        assert (agent.wrap_up_until is not None) == (agent.duty is Duty.WRAP_UP)
        assert agent.presence is not Presence.SIGNED_OUT or agent.duty in (Duty.IDLE, Duty.ON_CALL, Duty.WRAP_UP)
        assert 0 < agent.share <= 1 or agent.share == 0 == agent.share_at
    for call in floor.calls.values():
        takers = [agent.agent_id for agent in floor.agents.values() if eligible(call, agent, floor.at)]
        assert not takers or call.paused_until is not None, f"{call.call_id} waits although {takers} may take it"
