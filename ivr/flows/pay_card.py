"""The card that a caller keys: number, month, CVV. What is keyed ends in a Card and stands nowhere else.

To be asked for inside `undisturbed` only. Each part has three tries; a number is checked by its check digit, a month by
the calendar, before anything is sent to anybody.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Final, TypeVar

from calls.paying import PayStep
from customers.cards import (
    CVV_DIGITS,
    EXPIRY_DIGITS,
    LONGEST_NUMBER,
    SHORTEST_NUMBER,
    Card,
    CardMonth,
    card_month,
    is_card_number,
    is_cvv,
)
from ivr.entry import Entry, enter
from ivr.menu import Way
from ivr.visit import Visit
from prompts.phrase import Phrase, say

TRIES: Final = 3
T = TypeVar("T")


def key_card(visit: Visit, today: date) -> Card | Way:
    """Raises CallerHungUp, PromptsError. Ways: AGENT, SILENT, ASTRAY (three wrong tries of one part)."""
    number = _part(
        visit,
        say("pay.card_number"),
        (SHORTEST_NUMBER, LONGEST_NUMBER),
        _number,
        say("pay.card_wrong"),
        PayStep.CARD_NUMBER,
    )
    if isinstance(number, Way):
        return number
    month = _part(
        visit,
        say("pay.card_month"),
        (EXPIRY_DIGITS, EXPIRY_DIGITS),
        lambda keyed: _month(keyed, today),
        say("pay.card_month_wrong"),
        PayStep.CARD_MONTH,
    )
    if isinstance(month, Way):
        return month
    cvv = _part(visit, say("pay.card_cvv"), (CVV_DIGITS, CVV_DIGITS), _cvv, say("pay.card_cvv_wrong"), PayStep.CARD_CVV)
    return cvv if isinstance(cvv, Way) else Card(number, month, cvv)


@contextmanager
def undisturbed(visit: Visit) -> Iterator[None]:
    """Inside, an agent's answer does not take the caller: nobody hears the keys of a card, no payment is cut.

    The agent whom the caller comes from may take the caller back until the bank is asked.
    """
    visit.channel.protect(not visit.out_of_talk)
    try:
        yield
    finally:
        visit.channel.protect(False)


def _part(
    visit: Visit, prompt: Phrase, length: tuple[int, int], read: Callable[[str], T | None], wrong: Phrase, step: PayStep
) -> T | Way:
    hint: tuple[Phrase, ...] = ()
    for _ in range(TRIES):
        visit.payment_watch.step(step)
        entry = Entry((*hint, prompt), *length, visit.services.patience, heard=partial(visit.payment_watch.step, step))
        keyed = enter(visit.channel, entry)
        if isinstance(keyed, Way):
            return keyed
        value = read(keyed.digits)
        if value is not None:
            return value
        hint = (wrong,)
    return Way.ASTRAY


def _number(keyed: str) -> str | None:
    return keyed if is_card_number(keyed) else None


def _month(keyed: str, today: date) -> CardMonth | None:
    month = card_month(keyed)
    return None if month is None or month.over(today) else month


def _cvv(keyed: str) -> str | None:
    return keyed if is_cvv(keyed) else None
