"""The counters of PIN tries. No account and no telephone number stands here, only what the key makes of them."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class PinTriesRow(Table):
    """customers.attempts.AccountTries or NumberTries. `subject`: HMAC of account or number; `tail`: its last digits."""

    __tablename__ = "pin_tries"
    __table_args__ = (
        one_of("kind", "account", "number", "hidden"),
        Index("pin_tries_by_until", "until"),
        Index("pin_tries_by_touched_at", "touched_at"),
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    tail: Mapped[str]
    wrong: Mapped[int] = mapped_column(server_default=text("0"))
    since: Mapped[int] = mapped_column(server_default=text("0"))
    until: Mapped[int] = mapped_column(server_default=text("0"))
    touched_at: Mapped[int]


class PinHourRow(Table):
    """Wrong PINs of the whole house in an hour of UTC, and how many would have been usual."""

    __tablename__ = "pin_hours"
    starts_at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrong: Mapped[int]
    most: Mapped[int]
