"""What becomes of offers and talks. A fact about an offer that is over is passed over."""

from typing import assert_never

from acd.callback_events import answered, customer_not_reached, go_elsewhere
from acd.copies import replace
from acd.events import (
    AgentLegEnded,
    CallbackElsewhere,
    CallConnected,
    ConnectFailed,
    ConsultConnected,
    CustomerNotReached,
    CustomerReached,
    Decline,
    LegEnd,
    OfferAccepted,
    OfferDeclined,
    OfferFact,
)
from acd.model import (
    PAUSE_S,
    Call,
    CallState,
    Offer,
)
from acd.paying import agent_left_payment, together_again
from acd.transfer import first_agent_left, take_consult_fact
from acd.turn import REFUSED, Turn
from calls.record import CallOutcome, OfferResult
from calls.unreached import Unreached

_TalkFact = OfferAccepted | OfferDeclined | CallConnected | ConnectFailed | ConsultConnected | AgentLegEnded


def take_offer_fact(turn: Turn, event: OfferFact) -> None:
    call = turn.call_of_offer(event.offer_id)
    if call is None or call.offer is None:
        return
    if call.consult is not None and call.consult.offer_id == event.offer_id:
        take_consult_fact(turn, call, call.consult, event)
        return
    offer = next(offer for offer in call.live_offers if offer.offer_id == event.offer_id)
    if isinstance(event, CustomerReached | CustomerNotReached):
        _customer_fact(turn, call, offer, event)
    elif isinstance(event, CallbackElsewhere):
        go_elsewhere(turn, call, offer, event.node)
    else:
        _talk_fact(turn, call, offer, event)


def _talk_fact(turn: Turn, call: Call, offer: Offer, event: _TalkFact) -> None:
    match event:
        case OfferAccepted():
            if call.state is CallState.OFFERED:
                turn.accept(call, offer)
        case OfferDeclined():
            if call.state is CallState.OFFERED:
                offer_refused(turn, call, offer, event.reason)
        case CallConnected():
            if call.state is not CallState.TALKING:
                turn.connect(call, offer)
                answered(turn, call)
            else:
                together_again(turn, call)
        case ConnectFailed():
            _connect_failed(turn, call, offer)
        case ConsultConnected():
            pass  # told of both legs: that of the second line counts
        case AgentLegEnded():
            _agent_leg_ended(turn, call, offer, event.how)
        case _:
            assert_never(event)


def _customer_fact(turn: Turn, call: Call, offer: Offer, event: CustomerReached | CustomerNotReached) -> None:
    if call.state is CallState.TALKING:
        return
    if isinstance(event, CustomerReached):
        turn.put_call(replace(call, leg=event.leg))
    else:
        customer_not_reached(turn, call, offer, event.why)


def _connect_failed(turn: Turn, call: Call, offer: Offer) -> None:
    if call.state is CallState.TALKING:
        return
    if call.promised:
        customer_not_reached(turn, call, offer, Unreached.NO_ANSWER)
    else:
        turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=True, pause_s=PAUSE_S)


def offer_refused(turn: Turn, call: Call, offer: Offer, why: Decline) -> None:
    """No answer, declined or not to be rung: the call takes its old place, the agent is not ready until saying so."""
    result, reason = REFUSED[why]
    turn.take_back(call, offer, result, refused=True)
    turn.refuse_for(offer.agent_id, reason)


def _agent_leg_ended(turn: Turn, call: Call, offer: Offer, how: LegEnd) -> None:
    if call.state is not CallState.TALKING:
        offer_refused(turn, call, offer, Decline.DECLINED if how is LegEnd.HUNG_UP else Decline.UNREACHABLE)
    elif call.consult is not None:
        first_agent_left(turn, call, offer, how)
    elif call.paying is not None:
        agent_left_payment(turn, call, offer, how)
    elif how is LegEnd.HUNG_UP:
        turn.end(call, CallOutcome.ANSWERED, hang_up=False)
    else:
        turn.lose_agent(call, offer)
