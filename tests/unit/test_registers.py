"""A register's lines from bytes: what is taken, what is refused and where the fault is said to be."""

import io
from contextlib import suppress
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from callcentre.data_import import Import
from customers.accounts import AccountNumber, EntryKind
from customers.money import Kopecks
from customers.registers import fields, writing
from customers.registers.cells import harmless, restored
from customers.registers.columns import COLUMNS, Register
from customers.registers.fields import MOST_KOPECKS, Fault
from customers.registers.lines import LONGEST_LINE, UnfitFile, read_lines
from customers.registers.outcome import Outcome
from customers.registers.rows import AccountLine, EntryLine, OutageLine, Row, row_of

MOSCOW = ZoneInfo("Europe/Moscow")
HEADING = "source;number;account;day;amount;text\n"
GOOD = "Банк;1;4401220170;2026-11-02;100,50;Оплата\n"


def taken(content: bytes, register: Register = Register.PAYMENTS) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows, and line and column of each fault."""
    rows: list[Row] = []
    faults: list[tuple[int, str]] = []

    class Kept:
        def add(self, line: int, fault: Fault) -> None:
            assert fault.wrong
            assert fault.mend
            faults.append((line, fault.column))

    def put(batch: list[Row]) -> Outcome:
        rows.extend(batch)
        return Outcome(new=len(batch))

    sums = Import(register, MOSCOW, put, Kept()).take_in(io.BytesIO(content))
    assert sums.lines == sums.new + sums.refused
    return rows, faults


def payments(*lines: str, heading: str = HEADING, encoding: str = "utf-8") -> bytes:
    return (heading + "".join(lines)).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_both_encodings_and_the_byte_order_mark(encoding: str) -> None:
    (row,), faults = taken(payments(GOOD, encoding=encoding))
    assert not faults
    assert isinstance(row, EntryLine)
    assert (row.source, row.amount, row.text, row.line) == ("Банк", Kopecks(10050), "Оплата", 2)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("amount", ["1 234.5", "1\u00a0234,50"])
@pytest.mark.parametrize("day", ["2026-12-01", "01.12.2026"])
def test_separators_decimal_signs_and_days(separator: str, amount: str, day: str) -> None:
    cells = ["Банк", "7", "4401 220 170", day, f'"{amount}"', "Оплата"]
    (row,), faults = taken(payments(separator.join(cells) + "\r\n", heading=HEADING.replace(";", separator)))
    assert not faults
    assert isinstance(row, EntryLine)
    assert (row.amount, row.day, row.kind) == (Kopecks(123450), date(2026, 12, 1), EntryKind.PAYMENT)


def test_columns_may_stand_in_another_order_and_needless_ones_be_left_out() -> None:
    (row,), faults = taken(b"amount;day;account;number;source\n5;2026-11-02;4401220170;1;B\n")
    assert not faults
    assert isinstance(row, EntryLine)
    assert (row.amount, row.text) == (Kopecks(500), "Оплата")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (GOOD.replace("4401220170", "440122017"), "account"),
        (GOOD.replace("4401220170", "4,40122E+09"), "account"),
        (GOOD.replace("2026-11-02", "2026-02-30"), "day"),
        (GOOD.replace("2026-11-02", "11/02/2026"), "day"),
        (GOOD.replace("2026-11-02", "02.11.26"), "day"),
        (GOOD.replace("100,50", "100,505"), "amount"),
        (GOOD.replace("100,50", "1e3"), "amount"),
        (GOOD.replace("100,50", "0,00"), "amount"),
        (GOOD.replace("100,50", "-100,50"), "amount"),
        (GOOD.replace("100,50", "9999999999,99"), "amount"),
        (GOOD.replace("Банк", ""), "source"),
        (GOOD.replace(";1;", ";;"), "number"),
        (GOOD.replace("Оплата", "x" * 201), "text"),
        (GOOD.replace("Оплата", "a\x07b"), "text"),
        (GOOD.replace("Оплата", "a;b"), ""),
        (GOOD.replace("Оплата", '"не закрыта'), ""),
        (GOOD.replace("Банк", '"Банк"Б'), ""),
        (GOOD.replace("Оплата", "a\0b"), ""),
        (GOOD.replace("Оплата", "x" * LONGEST_LINE), ""),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_in(line: str, column: str) -> None:
    rows, faults = taken(payments(GOOD, line, GOOD.replace(";1;", ";2;")))
    assert faults == [(3, column)]
    assert [row.line for row in rows] == [2, 4]


def test_a_line_in_the_other_encoding_is_not_taken() -> None:
    as_utf8, as_1251 = GOOD.encode(), GOOD.encode("cp1251")
    for first, second in ((as_utf8, as_1251), (as_1251, as_utf8)):
        rows, faults = taken(HEADING.encode() + first + second)
        assert ([row.line for row in rows], faults) == ([2], [(3, "")])


def test_a_last_line_that_may_be_cut_off_is_not_taken() -> None:
    rows, faults = taken(payments(GOOD, GOOD.rstrip("\n")[:-1]))
    assert ([row.line for row in rows], faults) == ([2], [(3, "")])


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xef\xbb\xbf", b"\0\0\0\n", GOOD.encode(), "source;number".encode("utf-16"), b"a,b,c\n",
     HEADING.replace("text", "txt").encode(), HEADING.replace("text", "day").encode(), b'"source;number\n'],
)  # fmt: skip
def test_a_file_that_is_no_such_register_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnfitFile, match=r"\w\."):
        list(read_lines(io.BytesIO(content), Register.PAYMENTS))


def test_only_a_heading_is_an_empty_register() -> None:
    assert taken(HEADING.encode()) == ([], [])


def test_a_charge_is_negative_in_the_ledger_and_its_credit_positive() -> None:
    heading = "source;number;account;day;amount;kind;zone;kwh;rate\n"
    lines = "b;1;4401220170;2026-11-01;10;;1;250;5,4321\nb;2;4401220170;2026-11-01;-3;correction;;;\n"
    rows, faults = taken((heading + lines).encode(), Register.CHARGES)
    assert not faults
    entries = [row for row in rows if isinstance(row, EntryLine)]
    assert [(row.amount, row.kind) for row in entries] == [(-1000, EntryKind.CHARGE), (300, EntryKind.CORRECTION)]
    assert [(row.zone, row.kwh, row.rate) for row in entries] == [(1, 250, 5_432_100), (None, None, None)]
    _, faults = taken((heading + "b;1;4401220170;2026-11-01;10;;9;;\n").encode(), Register.CHARGES)
    assert faults == [(2, "zone")]


@pytest.mark.parametrize(
    ("written", "rate", "again"),
    [
        ("5,41", 5_410_000, "5,41"),
        ("5", 5_000_000, "5,00"),
        ("0.000001", 1, "0,000001"),
        ("1 234,5", 1_234_500_000, "1234,50"),
        ("999999,999999", 999_999_999_999, "999999,999999"),
    ],
)
def test_a_rate_is_exact_to_six_decimals(written: str, rate: int, again: str) -> None:
    assert fields.rate({"rate": written}) == rate
    assert writing.rate(rate) == again


@pytest.mark.parametrize("written", ["-5", "5,1234567", "5,", "x", "1e3"])
def test_what_is_no_rate_is_said(written: str) -> None:
    with pytest.raises(Fault):
        fields.rate({"rate": written})


def test_an_account_with_its_telephones() -> None:
    heading = ";".join(column.name for column in COLUMNS[Register.ACCOUNTS]) + "\n"
    line = "4401220170;7;household;Иванов;с. Ключи;ул. Лесная;14 А;;'+79161234567 +79161234568;+79161234568\n"
    (row,), faults = taken((heading + line).encode(), Register.ACCOUNTS)
    assert not faults
    assert isinstance(row, AccountLine)
    assert row.phones == ("+79161234567", "+79161234568")
    assert (row.allowed, row.house) == (("+79161234568",), "14а")
    _, faults = taken((heading + line.replace("8;+79161234568", "8;+79161234569")).encode(), Register.ACCOUNTS)
    assert faults == [(2, "phones_allowed")]


def test_planned_work_needs_an_end_and_times_are_the_suppliers() -> None:
    heading = "source;number;kind;cause;since;until;settlement;street\n"
    line = "d;1;planned;poles_replaced;2026-12-01 10:00;01.12.2026 12:30;с. Ключи;ул. Лесная\n"
    (row,), faults = taken((heading + line).encode(), Register.OUTAGES)
    assert not faults
    assert isinstance(row, OutageLine)
    assert row.since == 1_796_108_400_000
    assert row.until == row.since + 9_000_000
    bad = [line.replace("01.12.2026 12:30", ""), line.replace("12:30", "09:00"), line.replace("10:00", "25:00")]
    _, faults = taken((heading + "".join(bad)).encode(), Register.OUTAGES)
    assert [column for _, column in faults] == ["until", "until", "since"]


def test_the_page_names_every_column() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "data-exchange.md").read_text("utf-8")
    for register, columns in COLUMNS.items():
        _, _, part = page.partition(f"\n## {register.value}\n")
        told = [line for line in part.partition("\n## ")[0].splitlines() if line.startswith("| `")]
        assert told == [f"| `{one.name}` | {'yes' if one.needed else 'no'} | {one.holds} |" for one in columns]


@given(some.text())
def test_what_is_made_harmless_can_be_restored(cell: str) -> None:
    assert restored(harmless(cell)) == cell


@given(some.text(alphabet="=+-@\t\r'1,.aя", min_size=1))
def test_nothing_that_a_spreadsheet_would_run_is_written(cell: str) -> None:
    written = harmless(cell)
    assert written[0] not in "=+-@\t\r" or written.lstrip("+-").replace(",", "").replace(".", "").isdigit()


PRINTABLE = some.text(alphabet=some.characters(codec="utf-8"), min_size=1, max_size=60).filter(
    lambda text: text.isprintable() and text == text.strip()
)


@given(PRINTABLE, PRINTABLE, some.integers(1, MOST_KOPECKS), some.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_what_is_written_is_read_back(source: str, text: str, amount: int, day: date) -> None:
    cells = [source, "1", "4401220170", writing.day(day), writing.money(Kopecks(amount)), text]
    content = writing.heading(Register.PAYMENTS) + writing.as_lines([cells])
    (row,), faults = taken(content)
    assert not faults
    assert row == EntryLine(2, source, "1", AccountNumber("4401220170"), day, EntryKind.PAYMENT, Kopecks(amount), text)


@given(some.binary(max_size=300))
def test_no_bytes_at_all_break_the_reading(content: bytes) -> None:
    taken(HEADING.encode() + content)


@given(some.sampled_from(Register), some.text(max_size=40))
def test_no_cell_breaks_a_row(register: Register, cell: str) -> None:
    cells = {column.name: cell for column in COLUMNS[register]}
    with suppress(Fault):
        row_of(register, 2, cells, MOSCOW)
