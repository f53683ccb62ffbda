"""What becomes of offers and talks. A fact about an offer that is over is passed over."""

from typing import assert_never

from acd.events import (
    AgentLegEnded,
    CallConnected,
    ConnectFailed,
    Decline,
    LegEnd,
    OfferAccepted,
    OfferDeclined,
    OfferFact,
)
from acd.model import (
    DECLINED,
    PAUSE_S,
    RONA,
    UNREACHABLE,
    Call,
    CallState,
    Offer,
)
from acd.turn import Turn
from calls.record import CallOutcome, OfferResult

_REFUSAL = {
    Decline.NO_ANSWER: (OfferResult.NO_ANSWER, RONA),
    Decline.DECLINED: (OfferResult.DECLINED, DECLINED),
    Decline.UNREACHABLE: (OfferResult.UNREACHABLE, UNREACHABLE),
}


def take_offer_fact(turn: Turn, event: OfferFact) -> None:
    call = turn.call_of_offer(event.offer_id)
    if call is None or call.offer is None:
        return
    offer = call.offer
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
        case ConnectFailed():
            if call.state is not CallState.TALKING:
                turn.take_back(call, offer, OfferResult.WITHDRAWN, refused=True, pause_s=PAUSE_S)
        case AgentLegEnded():
            _agent_leg_ended(turn, call, offer, event.how)
        case _:
            assert_never(event)


def offer_refused(turn: Turn, call: Call, offer: Offer, why: Decline) -> None:
    """No answer, declined or not to be rung: the call takes its old place, the agent is not ready until saying so."""
    result, reason = _REFUSAL[why]
    turn.take_back(call, offer, result, refused=True)
    turn.refuse_for(offer.agent_id, reason)


def _agent_leg_ended(turn: Turn, call: Call, offer: Offer, how: LegEnd) -> None:
    if call.state is not CallState.TALKING:
        offer_refused(turn, call, offer, Decline.DECLINED if how is LegEnd.HUNG_UP else Decline.UNREACHABLE)
    elif how is LegEnd.HUNG_UP:
        turn.end(call, CallOutcome.ANSWERED, hang_up=False)
    else:
        turn.lose_agent(call, offer)
