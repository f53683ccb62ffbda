"""Money is a whole number of kopecks. Never a float, from the keyed amount to the ledger."""

from decimal import Decimal
from typing import NewType

Kopecks = NewType("Kopecks", int)
"""Signed; of a balance: negative = the customer owes."""


def from_roubles(amount: Decimal) -> Kopecks:
    """Exact roubles as kopecks. Raises ValueError for a fraction of a kopeck."""
    kopecks = amount * 100
    if kopecks != kopecks.to_integral_value():
        raise ValueError(f"{amount} roubles is not a whole number of kopecks. Give at most two decimals.")
    return Kopecks(int(kopecks))


def as_roubles(amount: Kopecks) -> Decimal:
    return Decimal(amount) / 100
