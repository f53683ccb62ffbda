"""The menu steps of a call beside its record: written in the record's transaction, read back with it."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, update

from calls.clock import Instant
from calls.menu_steps import Ending, MenuStep, settled
from calls.record import CallRecord
from database.menu_tables import MenuStepRow
from database.text import storable
from database.upsert import insert_into


def write_steps(connection: Connection, record: CallRecord) -> None:
    """Of a record that was written just now, in place of an earlier one.

    A call that was cut off in the menu is told by its later record; when that one knows no menus, the earlier steps
    stay, and who was thought to have rung off had not.
    """
    of_call = MenuStepRow.call_id == storable(record.call_id)
    steps = settled(record.facts.menus, answered=record.answered_at is not None)
    if record.enqueued_at is not None and steps:
        connection.execute(delete(MenuStepRow).where(of_call))
    elif record.enqueued_at is not None:
        gone = MenuStepRow.ending.in_((Ending.LEFT.value, Ending.SERVED.value))
        connection.execute(update(MenuStepRow).where(of_call, gone).values(ending=Ending.TAKEN.value))
    if steps:
        connection.execute(insert(MenuStepRow), [_row(record, *placed) for placed in enumerate(steps)])


def write_new_steps(connection: Connection, records: Iterable[CallRecord]) -> None:
    """Of calls that no record told before. Another process may write one of them just now: its steps stay."""
    rows = [
        _row(record, *placed)
        for record in records
        for placed in enumerate(settled(record.facts.menus, answered=record.answered_at is not None))
    ]
    if rows:
        connection.execute(insert_into(connection, MenuStepRow).on_conflict_do_nothing(), rows)


def steps_of(connection: Connection, calls: Iterable[str]) -> dict[str, tuple[MenuStep, ...]]:
    """The steps of these calls; those without any are left out."""
    row = MenuStepRow
    query = select(*row.__table__.columns).where(row.call_id.in_(tuple(calls))).order_by(row.call_id, row.place)
    found: dict[str, tuple[MenuStep, ...]] = {}
    for one in connection.execute(query):
        ending, at = Ending(one.ending), Instant(one.at)
        counts = one.wrong, one.silent, one.repeated
        step = MenuStep(one.menu, one.language, at, one.stay_ms, ending, one.choice, one.answer_ms, *counts)
        found[one.call_id] = (*found.get(one.call_id, ()), step)
    return found


def _row(record: CallRecord, place: int, step: MenuStep) -> dict[str, object]:
    return {
        "call_id": storable(record.call_id),
        "place": place,
        "menu": storable(step.menu),
        "language": step.language,
        "at": step.at,
        "stay_ms": step.stay_ms,
        "ending": step.ending.value,
        "choice": storable(step.choice),
        "answer_ms": step.answer_ms,
        "wrong": step.wrong,
        "silent": step.silent,
        "repeated": step.repeated,
    }
