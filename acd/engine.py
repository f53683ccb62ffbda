"""The engine: `step(floor, message)` takes one event, changes the floor and says what is to be done outside.

Rules
1. A command of a user (AgentCommand) is checked first; one that acd.states forbids is refused and changes nothing.
2. Everything else is a fact and is never refused. A fact that is repeated, late or about an offer that is over is
   passed over: the floor already knows, or knows better.
3. A message id that was taken before gets its former answer and changes nothing.
4. Every waiting call that a step has touched is looked at: may it wait on (acd.admission)?
5. The instant of a step is the message's, never before the floor's. Deadlines are taken at TimePassed, each as of its
   own instant, so that a timer that wakes late changes no figure.
6. At the end of every step all offers that have become possible are made (acd.matching), then the announcements that
   are due (acd.announcements).
The same messages in the same order make the same floor and the same effects: there is no clock, chance or I/O here.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from acd.admission import look, look_is_due
from acd.agent_events import take_agent_fact, take_command
from acd.announcements import announce, announcement_due
from acd.call_events import left_as, take_call_fact
from acd.callback_events import customer_not_reached, take_callback_fact
from acd.copies import replace
from acd.effects import Effect, WithdrawOffer
from acd.errors import IllegalMove, Reason
from acd.events import (
    Accepted,
    AgentCommand,
    AgentFact,
    Answer,
    CallbackFact,
    CallFact,
    Decline,
    DemandForecast,
    FloorFact,
    Message,
    NodeSeen,
    OfferFact,
    QueuesChanged,
    Refused,
    TimePassed,
)
from acd.floor import Changes, Floor
from acd.matching import match
from acd.model import (
    Call,
    CallState,
    Leg,
)
from acd.offer_events import offer_refused, take_offer_fact
from acd.paying import keep_while_paying
from acd.transfer import consult_refused
from acd.turn import Turn
from calls.clock import Instant, after
from calls.ids import OfferId, call_of
from calls.record import OfferResult
from calls.unreached import Unreached

UNDERWAY_S: Final = 1
"""An offer is committed, and has made a leg on the switch, so soon."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a message did. `taken`: it belongs into the event log; False for a repeated one and for an idle tick."""

    version: int
    taken: bool
    changes: Changes
    effects: tuple[Effect, ...]
    answer: Answer


def step(floor: Floor, message: Message) -> Step:
    """Take the message. Raises nothing for any event; a fault of ours leaves the floor to be loaded again."""
    tick = isinstance(message.event, TimePassed)
    if not tick and message.message_id in floor.seen:
        return Step(floor.version, False, Changes(), (), _answer(message, floor.seen[message.message_id]))
    was_at = floor.at
    floor.at = Instant(max(floor.at, message.at))
    turn = Turn(floor, floor.at)
    refusal = _take(turn, message)
    look(turn)
    match(turn)
    announce(turn)
    changes = floor.take_changes()
    if tick and not changes:
        floor.at = was_at
        return Step(floor.version, False, changes, (), _answer(message, None))
    floor.version += 1
    if not tick:
        floor.seen.put(message.message_id, refusal)
    return Step(floor.version, True, changes, turn.effects(floor.version), _answer(message, refusal))


def next_deadline(floor: Floor) -> Instant | None:
    """When TimePassed is due; None: no deadline is set."""
    first = floor.first_due()
    return None if first is None else first[0]


def _answer(message: Message, refusal: Reason | None) -> Answer:
    return Accepted(message.message_id) if refusal is None else Refused(message.message_id, refusal)


def _take(turn: Turn, message: Message) -> Reason | None:
    event = message.event
    if isinstance(event, AgentCommand):
        try:
            take_command(turn, event)
        except IllegalMove as refused:
            return refused.reason
    elif isinstance(event, CallFact):
        take_call_fact(turn, event)
    elif isinstance(event, OfferFact):
        take_offer_fact(turn, event)
    elif isinstance(event, AgentFact):
        take_agent_fact(turn, event)
    elif isinstance(event, CallbackFact):
        take_callback_fact(turn, event)
    else:
        _floor_fact(turn, event)
    return None


# --- facts of the floor
def _floor_fact(turn: Turn, event: FloorFact) -> None:
    match event:
        case TimePassed():
            _time_passed(turn)
        case QueuesChanged():
            _queues_changed(turn, event)
        case DemandForecast():
            turn.floor.put_short(event.short & turn.floor.queues.keys())
        case NodeSeen():
            _node_seen(turn, event)
        case _:
            assert_never(event)


def _time_passed(turn: Turn) -> None:
    """Everything that is due, in the order it was due, each as of its own instant."""
    now = turn.now
    while True:
        first = turn.floor.first_due()
        if first is None or first[0] > now:
            break
        turn.now, deadline = first
        if deadline.agent is not None:
            turn.end_wrap_up(turn.floor.agents[deadline.agent])
        elif deadline.call is not None and deadline.announcement:
            announcement_due(turn, turn.floor.calls[deadline.call])
        elif deadline.call is not None:
            _call_due(turn, turn.floor.calls[deadline.call])
    turn.now = now


def _call_due(turn: Turn, call: Call) -> None:
    if call.state is CallState.TALKING:
        consult_refused(turn, call, Decline.NO_ANSWER)
    elif call.kept_for is not None and call.state is CallState.WAITING:
        keep_while_paying(turn, call)
    elif call.offer is None:
        _waiting_call_due(turn, call)
    elif call.state is CallState.OFFERED:
        for offer in call.live_offers:
            offer_refused(turn, turn.floor.calls[call.call_id], offer, Decline.NO_ANSWER)
    elif call.promised:
        customer_not_reached(turn, call, call.offer, Unreached.NO_ANSWER)
    else:
        turn.take_back(call, call.offer, OfferResult.WITHDRAWN, refused=True)


def _waiting_call_due(turn: Turn, call: Call) -> None:
    over = call.paused_until is not None and call.paused_until <= turn.now
    turn.put_call(replace(call, paused_until=None) if over else call)
    call = turn.floor.calls[call.call_id]
    if call.consider_at is not None and call.consider_at <= turn.now:
        look_is_due(turn, call)


def _queues_changed(turn: Turn, event: QueuesChanged) -> None:
    """A queue that is no longer there stays as long as a call of it lives. Waiting calls obey the new settings."""
    floor = turn.floor
    floor.settings_version = event.settings_version
    kept = {queue.queue_id for queue in event.queues} | {call.queue_id for call in floor.calls.values()}
    kept |= {wrap_up.call.queue_id for wrap_up in floor.wrap_ups.values()}
    for queue_id in tuple(floor.queues):
        if queue_id not in kept:
            floor.drop_queue(queue_id)
    for queue in event.queues:
        if floor.queues.get(queue.queue_id) != queue:
            floor.put_queue(queue)
    if floor.limits != event.limits:
        floor.put_limits(event.limits)
    floor.regroup()
    for call in [call for call in floor.calls.values() if call.state is CallState.WAITING]:
        if turn.asking(call) != call:
            turn.put_call(call)
        turn.loose_calls.add(call.call_id)


def _node_seen(turn: Turn, event: NodeSeen) -> None:
    """The switch is right: calls that it has not are gone, offers that it has not are over, ours that are old ring on.

    An offer made just before it was asked, or since, may have been on its way: its answer does not judge it. An agent's
    leg that a call unknown to us may still be talking by is let alone.
    """
    floor = turn.floor

    def is_over(offer_id: OfferId, made_at: Instant) -> bool:
        judged = event.asked_at is None or made_at < after(event.asked_at, -UNDERWAY_S)
        return judged and offer_id not in event.offers

    for call in [call for call in floor.calls.values() if call.leg.node == event.node]:
        if call.call_id not in event.calls and not call.promised:
            turn.end(call, left_as(call))
            continue
        if call.consult is not None and is_over(call.consult.offer_id, call.consult.begun_at):
            call = turn.back_to_caller(call, why=Unreached.UNREACHABLE)
        for gone in [offer for offer in call.live_offers if is_over(offer.offer_id, offer.offered_at)]:
            if call.state is CallState.TALKING:
                turn.lose_agent(call, gone)
            elif call.promised and call.state is CallState.CONNECTING:
                customer_not_reached(turn, call, gone, Unreached.NO_ANSWER)
            else:
                turn.take_back(floor.calls[call.call_id], gone, OfferResult.WITHDRAWN, refused=False)
    for offer in sorted(event.offers):
        owner = call_of(offer)
        if offer in floor.offers or (owner in event.calls and owner not in floor.calls):
            continue
        known = floor.calls.get(owner)
        leg = known.leg if known is not None else Leg(event.node, "", "")
        turn.wish(WithdrawOffer(offer, leg), f"call:{owner}")
