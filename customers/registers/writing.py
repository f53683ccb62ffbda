"""Registers as text, to be read again by `lines`: UTF-8 with a byte order mark, semicolons, decimal commas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from customers.money import Kopecks
from customers.registers.cells import harmless
from customers.registers.columns import COLUMNS, Register

MARK: Final = b"\xef\xbb\xbf"


def heading(register: Register) -> bytes:
    return MARK + as_lines([[column.name for column in COLUMNS[register]]])


def as_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Each row on one line: line ends within a cell become spaces."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless(" ".join(cell.splitlines())) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def money(amount: Kopecks) -> str:
    roubles, kopecks = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{roubles},{kopecks:02d}"


def whole(value: int | None) -> str:
    return "" if value is None else str(value)


def rate(value: int | None) -> str:
    """Millionths of a rouble as roubles with two decimals or as many as it has: 5,41."""
    if value is None:
        return ""
    roubles, part = divmod(value, 1_000_000)
    return f"{roubles},{f'{part:06d}'.rstrip('0').ljust(2, '0')}"


def day(value: date) -> str:
    return value.isoformat()


def instant(value: int | None, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    return datetime.fromtimestamp(value // 1000, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
