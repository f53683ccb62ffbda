"""How often a sign-in may be tried for one login: a window that forgets. Pure, bounded."""

from collections import OrderedDict
from dataclasses import dataclass

from calls.clock import Instant

KEPT = 4096
"""Logins remembered; the oldest is forgotten first, so that invented logins cannot fill the memory."""


@dataclass(slots=True)
class _Window:
    began: Instant
    count: int


class Limiter:
    """At most `most` tries of one key within `window_s` seconds of its first."""

    def __init__(self, most: int, window_s: float) -> None:
        self._most = most
        self._window_ms = round(window_s * 1000)
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def allows(self, key: str, now: Instant) -> bool:
        """Count a try and say whether it may go on."""
        window = self._windows.get(key)
        if window is None or now - window.began >= self._window_ms:
            self._windows[key] = _Window(now, 1)
            self._windows.move_to_end(key)
            while len(self._windows) > KEPT:
                self._windows.popitem(last=False)
            return True
        window.count += 1
        return window.count <= self._most

    def forget(self, key: str) -> None:
        """After a right password."""
        self._windows.pop(key, None)
