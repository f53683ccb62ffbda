"""What both languages share: kopecks apart from roubles, digits out of a text, digits in groups."""

import re
from collections.abc import Set

from prompts.errors import SpellingError

MOST_DIGITS = 32


def split_money(kopecks: int) -> tuple[int, int]:
    """Roubles and the kopecks left over, of a sum that is not negative."""
    return divmod(kopecks, 100)


def split_price(microroubles: int) -> tuple[int, int, str]:
    """Whole roubles, whole kopecks, and the digits after the point of a kopeck: none, or one to four.

    Raises SpellingError below zero.
    """
    if microroubles < 0:
        raise SpellingError("A price is not below zero. Check where it comes from.")
    kopecks, part = divmod(microroubles, 10_000)
    roubles, rest = split_money(kopecks)
    return roubles, rest, f"{part:04d}".rstrip("0")


def digits_of(text: str) -> str:
    """The ASCII digits of `text`. Raises SpellingError when there are none or more than MOST_DIGITS."""
    digits = "".join(character for character in text if character in "0123456789")
    if not 1 <= len(digits) <= MOST_DIGITS:
        raise SpellingError(f"A number to be read out needs 1 to {MOST_DIGITS} digits. Check where it comes from.")
    return digits


def groups(digits: str, first: int, then: tuple[int, ...]) -> list[str]:
    """`digits` cut into a first group (none when 0), then into groups of the sizes of `then`, its last one repeated."""
    parts = [digits[:first]] if first else []
    rest, turn = digits[first:], 0
    while rest:
        size = then[min(turn, len(then) - 1)]
        parts.append(rest[:size])
        rest, turn = rest[size:], turn + 1
    return parts


def in_place(match: re.Match[str], said: str, shorts: Set[str]) -> str:
    """`said` instead of the match: with a capital where a sentence begins, as its end is told by that.

    `shorts`: words whose full stop ends no sentence, without it.
    """
    before = match.string[: match.start()].rstrip()
    last = re.findall(r"\w+", before[-12:])
    begins = not before or before[-1] in "!?" or (before[-1] == "." and not (last and last[-1].lower() in shorts))
    return said[:1].upper() + said[1:] if begins else said
