"""A callback, ordered or cancelled by the caller: the number is read back digit by digit before anything is promised.

Rules
- The caller's own number is offered first; another is keyed, and read back too. Three tries, then back.
- A number that we do not ring (costly, foreign) is refused with a sentence. Numbers go into the order and nowhere else.
- Who has a callback waiting already hears that, and may keep or cancel it.
"""

from dataclasses import replace
from enum import Enum, auto
from functools import partial
from typing import Final

from calls.ids import ContactId, QueueId
from calls.numbers import PhoneNumber, parse_number
from ivr.callbacks import CallbackOrder, CallbacksUnavailable
from ivr.entry import Entry
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer, request
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

TRIES: Final = 3
SHORTEST_NUMBER: Final = 10
LONGEST_NUMBER: Final = 15
"""Digits: a national number without its prefix; the longest of E.164."""


class _Answer(Enum):
    YES = auto()
    ANOTHER = auto()
    CANCEL = auto()


def order(visit: Visit) -> bool:
    """Take an order or a cancellation. True: a callback waits, and the caller has heard so; False: back to the choices.

    Raises CallerHungUp, PromptsError.
    """
    own = visit.facts.caller_number
    callbacks = visit.services.callbacks
    try:
        if own is not None and visit.channel.meanwhile(lambda: callbacks.waiting_for(own)):
            return _keep_or_cancel(visit, own)
        number = _number(visit)
        return number is not None and _order(visit, number)
    except CallbacksUnavailable:
        visit.note(Flow.CALLBACK, Choice.CUSTOMERS, Result.UNAVAILABLE)
        visit.channel.play((say("callback.unavailable"),))
        return False


def _number(visit: Visit) -> PhoneNumber | None:
    """The number that the caller has confirmed."""
    own = visit.facts.caller_number
    if own is not None and visit.services.callbacks.may_ring(own):
        answer = _confirmed(visit, own)
        if answer is _Answer.YES:
            return own
        if answer is not _Answer.ANOTHER:
            return None
    return _keyed(visit)


def _keyed(visit: Visit) -> PhoneNumber | None:
    hint: tuple[Phrase, ...] = ()
    for _ in range(TRIES):
        entry = Entry((*hint, say("callback.enter")), SHORTEST_NUMBER, LONGEST_NUMBER, visit.services.patience)
        keyed = request(visit, MenuName.KEY_NUMBER, entry)
        if isinstance(keyed, Way):
            return None
        number = parse_number(keyed.digits)
        if number is None or not visit.services.callbacks.may_ring(number):
            visit.note(Flow.CALLBACK, Choice.ANOTHER_NUMBER, Result.UNUSABLE)
            hint = (say("callback.not_rung"),)
            continue
        answer = _confirmed(visit, number)
        if answer is _Answer.YES:
            return number
        if answer is not _Answer.ANOTHER:
            return None
        hint = ()
    return None


def _confirmed(visit: Visit, number: PhoneNumber) -> _Answer | Way:
    menu = Menu(
        (say("callback.number", number=number), say("callback.confirm")),
        {"1": _Answer.YES, "2": _Answer.ANOTHER},
        visit.services.patience.menu_key_s,
    )
    return offer(visit, MenuName.CALLBACK_NUMBER, menu)


def _order(visit: Visit, number: PhoneNumber) -> bool:
    arrival = visit.arrival
    if arrival.queue is None or arrival.enqueued_at is None:
        raise CallbacksUnavailable
    visit.note(Flow.CALLBACK, Choice.CALLBACK, Result.ORDERED)
    ordered = CallbackOrder(
        contact_id=ContactId(arrival.call_id),
        call_id=arrival.call_id,
        queue=QueueId(arrival.queue),
        number=number,
        facts=visit.facts,
        priority_s=arrival.priority_s,
        arrived_at=arrival.at,
        enqueued_at=arrival.enqueued_at,
        node=arrival.node,
    )
    try:
        visit.channel.meanwhile(partial(visit.services.callbacks.order, ordered))
    except CallbacksUnavailable:
        visit.facts = replace(visit.facts, journey=visit.facts.journey[:-1])  # it was not
        raise
    visit.channel.play((say("callback.ordered"), say("goodbye")))
    return True


def _keep_or_cancel(visit: Visit, number: PhoneNumber) -> bool:
    """A callback to this number waits already. Kept, the caller need not wait on the line."""
    menu = Menu((say("callback.waits"),), {"1": _Answer.YES, "2": _Answer.CANCEL}, visit.services.patience.menu_key_s)
    answer = offer(visit, MenuName.CALLBACK_WAITS, menu)
    if answer is _Answer.CANCEL:
        visit.channel.meanwhile(lambda: visit.services.callbacks.cancel(number))
        visit.note(Flow.CALLBACK, Choice.CALLBACK, Result.CANCELLED)
        visit.channel.play((say("callback.cancelled"),))
    return False
