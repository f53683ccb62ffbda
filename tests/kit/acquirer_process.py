"""The sandbox acquirer as a process that dies at a step: python -m tests.kit.acquirer_process FILE PORT KEY STEP.

STEP: claimed, charged, linked, captured, released (kills itself right after it is in the book), or anything else for a
long life.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import uvicorn

from calls.clock import AnchoredClock, Instant
from gateways.acquirer_book import Book
from gateways.acquirer_messages import Answer
from gateways.acquirer_server import create_acquirer
from tests.kit.waiting import eventually_sync

STEPS: Final = ("claimed", "charged")


class FatedBook(Book):
    step = ""

    def claim(self, key: str, amount: int, means: str, at: Instant) -> Answer | None:
        known = super().claim(key, amount, means, at)
        self._die("claimed")
        return known

    def charge(self, key: str, amount: int, at: Instant, times: int, token: str) -> Answer:
        answer = super().charge(key, amount, at, times, token)
        self._die("charged")
        return answer

    def open_link(self, key: str, amount: int, until: int, language: str, at: Instant) -> str:
        token = super().open_link(key, amount, until, language, at)
        self._die("linked")
        return token

    def capture(self, key: str, at: Instant) -> Answer | None:
        answer = super().capture(key, at)
        self._die("captured")
        return answer

    def release(self, key: str, at: Instant) -> Answer | None:
        answer = super().release(key, at)
        self._die("released")
        return answer

    def _die(self, step: str) -> None:
        if self.step == step:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def acquirer(file: Path, port: int, key: str, step: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    """One that serves, and is killed at the end if it still lives."""
    command = [sys.executable, "-m", "tests.kit.acquirer_process", str(file), str(port), key, step]
    process = subprocess.Popen(command)
    try:
        eventually_sync(lambda: _answers(process, port), 30, "the acquirer answers", every_s=0.05)
        yield process
    finally:
        process.kill()
        process.wait(10)


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    assert process.poll() is None, "the acquirer ended"
    try:
        return httpx.get(f"http://127.0.0.1:{port}/register", trust_env=False).status_code == httpx.codes.UNAUTHORIZED
    except httpx.HTTPError:
        return False


def main(file: str, port: str, key: str, step: str) -> None:
    book = FatedBook(Path(file))
    book.step = step
    application = create_acquirer(book, key, AnchoredClock())
    uvicorn.run(application, host="127.0.0.1", port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
