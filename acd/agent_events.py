"""What people ask for and what is heard of their telephones. A command checks everything before it changes anything."""

from typing import assert_never

from acd.copies import replace
from acd.errors import IllegalMove, Reason
from acd.events import (
    AgentCommand,
    AgentFact,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentUnreachable,
    BeginPayment,
    ConsultCall,
    EndConsult,
    ExtendWrapUp,
    HandOver,
    JoinAll,
    LeavePayment,
    TakeCallBack,
    TelephoneRenewed,
    TransferCall,
    WrapUpEnded,
)
from acd.model import (
    SIGNED_IN,
    Agent,
    CallState,
    Duty,
    Presence,
)
from acd.paying import take_payment_command
from acd.states import PresenceMove
from acd.transfer import take_transfer_command
from acd.turn import Turn
from calls.clock import after
from calls.ids import AgentId
from calls.record import OfferResult
from calls.unreached import Unreached


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
        case ExtendWrapUp():
            _extend_wrap_up(turn, turn.known_agent(event.agent_id))
        case WrapUpEnded():
            turn.end_wrap_up(turn.known_agent(event.agent_id))
        case TransferCall() | ConsultCall() | HandOver() | EndConsult() | JoinAll() | TakeCallBack():
            take_transfer_command(turn, event)
        case BeginPayment() | LeavePayment():
            take_payment_command(turn, event)
        case _:
            assert_never(event)


def _extend_wrap_up(turn: Turn, agent: Agent) -> None:
    if agent.duty is not Duty.WRAP_UP or agent.wrap_up_until is None:
        raise IllegalMove(Reason.NOT_IN_WRAP_UP, f"Agent {agent.agent_id} is in no wrap-up.")
    if agent.extensions_left <= 0 or agent.extension_s <= 0:
        raise IllegalMove(Reason.NO_MORE_TIME, f"The wrap-up of {agent.agent_id} was extended often enough.")
    until = after(agent.wrap_up_until, agent.extension_s)
    turn.put_agent(replace(agent, wrap_up_until=until, extensions_left=agent.extensions_left - 1))


def _sign_out(turn: Turn, agent_id: AgentId) -> None:
    agent = turn.known_agent(agent_id)
    turn.set_presence(agent, PresenceMove.SIGN_OUT)
    if agent.duty is Duty.ON_CALL:
        raise IllegalMove(Reason.ON_CALL, f"Agent {agent_id} is on a call. Sign out when it is over.")
    if agent.presence is Presence.SIGNED_OUT and agent.duty is Duty.IDLE:
        return
    _give_back_offer(turn, agent_id, OfferResult.DECLINED)
    agent = turn.floor.agents[agent_id]
    if agent.kept_call is not None:
        turn.keep_no_longer(turn.floor.calls[agent.kept_call])
    for line in tuple(turn.floor.lanes.windows.get(agent_id, {}).values()):
        for call_id in sorted(line.items()):
            turn.put_call(replace(turn.floor.calls[call_id], preferred_until=None))
    if agent.duty is Duty.WRAP_UP:
        turn.end_wrap_up(agent)
    # The telephone's account ends with the shift; at the next one it has to be proven anew.
    turn.put_agent(replace(turn.set_presence(turn.floor.agents[agent_id], PresenceMove.SIGN_OUT), reachable=False))


def _give_back_offer(turn: Turn, agent_id: AgentId, result: OfferResult) -> None:
    """The offer that rings at this agent, if any, is over by the agent's own doing."""
    agent = turn.known_agent(agent_id)
    if agent.duty is Duty.OFFERED and agent.call_id is not None:
        call = turn.floor.calls[agent.call_id]
        if call.consult is not None and call.consult.agent_id == agent_id:
            turn.back_to_caller(call, result)
        elif (offer := call.offer_to(agent_id)) is not None:
            # A page that dies while its lost caller comes back may still return: the caller is kept on.
            kept = result is OfferResult.UNREACHABLE and call.kept_for == agent_id
            turn.take_back(call, offer, result, refused=not kept)


def take_agent_fact(turn: Turn, event: AgentFact) -> None:
    if isinstance(event, AgentSkillsChanged):
        _skills_changed(turn, event)
        return
    agent = turn.known_agent(event.agent_id)
    match event:
        case AgentReachable():
            if not agent.reachable:
                turn.put_agent(replace(agent, reachable=True, idle_since=turn.now))
        case AgentUnreachable():
            if agent.reachable:
                _give_back_offer(turn, event.agent_id, OfferResult.UNREACHABLE)
                turn.put_agent(replace(turn.known_agent(event.agent_id), reachable=False))
        case TelephoneRenewed():
            _renewed(turn, agent)
        case _:
            assert_never(event)


def _skills_changed(turn: Turn, event: AgentSkillsChanged) -> None:
    """What rings or talks goes on; the next call is chosen by the new skills."""
    agent = turn.floor.agents.get(event.agent_id)
    if agent is not None and agent.skills != event.skills:
        turn.put_agent(replace(agent, skills=event.skills))


def _renewed(turn: Turn, agent: Agent) -> None:
    """The former page's leg is dead, whether it rang or talked: ring the new one."""
    call = turn.floor.calls.get(agent.call_id) if agent.call_id is not None else None
    if call is not None and call.consult is not None and call.consult.agent_id == agent.agent_id:
        turn.back_to_caller(call, why=Unreached.UNREACHABLE)
        return
    offer = call.offer_to(agent.agent_id) if call is not None else None
    if call is None or offer is None:
        return
    if call.state is CallState.TALKING:
        turn.lose_agent(call, offer)
    else:
        turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=False)
