"""The customers in memory: Accounts, Pins and Outages for the unit tests of flows and desk.

tests/integration/test_database_customers.py runs the same contract over this and over the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from calls.clock import Instant, after, as_datetime
from calls.numbers import PhoneNumber
from calls.zones import zone
from customers import demo, demo_places, demo_tariffs
from customers.accounts import (
    Account,
    AccountNumber,
    Balance,
    CustomerCard,
    EntryKind,
    LedgerEntry,
    Meter,
    Outage,
    PinAnswer,
    PinCheck,
    Reading,
)
from customers.addresses import Street
from customers.attempts import Verdict
from customers.money import Kopecks
from customers.outages import SOON_S, Locality, LocalityCode, LocalityOutages, OutageAt, is_over
from customers.pin import is_pin
from customers.ports import RECENT_ENTRIES, RECENT_PAYMENTS, CustomersUnavailable, PinChoice
from customers.readings import HandedIn, MeterToRead, ReadingSource
from customers.tariffs import Assignment, OwnTariff, PriceBook, own_tariff
from tests.kit.fake_attempts import FakeAttempts
from tests.kit.fake_pin_resets import FakePinResets

NOWHERE = Street("", "")


@dataclass(slots=True)
class FakeAccount:
    account: Account
    street: Street = NOWHERE
    ledger: tuple[LedgerEntry, ...] = ()
    meters: tuple[Meter, ...] = ()
    readings: tuple[tuple[int, Reading], ...] = ()
    """(place of the meter, reading), as far back as known."""
    outages: tuple[Outage, ...] = ()
    phones: dict[PhoneNumber, bool] = field(default_factory=dict)
    """Telephone number -> whether it may hear the balance."""
    pin: str | None = None
    tariffs: tuple[Assignment, ...] = ()


class FakeCustomers:
    """Set `down` and every question raises CustomersUnavailable; put an account in `locked` and its PIN is LOCKED.

    `chosen`: the accounts that were given another PIN, and how; `resets`: those that an approved one uses up.
    """

    def __init__(self, *accounts: FakeAccount) -> None:
        self.accounts = {fake.account.number: fake for fake in accounts}
        self.locked: set[AccountNumber] = set()
        self.attempts = FakeAttempts()
        self.chosen: list[tuple[AccountNumber, PinChoice]] = []
        self.resets: FakePinResets | None = None
        self.down = False
        self.pin_checks = 0
        self.prices: PriceBook = {}
        self.handed_in: list[tuple[HandedIn, ReadingSource]] = []

    def find(self, number: AccountNumber) -> Account | None:
        fake = self._get(number)
        return fake.account if fake else None

    def of_phone(self, phone: PhoneNumber) -> tuple[Account, ...]:
        self._get(AccountNumber(""))
        return tuple(self.accounts[number].account for number in sorted(self.accounts) if self._rings(phone, number))

    def phones(self, number: AccountNumber) -> tuple[PhoneNumber, ...]:
        fake = self._get(number)
        return tuple(sorted(fake.phones)) if fake else ()

    def may_hear(self, phone: PhoneNumber, number: AccountNumber) -> bool:
        fake = self._get(number)
        return fake is not None and fake.phones.get(phone, False)

    def balance(self, number: AccountNumber) -> Balance | None:
        fake = self._get(number)
        if fake is None:
            return None
        total = Kopecks(sum(entry.amount for entry in fake.ledger))
        paid = [entry for entry in fake.ledger if entry.kind is EntryKind.PAYMENT]
        last = max(paid, key=lambda entry: entry.day, default=None)
        return Balance(number, total, last.amount if last else None, last.day if last else None)

    def payments(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        fake = self._get(number)
        paid = [] if fake is None else [entry for entry in fake.ledger if entry.kind is EntryKind.PAYMENT]
        return tuple(sorted(paid, key=lambda entry: entry.day, reverse=True)[:RECENT_PAYMENTS])

    def charges(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        fake = self._get(number)
        charged = [] if fake is None else [entry for entry in fake.ledger if entry.kind is EntryKind.CHARGE]
        newest = max((entry.day.replace(day=1) for entry in charged), default=None)
        of_month = (entry for entry in charged if entry.day.replace(day=1) == newest)
        return tuple(sorted(of_month, key=lambda entry: entry.day))

    def meters(self, number: AccountNumber) -> tuple[Meter, ...]:
        fake = self._get(number)
        return () if fake is None else fake.meters

    def tariff(self, number: AccountNumber, day: date) -> OwnTariff | None:
        fake = self._get(number)
        return None if fake is None else own_tariff(fake.tariffs, self.prices, day)

    def card(self, number: AccountNumber, now: Instant) -> CustomerCard | None:
        fake, balance = self._get(number), self.balance(number)
        if fake is None or balance is None:
            return None
        others = (self.accounts[other].account for other in sorted(self.accounts) if other != number)
        return CustomerCard(
            account=fake.account,
            balance=balance,
            phones=tuple(sorted(fake.phones)),
            meters=fake.meters,
            recent=fake.ledger[: -RECENT_ENTRIES - 1 : -1],
            outages=tuple(outage for outage in fake.outages if concerns(outage, now)),
            other_accounts=tuple(other for other in others if other.customer_id == fake.account.customer_id),
            tariff=self.tariff(number, as_datetime(now).astimezone(zone(fake.account.zone)).date()),
        )

    def check(self, number: AccountNumber, pin: str, phone: PhoneNumber | None, now: Instant) -> PinAnswer:
        fake = self._get(number)
        self.pin_checks += 1
        counted = self.attempts.begin(number, phone, now)
        if counted.verdict is Verdict.BLOCKED:
            return PinAnswer(PinCheck.BLOCKED, counted.delay_s)
        if fake is None:
            return PinAnswer(PinCheck.NO_SUCH_ACCOUNT, counted.delay_s)
        if counted.verdict is Verdict.LOCKED or number in self.locked:
            return PinAnswer(PinCheck.LOCKED, counted.delay_s)
        if fake.pin is None:
            return PinAnswer(PinCheck.NO_PIN, counted.delay_s)
        if pin != fake.pin:
            return PinAnswer(PinCheck.WRONG, counted.delay_s)
        self.attempts.was_right(number, phone, now)
        return PinAnswer(PinCheck.RIGHT)

    def choose(self, number: AccountNumber, pin: str, how: PinChoice, now: Instant) -> bool:
        if not is_pin(pin):
            raise ValueError("A PIN has four to six digits.")
        fake = self._get(number)
        if fake is None:
            return False
        lifted: bool | None = True
        if how is PinChoice.APPROVED:
            lifted = None if self.resets is None else self.resets.use(number, now)
        if lifted is None:
            return False
        fake.pin = pin
        if lifted:
            self.attempts.forget(number)
        self.chosen.append((number, how))
        return True

    def meters_to_read(self, number: AccountNumber) -> tuple[MeterToRead, ...]:
        fake = self._get(number)
        if fake is None:
            return ()
        return tuple(
            MeterToRead(
                meter.serial,
                meter.zones,
                {
                    of: tuple(sorted(read, key=lambda one: one.day))[-13:]
                    for of in range(1, meter.zones + 1)
                    if (read := [one for at, one in fake.readings if at == place and one.zone == of])
                },
            )
            for place, meter in enumerate(fake.meters)
        )

    def hand_in(self, number: AccountNumber, day: date, values: Sequence[HandedIn], source: ReadingSource) -> bool:
        fake = self._get(number)
        places = {meter.serial: place for place, meter in enumerate(fake.meters)} if fake else {}
        if fake is None or not values:
            return False
        for value in values:
            place = places.get(value.serial)
            if place is None or not 1 <= value.zone <= fake.meters[place].zones or value.kwh < 0:
                return False
        for value in values:
            place = places[value.serial]
            kept = [(at, one) for at, one in fake.readings if (at, one.zone, one.day) != (place, value.zone, day)]
            fake.readings = (*kept, (place, Reading(value.zone, value.kwh, day)))
        self.handed_in += [(value, source) for value in values]
        return True

    def at_phone(self, phone: PhoneNumber, now: Instant) -> tuple[OutageAt, ...]:
        numbers = [account.number for account in self.of_phone(phone)]
        return _outages_at([self.accounts[number] for number in numbers], now)

    def at_account(self, number: AccountNumber, now: Instant) -> tuple[OutageAt, ...]:
        fake = self._get(number)
        return _outages_at([fake] if fake else [], now)

    def in_locality(self, code: LocalityCode, now: Instant) -> LocalityOutages | None:
        self._get(AccountNumber(""))
        settlement = demo_places.LOCALITIES.get(code)
        if settlement is None:
            return None
        there = [fake for fake in self.accounts.values() if fake.street.settlement == settlement]
        return LocalityOutages(Locality(code, settlement), _outages_at(there, now))

    def _get(self, number: AccountNumber) -> FakeAccount | None:
        if self.down:
            raise CustomersUnavailable("The customers' data was taken down by the test.")
        return self.accounts.get(number)

    def _rings(self, phone: PhoneNumber, number: AccountNumber) -> bool:
        return phone in self.accounts[number].phones


def _outages_at(accounts: Sequence[FakeAccount], now: Instant) -> tuple[OutageAt, ...]:
    found = {
        OutageAt(outage, fake.street, fake.account.zone): None
        for fake in accounts
        for outage in fake.outages
        if concerns(outage, now)
    }
    return tuple(sorted(found, key=lambda one: (one.outage.since, one.outage.outage_id, one.street.name)))


def concerns(outage: Outage, now: Instant) -> bool:
    """Going on, or beginning within SOON_S."""
    return outage.since <= after(now, SOON_S) and not is_over(outage, now)


def demo_customers(now: Instant) -> FakeCustomers:
    """The demo's fixed accounts as `demo-data` loads them."""
    today = demo.today_of(now)
    customers = FakeCustomers(
        *(
            FakeAccount(
                account=fixed.account,
                street=fixed.street,
                ledger=demo.ledger_of(fixed, today),
                meters=demo.meters_of(fixed, today),
                readings=demo.readings_of(fixed, today),
                outages=demo.outages_at(fixed.street, now),
                phones={fixed.phone: fixed.may_hear},
                pin=fixed.pin,
                tariffs=demo.tariff_history(fixed, today),
            )
            for fixed in demo.FIXED
        )
    )
    customers.prices = demo_tariffs.book(today)
    return customers
