"""What callers want most just now: in a storm outages, before the payment's deadline the account. Pure, thread-safe.

Each process counts its own callers: no store is asked, and after a start the usual order holds until enough have rung.
"""

import threading
from collections import Counter, deque
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
        self._choices: deque[tuple[Instant, str]] = deque(maxlen=MOST_KEPT)

    def note(self, choice: str, now: Instant) -> None:
        with self._lock:
            self._choices.append((now, choice))

    def most(self, now: Instant) -> str | None:
        """What more than SHARE of the callers of the last WINDOW_S chose; None when nothing dominates."""
        with self._lock:
            while self._choices and self._choices[0][0] <= after(now, -WINDOW_S):
                self._choices.popleft()
            counts = Counter(choice for _, choice in self._choices)
        if counts.total() < FEWEST:
            return None
        choice, times = counts.most_common(1)[0]
        return choice if times > SHARE * counts.total() else None
