"""Tariffs without a database: which price holds on a day, what is refused, a month that is cut, charges that differ."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from customers import demo, demo_tariffs
from customers.accounts import CustomerKind
from customers.demo_population import population
from customers.money import Kopecks
from customers.tariffs import (
    Assignment,
    Difference,
    OwnTariff,
    Price,
    PricedTariff,
    Rate,
    Span,
    Tariff,
    TariffChange,
    TariffCode,
    TariffFault,
    TariffRefused,
    difference,
    month_spans,
    own_tariff,
    rate_on,
)

JANUARY, JULY, MIDDLE = date(2026, 1, 1), date(2026, 7, 1), date(2026, 9, 15)
ONE = Tariff(TariffCode("1"), "Один", "One", 1)
TWO = Tariff(TariffCode("2"), "День и ночь", "Day and night", 2)
SINGLE = PricedTariff(ONE, (Rate(1, JANUARY, Price(5_000_000)), Rate(1, MIDDLE, Price(6_000_000))))
DOUBLE = PricedTariff(
    TWO,
    (Rate(1, JANUARY, Price(7_000_000)), Rate(2, JANUARY, Price(3_000_000)), Rate(2, JULY, Price(3_500_000))),
)
BOOK = {ONE.code: SINGLE, TWO.code: DOUBLE}
ALWAYS_ONE = (Assignment(JANUARY, ONE.code),)
MOVED = (*ALWAYS_ONE, Assignment(date(2026, 9, 20), TWO.code))
DAYS = [date(2024, 2, 29), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 31), date(2026, 8, 1)]


def test_a_price_holds_from_its_day_until_the_next_of_its_zone() -> None:
    assert rate_on(SINGLE.rates, 1, JANUARY - timedelta(1)) is None
    assert rate_on(SINGLE.rates, 1, MIDDLE - timedelta(1)) == 5_000_000
    assert rate_on(SINGLE.rates, 1, MIDDLE) == 6_000_000
    assert DOUBLE.on(JULY) == (7_000_000, 3_500_000)
    assert DOUBLE.on(JANUARY - timedelta(1)) == ()


@pytest.mark.parametrize(
    ("tariff", "rates", "fault"),
    [
        (ONE, (), TariffFault.GAP),
        (TWO, (Rate(1, JANUARY, Price(1)),), TariffFault.GAP),
        (TWO, (Rate(1, JANUARY, Price(1)), Rate(2, JULY, Price(1))), TariffFault.GAP),
        (ONE, (Rate(1, JANUARY, Price(1)), Rate(1, JANUARY, Price(2))), TariffFault.OVERLAP),
        (ONE, (Rate(1, JANUARY, Price(1)), Rate(2, JANUARY, Price(2))), TariffFault.ZONE),
        (ONE, (Rate(0, JANUARY, Price(1)), Rate(1, JANUARY, Price(2))), TariffFault.ZONE),
    ],
)
def test_gaps_overlaps_and_strange_zones_are_refused(
    tariff: Tariff, rates: tuple[Rate, ...], fault: TariffFault
) -> None:
    with pytest.raises(TariffRefused) as refused:
        PricedTariff(tariff, rates)
    assert refused.value.fault is fault


@given(some.dates(JANUARY, date(2027, 12, 31)), some.permutations(DOUBLE.rates))
def test_on_every_day_each_zone_has_exactly_the_newest_price_whatever_their_order(day: date, rates: list[Rate]) -> None:
    night = 3_500_000 if day >= JULY else 3_000_000
    assert PricedTariff(TWO, tuple(rates)).on(day) == (7_000_000, night)


def test_an_own_tariff_with_the_next_change_of_price_or_of_tariff() -> None:
    five, six = (Price(5_000_000),), (Price(6_000_000),)
    assert own_tariff(ALWAYS_ONE, BOOK, JULY) == OwnTariff(ONE, five, TariffChange(MIDDLE, ONE, six))
    assert own_tariff(ALWAYS_ONE, BOOK, MIDDLE) == OwnTariff(ONE, six)
    moved = own_tariff(MOVED, BOOK, MIDDLE)
    assert moved == OwnTariff(ONE, six, TariffChange(date(2026, 9, 20), TWO, (Price(7_000_000), Price(3_500_000))))
    assert own_tariff(MOVED, BOOK, date(2026, 9, 20)) == OwnTariff(TWO, (Price(7_000_000), Price(3_500_000)))


def test_what_is_not_known_is_no_tariff() -> None:
    assert own_tariff((), BOOK, JULY) is None
    assert own_tariff(ALWAYS_ONE, BOOK, JANUARY - timedelta(1)) is None
    assert own_tariff((Assignment(JANUARY, TariffCode("?")),), BOOK, JULY) is None
    assert month_spans((), BOOK, JULY) == ()


def test_a_month_is_cut_where_price_or_tariff_changes() -> None:
    assert month_spans(MOVED, BOOK, date(2026, 9, 30)) == (
        Span(date(2026, 9, 1), date(2026, 9, 14), ONE, (Price(5_000_000),)),
        Span(MIDDLE, date(2026, 9, 19), ONE, (Price(6_000_000),)),
        Span(date(2026, 9, 20), date(2026, 9, 30), TWO, (Price(7_000_000), Price(3_500_000))),
    )
    assert month_spans(ALWAYS_ONE, BOOK, date(2026, 2, 10)) == (
        Span(date(2026, 2, 1), date(2026, 2, 28), ONE, (Price(5_000_000),)),
    )


def test_a_turn_that_changes_nothing_cuts_nothing() -> None:
    again = (*ALWAYS_ONE, Assignment(date(2026, 2, 10), ONE.code))
    assert len(month_spans(again, BOOK, date(2026, 2, 1))) == 1
    begins = (Assignment(date(2026, 2, 10), ONE.code),)
    assert [span.first for span in month_spans(begins, BOOK, date(2026, 2, 1))] == [date(2026, 2, 10)]


@given(some.dates(date(2025, 12, 1), date(2027, 3, 1)))
def test_the_parts_of_a_month_follow_each_other_and_hold_what_holds_on_their_days(month: date) -> None:
    spans = month_spans(MOVED, BOOK, month)
    for span in spans:
        assert (span.first.year, span.first.month) == (span.last.year, span.last.month) == (month.year, month.month)
        for day in (span.first, span.last):
            held = own_tariff(MOVED, BOOK, day)
            assert held is not None
            assert (held.tariff, held.prices) == (span.tariff, span.prices)
    assert all(one.last + timedelta(1) == other.first for one, other in pairwise(spans))


FEBRUARY, SEPTEMBER = month_spans(ALWAYS_ONE, BOOK, date(2026, 2, 1)), month_spans(ALWAYS_ONE, BOOK, MIDDLE)
NIGHTS = month_spans((Assignment(JANUARY, TWO.code),), BOOK, date(2026, 2, 1))


@pytest.mark.parametrize(
    ("spans", "zone", "kwh", "rate", "kopecks", "differs"),
    [
        (FEBRUARY, 1, 100, 5_000_000, 50_000, None),
        (FEBRUARY, None, 100, 5_000_000, 50_000, None),
        (FEBRUARY, 1, 100, None, 50_000, None),
        (FEBRUARY, 1, None, 5_000_000, 12_345, None),
        (FEBRUARY, 1, 100, 5_000_000, 50_001, None),
        (FEBRUARY, 1, 100, 5_000_000, 50_002, Difference.AMOUNT),
        (FEBRUARY, 1, 100, None, 60_000, Difference.AMOUNT),
        (FEBRUARY, 1, 100, 5_000_001, 50_000, Difference.PRICE),
        (FEBRUARY, 2, 100, 5_000_000, 50_000, Difference.ZONE),
        (FEBRUARY, 1, 100, 5_000_000, -50_000, None),
        (SEPTEMBER, 1, 100, 6_000_000, 60_000, None),
        (SEPTEMBER, 1, 100, 5_000_000, 50_000, None),
        (SEPTEMBER, 1, 100, None, 55_500, None),
        (SEPTEMBER, 1, 100, None, 60_002, Difference.AMOUNT),
        (NIGHTS, 2, 10, 3_000_000, 3_000, None),
        (NIGHTS, 2, 10, 7_000_000, 7_000, Difference.PRICE),
        (NIGHTS, None, 10, 7_000_000, 7_000, None),
        (FEBRUARY, None, None, None, 99, None),
        ((), 7, 100, 1, 1, None),
    ],
)
def test_a_charge_beside_the_tariff(
    spans: tuple[Span, ...],
    zone: int | None,
    kwh: int | None,
    rate: int | None,
    kopecks: int,
    differs: Difference | None,
) -> None:
    assert difference(spans, zone, kwh, rate, Kopecks(kopecks)) is differs


@given(some.integers(0, 9_999_999), some.integers(1, 99_999_999))
def test_a_charge_that_is_rounded_to_kopecks_fits(kwh: int, price: int) -> None:
    span = (Span(JANUARY, JULY, ONE, (Price(price),)),)
    for rounded in (kwh * price // 10_000, -(-kwh * price // 10_000)):
        assert difference(span, 1, kwh, price, Kopecks(rounded)) is None


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_demo_is_charged_by_its_own_tariffs(today: date) -> None:
    book = demo_tariffs.book(today)
    for fixed in demo.FIXED:
        history = demo.tariff_history(fixed, today)
        assert own_tariff(history, book, today) is not None
        for entry in demo.ledger_of(fixed, today):
            spans = month_spans(history, book, entry.day)
            assert difference(spans, entry.zone, entry.kwh, entry.rate, entry.amount) is None
            assert spans or entry.zone is None
    for supply in (supply for customer in population(80, 1, today) for supply in customer.supplies):
        for day, _, amount, _, zone, kwh, rate in supply.ledger:
            spans = month_spans(demo_tariffs.history(supply.tariff, today), book, day)
            assert spans
            assert difference(spans, zone, kwh, rate, amount) is None


def test_the_demos_newest_charges_have_the_same_price_on_any_day() -> None:
    for today in DAYS:
        newest = demo.month_start(today, 1)
        assert demo_tariffs.kopecks_on(demo.tariff_of(demo.TRUSTED), newest, today) == (541, 329)


def test_villages_pay_less_and_firms_more() -> None:
    assert demo_tariffs.code_of(CustomerKind.HOUSEHOLD, "пос. Берёзовка", 1) == "С1"
    assert demo_tariffs.code_of(CustomerKind.HOUSEHOLD, "пгт Светлореченск", 2) == "Г2"
    assert demo_tariffs.code_of(CustomerKind.FIRM, "с. Ключи", 2) == "О2"
