"""`callcentre data` over a real database: what it says, its report, its line in the audit, and its death."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from callcentre.cli import app
from customers.registers.columns import COLUMNS, Register
from database.audit import DatabaseAudit
from database.engine import DatabaseUnavailable, Engine, reading
from database.origin_tables import LedgerOriginRow
from database.tables import LedgerRow, Table
from tests.kit.waiting import eventually_sync

ACCOUNTS = "account;customer;kind;name;settlement;street;house\n4409990001;1;household;Иванов;с. Новое;ул. Первая;1\n"
CHARGES = "source;number;account;day;amount\n"
GOOD = "b;1;4409990001;2026-11-01;10\n"
UNKNOWN = "b;2;4400000000;2026-11-01;10\n"
Command = Callable[..., Result]


@pytest.fixture
def command(
    engine: Engine, database_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """`callcentre data` with these words, one account in the database."""
    (tmp_path / "callcentre.toml").write_text(f'[database]\nurl = "{database_address}"\n', "utf-8")
    monkeypatch.setenv("CALLCENTRE_STATE", str(tmp_path))
    former = os.umask(0o022)  # the command closes it, and this process lives on

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["data", *map(str, words)])

    (tmp_path / "accounts.csv").write_text(ACCOUNTS, "cp1251")
    assert run("import", "accounts", tmp_path / "accounts.csv").exit_code == 0
    yield run
    os.umask(former)


def count(engine: Engine, table: type[Table]) -> int:
    with reading(engine, DatabaseUnavailable) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_what_is_wrong_stands_in_the_report_and_others_go_in(command: Command, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "charges.csv"
    file.write_text(CHARGES + GOOD + UNKNOWN, "utf-8")
    done = command("import", "charges", file)
    assert done.exit_code == 1
    assert "2 lines: 1 new, 0 changed, 0 known already, 1 not taken in." in done.output
    report = tmp_path / "charges.csv.report.csv"
    told = report.read_text("utf-8-sig")
    assert told.splitlines()[1].startswith("3;account;There is no such account.;")
    assert "4400000000" not in told
    assert report.stat().st_mode & 0o077 == 0
    acts = {(entry.act, entry.subject) for entry in DatabaseAudit(engine).recent()}
    assert ("data_imported", "charges charges.csv: " + done.stdout.strip().rstrip(".")) in acts


def test_a_dry_run_leaves_ledger_and_audit_alone(command: Command, engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "charges.csv"
    file.write_text(CHARGES + GOOD + UNKNOWN, "utf-8")
    before = len(DatabaseAudit(engine).recent())
    dry = command("import", "charges", file, "--dry-run", "--report", tmp_path / "report.csv")
    assert dry.stdout.endswith("1 not taken in; nothing was changed.\n")
    assert (tmp_path / "report.csv").exists()
    assert (count(engine, LedgerRow), len(DatabaseAudit(engine).recent())) == (0, before)


def test_an_export_is_taken_in_as_known_and_is_this_users_alone(
    command: Command, engine: Engine, tmp_path: Path
) -> None:
    file, out = tmp_path / "charges.csv", tmp_path / "out.csv"
    file.write_text(CHARGES + GOOD, "utf-8")
    assert command("import", "charges", file).exit_code == 0
    assert command("export", "charges", out).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0
    assert out.read_text("utf-8-sig").splitlines()[0] == ";".join(one.name for one in COLUMNS[Register.CHARGES])
    assert "1 lines: 0 new, 0 changed, 1 known already" in command("import", "charges", out).stdout
    assert DatabaseAudit(engine).recent(3)[-1].act == "data_exported"


def test_another_register_and_an_unknown_word_are_refused_in_words(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "charges.csv"
    file.write_text(CHARGES + GOOD, "utf-8")
    wrong = command("import", "readings", file)
    assert wrong.exit_code == 1
    assert "This is no heading of readings (missing: serial, zone, kwh)" in str(wrong.exception)
    assert command("import", "invoices", file).exit_code == 2
    assert command("import", "charges", file, "--report", file).exit_code == 2
    assert file.read_text("utf-8") == CHARGES + GOOD


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_killed_in_the_middle_it_leaves_whole_batches_and_is_taken_up(
    command: Command, engine: Engine, tmp_path: Path, end: signal.Signals
) -> None:
    lines = 120_000
    file = tmp_path / "charges.csv"
    file.write_text(CHARGES + "".join(f"b;{one};4409990001;2026-11-01;1\n" for one in range(lines)), "utf-8")
    words = [sys.executable, "-m", "callcentre.cli", "data", "import", "charges", str(file)]
    with subprocess.Popen(words, env=os.environ | {"CALLCENTRE_STATE": str(tmp_path)}, stderr=subprocess.PIPE) as run:
        eventually_sync(lambda: count(engine, LedgerRow) > 0, 60, "the first batch is in", every_s=0.01)
        run.send_signal(end)
        run.communicate(timeout=60)
    kept = count(engine, LedgerRow)
    assert 0 < kept < lines
    assert kept == count(engine, LedgerOriginRow)
    again = command("import", "charges", file)
    assert again.exit_code == 0
    assert f"{lines - kept} new, 0 changed, {kept} known already" in again.stdout
    assert count(engine, LedgerRow) == lines
