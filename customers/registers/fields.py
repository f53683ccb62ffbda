"""Cells become values here, or a Fault that says which column, what is wrong and what to do, never what stood there."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from calls.clock import Instant
from customers.accounts import AccountNumber
from customers.money import Kopecks

LONGEST_TEXT: Final = 200
LONGEST_SERIAL: Final = 40
MOST_ZONES: Final = 4
"""Of a meter."""
MOST_KOPECKS: Final = 99_999_999_999
"""A line above 999,999,999.99 roubles is a slip of the pen."""
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_RUSSIAN = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_MONEY = re.compile(r"([+-]?)([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")
_RATE = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,6}))?")
_WHOLE = re.compile(r"[0-9]{1,18}")
_ACCOUNT = re.compile(r"[0-9]{10}")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


class Fault(Exception):
    """One line is not taken in. `column` is empty when it is the line as a whole."""

    def __init__(self, column: str, wrong: str, mend: str) -> None:
        super().__init__(f"{column}: {wrong} {mend}" if column else f"{wrong} {mend}")
        self.column, self.wrong, self.mend = column, wrong, mend


Cells = Mapping[str, str]


def account(cells: Cells) -> AccountNumber:
    number = cells["account"].translate(_SPACES)
    if not _ACCOUNT.fullmatch(number):
        raise Fault("account", "This is no account number.", "Write ten digits; a spreadsheet may have cut zeros.")
    return AccountNumber(number)


def text(cells: Cells, column: str, longest: int = LONGEST_TEXT, default: str | None = None) -> str:
    """`default` is what an empty or missing cell stands for; without one it must hold something."""
    told = cells.get(column, "").strip()
    if not told:
        if default is None:
            raise Fault(column, "The cell is empty.", "Fill it in.")
        return default
    if len(told) > longest:
        raise Fault(column, "The text is too long.", f"Shorten it to {longest} characters.")
    if not told.isprintable():
        raise Fault(column, "The text holds a control character.", "Take out tabs and invisible characters.")
    return told


def word(cells: Cells, column: str, words: tuple[str, ...], default: str = "") -> str:
    told = cells.get(column, "").strip().lower() or default
    if told not in words:
        raise Fault(column, "This word is not known.", f"Write one of: {', '.join(words)}.")
    return told


def whole(cells: Cells, column: str, least: int, most: int) -> int:
    told = cells[column].translate(_SPACES)
    if not _WHOLE.fullmatch(told) or not least <= int(told) <= most:
        raise Fault(column, "This is no fitting whole number.", f"Write a whole number from {least} to {most}.")
    return int(told)


def maybe_whole(cells: Cells, column: str, least: int, most: int) -> int | None:
    """None for an empty or missing cell."""
    return whole(cells, column, least, most) if cells.get(column, "").strip() else None


def money(cells: Cells, column: str = "amount") -> Kopecks:
    """Roubles with a comma or a point; spaces between thousands are taken."""
    found = _MONEY.fullmatch(cells[column].translate(_SPACES))
    if not found:
        raise Fault(column, "This is no amount.", "Write roubles and kopecks as 1234,56 or 1234.56.")
    sign, roubles, kopecks = found.groups()
    amount = int(roubles) * 100 + int((kopecks or "0").ljust(2, "0"))
    if amount > MOST_KOPECKS:
        raise Fault(column, "The amount is impossibly large.", "Look the amount up in its source.")
    return Kopecks(-amount if sign == "-" else amount)


def rate(cells: Cells, column: str = "rate") -> int | None:
    """Millionths of a rouble a kilowatt-hour, exactly as written; None for an empty or missing cell."""
    told = cells.get(column, "").translate(_SPACES)
    if not told:
        return None
    found = _RATE.fullmatch(told)
    if not found:
        raise Fault(column, "This is no rate.", "Write roubles a kilowatt-hour as 5,4321, with six decimals at most.")
    roubles, part = found.groups()
    return int(roubles) * 1_000_000 + int((part or "0").ljust(6, "0"))


def day(cells: Cells, column: str = "day") -> date:
    found = _day(cells[column].strip())
    if found is None:
        raise Fault(column, "This is no day.", "Write it as 2026-12-01 or 01.12.2026.")
    return found


def maybe_day(cells: Cells, column: str) -> date | None:
    """None for an empty or missing cell."""
    return day(cells, column) if cells.get(column, "").strip() else None


def instant(cells: Cells, column: str, zone: ZoneInfo) -> Instant | None:
    """None for an empty or missing cell."""
    told = cells.get(column, "").strip()
    if not told:
        return None
    on, _, at = told.replace("T", " ").partition(" ")
    found, time = _day(on), _TIME.fullmatch(at.strip())
    if found is None or time is None or int(time[1]) > 23 or int(time[2]) > 59 or int(time[3] or 0) > 59:
        raise Fault(column, "This is no day with a time.", "Write it as 2026-12-01 14:30 or 01.12.2026 14:30.")
    moment = datetime(found.year, found.month, found.day, int(time[1]), int(time[2]), int(time[3] or 0), tzinfo=zone)
    return Instant(int(moment.astimezone(UTC).timestamp()) * 1000)


def _day(told: str) -> date | None:
    if iso := _ISO.fullmatch(told):
        year, month, of_month = map(int, iso.groups())
    elif russian := _RUSSIAN.fullmatch(told):
        of_month, month, year = map(int, russian.groups())
    else:
        return None
    try:
        return date(year, month, of_month) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None
