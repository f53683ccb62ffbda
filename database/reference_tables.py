"""The tables of the reference system: pages, and every version of them that there ever was."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from database.tables import Table, one_of


class ReferencePageRow(Table):
    """`version` is the newest one, `published` the one that callers hear."""

    __tablename__ = "reference_pages"
    page_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    published: Mapped[int | None]


class ReferenceVersionRow(Table):
    """customers.reference.PageVersion. Append-only, kept so by triggers; `menu_key` "" is none."""

    __tablename__ = "reference_versions"
    __table_args__ = (
        one_of("act", "saved", "published", "withdrawn"),
        one_of("section", "tariffs", "offices", "connection", "documents", "questions"),
    )
    page_id: Mapped[str] = mapped_column(ForeignKey("reference_pages.page_id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str]
    section: Mapped[str]
    title_ru: Mapped[str]
    text_ru: Mapped[str]
    title_en: Mapped[str]
    text_en: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    place: Mapped[int]
    menu_key: Mapped[str]
    by: Mapped[str]
    at: Mapped[int]
