"""What happened to a call and when, and how to wait for it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from tests.kit.waiting import NotInTime

T = TypeVar("T")
_KEPT: Final = 1000


class Step(StrEnum):
    """One kind of event in a call's life, seen from the telephone."""

    INVITED = "invited"
    TRYING = "trying"
    RINGING = "ringing"
    PROGRESS = "progress"
    ANSWERED = "answered"
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"
    REINVITED = "reinvited"
    HELD = "held"
    RESUMED = "resumed"
    PRESSED = "pressed"
    OTHER = "other"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Event:
    """A step, its time.monotonic() and a detail such as the status."""

    at: float
    step: Step
    detail: str


class CallFailed(AssertionError):
    """The call ended, or was refused, before what was waited for; says how."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended: who ended it, the SIP status (0 for a BYE) and the words or the Reason header."""

    at: float
    by_us: bool
    status: int
    reason: str


class Timeline:
    """The events of one call, the newest thousand; wakes whoever waits."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=_KEPT)
        self._news = asyncio.Event()

    def note(self, step: Step, detail: str = "", at: float | None = None) -> None:
        """Add an event, now unless told when it arrived."""
        self.events.append(Event(time.monotonic() if at is None else at, step, detail))
        self._news.set()

    def first(self, step: Step) -> float | None:
        """When a step came first."""
        return next((event.at for event in self.events if event.step == step), None)

    def count(self, step: Step) -> int:
        """How often a step came."""
        return sum(event.step == step for event in self.events)

    async def until(self, found: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """The first value of `found` that is not None, asked after each event. Errors: NotInTime, with the events."""
        try:
            async with asyncio.timeout(timeout_s):
                while (value := found()) is None:
                    self._news.clear()
                    await self._news.wait()
                return value
        except TimeoutError as error:
            raise NotInTime(f"not within {timeout_s:g} s: {what}; so far: {self}") from error

    def __str__(self) -> str:
        if not self.events:
            return "nothing"
        begin = self.events[0].at
        return ", ".join(f"{e.at - begin:.3f} {e.step}{' ' + e.detail if e.detail else ''}" for e in self.events)
