"""What a caller says in the own words about a report: one sound for an appeal, bounded and kept for a time. Pure.

Rules
- An appeal has one message or none; it stands whether or not there is one.
- A key ends the recording and is no part of it: whoever records stops at any key, so that no tone is kept.
- One is at most LONGEST_S long, shorter than SHORTEST_S is nothing; all together have a bound, and room is left on the
  disk for what is more important.
- The sound's name is the appeal's number and its time is cut to the hour: of an anonymous one it tells no more than the
  appeal does.
"""

from typing import Final, Protocol

from calls.clock import Instant
from customers.appeals import AppealNumber

LONGEST_S: Final = 60
SHORTEST_S: Final = 1
BYTES_A_SECOND: Final = 8000
"""A-law, 8 kHz."""
MOST_BYTES: Final = 2 * 1024**3
"""Of all together: 70 hours."""
SPARE_BYTES: Final = 1024**3
"""Left free on the disk: what is recorded must never cost the database its room."""
KEPT_S: Final = 180 * 86_400


class VoiceMessages(Protocol):
    """Implementations: callcentre.message_files, tests.kit.fake_messages. None of the methods raises."""

    def place(self) -> str | None:
        """Where to record a new one: a path without its extension. None: there is no room now, or no folder."""

    def keep(self, place: str, number: AppealNumber, now: Instant) -> bool:
        """Make what was recorded there this appeal's message. False: nothing was, or it could not be kept."""

    def numbers(self) -> frozenset[AppealNumber]:
        """The appeals that have one."""

    def sound(self, number: AppealNumber) -> bytes | None:
        """A-law, 8 kHz; None: there is none."""


class NoMessages:
    """Where nobody records."""

    def place(self) -> str | None:
        return None

    def keep(self, _place: str, _number: AppealNumber, _now: Instant) -> bool:
        return False

    def numbers(self) -> frozenset[AppealNumber]:
        return frozenset()

    def sound(self, _number: AppealNumber) -> bytes | None:
        return None
