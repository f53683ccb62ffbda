"""The balance of an account, in words, with the last payment; then what next."""

from collections.abc import Mapping
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import Final, assert_never

from customers.accounts import AccountNumber, Balance
from customers.ports import CustomersUnavailable
from ivr.flows.identify import identify
from ivr.menu import Menu, Way, choose
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.errors import PromptsError
from prompts.phrase import Phrase, say


class After(Enum):
    """What a caller may choose after a balance, besides the common keys."""

    ANOTHER_ACCOUNT = auto()
    DONE = auto()


class Next(Enum):
    """Where the caller wants to go on."""

    BACK = auto()
    AGENT = auto()
    LOST = auto()
    """Not identified, or lost in the menu: an agent too, but nobody asked for one."""
    SILENT = auto()
    """Heard the balance and said nothing more."""
    DONE = auto()
    """Heard the balance and says that no agent is needed."""
    UNAVAILABLE = auto()
    """The customers' records cannot be reached."""


AFTER: Final = ("balance.after", MappingProxyType({"1": After.ANOTHER_ACCOUNT}))
AFTER_WAITING: Final = ("queue.after_balance", MappingProxyType({"1": After.ANOTHER_ACCOUNT, "2": After.DONE}))
"""A caller who waits: silence keeps the place, and only an own key gives it up."""


def tell(visit: Visit, after: tuple[str, Mapping[str, After]] = AFTER) -> Next:
    """Identify the caller and say the balance, of more accounts when asked. Raises CallerHungUp, PromptsError."""
    another = False
    while visit.turn():
        try:
            number = identify(visit, another)
            if isinstance(number, Way):
                return _next(number, silent=Next.LOST)
            balance = visit.channel.meanwhile(partial(visit.services.accounts.balance, number))
        except CustomersUnavailable:
            return _unavailable(visit)
        if balance is None:
            return _unavailable(visit)
        chosen = _say(visit, number, balance, after)
        match chosen:
            case After.ANOTHER_ACCOUNT:
                another = True
            case After.DONE:
                return Next.DONE
            case _:
                return _next(chosen, silent=Next.SILENT)
    visit.note(Flow.BALANCE, Choice.TOO_LONG, Result.TO_AGENT)
    return Next.LOST


def _say(visit: Visit, number: AccountNumber, balance: Balance, after: tuple[str, Mapping[str, After]]) -> After | Way:
    prompt_id, choices = after
    what_next = (say(prompt_id),)
    # Asked once only: who has heard the balance and keeps silent has nothing more to ask.
    menu = Menu(
        (*sentences(number, balance), *what_next),
        choices,
        visit.services.patience.menu_key_s,
        short=what_next,
        prompts=1,
    )
    before = visit.facts, visit.served
    visit.note(Flow.BALANCE, Choice.BALANCE, _result(balance))
    visit.served = True
    try:
        return choose(visit.channel, menu)
    except PromptsError:
        visit.facts, visit.served = before  # it was not heard
        raise


def sentences(number: AccountNumber, balance: Balance) -> tuple[Phrase, ...]:
    """What is said of a balance: debt, overpaid or nothing owed, and the last payment with its day."""
    match _result(balance):
        case Result.DEBT:
            told = say("balance.debt", account=number, amount=balance.amount)
        case Result.OVERPAID:
            told = say("balance.overpaid", account=number, amount=balance.amount)
        case _:
            told = say("balance.zero", account=number)
    if balance.last_payment is None or balance.last_payment_on is None:
        return told, say("balance.no_payments")
    return told, say("balance.last_payment", paid_on=balance.last_payment_on, amount=balance.last_payment)


def _result(balance: Balance) -> Result:
    """Negative = the customer owes."""
    if balance.amount < 0:
        return Result.DEBT
    return Result.OVERPAID if balance.amount > 0 else Result.ZERO


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
