"""The day's comparison of our payments with the acquirer's register: every difference has a name. Pure.

Rules
- A line of the register and a payment belong together by the payment's id.
- Whatever the register has is looked for among all of our payments, and whatever we have posted or reversed that day is
  looked for in a register that reaches beyond the day: midnight is not the same moment for both.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from calls.clock import Instant
from customers.money import Kopecks
from customers.payments import Payment, PaymentId, PaymentState


class LineKind(StrEnum):
    CHARGE = "charge"
    REVERSAL = "reversal"


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One movement in the acquirer's register; amounts are positive."""

    payment_id: PaymentId
    reference: str
    kind: LineKind
    amount: Kopecks
    at: Instant


class DifferenceKind(StrEnum):
    NOT_OURS = "not_ours"
    """Charged there; we know of no such payment."""
    NOT_POSTED = "not_posted"
    """Charged there, and here not in the ledger."""
    NOT_CHARGED = "not_charged"
    """In our ledger; the register has no charge."""
    AMOUNT = "amount"
    """Charged with another amount than the ledger has."""
    CHARGED_TWICE = "charged_twice"
    REVERSED_THERE = "reversed_there"
    """Given back there, and still in our ledger."""
    REVERSED_HERE = "reversed_here"
    """Taken out of our ledger, and not given back there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`ours`: what the ledger has of it; `theirs`: what the acquirer keeps of the customer's money."""

    payment_id: PaymentId
    kind: DifferenceKind
    ours: Kopecks
    theirs: Kopecks


def compare(
    of_day: Sequence[Payment], known: Mapping[PaymentId, Payment], register: Sequence[RegisterLine], day: range
) -> tuple[Difference, ...]:
    """All differences, by payment. `of_day`: those begun that day; `known`: ours for every id of the register.

    `register` reaches beyond the day; `day` is the day itself in UTC milliseconds.
    """
    lines: dict[PaymentId, list[RegisterLine]] = defaultdict(list)
    for line in register:
        lines[line.payment_id].append(line)
    ours = {payment.payment_id: payment for payment in of_day}
    theirs = {key for key, found in lines.items() if any(line.at in day for line in found)}
    return tuple(
        difference
        for key in sorted(ours.keys() | theirs)
        for difference in _of_one(key, ours.get(key) or known.get(key), lines.get(key, []))
    )


def _of_one(key: PaymentId, payment: Payment | None, lines: Sequence[RegisterLine]) -> Iterator[Difference]:
    charges = [line.amount for line in lines if line.kind is LineKind.CHARGE]
    kept = sum(charges) - sum(line.amount for line in lines if line.kind is LineKind.REVERSAL)
    booked = payment.amount if payment is not None and payment.state is PaymentState.POSTED else 0
    kind = _kind(payment, charges, kept, booked)
    if kind is not None:
        yield Difference(key, kind, Kopecks(booked), Kopecks(kept))


def _kind(payment: Payment | None, charges: Sequence[int], kept: int, booked: int) -> DifferenceKind | None:
    """The one name for what is wrong with a payment, or None when both keep the same."""
    if kept == booked:
        return None
    if payment is None:
        return DifferenceKind.NOT_OURS
    if len(charges) > 1:
        return DifferenceKind.CHARGED_TWICE
    if payment.state is PaymentState.REVERSED:
        return DifferenceKind.REVERSED_HERE
    if booked == 0:
        return DifferenceKind.NOT_POSTED
    if not charges:
        return DifferenceKind.NOT_CHARGED
    return DifferenceKind.REVERSED_THERE if kept == 0 else DifferenceKind.AMOUNT
