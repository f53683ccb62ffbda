"""Texts of staff as the voice says them: right in case and gender, and nothing guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.journey import Language
from prompts.lexicon import load_lexicons
from prompts.staff_text import LONGEST_SENTENCE, Unspeakable, Why, staff_text

LEXICONS = load_lexicons()
RU, EN = Language.RU, Language.EN


def said(typed: str, language: Language = RU) -> str:
    read = staff_text(typed, LEXICONS[language])
    assert not read.faults, read.faults
    return " ".join(read.sentences)


def faults(typed: str, language: Language = RU) -> list[tuple[Why, str]]:
    return [(fault.why, fault.word) for fault in staff_text(typed, LEXICONS[language]).faults]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Пн–чт 8:00–17:00", "С понедельника по четверг с восьми часов до семнадцати часов."),
        ("вт-пт", "Со вторника по пятницу."),
        ("Сб и вс — выходные", "Суббота и воскресенье — выходные."),
        ("открыто в сб", "открыто в субботу."),
        ("обед с 12:00 до 12:45", "обед с двенадцати часов до двенадцати часов сорока пяти минут."),
        ("откроемся в 9:30", "откроемся в девять часов тридцать минут."),
        ("до 24:00", "до двадцати четырёх часов."),
        ("с 8 до 17 часов", "с восьми до семнадцати часов."),
        ("6,48 руб./кВт·ч", "Шесть рублей сорок восемь копеек за киловатт-час."),
        ("по 5,5 руб. за кВт*ч", "по пять рублей пятьдесят копеек за киловатт-час."),
        ("1 200 руб.", "Одна тысяча двести рублей."),
        ("от 500 ₽ до 1000 рублей", "от пятисот рублей до одной тысячи рублей."),
        ("21 копейка", "Двадцать одна копейка."),
        ("до 15 кВт", "до пятнадцати киловатт."),
        ("1 кВт", "Один киловатт."),
        ("22 кВт", "Двадцать два киловатта."),
        ("до 1 кВт", "до одного киловатта."),
        ("сеть 0,4 кВ", "сеть ноль целых четыре десятых киловольта."),
        ("до 1,05 кВт", "до одной целой пяти сотых киловатта."),
        ("через 1 неделю", "через одну неделю."),
        ("2 рабочих дня", "Два рабочих дня."),
        ("2 новые заявки", "Две новые заявки."),
        ("в течение 10 дней", "в течение десяти дней."),
        ("не позднее 1 месяца", "не позднее одного месяца."),
        ("в 2 экземплярах", "в двух экземплярах."),
        ("к 5 часам", "к пяти часам."),
        ("5-10 дней", "От пяти до десяти дней."),
        ("с 15 по 25 число", "С пятнадцатого по двадцать пятое число."),
        ("до 25 числа", "до двадцать пятого числа."),
        ("с 1 по 10 июля", "С первого по десятое июля."),
        ("С 1 июля 2026 г. Тариф", "С первого июля две тысячи двадцать шестого года Тариф."),
        ("с 01.07.2026", "с первого июля две тысячи двадцать шестого года."),
        ("в 2027 году", "в две тысячи двадцать седьмом году."),
        ("на 3 этаже", "на третьем этаже."),
        ("1-й подъезд", "Первый подъезд."),
        ("5 %", "Пять процентов."),
        ("окно № 4", "окно номер четыре."),
        ("ул. Мира, д. 5а", "улица Мира, дом пять а."),
        ("дом 12/1", "дом двенадцать дробь один."),
        ("8 800 000-00-00", "Восемь, восемьсот, ноль ноль ноль, ноль ноль, ноль ноль."),
        ("+7 (306) 000-01-70", "Плюс семь, триста шесть, ноль ноль ноль, ноль один, семьдесят."),
        ("Тел. 22-13-45", "Телефон двадцать два, тринадцать, сорок пять."),
        ("счёт 4401220170", "счёт сорок четыре, ноль один, двадцать два, ноль один, семьдесят."),
        ("٣ дня", "Три дня."),
        ("справка из МФЦ", "справка из эм-эф-цэ."),
    ],
)
def test_russian(typed: str, words: str) -> None:
    assert said(typed) == words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Mon–Thu 8:00–17:00", "From Monday to Thursday from eight o'clock to seventeen o'clock."),
        ("closed on Sun", "closed on Sunday."),
        ("at 9:30", "at nine thirty."),
        ("6.48 roubles per kWh", "Six roubles and forty-eight kopecks per kilowatt hour."),
        ("RUB 1,200", "One thousand two hundred roubles."),
        ("up to 15 kW", "up to fifteen kilowatts."),
        ("0.4 kV", "Zero point four kilovolts."),
        ("from 1 July 2026", "from the first of July, twenty twenty-six."),
        ("by the 10th", "by the tenth."),
        ("July 4, 2027", "The fourth of July, twenty twenty-seven."),
        ("in 2027", "In twenty twenty-seven."),
        ("5-10 days", "Five to ten days."),
        ("house 5a", "house five a."),
        ("5 %", "Five per cent."),
        ("window No. 4", "window number four."),
        ("+7 306 000-01-70", "Plus seven, three zero six, zero zero zero, zero one, seven zero."),
    ],
)
def test_english(typed: str, words: str) -> None:
    assert said(typed, EN) == words


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("Наберите 2 рядом", (Why.NUMBER, "2 рядом")),
        ("к 9:00", (Why.NUMBER, "9:00")),
        ("31.02.2026", (Why.NUMBER, "31.02.2026")),
        ("25:00", (Why.NUMBER, "25:00")),
        ("24/7", (Why.NUMBER, "24/7")),
        ("30-дневный срок", (Why.NUMBER, "30-дневный срок")),
        ("info@example.com", (Why.LETTERS, "info@example.com")),
        ("через USB", (Why.LETTERS, "USB")),
        ("и/или", (Why.SIGN, "и/или")),
        ("СНБ", (Why.ABBREVIATION, "СНБ")),
        ("бдк", (Why.ABBREVIATION, "бдк")),
        ("😀 привет", (Why.SIGN, "😀")),
    ],
)
def test_what_has_no_sure_reading_is_named(typed: str, fault: tuple[Why, str]) -> None:
    assert faults(typed) == [fault]


def test_russian_in_an_english_text_is_named() -> None:
    assert faults("Zaozyorsk, улица", EN) == [(Why.LETTERS, "улица")]


def test_a_sentence_that_nobody_keeps_in_mind_is_named() -> None:
    assert faults("слово " * (LONGEST_SENTENCE // 5)) == [(Why.LONG_SENTENCE, "слово слово слово слово")]


def test_lines_and_bullets_are_sentences_and_quotes_become_plain() -> None:
    read = staff_text('Нужны:\n- паспорт\n• "план" участка\n\n2 снимка', LEXICONS[RU])
    assert read.sentences == ("Нужны:", "паспорт.", "«план» участка.", "Два снимка.")
    assert not read.faults


def test_a_fault_is_named_once() -> None:
    assert staff_text("СНБ и СНБ", LEXICONS[RU]).faults == (Unspeakable(Why.ABBREVIATION, "СНБ"),)


@given(st.text(max_size=200), st.sampled_from(Language))
def test_any_text_is_read_or_named(typed: str, language: Language) -> None:
    """Whatever is typed: no digit and no sign that the voice cannot say is left without a fault."""
    read = staff_text(typed, LEXICONS[language])
    spoken = " ".join(read.sentences)
    assert read.faults or not LEXICONS[language].unknown_signs(spoken)


@given(st.from_regex(r"[А-Яа-я0-9 .,:/%№₽()-]{0,80}", fullmatch=True))
def test_any_russian_text_with_numbers_is_read_or_named(typed: str) -> None:
    read = staff_text(typed, LEXICONS[RU])
    assert read.faults or not any(character.isdigit() for sentence in read.sentences for character in sentence)


@given(st.integers(0, 99_999))
def test_every_count_of_days_is_read(days: int) -> None:
    """The noun as staff would write it after this number."""
    last, teens = days % 10, 10 < days % 100 < 15
    noun = "день" if last == 1 and not teens else "дня" if last in {2, 3, 4} and not teens else "дней"
    assert said(f"прошло {days} {noun}").endswith(f" {noun}.")
