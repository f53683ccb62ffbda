"""The typed filters of the catalogue: what `{amount|money}` makes of a value, in each language.

Every number is spelled here before it reaches a voice: engines read "2 копейки" as «два копейки». A filter takes one
kind of value and says so when it gets another; the value itself never stands in an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from calls.journey import Language
from prompts import places_ru, spelling_en, spelling_ru
from prompts.errors import SpellingError
from prompts.numerals import cardinal_en, cardinal_ru
from prompts.phrase import Value

KEYS = "0123456789*#"
_TAIL_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Filter:
    """`takes` says in words which values it wants; each language has its own function."""

    takes: str
    russian: Callable[[Value], str]
    english: Callable[[Value], str]


def spell(filter_name: str, value: Value, language: Language) -> str:
    """The words for `value`. Raises SpellingError when the filter is unknown or the value is not of its kind."""
    chosen = FILTERS.get(filter_name)
    if chosen is None:
        raise SpellingError(f"No filter {filter_name}. Take one of: {', '.join(sorted(FILTERS))}.")
    return chosen.russian(value) if language is Language.RU else chosen.english(value)


def _whole(function: Callable[[int], str]) -> Callable[[Value], str]:
    def checked(value: Value) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise SpellingError(f"A whole number is wanted, not {type(value).__name__}.")
        return function(value)

    return checked


def _text(function: Callable[[str], str]) -> Callable[[Value], str]:
    def checked(value: Value) -> str:
        if not isinstance(value, str):
            raise SpellingError(f"A text is wanted, not {type(value).__name__}.")
        return function(value)

    return checked


def _date(function: Callable[[date], str]) -> Callable[[Value], str]:
    def checked(value: Value) -> str:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise SpellingError(f"A date without a time is wanted, not {type(value).__name__}.")
        return function(value)

    return checked


def _key(function: Callable[[str], str]) -> Callable[[Value], str]:
    def checked(value: Value) -> str:
        name = str(value)
        if len(name) != 1 or name not in KEYS:
            raise SpellingError("A key of the telephone is wanted: 0 to 9, * or #.")
        return function(name)

    return checked


def _counted(russian: spelling_ru.Noun, english: spelling_en.Noun) -> Filter:
    return Filter(
        "a count",
        _whole(lambda number: spelling_ru.count(number, russian)),
        _whole(lambda number: spelling_en.count(number, english)),
    )


def _time(minute: int) -> time:
    if not 0 <= minute < 24 * 60:
        raise SpellingError("A minute of the day is wanted: 0 to 1439.")
    return time(minute // 60, minute % 60)


def _tail(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")[-_TAIL_DIGITS:]


def _words(text: str) -> str:
    if any(character.isdigit() for character in text):
        raise SpellingError("Words are wanted: spell the numbers in them first.")
    return text


FILTERS: Mapping[str, Filter] = {
    "money": Filter("int kopecks, signed", _whole(spelling_ru.money), _whole(spelling_en.money)),
    "unsigned_money": Filter(
        "int kopecks; the sentence says whose they are, so the sign is left out",
        _whole(lambda kopecks: spelling_ru.money(abs(kopecks))),
        _whole(lambda kopecks: spelling_en.money(abs(kopecks))),
    ),
    "price": Filter("int millionths of a rouble, not below zero", _whole(spelling_ru.price), _whole(spelling_en.price)),
    "number": Filter("a count", _whole(cardinal_ru), _whole(cardinal_en)),
    "attempts": _counted(spelling_ru.ATTEMPT, spelling_en.ATTEMPT),
    "people": _counted(spelling_ru.PERSON, spelling_en.PERSON),
    "seconds": _counted(spelling_ru.SECOND, spelling_en.SECOND),
    "minutes": _counted(spelling_ru.MINUTE, spelling_en.MINUTE),
    "minutes_genitive": Filter(
        "a count, after «до» or «меньше»",
        _whole(spelling_ru.minutes_genitive),
        _whole(lambda number: spelling_en.count(number, spelling_en.MINUTE)),
    ),
    "number_genitive": Filter(
        "a count of minutes, after «от»", _whole(spelling_ru.number_genitive), _whole(cardinal_en)
    ),
    "hours": _counted(spelling_ru.HOUR, spelling_en.HOUR),
    "days": _counted(spelling_ru.DAY, spelling_en.DAY),
    "kilowatt_hours": _counted(spelling_ru.KILOWATT_HOUR, spelling_en.KILOWATT_HOUR),
    "tariffs": Filter("a count of tariff zones", _whole(spelling_ru.tariffs), _whole(spelling_en.tariffs)),
    "position": Filter("a place in the queue", _whole(spelling_ru.position), _whole(spelling_en.position)),
    "date": Filter("a date", _date(spelling_ru.day), _date(spelling_en.day)),
    "month": Filter("a date, of which the month is said", _date(spelling_ru.month), _date(spelling_en.month)),
    "account": Filter("an account number", _text(spelling_ru.digit_pairs), _text(spelling_en.digit_pairs)),
    "account_tail": Filter(
        "an account number, of which the last four digits are said",
        _text(lambda account: spelling_ru.digit_pairs(_tail(account))),
        _text(lambda account: spelling_en.digit_pairs(_tail(account))),
    ),
    "phone": Filter("a telephone number (E.164)", _text(spelling_ru.phone), _text(spelling_en.phone)),
    "digits": Filter("a number said digit by digit", _text(spelling_ru.digits), _text(spelling_en.digits)),
    "clock": Filter(
        'a minute of the day, after «с» or "from"',
        _whole(lambda minute: spelling_ru.clock_genitive(_time(minute))),
        _whole(lambda minute: spelling_en.clock(_time(minute))),
    ),
    "place": Filter(
        "a settlement or a street as in the records, said by a Russian voice only",
        _text(places_ru.place),
        _text(places_ru.place),
    ),
    "words": Filter("words that are fit to be spoken already (prompts.staff_text)", _text(_words), _text(_words)),
    "key": Filter("a key of the telephone", _key(spelling_ru.key), _key(spelling_en.key)),
}
