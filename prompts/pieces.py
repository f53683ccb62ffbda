"""Sentences from pieces: what is said while the voice is dead or overloaded, from sounds made beforehand.

A sentence with values is cut into its fixed texts and the words of its values. The fixed texts stand in the catalogue;
the words are all that a filter can say, found by letting it spell numbers of every kind. It sounds like a machine, but
the number is right and nobody waits for the voice.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import Final

from calls.journey import Language
from prompts.phrase import Value
from prompts.spelling import KEYS, spell

_WORD = re.compile(r"[^\s,]+")
_EDGES: Final = " .,;:!?…—–-"
_COUNTS: Final = (
    *range(102), *range(100, 1000, 100), *range(1000, 23_000, 1000),
    1_000_000, 2_000_000, 5_000_000, 1_000_000_000, 2_000_000_000, 5_000_000_000,
)  # fmt: skip
"""Every word of a number below a trillion stands in one of these; in English tens and units are one word."""
_PRICES: Final = (
    *(10_000 * kopecks + 1 for kopecks in range(100)),
    *(part * place for part in (*range(1, 100), *range(1, 10_000, 100)) for place in (1, 10, 100, 1000)),
)
"""Parts of a kopeck of every kind, among them those after each count of whole ones."""
_DAYS: Final = tuple(date(2024, 1, 1) + timedelta(days) for days in range(366))
_YEARS: Final = tuple(date(year, 1, 1) for year in range(2000, 2060))
_PAIRS: Final = tuple(f"{pair:02}" for pair in range(100))
_PHONES: Final = tuple(f"+7{100 * n % 1000:03}{n:03}{n:02}00" for n in range(100))
_VALUES: Final[Mapping[str, Iterable[Value]]] = {
    "money": (*(100 * n for n in _COUNTS), *range(100), -100),
    "unsigned_money": (*(100 * n for n in _COUNTS), *range(100)),
    "price": (*(1_000_000 * n for n in _COUNTS), *(10_000 * n for n in range(100)), *_PRICES),
    "date": (*_DAYS, *_YEARS),
    "month": (*_DAYS, *_YEARS),
    "account": _PAIRS,
    "account_tail": _PAIRS,
    "phone": _PHONES,
    "digits": ("+0123456789",),
    "clock": range(24 * 60),
    "key": tuple(KEYS),
    "place": (),
    "tariffs": range(1, 5),
    "position": range(1, 1000),
    "number_genitive": range(1, 61),
    "minutes_genitive": range(1, 61),
    "words": (),
}
"""What each filter has to spell; counts for all others. Names of places are too many: they need the voice."""


def words_of(spelled: str) -> tuple[str, ...]:
    """The words of a spelled value, in order; a comma is no more than the pause between two words."""
    return tuple(_WORD.findall(spelled))


@cache
def vocabulary(filter_name: str, language: Language) -> tuple[str, ...]:
    """All words that a filter can say: money below ten billion roubles, days of the years 2000 to 2059."""
    values = _VALUES.get(filter_name, _COUNTS)
    return tuple(dict.fromkeys(chain.from_iterable(words_of(spell(filter_name, value, language)) for value in values)))


def fixed_text(text: str) -> str:
    """A text between two values as it is said alone: without what closes or opens its neighbours, "" for nothing."""
    return " ".join(text.split()).strip(_EDGES)
