"""What a caller may hear of an account: the balance first, then whatever else is asked, of more accounts when asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import Final, assert_never

from customers.accounts import AccountNumber
from customers.ports import CustomersUnavailable, PinChoice
from ivr.answers import Answer
from ivr.flows import balance, charges, hand_in, meters, outage, pay, payments, pin, tariff
from ivr.flows.identify import identify, prove
from ivr.menu import OWN_KEYS, Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class After(Enum):
    """What a caller may choose after an answer, besides the common keys."""

    HAND_IN = auto()
    DETAILS = auto()
    PAY = auto()
    ANOTHER_ACCOUNT = auto()
    DONE = auto()


class _Details(Enum):
    PAYMENTS = auto()
    METERS = auto()
    NEW_PIN = auto()
    CHARGES = auto()
    TARIFF = auto()


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


_CHOICES: Final = {"1": After.HAND_IN, "2": After.DETAILS, "3": After.ANOTHER_ACCOUNT}
AFTER: Final = ("account.after", MappingProxyType(_CHOICES))
AFTER_WAITING: Final = ("queue.after_account", MappingProxyType(_CHOICES | {"5": After.DONE}))
"""A caller who waits: silence keeps the place, and only an own key gives it up."""

Question = Callable[[Visit, AccountNumber], Answer | Way | None]
"""None: there is no such account any more. A Way: how the caller left the question without an answer."""


def tell(visit: Visit, after: tuple[str, Mapping[str, After]] = AFTER) -> Next:
    """Identify the caller, say the balance and answer what is asked then. Raises CallerHungUp, PromptsError."""
    number: AccountNumber | None = None
    question: Question = _balance
    another = False
    news: tuple[Phrase, ...] = ()
    while visit.turn():
        try:
            if number is None:
                found = identify(visit, another)
                if isinstance(found, Way):
                    return _next(found, silent=Next.LOST)
                number = found
                news = outage.of_account(visit, number)
            answer = question(visit, number)
        except CustomersUnavailable:
            return _unavailable(visit)
        if answer is None:
            return _unavailable(visit)
        if isinstance(answer, Way):
            return _next(answer, silent=Next.LOST)
        chosen = _say_or_plain(visit, answer, news, after)
        news = ()
        match chosen:
            case After.ANOTHER_ACCOUNT:
                number, question, another = None, _balance, True
            case After.HAND_IN:
                question = hand_in.hand_in
            case After.DETAILS:
                question = _details
            case After.PAY:
                question = _pay
            case After.DONE:
                return Next.DONE
            case _:
                return _next(chosen, silent=Next.SILENT)
    visit.note(Flow.BALANCE, Choice.TOO_LONG, Result.TO_AGENT)
    return Next.LOST


def _pay(visit: Visit, number: AccountNumber) -> Answer | Way | None:
    """What became of a payment, as an answer that is told like any other."""
    till = visit.services.till
    return None if till is None else pay.pay(visit, till, number)


def _say_or_plain(
    visit: Visit, answer: Answer, news: tuple[Phrase, ...], after: tuple[str, Mapping[str, After]]
) -> After | Way:
    try:
        return _say(visit, replace(answer, phrases=(*news, *answer.phrases)), after)
    except PromptsError:
        if not answer.plain:
            raise
    return _say(visit, replace(answer, phrases=(*news, *answer.plain)), after)


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
    with visit.telling(answer.flow, answer.choice, answer.result):
        return offer(visit, MenuName.AFTER_ANSWER, menu)


def _details(visit: Visit, number: AccountNumber) -> Answer | Way | None:
    """Payments, meters, a new PIN, the month's charges or the tariff, as the caller chooses."""
    choices = {
        "1": _Details.PAYMENTS,
        "2": _Details.METERS,
        "3": _Details.NEW_PIN,
        "4": _Details.CHARGES,
        "5": _Details.TARIFF,
    }
    menu = Menu((say("account.details"),), choices, visit.services.patience.menu_key_s)
    chosen = offer(visit, MenuName.DETAILS, menu)
    match chosen:
        case _Details.PAYMENTS:
            return visit.channel.meanwhile(partial(payments.answer, visit, number))
        case _Details.METERS:
            return visit.channel.meanwhile(partial(meters.answer, visit, number))
        case _Details.NEW_PIN:
            return _new_pin(visit, number)
        case _Details.CHARGES:
            return visit.channel.meanwhile(partial(charges.answer, visit, number))
        case _Details.TARIFF:
            return visit.channel.meanwhile(partial(tariff.answer, visit, number))
        case Way.BACK:
            return _balance(visit, number)
        case Way():
            return chosen
        case _:
            assert_never(chosen)


def _new_pin(visit: Visit, number: AccountNumber) -> Answer | Way:
    """A known number alone changes no PIN: it can be forged."""
    proven = prove(visit, number)
    return proven if isinstance(proven, Way) else pin.choose(visit, number, PinChoice.CHANGED)


def _balance(visit: Visit, number: AccountNumber) -> Answer | None:
    return visit.channel.meanwhile(partial(balance.answer, visit, number))


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
