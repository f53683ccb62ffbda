"""Users, sign-ins, audit, notes and queues over both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Executable, delete, select, update
from sqlalchemy.exc import DatabaseError

from acd.queue_rules import wrong_settings
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, new_call_id
from database.audit import DatabaseAudit
from database.demo_data import WHILE_WAITING
from database.engine import DatabaseUnavailable, Engine, reading, writing
from database.notes import LONGEST_NOTE, DatabaseCallNotes
from database.queue_settings import DatabaseQueueSettings
from database.sign_ins import DatabaseSignIns
from database.tables import AuditRow, SignInRow, UserRow
from database.users import FAILURES, LOCK_S, DatabaseUsers
from staff import demo as staff_demo
from staff.roles import Role
from staff.skills import names_of, skilled
from staff.users import AuditEntry, User
from tests.kit.databases import NOW

ANNA = User(AgentId("anna"), "Зуева «Анна» О'Нил", Role.AGENT, skilled("ru", "general"))
PASSWORD = "длинный пароль"
SET = AuditEntry(NOW, "cli:test", "password_set", "anna", "")
HOSTILE = ("", "anna\0", "\ud800", "'; DROP TABLE users; --", "anna ", "ANNA", "я" * 64_000)


@pytest.fixture
def users(engine: Engine) -> DatabaseUsers:
    users = DatabaseUsers(engine)
    users.add(ANNA, PASSWORD)
    return users


def test_the_right_password_gives_the_user(users: DatabaseUsers) -> None:
    assert users.authenticate("anna", PASSWORD, NOW) == ANNA
    assert users.find(ANNA.login) == ANNA
    assert users.all() == (ANNA,)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_sign_ins_are_refused_and_break_nothing(users: DatabaseUsers, text: str) -> None:
    assert users.authenticate(text, PASSWORD, NOW) is None
    assert users.authenticate("anna", text, NOW) is None
    assert users.find(AgentId(text)) is None
    assert users.authenticate("anna", PASSWORD, NOW) == ANNA


def test_five_failures_lock_the_login_for_a_minute(users: DatabaseUsers) -> None:
    for _ in range(FAILURES):
        assert users.authenticate("anna", "wrong", NOW) is None
    assert users.authenticate("anna", PASSWORD, after(NOW, LOCK_S - 1)) is None
    assert users.authenticate("anna", PASSWORD, after(NOW, LOCK_S)) == ANNA


def test_a_success_forgets_the_failures_before_it(users: DatabaseUsers) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            users.authenticate("anna", "wrong", NOW)
        assert users.authenticate("anna", PASSWORD, NOW) == ANNA


def test_failures_at_once_all_count(users: DatabaseUsers) -> None:
    with ThreadPoolExecutor(FAILURES) as threads:
        list(threads.map(lambda _: users.authenticate("anna", "wrong", NOW), range(FAILURES)))
    assert users.authenticate("anna", PASSWORD, NOW) is None


def test_an_inactive_user_cannot_sign_in_and_a_login_is_never_given_again(users: DatabaseUsers, engine: Engine) -> None:
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(update(UserRow).values(active=False))
    assert users.authenticate("anna", PASSWORD, NOW) is None
    with pytest.raises(ValueError, match="taken"):
        users.add(ANNA, PASSWORD)


def test_a_login_that_is_no_slug_is_refused(users: DatabaseUsers) -> None:
    with pytest.raises(ValueError, match="small letter"):
        users.add(User(AgentId("Анна"), "Анна", Role.AGENT, frozenset()), PASSWORD)


def test_a_new_password_replaces_the_old(users: DatabaseUsers) -> None:
    users.set_password(ANNA.login, "новый пароль", SET)
    assert users.authenticate("anna", PASSWORD, NOW) is None
    assert users.authenticate("anna", "новый пароль", NOW) == ANNA


def test_no_password_is_stored_as_it_is(users: DatabaseUsers, engine: Engine) -> None:
    with reading(engine, DatabaseUnavailable) as connection:
        stored = connection.scalars(select(UserRow.password)).one()
    assert PASSWORD not in stored
    assert stored.startswith("$argon2id$")


def test_a_sign_in_lives_while_it_is_used(users: DatabaseUsers, engine: Engine) -> None:
    sign_ins = DatabaseSignIns(engine)
    token = sign_ins.begin(ANNA.login, NOW, idle_limit_s=60)
    assert sign_ins.user_of(token, after(NOW, 59)) == ANNA
    assert sign_ins.user_of(token, after(NOW, 118)) == ANNA
    assert sign_ins.user_of(token, after(NOW, 118 + 60)) is None


def test_an_ended_sign_in_is_nobody(users: DatabaseUsers, engine: Engine) -> None:
    sign_ins = DatabaseSignIns(engine)
    token, other = (sign_ins.begin(ANNA.login, NOW, 60) for _ in range(2))
    sign_ins.end(token)
    assert sign_ins.user_of(token, NOW) is None
    assert sign_ins.user_of(other, NOW) == ANNA


def test_only_the_hash_of_a_token_is_stored_and_old_ones_go(users: DatabaseUsers, engine: Engine) -> None:
    sign_ins = DatabaseSignIns(engine)
    old = sign_ins.begin(ANNA.login, NOW, 60)
    new = sign_ins.begin(ANNA.login, after(NOW, 61), 60)
    with reading(engine, DatabaseUnavailable) as connection:
        stored = connection.scalars(select(SignInRow.token)).all()
    assert len(stored) == 1
    assert not {old, new} & set(stored)


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "x" * 64_000])
def test_a_forged_token_is_nobody(users: DatabaseUsers, engine: Engine, token: str) -> None:
    assert DatabaseSignIns(engine).user_of(token, NOW) is None


def test_a_sign_in_of_a_user_who_was_closed_is_nobody(users: DatabaseUsers, engine: Engine) -> None:
    token = DatabaseSignIns(engine).begin(ANNA.login, NOW, 60)
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(update(UserRow).values(active=False))
    assert DatabaseSignIns(engine).user_of(token, NOW) is None


def test_the_audit_keeps_what_was_written_newest_first(engine: Engine) -> None:
    audit = DatabaseAudit(engine)
    entries = [AuditEntry(after(NOW, place), "anna", "signed_in", f"call-{place}", "127.0.0.1") for place in range(3)]
    for entry in entries:
        audit.write(entry)
    audit.write(AuditEntry(Instant(NOW - 1), "\0\ud800" + "я" * 1000, "failed", "", ""))
    assert audit.recent(3) == tuple(reversed(entries))
    assert audit.recent()[3].actor == "\ufffd\ufffd" + "я" * 254


@pytest.mark.parametrize(
    "change", [update(AuditRow).values(actor="nobody"), delete(AuditRow)], ids=["update", "delete"]
)
def test_the_audit_refuses_changes(engine: Engine, change: Executable) -> None:
    audit = DatabaseAudit(engine)
    entry = AuditEntry(NOW, "anna", "saw_customer", "4401220170", "127.0.0.1")
    audit.write(entry)
    with pytest.raises(DatabaseError, match="never changed or deleted"), writing(engine, DatabaseUnavailable) as rows:
        rows.execute(change)
    assert audit.recent() == (entry,)


def test_the_last_note_wins(engine: Engine) -> None:
    notes, call = DatabaseCallNotes(engine), new_call_id()
    assert notes.load(call) is None
    notes.save(call, ANNA.login, "billing", "Обещал оплатить", NOW)
    notes.save(call, ANNA.login, "debt", "Обещал 😀 \0'\"--", after(NOW, 1))
    assert notes.load(call) == ("debt", "Обещал 😀 \ufffd'\"--")
    assert notes.load(CallId("\0")) is None


def test_a_note_that_is_too_long_is_refused(engine: Engine) -> None:
    notes, call = DatabaseCallNotes(engine), new_call_id()
    notes.save(call, ANNA.login, "", "ж" * LONGEST_NOTE, NOW)
    with pytest.raises(ValueError, match="4000"):
        notes.save(call, ANNA.login, "", "ж" * (LONGEST_NOTE + 1), NOW)


def test_two_writers_at_once_both_get_through(engine: Engine) -> None:
    """SQLite has one writer at a time: the second waits for its turn instead of failing."""
    notes = DatabaseCallNotes(engine)
    calls = [new_call_id() for _ in range(60)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda call: notes.save(call, ANNA.login, "", call, NOW), calls))
    assert [notes.load(call) for call in calls] == [("", call) for call in calls]


def test_the_demo_brings_queues_and_people(demo_engine: Engine) -> None:
    settings = DatabaseQueueSettings(demo_engine).load()
    queues = settings.queues
    assert {queue.queue_id: queue.target_s for queue in queues} == {"general": 20, "billing": 20, "emergency": 10}
    assert settings.version == 1
    assert wrong_settings(queues, settings.limits, WHILE_WAITING.texts) == ()
    users = DatabaseUsers(demo_engine).all()
    assert set(users) == set(staff_demo.USERS)
    for queue in queues:
        assert sum(queue.skills <= names_of(user.skills) for user in users) >= 3


def test_living_sign_ins_are_those_of_active_users_and_a_call_keeps_them(engine: Engine) -> None:
    DatabaseUsers(engine).add(ANNA, "x")
    sign_ins = DatabaseSignIns(engine)
    assert sign_ins.living(NOW) == frozenset()
    token = sign_ins.begin(ANNA.login, NOW, 60)
    sign_ins.begin(ANNA.login, NOW, 60)
    assert sign_ins.living(after(NOW, 59)) == {ANNA}
    sign_ins.prolong(frozenset({ANNA.login}), after(NOW, 59))
    assert sign_ins.living(after(NOW, 118)) == {ANNA}
    sign_ins.prolong(frozenset({ANNA.login}), after(NOW, 119))
    assert sign_ins.living(after(NOW, 119)) == frozenset(), "what has ended stays ended"
    assert sign_ins.user_of(token, after(NOW, 119)) is None
    sign_ins.begin(ANNA.login, NOW, 60)
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(update(UserRow).values(active=False))
    assert sign_ins.living(NOW) == frozenset()


def test_a_sign_in_needs_its_user(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"(?i)foreign key"):
        DatabaseSignIns(engine).begin(AgentId("nobody"), NOW, 60)
