"""A register's file into the database: a batch at a time, what cannot be taken in into a report."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TextIO
from zoneinfo import ZoneInfo

from customers.registers.columns import Register
from customers.registers.fields import Fault
from customers.registers.lines import read_lines
from customers.registers.outcome import Outcome
from customers.registers.rows import Row, row_of

LINES_A_BATCH: Final = 10_000
PROGRESS_EVERY: Final = 100_000

Put = Callable[[list[Row]], Outcome]
"""A batch into the database: all of it or, at an error, nothing."""


class Report(Protocol):
    """Where faults go: a file, or a list in tests."""

    def add(self, line: int, fault: Fault) -> None: ...


@dataclass(slots=True)
class ReportFile:
    """Made with the first fault. It names lines and columns, never what stood there: no personal data."""

    path: Path
    _file: TextIO | None = None

    def add(self, line: int, fault: Fault) -> None:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._write("line", "column", "what is wrong", "what to do")
        self._write(str(line), fault.column, fault.wrong, fault.mend)

    def _write(self, *cells: str) -> None:
        if self._file is not None:
            csv.writer(self._file, delimiter=";").writerow(cells)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class Sums:
    """Lines of the file by what became of them."""

    lines: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    differing: int = 0
    """Taken in, and not what the account's tariff says."""

    def told(self) -> str:
        differ = f", {self.differing} taken in that differ from the tariff" if self.differing else ""
        return (
            f"{self.lines} lines: {self.new} new, {self.changed} changed, {self.unchanged} known already, "
            f"{self.refused} not taken in{differ}"
        )


@dataclass(slots=True)
class Import:
    """One file on its way. `say` is told how far it is every PROGRESS_EVERY lines."""

    register: Register
    zone: ZoneInfo
    put: Put
    report: Report
    say: Callable[[str], None] = lambda _text: None
    sums: Sums = field(default_factory=Sums)

    def take_in(self, file: BinaryIO) -> Sums:
        """Raises UnfitFile before anything is changed, and what `put` raises: the batches before it stay."""
        batch: list[Row] = []
        faults: list[tuple[int, Fault]] = []
        for line, read in read_lines(file, self.register):
            self.sums.lines += 1
            if isinstance(read, Fault):
                faults.append((line, read))
            else:
                try:
                    batch.append(row_of(self.register, line, read, self.zone))
                except Fault as fault:
                    faults.append((line, fault))
            if len(batch) + len(faults) >= LINES_A_BATCH:
                self._put(batch, faults)
                batch, faults = [], []
        self._put(batch, faults)
        return self.sums

    def _put(self, batch: list[Row], faults: list[tuple[int, Fault]]) -> None:
        outcome = self.put(batch) if batch else Outcome()
        sums = self.sums
        sums.new += outcome.new
        sums.changed += outcome.changed
        sums.unchanged += outcome.unchanged
        refused = [*faults, *outcome.faults]
        sums.refused += len(refused)
        sums.differing += len(outcome.differing)
        for line, fault in sorted([*refused, *outcome.differing], key=lambda one: one[0]):
            self.report.add(line, fault)
        if sums.lines % PROGRESS_EVERY < LINES_A_BATCH and sums.lines >= PROGRESS_EVERY:
            self.say(sums.told())
