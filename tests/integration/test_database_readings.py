"""Readings: what the meters showed and what customers hand in, one contract for the fake and both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from customers import demo
from customers.accounts import AccountNumber, Reading
from customers.ports import Accounts, Readings
from customers.readings import HandedIn, ReadingSource, ReadingState
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.readings import HISTORY, DatabaseReadings
from tests.kit.databases import KINDS, NOW, PIN_KEY, new_database, passwords
from tests.kit.fake_customers import demo_customers

TODAY = demo.today_of(NOW)
NUMBER = demo.TRUSTED.number
(METER,) = demo.meters_of(demo.TRUSTED, TODAY)
DAY = HandedIn(METER.serial, 1, 6100, ReadingState.ACCEPTED)
NIGHT = HandedIn(METER.serial, 2, 3050, ReadingState.TO_VERIFY)
BY_TELEPHONE = ReadingSource.TELEPHONE


@pytest.fixture(params=("fake", *KINDS))
def readings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readings]:
    if request.param == "fake":
        yield demo_customers(NOW)
        return
    with new_database(request.param, request, tmp_path_factory) as engine:
        load_demo(engine, 0, 1, PIN_KEY, passwords(), NOW, with_pin=0)
        yield DatabaseReadings(engine)


def newest(readings: Readings, zone: int) -> Reading:
    (meter,) = readings.meters_to_read(NUMBER)
    return meter.history[zone][-1]


def test_every_meter_with_a_year_of_each_zone(readings: Readings) -> None:
    for fixed in demo.FIXED:
        meters = readings.meters_to_read(fixed.number)
        assert [meter.serial for meter in meters] == [meter.serial for meter in demo.meters_of(fixed, TODAY)]
        told = demo.readings_of(fixed, TODAY)
        for place, meter in enumerate(meters):
            assert meter.zones == fixed.zones
            for zone in range(1, fixed.zones + 1):
                expected = [one for at, one in told if (at, one.zone) == (place, zone)]
                assert list(meter.history[zone]) == expected[-HISTORY:]
    assert readings.meters_to_read(demo.UNKNOWN_ACCOUNT) == ()


def test_what_is_handed_in_is_the_newest(readings: Readings) -> None:
    assert readings.hand_in(NUMBER, TODAY, (DAY, NIGHT), BY_TELEPHONE)
    assert newest(readings, 1) == Reading(1, 6100, TODAY)
    assert newest(readings, 2) == Reading(2, 3050, TODAY)


def test_the_second_of_a_day_replaces_the_first(readings: Readings) -> None:
    assert readings.hand_in(NUMBER, TODAY, (DAY, NIGHT), BY_TELEPHONE)
    assert readings.hand_in(NUMBER, TODAY, (replace(DAY, kwh=6101),), BY_TELEPHONE)
    assert newest(readings, 1).kwh == 6101
    assert newest(readings, 2).kwh == 3050


@pytest.mark.parametrize(
    "wrong",
    [
        replace(DAY, serial="9"),
        replace(DAY, serial="0122017011"),
        replace(DAY, zone=3),
        replace(DAY, zone=0),
        replace(DAY, kwh=-1),
    ],
)
def test_all_or_nothing(readings: Readings, wrong: HandedIn) -> None:
    before = newest(readings, 2)
    assert not readings.hand_in(NUMBER, TODAY, (NIGHT, wrong), BY_TELEPHONE)
    assert newest(readings, 2) == before


def test_nothing_of_nobody(readings: Readings) -> None:
    assert not readings.hand_in(demo.UNKNOWN_ACCOUNT, TODAY, (DAY,), BY_TELEPHONE)
    assert not readings.hand_in(AccountNumber("'; --"), TODAY, (DAY,), BY_TELEPHONE)
    assert not readings.hand_in(NUMBER, TODAY, (), BY_TELEPHONE)
    assert readings.meters_to_read(AccountNumber("'; --")) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_and_the_telephone_tell_them_at_once(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with new_database(kind, request, tmp_path_factory) as engine:
        load_demo(engine, 0, 1, PIN_KEY, passwords(), NOW, with_pin=0)
        accounts: Accounts = DatabaseAccounts(engine)
        assert DatabaseReadings(engine).hand_in(NUMBER, date(2026, 11, 23), (DAY, NIGHT), BY_TELEPHONE)
        (meter,) = accounts.meters(NUMBER)
        assert [(one.zone, one.kwh, one.day) for one in meter.readings] == [(1, 6100, TODAY), (2, 3050, TODAY)]
