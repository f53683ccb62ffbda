"""One step's work on the floor: the few things that happen to calls and agents, each done in one place.

Every function here keeps call and agent in accord (acd.states, rule 3) and collects what is to be done outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from acd.call_record import record_of
from acd.copies import replace
from acd.effects import (
    Effect,
    HangUpAgent,
    Join,
    OfferCall,
    ReturnToQueue,
    RingBack,
    SetRescueMember,
    Wish,
    WithdrawOffer,
    WriteRecord,
)
from acd.events import Decline
from acd.experience import call_handled, wait_ended
from acd.floor import Floor
from acd.hold_line import coming
from acd.model import (
    CONNECT_LIMIT_S,
    DECLINED,
    RING_BACK_LIMIT_S,
    RONA,
    UNREACHABLE,
    Agent,
    Call,
    CallState,
    ConsultState,
    Duty,
    Missed,
    Offer,
    Paid,
    PayState,
    Presence,
    WrapUp,
)
from acd.policy import rescuable
from acd.queues import Queue
from acd.rings import under
from acd.states import CallMove, DutyMove, PresenceMove, next_call_state, next_duty, next_presence
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, OfferId, QueueId, offer_id
from calls.paying import PayResult
from calls.record import CallOutcome, OfferRecord, OfferResult
from calls.unreached import Unreached

FALLBACK_TARGET_S = 20
REFUSED: Final[Mapping[Decline, tuple[OfferResult, str]]] = {
    Decline.NO_ANSWER: (OfferResult.NO_ANSWER, RONA),
    Decline.DECLINED: (OfferResult.DECLINED, DECLINED),
    Decline.UNREACHABLE: (OfferResult.UNREACHABLE, UNREACHABLE),
}
"""What an offer that was not answered is in the record, and why its agent is not ready afterwards."""
_MISSED: Final[Mapping[OfferResult, Unreached]] = {
    OfferResult.NO_ANSWER: Unreached.NO_ANSWER,
    OfferResult.DECLINED: Unreached.DECLINED,
    OfferResult.UNREACHABLE: Unreached.UNREACHABLE,
}
"""What the agent is told whose colleague's telephone was rung in vain."""


@dataclass(slots=True)
class Turn:
    """`now` is the instant that things happen at; inside a late timer it is the deadline itself.

    `loose` are the calls and agents that a match may have become possible for; `members` what the switch's rescue queue
    knew, before the step, of every agent that the step has touched.
    """

    floor: Floor
    now: Instant
    wishes: list[tuple[Wish, tuple[str, ...]]] = field(default_factory=list)
    loose_calls: set[CallId] = field(default_factory=set)
    loose_agents: set[AgentId] = field(default_factory=set)
    members: dict[AgentId, tuple[bool, bool]] = field(default_factory=dict)
    due: dict[CallId, None] = field(default_factory=dict)
    """Calls whose announcement is due (acd.announcements)."""

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
        """Keep the call; one that waits asks for what its queue and its wait now make it ask for."""
        call = coming(self.floor.calls.get(call.call_id), call, self.queue_of(call.queue_id), self.now)
        if call.state is CallState.WAITING:
            call = self.asking(call)
            self.loose_calls.add(call.call_id)
        self.floor.put_call(call)

    def asking(self, call: Call) -> Call:
        """The call under the settings of today, and as far as its ring has widened."""
        return under(self.queue_of(call.queue_id), call, self.now, self.floor.settings_version)

    def put_agent(self, agent: Agent) -> None:
        """Keep the agent, and look for a call when idle."""
        self.members.setdefault(agent.agent_id, _membership(self.floor.agents.get(agent.agent_id)))
        self.floor.put_agent(agent, self.now)
        self.loose_agents.add(agent.agent_id)

    def wish(self, wish: Wish, *order: str) -> None:
        self.wishes.append((wish, order))

    def effects(self, version: int) -> tuple[Effect, ...]:
        """What the step wishes; last the rescue queue's members, for which no ring waits."""
        for agent_id, before in self.members.items():
            now = _membership(self.floor.agents[agent_id])
            if now != before:
                self.wish(SetRescueMember(agent_id, *now), f"member:{agent_id}")
        return tuple([Effect(f"{version}-{n}", wish, order) for n, (wish, order) in enumerate(self.wishes)])

    # --- agents
    def set_presence(self, agent: Agent, move: PresenceMove, reason: str = "") -> Agent:
        """Raises IllegalMove."""
        presence = next_presence(agent.presence, move)
        if (presence, reason) == (agent.presence, agent.reason):
            return agent
        idle_since = self.now if presence is Presence.READY else agent.idle_since
        return replace(agent, presence=presence, reason=reason, presence_since=self.now, idle_since=idle_since)

    def set_duty(
        self, agent: Agent, move: DutyMove, call_id: CallId | None, wrap_up_until: Instant | None = None
    ) -> Agent:
        """`call_id`: the agent's call from now on. Raises IllegalMove.

        A ring that came to nothing does not interrupt the idle time; a talk does.
        """
        duty = next_duty(agent.duty, move)
        idle_since = self.now if duty is Duty.IDLE and agent.duty is not Duty.OFFERED else agent.idle_since
        return replace(
            agent,
            duty=duty,
            duty_since=self.now,
            idle_since=idle_since,
            call_id=call_id,
            wrap_up_until=wrap_up_until,
        )

    def release(self, agent_id: AgentId) -> None:
        """The agent is idle again without a wrap-up."""
        agent = self.floor.agents[agent_id]
        self.put_agent(self.set_duty(agent, DutyMove.RELEASE, None))

    def end_wrap_up(self, agent: Agent) -> Agent:
        """Write the record that waited for it. Raises IllegalMove when the agent is in no wrap-up."""
        agent = self.set_duty(agent, DutyMove.WRAP_UP_DONE, None)
        wrap_up = self.floor.take_wrap_up(agent.agent_id)
        if wrap_up is not None:
            call_handled(self.floor, wrap_up.call, self.now)
            self._write(wrap_up.call, CallOutcome.ANSWERED, wrap_up.ended_at, self.now)
        self.put_agent(agent)
        return self.floor.agents[agent.agent_id]

    # --- offers
    def offer(self, call: Call, *agents: Agent) -> None:
        """Ring the agent for the call; several only in a queue that rings all: who answers first has the caller."""
        for agent in agents:
            self._ring(self.floor.calls[call.call_id] if call.offer is not None else call, agent)
            call = self.floor.calls[call.call_id]

    def _ring(self, call: Call, agent: Agent) -> None:
        attempt = call.attempts + 1
        expires_at = after(self.now, self.queue_of(call.queue_id).offer_s)
        offer = Offer(offer_id(call.call_id, attempt), call.call_id, agent.agent_id, self.now, expires_at)
        first = call.offer is None
        state = next_call_state(call.state, CallMove.OFFER if first else CallMove.RING_ANOTHER)
        ringing = self.set_duty(agent, DutyMove.OFFER, call.call_id)
        live = (*call.live_offers, offer)
        self.put_call(replace(call, state=state, offer=live[0], also=live[1:], attempts=attempt, paused_until=None))
        self.put_agent(ringing)
        again = call.kept_for == agent.agent_id
        if call.callback is not None and call.promised:
            node, number = call.leg.node, call.callback.number
            ring_back = RingBack(offer.offer_id, call.call_id, agent.agent_id, node, number, expires_at)
            self.wish(ring_back, *order_of(offer))
            return
        wish = OfferCall(offer.offer_id, call.call_id, agent.agent_id, call.leg, expires_at, again)
        self.wish(wish, *order_of(offer))

    def accept(self, call: Call, offer: Offer) -> None:
        """This agent's telephone answered; whoever else rings stops."""
        call = self._silence_others(call, offer)
        state = next_call_state(call.state, CallMove.ACCEPT)
        limit_s = RING_BACK_LIMIT_S if call.promised else CONNECT_LIMIT_S
        agent = self.set_duty(self.floor.agents[offer.agent_id], DutyMove.ENGAGE, call.call_id)
        self.put_call(replace(call, state=state, connect_by=after(self.now, limit_s)))
        self.put_agent(agent)

    def connect(self, call: Call, offer: Offer) -> None:
        """They hear each other. The offer stays on the call: it is the name of the agent's leg."""
        call = self._silence_others(call, offer)
        state = next_call_state(call.state, CallMove.CONNECT)
        if call.answered_at is None:
            wait_ended(self.floor, call, self.now, answered=True)
        agent = self.floor.agents[offer.agent_id]
        if agent.duty is Duty.OFFERED:
            agent = self.set_duty(agent, DutyMove.ENGAGE, call.call_id)
        self.put_call(
            replace(
                self._offer_over(call, offer, OfferResult.ANSWERED),
                state=state,
                offer=offer,
                agent_id=offer.agent_id,
                answered_at=self.now if call.answered_at is None else call.answered_at,
                talk_ended_at=None,
                refused_by=frozenset(),
                in_menu=False,
                protected=False,
                paying=None,
                kept_for=None,
                kept_until=None,
            )
        )
        self.put_agent(replace(agent, calls_taken=agent.calls_taken + 1, kept_call=None))

    def take_back(
        self, call: Call, offer: Offer, result: OfferResult, *, refused: bool, pause_s: int = 0, withdraw: bool = True
    ) -> None:
        """An offer that did not become a talk is over: the call takes its old place, the agent is idle.

        Where others ring for the same call they ring on.
        """
        state = next_call_state(call.state, CallMove.PASS if call.also else CallMove.RETURN)
        paused_until = after(self.now, pause_s) if pause_s and not call.also else None
        call = self._offer_over(call, offer, result)
        if refused:
            call = replace(call, refused_by=call.refused_by | {offer.agent_id})
        if refused and offer.agent_id == call.preferred:
            call = replace(call, preferred_until=None)
        self.put_call(replace(call, state=state, paused_until=paused_until))
        self.release(offer.agent_id)
        if refused:
            self.keep_no_longer(self.floor.calls[call.call_id])
        if withdraw:
            self.wish(WithdrawOffer(offer.offer_id, call.leg), *order_of(offer))

    def take_all_back(self, call: Call) -> None:
        """Nobody is rung for the call any more; it was nobody's doing."""
        for offer in call.live_offers:
            self.take_back(self.floor.calls[call.call_id], offer, OfferResult.WITHDRAWN, refused=False)

    def _silence_others(self, call: Call, offer: Offer) -> Call:
        """The call with this offer alone."""
        for other in call.live_offers:
            if other.offer_id != offer.offer_id:
                self.take_back(self.floor.calls[call.call_id], other, OfferResult.WITHDRAWN, refused=False)
        return self.floor.calls[call.call_id]

    def refuse_for(self, agent_id: AgentId, reason: str) -> None:
        """Who let an offer pass is not ready until saying otherwise."""
        agent = self.floor.agents[agent_id]
        if agent.presence is Presence.READY:
            self.put_agent(self.set_presence(agent, PresenceMove.NOT_READY, reason))

    # --- talks
    def lose_agent(self, call: Call, offer: Offer) -> None:
        """The agent's leg was lost in the talk: the caller hears so and is kept, at the head, for the same agent.

        Whoever does not come back in time comes last for this call.
        """
        keep_s = self.queue_of(call.queue_id).reconnect_s
        call = _undisturbed(self.drop_consult(call))
        call = self.return_to_waiting(call)
        self.release(offer.agent_id)
        self.keep_for(call, offer.agent_id, keep_s)
        if keep_s <= 0 or self.floor.agents[offer.agent_id].presence is Presence.SIGNED_OUT:
            self.keep_no_longer(self.floor.calls[call.call_id])
        if call.paying is None:
            self.wish(ReturnToQueue(call.call_id, call.leg, lost=True), *order_of(offer))
        self.wish(HangUpAgent(offer.offer_id, call.leg), *order_of(offer))

    def keep_for(self, call: Call, agent_id: AgentId, keep_s: float) -> None:
        """Only this agent is rung for the caller, as soon as the telephone is there, for `keep_s`."""
        self.put_call(replace(call, kept_for=agent_id, kept_until=after(self.now, keep_s)))
        self.put_agent(replace(self.floor.agents[agent_id], kept_call=call.call_id))

    def keep_no_longer(self, call: Call) -> None:
        """Nobody is waited for any more: any agent takes the caller, the lost one last. Nothing for a call not kept."""
        if call.kept_for is not None:
            refused_by = call.refused_by | {call.kept_for}
            self.forget_keeping(call)
            self.put_call(replace(call, kept_for=None, kept_until=None, refused_by=refused_by))

    def return_to_waiting(self, call: Call) -> Call:
        """A call whose talk is over waits again; its agent is seen to by the caller of this."""
        state = next_call_state(call.state, CallMove.RETURN)
        call = replace(self._talk_over(call), state=state, offer=None)
        self.put_call(call)
        return call

    def end(self, call: Call, unanswered: CallOutcome, *, hang_up: bool = True) -> None:
        """The call is over. `unanswered` is its outcome if no agent ever answered it."""
        ended = next_call_state(call.state, CallMove.END)
        call = self.drop_consult(call)
        self.forget_keeping(call)
        if call.state is CallState.TALKING:
            call = replace(_payment_cut(self._talk_over(call), self.now), state=ended)
            self.floor.drop_call(call.call_id)
            if hang_up and call.offer is not None:
                self.wish(HangUpAgent(call.offer.offer_id, call.leg), *order_of(call.offer))
            self.finish_agent_of(call, ended=True)
            return
        rang = call.live_offers
        for offer in rang:
            self.wish(WithdrawOffer(offer.offer_id, call.leg), *order_of(offer))
            call = self._offer_over(call, offer, OfferResult.CALLER_LEFT)
        self.floor.drop_call(call.call_id)
        for offer in rang:
            self.release(offer.agent_id)
        if call.answered_at is None:
            wait_ended(self.floor, call, self.now, abandoned=unanswered is CallOutcome.ABANDONED)
        self._write(call, unanswered, self.now, None)

    # --- sending on and the second line
    def drop_consult(self, call: Call, result: OfferResult = OfferResult.WITHDRAWN) -> Call:
        """The second line is over, whatever becomes of the talk: its leg is hung up, its agent idle again."""
        consult = call.consult
        if consult is None:
            return call
        if consult.agent_id is None:  # the agent's own leg has dialled: whatever becomes of it ends the other
            call = replace(call, consult=None)
            self.put_call(call)
            return call
        tried = OfferRecord(consult.offer_id, consult.agent_id, consult.begun_at, self.now, result)
        call = replace(call, consult=None, offers=(*call.offers, tried))
        self.put_call(call)
        self.release(consult.agent_id)
        order = (f"call:{call.call_id}", f"agent:{consult.agent_id}")
        self.wish(WithdrawOffer(consult.offer_id, call.leg), *order)
        return call

    def back_to_caller(
        self, call: Call, result: OfferResult = OfferResult.WITHDRAWN, why: Unreached | None = None
    ) -> Call:
        """The second line is over and the agent is with the caller again. `why`: as far as `result` does not say it."""
        consult, why = call.consult, why or _MISSED.get(result)
        state = consult.state if consult is not None else None
        joined, missed = state is ConsultState.JOINED, call.missed
        if consult is not None and state is ConsultState.RINGING and why is not None and call.agent_id is not None:
            missed = Missed(consult.target, call.agent_id, why, self.now)
        call = self.unheld(replace(self.drop_consult(call, result), missed=missed))
        if call.offer is not None and not joined:
            self.wish(Join(call.call_id, call.leg, call.offer.offer_id), *order_of(call.offer))
        return call

    def unheld(self, call: Call) -> Call:
        """The caller is with somebody again: the time in the music counts as held."""
        call = replace(call, held_since=None, hold_ms=self._held_ms(call))
        self.put_call(call)
        return call

    # --- parts of the above
    def forget_keeping(self, call: Call) -> None:
        if call.kept_for is not None:
            self.put_agent(replace(self.floor.agents[call.kept_for], kept_call=None))

    def finish_agent_of(self, call: Call, *, ended: bool = False) -> None:
        """The agent of a finished talk goes to the wrap-up; with a wrap-up of no length at once back to idle."""
        if call.agent_id is None:
            return
        queue = self.queue_of(call.queue_id)
        wrap_up_s = queue.wrap_up_s
        until = after(self.now, wrap_up_s) if wrap_up_s > 0 else None
        agent = self.set_duty(self.floor.agents[call.agent_id], DutyMove.FINISH, None, until)
        agent = replace(agent, extensions_left=queue.wrap_up_extensions, extension_s=queue.wrap_up_extension_s)
        if ended:
            self.floor.put_wrap_up(agent.agent_id, WrapUp(call, self.now))
        if until is not None:
            self.put_agent(agent)
        else:
            self.end_wrap_up(agent)

    def _offer_over(self, call: Call, offer: Offer, result: OfferResult) -> Call:
        """The call without this offer, and with it in its record."""
        others = tuple(other for other in call.live_offers if other.offer_id != offer.offer_id)
        record = OfferRecord(offer.offer_id, offer.agent_id, offer.offered_at, self.now, result)
        first = others[0] if others else None
        return replace(call, offer=first, also=others[1:], connect_by=None, offers=(*call.offers, record))

    def _talk_over(self, call: Call) -> Call:
        return replace(call, talk_ended_at=self.now, hold_ms=self._held_ms(call), held_since=None)

    def _held_ms(self, call: Call) -> int:
        return call.hold_ms + (self.now - call.held_since if call.held_since is not None else 0)

    def _write(self, call: Call, unanswered: CallOutcome, ended_at: Instant, wrap_up_ended_at: Instant | None) -> None:
        record = record_of(call, unanswered, ended_at, wrap_up_ended_at)
        self.wish(WriteRecord(record), f"record:{call.call_id}")


def order_of(offer: Offer) -> tuple[str, str]:
    """What an effect about this offer keeps its order with."""
    return f"call:{offer.call_id}", f"agent:{offer.agent_id}"


def _undisturbed(call: Call) -> Call:
    """The call without its agent: a payment goes on alone, unless the caller has left it already."""
    paying = call.paying
    if paying is None or paying.state is PayState.RETURNING:
        return replace(call, paying=None)
    state = PayState.KEYING if paying.state is PayState.CALLED_BACK else paying.state
    return replace(call, paying=replace(paying, state=state))


def _payment_cut(call: Call, now: Instant) -> Call:
    """The call whose caller has gone: a payment that was not over is over now."""
    paying = call.paying
    if paying is None:
        return call
    charging = paying.state is PayState.CHARGING
    cut = Paid(paying.account, PayResult.HUNG_UP_CHARGED if charging else PayResult.HUNG_UP, "", now)
    return replace(call, paying=None, paid=call.paid or cut)


def _membership(agent: Agent | None) -> tuple[bool, bool]:
    """Whether the agent is in the switch's rescue queue, and paused there."""
    if agent is None or agent.presence is Presence.SIGNED_OUT:
        return False, True
    return True, not rescuable(agent)
