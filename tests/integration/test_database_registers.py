"""Registers in both databases: once in, whatever comes again; what is unknown is said; out and in again."""

import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from callcentre.data_import import LINES_A_BATCH, Import, Sums
from calls.numbers import PhoneNumber
from customers import demo
from customers.accounts import AccountNumber, PinCheck
from customers.readings import ReadingSource
from customers.registers.columns import Register
from customers.registers.fields import Fault
from customers.registers.outcome import Outcome
from customers.registers.rows import Row
from customers.registers.writing import as_lines, heading
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import DatabaseUnavailable, Engine, reading, writing
from database.migrations import downgrade, migrate
from database.origin_tables import LedgerOriginRow, OutageOriginRow
from database.outages import DatabaseOutages
from database.pins import DatabasePins
from database.register_export import exported
from database.registers import DatabaseRegisters
from database.tables import AccountRow, CustomerRow, LedgerRow, OutageRow, PhoneRow, ReadingRow, StreetRow, Table
from tests.kit.databases import NOW, PIN_KEY, passwords

ZONE = ZoneInfo("Europe/Moscow")
ACCOUNTS = "account;customer;kind;name;settlement;street;house;flat;phones;phones_allowed\n"
IVANOV = "4409990001;9000001;household;Иванов И. И.;с. Новое;ул. Первая;1;2;+79160000001 +79160000002;+79160000002\n"
PETROV = "4409990002;9000002;firm;ООО Свет;с. Новое;ул. Первая;3;;+79160000002;\n"
CHARGES = "source;number;account;day;amount;text\n"
PAYMENTS = "source;number;account;day;amount\n"
OUTAGES = "source;number;kind;cause;since;until;settlement;street;house;ended\n"
READINGS = "account;serial;zone;day;kwh\n"


class Faults:
    def __init__(self) -> None:
        self.all: list[tuple[int, str]] = []

    def add(self, line: int, fault: Fault) -> None:
        self.all.append((line, fault.column))


def put(engine: Engine, register: Register, content: str | bytes, *, keep: bool = True) -> tuple[Sums, Faults]:
    faults = Faults()
    registers = DatabaseRegisters(engine)
    run = Import(register, ZONE, lambda lines: registers.put(register, lines, keep=keep), faults)
    octets = content if isinstance(content, bytes) else content.encode("cp1251")
    return run.take_in(io.BytesIO(octets)), faults


def counts(sums: Sums) -> tuple[int, int, int, int]:
    return sums.new, sums.changed, sums.unchanged, sums.refused


def rows(engine: Engine, *tables: type[Table]) -> list[int]:
    with reading(engine, DatabaseUnavailable) as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def out(engine: Engine, register: Register) -> bytes:
    pages = exported(engine, register, ZONE)
    return heading(register) + b"".join(as_lines(page) for page in pages)


@pytest.fixture
def known(engine: Engine) -> Engine:
    sums, faults = put(engine, Register.ACCOUNTS, ACCOUNTS + IVANOV + PETROV)
    assert (counts(sums), faults.all) == ((2, 0, 0, 0), [])
    return engine


@pytest.fixture
def demonstrated(engine: Engine) -> Engine:
    load_demo(engine, 20, 1, PIN_KEY, passwords(), NOW, with_pin=2)
    return engine


def test_accounts_come_change_and_stay(known: Engine) -> None:
    account = DatabaseAccounts(known).find(AccountNumber("4409990001"))
    assert account is not None
    assert account.address == "с. Новое, ул. Первая, д. 1, кв. 2"
    assert counts(put(known, Register.ACCOUNTS, ACCOUNTS + IVANOV + PETROV)[0]) == (0, 0, 2, 0)
    changed = IVANOV.replace("Иванов И. И.", "Иванова И. И.").replace("ул. Первая", "ул. Вторая")
    assert counts(put(known, Register.ACCOUNTS, ACCOUNTS + changed + PETROV)[0]) == (0, 1, 1, 0)
    account = DatabaseAccounts(known).find(AccountNumber("4409990001"))
    assert account is not None
    assert (account.customer_name, account.address) == ("Иванова И. И.", "с. Новое, ул. Вторая, д. 1, кв. 2")
    assert rows(known, StreetRow, CustomerRow, AccountRow) == [2, 2, 2]


def test_telephones_are_exactly_those_of_the_column_or_as_they_were_without_it(known: Engine) -> None:
    accounts = DatabaseAccounts(known)
    first = AccountNumber("4409990001")
    assert accounts.may_hear(PhoneNumber("+79160000002"), first)
    without = "account;customer;kind;name;settlement;street;house\n" + ";".join(IVANOV.split(";")[:7]) + "\n"
    put(known, Register.ACCOUNTS, without)
    assert accounts.may_hear(PhoneNumber("+79160000002"), first)
    fewer = IVANOV.replace("+79160000001 +79160000002;+79160000002", "+79160000002;")
    assert counts(put(known, Register.ACCOUNTS, ACCOUNTS + fewer)[0]) == (0, 1, 0, 0)
    assert accounts.of_phone(PhoneNumber("+79160000001")) == ()
    assert not accounts.may_hear(PhoneNumber("+79160000002"), first)


def test_who_takes_an_account_over_gets_neither_pin_nor_telephones_of_the_former_customer(
    demonstrated: Engine,
) -> None:
    number = demo.IN_DEBT.number
    line = f"{number};9000001;household;Новый;с. Новое;ул. Первая;1\n"
    sums, _ = put(demonstrated, Register.ACCOUNTS, "account;customer;kind;name;settlement;street;house\n" + line)
    assert counts(sums) == (0, 1, 0, 0)
    pins = DatabasePins(demonstrated, PIN_KEY)
    assert pins.check(number, demo.IN_DEBT.pin, None, NOW).result is PinCheck.NO_PIN
    pins.close()
    assert DatabaseAccounts(demonstrated).of_phone(demo.IN_DEBT.phone) == ()


def test_an_account_twice_and_a_customer_with_two_names_are_reported(engine: Engine) -> None:
    other = PETROV.replace("9000002", "9000001")
    sums, faults = put(engine, Register.ACCOUNTS, ACCOUNTS + IVANOV + IVANOV + other)
    assert counts(sums) == (1, 0, 0, 2)
    assert faults.all == [(3, "account"), (4, "customer")]


def test_charges_and_payments_reach_the_ledger_once(known: Engine) -> None:
    charges = CHARGES + "АСКУЭ;11;4409990001;2026-11-01;250,10;Начислено\nАСКУЭ;12;4409990002;01.11.2026;1000;\n"
    payments = PAYMENTS + "Банк;11;4409990001;2026-11-05;250.10\nБанк;11;4409990001;2026-11-05;250.10\n"
    for expected in ((2, 0, 0, 0), (0, 0, 2, 0)):
        assert counts(put(known, Register.CHARGES, charges)[0]) == expected
    for expected in ((1, 0, 1, 0), (0, 0, 2, 0)):
        assert counts(put(known, Register.PAYMENTS, payments)[0]) == expected
    assert rows(known, LedgerRow, LedgerOriginRow) == [3, 3]
    balances = [DatabaseAccounts(known).balance(AccountNumber(f"440999000{one}")) for one in (1, 2)]
    assert [balance.amount for balance in balances if balance] == [0, -100_000]


def test_zone_energy_and_rate_of_charges_are_kept_and_come_out_again(known: Engine) -> None:
    heading_line = "source;number;account;day;amount;zone;kwh;rate\n"
    day = "b;1-1;4409990001;2026-11-01;973,80;1;180;5,41\n"
    night = "b;1-2;4409990001;2026-11-01;296,10;2;90;3,290001\n"
    whole = "b;2;4409990001;2026-11-01;10;;;\n"
    assert counts(put(known, Register.CHARGES, heading_line + day + night + whole)[0]) == (3, 0, 0, 0)
    charges = DatabaseAccounts(known).charges(AccountNumber("4409990001"))
    assert [(one.zone, one.kwh, one.rate) for one in charges] == [
        (1, 180, 5_410_000),
        (2, 90, 3_290_001),
        (None, None, None),
    ]
    written = out(known, Register.CHARGES).decode("utf-8-sig").splitlines()[1:]
    assert [line.split(";")[-3:] for line in written] == [["1", "180", "5,41"], ["2", "90", "3,290001"], ["", "", ""]]
    sums, faults = put(known, Register.CHARGES, out(known, Register.CHARGES))
    assert (counts(sums), faults.all) == ((0, 0, 3, 0), [])
    other = heading_line + day.replace(";1;180;", ";2;180;") + whole.replace(";10;;;", ";10;1;5;2")
    sums, faults = put(known, Register.CHARGES, other)
    assert (counts(sums), faults.all) == ((0, 0, 1, 1), [(2, "number")])
    twice = heading_line + day.replace("1-1", "3") + day.replace("1-1", "3").replace(";1;180;", ";2;180;")
    assert put(known, Register.CHARGES, twice)[1].all == [(3, "number")]


def test_a_number_that_means_something_else_and_an_unknown_account_are_reported(known: Engine) -> None:
    put(known, Register.PAYMENTS, PAYMENTS + "Банк;1;4409990001;2026-11-05;100\n")
    later = "Банк;1;4409990001;2026-11-05;200\nБанк;2;4400000000;2026-11-05;1\nБанк;3;4409990001;2026-11-05;1\n"
    sums, faults = put(known, Register.PAYMENTS, PAYMENTS + later + "Банк;3;4409990001;2026-11-06;1\n")
    assert counts(sums) == (1, 0, 0, 3)
    assert faults.all == [(2, "number"), (3, "account"), (5, "number")]
    other_bank = put(known, Register.PAYMENTS, PAYMENTS + "Другой банк;1;4409990001;2026-11-05;200\n")[0]
    assert counts(other_bank) == (1, 0, 0, 0)


def test_a_dry_run_says_the_same_and_changes_nothing(known: Engine) -> None:
    charges = CHARGES + "АСКУЭ;11;4409990001;2026-11-01;250,10;\nАСКУЭ;12;4400000000;2026-11-01;1;\n"
    dry = put(known, Register.CHARGES, charges, keep=False)[0]
    assert rows(known, LedgerRow, LedgerOriginRow) == [0, 0]
    assert counts(put(known, Register.CHARGES, charges)[0]) == counts(dry) == (1, 0, 0, 1)


def test_an_import_that_dies_between_two_batches_is_taken_up_by_the_same_file(known: Engine) -> None:
    lines = "".join(f"b;{one};4409990001;2026-11-01;1;\n" for one in range(LINES_A_BATCH * 2 + 5))
    registers = DatabaseRegisters(known)
    done = 0

    def dies(batch: list[Row]) -> Outcome:
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt
        return registers.put(Register.CHARGES, batch)

    with pytest.raises(KeyboardInterrupt):
        Import(Register.CHARGES, ZONE, dies, Faults()).take_in(io.BytesIO((CHARGES + lines).encode()))
    assert rows(known, LedgerRow, LedgerOriginRow) == [LINES_A_BATCH] * 2
    sums, _ = put(known, Register.CHARGES, CHARGES + lines)
    assert counts(sums) == (LINES_A_BATCH + 5, 0, LINES_A_BATCH, 0)


def test_a_batch_that_fails_leaves_nothing(known: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from database import register_entries

    def broken(*_: object) -> Sequence[int]:
        return [1, 1]

    monkeypatch.setattr(register_entries, "new_ids", broken)
    with pytest.raises(DatabaseError):
        put(known, Register.CHARGES, CHARGES + "b;1;4409990001;2026-11-01;1;\nb;2;4409990001;2026-11-01;1;\n")
    assert rows(known, LedgerRow, LedgerOriginRow) == [0, 0]


def test_outages_of_the_dispatchers_are_heard_changed_and_ended(known: Engine) -> None:
    first = "Диспетчер;5;emergency;wire_down;2026-11-23 11:00;2026-11-23 15:00;с. Новое;ул. Первая;1;\n"
    sums, faults = put(known, Register.OUTAGES, OUTAGES + first + first.replace("ул. Первая", "ул. Нет"))
    assert (counts(sums), faults.all) == ((1, 0, 0, 1), [(3, "street")])
    outages = DatabaseOutages(known)
    (heard,) = outages.at_account(AccountNumber("4409990001"), NOW)
    assert heard.outage.cause == "wire_down"
    assert outages.at_account(AccountNumber("4409990002"), NOW) == ()
    more = OUTAGES + first + first.replace("Первая;1", "Первая;3")
    assert counts(put(known, Register.OUTAGES, more)[0]) == (0, 1, 1, 0)
    assert len(outages.at_account(AccountNumber("4409990002"), NOW)) == 1
    ended = more.replace(";\n", ";2026-11-23 11:30\n")
    assert counts(put(known, Register.OUTAGES, ended)[0]) == (0, 2, 0, 0)
    assert counts(put(known, Register.OUTAGES, ended)[0]) == (0, 0, 2, 0)
    assert outages.at_account(AccountNumber("4409990001"), NOW) == ()
    assert rows(known, OutageRow, OutageOriginRow) == [1, 1]


def test_readings_go_to_their_meters_and_not_over_a_customers(demonstrated: Engine) -> None:
    number = demo.IN_DEBT.number
    (meter, *_) = DatabaseAccounts(demonstrated).meters(number)
    line = f"{number};{meter.serial};1;2026-11-20;99999\n"
    assert counts(put(demonstrated, Register.READINGS, READINGS + line)[0]) == (1, 0, 0, 0)
    assert counts(put(demonstrated, Register.READINGS, READINGS + line)[0]) == (0, 0, 1, 0)
    assert counts(put(demonstrated, Register.READINGS, READINGS + line.replace("99999", "99998"))[0]) == (0, 1, 0, 0)
    unknown = f"{number};00000000;1;2026-11-20;1\n{number};{meter.serial};4;2026-11-20;1\n"
    assert put(demonstrated, Register.READINGS, READINGS + unknown)[1].all == [(2, "serial"), (3, "zone")]
    with writing(demonstrated, DatabaseUnavailable) as connection:
        handed_in = update(ReadingRow).where(ReadingRow.kwh == 99998).values(source=ReadingSource.TELEPHONE.value)
        connection.execute(handed_in)
    assert put(demonstrated, Register.READINGS, READINGS + line)[1].all == [(2, "kwh")]


@pytest.mark.parametrize("register", Register)
def test_an_export_that_is_read_again_changes_nothing(demonstrated: Engine, register: Register) -> None:
    content = out(demonstrated, register)
    sums, faults = put(demonstrated, register, content)
    assert faults.all == []
    assert sums.lines > 1
    assert counts(sums) == (0, 0, sums.lines, 0)
    assert out(demonstrated, register) == content


def test_an_export_fills_an_empty_database(demonstrated: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    from database.engine import open_engine

    other = open_engine(f"sqlite:///{tmp_path_factory.mktemp('other') / 'other.db'}")
    migrate(other)
    for register in (Register.ACCOUNTS, Register.CHARGES, Register.PAYMENTS):
        sums, _ = put(other, register, out(demonstrated, register))
        assert counts(sums) == (sums.lines, 0, 0, 0)
    numbers = [line.split(b";")[0].decode() for line in out(demonstrated, Register.ACCOUNTS).splitlines()[1:]]
    for number in map(AccountNumber, numbers):
        assert DatabaseAccounts(other).balance(number) == DatabaseAccounts(demonstrated).balance(number)
    other.dispose()


def test_origins_are_never_changed_and_go_with_their_step(known: Engine) -> None:
    put(known, Register.CHARGES, CHARGES + "b;1;4409990001;2026-11-01;1;\n")
    with pytest.raises(DatabaseError), writing(known, DatabaseUnavailable) as connection:
        connection.execute(delete(LedgerOriginRow))
    downgrade(known, "0019")
    assert rows(known, LedgerRow) == [1]
    migrate(known)
    assert rows(known, LedgerRow, LedgerOriginRow, PhoneRow) == [1, 0, 3]
