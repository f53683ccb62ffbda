"""A real redis-server of the private tree: on a Unix socket with a password, in a folder of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Self

import redis

from tests.kit.asterisk import tree_or_skip
from tests.kit.waiting import eventually_sync

START_S: Final = 20.0
PASSWORD: Final = "only-for-tests"


class RedisServer:
    """Started and killed as often as a test likes; what it has appended to its file stays."""

    def __init__(self, fsync: str = "always") -> None:
        """`fsync`: Redis's appendfsync; the call centre's own server has "everysec"."""
        self._fsync = fsync
        self._tree = tree_or_skip()
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"unix://:{PASSWORD}@{self._folder}/redis.sock"

    def client(self) -> "redis.Redis":
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", "redis.sock", "--dir", str(self._folder), "--requirepass", PASSWORD]
        options += ["--appendonly", "yes", "--appendfsync", self._fsync, "--save", ""]
        self._process = subprocess.Popen(
            [str(self._tree.redis_server), *options],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually_sync(self._answers, START_S, "Redis answers")

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False
