"""Why nobody comes to the telephone, at once; then what else there is: a callback, the balance, or to wait on.

Rules
- The sentence comes first, before anything that could fail.
- Who has a place (late, nobody there) keeps it: silence, `*`, 0 and everything unclear lead back to the queue.
- Who has none hears the choices twice and then goodbye.
"""

from datetime import datetime
from enum import Enum, auto
from typing import Final, assert_never

from calls.clock import Instant, as_datetime
from calls.ids import QueueId
from calls.refusal import Refusal, Why
from calls.zones import SUPPLIER_ZONE, zone
from ivr.callbacks import CallbacksUnavailable
from ivr.flows import account, callback
from ivr.flows.account import Next
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.outcome import CallbackOrdered, Goodbye, SelfServed, Stays
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

_SENTENCE: Final = {
    Why.CLOSED: say("refusal.closed"),
    Why.FULL: say("refusal.full"),
    Why.NUMBER: say("refusal.number"),
    Why.LATE: say("refusal.late"),
    Why.NOBODY: say("refusal.nobody"),
}


class Wish(Enum):
    CALLBACK = auto()
    BALANCE = auto()


def explain(visit: Visit, refusal: Refusal) -> CallbackOrdered | SelfServed | Stays | Goodbye:
    """Tell a caller why, and serve with what there is. Raises CallerHungUp, PromptsError."""
    visit.note(Flow.REFUSAL, Choice(refusal.why.value), Result.TOLD)
    opening = _opening(visit, refusal)
    offered = refusal.callback
    while visit.turn():
        wish = offer(visit, MenuName.REFUSAL, _menu(visit, refusal, offered), opening)
        opening = ()
        match wish:
            case Wish.CALLBACK:
                if callback.order(visit):
                    return CallbackOrdered(visit.facts)
            case Wish.BALANCE:
                if account.tell(visit) in {Next.SILENT, Next.DONE}:
                    return _served(visit, refusal)
            case Way():
                break
            case _:
                assert_never(wish)
    return _leave(visit, refusal)


def _opening(visit: Visit, refusal: Refusal) -> tuple[Phrase, ...]:
    if refusal.opens_at is None:
        return (_SENTENCE[refusal.why],)
    opens = _local(visit, refusal.opens_at)
    minute = 60 * opens.hour + opens.minute
    return _SENTENCE[refusal.why], say("refusal.opens", day=opens.date(), minute=minute)


def _local(visit: Visit, at: Instant) -> datetime:
    """The instant as the clocks of the queue's zone show it."""
    name = SUPPLIER_ZONE
    if visit.arrival.queue is not None:
        try:
            name = visit.services.callbacks.zone_of(QueueId(visit.arrival.queue))
        except CallbacksUnavailable:
            name = SUPPLIER_ZONE
    return as_datetime(at).astimezone(zone(name))


def _menu(visit: Visit, refusal: Refusal, offered: bool) -> Menu[Wish]:
    prompt: list[Phrase] = []
    choices: dict[str, Wish] = {"2": Wish.BALANCE}
    if offered:
        choices["1"] = Wish.CALLBACK
        prompt.append(say("refusal.callback"))
    prompt.append(say("refusal.balance"))
    prompt.append(say("refusal.wait") if refusal.why.keeps_place else say("refusal.ring_off"))
    return Menu(tuple(prompt), choices, visit.services.patience.menu_key_s, back=refusal.why.keeps_place)


def _served(visit: Visit, refusal: Refusal) -> SelfServed | Stays:
    """A caller who has a place gives it up by ringing off only."""
    if refusal.why.keeps_place:
        return _stay(visit)
    visit.note(Flow.REFUSAL, Choice.BALANCE, Result.GOODBYE)
    visit.channel.play((say("goodbye"),))
    return SelfServed(visit.facts)


def _leave(visit: Visit, refusal: Refusal) -> Stays | Goodbye:
    if refusal.why.keeps_place:
        return _stay(visit)
    visit.note(Flow.REFUSAL, Choice.NO_KEY, Result.GOODBYE)
    visit.channel.play((say("goodbye"),))
    return Goodbye(visit.facts)


def _stay(visit: Visit) -> Stays:
    visit.note(Flow.REFUSAL, Choice.BACK, Result.TO_WAITING)
    visit.channel.play((say("queue.back"),))
    return Stays(visit.facts)
