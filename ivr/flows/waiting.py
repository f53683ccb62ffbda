"""The self-service for a caller who waits. The place in the queue is kept; an agent's answer may cut it anywhere."""

from enum import Enum, auto

from ivr.flows import balance
from ivr.flows.balance import AFTER_WAITING, Next
from ivr.menu import Menu, choose
from ivr.outcome import SelfServed
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import say


class Wish(Enum):
    BALANCE = auto()


def menu(visit: Visit) -> SelfServed | None:
    """Serve a waiting caller. None = back to the music: at the end, by `*`, and whatever fails.

    Raises CallerHungUp.
    """
    try:
        return _menu(visit)
    except PromptsError:
        visit.note(Flow.WAITING, Choice.SPEECH, Result.TO_WAITING)
        return None


def _menu(visit: Visit) -> SelfServed | None:
    offered = Menu((say("queue.self_service"),), {"1": Wish.BALANCE}, visit.services.patience.menu_key_s, prompts=1)
    if choose(visit.channel, offered) is Wish.BALANCE:
        following = balance.tell(visit, AFTER_WAITING)
        if following is Next.DONE:
            visit.note(Flow.WAITING, Choice.BALANCE, Result.GOODBYE)
            visit.channel.play((say("goodbye"),))
            return SelfServed(visit.facts)
        if following is Next.UNAVAILABLE:
            visit.parting = (say("queue.unavailable"), say("queue.back"))
    visit.note(Flow.WAITING, Choice.BACK, Result.TO_WAITING)
    visit.channel.play(visit.parting or (say("queue.back"),))
    return None
