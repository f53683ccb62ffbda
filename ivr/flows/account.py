"""What a caller may hear of an account: the balance first, then whatever else is asked, of more accounts when asked."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import Final, assert_never

from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable
from ivr.answers import Answer
from ivr.flows import balance, meters, pay, payments
from ivr.flows.identify import identify
from ivr.menu import OWN_KEYS, Menu, Way, choose
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class After(Enum):
    """What a caller may choose after an answer, besides the common keys."""

    ANOTHER_ACCOUNT = auto()
    PAYMENTS = auto()
    METERS = auto()
    PAY = auto()
    DONE = auto()


class Next(Enum):
    """Where the caller wants to go on."""

    BACK = auto()
    AGENT = auto()
    LOST = auto()
    """Not identified, or lost in the menu: an agent too, but nobody asked for one."""
    SILENT = auto()
    """Heard an answer and said nothing more."""
    DONE = auto()
    """Heard an answer and says that no agent is needed."""
    UNAVAILABLE = auto()
    """The customers' records cannot be reached."""


_CHOICES: Final = {"1": After.ANOTHER_ACCOUNT, "2": After.PAYMENTS, "3": After.METERS}
AFTER: Final = ("account.after", MappingProxyType(_CHOICES))
AFTER_WAITING: Final = ("queue.after_account", MappingProxyType(_CHOICES | {"4": After.DONE}))
"""A caller who waits: silence keeps the place, and only an own key gives it up."""

Question = Callable[[Visit, AccountNumber], Answer | None]
"""None: there is no such account any more."""


def tell(visit: Visit, after: tuple[str, Mapping[str, After]] = AFTER) -> Next:
    """Identify the caller, say the balance and answer what is asked then. Raises CallerHungUp, PromptsError."""
    number: AccountNumber | None = None
    question: Question = balance.answer
    another = False
    while visit.turn():
        try:
            if number is None:
                found = identify(visit, another)
                if isinstance(found, Way):
                    return _next(found, silent=Next.LOST)
                number = found
            answer = visit.channel.meanwhile(partial(question, visit, number))
        except CustomersUnavailable:
            return _unavailable(visit)
        if answer is None:
            return _unavailable(visit)
        chosen = _say(visit, answer, after)
        match chosen:
            case After.ANOTHER_ACCOUNT:
                number, question, another = None, balance.answer, True
            case After.PAYMENTS:
                question = payments.answer
            case After.METERS:
                question = meters.answer
            case After.PAY:
                paid = _pay(visit, number)
                if isinstance(paid, Next):
                    return paid
                question = paid
            case After.DONE:
                return Next.DONE
            case _:
                return _next(chosen, silent=Next.SILENT)
    visit.note(Flow.BALANCE, Choice.TOO_LONG, Result.TO_AGENT)
    return Next.LOST


def _pay(visit: Visit, number: AccountNumber) -> Question | Next:
    """What became of a payment, as an answer that is told like any other."""
    till = visit.services.till
    try:
        paid = None if till is None else pay.pay(visit, till, number)
    except CustomersUnavailable:
        return _unavailable(visit)
    if isinstance(paid, Way):
        return _next(paid, silent=Next.LOST)
    return lambda _visit, _number: paid


def _say(visit: Visit, answer: Answer, after: tuple[str, Mapping[str, After]]) -> After | Way:
    prompt_id, choices = after
    what_next: tuple[Phrase, ...] = (say(prompt_id),)
    if visit.services.till is not None:
        key = next(key for key in OWN_KEYS if key not in choices)
        choices = {**choices, key: After.PAY}
        what_next = (say("pay.offer", key=int(key)), *what_next)
    # Asked once only: who has heard the answer and keeps silent has nothing more to ask.
    menu = Menu(
        (*answer.phrases, *what_next),
        choices,
        visit.services.patience.menu_key_s,
        short=what_next,
        prompts=1,
    )
    before = visit.facts, visit.served
    visit.note(answer.flow, answer.choice, answer.result)
    visit.served = True
    try:
        return choose(visit.channel, menu)
    except PromptsError:
        visit.facts, visit.served = before  # it was not heard
        raise


def _unavailable(visit: Visit) -> Next:
    visit.note(Flow.BALANCE, Choice.CUSTOMERS, Result.UNAVAILABLE)
    return Next.UNAVAILABLE


def _next(way: Way, silent: Next) -> Next:
    match way:
        case Way.AGENT:
            return Next.AGENT
        case Way.BACK:
            return Next.BACK
        case Way.SILENT:
            return silent
        case Way.ASTRAY:
            return Next.LOST
        case _:
            assert_never(way)
