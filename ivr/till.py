"""Where the self-service takes money: what drives a payment, and what stands on every receipt."""

from dataclasses import dataclass

from customers.fiscal import SupplierTax
from customers.paying import Paying


@dataclass(frozen=True, slots=True)
class Till:
    paying: Paying
    tax: SupplierTax
