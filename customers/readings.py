"""Meter readings that customers hand in: when, what is believed at once, and what is looked at first. Pure.

Rules
- Readings are taken in a period of the month, by the calendar at the meter.
- A value is compared with the newest one of its zone. Less than that, or more a day than this meter ever used
  (TOO_MUCH times, and never below LEAST_A_DAY), is asked once more; who keeps to it is believed, but the reading waits
  for a person: it is "to be verified".
- A meter that has run through its digits begins at zero again: that is less than before, so it is asked and verified.
- What was handed in last counts: a second call of the same day replaces the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from customers.accounts import Reading

TOO_MUCH: Final = 3
LEAST_A_DAY: Final = 30
"""Kilowatt-hours: a household with electric heating on a cold day; below it nothing is too much."""
FIRST_MOST_A_DAY: Final = 100
"""For a zone without a history: more than this a day is asked once more."""
LONGEST_READING: Final = 7
"""Digits before the comma that a meter may show."""


class ReadingSource(StrEnum):
    """Who read the meter."""

    INSPECTOR = "inspector"
    TELEPHONE = "telephone"
    DESK = "desk"
    IMPORT = "import"


class ReadingState(StrEnum):
    ACCEPTED = "accepted"
    TO_VERIFY = "to_verify"


class Doubt(StrEnum):
    """Why a value is asked once more."""

    LESS = "less"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a month on which readings are taken, both included."""

    first: int = 15
    last: int = 25

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last <= 31:
            raise ValueError("Readings are taken from a day of the month to the same or a later one, 1 to 31.")

    def takes(self, day: date) -> bool:
        return self.first <= day.day <= self.last

    def next_first(self, day: date) -> date:
        """The next day on which they are taken; for a month that is too short, of the month after it."""
        year, month = day.year, day.month
        if day.day >= self.first:
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        while True:
            try:
                return date(year, month, self.first)
            except ValueError:
                year, month = (year, month + 1) if month < 12 else (year + 1, 1)


@dataclass(frozen=True, slots=True)
class MeterToRead:
    """A meter with what it showed: `history` by zone from 1, each the oldest first, a year at most."""

    serial: str
    zones: int
    history: Mapping[int, Sequence[Reading]]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a customer says that one zone of a meter shows."""

    serial: str
    zone: int
    kwh: int
    state: ReadingState


def doubt(history: Sequence[Reading], kwh: int, today: date) -> Doubt | None:
    """Why this value of one zone is asked once more; None when it is believed."""
    before = [reading for reading in history if reading.day < today]
    if not before:
        return None
    last = before[-1]
    if kwh < last.kwh:
        return Doubt.LESS
    used_a_day = (kwh - last.kwh) / max(1, (today - last.day).days)
    return Doubt.TOO_MUCH if used_a_day > _believed_a_day(before) else None


def _believed_a_day(history: Sequence[Reading]) -> float:
    """Kilowatt-hours a day that nobody doubts, by what this zone of the meter has used."""
    used = [
        (later.kwh - earlier.kwh) / max(1, (later.day - earlier.day).days)
        for earlier, later in pairwise(history)
        if later.kwh >= earlier.kwh
    ]
    return max(LEAST_A_DAY, TOO_MUCH * max(used)) if used else FIRST_MOST_A_DAY
