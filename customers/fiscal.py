"""What a fiscal receipt needs (54-FZ, article 4.7; the tags are those of the fiscal data formats, FFD 1.05 and 1.2).

Whoever takes the money makes the receipt of it: the gateway gets these data with the payment and sends the receipt to
the customer. A repayment gets one of its own.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final

from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.money import Kopecks

LONGEST_ITEM: Final = 128
"""Characters of an item's name (tag 1030)."""


class Taxation(IntEnum):
    """The supplier's system of taxation (tag 1055), numbered as gateways do."""

    GENERAL = 1
    SIMPLIFIED_INCOME = 2
    SIMPLIFIED_INCOME_MINUS_EXPENSES = 3
    AGRICULTURAL = 5
    PATENT = 6


class VatRate(StrEnum):
    """The rate of value-added tax (tag 1199). An advance is taxed at a calculated rate, 20/120 or 22/122."""

    NONE = "none"
    ZERO = "0"
    FIVE = "5"
    SEVEN = "7"
    TEN = "10"
    TWENTY = "20"
    TWENTY_TWO = "22"
    FIVE_OF_105 = "5/105"
    SEVEN_OF_107 = "7/107"
    TEN_OF_110 = "10/110"
    TWENTY_OF_120 = "20/120"
    TWENTY_TWO_OF_122 = "22/122"


class SettlementSubject(StrEnum):
    """What is paid for (tag 1212)."""

    SERVICE = "service"
    PAYMENT = "payment"
    """An advance, a deposit or a credit."""


class SettlementMethod(StrEnum):
    """How it is settled (tag 1214)."""

    FULL_PAYMENT = "full_payment"
    """For what was delivered already: a debt."""
    ADVANCE = "advance"
    """For what will be delivered, not yet known in detail."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the receipt is sent (tag 1008): one of the two is enough, neither is refused. Personal: repr is silent."""

    phone: PhoneNumber | None = field(default=None, repr=False)
    email: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.phone is None and not self.email:
            raise ValueError("A fiscal receipt goes to a telephone or an e-mail address. Give one.")


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """One line: its name, its sum, its tax."""

    name: str
    amount: Kopecks
    vat: VatRate
    subject: SettlementSubject
    method: SettlementMethod


@dataclass(frozen=True, slots=True)
class FiscalReceipt:
    taxation: Taxation
    contact: Contact
    items: tuple[ReceiptItem, ...]

    @property
    def total(self) -> Kopecks:
        return Kopecks(sum(item.amount for item in self.items))


@dataclass(frozen=True, slots=True)
class SupplierTax:
    """What is the same on every receipt of this supplier. `email`: for who rings from an unknown number."""

    taxation: Taxation
    vat: VatRate
    advance_vat: VatRate
    email: str


def receipt_of(
    tax: SupplierTax, account: AccountNumber, amount: Kopecks, owed: Kopecks, phone: PhoneNumber | None
) -> FiscalReceipt:
    """The receipt of a payment of `amount` while `owed` was owed : debt first, what is over is an advance."""
    debt = Kopecks(min(amount, max(0, owed)))
    lines = (
        ("Электроэнергия, лицевой счёт", debt, tax.vat, SettlementSubject.SERVICE, SettlementMethod.FULL_PAYMENT),
        (
            "Аванс за электроэнергию, лицевой счёт",
            Kopecks(amount - debt),
            tax.advance_vat,
            SettlementSubject.PAYMENT,
            SettlementMethod.ADVANCE,
        ),
    )
    items = tuple(
        ReceiptItem(f"{name} {account}"[:LONGEST_ITEM], part, vat, subject, method)
        for name, part, vat, subject, method in lines
        if part > 0
    )
    return FiscalReceipt(tax.taxation, Contact(phone) if phone else Contact(email=tax.email), items)
