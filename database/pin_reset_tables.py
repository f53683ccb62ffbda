"""The table of PIN resets."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class PinResetRow(Table):
    """One request for a new PIN; of an account one waits and one is approved: the indexes refuse a second.

    No foreign key: what was decided stays told when the account is gone.
    """

    __tablename__ = "pin_resets"
    __table_args__ = (
        one_of("checked", "document", "payments", "called_back"),
        one_of("state", "asked", "approved", "refused", "expired", "used"),
        Index("pin_resets_one_asked", "account", unique=True,
              sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'")),
        Index("pin_resets_one_approved", "account", unique=True,
              sqlite_where=text("state = 'approved'"), postgresql_where=text("state = 'approved'")),
        Index("pin_resets_by_state", "state", "changed_at"),
    )  # fmt: skip
    reset_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    phone: Mapped[str]
    reason: Mapped[str]
    checked: Mapped[str]
    call_id: Mapped[str]
    language: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[int]
    state: Mapped[str]
    changed_at: Mapped[int] = mapped_column(index=True)
    expires_at: Mapped[int]
    decided_by: Mapped[str]
    word: Mapped[str]
    lift: Mapped[bool]
