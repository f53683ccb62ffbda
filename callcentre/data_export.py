"""Rows of the database into a file: whole under its name, or not there."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from customers.registers.columns import Register
from customers.registers.writing import as_lines, heading

PROGRESS_EVERY = 100_000


def export(file: Path, register: Register, pages: Iterable[list[list[str]]], say: Callable[[str], None]) -> int:
    """The number of lines below the heading. Raises OSError, and what `pages` raise; a former file then stays."""
    part = file.with_name(f".{file.name}.part")
    lines = told = 0
    try:
        with part.open("wb") as octets:
            octets.write(heading(register))
            for page in pages:
                octets.write(as_lines(page))
                lines += len(page)
                if lines >= told + PROGRESS_EVERY:
                    told = lines
                    say(f"{lines} lines")
            octets.flush()
            os.fsync(octets.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return lines
