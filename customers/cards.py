"""Bank cards. What a caller keyed lives in one object that shows nothing and refuses to be copied, pickled or encoded.

Card number, expiry and CVV exist from the key press to the gateway's call and nowhere else (PCI DSS 3.3). What may be
kept of a card is the gateway's token for it, the last four digits and the month it ends.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NewType, NoReturn

SHORTEST_NUMBER: Final = 13
LONGEST_NUMBER: Final = 19
"""Digits of a card number (ISO/IEC 7812-1)."""
EXPIRY_DIGITS: Final = 4
CVV_DIGITS: Final = 3
_TAIL_DIGITS: Final = 4

CardToken = NewType("CardToken", str)
"""What the gateway calls a stored card; with our shop's key it charges that card, without it nothing."""

_NUMBER = re.compile(r"[0-9]{13,19}")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])([0-9]{2})")
_CVV = re.compile(r"[0-9]{3}")


@dataclass(frozen=True, slots=True, order=True)
class CardMonth:
    """The last month in which a card pays."""

    year: int
    month: int

    def over(self, today: date) -> bool:
        return (today.year, today.month) > (self.year, self.month)


def is_card_number(text: str) -> bool:
    """Whether the length and the check digit are right (Luhn, ISO/IEC 7812-1 annex B)."""
    if _NUMBER.fullmatch(text) is None:
        return False
    total = 0
    for place, character in enumerate(reversed(text)):
        digit = int(character) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def card_month(text: str) -> CardMonth | None:
    """The month as it is printed on a card, keyed as four digits: 0728 is July 2028. None for anything else."""
    found = _EXPIRY.fullmatch(text)
    return None if found is None else CardMonth(2000 + int(found[2]), int(found[1]))


def is_cvv(text: str) -> bool:
    return _CVV.fullmatch(text) is not None


class Card:
    """One keyed card. Not a dataclass on purpose: nothing generic can print, compare, copy or encode it.

    Raises ValueError, without what was keyed, for a number or a CVV that is none.
    """

    __slots__ = ("_cvv", "_number", "expires")

    def __init__(self, number: str, expires: CardMonth, cvv: str) -> None:
        if not is_card_number(number):
            raise ValueError("This is no card number. Check it with is_card_number first.")
        if not is_cvv(cvv):
            raise ValueError("This is no CVV. Check it with is_cvv first.")
        self._number = number
        self._cvv = cvv
        self.expires: Final = expires

    def number(self) -> str:
        """For the gateway's request only."""
        return self._number

    def cvv(self) -> str:
        """For the gateway's request only."""
        return self._cvv

    @property
    def tail(self) -> str:
        """The last four digits, which may be kept and said."""
        return self._number[-_TAIL_DIGITS:]

    def __repr__(self) -> str:
        return "<a card>"

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("A card is never copied or pickled. Hand over the one that was keyed.")


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that its owner let us remember."""

    token: CardToken = field(repr=False)
    tail: str
    expires: CardMonth
