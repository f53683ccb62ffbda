"""The customers in memory: Accounts and Pins for the unit tests of flows and desk.

tests/integration/test_database_customers.py runs the same contract over this and over the database.
"""

from dataclasses import dataclass, field

from calls.clock import Instant, after
from calls.numbers import PhoneNumber
from customers import demo
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
)
from customers.attempts import Verdict
from customers.money import Kopecks
from customers.pin import is_pin
from customers.ports import RECENT_ENTRIES, RECENT_PAYMENTS, SOON_S, CustomersUnavailable, PinChoice
from tests.kit.fake_attempts import FakeAttempts


@dataclass(slots=True)
class FakeAccount:
    account: Account
    ledger: tuple[LedgerEntry, ...] = ()
    meters: tuple[Meter, ...] = ()
    outages: tuple[Outage, ...] = ()
    phones: dict[PhoneNumber, bool] = field(default_factory=dict)
    """Telephone number -> whether it may hear the balance."""
    pin: str | None = None


class FakeCustomers:
    """Set `down` and every question raises CustomersUnavailable; put an account in `locked` and its PIN is LOCKED.

    `chosen`: the accounts that were given another PIN, and how.
    """

    def __init__(self, *accounts: FakeAccount) -> None:
        self.accounts = {fake.account.number: fake for fake in accounts}
        self.locked: set[AccountNumber] = set()
        self.attempts = FakeAttempts()
        self.chosen: list[tuple[AccountNumber, PinChoice]] = []
        self.down = False
        self.pin_checks = 0

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

    def meters(self, number: AccountNumber) -> tuple[Meter, ...]:
        fake = self._get(number)
        return () if fake is None else fake.meters

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
        fake.pin = pin
        self.attempts.forget(number)
        self.chosen.append((number, how))
        return True

    def _get(self, number: AccountNumber) -> FakeAccount | None:
        if self.down:
            raise CustomersUnavailable("The customers' data was taken down by the test.")
        return self.accounts.get(number)

    def _rings(self, phone: PhoneNumber, number: AccountNumber) -> bool:
        return phone in self.accounts[number].phones


def concerns(outage: Outage, now: Instant) -> bool:
    """Going on, or beginning within SOON_S."""
    return outage.since <= after(now, SOON_S) and (outage.until is None or outage.until > now)


def demo_customers(now: Instant) -> FakeCustomers:
    """The demo's fixed accounts as `demo-data` loads them."""
    today = demo.today_of(now)
    return FakeCustomers(
        *(
            FakeAccount(
                account=fixed.account,
                ledger=demo.ledger_of(fixed, today),
                meters=demo.meters_of(fixed, today),
                outages=demo.outages_at(fixed.street, now),
                phones={fixed.phone: fixed.may_hear},
                pin=fixed.pin,
            )
            for fixed in demo.FIXED
        )
    )
