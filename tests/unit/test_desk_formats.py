"""Money, dates and times as screens write them: no-break spaces, the real minus, both languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.formats import MINUS, NO_BREAK, day, duration, hotline, moment, money, rate, whole
from calls.clock import after, as_instant
from calls.journey import Language
from customers.money import Kopecks

RU, EN = Language.RU, Language.EN
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("kopecks", "language", "written"),
    [
        (123_456, RU, "1_234,56_₽"),
        (-123_456, RU, "−1_234,56_₽"),
        (-5, RU, "−0,05_₽"),
        (0, RU, "0,00_₽"),
        (123_456_789, RU, "1_234_567,89_₽"),
        (123_456, EN, "RUB_1,234.56"),
        (-123_456, EN, "−RUB_1,234.56"),
    ],
)
def test_money(kopecks: int, language: Language, written: str) -> None:
    assert money(Kopecks(kopecks), language) == written.replace("_", NO_BREAK)


def test_a_debt_named_by_a_word_has_no_sign() -> None:
    assert MINUS not in money(Kopecks(-212_132), RU, sign=False)


@given(st.integers(-(10**13), 10**13), st.sampled_from(Language))
def test_money_keeps_every_kopeck_and_breaks_nowhere(kopecks: int, language: Language) -> None:
    written = money(Kopecks(kopecks), language)
    digits = int("".join(sign for sign in written if sign.isdigit()))
    assert digits == abs(kopecks)
    assert written.startswith(MINUS) == (kopecks < 0)
    assert " " not in written
    assert "-" not in written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00"), (42.9, "0:42"), (725, "12:05"), (3850, "1:04:10"), (-3, "0:00"), (36_000, "10:00:00")],
)
def test_durations(seconds: float, written: str) -> None:
    assert duration(seconds) == written


def test_days_and_times() -> None:
    evening = as_instant(datetime(2026, 11, 23, 21, 30, tzinfo=UTC))
    assert day(date(2026, 11, 3), RU) == "03.11.2026"
    assert day(date(2026, 11, 3), EN) == "3 Nov 2026"
    assert day(date(2026, 9, 3), EN) == "3 Sep 2026"
    assert moment(evening, after(evening, 3600), MOSCOW, RU, MOSCOW) == "00:30"
    shown = moment(evening, after(evening, -3600), MOSCOW, RU, MOSCOW)
    assert shown == "24.11.2026 00:30", "in Moscow it is the next day"


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("Europe/Moscow", "00:30"),
        ("Europe/Minsk", "00:30"),
        ("Asia/Yekaterinburg", f"02:30{NO_BREAK}UTC+5"),
        ("Asia/Kolkata", f"03:00{NO_BREAK}UTC+5:30"),
        ("America/Sao_Paulo", f"18:30{NO_BREAK}UTC{MINUS}3"),
    ],
)
def test_a_time_at_an_address_names_its_zone_when_its_clocks_differ(where: str, shown: str) -> None:
    evening = as_instant(datetime(2026, 11, 23, 21, 30, tzinfo=UTC))
    assert moment(evening, evening, ZoneInfo(where), RU, MOSCOW) == shown


@pytest.mark.parametrize(
    ("microroubles", "language", "written"),
    [(5_410_000, RU, "5,41_₽"), (5_432_100, RU, "5,4321_₽"), (1_000_000, EN, "RUB_1.00"), (1, EN, "RUB_0.000001")],
)
def test_a_rate_has_the_decimals_it_needs(microroubles: int, language: Language, written: str) -> None:
    assert rate(microroubles, language) == written.replace("_", NO_BREAK)


def test_counts() -> None:
    assert whole(12_340, RU) == f"12{NO_BREAK}340"
    assert whole(12_340, EN) == "12,340"


def test_the_hotline_is_written_as_people_do() -> None:
    assert hotline("88000000000") == "8 800 000-00-00"
    assert hotline("112") == "112"
