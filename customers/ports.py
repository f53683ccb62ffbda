"""What flows and desk need of the customers' data. database.* implements it on SQLite and PostgreSQL; tests use a fake.

Every method may raise CustomersUnavailable: the caller is told kindly and offered an agent.
"""

from enum import StrEnum
from typing import Protocol

from calls.clock import Instant
from calls.numbers import PhoneNumber
from customers.accounts import Account, AccountNumber, Balance, CustomerCard, LedgerEntry, Meter, PinAnswer

RECENT_PAYMENTS = 3
"""So many are told by telephone: more than that nobody keeps in mind."""
RECENT_ENTRIES = 12
"""So many lines of the ledger stand on the card, newest first."""
SOON_S = 14 * 24 * 3600
"""A planned outage is on the card so long before it begins, in seconds."""


class CustomersUnavailable(Exception):
    """The database cannot be reached or did not answer in time."""


class Accounts(Protocol):
    def find(self, number: AccountNumber) -> Account | None: ...

    def of_phone(self, phone: PhoneNumber) -> tuple[Account, ...]:
        """The accounts that this telephone number belongs to, ordered by account number."""

    def phones(self, number: AccountNumber) -> tuple[PhoneNumber, ...]:
        """The telephone numbers that belong to the account, ordered; none for an unknown account."""

    def may_hear(self, phone: PhoneNumber, number: AccountNumber) -> bool:
        """Whether the owner allowed this number to hear the account's balance, payments and meters without a PIN."""

    def balance(self, number: AccountNumber) -> Balance | None: ...

    def payments(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        """The newest RECENT_PAYMENTS payments, the newest first; none for an unknown account."""

    def meters(self, number: AccountNumber) -> tuple[Meter, ...]:
        """The meters that are installed, by serial; none for an unknown account."""

    def card(self, number: AccountNumber, now: Instant) -> CustomerCard | None:
        """Everything the agent sees at the ring; outages are those going on or beginning within SOON_S."""


class PinChoice(StrEnum):
    """Why an account gets another PIN: the act in the audit."""

    CHANGED = "pin_changed"
    """A verified caller wished for another one."""
    RESET = "pin_reset"
    """Who had a one-time code and no PIN that fits chose one."""


class Pins(Protocol):
    def check(self, number: AccountNumber, pin: str, phone: PhoneNumber | None, now: Instant) -> PinAnswer:
        """Count a try of the caller's number `phone`, and only then compare (customers.attempts).

        In constant time whether or not the account exists. The PIN is never stored or logged. HMAC with the key file,
        then argon2id, in a bounded pool; too many waiting checks raise CustomersUnavailable.
        """

    def choose(self, number: AccountNumber, pin: str, how: PinChoice, now: Instant) -> bool:
        """Give the account this PIN and begin its counting anew; False: there is no such account. Audited."""


class OneTimeCodes(Protocol):
    """Codes that prove whose telephone it is. customers.codes has the rules of their number, life and tries."""

    def issue(self, account: AccountNumber, phone: PhoneNumber, purpose: str, now: Instant) -> object:
        """Send a code by SMS to `phone`, a telephone of the account."""

    def check(self, account: AccountNumber, purpose: str, digits: str, now: Instant) -> str:
        """A word: "right", or why not ("wrong", "expired", "none", "too_many")."""
