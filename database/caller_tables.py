"""What telephone numbers are remembered for (customers.callers)."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class CallerRow(Table):
    __tablename__ = "callers"
    __table_args__ = (one_of("language", "ru", "en"), Index("callers_by_rang_at", "rang_at"))
    number: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    choice: Mapped[str]
    rang_at: Mapped[int]
