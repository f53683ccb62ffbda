"""Cells that a spreadsheet would run are made harmless, and become what they were when they are read again.

A cell that begins with = + - @, a tab or a line end is a formula to a spreadsheet (CWE-1236); an apostrophe before it
makes it text. Numbers stay numbers. An apostrophe that would be taken for ours gets one of ours before it.
"""

import re
from typing import Final

_RUN: Final = "=+-@\t\r\n"
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?")
_MARK: Final = "'"


def harmless(cell: str) -> str:
    if not cell or cell[0] not in _RUN + _MARK or _NUMBER.fullmatch(cell):
        return cell
    return _MARK + cell


def restored(cell: str) -> str:
    return cell[1:] if len(cell) > 1 and cell[0] == _MARK and cell[1] in _RUN + _MARK else cell
