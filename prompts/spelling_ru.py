"""Russian words for money, counts, dates, times and digits, as a voice on the telephone says them."""

from dataclasses import dataclass
from datetime import date, time

from prompts.digits import digits_of, groups, split_money, split_price
from prompts.numerals import Case, Gender, cardinal_ru, ordinal_ru, year_ru


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted thing: the forms after 1, 2-4 and 5, and the accusative after 1 where it differs."""

    gender: Gender
    one: str
    few: str
    many: str
    one_accusative: str = ""


ROUBLE = Noun(Gender.MASCULINE, "рубль", "рубля", "рублей")
KOPECK = Noun(Gender.FEMININE, "копейка", "копейки", "копеек", "копейку")
KILOWATT_HOUR = Noun(Gender.MASCULINE, "киловатт-час", "киловатт-часа", "киловатт-часов")
SECOND = Noun(Gender.FEMININE, "секунда", "секунды", "секунд", "секунду")
MINUTE = Noun(Gender.FEMININE, "минута", "минуты", "минут", "минуту")
HOUR = Noun(Gender.MASCULINE, "час", "часа", "часов")
DAY = Noun(Gender.MASCULINE, "день", "дня", "дней")
PERSON = Noun(Gender.MASCULINE, "человек", "человека", "человек")
ATTEMPT = Noun(Gender.FEMININE, "попытка", "попытки", "попыток", "попытку")

MONTHS_GENITIVE = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_RATES = {1: "однотарифный", 2: "двухтарифный", 3: "трёхтарифный"}
_PARTS = {
    1: ("десятая", "десятых"),
    2: ("сотая", "сотых"),
    3: ("тысячная", "тысячных"),
    4: ("десятитысячная", "десятитысячных"),
}
"""By the count of digits after the point."""
_KEYS = {"*": "звёздочка", "#": "решётка"}


def noun_form(number: int, noun: Noun, case: Case = Case.NOMINATIVE) -> str:
    """The form of `noun` that agrees with `number` (21 рубль, 22 рубля, 25 рублей, 11 рублей)."""
    last_two, last = number % 100, number % 10
    if 10 < last_two < 15 or last in {0, 5, 6, 7, 8, 9}:
        return noun.many
    if last == 1:
        return noun.one_accusative or noun.one if case is Case.ACCUSATIVE else noun.one
    return noun.few


def count(number: int, noun: Noun, case: Case = Case.NOMINATIVE) -> str:
    """«двадцать одна минута»; in the accusative «(через) двадцать одну минуту»."""
    return f"{cardinal_ru(number, noun.gender, case)} {noun_form(number, noun, case)}"


def money(kopecks: int) -> str:
    """«две тысячи сто двадцать один рубль тридцать две копейки»; a negative sum begins with «минус»."""
    roubles, rest = split_money(abs(kopecks))
    words = ["минус"] if kopecks < 0 else []
    if roubles or not rest:
        words.append(count(roubles, ROUBLE))
    if rest:
        words.append(count(rest, KOPECK))
    elif roubles:
        words.append("ровно")
    return " ".join(words)


def price(microroubles: int) -> str:
    """«пять рублей сорок одна копейка», «пять рублей сорок три целых двадцать одна сотая копейки»."""
    roubles, kopecks, part = split_price(microroubles)
    if not part:
        return money(100 * roubles + kopecks)
    one, many = _PARTS[len(part)]
    words = [count(roubles, ROUBLE)] if roubles else []
    words.append(_feminine(kopecks, "целая", "целых"))
    return " ".join([*words, _feminine(int(part), one, many), "копейки"])


def day(moment: date) -> str:
    """«двадцать третьего ноября две тысячи двадцать шестого года»."""
    of_month = ordinal_ru(moment.day, Gender.NEUTER, Case.GENITIVE)
    return f"{of_month} {MONTHS_GENITIVE[moment.month - 1]} {year_ru(moment.year)} года"


def month(moment: date) -> str:
    """«октябрь две тысячи двадцать шестого года», also after «за»."""
    return f"{MONTHS[moment.month - 1]} {year_ru(moment.year)} года"


def clock_genitive(moment: time) -> str:
    """«четырнадцати часов тридцати минут»: an hour of the day after «с», «до», «после»."""
    words = _count_genitive(moment.hour, "часа", "часов")
    return f"{words} {_count_genitive(moment.minute, 'минуты', 'минут', Gender.FEMININE)}" if moment.minute else words


def time_span(start: time, end: time) -> str:
    """«с десяти часов до четырнадцати часов тридцати минут»."""
    return f"с {clock_genitive(start)} до {clock_genitive(end)}"


def digit_pairs(text: str) -> str:
    """«ноль четыре, двадцать, ноль ноль»: digits in pairs; of an odd count the first stands alone."""
    digits = digits_of(text)
    return ", ".join(_group(part) for part in groups(digits, first=len(digits) % 2, then=(2,)))


def phone(text: str) -> str:
    """«плюс семь, девятьсот двенадцать, триста сорок пять, шестьдесят семь, восемьдесят девять» for E.164."""
    digits = digits_of(text)
    national = len(digits) == 11 and digits[0] in "78"
    parts = groups(digits, first=1, then=(3, 3, 2, 2)) if national else groups(digits, first=len(digits) % 2, then=(2,))
    plus = "плюс " if text.strip().startswith("+") else ""
    return plus + ", ".join(_group(part) for part in parts)


def digits(text: str) -> str:
    """«плюс, семь, девять, один, два»: each digit alone, to be compared by the listener."""
    plus = ["плюс"] if text.strip().startswith("+") else []
    return ", ".join([*plus, *(cardinal_ru(int(digit)) for digit in digits_of(text))])


def key(name: str) -> str:
    """A key of the telephone: «один», «звёздочка»."""
    return _KEYS.get(name) or cardinal_ru(int(name))


def tariffs(zones: int) -> str:
    """«двухтарифный»: a meter by the count of its tariff zones."""
    return _RATES.get(zones, "многотарифный")


def position(place: int) -> str:
    """«третий»: the place in the queue."""
    return ordinal_ru(place)


def number_genitive(number: int) -> str:
    """«трёх», «одной»: a count of minutes after «от»."""
    return cardinal_ru(number, Gender.FEMININE, Case.GENITIVE)


def minutes_genitive(number: int) -> str:
    """«пяти минут», «одной минуты»: after «до» and «меньше»."""
    return _count_genitive(number, "минуты", "минут", Gender.FEMININE)


def _group(part: str) -> str:
    zeros = len(part) - len(part.lstrip("0"))
    words = ["ноль"] * zeros
    if part[zeros:]:
        words.append(cardinal_ru(int(part)))
    return " ".join(words)


def _feminine(number: int, one: str, many: str) -> str:
    singular = number % 10 == 1 and number % 100 != 11
    return f"{cardinal_ru(number, Gender.FEMININE)} {one if singular else many}"


def _count_genitive(number: int, one: str, many: str, gender: Gender = Gender.MASCULINE) -> str:
    singular = number % 10 == 1 and number % 100 != 11
    words = cardinal_ru(number, gender, Case.GENITIVE) if number else "нуля"  # num2words has the rarer «ноля»
    return f"{words} {one if singular else many}"
