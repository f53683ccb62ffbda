"""The welcome and the main menu: danger to life first, then the balance, the other language, an agent.

Rules
- Only a fresh call is greeted; danger to life is the first thing said in every round and one key away.
- Who presses no key at all gets an agent after the second prompt: perhaps the telephone has no keys.
- Without the customers' records or the voice the caller is told so and gets an agent.
"""

from enum import Enum, auto
from typing import assert_never

from calls.journey import Language
from ivr.flows import account, reference
from ivr.flows.account import Next
from ivr.flows.agent import keep_place, to_agent
from ivr.menu import Menu, Way, choose
from ivr.outcome import Outcome, SelfServed
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result, Topic
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class Wish(Enum):
    EMERGENCY = auto()
    BALANCE = auto()
    LANGUAGE = auto()
    REFERENCE = auto()


OTHER_LANGUAGE = {Language.RU: Language.EN, Language.EN: Language.RU}


def answer(visit: Visit) -> Outcome:
    """Serve a caller until an Outcome. Raises CallerHungUp: `visit.facts` then holds all that is known so far."""
    if visit.arrival.enqueued_at is not None:
        return keep_place(visit)
    try:
        return _rounds(visit)
    except PromptsError:
        visit.parting = (say("error.unavailable"),)
        return to_agent(visit, Flow.WELCOME, Choice.SPEECH)


def _rounds(visit: Visit) -> Outcome:
    opening: tuple[Phrase, ...] = (say("welcome"),)
    while visit.turn():
        wish = choose(visit.channel, _main_menu(visit), opening)
        opening = ()
        outcome = _follow(visit, wish)
        if outcome is not None:
            return outcome
    return to_agent(visit, Flow.WELCOME, Choice.TOO_LONG)


def _main_menu(visit: Visit) -> Menu[Wish]:
    return Menu(
        prompt=(say("menu.danger"), say("menu.main"), say("menu.reference"), say("menu.language")),
        choices={"3": Wish.EMERGENCY, "1": Wish.BALANCE, "2": Wish.LANGUAGE, "5": Wish.REFERENCE},
        wait_s=visit.services.patience.menu_key_s,
        back=False,
    )


def _follow(visit: Visit, wish: Wish | Way) -> Outcome | None:
    """Do as the caller wishes. None = back in the main menu."""
    match wish:
        case Wish.EMERGENCY:
            visit.ask_about(Topic.EMERGENCY)
            return to_agent(visit, Flow.WELCOME, Choice.EMERGENCY)
        case Wish.BALANCE:
            visit.ask_about(Topic.BALANCE)
            return _after_account(visit, account.tell(visit))
        case Wish.REFERENCE:
            return _after_reference(visit, reference.tell(visit))
        case Wish.LANGUAGE:
            visit.speak(OTHER_LANGUAGE[visit.facts.language])
            visit.note(Flow.WELCOME, Choice.LANGUAGE, Result(visit.facts.language.value))
            return None
        case Way.SILENT:
            # Who has had an answer and is silent has rung off in spirit; nobody else is sent away.
            return _goodbye(visit) if visit.served else to_agent(visit, Flow.WELCOME, Choice.NO_KEY)
        case Way.ASTRAY:
            return to_agent(visit, Flow.WELCOME, Choice.WRONG_KEYS)
        case Way.AGENT | Way.BACK:
            return to_agent(visit, Flow.WELCOME, Choice.AGENT)
        case _:
            assert_never(wish)


def _after_account(visit: Visit, following: Next) -> Outcome | None:
    match following:
        case Next.BACK:
            return None
        case Next.AGENT:
            return to_agent(visit, Flow.BALANCE, Choice.AGENT)
        case Next.LOST:
            return to_agent(visit, Flow.BALANCE, Choice.WRONG_KEYS)
        case Next.SILENT | Next.DONE:
            return _goodbye(visit)
        case Next.UNAVAILABLE:
            return _offer_agent(visit)
        case _:
            assert_never(following)


def _after_reference(visit: Visit, following: Next) -> Outcome | None:
    match following:
        case Next.AGENT:
            return to_agent(visit, Flow.REFERENCE, Choice.AGENT)
        case Next.LOST:
            return to_agent(visit, Flow.REFERENCE, Choice.WRONG_KEYS)
        case Next.SILENT if visit.served:
            return _goodbye(visit)
        case _:
            return None


def _offer_agent(visit: Visit) -> Outcome | None:
    """The records cannot be reached: an agent now, or back to the menu for those who wish."""
    patience = visit.services.patience
    menu: Menu[Wish] = Menu((say("identify.unavailable"),), {}, patience.menu_key_s)
    if choose(visit.channel, menu) is Way.BACK:
        return None
    return to_agent(visit, Flow.BALANCE, Choice.CUSTOMERS)


def _goodbye(visit: Visit) -> SelfServed:
    visit.note(Flow.WELCOME, Choice.NO_KEY, Result.GOODBYE)
    visit.channel.play((say("goodbye"),))
    return SelfServed(visit.facts)
