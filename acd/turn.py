"""One step's work on the floor: the few things that happen to calls and agents, each done in one place.

Every function here keeps call and agent in accord (acd.states, rule 3) and collects what is to be done outside.
"""

from dataclasses import dataclass, field, replace

from acd.effects import (
    Effect,
    HangUpAgent,
    OfferCall,
    ReturnToQueue,
    SetRescueMember,
    Wish,
    WithdrawOffer,
    WriteRecord,
)
from acd.floor import Floor
from acd.model import (
    CONNECT_LIMIT_S,
    Agent,
    Call,
    CallState,
    Duty,
    Offer,
    Presence,
    Queue,
    WrapUp,
)
from acd.policy import rescuable
from acd.states import CallMove, DutyMove, PresenceMove, next_call_state, next_duty, next_presence
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, ContactId, OfferId, QueueId, offer_id
from calls.record import CallOutcome, CallRecord, OfferRecord, OfferResult

FALLBACK_TARGET_S = 20


@dataclass(slots=True)
class Turn:
    """`now` is the instant that things happen at; inside a late timer it is the deadline itself.

    `loose` are the calls and agents that a match may have become possible for.
    """

    floor: Floor
    now: Instant
    wishes: list[tuple[Wish, tuple[str, ...]]] = field(default_factory=list)
    loose_calls: set[CallId] = field(default_factory=set)
    loose_agents: set[AgentId] = field(default_factory=set)

    # --- looking
    def queue_of(self, queue_id: QueueId) -> Queue:
        """The queue's settings; of one that is not in them, settings that lose no call."""
        return self.floor.queues.get(queue_id) or Queue(queue_id, queue_id, FALLBACK_TARGET_S, frozenset())

    def known_agent(self, agent_id: AgentId) -> Agent:
        """The agent; one that only the switch has told of is signed out."""
        return self.floor.agents.get(agent_id) or Agent(agent_id, agent_id, frozenset())

    def call_of_offer(self, offer: OfferId) -> Call | None:
        """The call that has this live offer or talks by it; None when the offer is over."""
        call_id = self.floor.offers.get(offer)
        return self.floor.calls[call_id] if call_id is not None else None

    # --- writing
    def put_call(self, call: Call) -> None:
        self.floor.put_call(call)
        if call.state is CallState.WAITING:
            self.loose_calls.add(call.call_id)

    def put_agent(self, agent: Agent) -> None:
        """Keep the agent, tell the switch's rescue queue when that changes, and look for a call when idle."""
        before = self.floor.agents.get(agent.agent_id)
        self.floor.put_agent(agent, self.now)
        self.loose_agents.add(agent.agent_id)
        member, paused = agent.presence is not Presence.SIGNED_OUT, not rescuable(agent)
        was_member = before is not None and before.presence is not Presence.SIGNED_OUT
        if member != was_member or (member and before is not None and paused != (not rescuable(before))):
            self.wish(SetRescueMember(agent.agent_id, member, paused), f"agent:{agent.agent_id}")

    def wish(self, wish: Wish, *order: str) -> None:
        self.wishes.append((wish, order))

    def effects(self, version: int) -> tuple[Effect, ...]:
        return tuple(Effect(f"{version}-{n}", wish, order) for n, (wish, order) in enumerate(self.wishes))

    # --- agents
    def set_presence(self, agent: Agent, move: PresenceMove, reason: str = "") -> Agent:
        """Raises IllegalMove."""
        presence = next_presence(agent.presence, move)
        if (presence, reason) == (agent.presence, agent.reason):
            return agent
        idle_since = self.now if presence is Presence.READY else agent.idle_since
        return replace(agent, presence=presence, reason=reason, presence_since=self.now, idle_since=idle_since)

    def set_duty(self, agent: Agent, move: DutyMove) -> Agent:
        """Raises IllegalMove. A ring that came to nothing does not interrupt the idle time; a talk does."""
        duty = next_duty(agent.duty, move)
        idle_since = self.now if duty is Duty.IDLE and agent.duty is not Duty.OFFERED else agent.idle_since
        return replace(agent, duty=duty, duty_since=self.now, idle_since=idle_since)

    def release(self, agent_id: AgentId) -> None:
        """The agent is idle again without a wrap-up."""
        agent = self.floor.agents[agent_id]
        self.put_agent(replace(self.set_duty(agent, DutyMove.RELEASE), call_id=None))

    def end_wrap_up(self, agent: Agent) -> Agent:
        """Write the record that waited for it. Raises IllegalMove when the agent is in no wrap-up."""
        agent = replace(self.set_duty(agent, DutyMove.WRAP_UP_DONE), wrap_up_until=None)
        wrap_up = self.floor.take_wrap_up(agent.agent_id)
        if wrap_up is not None:
            self._write(wrap_up.call, CallOutcome.ANSWERED, wrap_up.ended_at, self.now)
        self.put_agent(agent)
        return self.floor.agents[agent.agent_id]

    # --- offers
    def offer(self, call: Call, agent: Agent) -> None:
        """Ring the agent for the call."""
        attempt = call.attempts + 1
        expires_at = after(self.now, self.queue_of(call.queue_id).offer_s)
        offer = Offer(offer_id(call.call_id, attempt), call.call_id, agent.agent_id, self.now, expires_at)
        state = next_call_state(call.state, CallMove.OFFER)
        ringing = replace(self.set_duty(agent, DutyMove.OFFER), call_id=call.call_id)
        self.put_call(replace(call, state=state, offer=offer, attempts=attempt, paused_until=None))
        self.put_agent(ringing)
        wish = OfferCall(offer.offer_id, call.call_id, agent.agent_id, call.leg, expires_at)
        self.wish(wish, *_order(offer))

    def accept(self, call: Call, offer: Offer) -> None:
        state = next_call_state(call.state, CallMove.ACCEPT)
        agent = self.set_duty(self.floor.agents[offer.agent_id], DutyMove.ENGAGE)
        self.put_call(replace(call, state=state, connect_by=after(self.now, CONNECT_LIMIT_S)))
        self.put_agent(agent)

    def connect(self, call: Call, offer: Offer) -> None:
        """They hear each other. The offer stays on the call: it is the name of the agent's leg."""
        state = next_call_state(call.state, CallMove.CONNECT)
        agent = self.floor.agents[offer.agent_id]
        if agent.duty is Duty.OFFERED:
            agent = self.set_duty(agent, DutyMove.ENGAGE)
        self.put_call(
            replace(
                self._offer_over(call, OfferResult.ANSWERED),
                state=state,
                offer=offer,
                agent_id=offer.agent_id,
                answered_at=self.now if call.answered_at is None else call.answered_at,
                talk_ended_at=None,
                refused_by=frozenset(),
                in_menu=False,
                protected=False,
            )
        )
        self.put_agent(replace(agent, calls_taken=agent.calls_taken + 1))

    def take_back(
        self, call: Call, offer: Offer, result: OfferResult, *, refused: bool, pause_s: int = 0, withdraw: bool = True
    ) -> None:
        """An offer that did not become a talk is over; the call takes its old place, the agent is idle."""
        state = next_call_state(call.state, CallMove.RETURN)
        refused_by = call.refused_by | {offer.agent_id} if refused else call.refused_by
        paused_until = after(self.now, pause_s) if pause_s else None
        call = self._offer_over(call, result)
        self.put_call(replace(call, state=state, refused_by=refused_by, paused_until=paused_until))
        self.release(offer.agent_id)
        if withdraw:
            self.wish(WithdrawOffer(offer.offer_id, call.leg), *_order(offer))

    def refuse_for(self, agent_id: AgentId, reason: str) -> None:
        """Who let an offer pass is not ready until saying otherwise."""
        agent = self.floor.agents[agent_id]
        if agent.presence is Presence.READY:
            self.put_agent(self.set_presence(agent, PresenceMove.NOT_READY, reason))

    # --- talks
    def rescue(self, call: Call, agent: Agent) -> None:
        """Asterisk alone has connected them: whatever the floor believed of either gives way."""
        if call.offer is not None:
            self._leave_agent(call, call.offer)
            call = self.floor.calls[call.call_id]
        elif call.state is CallState.TALKING:
            call = self.leave_rescue(call)
        agent = self._freed(self.floor.agents.get(agent.agent_id, agent))
        state = next_call_state(call.state, CallMove.RESCUE)
        self.put_call(
            replace(
                call,
                state=state,
                agent_id=agent.agent_id,
                answered_at=self.now if call.answered_at is None else call.answered_at,
                talk_ended_at=None,
                rescued=call.rescued or call.answered_at is None,
                refused_by=frozenset(),
                in_menu=False,
                protected=False,
                paused_until=None,
            )
        )
        engaged = replace(self.set_duty(agent, DutyMove.ENGAGE), call_id=call.call_id)
        self.put_agent(replace(engaged, calls_taken=agent.calls_taken + 1))

    def leave_rescue(self, call: Call) -> Call:
        """A talk that Asterisk alone had made is over, the caller waits again; its agent has a wrap-up."""
        self._finish_agent_of(call)
        return self.return_to_waiting(call)

    def lose_agent(self, call: Call, offer: Offer) -> None:
        """The agent's leg was lost in the talk: the caller goes back to the music, at the old place.

        The same telephone comes last: it may still seem to be there.
        """
        call = self.return_to_waiting(call)
        self.put_call(replace(call, refused_by=call.refused_by | {offer.agent_id}))
        self.release(offer.agent_id)
        self.wish(ReturnToQueue(call.call_id, call.leg), *_order(offer))

    def return_to_waiting(self, call: Call) -> Call:
        """A call whose talk is over waits again; its agent is seen to by the caller of this."""
        state = next_call_state(call.state, CallMove.RETURN)
        call = replace(self._talk_over(call), state=state, offer=None)
        self.put_call(call)
        return call

    def end(self, call: Call, unanswered: CallOutcome, *, hang_up: bool = True) -> None:
        """The call is over. `unanswered` is its outcome if no agent ever answered it."""
        ended = next_call_state(call.state, CallMove.END)
        if call.state is CallState.TALKING:
            call = replace(self._talk_over(call), state=ended)
            self.floor.drop_call(call.call_id)
            if hang_up and call.offer is not None:
                self.wish(HangUpAgent(call.offer.offer_id, call.leg), *_order(call.offer))
            self._finish_agent_of(call, ended=True)
            return
        if call.offer is not None:
            offer = call.offer
            self.wish(WithdrawOffer(offer.offer_id, call.leg), *_order(offer))
            call = self._offer_over(call, OfferResult.CALLER_LEFT)
            self.floor.drop_call(call.call_id)
            self.release(offer.agent_id)
        else:
            self.floor.drop_call(call.call_id)
        self._write(call, unanswered, self.now, None)

    # --- parts of the above
    def _leave_agent(self, call: Call, offer: Offer) -> None:
        if call.state is CallState.TALKING:
            self.return_to_waiting(call)
            self.release(offer.agent_id)
            self.wish(HangUpAgent(offer.offer_id, call.leg), *_order(offer))
        else:
            self.take_back(call, offer, OfferResult.WITHDRAWN, refused=False)

    def _freed(self, agent: Agent) -> Agent:
        """The agent, idle: another call that the floor held for the agent goes back to its place."""
        if agent.duty is Duty.WRAP_UP:
            return self.end_wrap_up(agent)
        other = self.floor.calls.get(agent.call_id) if agent.call_id is not None else None
        if other is None:
            return agent
        if other.offer is not None:
            self._leave_agent(other, other.offer)
        else:
            self.return_to_waiting(other)
            self.release(agent.agent_id)
        return self.floor.agents[agent.agent_id]

    def _finish_agent_of(self, call: Call, *, ended: bool = False) -> None:
        """The agent of a finished talk goes to the wrap-up; with a wrap-up of no length at once back to idle."""
        if call.agent_id is None:
            return
        agent = replace(self.set_duty(self.floor.agents[call.agent_id], DutyMove.FINISH), call_id=None)
        wrap_up_s = self.queue_of(call.queue_id).wrap_up_s
        if ended:
            self.floor.put_wrap_up(agent.agent_id, WrapUp(call, self.now))
        if wrap_up_s > 0:
            self.put_agent(replace(agent, wrap_up_until=after(self.now, wrap_up_s)))
        else:
            self.end_wrap_up(agent)

    def _offer_over(self, call: Call, result: OfferResult) -> Call:
        offer = call.offer
        if offer is None:
            return call
        record = OfferRecord(offer.offer_id, offer.agent_id, offer.offered_at, self.now, result)
        return replace(call, offer=None, connect_by=None, offers=(*call.offers, record))

    def _talk_over(self, call: Call) -> Call:
        held_ms = self.now - call.held_since if call.held_since is not None else 0
        return replace(call, talk_ended_at=self.now, hold_ms=call.hold_ms + held_ms, held_since=None)

    def _write(self, call: Call, unanswered: CallOutcome, ended_at: Instant, wrap_up_ended_at: Instant | None) -> None:
        if call.rescued:
            outcome = CallOutcome.RESCUED
        else:
            outcome = unanswered if call.answered_at is None else CallOutcome.ANSWERED
        record = CallRecord(
            call_id=call.call_id,
            contact_id=ContactId(call.call_id),
            node=call.leg.node,
            outcome=outcome,
            facts=call.facts,
            arrived_at=call.arrived_at,
            ended_at=ended_at,
            queue_id=call.queue_id,
            priority_s=call.priority_s,
            target_s=call.target_s,
            enqueued_at=call.enqueued_at,
            offers=call.offers,
            agent_id=call.agent_id,
            answered_at=call.answered_at,
            talk_ended_at=call.talk_ended_at,
            hold_ms=call.hold_ms,
            wrap_up_ended_at=wrap_up_ended_at,
            settings_version=call.settings_version,
        )
        self.wish(WriteRecord(record), f"record:{call.call_id}")


def _order(offer: Offer) -> tuple[str, str]:
    return f"call:{offer.call_id}", f"agent:{offer.agent_id}"
