"""Russian: numbers of typed texts as words, in the case and gender that the words around them ask for.

Passes go from the most telling form to the least: a telephone number, a date, hours, money, a unit, a bare number. What
is left in digits has no sure reading. The case follows from the word before («до», «через») or from the ending after.
"""

import re
from collections.abc import Callable
from datetime import date, time
from functools import partial
from typing import Final

from prompts import spelling_ru
from prompts.digits import in_place
from prompts.numerals import Case, Gender, cardinal_ru, ordinal_ru, year_ru
from prompts.staff_nouns_ru import HOUR, KILOWATT_HOUR, KOPECK, MINUTE, ROUBLE, UNITS, gender_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GENITIVE: Final = _words(
    "до от с со из без для около более менее больше меньше свыше течение после у позднее раньше ранее "
    "выше ниже порядка позже кроме хватает хватит достаточно"
)
_ACCUSATIVE: Final = _words("в на за через каждую каждый по")
_DATIVE: Final = _words("к ко")
_SMALL: Final = _words(
    "и или а но на в во с со до от по за у к ко из для без не при о об через то же это после перед если"
)
"""Words that begin something new: a number before them counts nothing."""
_MONTHS: Final = "|".join(spelling_ru.MONTHS_GENITIVE)
_YEAR: Final = r"(?:\s+(\d{4})(?:\s*(?:года|г\.))?)?"
_DAYS: Final = {
    "пн": ("понедельник", "понедельника", "понедельник"),
    "вт": ("вторник", "вторника", "вторник"),
    "ср": ("среда", "среды", "среду"),
    "чт": ("четверг", "четверга", "четверг"),
    "пт": ("пятница", "пятницы", "пятницу"),
    "сб": ("суббота", "субботы", "субботу"),
    "вс": ("воскресенье", "воскресенья", "воскресенье"),
}
_DAY: Final = "пн|вт|ср|чт|пт|сб|вс"
_ORDINALS: Final = {
    "й": (Gender.MASCULINE, Case.NOMINATIVE), "я": (Gender.FEMININE, Case.NOMINATIVE),
    "е": (Gender.NEUTER, Case.NOMINATIVE), "го": (Gender.MASCULINE, Case.GENITIVE),
    "му": (Gender.MASCULINE, Case.DATIVE), "м": (Gender.MASCULINE, Case.PREPOSITIONAL),
    "ю": (Gender.FEMININE, Case.ACCUSATIVE),
}  # fmt: skip
_BY_ORDINAL: Final = {
    "число": (Gender.NEUTER, Case.NOMINATIVE), "числа": (Gender.NEUTER, Case.GENITIVE),
    "этаж": (Gender.MASCULINE, Case.NOMINATIVE), "этаже": (Gender.MASCULINE, Case.PREPOSITIONAL),
    "квартале": (Gender.MASCULINE, Case.PREPOSITIONAL),
}  # fmt: skip
"""Nouns whose number is read as their place: «третий этаж»."""
_YEAR_WORDS: Final = {"год": Case.NOMINATIVE, "года": Case.GENITIVE, "году": Case.PREPOSITIONAL}
_SHORT: Final = {
    "и т. д.": "и так далее.", "и т.д.": "и так далее.", "т. е.": "то есть", "т.е.": "то есть",
    "МФЦ": "эм-эф-цэ", "СНТ": "эс-эн-тэ", "ТСЖ": "тэ-эс-жэ", "ИНН": "и-эн-эн", "СНИЛС": "снилс", "УК": "у-ка",
    "ЕГРН": "е-гэ-эр-эн", "ОГРН": "о-гэ-эр-эн", "мкр.": "микрорайон",
    "Тел.": "Телефон", "каб.": "кабинет", "тыс. рублей": "тысяч рублей",
}  # fmt: skip
_NO_END: Final = _words("г ул д кв тел стр корп оф им пер пл наб ш обл пос дер просп каб мкр р н")
_LETTERS: Final = {"а": "а", "б": "бэ", "в": "вэ", "г": "гэ", "д": "дэ", "е": "е"}
_PARTS: Final = {1: ("десятая", "десятых", "десятой"), 2: ("сотая", "сотых", "сотой"),
                 3: ("тысячная", "тысячных", "тысячной")}  # fmt: skip
_LONGEST_COUNT: Final = 5
"""Digits; a longer number without a unit is read in pairs, as an account number is."""


def expand(text: str) -> str:
    """The text with its numbers in words; what has no sure reading keeps its digits. Raises SpellingError."""
    for short, full in _SHORT.items():
        text = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", full, text)
    text = re.sub(r"кВт\s?[*.·⋅×x]?\s?ч(?!\w)", "кВт·ч", text)
    for pattern, reading in _PASSES:
        text = pattern.sub(partial(_read, reading), text)
    return text


def _read(reading: Callable[[re.Match[str]], str], match: re.Match[str]) -> str:
    return in_place(match, reading(match), _NO_END)


def _before(match: re.Match[str]) -> str:
    """The word before the match, in small letters."""
    words = re.findall(r"[\w-]+", match.string[: match.start()][-40:])
    glued = match.string[: match.start()].rstrip()[-1:]
    return "" if not words or glued in {".", ";", ":", "!", "?", ","} else words[-1].lower()


def _after(match: re.Match[str]) -> list[str]:
    """The words that follow in the same part of the sentence."""
    part = re.split(r"[.,;:!?()«»/]|\s[—-]\s", match.string[match.end() :], maxsplit=1)[0]
    return re.findall(r"[\w-]+", part)[:4]


def _case(match: re.Match[str], following: list[str] | None = None) -> Case:
    before = _before(match)
    if following and len(following[0]) > 3 and following[0].lower() not in _SMALL:
        for ending, case in (("ами", Case.INSTRUMENTAL), ("ями", Case.INSTRUMENTAL), ("ах", Case.PREPOSITIONAL),
                             ("ях", Case.PREPOSITIONAL), ("ам", Case.DATIVE), ("ям", Case.DATIVE)):  # fmt: skip
            if following[0].endswith(ending):
                return case
    if before in _GENITIVE:
        return Case.GENITIVE
    if before in _DATIVE:
        return Case.DATIVE
    return Case.ACCUSATIVE if before in _ACCUSATIVE else Case.NOMINATIVE


def _phone(match: re.Match[str]) -> str:
    return spelling_ru.phone(match.group())


def _date(match: re.Match[str]) -> str:
    try:
        return spelling_ru.day(date(int(match[3]), int(match[2]), int(match[1])))
    except ValueError:
        return match.group()


def _days_of_month(match: re.Match[str]) -> str:
    """«с 15 по 25 число», «с 1 по 10 июля»."""
    first, last, what = int(match[1]), int(match[2]), match[3]
    if not (1 <= first <= 31 and 1 <= last <= 31):
        return match.group()
    begin, end = (ordinal_ru(first, Gender.NEUTER, Case.GENITIVE), ordinal_ru(last, Gender.NEUTER, Case.NOMINATIVE))
    return f"{_like(match.group(), 'с')} {begin} по {end} {'число' if what.startswith('числ') else what}"


def _day_of_month(match: re.Match[str]) -> str:
    if not 1 <= int(match[1]) <= 31:
        return match.group()
    case = Case.NOMINATIVE if _before(match) == "по" else Case.GENITIVE
    year = f" {year_ru(int(match[3]))} года" if match[3] else ""
    return f"{ordinal_ru(int(match[1]), Gender.NEUTER, case)} {match[2]}{year}"


def _year(match: re.Match[str]) -> str:
    word = {"г.": "года", "г": "года"}.get(match[2], match[2])
    return f"{year_ru(int(match[1]), _YEAR_WORDS[word])} {word}"


def _span(match: re.Match[str]) -> str:
    begin, end = _time(match[1], match[2]), _time(match[3], match[4])
    if begin is None or end is None:
        return match.group()
    return f"{_like(match.group(), 'с')} {_clock(*begin, Case.GENITIVE)} до {_clock(*end, Case.GENITIVE)}"


def _moment(match: re.Match[str]) -> str:
    moment, case = _time(match[1], match[2]), _case(match)
    said = _clock(*moment, case) if moment else None
    return said or match.group()


def _time(hour: str, minute: str) -> tuple[int, int] | None:
    """24:00 is the end of a day."""
    told = int(hour), int(minute)
    return told if (told[0] < 24 and told[1] < 60) or told == (24, 0) else None


def _clock(hour: int, minute: int, case: Case) -> str | None:
    if case is Case.GENITIVE and hour < 24:
        return spelling_ru.clock_genitive(time(hour, minute))
    hours, minutes = HOUR.counted(hour, case), MINUTE.counted(minute, case)
    return hours if not minute else f"{hours} {minutes}" if hours else None


def _weekdays(match: re.Match[str]) -> str:
    begin, end = _DAYS[match[1].lower()][1], _DAYS[match[2].lower()][2]
    return f"{'со' if begin == 'вторника' else 'с'} {begin} по {end}"


def _weekday(match: re.Match[str]) -> str:
    nominative, genitive, accusative = _DAYS[match[1].lower()]
    before = _before(match)
    said = genitive if before in _GENITIVE else accusative if before in _ACCUSATIVE else nominative
    return said.capitalize() if match[1][0].isupper() else said


def _money(match: re.Match[str]) -> str:
    roubles, rest, case = int(re.sub(r"\s", "", match[1])), match[2], _case(match)
    said = [ROUBLE.counted(roubles, case)]
    if rest and int(rest):
        said.append(KOPECK.counted(int(rest.ljust(2, "0")), case))
    each = f" за {KILOWATT_HOUR.one}" if match[4] else ""
    return match.group() if None in said else " ".join(filter(None, said)) + each + _stop(match, match[3])


def _ordinal(match: re.Match[str]) -> str:
    return ordinal_ru(int(match[1]), *_ORDINALS[match[2]])


def _place(match: re.Match[str]) -> str:
    return f"{ordinal_ru(int(match[1]), *_BY_ORDINAL[match[2]])} {match[2]}"


def _range(match: re.Match[str]) -> str:
    """«5-10 дней»."""
    following = _after(match)
    if not following or match[1].startswith("0"):
        return match.group()
    gender = gender_of(following) or Gender.MASCULINE
    least, most = (cardinal_ru(int(number), gender, Case.GENITIVE) for number in match.groups())
    return f"от {least} до {most}"


def _fraction(match: re.Match[str]) -> str:
    whole, digits, unit = int(match[1]), match[2], match[3]
    case, part = _case(match), int(match[2])
    if case not in {Case.NOMINATIVE, Case.ACCUSATIVE, Case.GENITIVE} or len(digits) not in _PARTS:
        return match.group()
    one, many, one_genitive = _PARTS[len(digits)]
    genitive = case is Case.GENITIVE
    said = [
        cardinal_ru(whole, Gender.FEMININE, case),
        ("целой" if genitive else "целая" if case is Case.NOMINATIVE else "целую") if _one(whole) else "целых",
        cardinal_ru(part, Gender.FEMININE, case),
        (one_genitive if genitive else one if case is Case.NOMINATIVE else one[:-2] + "ую") if _one(part) else many,
    ]
    if unit:
        said.append(UNITS[unit].one_genitive)
    return " ".join(said) + _stop(match, unit)


def _measured(match: re.Match[str]) -> str:
    said = UNITS[match[2]].counted(int(match[1]), _case(match))
    return match.group() if said is None else said + _stop(match, match[2])


def _house(match: re.Match[str]) -> str:
    letter = f" {_LETTERS[match[3].lower()]}" if match[3] else ""
    over = f" дробь {cardinal_ru(int(match[2]))}" if match[2] else ""
    return f"{cardinal_ru(int(match[1]))}{over}{letter}"


def _bare(match: re.Match[str]) -> str:
    digits, following = match.group(), _after(match)
    if len(digits) > _LONGEST_COUNT or (digits.startswith("0") and len(digits) > 1):
        return spelling_ru.digit_pairs(digits)
    if following and (following[0].lower() in _SMALL or following[0][0].isupper() or following[0][0].isdigit()):
        following = []
    number, case = int(digits), _case(match, following)
    gender = gender_of(following) if following else Gender.MASCULINE
    if case is Case.DATIVE and not following:
        return digits
    if gender is None:
        if number % 10 in {1, 2} and number % 100 not in {11, 12}:
            return digits  # одна, один or одно: only who typed it knows
        gender = Gender.MASCULINE
    return cardinal_ru(number, gender, case)


def _one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def _like(typed: str, word: str) -> str:
    """The word with a capital when what was typed had one: a new sentence is told by it."""
    return word.capitalize() if typed[:1].isupper() else word


def _stop(match: re.Match[str], short: str | None) -> str:
    """A full stop that ended an abbreviation and the sentence alike."""
    ends_sentence = re.match(r"\s*$|\s+[А-ЯЁA-Z]", match.string[match.end() :])
    return "." if short and short.endswith(".") and ends_sentence else ""


_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_CLOCK: Final = r"(\d{1,2})[:.](\d{2})"
_PASSES: Final = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (r"(?<![\w+])(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d|-\d)", _phone),
        (r"(?<![\w-])\d{1,3}-\d{2}-\d{2}(?![\w-])", _phone),
        (r"(?<![\w.])(\d{1,2})\.(\d{2})\.(\d{4})(?:\s*(?:года|г\.))?(?!\w)", _date),
        (rf"(?<!\w)[Сс]\s+(\d{{1,2}})\s+по\s+(\d{{1,2}})\s+(числ[оа]|{_MONTHS})(?!\w)", _days_of_month),
        (rf"(?<!\w)(\d{{1,2}})\s+({_MONTHS})(?!\w){_YEAR}", _day_of_month),
        (r"(?<!\w)((?:19|20)\d{2})\s*(года|году|год|г\.)(?!\w)", _year),
        (rf"(?:(?<!\w)[Сс]\s+)?(?<![\w.:]){_CLOCK}\s*(?:-|до)\s*{_CLOCK}(?![\w:])", _span),
        (r"(?<![\w.:])(\d{1,2}):(\d{2})(?![\w:])", _moment),
        (rf"(?i:(?:(?<!\w)с\s+)?(?<!\w)({_DAY})\.?\s*(?:[-—]|\sпо\s)\s*({_DAY})(?!\w))", _weekdays),
        (rf"(?i:(?<!\w)({_DAY})(?!\w))", _weekday),
        (r"(?<![\w,.])(\d{1,3}(?:\s\d{3})+|\d+)(?:[,.](\d{1,2}))?\s*(рубл(?:ь|я|ей)(?!\w)|руб\.?(?!\w)|р\.|₽)"
         r"(?:\s*(/)\s*кВт·ч(?!\w))?", _money),
        (r"(?<=\d)\s(?=\d{3}(?!\d))", lambda _: ""),
        (r"№\s*(?=\d)", lambda _: "номер "),
        (r"(?<!\w)(\d{1,4})-(й|я|е|го|му|м|ю)(?!\w)", _ordinal),
        (rf"(?<!\w)(\d{{1,3}})\s+({'|'.join(sorted(_BY_ORDINAL, key=len, reverse=True))})(?!\w)", _place),
        (rf"(?<![\w.,])(\d+),(\d{{1,3}})(?:\s*({_UNIT}))?(?![\w,])", _fraction),
        (rf"(?<![\w.,-])(\d{{1,6}})\s*({_UNIT})(?!\w)", _measured),
        (r"(?<![\w.,-])(\d{1,4})-(\d{1,4})(?![\w-])", _range),
        (r"(?:(?<=дом )|(?<=д\. )|(?<=д\.))(\d{1,4})(?:/(\d{1,3}))?(?:\s?([а-еА-Е])(?!\w))?(?![\w/])", _house),
        (r"(?<![\w.,/:-])\d{1,20}(?![\w/]|-\w|[.,:]\d)", _bare),
    )
)  # fmt: skip
