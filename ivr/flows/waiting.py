"""The self-service for a caller who waits. The place in the queue is kept; an agent's answer may cut it anywhere."""

from enum import Enum, auto
from typing import Final

from calls.ids import QueueId
from customers.ports import CustomersUnavailable
from customers.watches import WatchWay
from ivr.callbacks import CallbacksUnavailable
from ivr.flows import account, callback, outage, reference, watch
from ivr.flows.account import AFTER_WAITING, Next
from ivr.menu import Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.outcome import CallbackOrdered, SelfServed
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say

CALLBACK_KEY: Final = "2"
"""Said by the announcement too (queue.callback): who opens the self-service with it has chosen already."""


class Wish(Enum):
    BALANCE = auto()
    CALLBACK = auto()
    REFERENCE = auto()
    OUTAGE = auto()


def menu(visit: Visit) -> SelfServed | CallbackOrdered | None:
    """Serve a waiting caller. None = back to the music: at the end, by `*`, and whatever fails.

    Raises CallerHungUp.
    """
    try:
        return _menu(visit)
    except PromptsError:
        visit.note(Flow.WAITING, Choice.SPEECH, Result.TO_WAITING)
        return None


def _menu(visit: Visit) -> SelfServed | CallbackOrdered | None:
    prompt: tuple[Phrase, ...] = (say("queue.self_service"), say("queue.reference"), say("menu.outage"))
    choices = {"1": Wish.BALANCE, "3": Wish.REFERENCE, "4": Wish.OUTAGE}
    offered = _may_order_callback(visit)
    if offered:
        prompt, choices = (say("queue.callback"), *prompt), choices | {CALLBACK_KEY: Wish.CALLBACK}
    wish: Wish | WatchWay | Way = Wish.CALLBACK
    if not (offered and visit.arrival.extension == CALLBACK_KEY):
        wish = _choose(visit, prompt, choices)
    if wish is Wish.CALLBACK and callback.order(visit):
        return CallbackOrdered(visit.facts)
    if wish is Wish.BALANCE:
        following = account.tell(visit, AFTER_WAITING)
        if following is Next.DONE:
            visit.note(Flow.WAITING, Choice.BALANCE, Result.GOODBYE)
            visit.channel.play((say("goodbye"),))
            return SelfServed(visit.facts)
        if following is Next.UNAVAILABLE:
            visit.parting = (say("queue.unavailable"), say("queue.back"))
    if wish is Wish.REFERENCE:
        reference.tell(visit)
    if wish is Wish.OUTAGE:
        _outages(visit)
    if isinstance(wish, WatchWay):
        visit.channel.play(watch.take(visit, wish))
    visit.note(Flow.WAITING, Choice.BACK, Result.TO_WAITING)
    visit.channel.play(visit.parting or (say("queue.back"),))
    return None


def _choose(visit: Visit, prompt: tuple[Phrase, ...], choices: dict[str, Wish]) -> Wish | WatchWay | Way:
    """After what has become known of the caller's own light while waiting."""
    news = outage.entered_meanwhile(visit)
    offered: dict[str, Wish | WatchWay] = {**choices, **watch.choices(visit)}
    said = (*news, *watch.offer(visit), *prompt)
    return offer(visit, MenuName.WAITING, Menu(said, offered, visit.services.patience.menu_key_s, prompts=1))


def _outages(visit: Visit) -> None:
    """However it ends, the place is kept."""
    try:
        outage.ask_waiting(visit)
    except CustomersUnavailable:
        visit.note(Flow.OUTAGE, Choice.CUSTOMERS, Result.UNAVAILABLE)
        visit.parting = (say("queue.no_outages"), say("queue.back"))


def _may_order_callback(visit: Visit) -> bool:
    """Whether this caller has waited long enough to be offered a callback."""
    queue, since = visit.arrival.queue, visit.arrival.enqueued_at
    if queue is None or since is None:
        return False
    waited_s = (visit.services.clock.now() - since) / 1000
    try:
        return visit.channel.meanwhile(lambda: visit.services.callbacks.offered(QueueId(queue), waited_s))
    except CallbacksUnavailable:
        return False
