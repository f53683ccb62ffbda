"""Talks that Asterisk alone has made, while no engine lived: whatever the floor believed of either side gives way."""

from acd.copies import replace
from acd.effects import HangUpAgent
from acd.experience import wait_ended
from acd.model import Agent, Call, CallState, Duty, Offer
from acd.states import CallMove, DutyMove, next_call_state
from acd.turn import Turn, order_of
from calls.record import OfferResult


def rescue(turn: Turn, call: Call, agent: Agent) -> None:
    """Asterisk alone has connected them: whatever the floor believed of either gives way."""
    if call.offer is not None:
        for offer in call.live_offers:
            _leave_agent(turn, turn.floor.calls[call.call_id], offer)
        call = turn.floor.calls[call.call_id]
    elif call.state is CallState.TALKING:
        call = leave_rescue(turn, call)
    turn.forget_keeping(call)
    agent = _freed(turn, turn.floor.agents.get(agent.agent_id, agent))
    state = next_call_state(call.state, CallMove.RESCUE)
    if call.answered_at is None:
        wait_ended(turn.floor, call, turn.now, answered=True)
    turn.put_call(
        replace(
            call,
            state=state,
            agent_id=agent.agent_id,
            answered_at=turn.now if call.answered_at is None else call.answered_at,
            talk_ended_at=None,
            rescued=call.rescued or call.answered_at is None,
            refused_by=frozenset(),
            in_menu=False,
            protected=False,
            paying=None,
            paused_until=None,
            kept_for=None,
            kept_until=None,
        )
    )
    engaged = turn.set_duty(agent, DutyMove.ENGAGE, call.call_id)
    turn.put_agent(replace(engaged, calls_taken=agent.calls_taken + 1))


def leave_rescue(turn: Turn, call: Call) -> Call:
    """A talk that Asterisk alone had made is over, the caller waits again; its agent has a wrap-up."""
    turn.finish_agent_of(call)
    return turn.return_to_waiting(call)


def _freed(turn: Turn, agent: Agent) -> Agent:
    """The agent, idle: another call that the floor held for the agent goes back to its place."""
    if agent.kept_call is not None:
        turn.keep_no_longer(turn.floor.calls[agent.kept_call])
        agent = turn.floor.agents[agent.agent_id]
    if agent.duty is Duty.WRAP_UP:
        return turn.end_wrap_up(agent)
    other = turn.floor.calls.get(agent.call_id) if agent.call_id is not None else None
    if other is None:
        return agent
    if other.consult is not None and other.consult.agent_id == agent.agent_id:
        turn.back_to_caller(other)
    elif (offer := other.offer_to(agent.agent_id)) is not None:
        _leave_agent(turn, other, offer)
    else:
        turn.return_to_waiting(other)
        turn.release(agent.agent_id)
    return turn.floor.agents[agent.agent_id]


def _leave_agent(turn: Turn, call: Call, offer: Offer) -> None:
    if call.state is CallState.TALKING:
        turn.return_to_waiting(turn.drop_consult(call))
        turn.release(offer.agent_id)
        turn.wish(HangUpAgent(offer.offer_id, call.leg), *order_of(offer))
    else:
        turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=False)
