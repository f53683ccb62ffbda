"""The schema's steps up and down on both databases, and the demo load."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, delete, func, inspect, select, text, update
from sqlalchemy.exc import DatabaseError

from acd.queues import FloorSettings, Queue
from calls.clock import Instant, as_datetime
from calls.ids import QueueId
from customers import demo
from customers.accounts import AccountNumber, PinCheck
from database.accounts import DatabaseAccounts
from database.attempt_tables import PinHourRow, PinTriesRow
from database.demo_data import QUEUES, DemoRefused, is_empty, load_demo
from database.engine import DatabaseUnavailable, Engine, open_engine, reading, writing
from database.migrations import current, downgrade, migrate, newest
from database.pins import DatabasePins
from database.queue_settings import DatabaseQueueSettings
from database.tables import (
    AccountRow,
    LedgerRow,
    PinRow,
    QueueRow,
    SettingsVersionRow,
    StreetRow,
    Table,
    UserRow,
)
from database.users import DatabaseUsers
from staff.skills import skilled
from tests.kit.databases import NOW, PATIENT, PIN_KEY, passwords

BEFORE_TARIFFS = "0027"


def _load(engine: Engine, customers: int = 40, seed: int = 1, now: Instant = NOW) -> None:
    load_demo(engine, customers, seed, PIN_KEY, passwords(), now, with_pin=2)


def _tables(engine: Engine) -> set[str]:
    with reading(engine, DatabaseUnavailable) as connection:
        return set(inspect(connection).get_table_names())


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    assert current(engine) == newest()
    with reading(engine, DatabaseUnavailable) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Table.metadata) == []


def test_a_load_leaves_keys_and_indexes_as_they_were(engine: Engine) -> None:
    def kept() -> list[object]:
        with reading(engine, DatabaseUnavailable) as connection:
            found = inspect(connection)
            tables = sorted(found.get_table_names())
            keys = [sorted(map(str, found.get_foreign_keys(one))) for one in tables]
            indexes = [
                sorted(
                    (str(index["name"]), str(index["column_names"]), index["unique"])
                    for index in found.get_indexes(one)
                )
                for one in tables
            ]
            return [keys, indexes]

    before = kept()
    _load(engine)
    assert kept() == before


def test_down_to_nothing_and_up_again_with_data(engine: Engine) -> None:
    _load(engine)
    downgrade(engine, "base")
    assert current(engine) is None
    assert _tables(engine) == {"alembic_version"}
    migrate(engine)
    assert is_empty(engine)
    _load(engine)


def test_a_step_down_takes_only_its_own_tables(engine: Engine) -> None:
    _load(engine)
    downgrade(engine, "0002")
    assert not {"call_records", "offers", "call_notes"} & _tables(engine)
    downgrade(engine, "0001")
    assert {"users", "queues", "audit"}.isdisjoint(_tables(engine))
    balance = DatabaseAccounts(engine).balance(demo.IN_DEBT.number)
    assert balance is not None
    assert balance.amount == demo.IN_DEBT.balance
    migrate(engine)
    assert current(engine) == newest()
    assert DatabaseQueueSettings(engine).load() == FloorSettings()


def test_a_step_down_from_notices_takes_them_and_the_codes(engine: Engine) -> None:
    _load(engine)
    notices = {"notices", "demo_post_box", "one_time_codes"}
    assert notices <= _tables(engine)
    downgrade(engine, "0012")
    assert notices.isdisjoint(_tables(engine))
    balance = DatabaseAccounts(engine).balance(demo.IN_DEBT.number)
    assert balance is not None
    assert balance.amount == demo.IN_DEBT.balance
    migrate(engine)
    assert notices <= _tables(engine)


def test_a_step_down_from_charges_by_zone_keeps_the_ledger_and_its_triggers(engine: Engine) -> None:
    _load(engine)
    downgrade(engine, "0022")
    with reading(engine, DatabaseUnavailable) as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("ledger")}
    assert columns == {"entry_id", "account_id", "day", "kind", "amount", "text"}
    balance = DatabaseAccounts(engine).balance(demo.TRUSTED.number)
    assert balance is not None
    assert balance.amount == demo.TRUSTED.balance
    migrate(engine)
    assert {charge.zone for charge in DatabaseAccounts(engine).charges(demo.TRUSTED.number)} == {None}
    with pytest.raises(DatabaseError), writing(engine, DatabaseUnavailable) as connection:
        connection.execute(update(LedgerRow).values(zone=1))


def test_a_step_down_from_scores_and_menus_takes_only_them(engine: Engine) -> None:
    _load(engine)
    downgrade(engine, "0026")
    before = _tables(engine)
    downgrade(engine, "0025")
    assert before - _tables(engine) == {"menu_steps"}
    downgrade(engine, "0024")
    assert before - _tables(engine) == {"menu_steps", "satisfaction", "survey_askings"}
    migrate(engine)
    assert before < _tables(engine)


def test_a_step_down_from_tariffs_takes_them_and_keeps_the_meters(engine: Engine) -> None:
    _load(engine)
    tariffs = {"tariffs", "tariff_rates", "account_tariffs"}
    assert tariffs <= _tables(engine)
    downgrade(engine, BEFORE_TARIFFS)
    assert tariffs.isdisjoint(_tables(engine))
    with reading(engine, DatabaseUnavailable) as connection:
        assert "removed_on" not in {column["name"] for column in inspect(connection).get_columns("meters")}
    balance = DatabaseAccounts(engine).balance(demo.TRUSTED.number)
    assert balance is not None
    assert balance.amount == demo.TRUSTED.balance
    migrate(engine)
    accounts, today = DatabaseAccounts(engine), demo.today_of(NOW)
    assert accounts.meters(demo.TRUSTED.number) == demo.meters_of(demo.TRUSTED, today)
    assert accounts.tariff(demo.TRUSTED.number, today) is None


def test_what_is_older_than_zones_and_english_titles_gets_both(database_address: str) -> None:
    engine = open_engine(database_address, PATIENT)
    migrate(engine, "0003")
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(text("INSERT INTO streets (settlement, name) VALUES ('г. Заозёрск', 'ул. Садовая')"))
        connection.execute(text("INSERT INTO queues VALUES ('general', 'Общая', 20, '[]', 15, 60, 'least_busy')"))
    migrate(engine)
    with reading(engine, DatabaseUnavailable) as connection:
        for zone in (QueueRow.zone, StreetRow.zone):
            assert connection.scalars(select(zone)).all() == ["Europe/Moscow"]
    settings = DatabaseQueueSettings(engine).load()
    old = Queue(QueueId("general"), "Общая", 20, frozenset(), title_en="General")
    assert settings == FloorSettings((old,), version=1), "what it did not know yet has its default"
    downgrade(engine, "0003")
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.scalars(text("SELECT title FROM queues")).all() == ["Общая"]
    migrate(engine)
    engine.dispose()


def test_what_is_older_than_levels_has_each_skill_as_usual(database_address: str) -> None:
    engine = open_engine(database_address, PATIENT)
    migrate(engine, "0008")
    with writing(engine, DatabaseUnavailable) as connection:
        for login, skills in (("anna", '["ru", "general"]'), ("admin", "[]")):
            row = text("INSERT INTO users VALUES (:login, 'А', 'agent', :skills, true, 'x', 0, 0)")
            connection.execute(row, {"login": login, "skills": skills})
    migrate(engine)
    users = DatabaseUsers(engine)
    assert {user.login: user.skills for user in users.all()} == {
        "anna": skilled("ru", "general", level=3),
        "admin": frozenset(),
    }
    downgrade(engine, "0008")
    with reading(engine, DatabaseUnavailable) as connection:
        kept = connection.execute(select(UserRow.login, UserRow.skills)).all()
    assert {login: list(skills) for login, skills in kept} == {"anna": ["general", "ru"], "admin": []}
    assert all(isinstance(skills, list) for _, skills in kept)
    migrate(engine)
    engine.dispose()


def test_the_demo_is_in_the_zone_of_its_supplier(engine: Engine) -> None:
    load_demo(engine, 1, 1, PIN_KEY, passwords(), NOW, supplier_zone="Asia/Kamchatka")
    queues = DatabaseQueueSettings(engine).load().queues
    assert {queue.zone for queue in queues} == {"Asia/Kamchatka"}
    accounts = DatabaseAccounts(engine)
    card = accounts.card(demo.FIRM.number, NOW)
    assert card is not None
    assert card.account.zone == "Asia/Kamchatka"
    begins = as_datetime(Instant(card.outages[0].since)).astimezone(ZoneInfo("Asia/Kamchatka"))
    assert begins.hour == 10


def test_a_migration_that_fails_changes_nothing(database_address: str) -> None:
    engine = open_engine(database_address, PATIENT)
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(text("CREATE TABLE call_notes (x INTEGER)"))
    with pytest.raises((DatabaseError, DatabaseUnavailable)):
        migrate(engine)
    assert _tables(engine) == {"call_notes"}
    engine.dispose()


def test_two_processes_may_migrate_at_once(database_address: str) -> None:
    engines = [open_engine(database_address, PATIENT) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrate, engines))
    assert current(engines[0]) == newest()
    for engine in engines:
        engine.dispose()


def _contents(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    secret = {UserRow.password.name, PinRow.sealed.name}
    contents = {}
    counted = {PinTriesRow.__tablename__, PinHourRow.__tablename__}  # by the tests that ask the shared demo for a PIN
    for table in Table.metadata.sorted_tables:
        if table.name in counted:
            continue
        columns = [column for column in table.columns if column.name not in secret]
        contents[table.name] = sorted((tuple(row) for row in connection.execute(select(*columns))), key=repr)
    return contents


def test_the_same_seed_gives_the_same_supplier_in_both_databases(demo_sqlite: Engine, demo_postgresql: Engine) -> None:
    with reading(demo_sqlite, DatabaseUnavailable) as one, reading(demo_postgresql, DatabaseUnavailable) as other:
        assert _contents(one) == _contents(other)


def test_another_seed_gives_others(engine: Engine, demo_engine: Engine) -> None:
    _load(engine, customers=60, seed=2)
    with reading(engine, DatabaseUnavailable) as one, reading(demo_engine, DatabaseUnavailable) as other:
        two, first = _contents(one), _contents(other)
    assert two["customers"] != first["customers"]
    assert len(two["customers"]) == len(first["customers"]) == 60 + len(demo.FIXED)


def test_every_balance_is_the_sum_of_whole_kopecks(demo_engine: Engine) -> None:
    accounts = DatabaseAccounts(demo_engine)
    with reading(demo_engine, DatabaseUnavailable) as connection:
        numbers = connection.scalars(select(AccountRow.number)).all()
        amounts = connection.scalars(select(LedgerRow.amount)).all()
    assert all(type(amount) is int for amount in amounts)
    balances = [accounts.balance(AccountNumber(number)) for number in numbers]
    assert sum(balance.amount for balance in balances if balance) == sum(amounts)


def test_the_demo_has_twelve_months_and_nothing_of_tomorrow(demo_engine: Engine) -> None:
    today = demo.today_of(NOW)
    with reading(demo_engine, DatabaseUnavailable) as connection:
        newest_day = connection.scalar(select(func.max(LedgerRow.day)))
        months = connection.execute(
            select(LedgerRow.account_id, func.count(LedgerRow.day.distinct()))
            .where(LedgerRow.kind == "charge")
            .group_by(LedgerRow.account_id)
        ).all()
    assert isinstance(newest_day, datetime.date)
    assert newest_day <= today
    assert {count for _, count in months} == {12}


def test_only_the_fixed_and_so_many_others_have_pins(demo_engine: Engine) -> None:
    pins = DatabasePins(demo_engine, PIN_KEY)
    with reading(demo_engine, DatabaseUnavailable) as connection:
        query = select(AccountRow.number).join(PinRow, PinRow.account_id == AccountRow.account_id)
        numbers = [AccountNumber(number) for number in connection.scalars(query)]
    others = set(numbers) - {fixed.number for fixed in demo.FIXED}
    assert len(numbers) == len(demo.FIXED) + 3
    assert {pins.check(number, demo.demo_pin(number), None, NOW).result for number in others} == {PinCheck.RIGHT}


def test_a_database_that_holds_anything_is_refused_and_left_alone(engine: Engine) -> None:
    DatabaseQueueSettings(engine).put(QUEUES[1])
    assert not is_empty(engine)
    with pytest.raises(DemoRefused, match="queues already"):
        _load(engine)
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.scalar(select(func.count()).select_from(AccountRow)) == 0


def test_a_missing_password_loads_nothing(engine: Engine) -> None:
    with pytest.raises(ValueError, match="kim"):
        load_demo(engine, 1, 1, PIN_KEY, {**passwords(), "kim": ""}, NOW)
    assert is_empty(engine)


def test_new_rows_get_ids_of_their_own_after_the_demo(engine: Engine) -> None:
    _load(engine, customers=3)
    with writing(engine, DatabaseUnavailable) as connection:
        connection.execute(text("INSERT INTO customers (kind, name) VALUES ('household', 'Новикова Нина')"))
        connection.execute(text("INSERT INTO outages (kind, cause, since) VALUES ('planned', 'x', 1)"))


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_ledger_refuses_changes(engine: Engine, act: str) -> None:
    _load(engine, customers=1)
    change = update(LedgerRow).values(amount=0) if act == "update" else delete(LedgerRow)
    with pytest.raises(DatabaseError, match="never changed or deleted"), writing(engine, DatabaseUnavailable) as rows:
        rows.execute(change)
    balance = DatabaseAccounts(engine).balance(demo.IN_DEBT.number)
    assert balance is not None
    assert balance.amount == demo.IN_DEBT.balance


def test_the_version_has_exactly_one_row(engine: Engine) -> None:
    with pytest.raises(DatabaseError), writing(engine, DatabaseUnavailable) as connection:
        connection.execute(text("INSERT INTO settings_version (only_row, version) VALUES (2, 9)"))
    with reading(engine, DatabaseUnavailable) as connection:
        assert connection.scalars(select(SettingsVersionRow.version)).all() == [0]
