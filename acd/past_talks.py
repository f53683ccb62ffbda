"""A talk that was over before we came back: the switch remembers it, and the floor makes up for it. Pure.

The engine and its link may be away for longer than a talk takes. Without this the caller who was served would count as
one who gave up, or as nobody at all.
"""

from acd.callback_events import answered
from acd.copies import replace
from acd.events import PastTalk
from acd.experience import wait_ended
from acd.model import RESCUE_QUEUE, Call, CallState, Duty, Leg
from acd.rescue import rescue
from acd.turn import Turn
from calls.clock import Instant
from calls.ids import CallId
from calls.journey import CallFacts
from calls.record import CallOutcome, OfferResult


def take_past_talk(turn: Turn, event: PastTalk) -> None:
    """Each thing as of its own instant. Nothing for a talk that we heard of ourselves."""
    floor, now = turn.floor, turn.now
    call = floor.calls.get(event.call_id)
    known = call is not None
    if call is None:
        if floor.departed.get(event.call_id):
            return
        call = unheard_call(turn, event.call_id, Leg(event.node, "", ""), Instant(min(now, event.began_at)))
    offer = next((offer for offer in call.live_offers if offer.offer_id == event.offer_id), None)
    if call.state is CallState.TALKING and (offer is None or call.consult or call.paying):
        return  # it talks to somebody else by now, or more is to be said of it than this
    if call.state is not CallState.TALKING and _is_known(call, event):
        return
    began_at = Instant(min(now, max(event.began_at, call.enqueued_at)))
    ended_at = Instant(min(now, max(event.ended_at, began_at)))
    if call.state is not CallState.TALKING:
        turn.now = began_at
        if offer is not None:
            turn.connect(call, offer)
        else:
            _connect_without_offer(turn, call, event, ended_at, known=known)
        answered(turn, floor.calls[call.call_id])
    turn.now = ended_at
    turn.end(floor.calls[call.call_id], CallOutcome.ANSWERED, hang_up=False)
    turn.now = now


def unheard_call(turn: Turn, call_id: CallId, leg: Leg, at: Instant) -> Call:
    """A call of which we hear only now that an agent has it; put on the floor."""
    call = Call(
        call_id=call_id,
        queue_id=RESCUE_QUEUE,
        skills=frozenset(),
        priority_s=0,
        arrived_at=at,
        enqueued_at=at,
        target_s=turn.queue_of(RESCUE_QUEUE).target_s,
        leg=leg,
        facts=CallFacts(),
        sequence=turn.floor.version + 1,
        settings_version=turn.floor.settings_version,
    )
    turn.put_call(call)
    return call


def _is_known(call: Call, event: PastTalk) -> bool:
    """The talk by this offer is in the call's history already; the call waits again since."""
    answers = [offer for offer in call.offers if offer.result is OfferResult.ANSWERED]
    return any(offer.offer_id == event.offer_id for offer in answers)


def _connect_without_offer(turn: Turn, call: Call, event: PastTalk, ended_at: Instant, *, known: bool) -> None:
    """Asterisk alone had connected them, or by an offer that was given up meanwhile.

    An agent who is busy since is let alone, and so is one of whose call nobody had told us (or the floor was lost with
    Redis, and the call is long recorded): only the record tells of the talk.
    """
    rang = next((offer.agent_id for offer in call.offers if offer.offer_id == event.offer_id), None)
    agent_id = event.agent_id or rang
    agent = turn.known_agent(agent_id) if agent_id is not None else None
    if known and agent is not None and agent.duty is Duty.IDLE and agent.kept_call is None:
        rescue(turn, call, agent)
        return
    first = call.answered_at is None
    if first:
        wait_ended(turn.floor, call, turn.now, answered=True)
    answered_at = turn.now if call.answered_at is None else call.answered_at
    rescued = call.rescued or first
    turn.put_call(replace(call, answered_at=answered_at, agent_id=agent_id, talk_ended_at=ended_at, rescued=rescued))
