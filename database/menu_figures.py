"""The figures of the self-service's menus for reports, straight from the records and their steps."""

from typing import Final

from sqlalchemy import Engine, Integer, func, literal_column, select

from acd.menu_figures import MenuPeriod, Steps
from calls.clock import Instant
from calls.journey import Language
from calls.menu_steps import Ending
from database.engine import DatabaseUnavailable, reading
from database.menu_tables import MenuStepRow
from database.stays import DatabaseStays
from database.tables import CallRow

_TENTH_MS: Final = literal_column("100", Integer)
"""Written out: PostgreSQL takes a parameter in SELECT and one in GROUP BY for two different expressions."""


class DatabaseMenuFigures:
    """Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stays = DatabaseStays(engine)

    def period(self, begins: Instant, ends: Instant) -> MenuPeriod:
        """Of the calls that arrived from `begins` up to, not including, `ends`: a day, asked for day by day."""
        return MenuPeriod(self.steps(begins, ends), self._stays.menu_by_language(begins, ends))

    def steps(self, begins: Instant, ends: Instant) -> tuple[Steps, ...]:
        """Steps that are alike together: as many rows as there are kinds of steps, however many calls there were."""
        step = MenuStepRow
        alike = step.menu, step.place, step.language, step.ending, step.choice, step.answer_ms // _TENTH_MS
        sums = func.count(), func.sum(step.wrong), func.sum(step.silent), func.sum(step.repeated)
        query = (
            select(*alike, *sums)
            .join(CallRow, CallRow.call_id == step.call_id)
            .where(CallRow.arrived_at >= begins, CallRow.arrived_at < ends)
            .group_by(*alike)
            .order_by(*alike)
        )
        with reading(self._engine, DatabaseUnavailable) as connection:
            rows = connection.execute(query).all()
        return tuple(
            Steps(menu, place, Language(language), Ending(ending), choice, tenths, count, *map(int, counts))
            for menu, place, language, ending, choice, tenths, count, *counts in rows
        )
