"""The table of those who want to be told when power is back."""

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class WatchRow(Table):
    """One wish of a number for an outage; `source` is the call in which it was said, `zone` that of the street.

    `call`: the newest call that rings for it; until `claimed_until` it has a line. `not_before`: the next try.
    No foreign keys: an import of outages must not wait for wishes.
    """

    __tablename__ = "outage_watches"
    __table_args__ = (
        one_of("way", "text", "ring"),
        one_of("state", "waiting", "ringing", "told", "not_reached"),
        UniqueConstraint("outage_id", "number", name="outage_watches_unique_number"),
        Index("outage_watches_due", "outage_id", "state", "way", "not_before"),
        Index("outage_watches_by_claimed_until", "claimed_until"),
    )
    watch_id: Mapped[str] = mapped_column(primary_key=True)
    outage_id: Mapped[int]
    number: Mapped[str]
    way: Mapped[str]
    language: Mapped[str]
    account: Mapped[str | None]
    settlement: Mapped[str]
    street: Mapped[str]
    zone: Mapped[str]
    source: Mapped[str]
    wished_at: Mapped[int]
    state: Mapped[str]
    tries: Mapped[int]
    not_before: Mapped[int]
    call: Mapped[str | None] = mapped_column(index=True)
    claimed_until: Mapped[int]
    told_at: Mapped[int | None]
