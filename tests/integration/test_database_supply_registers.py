"""Tariffs, meters, feeders and locality codes by file, in both databases; charges beside the account's tariff."""

import io
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from callcentre.data_import import Import, Sums
from customers import demo, demo_tariffs
from customers.accounts import AccountNumber
from customers.outages import LocalityCode
from customers.readings import HandedIn, ReadingSource, ReadingState
from customers.registers.columns import COLUMNS, Register
from customers.registers.fields import Fault
from customers.registers.writing import as_lines, heading
from customers.tariffs import Price, TariffCode
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import Engine
from database.outage_book import DatabaseOutageBook
from database.outages import DatabaseOutages
from database.readings import DatabaseReadings
from database.register_export import exported
from database.registers import DatabaseRegisters
from tests.kit.databases import NOW, PIN_KEY, passwords

ZONE = ZoneInfo("Europe/Moscow")
NUMBER = demo.TRUSTED.number
ACCOUNT = f"{NUMBER};"
TODAY = demo.today_of(NOW)
NEW = "Я2;Новый, день и ночь;New;2;1;2026-01-01;7,00\nЯ2;Новый, день и ночь;New;2;2;2026-01-01;3\n"


class Faults:
    def __init__(self) -> None:
        self.all: list[tuple[int, str]] = []
        self.mend: list[str] = []

    def add(self, line: int, fault: Fault) -> None:
        self.all.append((line, fault.column))
        self.mend.append(fault.mend)


def put(engine: Engine, register: Register, lines: str, *, keep: bool = True) -> tuple[Sums, Faults]:
    """Lines of all columns in their order."""
    faults = Faults()
    registers = DatabaseRegisters(engine)
    run = Import(register, ZONE, lambda batch: registers.put(register, batch, keep=keep), faults)
    content = ";".join(column.name for column in COLUMNS[register]) + "\n" + lines
    return run.take_in(io.BytesIO(content.encode("cp1251"))), faults


def counts(engine: Engine, register: Register, lines: str, *, keep: bool = True) -> tuple[int, int, int, int]:
    sums, _ = put(engine, register, lines, keep=keep)
    return sums.new, sums.changed, sums.unchanged, sums.refused


def refused(engine: Engine, register: Register, lines: str) -> list[tuple[int, str]]:
    return put(engine, register, lines)[1].all


def out(engine: Engine, register: Register) -> list[str]:
    content = heading(register) + b"".join(as_lines(page) for page in exported(engine, register, ZONE))
    return content.decode("utf-8-sig").splitlines()[1:]


@pytest.fixture
def demonstrated(engine: Engine) -> Engine:
    load_demo(engine, 5, 1, PIN_KEY, passwords(), NOW, with_pin=1)
    return engine


def prices(engine: Engine, day: date = TODAY) -> tuple[int, ...]:
    own = DatabaseAccounts(engine).tariff(NUMBER, day)
    return own.prices if own else ()


def test_a_tariff_comes_changes_and_loses_a_price_again(demonstrated: Engine) -> None:
    assert counts(demonstrated, Register.TARIFFS, NEW, keep=False) == (2, 0, 0, 0)
    assert counts(demonstrated, Register.TARIFFS, NEW) == (2, 0, 0, 0)
    assert counts(demonstrated, Register.TARIFFS, NEW) == (0, 0, 2, 0)
    assert counts(demonstrated, Register.ACCOUNT_TARIFFS, f"{ACCOUNT}2026-11-01;Я2\n") == (1, 0, 0, 0)
    assert prices(demonstrated) == (7_000_000, 3_000_000)
    later = "Я2;Новый, день и ночь;New;2;2;2027-02-01;3,5\n"
    assert counts(demonstrated, Register.TARIFFS, later) == (1, 0, 0, 0)
    assert prices(demonstrated, date(2027, 2, 1)) == (7_000_000, 3_500_000)
    assert counts(demonstrated, Register.TARIFFS, later.replace("3,5", "3,123456")) == (0, 1, 0, 0)
    assert prices(demonstrated, date(2027, 2, 1))[1] == 3_123_456
    gone = later.replace("3,5", "")
    assert counts(demonstrated, Register.TARIFFS, gone) == (0, 1, 0, 0)
    assert counts(demonstrated, Register.TARIFFS, gone) == (0, 0, 1, 0)
    assert prices(demonstrated, date(2027, 2, 1)) == (7_000_000, 3_000_000)
    assert counts(demonstrated, Register.TARIFFS, NEW.replace("Новый", "Старый")) == (0, 2, 0, 0)
    own = DatabaseAccounts(demonstrated).tariff(NUMBER, TODAY)
    assert own is not None
    assert own.tariff.name == "Старый, день и ночь"


def test_gaps_overlaps_and_other_names_are_refused_and_leave_nothing(demonstrated: Engine) -> None:
    before = out(demonstrated, Register.TARIFFS)
    day, night = NEW.splitlines(keepends=True)
    assert refused(demonstrated, Register.TARIFFS, day) == [(2, "since")], "a zone without a price"
    assert refused(demonstrated, Register.TARIFFS, day + night.replace("2026-01", "2026-02")) == [
        (2, "since"),
        (3, "since"),
    ]
    assert refused(demonstrated, Register.TARIFFS, day.replace(";2;1;", ";1;2;")) == [(2, "zone")]
    assert out(demonstrated, Register.TARIFFS) == before
    assert refused(demonstrated, Register.TARIFFS, NEW + day.replace("7,00", "8")) == [(4, "since")], "overlap"
    assert refused(demonstrated, Register.TARIFFS, NEW + day.replace("Новый", "Иной")) == [(4, "tariff")]
    without = day.replace("7,00", "") + night.replace(";3\n", ";\n")
    assert refused(demonstrated, Register.TARIFFS, without) == [(2, "since"), (3, "since")], "the last price stays"
    fewer = "Я2;Новый;New;1;1;2026-01-01;7\n"
    assert refused(demonstrated, Register.TARIFFS, fewer) == [(2, "zone")]


def test_an_accounts_tariff_changes_by_day_and_can_be_taken_away(demonstrated: Engine) -> None:
    line = f"{ACCOUNT}2027-01-01;Г1\n"
    assert counts(demonstrated, Register.ACCOUNT_TARIFFS, line + line) == (1, 0, 1, 0)
    own = DatabaseAccounts(demonstrated).tariff(NUMBER, TODAY)
    assert own is not None
    assert own.change is not None
    assert (own.change.day, own.change.tariff.code) == (date(2027, 1, 1), "Г1")
    assert counts(demonstrated, Register.ACCOUNT_TARIFFS, line.replace("Г1", "Г3")) == (0, 1, 0, 0)
    assert len(prices(demonstrated, date(2027, 1, 1))) == 3
    assert counts(demonstrated, Register.ACCOUNT_TARIFFS, line.replace("Г1", "")) == (0, 1, 0, 0)
    assert counts(demonstrated, Register.ACCOUNT_TARIFFS, line.replace("Г1", "")) == (0, 0, 1, 0)
    assert prices(demonstrated, date(2027, 1, 1)) == (5_410_000, 3_290_000)
    unknown = f"4400000000;2027-01-01;Г1\n{ACCOUNT}2027-02-01;нет\n{line}{line.replace('Г1', 'Г3')}"
    assert refused(demonstrated, Register.ACCOUNT_TARIFFS, unknown) == [(2, "account"), (3, "tariff"), (5, "tariff")]


def test_charges_that_differ_from_the_tariff_are_taken_in_and_said(demonstrated: Engine) -> None:
    right = f"b;1;{ACCOUNT}2026-10-01;54,10;;;1;10;5,41\n"
    price = f"b;2;{ACCOUNT}2026-10-01;60,00;;;1;10;6\n"
    amount = f"b;3;{ACCOUNT}2026-10-01;33,00;;;2;10;\n"
    zone = f"b;4;{ACCOUNT}2026-10-01;1,00;;;3;1;1\n"
    former = f"b;5;{ACCOUNT}2026-06-01;49,70;;;1;10;4,97\n"
    silent = f"b;6;{ACCOUNT}2026-10-01;999;;;;;\n"
    credit = f"b;7;{ACCOUNT}2026-10-01;-999;correction;;1;1;1\n"
    lines = right + price + amount + zone + former + silent + credit
    differ = [(3, "rate"), (4, "amount"), (5, "zone")]
    for keep, known in ((False, 0), (True, 0), (True, 7)):
        sums, faults = put(demonstrated, Register.CHARGES, lines, keep=keep)
        assert (sums.new, sums.unchanged, sums.refused, sums.differing) == (7 - known, known, 0, 3)
        assert faults.all == differ
        assert all(mend.startswith("The line was taken in.") for mend in faults.mend)
        assert sums.told().endswith("0 not taken in, 3 taken in that differ from the tariff")
    put(demonstrated, Register.ACCOUNT_TARIFFS, f"{ACCOUNT}2026-10-15;С3\n")
    assert refused(demonstrated, Register.CHARGES, lines) == [(3, "rate"), (4, "amount"), (5, "rate")], "a cut month"


def test_what_the_demo_was_charged_differs_nowhere(demonstrated: Engine) -> None:
    for engine_lines in (out(demonstrated, Register.CHARGES),):
        sums, faults = put(demonstrated, Register.CHARGES, "".join(f"{line}\n" for line in engine_lines))
        assert (sums.refused, sums.differing, faults.all) == (0, 0, [])
        assert sums.lines > 100


def test_meters_come_change_and_are_taken_down_with_their_readings_kept(demonstrated: Engine) -> None:
    accounts, readings = DatabaseAccounts(demonstrated), DatabaseReadings(demonstrated)
    (old,) = accounts.meters(NUMBER)
    new = f"{ACCOUNT}77;Нева МТ 114;2;01.06.2040;\n"
    assert counts(demonstrated, Register.METERS, new + new) == (1, 0, 1, 0)
    assert counts(demonstrated, Register.METERS, new.replace("2040", "2041")) == (0, 1, 0, 0)
    assert [meter.verified_until for meter in accounts.meters(NUMBER) if meter.serial == "77"] == [date(2041, 6, 1)]
    down = f"{ACCOUNT}{old.serial};{old.model};{old.zones};{old.verified_until};2026-11-20\n"
    kept = len(out(demonstrated, Register.READINGS))
    assert counts(demonstrated, Register.METERS, down) == (0, 1, 0, 0)
    assert counts(demonstrated, Register.METERS, down) == (0, 0, 1, 0)
    assert [meter.serial for meter in accounts.meters(NUMBER)] == ["77"]
    assert [meter.serial for meter in readings.meters_to_read(NUMBER)] == ["77"]
    handed_in = (HandedIn(old.serial, 1, 99_999, ReadingState.ACCEPTED),)
    assert not readings.hand_in(NUMBER, TODAY, handed_in, ReadingSource.TELEPHONE)
    assert len(out(demonstrated, Register.READINGS)) == kept
    assert counts(demonstrated, Register.METERS, down.replace("2026-11-20", "").replace(";2;", ";1;")) == (0, 1, 0, 0)
    again = next(meter for meter in accounts.meters(NUMBER) if meter.serial == old.serial)
    assert (again.zones, [reading.zone for reading in again.readings]) == (1, [1]), "fewer zones are told with those"
    wrong = f"4400000000;1;m;1;2030-01-01;\n{new}{new.replace('2040', '2042')}"
    assert refused(demonstrated, Register.METERS, wrong) == [(2, "account"), (4, "serial")]


def test_feeders_come_with_their_first_place_and_go_with_their_last(demonstrated: Engine) -> None:
    book = DatabaseOutageBook(demonstrated)
    known = len(book.feeders())
    street, house = "ВЛ-10 Новая;с. Ключи;ул. Набережная;;\n", "ВЛ-10 Новая;с. Ключи;ул. Набережная;14 А;\n"
    assert counts(demonstrated, Register.FEEDERS, street + house) == (2, 0, 0, 0)
    assert counts(demonstrated, Register.FEEDERS, street + house) == (0, 0, 2, 0)
    assert {feeder.name: feeder.places for feeder in book.feeders()}["ВЛ-10 Новая"] == 2
    assert "ВЛ-10 Новая;с. Ключи;ул. Набережная;14а;" in out(demonstrated, Register.FEEDERS)
    assert refused(demonstrated, Register.FEEDERS, street.replace("Набережная", "Нет")) == [(2, "street")]
    assert refused(demonstrated, Register.FEEDERS, street + street.replace(";;\n", ";;yes\n")) == [(3, "gone")]
    gone = street.replace(";;\n", ";;yes\n") + house.replace(";\n", ";yes\n")
    assert counts(demonstrated, Register.FEEDERS, gone) == (0, 2, 0, 0)
    assert counts(demonstrated, Register.FEEDERS, gone) == (0, 0, 2, 0)
    assert len(book.feeders()) == known


def test_a_code_leads_to_one_settlement_and_a_settlement_has_one_code(demonstrated: Engine) -> None:
    outages = DatabaseOutages(demonstrated)
    before = dict(line.split(";") for line in out(demonstrated, Register.LOCALITIES))
    first, second = list(before)[:2]
    swapped = f"{first};{before[second]}\n{second};{before[first]}\n"
    assert counts(demonstrated, Register.LOCALITIES, swapped) == (0, 2, 0, 0)
    assert counts(demonstrated, Register.LOCALITIES, swapped) == (0, 0, 2, 0)
    found = outages.in_locality(LocalityCode(first), NOW)
    assert found is not None
    assert found.locality.settlement == before[second]
    assert counts(demonstrated, Register.LOCALITIES, f"999;{before[first]}\n") == (0, 1, 0, 0)
    assert outages.in_locality(LocalityCode(second), NOW) is None, "the settlement has another code now"
    wrong = f"12;с. Ключи\n998;с. Нет\n997;с. Ключи\n997;{before[second]}\n996;с. Ключи\n"
    faults = [(2, "code"), (3, "settlement"), (5, "code"), (6, "code")]
    assert refused(demonstrated, Register.LOCALITIES, wrong) == faults


def test_an_empty_database_is_filled_by_what_another_gave_out(
    demonstrated: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from database.engine import open_engine
    from database.migrations import migrate

    other = open_engine(f"sqlite:///{tmp_path_factory.mktemp('other') / 'other.db'}")
    migrate(other)
    order = (Register.ACCOUNTS, Register.TARIFFS, Register.ACCOUNT_TARIFFS, Register.METERS, Register.READINGS,
             Register.FEEDERS, Register.LOCALITIES, Register.CHARGES)  # fmt: skip
    for register in order:
        lines = out(demonstrated, register)
        sums, faults = put(other, register, "".join(f"{line}\n" for line in lines))
        assert (sums.new + sums.refused, sums.differing) == (len(lines), 0), register
        placed = {Register.FEEDERS: "street", Register.LOCALITIES: "settlement"}
        assert {column for _, column in faults.all} <= {placed.get(register)}, "streets come with their accounts"
    ours, theirs = DatabaseAccounts(other), DatabaseAccounts(demonstrated)
    for fixed in demo.FIXED:
        number = AccountNumber(fixed.number)
        assert ours.tariff(number, TODAY) == theirs.tariff(number, TODAY)
        assert ours.meters(number) == theirs.meters(number)
    other.dispose()


def test_the_demos_prices_are_those_of_its_tariffs(demonstrated: Engine) -> None:
    assert prices(demonstrated) == demo_tariffs.book(TODAY)[TariffCode("Г2")].on(TODAY)
    assert prices(demonstrated)[0] == Price(5_410_000)
