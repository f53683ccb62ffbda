"""The sentences made during calls, in a folder of a memory file system: bounded, forgotten soon, readable by us only.

Files have names drawn from a secret of this process: a path in Asterisk's log tells nothing of what was said. A
sentence handed out less than HOLD_S ago is never removed, because its caller may be about to hear it.
"""

import os
import re
import secrets
import stat
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.store import ALAW, with_extension, write_atomically

HOLD_S = 60.0
PERSONAL_S = 120.0
"""Balances, accounts, names: long enough to hear the sentence again, no longer."""
KEPT_S = 24 * 3600.0
"""Sentences that are the same for everybody."""
MOST_BYTES = 128 * 2**20
"""About 3,200 sentences of five seconds: a thousand balances are not more than that."""

_ONLY_US = 0o600
_ONLY_US_FOLDER = 0o700
_OURS = re.compile(r"[0-9a-f]{40}\.alaw|\.new-.*")


@dataclass(slots=True)
class _Sentence:
    path: Path
    size: int
    personal: bool
    used_at: float


class SentenceCache:
    """Thread-safe. `now` is in seconds of a monotonic clock."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        """Takes the folder for itself and removes the sentences that an earlier process has left there.

        Raises SpeechUnavailableError when the folder is not ours: anybody may make one in a shared place.
        """
        self._folder = folder
        self._most_bytes = most_bytes
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._sentences: OrderedDict[str, _Sentence] = OrderedDict()  # least recently used first
        self._bytes = 0
        folder.mkdir(parents=True, exist_ok=True, mode=_ONLY_US_FOLDER)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise SpeechUnavailableError(f"{folder} is not a folder that only this user may enter. Remove it.")
        for file in folder.iterdir():
            if _OURS.fullmatch(file.name):
                file.unlink()

    def __len__(self) -> int:
        return len(self._sentences)

    def get(self, key: str, now: float) -> Path | None:
        """The sentence without extension, or None; its time starts again."""
        with self._lock:
            sentence = self._sentences.get(key)
            if sentence is None:
                return None
            sentence.used_at = now
            self._sentences.move_to_end(key)
            return sentence.path

    def put(self, key: str, alaw: bytes, personal: bool, now: float) -> Path:
        """Keep a sentence; its path without extension. Raises VoiceBusyError when all room is held by fresh ones."""
        with self._lock:
            known = self._sentences.get(key)
            if known is not None:  # made twice at once; somebody may be about to hear the first one
                known.used_at = now
                self._sentences.move_to_end(key)
                return known.path
            while self._bytes + len(alaw) > self._most_bytes:
                oldest = next(iter(self._sentences), None)
                if oldest is None or now - self._sentences[oldest].used_at < HOLD_S:
                    raise VoiceBusyError("No room for another sentence: too many callers hear one now.")
                self._forget(oldest)
            name = blake2b(key.encode(), key=self._secret, digest_size=20).hexdigest()
            path = self._folder / name
            write_atomically(with_extension(path, ALAW), alaw, _ONLY_US)
            self._sentences[key] = _Sentence(path, len(alaw), personal, now)
            self._bytes += len(alaw)
            return path

    def sweep(self, now: float) -> None:
        """Remove what has outlived its time."""
        with self._lock:
            for key, sentence in list(self._sentences.items()):
                if now - sentence.used_at >= (PERSONAL_S if sentence.personal else KEPT_S):
                    self._forget(key)

    def clear(self) -> None:
        """Remove every sentence."""
        with self._lock:
            for key in list(self._sentences):
                self._forget(key)

    def _forget(self, key: str) -> None:
        sentence = self._sentences.pop(key, None)
        if sentence is not None:
            self._bytes -= sentence.size
            with_extension(sentence.path, ALAW).unlink(missing_ok=True)


def is_memory_folder(folder: Path) -> bool:
    """Whether `folder` (or the nearest folder above it that exists) lies in a memory file system."""
    place = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8", "replace").splitlines()]
    under = [(len(point), kind) for point, kind in mounts if place.is_relative_to(point)]
    return max(under, default=(0, ""))[1] in {"tmpfs", "ramfs"}
