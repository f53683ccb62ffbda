"""Numbers as words: the one wrapper of num2words, with its traps closed.

num2words 0.5.14 in Russian: a gender also bends the word before "миллион" ("одна миллион"), the year 1999 begins with
"одна тысяча", and `animate` must be False for the accusative of things. In English it puts commas, which a voice reads
as pauses.
"""

from collections.abc import Callable
from enum import StrEnum

from num2words import num2words

from prompts.errors import SpellingError

LARGEST = 10**12 - 1
_words: Callable[..., str] = num2words


class Gender(StrEnum):
    MASCULINE = "m"
    FEMININE = "f"
    NEUTER = "n"


class Case(StrEnum):
    NOMINATIVE = "n"
    GENITIVE = "g"
    ACCUSATIVE = "a"
    DATIVE = "d"
    INSTRUMENTAL = "i"
    PREPOSITIONAL = "p"


def cardinal_ru(number: int, gender: Gender = Gender.MASCULINE, case: Case = Case.NOMINATIVE) -> str:
    """«двадцать одна» for 21, feminine. Raises SpellingError outside 0..LARGEST."""
    _check(number)
    millions, rest = divmod(number, 10**6)
    words = [_russian_cardinal(millions * 10**6, Gender.MASCULINE, case)] if millions else []
    if rest or not millions:
        words.append(_russian_cardinal(rest, gender, case))
    return " ".join(words)


def ordinal_ru(number: int, gender: Gender = Gender.MASCULINE, case: Case = Case.NOMINATIVE) -> str:
    """«двадцать третьего» for 23, neuter, genitive. Raises SpellingError outside 0..LARGEST."""
    _check(number)
    return _words(number, lang="ru", to="ordinal", gender=gender.value, case=case.value)


def year_ru(year: int, case: Case = Case.GENITIVE) -> str:
    """«тысяча девятьсот девяносто девятого» for 1999: as people say it, without «одна»."""
    return ordinal_ru(year, Gender.MASCULINE, case).removeprefix("одна ")


def cardinal_en(number: int) -> str:
    """As in "two thousand one hundred and twenty-one". Raises SpellingError outside 0..LARGEST."""
    _check(number)
    return _words(number, lang="en").replace(",", "")


def ordinal_en(number: int) -> str:
    """As in "twenty-third". Raises SpellingError outside 0..LARGEST."""
    _check(number)
    return _words(number, lang="en", to="ordinal").replace(",", "")


def year_en(year: int) -> str:
    """As in "twenty twenty-six"."""
    _check(year)
    return _words(year, lang="en", to="year")


def _russian_cardinal(number: int, gender: Gender, case: Case) -> str:
    return _words(number, lang="ru", gender=gender.value, case=case.value, animate=False)


def _check(number: int) -> None:
    if not 0 <= number <= LARGEST:
        raise SpellingError(f"A number outside 0..{LARGEST} cannot be spoken. Check where it comes from.")
