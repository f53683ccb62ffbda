"""Transfers: sending a caller on at once, or after a talk with whoever shall take the call; and all three together.

1. A call stays one call, with one record; where it was sent is in its `transfers`.
2. Sent on at once, it waits again, at the head (it has been answered before). To a colleague: that one is rung first,
   and when nobody answers there the call goes to its queue. Until somebody answers it can be taken back (TAKE_BACK_S).
3. A second line (Consult) is a leg of the same call: it is offered, accepted and lost as any offer, and whatever ends
   it brings the agent back to the caller. Caller or colleague gone, nobody is left in the music by mistake.
4. The consulting agent may hang up: who is consulted then has the caller.
5. A number outside may be asked first too: the agent's own leg dials it. Handed over, the call is over for us.
"""

from typing import assert_never

from acd.admission import ring_outside
from acd.copies import replace
from acd.effects import (
    BeginConsult,
    Confer,
    ConsultOutside,
    HangUpAgent,
    Join,
    JoinOutside,
    OfferCall,
    ReturnToQueue,
)
from acd.errors import IllegalMove, Reason
from acd.events import (
    AgentLegEnded,
    CallbackElsewhere,
    CallConnected,
    ConnectFailed,
    ConsultCall,
    ConsultConnected,
    CustomerNotReached,
    CustomerReached,
    Decline,
    EndConsult,
    HandOver,
    JoinAll,
    LegEnd,
    OfferAccepted,
    OfferDeclined,
    OfferFact,
    TakeCallBack,
    TransferCall,
    TransferCommand,
)
from acd.matching import choose_agent
from acd.model import (
    RING_BACK_LIMIT_S,
    TAKE_BACK_S,
    Agent,
    Call,
    CallState,
    Consult,
    ConsultState,
    Duty,
    Leg,
    Offer,
    Presence,
)
from acd.policy import available
from acd.states import DutyMove
from acd.turn import REFUSED, Turn, order_of
from calls.clock import after
from calls.ids import AgentId, QueueId, offer_id
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from calls.record import CallOutcome, OfferRecord, OfferResult
from calls.transfer import Target, TargetKind, TransferRecord, TransferWay
from calls.unreached import Unreached


def take_transfer_command(turn: Turn, event: TransferCommand) -> None:
    """Do what was asked. Raises IllegalMove, and then nothing was changed."""
    match event:
        case TransferCall():
            _transfer(turn, talk_of(turn, event.agent_id), event)
        case ConsultCall():
            _consult(turn, talk_of(turn, event.agent_id), event)
        case HandOver():
            _hand_over(turn, *_consulted(turn, event.agent_id))
        case EndConsult():
            call = own_call(turn, event.agent_id)
            if call.consult is None:
                raise IllegalMove(Reason.NO_CONSULT, "Nobody is on the second line.")
            turn.back_to_caller(call)
        case JoinAll():
            call, consult = _consulted(turn, event.agent_id)
            if consult.state is ConsultState.TALKING:
                _join_all(turn, call, consult)
        case TakeCallBack():
            _take_back(turn, turn.known_agent(event.agent_id))
        case _:
            assert_never(event)


# --- sending on at once
def _transfer(turn: Turn, call: Call, event: TransferCall) -> None:
    match event.target.kind:
        case TargetKind.QUEUE:
            queue_id = _known_queue(turn, event.target)
            call = _send_on(turn, call, event.target)
            turn.put_call(_in_queue(turn, call, queue_id))
        case TargetKind.AGENT:
            colleague = _free_colleague(turn, event.agent_id, event.target)
            call = _send_on(turn, call, event.target)
            turn.offer(call, turn.floor.agents[colleague.agent_id])
        case TargetKind.OUTSIDE:
            number = _number(event.target)
            call = _send_on(turn, call, event.target, music=False)
            ring_outside(turn, call, number, f"user:{event.agent_id}", alone=True)
        case _:
            assert_never(event.target.kind)
    turn.put_agent(replace(turn.floor.agents[event.agent_id], gave_call=call.call_id))


def _in_queue(turn: Turn, call: Call, queue_id: QueueId) -> Call:
    """The call in that queue: its language stays asked for, the former queue's skills do not.

    A person may choose the queue that it overflowed from.
    """
    left = tuple(former for former in call.detour.left if former != queue_id)
    return turn.asking(replace(call, queue_id=queue_id, detour=replace(call.detour, left=left)))


def _take_back(turn: Turn, agent: Agent) -> None:
    call = turn.floor.calls.get(agent.gave_call) if agent.gave_call is not None else None
    if call is None or call.state not in (CallState.WAITING, CallState.OFFERED) or not call.transfers:
        raise IllegalMove(Reason.TOO_LATE, "The call has been answered or has ended.")
    last = call.transfers[-1]
    if last.agent_id != agent.agent_id or turn.now > after(last.at, TAKE_BACK_S) or call.kept_for is not None:
        raise IllegalMove(Reason.TOO_LATE, f"A call can be taken back for {TAKE_BACK_S} s.")
    if not agent.reachable or agent.duty not in (Duty.WRAP_UP, Duty.IDLE) or agent.presence is Presence.SIGNED_OUT:
        raise IllegalMove(Reason.TARGET_NOT_FREE, "Your own telephone cannot be rung now.")
    if agent.duty is Duty.WRAP_UP:
        turn.end_wrap_up(agent)
    turn.take_all_back(call)
    turn.keep_for(turn.floor.calls[call.call_id], agent.agent_id, turn.queue_of(call.queue_id).offer_s)


# --- the second line
def _consult(turn: Turn, call: Call, event: ConsultCall) -> None:
    colleague: Agent | None
    match event.target.kind:
        case TargetKind.AGENT:
            colleague = _free_colleague(turn, event.agent_id, event.target)
        case TargetKind.QUEUE:
            asked = _in_queue(turn, call, _known_queue(turn, event.target))
            asked = replace(asked, state=CallState.WAITING, refused_by=frozenset(), preferred_until=None)
            colleague = choose_agent(turn.floor, asked, turn.now)
            if colleague is None:
                raise IllegalMove(Reason.TARGET_NOT_FREE, "Nobody of this queue is free. Transfer the caller to it.")
        case TargetKind.OUTSIDE:
            _dial_second_line(turn, call, event.target, _number(event.target))
            return
        case _:
            assert_never(event.target.kind)
    _ring_second_line(turn, call, event.target, colleague)


def _ring_second_line(turn: Turn, call: Call, target: Target, colleague: Agent) -> None:
    """The colleague's telephone is rung for the agent's own leg: when it answers they are bridged."""
    talk = _offer_of(call)
    leg = offer_id(call.call_id, call.attempts + 1)
    expires_at = after(turn.now, turn.queue_of(call.queue_id).offer_s)
    consult = Consult(leg, target, colleague.agent_id, turn.now, expires_at)
    held_since = turn.now if call.held_since is None else call.held_since
    turn.put_call(replace(call, consult=consult, attempts=call.attempts + 1, held_since=held_since, missed=None))
    turn.put_agent(turn.set_duty(colleague, DutyMove.OFFER, call.call_id))
    order = (f"call:{call.call_id}", f"agent:{talk.agent_id}", f"agent:{consult.agent_id}")
    turn.wish(BeginConsult(call.call_id, call.leg, talk.offer_id), *order)
    mine = Leg(call.leg.node, talk.offer_id, talk.offer_id)
    turn.wish(OfferCall(leg, call.call_id, colleague.agent_id, mine, expires_at), *order)


def _dial_second_line(turn: Turn, call: Call, target: Target, number: PhoneNumber) -> None:
    """The agent's own leg dials: it hears how it rings there."""
    talk = _offer_of(call)
    line = offer_id(call.call_id, call.attempts + 1)
    consult = Consult(line, target, None, turn.now, after(turn.now, RING_BACK_LIMIT_S))
    held_since = turn.now if call.held_since is None else call.held_since
    turn.put_call(replace(call, consult=consult, attempts=call.attempts + 1, held_since=held_since, missed=None))
    wish = ConsultOutside(call.call_id, call.leg, talk.offer_id, line, number, f"user:{talk.agent_id}")
    turn.wish(wish, f"call:{call.call_id}", f"agent:{talk.agent_id}")


def take_consult_fact(turn: Turn, call: Call, consult: Consult, event: OfferFact) -> None:
    """What becomes of the second line."""
    match event:
        case OfferAccepted():
            _engage(turn, consult)
        case ConsultConnected():
            _second_line_talks(turn, call, consult, None)
        case OfferDeclined():
            if consult.state is ConsultState.RINGING:
                consult_refused(turn, call, event.reason)
        case ConnectFailed():
            if consult.state is ConsultState.RINGING:
                turn.back_to_caller(call, why=Unreached.UNREACHABLE)
        case AgentLegEnded():
            turn.back_to_caller(call, OfferResult.ANSWERED)
        case CustomerReached():
            _second_line_talks(turn, call, consult, event.leg)
        case CustomerNotReached():
            turn.back_to_caller(call, why=event.why)
        case CallConnected() | CallbackElsewhere():
            pass  # all three are in one bridge; a second line is no callback
        case _:
            assert_never(event)


def _second_line_talks(turn: Turn, call: Call, consult: Consult, outside: Leg | None) -> None:
    if consult.state is ConsultState.RINGING:
        _engage(turn, consult)
        turn.put_call(replace(call, consult=replace(consult, state=ConsultState.TALKING, leg=outside)))


def consult_refused(turn: Turn, call: Call, why: Decline) -> None:
    """Nobody answered on the second line: whoever let it pass is not ready until saying so."""
    consult = call.consult
    if consult is None:
        return
    result, reason = REFUSED[why]
    turn.back_to_caller(call, result)
    if consult.agent_id is not None:
        turn.refuse_for(consult.agent_id, reason)


def first_agent_left(turn: Turn, call: Call, offer: Offer, how: LegEnd) -> None:
    """The agent's own leg ended while a second line was open: who is consulted has the caller, else the queue has."""
    consult = call.consult
    if consult is not None and consult.state is ConsultState.JOINED:
        _to_colleague(turn, call, TransferWay.CONFERENCE)
    elif consult is not None and consult.state is ConsultState.TALKING and how is LegEnd.HUNG_UP:
        _hand_over(turn, call, consult)
    elif how is LegEnd.LOST:
        turn.lose_agent(call, offer)
    else:
        _send_on(turn, turn.drop_consult(call), Target(TargetKind.QUEUE, call.queue_id))


def _hand_over(turn: Turn, call: Call, consult: Consult) -> None:
    if consult.leg is not None:
        _to_outside(turn, call, consult, consult.leg)
        return
    first, joined = _offer_of(call), consult.state is ConsultState.JOINED
    call = _to_colleague(turn, call, TransferWay.CONFERENCE if joined else TransferWay.ATTENDED)
    order = (f"call:{call.call_id}", f"agent:{first.agent_id}", f"agent:{consult.agent_id}")
    if not joined:
        turn.wish(Join(call.call_id, call.leg, consult.offer_id), *order)
    turn.wish(HangUpAgent(first.offer_id, call.leg), *order)


def _join_all(turn: Turn, call: Call, consult: Consult) -> None:
    if consult.agent_id is None:
        raise IllegalMove(Reason.NOT_WITH_OUTSIDE, "Three talk only among ourselves. Hand over, or go back.")
    talk = _offer_of(call)
    call = turn.unheld(replace(call, consult=replace(consult, state=ConsultState.JOINED)))
    order = (f"call:{call.call_id}", f"agent:{talk.agent_id}", f"agent:{consult.agent_id}")
    turn.wish(Confer(call.call_id, call.leg, (talk.offer_id, consult.offer_id)), *order)


# --- what becomes of the call
def _send_on(turn: Turn, call: Call, target: Target, *, music: bool = True) -> Call:
    """The agent's talk is over and the caller waits again, in the music (unless the caller's leg is moved else)."""
    offer, by = call.offer, call.agent_id
    if by is not None:
        turn.finish_agent_of(call)
        call = _sent_on(turn, call, TransferWay.BLIND, target, by)
    call = turn.return_to_waiting(call)
    if music:
        turn.wish(ReturnToQueue(call.call_id, call.leg), f"call:{call.call_id}", f"agent:{by or ''}")
    if offer is not None:
        turn.wish(HangUpAgent(offer.offer_id, call.leg), *order_of(offer))
    return call


def _to_colleague(turn: Turn, call: Call, way: TransferWay) -> Call:
    """Whoever is consulted has the caller now; the agent who began the talk goes to the wrap-up."""
    consult, first = call.consult, call.offer
    if consult is None or consult.agent_id is None or first is None:
        return call
    turn.finish_agent_of(call)
    offer = Offer(consult.offer_id, call.call_id, consult.agent_id, consult.begun_at, consult.expires_at)
    answered = OfferRecord(offer.offer_id, offer.agent_id, offer.offered_at, turn.now, OfferResult.ANSWERED)
    call = turn.unheld(
        replace(
            _sent_on(turn, call, way, consult.target, first.agent_id),
            consult=None,
            offer=offer,
            agent_id=offer.agent_id,
            offers=(*call.offers, answered),
        )
    )
    agent = turn.floor.agents[offer.agent_id]
    turn.put_agent(replace(agent, calls_taken=agent.calls_taken + 1))
    return call


def _to_outside(turn: Turn, call: Call, consult: Consult, outside: Leg) -> None:
    """The caller talks with a number outside now: for us the call is over, its agent goes to the wrap-up."""
    by = call.agent_id
    if by is None:
        return
    turn.wish(JoinOutside(call.call_id, call.leg, outside), f"call:{call.call_id}", f"agent:{by}")
    call = replace(_sent_on(turn, call, TransferWay.ATTENDED, consult.target, by), consult=None)
    turn.end(turn.unheld(call), CallOutcome.ANSWERED)


def _sent_on(turn: Turn, call: Call, way: TransferWay, target: Target, by: AgentId) -> Call:
    """The call with this transfer noted; the queue that it entered stays its queue in the figures."""
    done = TransferRecord(turn.now, by, way, target)
    return replace(call.leaving_its_queue(), transfers=(*call.transfers, done))


# --- looking
def own_call(turn: Turn, agent_id: AgentId) -> Call:
    """The call this agent talks with, as the one who answered it. Raises IllegalMove."""
    agent = turn.known_agent(agent_id)
    call = turn.floor.calls.get(agent.call_id) if agent.call_id is not None else None
    if call is None or call.state is not CallState.TALKING or call.offer is None or call.offer.agent_id != agent_id:
        raise IllegalMove(Reason.NOT_IN_TALK, f"Agent {agent_id} has no talk that could be sent on.")
    return call


def talk_of(turn: Turn, agent_id: AgentId) -> Call:
    """The same without a second line and without a payment. Raises IllegalMove."""
    call = own_call(turn, agent_id)
    if call.paying is not None:
        raise IllegalMove(Reason.CALLER_PAYS, "The caller is paying. Wait for the end, or call the caller back.")
    if call.consult is not None:
        raise IllegalMove(Reason.NOT_IN_TALK, "There is a second line already. Hand over or go back first.")
    return call


def _consulted(turn: Turn, agent_id: AgentId) -> tuple[Call, Consult]:
    """The call and its second line when somebody speaks there. Raises IllegalMove."""
    call = own_call(turn, agent_id)
    if call.consult is None or call.consult.state is ConsultState.RINGING:
        raise IllegalMove(Reason.NO_CONSULT, "Nobody has answered on the second line yet.")
    return call, call.consult


def _free_colleague(turn: Turn, agent_id: AgentId, target: Target) -> Agent:
    colleague = turn.floor.agents.get(AgentId(target.name))
    if colleague is None or colleague.agent_id == agent_id:
        raise IllegalMove(Reason.NO_SUCH_TARGET, "There is no such colleague on the floor.")
    if not available(colleague):
        raise IllegalMove(Reason.TARGET_NOT_FREE, f"Agent {colleague.agent_id} is not free now.")
    return colleague


def _known_queue(turn: Turn, target: Target) -> QueueId:
    queue_id = QueueId(target.name)
    if queue_id not in turn.floor.queues:
        raise IllegalMove(Reason.NO_SUCH_TARGET, "There is no such queue.")
    return queue_id


def _number(target: Target) -> PhoneNumber:
    """Whether it may be dialled is asked before it is (calls.outgoing)."""
    if not is_e164(target.name):
        raise IllegalMove(Reason.NO_SUCH_TARGET, "This is no telephone number. Write it with country and area code.")
    return PhoneNumber(target.name)


def _offer_of(call: Call) -> Offer:
    if call.offer is None:
        raise IllegalMove(Reason.NOT_IN_TALK, "The talk has no leg of ours.")
    return call.offer


def _engage(turn: Turn, consult: Consult) -> None:
    if consult.agent_id is None:
        return
    agent = turn.floor.agents[consult.agent_id]
    if agent.duty is Duty.OFFERED:
        turn.put_agent(turn.set_duty(agent, DutyMove.ENGAGE, agent.call_id))
