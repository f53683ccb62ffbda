"""Every amount, date and count against a rule of our own that knows nothing of the library which spells them.

The rule writes the whole sentence, so a wrong form, a lost word and a wrong order are seen alike; that the words mean
the number is shown by reading them back (test_prompts_spelling).
"""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calls.journey import Language
from prompts.spelling import spell

MOST_KOPECKS = 99_999_999_999
"""999,999,999.99 roubles."""
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


def listed(text: str) -> list[str]:
    return text.split()


_ONES = listed(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать "
    "четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
_TENS = listed("- - двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
_HUNDREDS = listed("- сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")
_SCALES = (("миллион", "миллиона", "миллионов"), ("тысяча", "тысячи", "тысяч"))
_GENITIVE_ONES = listed(
    "нуля одного двух трёх четырёх пяти шести семи восьми девяти десяти одиннадцати двенадцати тринадцати "
    "четырнадцати пятнадцати шестнадцати семнадцати восемнадцати девятнадцати"
)
_GENITIVE_TENS = listed("- - двадцати тридцати сорока пятидесяти шестидесяти семидесяти восьмидесяти девяноста")
_ORDINAL_ONES = listed(
    "- первого второго третьего четвёртого пятого шестого седьмого восьмого девятого десятого одиннадцатого "
    "двенадцатого тринадцатого четырнадцатого пятнадцатого шестнадцатого семнадцатого восемнадцатого "
    "девятнадцатого"
)
_ORDINAL_TENS = listed(
    "- - двадцатого тридцатого сорокового пятидесятого шестидесятого семидесятого восьмидесятого девяностого"
)
_MONTHS = listed("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")

_EN_ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_EN_TENS = listed("- - twenty thirty forty fifty sixty seventy eighty ninety")
_EN_ORDINALS = listed(
    "- first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_EN_MONTHS = listed("January February March April May June July August September October November December")


def form(number: int, forms: tuple[str, str, str]) -> str:
    """The noun after a number: 1 рубль, 2 рубля, 5 рублей, 11 рублей, 21 рубль."""
    if number // 10 % 10 == 1:
        return forms[2]
    return {1: forms[0], 2: forms[1], 3: forms[1], 4: forms[1]}.get(number % 10, forms[2])


def two_parts(number: int, ones: list[str], tens: list[str], between: str = " ") -> str:
    """A number below a hundred: one word under twenty and for the round ones, else two."""
    if number < 20:
        return ones[number]
    return f"{tens[number // 10]}{between}{ones[number % 10]}" if number % 10 else tens[number // 10]


def below_thousand(number: int, feminine: bool) -> list[str]:
    words = [_HUNDREDS[number // 100]] if number >= 100 else []
    rest = number % 100
    if rest >= 20:
        words.append(_TENS[rest // 10])
        rest %= 10
    if rest:
        words.append({1: "одна", 2: "две"}.get(rest, _ONES[rest]) if feminine else _ONES[rest])
    return words


def russian(number: int, feminine: bool = False) -> str:
    """A cardinal below a milliard."""
    if not number:
        return "ноль"
    words = []
    for scale, forms in zip((10**6, 10**3), _SCALES, strict=True):
        group, number = divmod(number, scale)
        if group:
            words += [*below_thousand(group, scale == 10**3), form(group, forms)]
    return " ".join([*words, *below_thousand(number, feminine)])


def russian_money(kopecks: int) -> str:
    roubles, rest = divmod(kopecks, 100)
    small = f"{russian(rest, feminine=True)} {form(rest, ('копейка', 'копейки', 'копеек'))}"
    if not roubles:
        return small if rest else "ноль рублей"
    return f"{russian(roubles)} {form(roubles, ('рубль', 'рубля', 'рублей'))} {small if rest else 'ровно'}"


def english(number: int) -> str:
    """A cardinal below a milliard, as the British say it."""
    words = []
    for scale, name in ((10**6, "million"), (10**3, "thousand")):
        group, number = divmod(number, scale)
        if group:
            words.append(f"{english(group)} {name}")
    if number >= 100:
        words.append(f"{_EN_ONES[number // 100]} hundred")
    rest = number % 100
    if rest or not words:
        joined = ["and"] if words else []
        words.append(" ".join([*joined, two_parts(rest, _EN_ONES, _EN_TENS, "-")]))
    return " ".join(words)


def english_money(kopecks: int) -> str:
    roubles, rest = divmod(kopecks, 100)
    parts = [f"{english(roubles)} rouble{'' if roubles == 1 else 's'}"] if roubles or not rest else []
    parts += [f"{english(rest)} kopeck{'' if rest == 1 else 's'}"] if rest else []
    return " and ".join(parts)


def ordinal(number: int) -> str:
    """Russian, genitive, 1 to 99."""
    if number < 20:
        return _ORDINAL_ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]} {_ORDINAL_ONES[ones]}" if ones else _ORDINAL_TENS[tens]


def russian_date(day: date) -> str:
    years = {0: "двухтысячного", 100: "две тысячи сотого"}
    year = years.get(day.year - 2000) or f"две тысячи {ordinal(day.year - 2000)}"
    return f"{ordinal(day.day)} {_MONTHS[day.month - 1]} {year} года"


def english_date(day: date) -> str:
    tens, ones = divmod(day.day, 10)
    if day.day < 20:
        of_month = _EN_ORDINALS[day.day]
    else:
        of_month = f"{_EN_TENS[tens]}-{_EN_ORDINALS[ones]}" if ones else f"{_EN_TENS[tens][:-1]}ieth"
    rest = day.year % 100
    if day.year == 2000:
        year = "two thousand"
    elif day.year == 2100:
        year = "twenty-one hundred"
    elif day.year < 2010:
        year = f"two thousand and {_EN_ONES[rest]}"
    else:
        year = f"twenty {english(rest)}"
    return f"the {of_month} of {_EN_MONTHS[day.month - 1]}, {year}"


@settings(max_examples=500)
@given(st.integers(0, MOST_KOPECKS))
@example(MOST_KOPECKS)
@example(100_000_000)
@example(210_000_101)
@example(1_111_111_111)
def test_every_amount(kopecks: int) -> None:
    assert spell("money", kopecks, Language.RU) == russian_money(kopecks)
    assert spell("money", kopecks, Language.EN) == english_money(kopecks)
    if kopecks:
        assert spell("money", -kopecks, Language.RU) == f"минус {russian_money(kopecks)}"
        assert spell("money", -kopecks, Language.EN) == f"minus {english_money(kopecks)}"


@pytest.mark.parametrize("scale", [1, 100, 1000, 10**5, 10**6, 10**8, 10**9])
def test_amounts_around_each_word(scale: int) -> None:
    """All of the numbers below a hundred and some, as kopecks, roubles, thousands, millions."""
    for count in (*range(121), 200, 201, 311, 999):
        for kopecks in (count * scale, count * scale + 1, max(0, count * scale - 1)):
            if kopecks <= MOST_KOPECKS:
                assert spell("money", kopecks, Language.RU) == russian_money(kopecks)
                assert spell("money", kopecks, Language.EN) == english_money(kopecks)


def test_every_date_of_the_century() -> None:
    day = FIRST
    while day <= LAST:
        assert spell("date", day, Language.RU) == russian_date(day)
        assert spell("date", day, Language.EN) == english_date(day)
        day += timedelta(days=1)


_COUNTED: dict[str, tuple[bool, tuple[str, str, str], tuple[str, str]]] = {
    "attempts": (True, ("попытка", "попытки", "попыток"), ("attempt", "attempts")),
    "people": (False, ("человек", "человека", "человек"), ("person", "people")),
    "seconds": (True, ("секунда", "секунды", "секунд"), ("second", "seconds")),
    "minutes": (True, ("минута", "минуты", "минут"), ("minute", "minutes")),
    "hours": (False, ("час", "часа", "часов"), ("hour", "hours")),
    "days": (False, ("день", "дня", "дней"), ("day", "days")),
    "kilowatt_hours": (
        False, ("киловатт-час", "киловатт-часа", "киловатт-часов"), ("kilowatt hour", "kilowatt hours"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("thing", _COUNTED)
@given(number=st.integers(0, 130) | st.integers(0, 999_999_999))
def test_every_count(thing: str, number: int) -> None:
    feminine, forms, names = _COUNTED[thing]
    assert spell(thing, number, Language.RU) == f"{russian(number, feminine)} {form(number, forms)}"
    assert spell(thing, number, Language.EN) == f"{english(number)} {names[number != 1]}"


@given(st.integers(0, 999_999_999))
def test_every_bare_number(number: int) -> None:
    assert spell("number", number, Language.RU) == russian(number)
    assert spell("number", number, Language.EN) == english(number)


@pytest.mark.parametrize("minutes", range(100))
def test_minutes_after_less_than(minutes: int) -> None:
    words = two_parts(minutes, _GENITIVE_ONES, _GENITIVE_TENS).replace("одного", "одной")
    noun = "минуты" if minutes % 10 == 1 and minutes != 11 else "минут"
    assert spell("minutes_genitive", minutes, Language.RU) == f"{words} {noun}"
    if minutes:
        assert spell("number_genitive", minutes, Language.RU) == words
