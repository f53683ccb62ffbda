"""The invented supplier, without a database."""

import datetime
from collections import Counter

import pytest

from calls.clock import Instant, after
from calls.numbers import parse_number
from customers import demo
from customers.accounts import ACCOUNT_DIGITS, CustomerKind, EntryKind
from customers.demo_names import feminine, patronymic
from customers.demo_places import STREETS
from customers.demo_population import DemoCustomer, population
from customers.pin import is_pin
from customers.tariffs import MICROROUBLES_A_KOPECK
from staff import demo as staff_demo
from staff.roles import Role

TODAY = datetime.date(2026, 11, 23)
DAYS = [datetime.date(2024, 2, 29), datetime.date(2026, 1, 1), datetime.date(2026, 12, 31), datetime.date(2027, 3, 31)]


@pytest.fixture(scope="module")
def people() -> list[DemoCustomer]:
    return list(population(600, 1, TODAY))


@pytest.mark.parametrize("today", [TODAY, *DAYS], ids=str)
@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_a_fixed_ledger_sums_to_its_balance_on_any_day(fixed: demo.DemoAccount, today: datetime.date) -> None:
    ledger = demo.ledger_of(fixed, today)
    assert sum(entry.amount for entry in ledger) == fixed.balance
    assert [entry.day for entry in ledger] == sorted(entry.day for entry in ledger)
    assert ledger[-1].day <= today
    last = [entry for entry in ledger if entry.kind is EntryKind.PAYMENT][-1]
    assert (last.amount, last.day) == (fixed.last_payment, demo.last_payment_on(fixed, today))


def test_the_fixed_accounts_are_what_the_readme_promises() -> None:
    assert demo.IN_DEBT.balance == -212_132
    assert demo.OVERPAID.balance > 0
    assert (demo.FIRM.kind, demo.FIRM.meters) == (CustomerKind.FIRM, 3)
    assert demo.SHARED_FIRST.phone == demo.SHARED_SECOND.phone
    assert [fixed for fixed in demo.FIXED if fixed.may_hear] == [demo.TRUSTED]
    assert [fixed for fixed in demo.FIXED if fixed.street == demo.NABEREZHNAYA] == [demo.IN_OUTAGE]
    assert all(is_pin(fixed.pin) and parse_number(fixed.phone) == fixed.phone for fixed in demo.FIXED)
    assert {fixed.street for fixed in demo.FIXED} <= set(STREETS)


@pytest.mark.parametrize("minutes", range(0, 60, 7))
def test_the_emergency_ends_on_a_half_hour_in_two_hours_or_more(minutes: int) -> None:
    now = Instant(1_795_424_400_000 + minutes * 60_000)
    outage = demo.emergency(now)
    assert outage.until is not None
    assert outage.until % (30 * 60_000) == 0
    assert after(now, 2 * 3600) <= outage.until <= after(now, 2.5 * 3600)
    assert outage.since < now


def test_customer_n_is_the_same_whatever_their_count(people: list[DemoCustomer]) -> None:
    assert list(population(50, 1, TODAY)) == people[:50]
    assert list(population(50, 2, TODAY)) != people[:50]


def test_numbers_belong_to_one_only(people: list[DemoCustomer]) -> None:
    supplies = [supply for customer in people for supply in customer.supplies]
    numbers = [supply.number for supply in supplies] + [fixed.number for fixed in demo.FIXED]
    serials = [meter.serial for supply in supplies for meter in supply.meters]
    assert len(set(numbers)) == len(numbers)
    assert len(set(serials)) == len(serials)
    assert all(len(number) == ACCOUNT_DIGITS and number.isdecimal() for number in numbers)
    assert demo.UNKNOWN_ACCOUNT not in numbers


def test_telephones_are_e164_some_shared_and_none_a_fixed_one(people: list[DemoCustomer]) -> None:
    phones = Counter(number for customer in people for number, _ in customer.phones)
    assert all(parse_number(number) == number for number in phones)
    assert 1 < sum(count > 1 for count in phones.values()) < len(phones) // 10
    assert not phones.keys() & {fixed.phone for fixed in demo.FIXED}


def test_charges_follow_the_readings_and_money_is_whole(people: list[DemoCustomer]) -> None:
    for supply in (supply for customer in people for supply in customer.supplies):
        charges = [entry for entry in supply.ledger if entry[1] is EntryKind.CHARGE]
        zones = max(meter.zones for meter in supply.meters)
        assert [zone for *_, zone, _, _ in charges] == [*range(1, zones + 1)] * demo.MONTHS
        assert len({day for day, *_ in charges}) == demo.MONTHS
        for _, _, amount, _, _, kwh, rate in charges:
            assert type(amount) is int
            assert kwh is not None
            assert rate is not None
            assert amount * MICROROUBLES_A_KOPECK == -kwh * rate < 0
        assert all(day <= TODAY for day, *_ in supply.ledger)
        for meter in supply.meters:
            assert len(meter.readings) == (demo.MONTHS + 1) * meter.zones
            assert meter.readings == sorted(meter.readings, key=lambda reading: (reading[1], reading[0], reading[2]))


def test_the_supplier_has_debtors_overpayers_firms_and_owners_of_several(people: list[DemoCustomer]) -> None:
    balances = [sum(amount for _, _, amount, *_ in s.ledger) for customer in people for s in customer.supplies]
    assert min(balances) < -100_000
    assert max(balances) > 0
    assert balances.count(0) > len(balances) // 3
    assert 10 < sum(customer.kind is CustomerKind.FIRM for customer in people) < 80
    assert sum(len(customer.supplies) > 1 for customer in people) > 30
    assert any(len(supply.meters) > 1 for customer in people for supply in customer.supplies)


@pytest.mark.parametrize(
    ("surname", "hers"),
    [
        ("Козлов", "Козлова"),
        ("Киселёв", "Киселёва"),
        ("Зимин", "Зимина"),
        ("Островский", "Островская"),
        ("Полевой", "Полевая"),
        ("Савчук", "Савчук"),
        ("Мороз", "Мороз"),
    ],
)
def test_a_surname_agrees_in_gender(surname: str, hers: str) -> None:
    assert feminine(surname) == hers


@pytest.mark.parametrize(
    ("father", "his", "hers"),
    [
        ("Иван", "Иванович", "Ивановна"),
        ("Пётр", "Петрович", "Петровна"),
        ("Сергей", "Сергеевич", "Сергеевна"),
        ("Юрий", "Юрьевич", "Юрьевна"),
        ("Павел", "Павлович", "Павловна"),
        ("Михаил", "Михайлович", "Михайловна"),
        ("Семён", "Семёнович", "Семёновна"),
    ],
)
def test_a_patronymic_agrees_in_gender(father: str, his: str, hers: str) -> None:
    assert (patronymic(father, woman=False), patronymic(father, woman=True)) == (his, hers)


def test_the_demo_has_ten_agents_and_every_role() -> None:
    assert len(staff_demo.AGENTS) == 10
    assert {user.role for user in staff_demo.USERS} == set(Role)
    assert len({user.login for user in staff_demo.USERS}) == len(staff_demo.USERS)
