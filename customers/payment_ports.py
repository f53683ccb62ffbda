"""What paying needs: the acquirer, and where payments are kept. gateways.* and database.payments implement it.

Whatever is asked of a gateway ends within its own time limit. The fiscal receipt goes with the payment: who takes the
money makes the receipt (customers.fiscal).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from calls.clock import Instant
from customers.accounts import AccountNumber
from customers.cards import Card, CardToken, SavedCard
from customers.fiscal import FiscalReceipt
from customers.money import Kopecks
from customers.payments import DeclineReason, Payer, Payment, PaymentId
from customers.reconciliation import Difference, RegisterLine


class GatewayAway(Exception):
    """The gateway was not reached: it has heard of nothing, and nothing was charged."""


class GatewaySilent(Exception):
    """The gateway was told and its answer did not come: it may have charged."""


class PaymentsUnavailable(Exception):
    """Where payments are kept cannot be reached: none may begin, and what was charged is entered later."""


class PaymentUnderWay(Exception):
    """Another payment of this account has begun and is not over: a second one would pay the same bill twice."""


@dataclass
class PaymentJustMade(Exception):
    """A payment of this account was made a moment ago; the customer is told and asked whether another is meant."""

    amount: Kopecks


@dataclass(frozen=True, slots=True)
class Charged:
    """`reference`: the gateway's own name of it. `token`: the card may be charged again by it, when that was asked."""

    reference: str
    token: CardToken | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Charged once, and reversed."""

    reference: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where the customer can pay: only who knows the address, which is kept nowhere. `reference`: as of Charged."""

    address: str = field(repr=False)
    reference: str


class Unsettled(StrEnum):
    IN_PROGRESS = "in_progress"
    """The gateway works on it still, or the link is open and nobody has paid by it."""
    HELD = "held"
    """Paid by the link: the money is set aside for us, neither taken nor given back."""
    NOT_KNOWN = "not_known"
    """The gateway knows of no such payment; a request under way may yet arrive."""


class PaymentGateway(Protocol):
    """An acquirer. The payment's id is the idempotency key of everything."""

    @property
    def name(self) -> str:
        """Stored with each payment: only who was told can be asked."""

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        """Charge it, once however often it is told. `keep_card`: the owner wants the card remembered.

        Raises GatewayAway, GatewaySilent.
        """

    @property
    def links(self) -> bool:
        """Whether it makes payment links here."""

    def offer(self, payment: Payment, receipt: FiscalReceipt, payer: Payer) -> Link:
        """Make a link that is good for LINK_S, the same one however often it is told; nothing is charged by it.

        What the customer pays is held until `take` or `release`. Raises GatewayAway, GatewaySilent.
        """

    def take(self, payment: Payment) -> Charged | Refused:
        """Take what is held of a link, once however often it is told. Raises GatewayAway, GatewaySilent."""

    def release(self, payment: Payment) -> None:
        """Give back what is held of a link; it was never charged. Raises GatewayAway, GatewaySilent."""

    def ask(self, payment: Payment) -> Charged | Refused | TakenBack | Unsettled:
        """What became of it. Raises GatewayAway, GatewaySilent."""

    def reverse(self, payment: Payment) -> None:
        """Give the money back, once however often it is told. Raises GatewayAway, GatewaySilent, CannotReverse."""

    def register(self, since: Instant, until: Instant) -> Sequence[RegisterLine]:
        """All that it took and gave back from `since` until before `until`. Raises GatewayAway, GatewaySilent."""


class CannotReverse(Exception):
    """The gateway has not charged it, or refuses to give it back. The message says which."""


class Payments(Protocol):
    """Raises PaymentsUnavailable from every method."""

    def begin(self, payment: Payment, just_since: Instant, *, again: bool = False) -> Payment | None:
        """Keep a new one; it comes back with its number. None: no such account.

        Raises PaymentUnderWay, and unless `again` PaymentJustMade for one posted at `just_since` or later. Of two that
        begin at the same time one is kept.
        """

    def write(self, before: Payment, after: Payment, day: date) -> bool:
        """Keep a move when it still is as `before`; False changes nothing: another was faster.

        Becoming posted makes the ledger's entry of `day` and puts the receipt of its payer into the outbox of notices,
        becoming reversed after that makes the entry that corrects it; each in the same transaction, so exactly once.
        """

    def take_up(self, before: Payment, after: Payment, *, again: bool = False) -> bool:
        """Keep that what was paid by a link is taken now; False: another was faster.

        Raises PaymentUnderWay while another of the account is, and unless `again` PaymentJustMade for one posted since
        the link was made. Of two that are taken up at the same time one is kept.
        """

    def offered(self, after_number: int, most: int) -> Sequence[Payment]:
        """Links that are open, by their numbers from the one behind `after_number`."""

    def open_link(self, account: AccountNumber, since: Instant) -> Payment | None:
        """The newest link of the account that is open and was made after `since`."""

    def find(self, payment_id: PaymentId) -> Payment | None: ...

    def open(self, before: Instant) -> Sequence[Payment]:
        """Those under way that have not changed since `before`, the oldest first."""

    def made(self, since: Instant, until: Instant) -> Sequence[Payment]:
        """Those begun from `since` until before `until`, in their order."""

    def cards(self, account: AccountNumber) -> Sequence[SavedCard]:
        """Those saved for the account, the newest first."""

    def save_card(self, account: AccountNumber, card: SavedCard, at: Instant) -> None:
        """Remember it; the same card saved twice is one card."""

    def forget_card(self, token: CardToken) -> None: ...

    def report(self, day: date, differences: Sequence[Difference], at: Instant) -> int:
        """Keep what a reconciliation found; how many were not known yet."""

    def differences(self, day: date) -> Sequence[Difference]:
        """All that was found for this day, in the order of payments."""
