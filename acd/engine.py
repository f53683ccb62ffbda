"""The engine: `step(floor, message)` takes one event, changes the floor and says what is to be done outside.

Rules
1. A command of a user (AgentCommand) is checked first; one that acd.states forbids is refused and changes nothing.
2. Everything else is a fact and is never refused. A fact that is repeated, late or about an offer that is over is
   passed over: the floor already knows, or knows better.
3. A message id that was taken before gets its former answer and changes nothing.
4. The instant of a step is the message's, never before the floor's. Deadlines are taken at TimePassed, each as of its
   own instant, so that a timer that wakes late changes no figure.
5. At the end of every step all offers that have become possible are made (acd.matching).
The same messages in the same order make the same floor and the same effects: there is no clock, chance or I/O here.
"""

from dataclasses import dataclass, replace
from typing import assert_never

from acd.agent_events import take_agent_fact, take_command
from acd.call_events import take_call_fact
from acd.effects import Effect, WithdrawOffer
from acd.errors import IllegalMove, Reason
from acd.events import (
    Accepted,
    AgentCommand,
    AgentFact,
    Answer,
    CallFact,
    Decline,
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
from acd.turn import Turn
from calls.clock import Instant
from calls.ids import call_of
from calls.record import CallOutcome, OfferResult


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
    match(turn)
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
        elif deadline.call is not None:
            _call_due(turn, turn.floor.calls[deadline.call])
    turn.now = now


def _call_due(turn: Turn, call: Call) -> None:
    if call.offer is None:
        turn.put_call(replace(call, paused_until=None))
    elif call.state is CallState.OFFERED:
        offer_refused(turn, call, call.offer, Decline.NO_ANSWER)
    else:
        turn.take_back(call, call.offer, OfferResult.WITHDRAWN, refused=True)


def _queues_changed(turn: Turn, event: QueuesChanged) -> None:
    """A queue that is no longer there stays as long as a call of it lives."""
    floor = turn.floor
    kept = {queue.queue_id for queue in event.queues} | {call.queue_id for call in floor.calls.values()}
    kept |= {wrap_up.call.queue_id for wrap_up in floor.wrap_ups.values()}
    for queue_id in tuple(floor.queues):
        if queue_id not in kept:
            floor.drop_queue(queue_id)
    for queue in event.queues:
        if floor.queues.get(queue.queue_id) != queue:
            floor.put_queue(queue)
    floor.settings_version = event.settings_version


def _node_seen(turn: Turn, event: NodeSeen) -> None:
    """The switch is right: calls that it has not are gone, offers that it has not are over, ours that are old ring on.

    An agent's leg that a call unknown to us may still be talking by is let alone.
    """
    floor = turn.floor
    for call in [call for call in floor.calls.values() if call.leg.node == event.node]:
        if call.call_id not in event.calls:
            turn.end(call, CallOutcome.ABANDONED)
        elif call.offer is not None and call.offer.offer_id not in event.offers:
            if call.state is CallState.TALKING:
                turn.lose_agent(call, call.offer)
            else:
                turn.take_back(call, call.offer, OfferResult.WITHDRAWN, refused=False)
    for offer in sorted(event.offers):
        owner = call_of(offer)
        if offer in floor.offers or (owner in event.calls and owner not in floor.calls):
            continue
        known = floor.calls.get(owner)
        leg = known.leg if known is not None else Leg(event.node, "", "")
        turn.wish(WithdrawOffer(offer, leg), f"call:{owner}")
