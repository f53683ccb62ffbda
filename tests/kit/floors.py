"""A floor under a virtual clock: short words for events, and the seven invariants of the engine (acd)."""

from acd.deadlines import Deadline
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
from acd.model import Agent, Call, CallState, ConsultState, Duty, Leg, Offer, PayState, Presence
from acd.policy import available, eligible, takes_back
from acd.queues import Queue, Ring
from acd.strategies import MOST_AT_ONCE
from calls.clock import NEVER, Instant, after
from calls.ids import AgentId, CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts
from calls.record import CallRecord
from staff.skills import USUAL_LEVEL, Skill, Skills, able, skilled

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
    def agent_ready(self, name: str, *skills: str | Skill) -> AgentId:
        """An agent with these skills: by name at the usual level, or as they are."""
        agent_id = AgentId(name)
        has = frozenset(one if isinstance(one, Skill) else Skill(one, USUAL_LEVEL) for one in skills or ("sales",))
        self.tell(AgentSignedIn(agent_id, name.title(), has))
        self.tell(AgentReachable(agent_id))
        self.tell(AgentReady(agent_id))
        return agent_id

    def queued(
        self,
        number: int,
        *,
        queue: Queue = SALES,
        priority_s: int = 0,
        skills: frozenset[str] = frozenset(),
        preferred: AgentId | None = None,
    ) -> CallId:
        facts = CallFacts(topic="agent")
        places = (call_id(number), queue.queue_id, skills, priority_s, self.now, self.now, leg(number))
        self.tell(CallQueued(*places, facts, preferred=preferred))
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


class CountedHouse:
    """acd.policy.House without an index: everything is counted each time."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor

    def spare(self, call: Call, skills: Skills) -> int:
        queue = self.floor.queues.get(call.queue_id)
        others = [
            (ring.level, other.skills - ring.without)
            for other in self.floor.queues.values()
            if other.queue_id != call.queue_id
            for ring in (Ring(0, other.level), *other.rings)[-1:]
        ]

        def serves_another(theirs: Skills) -> bool:
            return any(names and able(theirs, skilled(*names, level=level)) for level, names in others)

        idle = [agent for agent in self.floor.agents.values() if available(agent)]
        if queue is None or not queue.reserve or not serves_another(skills):
            return len(idle)
        flexible = [agent for agent in idle if able(agent.skills, call.need) and serves_another(agent.skills)]
        return len(flexible) - queue.reserve


def check_waiting_calls(floor: Floor) -> None:
    """Each waiting call asks for what its queue and its wait make it ask for, however it came there."""
    for call in floor.calls.values():
        if call.state is CallState.WAITING:
            queue = floor.queues.get(call.queue_id) or Queue(call.queue_id, "", 20, frozenset())
            assert call.target_s == queue.target_s
            assert call.skills == queue.skills | call.own_skills
            ends = call.widens_at if call.widens_at is not None else NEVER
            passed = [ring for ring in queue.rings if after(call.enqueued_at, ring.after_s) < ends]
            ring = (Ring(0, queue.level), *passed)[-1]
            assert call.need == skilled(*(call.skills - ring.without), level=ring.level)
            if call.kept_for is None:
                due = [at for at in (call.widens_at, call.preferred_until, call.paused_until) if at is not None]
                assert floor.deadlines.items() >= ({Deadline(call=call.call_id)} if due else set())


def check_invariants(floor: Floor) -> None:
    """What holds after every step: 2 (one live offer), 4 (nobody waits for an idle agent), rules of acd.states."""
    busy_with: dict[AgentId, CallId] = {}
    house = CountedHouse(floor)
    check_waiting_calls(floor)
    for call in floor.calls.values():
        assert call.state is not CallState.ENDED
        assert not call.also or call.state is CallState.OFFERED
        assert len({offer.offer_id for offer in call.live_offers}) == len(call.live_offers) <= MOST_AT_ONCE
        who = call.offer.agent_id if call.offer is not None else None
        if call.state is CallState.TALKING and who is None:
            who = call.agent_id
        assert (who is not None) == (call.state not in (CallState.WAITING, CallState.DIVERTED)), call
        for one in [who, *(offer.agent_id for offer in call.also)] if who is not None else []:
            assert one not in busy_with, f"{one} has two calls"
            busy_with[one] = call.call_id
            wanted = Duty.OFFERED if call.state is CallState.OFFERED else Duty.ON_CALL
            assert floor.agents[one].duty is wanted
        line = call.consult
        assert line is None or (call.state is CallState.TALKING and call.offer is not None), call
        paying = call.paying
        assert (
            paying is None
            or (call.state is CallState.TALKING and call.offer is not None)
            or (call.state is CallState.WAITING and paying.state in (PayState.KEYING, PayState.CHARGING))
        ), call
        assert paying is None or line is None, "a second line beside a payment"
        assert (call.state is CallState.TALKING) or paying is None or call.answered_at is not None
        if line is not None and line.agent_id is not None:
            assert line.agent_id not in busy_with, f"{line.agent_id} has two calls"
            busy_with[line.agent_id] = call.call_id
            duty = floor.agents[line.agent_id].duty
            assert duty is Duty.ON_CALL or (duty is Duty.OFFERED and line.state is ConsultState.RINGING)
    for agent in floor.agents.values():
        assert agent.call_id == busy_with.get(agent.agent_id), agent
        assert (agent.duty in (Duty.OFFERED, Duty.ON_CALL)) == (agent.agent_id in busy_with)
        assert (agent.wrap_up_until is not None) == (agent.duty is Duty.WRAP_UP)
        assert agent.presence is not Presence.SIGNED_OUT or agent.duty in (Duty.IDLE, Duty.ON_CALL, Duty.WRAP_UP)
        assert 0 < agent.share <= 1 or agent.share == 0 == agent.share_at
    for call in floor.calls.values():
        if call.kept_for is not None:
            assert floor.agents[call.kept_for].kept_call == call.call_id
            assert call.state is not CallState.TALKING
            assert not takes_back(call, floor.agents[call.kept_for]), f"{call.call_id} is not given back"
    for agent in floor.agents.values():
        assert agent.kept_call is None or floor.calls[agent.kept_call].kept_for == agent.agent_id
    for call in floor.calls.values():
        takers = [agent.agent_id for agent in floor.agents.values() if eligible(house, call, agent, floor.at)]
        assert not takers or call.paused_until is not None, f"{call.call_id} waits although {takers} may take it"
