"""Where rows came from that were imported: a source and its number for them, so that nothing is taken in twice.

Beside the ledger rather than in it: what is append-only keeps its form.
"""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class LedgerOriginRow(Table):
    """A charge's or a payment's number at its source. Append-only, as the ledger."""

    __tablename__ = "ledger_origins"
    __table_args__ = (
        one_of("register", "charges", "payments"),
        Index("ledger_origins_by_entry_id", "entry_id", unique=True),
    )
    register: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger.entry_id"))


class OutageOriginRow(Table):
    """An outage's number in the dispatchers' system."""

    __tablename__ = "outage_origins"
    __table_args__ = (Index("outage_origins_by_outage_id", "outage_id", unique=True),)
    source: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    outage_id: Mapped[int] = mapped_column(ForeignKey("outages.outage_id"))
