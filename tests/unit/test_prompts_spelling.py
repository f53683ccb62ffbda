"""Money, dates and digits in words, held against a rule of our own: what is spoken must read back as the number."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.journey import Language
from prompts import spelling_en, spelling_ru
from prompts.errors import SpellingError
from prompts.numerals import LARGEST, Case, Gender, cardinal_ru
from prompts.spelling import FILTERS, spell

KOPECKS = st.integers(0, 99_999_999_999)
"""Up to 999,999,999.99 roubles."""

_RU = {
    word: value
    for value, words in {
        0: "ноль", 1: "один одна", 2: "два две", 3: "три", 4: "четыре", 5: "пять", 6: "шесть", 7: "семь", 8: "восемь",
        9: "девять", 10: "десять", 11: "одиннадцать", 12: "двенадцать", 13: "тринадцать", 14: "четырнадцать",
        15: "пятнадцать", 16: "шестнадцать", 17: "семнадцать", 18: "восемнадцать", 19: "девятнадцать", 20: "двадцать",
        30: "тридцать", 40: "сорок", 50: "пятьдесят", 60: "шестьдесят", 70: "семьдесят", 80: "восемьдесят",
        90: "девяносто", 100: "сто", 200: "двести", 300: "триста", 400: "четыреста", 500: "пятьсот", 600: "шестьсот",
        700: "семьсот", 800: "восемьсот", 900: "девятьсот",
    }.items()
    for word in words.split()
}  # fmt: skip
_EN = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip

# What stands after a number that ends in 1, in 2 to 4, and in anything else (or in 11 to 14).
_FORMS_RU = {
    "thousand": ("тысяча", "тысячи", "тысяч"),
    "million": ("миллион", "миллиона", "миллионов"),
    "rouble": ("рубль", "рубля", "рублей"),
    "kopeck": ("копейка", "копейки", "копеек"),
}
_FEMININE = {"thousand", "kopeck"}


def ending(number: int) -> int:
    if number % 100 in {11, 12, 13, 14}:
        return 2
    return {1: 0, 2: 1, 3: 1, 4: 1}.get(number % 10, 2)


def read_group(words: list[str], thing: str) -> int:
    """The number below a thousand that `words` say, checked to agree with the `thing` they count."""
    values = [_RU[word] for word in words]
    assert values == sorted(values, reverse=True), words
    assert len({len(str(value)) for value in values}) == len(values), words
    assert not any(10 <= value < 20 for value in values[:-1]), words
    number = sum(values)
    one, two = ("одна", "две") if thing in _FEMININE else ("один", "два")
    if values[-1] == 1:
        assert words[-1] == one, words
    if values[-1] == 2:
        assert words[-1] == two, words
    return number


def read_money_ru(text: str) -> int:
    """The kopecks that a Russian sum says; every form of every word is checked on the way."""
    kopecks, pending = 0, list[str]()
    weights = {"million": 10**8, "thousand": 10**5, "rouble": 100, "kopeck": 1}
    things = {form: thing for thing, forms in _FORMS_RU.items() for form in forms}
    below = 10**9
    for word in text.removesuffix(" ровно").split():
        if word in _RU:
            pending.append(word)
            continue
        thing = things[word]
        assert weights[thing] < below, text
        below = weights[thing]
        number = read_group(pending, thing) if pending else 0
        assert pending or thing == "rouble", text
        assert word == _FORMS_RU[thing][ending(number)], text
        kopecks += number * weights[thing]
        pending = []
    assert not pending, text
    return kopecks


def read_number_en(words: list[str]) -> int:
    total = group = 0
    for word in words:
        if word == "hundred":
            group *= 100
        elif word in {"thousand", "million"}:
            total += group * (1000 if word == "thousand" else 10**6)
            group = 0
        elif word != "and":
            group += sum(_EN[part] for part in word.split("-"))
    return total + group


def read_money_en(text: str) -> int:
    words = text.split()
    kopecks = 0
    for names, weight in ((("rouble", "roubles"), 100), (("kopeck", "kopecks"), 1)):
        at = next((place for place, word in enumerate(words) if word in names), None)
        if at is not None:
            number = read_number_en(words[:at])
            assert (words[at] == names[0]) == (number == 1), text
            kopecks += number * weight
            words = words[at + 1 :]
    assert not words, text
    return kopecks


@given(KOPECKS)
def test_russian_money_reads_back(kopecks: int) -> None:
    assert read_money_ru(spelling_ru.money(kopecks)) == kopecks


@given(KOPECKS)
def test_english_money_reads_back(kopecks: int) -> None:
    assert read_money_en(spelling_en.money(kopecks)) == kopecks


def test_small_and_round_sums_read_back() -> None:
    for kopecks in [*range(2100), 100_000, 100_100, 200_200, 10**8, 10**8 + 100, 2_100_000 * 100]:
        assert read_money_ru(spelling_ru.money(kopecks)) == kopecks
        assert read_money_en(spelling_en.money(kopecks)) == kopecks


@pytest.mark.parametrize(
    ("kopecks", "russian", "english"),
    [
        (212132, "две тысячи сто двадцать один рубль тридцать две копейки",
         "two thousand one hundred and twenty-one roubles and thirty-two kopecks"),
        (-212132, "минус две тысячи сто двадцать один рубль тридцать две копейки",
         "minus two thousand one hundred and twenty-one roubles and thirty-two kopecks"),
        (0, "ноль рублей", "zero roubles"),
        (1, "одна копейка", "one kopeck"),
        (100, "один рубль ровно", "one rouble"),
        (1111, "одиннадцать рублей одиннадцать копеек", "eleven roubles and eleven kopecks"),
    ],
)  # fmt: skip
def test_money_in_words(kopecks: int, russian: str, english: str) -> None:
    assert spelling_ru.money(kopecks) == russian
    assert spelling_en.money(kopecks) == english


@pytest.mark.parametrize(
    ("price", "russian", "english"),
    [
        (5_410_000, "пять рублей сорок одна копейка", "five roubles and forty-one kopecks"),
        (6_000_000, "шесть рублей ровно", "six roubles"),
        (0, "ноль рублей", "zero roubles"),
        (
            5_432_100,
            "пять рублей сорок три целых двадцать одна сотая копейки",
            "five roubles and forty-three point two one kopecks",
        ),
        (1_210_100, "один рубль двадцать одна целая одна сотая копейки",
         "one rouble and twenty-one point zero one kopecks"),
        (4_000, "ноль целых четыре десятых копейки", "zero point four kopecks"),
        (2_110_500, "два рубля одиннадцать целых пять сотых копейки",
         "two roubles and eleven point zero five kopecks"),
        (1, "ноль целых одна десятитысячная копейки", "zero point zero zero zero one kopecks"),
    ],
)  # fmt: skip
def test_a_price_of_a_kilowatt_hour_is_exact(price: int, russian: str, english: str) -> None:
    assert spell("price", price, Language.RU) == russian
    assert spell("price", price, Language.EN) == english


def test_a_price_below_zero_is_refused() -> None:
    with pytest.raises(SpellingError):
        spell("price", -1, Language.RU)


@given(st.integers(0, 10**9))
def test_a_price_reads_back(price: int) -> None:
    """By a rule of its own: the words before the part of a kopeck are money, the part is said with its unit."""
    said = spell("price", price, Language.RU)
    if price % 10_000 == 0:
        assert read_money_ru(said) == price // 10_000
        return
    whole = next(word for word in ("целая", "целых") if f" {word} " in said)
    before, _, after = said.partition(f" {whole} ")
    *number, unit, kopeck = after.split()
    assert kopeck == "копейки"
    units = {"десят": 1000, "сот": 100, "тысячн": 10, "десятитысячн": 1}
    share = next(part for start, part in units.items() if unit in {f"{start}ая", f"{start}ых"})
    assert kopecks_of(before.split(), whole) * 10_000 + kopecks_of(number, unit) * share == price


def kopecks_of(words: list[str], agreeing: str) -> int:
    """What a count below ten thousand says, whose feminine noun must agree with it."""
    one = agreeing.endswith("ая")
    for kopeck in ("копейка",) if one else ("копейки", "копеек"):
        try:
            thousands, rest = divmod(read_money_ru(" ".join([*words, kopeck])), 100_000)
            return thousands * 1000 + rest  # a thousand there is one of roubles
        except AssertionError:
            continue
    raise AssertionError(words)


def test_the_sentence_says_whose_the_money_is_so_its_sign_is_left_out() -> None:
    for kopecks in (212132, -212132):
        assert spell("unsigned_money", kopecks, Language.RU) == spelling_ru.money(212132)


@given(st.integers(0, 999_999_999))
def test_feminine_counts_agree_to_the_last_word(number: int) -> None:
    words = cardinal_ru(number, Gender.FEMININE).split()
    assert words[-1] not in {"один", "два"}
    assert "одна миллион" not in " ".join(words)


def test_counts_in_the_accusative() -> None:
    said = [spelling_ru.count(number, spelling_ru.MINUTE, Case.ACCUSATIVE) for number in (1, 2, 5, 11, 21)]
    assert said == ["одну минуту", "две минуты", "пять минут", "одиннадцать минут", "двадцать одну минуту"]


@pytest.mark.parametrize(
    ("day", "russian", "english"),
    [
        (date(2026, 11, 23), "двадцать третьего ноября две тысячи двадцать шестого года",
         "the twenty-third of November, twenty twenty-six"),
        (date(2030, 3, 30), "тридцатого марта две тысячи тридцатого года", "the thirtieth of March, twenty thirty"),
        (date(2000, 1, 1), "первого января двухтысячного года", "the first of January, two thousand"),
        (date(1999, 5, 3), "третьего мая тысяча девятьсот девяносто девятого года",
         "the third of May, nineteen ninety-nine"),
    ],
)  # fmt: skip
def test_dates(day: date, russian: str, english: str) -> None:
    assert spelling_ru.day(day) == russian
    assert spelling_en.day(day) == english


def test_months() -> None:
    october, may = date(2026, 10, 1), date(2030, 5, 31)
    assert spelling_ru.month(october) == "октябрь две тысячи двадцать шестого года"
    assert spelling_en.month(october) == "October, twenty twenty-six"
    assert (spelling_ru.month(may), spelling_en.month(may)) == ("май две тысячи тридцатого года", "May, twenty thirty")


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_date_is_words_only(day: date) -> None:
    for said in (spelling_ru.day(day), spelling_en.day(day)):
        assert not any(character.isdigit() for character in said)
    assert spelling_ru.day(day).endswith("ого года") or spelling_ru.day(day).endswith("его года")


@pytest.mark.parametrize(
    ("start", "end", "russian"),
    [
        (time(10), time(14, 30), "с десяти часов до четырнадцати часов тридцати минут"),
        (time(0), time(21, 1), "с нуля часов до двадцати одного часа одной минуты"),
        (time(1), time(2), "с одного часа до двух часов"),
        (time(11, 11), time(23, 45), "с одиннадцати часов одиннадцати минут до двадцати трёх часов сорока пяти минут"),
    ],
)
def test_time_spans(start: time, end: time, russian: str) -> None:
    assert spelling_ru.time_span(start, end) == russian


def test_time_span_in_english() -> None:
    assert spelling_en.time_span(time(9, 5), time(14, 30)) == "from nine oh five to fourteen thirty"


@given(st.text("0123456789", min_size=1, max_size=20))
def test_account_numbers_keep_every_digit(account: str) -> None:
    parts = spelling_ru.digit_pairs(account).split(", ")
    digits = ""
    for part in parts:
        words = part.split()
        zeros = 0
        while zeros < len(words) and words[zeros] == "ноль":
            zeros += 1
        digits += "0" * zeros + (str(sum(_RU[word] for word in words[zeros:])) if words[zeros:] else "")
    assert digits == account
    assert "".join(str(_EN[word]) for word in spelling_en.digit_pairs(account).replace(",", "").split()) == account


def test_telephone_numbers() -> None:
    assert spelling_ru.phone("+79123456789") == (
        "плюс семь, девятьсот двенадцать, триста сорок пять, шестьдесят семь, восемьдесят девять"
    )
    assert spelling_en.phone("88001230045") == "eight, eight zero zero, one two three, zero zero, four five"
    assert spelling_ru.phone("+442071234") == "плюс четыре, сорок два, ноль семь, двенадцать, тридцать четыре"


def test_a_range_of_minutes_stands_in_the_genitive() -> None:
    assert [spell("number_genitive", count, Language.RU) for count in (1, 2, 5, 20, 45)] == [
        "одной", "двух", "пяти", "двадцати", "сорока пяти",
    ]  # fmt: skip
    assert [spell("minutes_genitive", count, Language.RU) for count in (1, 2, 60)] == [
        "одной минуты", "двух минут", "шестидесяти минут",
    ]  # fmt: skip
    assert spell("number_genitive", 3, Language.EN) == "three"
    assert spell("minutes_genitive", 1, Language.EN) == "one minute"


def test_meters_by_their_tariff_zones() -> None:
    russian = [spell("tariffs", zones, Language.RU) for zones in (1, 2, 3, 4)]
    assert russian == ["однотарифный", "двухтарифный", "трёхтарифный", "многотарифный"]
    assert [spell("tariffs", zones, Language.EN) for zones in (1, 4)] == ["single-rate", "multi-rate"]


def test_positions_and_keys() -> None:
    assert [spell("position", place, Language.RU) for place in (1, 3, 23)] == ["первый", "третий", "двадцать третий"]
    assert [spell("key", key, Language.RU) for key in (1, "0", "*", "#")] == ["один", "ноль", "звёздочка", "решётка"]
    assert [spell("key", key, Language.EN) for key in (9, "*", "#")] == ["nine", "star", "hash"]
    assert spell("account_tail", "0420017005", Language.RU) == "семьдесят, ноль пять"


def test_every_filter_refuses_what_is_not_of_its_kind_and_never_repeats_it() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    hostile = ["4276550011223344", "x" * 5000, "²", "٣", "", 10**15, -5, True, 1.5, None, moment]
    refused: list[tuple[str, str]] = []
    for name in FILTERS:
        for language in Language:
            for value in hostile:
                try:
                    said = spell(name, value, language)  # type: ignore[arg-type]  # hostile on purpose
                except SpellingError as error:
                    refused.append((str(value), str(error)))
                else:
                    assert not any(character.isdigit() for character in said)
    assert len(refused) > 100
    secrets = [(value, told) for value, told in refused if len(value) > 4]  # "1.5" or "True" stand in any sentence
    assert [value for value, told in secrets if value in told] == []
    with pytest.raises(SpellingError, match="No filter"):
        spell("roubles", 1, Language.RU)
    with pytest.raises(SpellingError, match=str(LARGEST)):
        cardinal_ru(LARGEST + 1)
