"""English: numbers of typed texts as words, in passes as in staff_text_ru. What is left in digits has no reading."""

import re
from collections.abc import Callable
from datetime import date, time
from functools import partial
from typing import Final

from prompts import spelling_en
from prompts.digits import in_place
from prompts.numerals import cardinal_en, ordinal_en, year_en

_MONTHS: Final = "|".join(spelling_en.MONTHS)
_DAYS: Final = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
                "sat": "Saturday", "sun": "Sunday"}  # fmt: skip
_DAY: Final = "mon|tue|wed|thu|fri|sat|sun"
_UNITS: Final = {
    "kWh": spelling_en.KILOWATT_HOUR,
    "kW": spelling_en.Noun("kilowatt", "kilowatts"),
    "kV": spelling_en.Noun("kilovolt", "kilovolts"),
    "V": spelling_en.Noun("volt", "volts"),
    "A": spelling_en.Noun("ampere", "amperes"),
    "km": spelling_en.Noun("kilometre", "kilometres"),
    "m": spelling_en.Noun("metre", "metres"),
    "%": spelling_en.Noun("per cent", "per cent"),
    "min": spelling_en.MINUTE,
    "h": spelling_en.HOUR,
}
_SHORT: Final = {"e.g.": "for example", "i.e.": "that is", "etc.": "and so on.", "No.": "number", "Nos.": "numbers"}
_NO_END: Final = frozenset({"st", "no", "ave", "rd"})
_LONGEST_COUNT: Final = 5


def expand(text: str) -> str:
    """The text with its numbers in words; what has no sure reading keeps its digits. Raises SpellingError."""
    for short, full in _SHORT.items():
        text = re.sub(rf"(?<!\w){re.escape(short)}(?=\W|$)", full, text)
    for pattern, reading in _PASSES:
        text = pattern.sub(partial(_read, reading), text)
    return text


def _read(reading: Callable[[re.Match[str]], str], match: re.Match[str]) -> str:
    return in_place(match, reading(match), _NO_END)


def _phone(match: re.Match[str]) -> str:
    return spelling_en.phone(match.group())


def _date(match: re.Match[str]) -> str:
    try:
        return spelling_en.day(date(int(match[3]), int(match[2]), int(match[1])))
    except ValueError:
        return match.group()


def _day_of_month(match: re.Match[str]) -> str:
    """As in "1 July 2026"."""
    if not 1 <= int(match[1]) <= 31:
        return match.group()
    year = f", {year_en(int(match[3]))}" if match[3] else ""
    return f"the {ordinal_en(int(match[1]))} of {match[2]}{year}"


def _month_and_day(match: re.Match[str]) -> str:
    """As in "July 1, 2026"."""
    if not 1 <= int(match[2]) <= 31:
        return match.group()
    year = f", {year_en(int(match[3]))}" if match[3] else ""
    return f"the {ordinal_en(int(match[2]))} of {match[1]}{year}"


def _span(match: re.Match[str]) -> str:
    begin, end = _time(match[1], match[2]), _time(match[3], match[4])
    if begin is None or end is None:
        return match.group()
    return spelling_en.time_span(begin, end)


def _moment(match: re.Match[str]) -> str:
    moment = _time(match[1], match[2])
    return spelling_en.clock(moment) if moment else match.group()


def _time(hour: str, minute: str) -> time | None:
    return time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None


def _weekdays(match: re.Match[str]) -> str:
    return f"from {_DAYS[match[1].lower()]} to {_DAYS[match[2].lower()]}"


def _weekday(match: re.Match[str]) -> str:
    return _DAYS[match[1].lower()]


def _money(match: re.Match[str]) -> str:
    amount, kopecks = match["sum"].replace(",", ""), match["rest"] or ""
    said = spelling_en.money(int(amount) * 100 + int(kopecks.ljust(2, "0")))
    return said + (" per kilowatt hour" if match["each"] else "")


def _ordinal(match: re.Match[str]) -> str:
    return ordinal_en(int(match[1]))


def _measured(match: re.Match[str]) -> str:
    noun, whole, part = _UNITS[match[3]], int(match[1].replace(",", "")), match[2]
    if part:
        return f"{cardinal_en(whole)} point {_each(part)} {noun.many}"
    return spelling_en.count(whole, noun)


def _fraction(match: re.Match[str]) -> str:
    return f"{cardinal_en(int(match[1]))} point {_each(match[2])}"


def _each(digits: str) -> str:
    return " ".join(cardinal_en(int(digit)) for digit in digits)


def _year(match: re.Match[str]) -> str:
    return f"{match[1]} {year_en(int(match[2]))}"


def _range(match: re.Match[str]) -> str:
    return f"{cardinal_en(int(match[1]))} to {cardinal_en(int(match[2]))}"


def _house(match: re.Match[str]) -> str:
    return f"{cardinal_en(int(match[1]))} {match[2].lower()}"


def _bare(match: re.Match[str]) -> str:
    digits = match.group()
    if len(digits) > _LONGEST_COUNT or (digits.startswith("0") and len(digits) > 1):
        return spelling_en.digit_pairs(digits)
    return cardinal_en(int(digits))


_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_CLOCK: Final = r"(\d{1,2})[:.](\d{2})"
_SUM: Final = r"(?P<sum>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<rest>\d{1,2}))?"
_EACH: Final = r"(?:\s*(?P<each>/|per)\s*kWh(?!\w))?"
_PASSES: Final = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (r"(?<![\w+])(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d|-\d)", _phone),
        (r"(?<![\w-])\d{1,3}-\d{2}-\d{2}(?![\w-])", _phone),
        (r"(?<![\w.])(\d{1,2})\.(\d{2})\.(\d{4})(?!\w)", _date),
        (rf"(?<!\w)(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTHS})(?!\w)(?:,?\s+(\d{{4}}))?",
         _day_of_month),
        (rf"(?<!\w)({_MONTHS})\s+(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{{4}}))?", _month_and_day),
        (rf"(?:(?<!\w)[Ff]rom\s+)?(?<![\w.:]){_CLOCK}\s*(?:-|to)\s*{_CLOCK}(?![\w:])", _span),
        (r"(?<![\w.:])(\d{1,2}):(\d{2})(?![\w:])", _moment),
        (rf"(?i:(?:(?<!\w)from\s+)?(?<!\w)({_DAY})\.?\s*(?:[-—]|\sto\s)\s*({_DAY})(?!\w))", _weekdays),
        (r"(?<!\w)(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?!\w)", _weekday),
        (rf"(?<![\w,.]){_SUM}\s*(?:roubles?|rubles?|RUB|₽)(?!\w){_EACH}", _money),
        (rf"(?<!\w)RUB\s*{_SUM}{_EACH}", _money),
        (r"(?<!\w)(\d{1,4})(?:st|nd|rd|th)(?!\w)", _ordinal),
        (rf"(?<![\w.,-])(\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}})(?:\.(\d{{1,3}}))?\s*({_UNIT})(?!\w)", _measured),
        (r"(?<=\d),(?=\d{3}(?!\d))", lambda _: ""),
        (r"(?<![\w.,])(\d+)\.(\d{1,3})(?![\w.])", _fraction),
        (r"(?<!\w)((?i:in|of|since|from|until|by|year))\s+((?:19|20)\d{2})(?!\w|-\d)", _year),
        (r"(?<![\w.,-])(\d{1,4})-(\d{1,4})(?![\w-])", _range),
        (r"(?<!\w)(\d{1,4})([a-fA-F])(?!\w)", _house),
        (r"(?<![\w.,/:-])\d{1,20}(?![\w/]|-\w|[.,:]\d)", _bare),
    )
)  # fmt: skip
