"""The one clock. Instants are UTC milliseconds; durations in code carry their unit in the name."""

import time
from datetime import UTC, datetime
from typing import NewType, Protocol

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01 UTC."""

EPOCH = Instant(0)
"""Before every event: what a field holds that was never set."""
NEVER = Instant(2**62)
"""Later than every deadline."""


class Clock(Protocol):
    def now(self) -> Instant: ...


class AnchoredClock:
    """Wall time read once and carried on by the monotonic clock: setting the system clock moves nothing.

    `not_before` is the last commit's instant: a clock that starts behind it waits there instead of going back.
    """

    def __init__(self, not_before: Instant = EPOCH) -> None:
        self._anchor_ms = time.time_ns() // 1_000_000 - time.monotonic_ns() // 1_000_000
        self._floor = not_before

    def now(self) -> Instant:
        self._floor = Instant(max(self._floor, self._anchor_ms + time.monotonic_ns() // 1_000_000))
        return self._floor

    def never_before(self, instant: Instant) -> None:
        """Go on from `instant` when that is later than now."""
        self._floor = Instant(max(self._floor, instant))


def after(instant: Instant, seconds: float) -> Instant:
    """The instant `seconds` later (earlier when negative)."""
    return Instant(instant + round(seconds * 1000))


def as_datetime(instant: Instant) -> datetime:
    """The instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant / 1000, UTC)


def as_instant(moment: datetime) -> Instant:
    """An aware datetime as an instant. Raises ValueError for a naive one: its zone would be a guess."""
    if moment.tzinfo is None:
        raise ValueError("An instant needs a time zone. Give an aware datetime.")
    return Instant(round(moment.timestamp() * 1000))
