"""The table of appeals."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class AppealRow(Table):
    """One report or order of a customer. `source` and kind are one: the same call files once.

    No foreign keys: an appeal outlives the outage that it joined and the account that it names.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        one_of("kind", "no_power", "quality", "theft", "metering", "connection"),
        one_of("state", "new", "in_work", "answered", "closed"),
        UniqueConstraint("source", "kind", name="appeals_unique_source"),
        Index("appeals_by_state", "state", "due_at"),
        Index("appeals_by_change", "state", "changed_at"),
    )
    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    source: Mapped[str]
    account: Mapped[str | None] = mapped_column(index=True)
    phone: Mapped[str | None]
    locality: Mapped[str | None]
    outage_id: Mapped[int | None] = mapped_column(index=True)
    created_at: Mapped[int]
    due_at: Mapped[int]
    changed_at: Mapped[int]
    word: Mapped[str] = mapped_column(server_default=text("''"))
    closed_from: Mapped[str] = mapped_column(server_default=text("''"))
