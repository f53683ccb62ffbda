"""One payment of an account, as a state machine.

Rules
- A move is one row of MOVES; any other raises IllegalPaymentMove and changes nothing.
- `created` is committed before `authorising`, and `authorising` before the gateway hears of the payment. So a payment
  that the gateway may know always has a row, and a `created` one has certainly not been charged.
- `unknown` is a charge whose answer never came. It is resolved by asking the gateway again, never by charging again.
- `authorised` is charged and not in the ledger yet; `posted` came together with its ledger entry, in one transaction.
- `offered` is a link that the customer may pay by, or not: it stands in nobody's way. What is paid by it is only held
  by the gateway until we take it, and before that is asked `authorising` is committed, as for every other payment.
- The payment's id is the key under which the gateway does it once, however often it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NewType

from calls.clock import Instant
from calls.ids import CallId, new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.money import Kopecks

PaymentId = NewType("PaymentId", str)
"""UUIDv7; the idempotency key at the gateway."""

LEAST: Final = Kopecks(100)
MOST: Final = Kopecks(35_000_000)
"""What one payment may be: a rouble to 350,000 roubles, the limits of acquirers for a card."""


LINK_S: Final = 3600.0
"""How long a link can be paid by: as long as acquirers keep a payment that nobody confirms, as its SMS says, and time
enough to come home to a card. A longer one would have to be asked about for as long."""


class PaymentState(StrEnum):
    CREATED = "created"
    OFFERED = "offered"
    AUTHORISING = "authorising"
    AUTHORISED = "authorised"
    POSTED = "posted"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    REVERSED = "reversed"


_S = PaymentState
MOVES: Final[Mapping[PaymentState, frozenset[PaymentState]]] = MappingProxyType(
    {
        _S.CREATED: frozenset({_S.AUTHORISING, _S.OFFERED, _S.DECLINED}),
        _S.OFFERED: frozenset({_S.AUTHORISING, _S.DECLINED}),
        _S.AUTHORISING: frozenset({_S.AUTHORISED, _S.DECLINED, _S.UNKNOWN}),
        _S.UNKNOWN: frozenset({_S.AUTHORISED, _S.DECLINED}),
        _S.AUTHORISED: frozenset({_S.POSTED, _S.REVERSED}),
        _S.POSTED: frozenset({_S.REVERSED}),
        _S.DECLINED: frozenset(),
        _S.REVERSED: frozenset(),
    }
)
UNDER_WAY: Final = frozenset({_S.CREATED, _S.AUTHORISING, _S.UNKNOWN, _S.AUTHORISED})
"""Of an account one payment at most is in these."""
CHARGED: Final = frozenset({_S.AUTHORISED, _S.POSTED})
"""The customer's money is with us."""


class DeclineReason(StrEnum):
    """Why nothing was charged. The caller hears a sentence for each."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_EXPIRED = "card_expired"
    WRONG_CVV = "wrong_cvv"
    WRONG_CARD = "wrong_card"
    LIMIT = "limit"
    """The bank's or the customer's own limit for the card."""
    BLOCKED = "blocked"
    """The card is blocked, or the bank wants to speak to its owner."""
    REFUSED = "refused"
    """The bank gives no reason."""
    BANK_AWAY = "bank_away"
    """The gateway was not reached: it has heard of nothing."""
    ABANDONED = "abandoned"
    """Our process ended before the gateway was told."""
    NEVER_ARRIVED = "never_arrived"
    """Its answer never came, and long afterwards it knows of no such payment."""
    LINK_EXPIRED = "link_expired"
    """Nobody paid by the link while it was good."""
    PAID_OTHERWISE = "paid_otherwise"
    """Paid by the link after the account was paid in another way: the money was given back untaken."""


class Means(StrEnum):
    """What is paid with."""

    CARD = "card"
    SAVED_CARD = "saved_card"
    LINK = "link"
    """Whatever the customer chooses on the gateway's page."""


class IllegalPaymentMove(Exception):
    """A payment cannot go there from where it is; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom the receipt is sent to, and in which language. Kept until the payment is over; repr is silent."""

    phone: PhoneNumber = field(repr=False)
    language: Language


@dataclass(frozen=True, slots=True)
class Payment:
    """`number`: the receipt number that is spoken, given by the store. `reference`: the gateway's own name of it.

    `tail`: the last four digits of the card; empty for a link. Amounts are positive. `gateway`: who was or will be
    told. `payer`: None once it is over, or when nobody is to be written to.
    """

    payment_id: PaymentId
    account: AccountNumber
    amount: Kopecks
    means: Means
    tail: str
    gateway: str
    call_id: CallId
    created_at: Instant
    changed_at: Instant
    state: PaymentState = PaymentState.CREATED
    reason: DeclineReason | None = None
    reference: str = ""
    number: int = 0
    payer: Payer | None = None


def new_payment(
    account: AccountNumber,
    amount: Kopecks,
    means: Means,
    tail: str,
    gateway: str,
    call_id: CallId,
    at: Instant,
    payer: Payer | None = None,
) -> Payment:
    """A payment nobody has heard of yet. Raises ValueError for an amount that is not between LEAST and MOST."""
    if not LEAST <= amount <= MOST:
        raise ValueError(f"A payment is from {LEAST} to {MOST} kopecks.")
    return Payment(PaymentId(new_uuid7()), account, amount, means, tail, gateway, call_id, at, at, payer=payer)


def sent(payment: Payment, at: Instant) -> Payment:
    """The gateway is told next, of a link that its money is taken. To be committed before that."""
    return _moved(payment, PaymentState.AUTHORISING, at)


def offered(payment: Payment, reference: str, at: Instant) -> Payment:
    """The gateway has made a link, which nobody knows yet."""
    return _moved(payment, PaymentState.OFFERED, at, reference=reference)


def charged(payment: Payment, reference: str, at: Instant) -> Payment:
    """The gateway says that the money was taken."""
    return _moved(payment, PaymentState.AUTHORISED, at, reference=reference)


def declined(payment: Payment, reason: DeclineReason, at: Instant) -> Payment:
    return _moved(payment, PaymentState.DECLINED, at, reason=reason)


def unclear(payment: Payment, at: Instant) -> Payment:
    """No answer came: charged or not, only the gateway knows."""
    return _moved(payment, PaymentState.UNKNOWN, at)


def posted(payment: Payment, at: Instant) -> Payment:
    """To be committed together with the ledger's entry."""
    return _moved(payment, PaymentState.POSTED, at)


def taken_back(payment: Payment, at: Instant) -> Payment:
    """The money went back; of a posted one together with the entry that corrects the ledger."""
    return _moved(payment, PaymentState.REVERSED, at)


def _moved(payment: Payment, to: PaymentState, at: Instant, **values: Any) -> Payment:
    if to not in MOVES[payment.state]:
        raise IllegalPaymentMove(
            f"Payment {payment.payment_id} is {payment.state} and cannot become {to}. Read it anew and decide again."
        )
    payer = payment.payer if MOVES[to] - {_S.REVERSED} else None
    return replace(payment, state=to, changed_at=at, payer=payer, **values)
