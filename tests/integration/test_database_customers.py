"""One contract for all that answer for customers: the fake of the unit tests, SQLite and PostgreSQL."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import count

import pytest
from sqlalchemy import delete, select

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers import demo, demo_tariffs
from customers.accounts import AccountNumber, OutageKind, PinCheck, Reading
from customers.outages import OVERDUE_S
from customers.ports import RECENT_ENTRIES, Accounts, PinChoice, Pins
from customers.tariffs import own_tariff
from database.accounts import DatabaseAccounts
from database.bulk import insert_rows
from database.engine import DatabaseUnavailable, Engine, reading, writing
from database.pins import DatabasePins
from database.tables import (
    AccountRow,
    CustomerRow,
    LedgerRow,
    MeterRow,
    OutageAccountRow,
    OutagePlaceRow,
    OutageRow,
    ReadingRow,
    StreetRow,
)
from tests.kit.databases import KINDS, NOW, PIN_KEY
from tests.kit.fake_customers import demo_customers

NEW_METER, READ = 9_000_001, 9_000_002
NOBODY = PhoneNumber("+73069999999")
HOSTILE = (
    "",
    "0",
    "4401220170'; DROP TABLE ledger; --",
    "4401220170\0",
    "\ud800401220170",
    "４４０１２２０１７０",
    "4401220170\n",
    "Ж" * 10,
    "9" * 64_000,
)


_phones = count(73_069_000_000)


def tried(pins: Pins, number: AccountNumber, pin: str) -> PinCheck:
    """One try, of a caller's number that has tried nothing yet."""
    return pins.check(number, pin, PhoneNumber(f"+{next(_phones)}"), NOW).result


@dataclass(frozen=True, slots=True)
class Answering:
    accounts: Accounts
    pins: Pins


@pytest.fixture(scope="module", params=("fake", *KINDS))
def answering(request: pytest.FixtureRequest) -> Answering:
    if request.param == "fake":
        fake = demo_customers(NOW)
        return Answering(fake, fake)
    engine = request.getfixturevalue(f"demo_{request.param}")
    return Answering(DatabaseAccounts(engine), DatabasePins(engine, PIN_KEY))


@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_every_fixed_account_is_as_the_readme_says(answering: Answering, fixed: demo.DemoAccount) -> None:
    assert answering.accounts.find(fixed.number) == fixed.account
    balance = answering.accounts.balance(fixed.number)
    assert balance is not None
    assert (balance.amount, balance.last_payment) == (fixed.balance, fixed.last_payment)
    assert balance.last_payment_on == demo.last_payment_on(fixed, demo.today_of(NOW))
    assert tried(answering.pins, fixed.number, fixed.pin) is PinCheck.RIGHT
    assert tried(answering.pins, fixed.number, "0000") is PinCheck.WRONG


def test_the_debt_is_2121_roubles_32(answering: Answering) -> None:
    balance = answering.accounts.balance(demo.IN_DEBT.number)
    assert balance is not None
    assert balance.amount == -212_132
    assert str(balance.last_payment_on) == "2026-10-12"


def test_a_shared_telephone_belongs_to_both_accounts_in_order(answering: Answering) -> None:
    found = answering.accounts.of_phone(demo.SHARED_FIRST.phone)
    assert [account.number for account in found] == [demo.SHARED_FIRST.number, demo.SHARED_SECOND.number]
    assert answering.accounts.of_phone(NOBODY) == ()


def test_an_account_knows_its_telephones_in_order(answering: Answering) -> None:
    assert answering.accounts.phones(demo.SHARED_FIRST.number) == (demo.SHARED_FIRST.phone,)
    assert answering.accounts.phones(demo.UNKNOWN_ACCOUNT) == ()


def test_only_an_allowed_telephone_may_hear(answering: Answering) -> None:
    allowed = {fixed.number for fixed in demo.FIXED if answering.accounts.may_hear(fixed.phone, fixed.number)}
    assert allowed == {demo.TRUSTED.number}
    assert not answering.accounts.may_hear(demo.TRUSTED.phone, demo.IN_DEBT.number)
    assert not answering.accounts.may_hear(NOBODY, demo.TRUSTED.number)


@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_the_card_is_the_same_everywhere(answering: Answering, fixed: demo.DemoAccount) -> None:
    card = answering.accounts.card(fixed.number, NOW)
    assert card == demo_customers(NOW).card(fixed.number, NOW)
    assert card is not None
    assert len(card.recent) == RECENT_ENTRIES
    assert len(card.meters) == fixed.meters


@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_the_last_payments_and_the_meters_with_the_newest_reading_of_each_zone(
    answering: Answering, fixed: demo.DemoAccount
) -> None:
    today = demo.today_of(NOW)
    payments = answering.accounts.payments(fixed.number)
    assert [payment.amount for payment in payments] == [fixed.last_payment, fixed.monthly, fixed.monthly]
    assert payments[0].day == demo.last_payment_on(fixed, today)
    assert [payment.day for payment in payments] == sorted((payment.day for payment in payments), reverse=True)
    meters = answering.accounts.meters(fixed.number)
    assert meters == demo.meters_of(fixed, today)
    assert [[reading.zone for reading in meter.readings] for meter in meters] == [
        list(range(1, fixed.zones + 1))
    ] * fixed.meters
    assert {reading.day for meter in meters for reading in meter.readings} == {
        demo.month_start(today, 1).replace(day=23)
    }


@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_the_charges_of_the_newest_month_by_zone(answering: Answering, fixed: demo.DemoAccount) -> None:
    charges = answering.accounts.charges(fixed.number)
    assert charges == demo_customers(NOW).charges(fixed.number)
    assert sum(charge.amount for charge in charges) == -fixed.monthly
    assert {charge.day for charge in charges} == {demo.month_start(demo.today_of(NOW), 1)}
    assert [charge.zone for charge in charges] == ([None] if fixed.zones == 1 else [1, 2])


def test_the_charges_of_the_trusted_account_say_energy_and_rate_exactly(answering: Answering) -> None:
    charges = answering.accounts.charges(demo.TRUSTED.number)
    assert [(one.zone, one.kwh, one.rate, one.amount) for one in charges] == [
        (1, 180, 5_410_000, -97_380),
        (2, 90, 3_290_000, -29_610),
    ]


def test_all_charges_of_a_month_are_told_however_old_and_no_payment_or_correction(engine: Engine) -> None:
    insert_account = ("account_id", "number", "customer_id", "street_id", "house", "flat")
    first, middle, last = date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31)
    entries = [
        (1, last, "charge", -300), (1, first, "charge", -100), (1, middle, "charge", -200),
        (1, last, "payment", 500), (1, date(2026, 11, 2), "correction", -7),
    ]  # fmt: skip
    with writing(engine, DatabaseUnavailable) as connection:
        insert_rows(connection, CustomerRow, ("customer_id", "kind", "name"), [(1, "household", "Ёлкина Ева")])
        insert_rows(connection, StreetRow, ("street_id", "settlement", "name"), [(1, "с. Ключи", "ул. Новая")])
        insert_rows(connection, AccountRow, insert_account, [(1, "4400000001", 1, 1, "1", "")])
    accounts, number = DatabaseAccounts(engine), AccountNumber("4400000001")
    assert accounts.charges(number) == ()
    with writing(engine, DatabaseUnavailable) as connection:
        lines = [(*entry, "Начислено") for entry in entries]
        insert_rows(connection, LedgerRow, ("account_id", "day", "kind", "amount", "text"), lines)
    assert [(charge.day, charge.amount) for charge in accounts.charges(number)] == [(middle, -200), (last, -300)]


def test_each_zone_has_its_own_newest_reading_or_none(demo_engine: Engine) -> None:
    october, november, later = date(2026, 10, 1), date(2026, 11, 1), date(2030, 1, 1)
    number = demo.SHARED_SECOND.number
    with writing(demo_engine, DatabaseUnavailable) as connection:
        account = connection.scalar(select(AccountRow.account_id).where(AccountRow.number == number))
        of_meter = ("meter_id", "account_id", "serial", "model", "zones", "verified_until")
        unread, read = (NEW_METER, account, "90000001", "new", 1, later), (READ, account, "90000002", "three", 3, later)
        insert_rows(connection, MeterRow, of_meter, [unread, read])
        readings = [(READ, october, 1, 5), (READ, november, 1, 9), (READ, october, 3, 4)]
        insert_rows(connection, ReadingRow, ("meter_id", "day", "zone", "kwh"), readings)
    try:
        found = {meter.serial: meter.readings for meter in DatabaseAccounts(demo_engine).meters(number)}
        assert found["90000001"] == ()
        assert found["90000002"] == (Reading(1, 9, november), Reading(3, 4, october))
    finally:
        with writing(demo_engine, DatabaseUnavailable) as connection:
            connection.execute(delete(ReadingRow).where(ReadingRow.meter_id >= NEW_METER))
            connection.execute(delete(MeterRow).where(MeterRow.meter_id >= NEW_METER))


@pytest.mark.parametrize("fixed", demo.FIXED, ids=lambda fixed: fixed.number)
def test_the_own_tariff_with_its_prices_and_the_next_change(answering: Answering, fixed: demo.DemoAccount) -> None:
    today = demo.today_of(NOW)
    expected = own_tariff(demo.tariff_history(fixed, today), demo_tariffs.book(today), today)
    assert expected is not None
    assert answering.accounts.tariff(fixed.number, today) == expected
    assert (len(expected.prices), expected.change and expected.change.day) == (fixed.zones, date(2027, 7, 1))
    card = answering.accounts.card(fixed.number, NOW)
    assert card is not None
    assert card.tariff == expected
    assert answering.accounts.tariff(fixed.number, date(2000, 1, 1)) is None


def test_an_outage_is_on_the_card_until_it_is_over(answering: Answering) -> None:
    card = answering.accounts.card(demo.IN_OUTAGE.number, NOW)
    assert card is not None
    assert [outage.kind for outage in card.outages] == [OutageKind.EMERGENCY]
    until = card.outages[0].until
    assert until is not None
    later = answering.accounts.card(demo.IN_OUTAGE.number, after(Instant(until), OVERDUE_S))
    assert later is not None
    assert later.outages == ()


def test_a_planned_outage_is_on_the_card_only_when_it_is_near(answering: Answering) -> None:
    near = answering.accounts.card(demo.FIRM.number, NOW)
    far = answering.accounts.card(demo.FIRM.number, after(NOW, -30 * 24 * 3600))
    assert near is not None
    assert far is not None
    assert [outage.kind for outage in near.outages] == [OutageKind.PLANNED]
    assert far.outages == ()


def test_an_unknown_account_is_nobody(answering: Answering) -> None:
    assert answering.accounts.find(demo.UNKNOWN_ACCOUNT) is None
    assert answering.accounts.balance(demo.UNKNOWN_ACCOUNT) is None
    assert answering.accounts.payments(demo.UNKNOWN_ACCOUNT) == ()
    assert answering.accounts.charges(demo.UNKNOWN_ACCOUNT) == ()
    assert answering.accounts.meters(demo.UNKNOWN_ACCOUNT) == ()
    assert answering.accounts.card(demo.UNKNOWN_ACCOUNT, NOW) is None
    assert answering.accounts.tariff(demo.UNKNOWN_ACCOUNT, demo.today_of(NOW)) is None
    assert tried(answering.pins, demo.UNKNOWN_ACCOUNT, "1234") is PinCheck.NO_SUCH_ACCOUNT


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_finds_nobody_and_breaks_nothing(answering: Answering, text: str) -> None:
    number = AccountNumber(text)
    assert answering.accounts.find(number) is None
    assert answering.accounts.balance(number) is None
    assert answering.accounts.payments(number) == ()
    assert answering.accounts.charges(number) == ()
    assert answering.accounts.meters(number) == ()
    assert answering.accounts.card(number, NOW) is None
    assert answering.accounts.tariff(number, demo.today_of(NOW)) is None
    assert answering.accounts.phones(number) == ()
    assert not answering.pins.choose(number, "83061", PinChoice.RESET, NOW)
    assert answering.accounts.of_phone(PhoneNumber(text)) == ()
    assert not answering.accounts.may_hear(PhoneNumber(text), number)
    assert tried(answering.pins, number, text) is PinCheck.NO_SUCH_ACCOUNT
    assert tried(answering.pins, demo.IN_DEBT.number, text) is PinCheck.WRONG
    assert tried(answering.pins, demo.IN_DEBT.number, demo.IN_DEBT.pin) is PinCheck.RIGHT
    assert answering.accounts.find(demo.IN_DEBT.number) is not None


def test_a_customer_with_several_accounts_sees_the_others(demo_engine: Engine) -> None:
    accounts = DatabaseAccounts(demo_engine)
    found = accounts.find(AccountNumber(_number_of_several(demo_engine)))
    assert found is not None
    card = accounts.card(found.number, NOW)
    assert card is not None
    assert card.other_accounts
    assert {other.customer_id for other in card.other_accounts} == {found.customer_id}
    assert found not in card.other_accounts


def test_an_account_without_a_pin_says_so(demo_engine: Engine) -> None:
    last = _number_of_several(demo_engine)
    assert tried(DatabasePins(demo_engine, PIN_KEY), AccountNumber(last), "1234") is PinCheck.NO_PIN


def test_another_key_opens_no_pin(demo_engine: Engine) -> None:
    pins = DatabasePins(demo_engine, bytes(32))
    assert tried(pins, demo.IN_DEBT.number, demo.IN_DEBT.pin) is PinCheck.WRONG


def _number_of_several(engine: Engine) -> str:
    """The account of the last customer that has more than one: it has no PIN."""
    by_customer: dict[int, list[str]] = defaultdict(list)
    with reading(engine, DatabaseUnavailable) as connection:
        for customer, number in connection.execute(select(AccountRow.customer_id, AccountRow.number)):
            by_customer[customer].append(number)
    return max((customer, min(numbers)) for customer, numbers in by_customer.items() if len(numbers) > 1)[1]


def test_an_outage_of_one_house_or_one_account_concerns_only_that(engine: Engine) -> None:
    first, second = "4400000001", "4400000002"
    started = Instant(NOW - 1000)
    with writing(engine, DatabaseUnavailable) as connection:
        insert_rows(connection, CustomerRow, ("customer_id", "kind", "name"), [(1, "household", "Ёлкина Ева")])
        insert_rows(connection, StreetRow, ("street_id", "settlement", "name"), [(1, "с. Ключи", "ул. Новая")])
        columns = ("account_id", "number", "customer_id", "street_id", "house", "flat")
        insert_rows(connection, AccountRow, columns, [(1, first, 1, 1, "1", ""), (2, second, 1, 1, "2", "")])
        causes = ((1, "house"), (2, "own"), (3, "street"))
        rows = [(outage, "emergency", cause, started, None) for outage, cause in causes]
        insert_rows(connection, OutageRow, ("outage_id", "kind", "cause", "since", "until"), rows)
        insert_rows(connection, OutagePlaceRow, ("outage_id", "street_id", "house"), [(1, 1, "1"), (3, 1, "")])
        insert_rows(connection, OutageAccountRow, ("outage_id", "account_id"), [(2, 2), (3, 2)])
    assert _causes(engine, first) == ["house", "street"]
    assert _causes(engine, second) == ["own", "street"]


def _causes(engine: Engine, number: str) -> list[str]:
    card = DatabaseAccounts(engine).card(AccountNumber(number), NOW)
    assert card is not None
    return [outage.cause for outage in card.outages]
