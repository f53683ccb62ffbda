"""What people ask for and what is heard of their telephones. A command checks everything before it changes anything."""

from dataclasses import replace
from typing import assert_never

from acd.errors import IllegalMove, Reason
from acd.events import (
    AgentCommand,
    AgentFact,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    WrapUpEnded,
)
from acd.model import (
    SIGNED_IN,
    Duty,
    Presence,
)
from acd.states import PresenceMove
from acd.turn import Turn
from calls.ids import AgentId
from calls.record import OfferResult


def take_command(turn: Turn, event: AgentCommand) -> None:
    """Do what was asked. Raises IllegalMove, and then nothing was changed."""
    match event:
        case AgentSignedIn():
            agent = turn.known_agent(event.agent_id)
            if agent.presence is Presence.SIGNED_OUT:
                agent = turn.set_presence(agent, PresenceMove.SIGN_IN, SIGNED_IN)
                agent = replace(agent, signed_in_at=turn.now, calls_taken=0)
            turn.put_agent(replace(agent, name=event.name, skills=event.skills))
        case AgentSignedOut():
            _sign_out(turn, event.agent_id)
        case AgentReady():
            agent = turn.set_presence(turn.known_agent(event.agent_id), PresenceMove.READY)
            if not agent.reachable:
                text = (
                    f"The telephone of {event.agent_id} is not registered. Wait until the desktop shows it connected."
                )
                raise IllegalMove(Reason.TELEPHONE_UNREACHABLE, text)
            turn.put_agent(agent)
        case AgentNotReady():
            turn.set_presence(turn.known_agent(event.agent_id), PresenceMove.NOT_READY, event.reason)
            _give_back_offer(turn, event.agent_id, OfferResult.DECLINED)
            agent = turn.floor.agents[event.agent_id]
            turn.put_agent(turn.set_presence(agent, PresenceMove.NOT_READY, event.reason))
        case WrapUpEnded():
            turn.end_wrap_up(turn.known_agent(event.agent_id))
        case _:
            assert_never(event)


def _sign_out(turn: Turn, agent_id: AgentId) -> None:
    agent = turn.known_agent(agent_id)
    turn.set_presence(agent, PresenceMove.SIGN_OUT)
    if agent.duty is Duty.ON_CALL:
        raise IllegalMove(Reason.ON_CALL, f"Agent {agent_id} is on a call. Sign out when it is over.")
    if agent.presence is Presence.SIGNED_OUT and agent.duty is Duty.IDLE:
        return
    _give_back_offer(turn, agent_id, OfferResult.DECLINED)
    if agent.duty is Duty.WRAP_UP:
        turn.end_wrap_up(agent)
    # The telephone's account ends with the shift; at the next one it has to be proven anew.
    turn.put_agent(replace(turn.set_presence(turn.floor.agents[agent_id], PresenceMove.SIGN_OUT), reachable=False))


def _give_back_offer(turn: Turn, agent_id: AgentId, result: OfferResult) -> None:
    """The offer that rings at this agent, if any, is over by the agent's own doing."""
    agent = turn.known_agent(agent_id)
    if agent.duty is Duty.OFFERED and agent.call_id is not None:
        call = turn.floor.calls[agent.call_id]
        if call.offer is not None:
            turn.take_back(call, call.offer, result, refused=True)


def take_agent_fact(turn: Turn, event: AgentFact) -> None:
    agent = turn.known_agent(event.agent_id)
    match event:
        case AgentReachable():
            if not agent.reachable:
                turn.put_agent(replace(agent, reachable=True, idle_since=turn.now))
        case AgentUnreachable():
            if agent.reachable:
                _give_back_offer(turn, event.agent_id, OfferResult.UNREACHABLE)
                turn.put_agent(replace(turn.known_agent(event.agent_id), reachable=False))
        case _:
            assert_never(event)
