"""The table of one-time codes."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class CodeRow(Table):
    """One code that was issued; of an account and purpose one is alive at a time: the index refuses a second.

    `sealed` is empty once it is over. No foreign key: it outlives no day, an account does.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (
        one_of("purpose", "identify", "pin_reset", "pin_change"),
        one_of("state", "living", "used", "exhausted", "expired", "replaced"),
        Index("one_time_codes_one_living", "account", "purpose", unique=True,
              sqlite_where=text("state = 'living'"), postgresql_where=text("state = 'living'")),
        Index("one_time_codes_by_account", "account", "issued_at"),
        Index("one_time_codes_by_number", "number", "issued_at"),
    )  # fmt: skip
    code_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    purpose: Mapped[str]
    number: Mapped[str]
    sealed: Mapped[str]
    issued_at: Mapped[int] = mapped_column(index=True)
    expires_at: Mapped[int]
    tries: Mapped[int]
    state: Mapped[str]
