"""What flows and desk need of the customers' data. database.* implements it on SQLite and PostgreSQL; tests use a fake.

Every method may raise CustomersUnavailable: the caller is told kindly and offered an agent.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Protocol

from calls.clock import Instant
from calls.numbers import PhoneNumber
from customers.accounts import Account, AccountNumber, Balance, CustomerCard, LedgerEntry, Meter, PinAnswer
from customers.addresses import Street
from customers.outages import Author, Feeder, KnownOutage, LocalityCode, LocalityOutages, NewOutage, OutageAt
from customers.readings import HandedIn, MeterToRead, ReadingSource
from customers.tariffs import OwnTariff

RECENT_PAYMENTS = 3
"""So many are told by telephone: more than that nobody keeps in mind."""
RECENT_ENTRIES = 24
"""So many lines of the ledger stand on the card, newest first."""


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

    def charges(self, number: AccountNumber) -> tuple[LedgerEntry, ...]:
        """All charges of the newest calendar month that has any, by day; none for an unknown account."""

    def meters(self, number: AccountNumber) -> tuple[Meter, ...]:
        """The meters that are installed, by serial; none for an unknown account."""

    def tariff(self, number: AccountNumber, day: date) -> OwnTariff | None:
        """What a kilowatt-hour costs the account on `day`, and the next change; None where nobody has said."""

    def card(self, number: AccountNumber, now: Instant) -> CustomerCard | None:
        """Everything the agent sees at the ring; outages are those told at `now` (customers.outages)."""


class PinChoice(StrEnum):
    """Why an account gets another PIN: the act in the audit."""

    CHANGED = "pin_changed"
    """A verified caller wished for another one."""
    RESET = "pin_reset"
    """Who had a one-time code and no PIN that fits chose one."""
    APPROVED = "pin_reset_used"
    """As a supervisor has approved: the reset is used up with it, and says whether the lock ends."""


class Pins(Protocol):
    def check(self, number: AccountNumber, pin: str, phone: PhoneNumber | None, now: Instant) -> PinAnswer:
        """Count a try of the caller's number `phone`, and only then compare (customers.attempts).

        In constant time whether or not the account exists. The PIN is never stored or logged. HMAC with the key file,
        then argon2id, in a bounded pool; too many waiting checks raise CustomersUnavailable.
        """

    def choose(self, number: AccountNumber, pin: str, how: PinChoice, now: Instant) -> bool:
        """Give the account this PIN and begin its counting anew; False: there is no such account. Audited.

        APPROVED: False too when no approval is left; the counting goes on where the approval does not end it.
        """


class Readings(Protocol):
    def meters_to_read(self, number: AccountNumber) -> tuple[MeterToRead, ...]:
        """The account's meters by serial; none for an unknown account."""

    def hand_in(self, number: AccountNumber, day: date, values: Sequence[HandedIn], source: ReadingSource) -> bool:
        """Keep all of them or none. False: one of the meters or zones is not the account's (any more)."""


class Outages(Protocol):
    """Whose light is out, as callers ask. Every answer is of outages that are told at `now`, the earliest first."""

    def at_phone(self, phone: PhoneNumber, now: Instant) -> tuple[OutageAt, ...]:
        """At any account that this telephone number belongs to; each outage once for a street."""

    def at_account(self, number: AccountNumber, now: Instant) -> tuple[OutageAt, ...]: ...

    def in_locality(self, code: LocalityCode, now: Instant) -> LocalityOutages | None:
        """None: there is no such code."""


class OutageBook(Protocol):
    """The outages as staff keep them: what is entered or ended is heard by the next caller, and stands in the audit."""

    def known(self, now: Instant) -> tuple[KnownOutage, ...]:
        """All that nobody has ended, the newest first: also an emergency that callers hear of no more.

        And planned work past its time while somebody waits to be told that power is back.
        """

    def ended(self, now: Instant) -> tuple[KnownOutage, ...]:
        """What staff have ended within RETAKE_S, the last one first."""

    def enter(self, new: NewOutage, by: Author, now: Instant) -> int:
        """The new outage's id. Raises OutageRefused."""

    def expect(self, outage_id: int, until: Instant | None, by: Author, now: Instant) -> bool:
        """Another restoration time. False: there is no such outage, or it is over. Raises OutageRefused."""

    def end(self, outage_id: int, by: Author, now: Instant) -> bool:
        """The light is back (or the work is called off). False: there is no such outage, or it is over."""

    def reopen(self, outage_id: int, by: Author, now: Instant) -> bool:
        """It was ended by mistake and goes on: whoever watches it is told anew at its real end.

        False: there is no such outage, it goes on anyway, or it was ended longer ago than RETAKE_S.
        """

    def streets(self, text: str, most: int) -> tuple[tuple[int, Street], ...]:
        """Streets in whose name or settlement every word of `text` begins a word, by settlement and name."""

    def feeders(self) -> tuple[Feeder, ...]:
        """By name."""
