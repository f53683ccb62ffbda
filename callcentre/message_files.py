"""customers.voice_messages.VoiceMessages as files of one folder outside of every page's reach.

A recording begins as `part-TOKEN.alaw` and becomes `NUMBER.alaw` by one rename: a death in the middle leaves a part,
which is removed after an hour. Asterisk and the self-service write, the desk reads: on one machine, or a shared folder.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

from calls.clock import Instant, after
from customers.appeals import AppealNumber, is_number
from customers.voice_messages import (
    BYTES_A_SECOND,
    KEPT_S,
    LONGEST_S,
    MOST_BYTES,
    SHORTEST_S,
    SPARE_BYTES,
)

log = structlog.get_logger()
EXTENSION: Final = ".alaw"
_PART: Final = "part-"
_PART_KEPT_S: Final = 3600
_HOUR_MS: Final = 3_600_000
_LONGEST_BYTES: Final = (LONGEST_S + 5) * BYTES_A_SECOND


class MessageFiles:
    """`most`: bytes of all together; `spare`: bytes that stay free on the disk."""

    def __init__(self, folder: Path, most: int = MOST_BYTES, spare: int = SPARE_BYTES) -> None:
        self._folder = folder
        self._most = most
        self._spare = spare

    def place(self) -> str | None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            used = sum(path.stat().st_size for path in self._files())
            free = shutil.disk_usage(self._folder).free
        except OSError as fault:
            log.warning("no messages are recorded", why=type(fault).__name__)
            return None
        if used + _LONGEST_BYTES > self._most or free - _LONGEST_BYTES < self._spare:
            log.warning("no room for messages", used=used, free=free)
            return None
        return str(self._folder / f"{_PART}{secrets.token_hex(16)}")

    def keep(self, place: str, number: AppealNumber, now: Instant) -> bool:
        part = Path(place + EXTENSION)
        try:
            size = part.stat().st_size
            if not is_number(number) or not SHORTEST_S * BYTES_A_SECOND <= size <= _LONGEST_BYTES:
                part.unlink()
                return False
            part.chmod(0o600)
            hour_s = (now - now % _HOUR_MS) / 1000
            os.utime(part, (hour_s, hour_s))
            part.rename(self._folder / f"{number}{EXTENSION}")
        except OSError as fault:
            log.warning("a message is not kept", why=type(fault).__name__)
            return False
        return True

    def numbers(self) -> frozenset[AppealNumber]:
        try:
            return frozenset(AppealNumber(path.stem) for path in self._files() if is_number(path.stem))
        except OSError:
            return frozenset()

    def sound(self, number: AppealNumber) -> bytes | None:
        if not is_number(number):
            return None
        try:
            with (self._folder / f"{number}{EXTENSION}").open("rb") as file:
                return file.read(_LONGEST_BYTES)
        except OSError:
            return None

    def forget_old(self, now: Instant) -> None:
        """Remove what is KEPT_S old, and what a death left half recorded."""
        try:
            for path in self._files():
                kept_s = _PART_KEPT_S if path.name.startswith(_PART) else KEPT_S
                if path.stat().st_mtime * 1000 < after(now, -kept_s):
                    path.unlink(missing_ok=True)
        except OSError as fault:
            log.warning("old messages stay", why=type(fault).__name__)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob(f"*{EXTENSION}")
