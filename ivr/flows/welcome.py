"""The welcome and the main menu: danger to life first, then balance, outages, language, reference, reports, an agent.

Rules
- Only a fresh call is greeted. An outage that concerns the caller is told right after that, unasked.
- Danger to life is the first thing said in every menu and one key away, also while an outage is told.
- Whoever has heard of an outage that goes on is offered to be told of its end, by two keys of this menu.
- What most callers want just now is offered first, then what this caller wanted last; the keys stay the same.
- Who presses no key at all gets an agent after the second prompt: perhaps the telephone has no keys.
- Without the customers' records or the voice the caller is told so and gets an agent.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, assert_never

from calls.journey import Language
from customers.ports import CustomersUnavailable
from customers.watches import WatchWay
from ivr.flows import account, appeal, habits, outage, reference, watch
from ivr.flows.account import Next
from ivr.flows.agent import keep_place, to_agent
from ivr.menu import STOP_KEYS, Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.outcome import Outcome, SelfServed
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result, Topic
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class Wish(StrEnum):
    """The words are those that a habit keeps."""

    EMERGENCY = "emergency"
    BALANCE = "balance"
    LANGUAGE = "language"
    OUTAGE = "outage"
    REFERENCE = "reference"
    APPEAL = "appeal"


ORDER: Final = {
    Wish.BALANCE: "menu.account",
    Wish.OUTAGE: "menu.outage",
    Wish.REFERENCE: "menu.reference",
    Wish.APPEAL: "menu.appeal",
}
"""What is offered between danger to life and the agent, in the usual order."""


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
    looking = outage.look_ahead(visit)
    habits.recall(visit)
    key = visit.channel.play((say("welcome"),), STOP_KEYS)
    outage.learn(visit, looking)
    while visit.turn():
        key = key or outage.tell_unasked(visit, STOP_KEYS)
        wish = offer(visit, MenuName.MAIN, _main_menu(visit), key=key)
        key = ""
        if isinstance(wish, WatchWay):
            key = visit.channel.play(watch.take(visit, wish), STOP_KEYS)
            continue
        if isinstance(wish, Wish):
            habits.note(visit, wish.value)
        outcome = _follow(visit, wish)
        if outcome is not None:
            return outcome
    return to_agent(visit, Flow.WELCOME, Choice.TOO_LONG)


def _main_menu(visit: Visit) -> Menu[Wish | WatchWay]:
    return Menu(
        prompt=(
            say("menu.danger"),
            *watch.offer(visit),
            *(say(ORDER[wish]) for wish in habits.in_order(visit, ORDER)),
            say("menu.main"),
            say("menu.language"),
        ),
        choices={
            "3": Wish.EMERGENCY,
            "1": Wish.BALANCE,
            "2": Wish.LANGUAGE,
            "4": Wish.OUTAGE,
            "5": Wish.REFERENCE,
            "6": Wish.APPEAL,
            **watch.choices(visit),
        },
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
            habits.spoke(visit)
            visit.told_outages = frozenset()  # once more, in the words that the caller understands
            return None
        case Wish.OUTAGE:
            visit.ask_about(Topic.OUTAGE)
            return _after_question(visit, Flow.OUTAGE, outage.ask, say("outage.unavailable"))
        case Wish.APPEAL:
            visit.ask_about(Topic.APPEAL)
            return _after_question(visit, Flow.APPEAL, appeal.ask, say("appeal.unavailable"))
        case Way.SILENT:
            # Who has had an answer and is silent has rung off in spirit; nobody else is sent away.
            return _goodbye(visit) if visit.answered else to_agent(visit, Flow.WELCOME, Choice.NO_KEY)
        case Way.ASTRAY:
            return to_agent(visit, Flow.WELCOME, Choice.WRONG_KEYS)
        case Way.AGENT | Way.BACK:
            outage.tell_unasked(visit, STOP_KEYS)
            return to_agent(visit, Flow.WELCOME, Choice.AGENT)
        case _:
            assert_never(wish)


def _after_question(visit: Visit, flow: Flow, ask: Callable[[Visit], Way], unavailable: Phrase) -> Outcome | None:
    """What follows from a question that needs the records and no account. None = back in the main menu."""
    try:
        way = ask(visit)
    except CustomersUnavailable:
        visit.note(flow, Choice.CUSTOMERS, Result.UNAVAILABLE)
        return _offer_agent(visit, flow, unavailable)
    match way:
        case Way.BACK:
            return None
        case Way.AGENT:
            return to_agent(visit, flow, Choice.AGENT)
        case Way.SILENT if visit.answered:
            return _goodbye(visit)
        case _:
            return to_agent(visit, flow, Choice.WRONG_KEYS)


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
            return _offer_agent(visit, Flow.BALANCE, say("identify.unavailable"))
        case _:
            assert_never(following)


def _after_reference(visit: Visit, following: Next) -> Outcome | None:
    match following:
        case Next.AGENT:
            return to_agent(visit, Flow.REFERENCE, Choice.AGENT)
        case Next.LOST:
            return to_agent(visit, Flow.REFERENCE, Choice.WRONG_KEYS)
        case Next.SILENT if visit.answered:
            return _goodbye(visit)
        case _:
            return None


def _offer_agent(visit: Visit, flow: Flow, sentence: Phrase) -> Outcome | None:
    """The records cannot be reached: an agent now, or back to the menu for those who wish."""
    patience = visit.services.patience
    menu: Menu[Wish] = Menu((sentence,), {}, patience.menu_key_s)
    if offer(visit, MenuName.AWAY, menu) is Way.BACK:
        return None
    return to_agent(visit, flow, Choice.CUSTOMERS)


def _goodbye(visit: Visit) -> SelfServed:
    visit.note(Flow.WELCOME, Choice.NO_KEY, Result.GOODBYE)
    visit.channel.play((say("goodbye"),))
    return SelfServed(visit.facts)
