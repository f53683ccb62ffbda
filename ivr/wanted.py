"""What callers want most just now: in a storm outages, before the payment's deadline the account. Pure, thread-safe.

Each process counts its own callers: no store is asked, and after a start the usual order holds until enough have rung.
"""

import threading
from collections import Counter, deque
from operator import itemgetter
from typing import Final

from calls.clock import Instant, after

WINDOW_S: Final = 2 * 3600
FEWEST: Final = 20
"""Choices in the window before anything can dominate."""
SHARE: Final = 0.5
MOST_KEPT: Final = 2000


class Wanted:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._choices: deque[tuple[Instant, str]] = deque()
        self._counts: Counter[str] = Counter()
        """Of `_choices`, kept beside them: in a storm every menu asks."""

    def note(self, choice: str, now: Instant) -> None:
        with self._lock:
            self._choices.append((now, choice))
            self._counts[choice] += 1
            if len(self._choices) > MOST_KEPT:
                self._forget_oldest()

    def most(self, now: Instant) -> str | None:
        """What more than SHARE of the callers of the last WINDOW_S chose; None when nothing dominates."""
        with self._lock:
            while self._choices and self._choices[0][0] <= after(now, -WINDOW_S):
                self._forget_oldest()
            total = len(self._choices)
            if total < FEWEST:
                return None
            choice, times = max(self._counts.items(), key=itemgetter(1))
        return choice if times > SHARE * total else None

    def _forget_oldest(self) -> None:
        _, choice = self._choices.popleft()
        self._counts[choice] -= 1
