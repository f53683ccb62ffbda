"""Calls to outside numbers are counted in the database: restarts forget nothing, two at once are never one too many."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from calls.clock import after
from calls.ids import CallId, new_call_id
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingCall, OutgoingKind, OutgoingRules, Refusal
from database.audit import DatabaseAudit
from database.engine import DatabaseUnavailable, Engine, open_engine, reading, writing
from database.outgoing import DatabaseOutgoing
from database.tables import OutgoingRow
from tests.kit.databases import NOW

RULES = OutgoingRules(per_user=3, per_number=2, duty=frozenset({"+79161110000"}))
DAY_S = 86_400


def door(engine: Engine) -> DatabaseOutgoing:
    return DatabaseOutgoing(engine, RULES, "Europe/Moscow")


def a_call(number: str = "+79161234567", actor: str = "user:anna") -> OutgoingCall:
    call = new_call_id()
    return OutgoingCall(f"{call}-1", OutgoingKind.CALLBACK, PhoneNumber(number), actor, call)


def test_a_user_dials_so_many_numbers_a_day_also_after_a_restart(engine: Engine) -> None:
    for last in range(3):
        assert door(engine).permit(a_call(f"+7916123456{last}"), NOW) is None
    assert door(engine).permit(a_call("+79161234569"), NOW) is Refusal.USER_LIMIT
    assert door(engine).permit(a_call("+79161234569", "user:boris"), NOW) is None
    assert door(engine).permit(a_call("+79161234569"), after(NOW, DAY_S)) is None


def test_a_number_is_dialled_so_often_a_day_whoever_dials_it(engine: Engine) -> None:
    assert door(engine).permit(a_call(actor="user:anna"), NOW) is None
    assert door(engine).permit(a_call(actor="user:boris"), NOW) is None
    assert door(engine).permit(a_call(actor="user:clara"), NOW) is Refusal.NUMBER_LIMIT
    assert door(engine).permit(a_call("+79161110000", "queue:emergency"), NOW) is None


def test_the_duty_officers_are_always_dialled(engine: Engine) -> None:
    for _ in range(10):
        assert door(engine).permit(a_call("+79161110000"), NOW) is None


def test_the_same_wish_performed_twice_is_one_call_with_one_answer(engine: Engine) -> None:
    first = a_call()
    for _ in range(5):
        assert door(engine).permit(first, NOW) is None
    premium = a_call("+78095551234")
    refused = door(engine).permit(premium, NOW)
    assert refused is not None
    assert door(engine).permit(premium, after(NOW, 5)) is refused
    with reading(engine, DatabaseUnavailable) as connection:
        rows = connection.execute(select(OutgoingRow.outgoing_id, OutgoingRow.refusal)).all()
    assert sorted(rows) == sorted([(first.outgoing_id, ""), (premium.outgoing_id, refused.value)])


def test_each_call_is_audited_without_its_number(engine: Engine) -> None:
    dialled, foreign = a_call(), a_call("+442079460018")
    door(engine).permit(dialled, NOW)
    door(engine).permit(foreign, NOW)
    entries = DatabaseAudit(engine).recent()
    assert [(entry.act, entry.subject) for entry in reversed(entries)] == [
        ("called_outside", f"{dialled.call_id} callback"),
        ("call_outside_refused", f"{foreign.call_id} callback foreign"),
    ]
    assert all(entry.actor == "user:anna" for entry in entries)


def test_of_many_at_once_no_more_than_the_limit_get_through(engine: Engine) -> None:
    calls = [a_call(f"+791612345{last:02}") for last in range(8)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda call: door(engine).permit(call, NOW), calls))
    assert answers.count(None) == 3
    assert answers.count(Refusal.USER_LIMIT) == 5


def test_what_was_dialled_cannot_be_unwritten(engine: Engine) -> None:
    door(engine).permit(a_call(), NOW)
    with pytest.raises(DatabaseError), writing(engine, DatabaseUnavailable) as connection:
        connection.execute(delete(OutgoingRow))


def test_without_the_database_only_the_duty_officers_are_dialled() -> None:
    away = DatabaseOutgoing(open_engine("sqlite:////nowhere/at/all.db"), RULES, "Europe/Moscow")
    call = a_call()
    assert away.permit(call, NOW) is Refusal.UNCOUNTED
    assert away.permit(replace(call, number=PhoneNumber("+79161110000")), NOW) is None
    assert away.permit(replace(call, call_id=CallId("x")), NOW) is Refusal.UNCOUNTED
