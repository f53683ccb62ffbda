"""A million lines of charges into both databases: `python -m benchmarks.exchange` (about 10 minutes, 2 GB).

`callcentre data import charges` without the process around it: 1,000,000 lines of cp1251 for 100,000 accounts, which
come from a file themselves with a tariff, beside which each charge is held; then the same file again, which must change
nothing; then the export. `memory` is what the whole file adds to the process beyond its first 20,000 lines.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.figures import Figure, Figures, main
from callcentre.data_export import export
from callcentre.data_import import Import, Sums
from calls.zones import SUPPLIER_ZONE
from customers.registers.columns import Register
from customers.registers.fields import Fault
from database.engine import LONG_WORK, Engine, open_engine
from database.migrations import migrate
from database.register_export import exported
from database.registers import DatabaseRegisters
from tests.kit.postgres import running

LINES: Final = 1_000_000
LINES_AN_ACCOUNT: Final = 10
LIMIT_S: Final = 300.0
MEMORY_MB: Final = 50.0
FIRST: Final = 4_400_000_000
KOPECKS: Final = 541
"""A kilowatt-hour."""
ZONE: Final = ZoneInfo(SUPPLIER_ZONE)


class Nowhere:
    def add(self, line: int, fault: Fault) -> None:
        raise RuntimeError(f"Line {line} was not taken in: {fault}")


def accounts(lines: int) -> Iterator[str]:
    yield "account;customer;kind;name;settlement;street;house;flat\n"
    for one in range(lines // LINES_AN_ACCOUNT):
        yield f"{FIRST + one};{one + 1};household;Иванов {one};г. Большой;ул. {one % 997}-я;{one % 90 + 1};{one % 60}\n"


def charges(lines: int) -> Iterator[str]:
    many = lines // LINES_AN_ACCOUNT
    yield "source;number;account;day;amount;text;zone;kwh;rate\n"
    for one in range(lines):
        month, kwh = one // many + 1, one % 500
        amount = f"{kwh * KOPECKS // 100},{kwh * KOPECKS % 100:02d}"
        yield f"Биллинг;{one};{FIRST + one % many};01.{month:02d}.2026;{amount};Начислено;1;{kwh};{KOPECKS / 100:.2f}\n"


def tariffs() -> Iterator[str]:
    yield "tariff;name;zones;zone;since;price\n"
    yield f"1;Население;1;1;01.01.2025;{KOPECKS / 100:.2f}\n"


def account_tariffs(lines: int) -> Iterator[str]:
    yield "account;since;tariff\n"
    for one in range(lines // LINES_AN_ACCOUNT):
        yield f"{FIRST + one};01.01.2025;1\n"


def written(file: Path, lines: Iterator[str]) -> Path:
    with file.open("w", encoding="cp1251", newline="") as text:
        text.writelines(lines)
    return file


def put(engine: Engine, register: Register, file: Path) -> tuple[float, Sums]:
    """Seconds, and what became of the lines."""
    registers = DatabaseRegisters(engine)
    run = Import(register, ZONE, lambda lines: registers.put(register, lines), Nowhere())
    begun = time.perf_counter()
    with file.open("rb") as octets:
        sums = run.take_in(octets)
    return time.perf_counter() - begun, sums


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def of_database(name: str, address: str, folder: Path, lines: int) -> dict[str, Figure]:
    engine = open_engine(address, LONG_WORK)
    migrate(engine)
    of_accounts, _ = put(engine, Register.ACCOUNTS, written(folder / "accounts.csv", accounts(lines)))
    put(engine, Register.TARIFFS, written(folder / "tariffs.csv", tariffs()))
    assigned, _ = put(engine, Register.ACCOUNT_TARIFFS, written(folder / "assigned.csv", account_tariffs(lines)))
    file = written(folder / "charges.csv", charges(lines))
    put(engine, Register.CHARGES, written(folder / "first.csv", islice(charges(lines), 20_001)))
    before = peak_mb()
    seconds, sums = put(engine, Register.CHARGES, file)
    grown = peak_mb() - before
    again, second = put(engine, Register.CHARGES, file)
    begun = time.perf_counter()
    out = export(folder / "out.csv", Register.CHARGES, exported(engine, Register.CHARGES, ZONE), lambda _: None)
    exporting = time.perf_counter() - begun
    engine.dispose()
    if sums.refused or sums.differing or second.new or second.changed or out != lines:
        raise RuntimeError("The lines in the database are not those of the file.")
    print(f"{name}: in {seconds:.1f} s, again {again:.1f} s, out {exporting:.1f} s", file=sys.stderr, flush=True)
    return {
        f"{name}: {lines // LINES_AN_ACCOUNT:,} accounts": Figure(round(of_accounts, 1), "s"),
        f"{name}: {lines // LINES_AN_ACCOUNT:,} tariffs of accounts": Figure(round(assigned, 1), "s"),
        f"{name}: {lines:,} charges": Figure(round(seconds, 1), "s", LIMIT_S),
        f"{name}: the same file again": Figure(round(again, 1), "s", LIMIT_S),
        f"{name}: new lines of the second time": Figure(second.new, "", 0),
        f"{name}: export": Figure(round(exporting, 1), "s", LIMIT_S),
        f"{name}: memory": Figure(round(grown, 1), "MB", MEMORY_MB),
    }


def measure(lines: int) -> Figures:
    with tempfile.TemporaryDirectory() as name, running() as server:
        folder = Path(name)
        sqlite = of_database("SQLite", f"sqlite:///{folder / 'exchange.sqlite3'}", folder, lines)
        return sqlite | of_database("PostgreSQL", server.new_database(), folder, lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--lines", type=int, default=LINES)
    told, others = parser.parse_known_args()
    sys.exit(main(f"{told.lines:,} lines of charges", lambda: measure(told.lines), others))
