"""The tables of payments: each payment with its state, the cards that customers let us remember, the day's differences.

No table has a place for a card number or a CVV: of a card there are the gateway's token, the last four digits and the
month it ends.
"""

from datetime import date

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import BigId, Table, one_of

UNDER_WAY = text("state IN ('created', 'authorising', 'unknown', 'authorised')")
OFFERED = text("state = 'offered'")


class PaymentRow(Table):
    """`payment_id` is the idempotency key; `entry_id` and `correction_id` are what it has become in the ledger.

    One payment of an account at most is under way: two callers cannot pay the same bill at the same time. A link that
    is only offered is not. `phone` and `language`: whom the receipt goes to, until the payment is over.
    """

    __tablename__ = "payments"
    __table_args__ = (
        one_of(
            *("state", "created", "offered", "authorising", "authorised"),
            *("posted", "declined", "unknown", "reversed"),
        ),
        one_of("means", "card", "saved_card", "link"),
        Index("payments_by_id", "payment_id", unique=True),
        Index("payments_by_account", "account_id", "created_at"),
        Index("payments_by_created_at", "created_at"),
        Index("payments_by_entry", "entry_id", unique=True),
        Index("payments_by_correction", "correction_id", unique=True),
        Index(
            "payments_one_under_way", "account_id", unique=True, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY
        ),
        Index("payments_offered", "number", sqlite_where=OFFERED, postgresql_where=OFFERED),
    )  # fmt: skip
    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    payment_id: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    amount: Mapped[int]
    means: Mapped[str]
    tail: Mapped[str]
    gateway: Mapped[str]
    call_id: Mapped[str]
    created_at: Mapped[int]
    changed_at: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str | None]
    reference: Mapped[str]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger.entry_id"))
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("ledger.entry_id"))
    phone: Mapped[str | None]
    language: Mapped[str | None]


class SavedCardRow(Table):
    """`token` is the gateway's name of the card; `year` and `month` the last in which it pays."""

    __tablename__ = "saved_cards"
    token: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"), index=True)
    tail: Mapped[str]
    year: Mapped[int]
    month: Mapped[int]
    saved_at: Mapped[int]


class DifferenceRow(Table):
    """What the comparison with the acquirer's register of `day` found, once however often it is compared.

    No foreign key: a payment that the acquirer alone knows of is a difference too.
    """

    __tablename__ = "payment_differences"
    __table_args__ = (
        one_of(
            *("kind", "not_ours", "not_posted", "not_charged", "amount", "charged_twice"),
            *("reversed_there", "reversed_here"),
        ),
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    ours: Mapped[int]
    theirs: Mapped[int]
    found_at: Mapped[int]
