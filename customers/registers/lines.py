"""A register's lines from its bytes, one at a time: memory does not grow with the file.

Rules
- UTF-8 (with or without a byte order mark) or cp1251: the first line that is not plain ASCII decides for the file. A
  line of the other encoding is not taken in: its letters would be wrong.
- The separator is what the heading uses: semicolon, comma or tab.
- One line of the file is one row: a quotation mark that is not closed spoils its own line and no other.
- The last line ends with a line end like every other. Without one nobody can tell a whole file from one that was cut
  off within an amount, so that line is not taken in.
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from customers.registers.cells import restored
from customers.registers.columns import COLUMNS, Register
from customers.registers.fields import Cells, Fault

LONGEST_LINE: Final = 65_536
"""Bytes."""
_MARK: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class UnfitFile(Exception):
    """Nothing of the file can be read; the message says what to do."""


Read = tuple[int, Cells | Fault]
"""The line's number, and its cells by column or why it is not taken in."""


def read_lines(file: BinaryIO, register: Register) -> Iterator[Read]:
    """Raises UnfitFile at the first step when the heading is not this register's."""
    first = file.readline(LONGEST_LINE)
    if not first:
        raise UnfitFile("The file is empty. Export it again.")
    if first.startswith(_UTF16):
        raise UnfitFile("The file is UTF-16. Save it as CSV in UTF-8.")
    letters = _Letters("utf-8" if first.startswith(_MARK) else None)
    try:
        heading = letters.decoded(first.removeprefix(_MARK)).strip("\r\n")
    except Fault as fault:
        raise UnfitFile(f"The heading cannot be read. {fault.wrong} {fault.mend}") from None
    separator = max(";,\t", key=heading.count)
    names = _names(heading, separator, register)
    yield from _rows(file, letters, names, separator)


def _rows(file: BinaryIO, letters: "_Letters", names: list[str], separator: str) -> Iterator[Read]:
    number = 1
    while raw := file.readline(LONGEST_LINE):
        number += 1
        whole = raw.endswith(b"\n")
        if len(raw) >= LONGEST_LINE and not whole:
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, Fault("", "The line is too long.", "Look for a line end that is missing.")
            continue
        if not raw.strip():
            continue
        try:
            yield number, _cells(letters.decoded(raw), names, separator) if whole else _CUT_OFF
        except Fault as fault:
            yield number, fault


_CUT_OFF: Final = Fault(
    "",
    "The last line has no end: the file may be cut off.",
    "Get the file again, or add a line end when the line is whole.",
)


def _cells(line: str, names: list[str], separator: str) -> Cells:
    try:
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=separator, strict=True))
    except csv.Error:
        raise Fault(
            "", "A quotation mark is not closed, or stands in the middle of a cell.", "Double it, or take it out."
        ) from None
    if len(cells) != len(names):
        raise Fault(
            "", f"The line has {len(cells)} cells, the heading {len(names)}.", "Put cells with separators in quotes."
        )
    return dict(zip(names, map(restored, cells), strict=True))


def _names(heading: str, separator: str, register: Register) -> list[str]:
    known = [column.name for column in COLUMNS[register]]
    needed = [column.name for column in COLUMNS[register] if column.needed]
    try:
        names = [name.strip().lower() for name in next(csv.reader([heading], delimiter=separator, strict=True), [])]
    except csv.Error:
        names = []
    missing = [name for name in needed if name not in names]
    if missing or len(set(names)) != len(names) or not set(names) <= set(known):
        wrong = f"missing: {', '.join(missing)}" if missing else "a column is unknown or stands twice"
        raise UnfitFile(
            f"This is no heading of {register.value} ({wrong}). The first line names the columns: {', '.join(known)}."
        )
    return names


class _Letters:
    """Which encoding the file has, as soon as a line shows it."""

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding

    def decoded(self, raw: bytes) -> str:
        """Raises Fault for a line that is not of the file's encoding."""
        if b"\0" in raw:
            raise Fault("", "The line holds zero bytes.", "Get the file again: it is damaged, or no text.")
        if raw.isascii():
            return raw.decode("ascii")
        utf8 = _as(raw, "utf-8")
        if self._encoding is None:
            self._encoding = "cp1251" if utf8 is None else "utf-8"
        if self._encoding == "cp1251" and utf8 is not None:
            raise Fault("", "The line is UTF-8, those before it are cp1251.", "Save the whole file in one encoding.")
        line = utf8 if self._encoding == "utf-8" else _as(raw, "cp1251")
        if line is None:
            raise Fault("", f"The line is no {self._encoding}.", "Save the whole file in one encoding.")
        return line


def _as(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
