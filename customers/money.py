"""Money is a whole number of kopecks. Never a float, from the keyed amount to the ledger."""

from typing import NewType

Kopecks = NewType("Kopecks", int)
"""Signed; of a balance: negative = the customer owes."""
