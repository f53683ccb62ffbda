"""What callers did in the menus of the self-service (calls.menu_steps)."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from calls.menu_steps import Ending
from database.tables import Table, one_of


class MenuStepRow(Table):
    """One stay in a menu; `place` in its call counts from 0. Times in milliseconds. No digit that was keyed as data."""

    __tablename__ = "menu_steps"
    __table_args__ = (one_of("ending", *(ending.value for ending in Ending)), one_of("language", "ru", "en"))
    call_id: Mapped[str] = mapped_column(ForeignKey("call_records.call_id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    menu: Mapped[str]
    language: Mapped[str]
    at: Mapped[int]
    stay_ms: Mapped[int]
    ending: Mapped[str]
    choice: Mapped[str]
    answer_ms: Mapped[int | None]
    wrong: Mapped[int]
    silent: Mapped[int]
    repeated: Mapped[int]
