"""What callers answered after their call, and when a number was asked last (customers.satisfaction)."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class ScoreRow(Table):
    """Given before the call's record exists, so without a foreign key to it; no number stands here."""

    __tablename__ = "satisfaction"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_known"),
        one_of("language", "ru", "en"),
        Index("satisfaction_by_at", "at"),
    )
    call_id: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int]
    at: Mapped[int]
    language: Mapped[str]
    agent_id: Mapped[str | None]
    queue_id: Mapped[str | None]


class AskedRow(Table):
    """When a number was asked last, answered or not."""

    __tablename__ = "survey_askings"
    __table_args__ = (Index("survey_askings_by_asked_at", "asked_at"),)
    number: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[int]
