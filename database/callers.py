"""customers.callers.Callers over the database."""

from typing import Final

from sqlalchemy import Engine, bindparam, delete, select

from calls.clock import Instant, after
from calls.journey import Language
from calls.number_formats import is_e164
from calls.numbers import PhoneNumber
from customers.callers import KEPT_S, LONGEST_CHOICE, Habit
from customers.ports import CustomersUnavailable
from database.caller_tables import CallerRow
from database.engine import reading, writing
from database.upsert import insert_into

_HABIT: Final = select(CallerRow.language, CallerRow.choice).where(
    CallerRow.number == bindparam("phone"), CallerRow.rang_at > bindparam("since")
)
"""Asked in every call: put together once, because that costs more than the answer."""


class DatabaseCallers:
    """Anything malformed is nobody's habit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def habit(self, phone: PhoneNumber, now: Instant) -> Habit | None:
        if not is_e164(phone):
            return None
        with reading(self._engine, CustomersUnavailable) as connection:
            row = connection.execute(_HABIT, {"phone": phone, "since": after(now, -KEPT_S)}).one_or_none()
        return Habit(Language(row.language), row.choice) if row else None

    def remember(self, phone: PhoneNumber, habit: Habit, now: Instant) -> None:
        if not is_e164(phone):
            return
        values = {"language": habit.language.value, "choice": habit.choice[:LONGEST_CHOICE], "rang_at": now}
        with writing(self._engine, CustomersUnavailable) as connection:
            kept = insert_into(connection, CallerRow).values(number=phone, **values)
            connection.execute(kept.on_conflict_do_update(index_elements=[CallerRow.number], set_=values))

    def forget_old(self, now: Instant) -> None:
        """Erase what is too old to be told."""
        with writing(self._engine, CustomersUnavailable) as connection:
            connection.execute(delete(CallerRow).where(CallerRow.rang_at <= after(now, -KEPT_S)))
