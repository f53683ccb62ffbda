"""One worker process of the voice, seen from our side: started, asked with a deadline, killed when it is silent."""

import json
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prompts.errors import SpeechUnavailableError
from prompts.sound import Pcm

START_S = 10.0
"""A worker loads its voices in 0.2 s; on a machine that just booted, from a cold disk, it takes seconds."""
RESTART_AFTER_S = 1.0
"""A worker that could not be started is not tried again sooner."""
_LONGEST_HEADER = 4096
_LONGEST_SOUND = 16 * 2**20
_PROGRAM = Path(__file__).with_name("voice_worker.py")


class WorkerLostError(SpeechUnavailableError):
    """The worker ended or broke the protocol. It is not running any more; the next sentence starts another."""


class SentenceRefusedError(SpeechUnavailableError):
    """The engine does not take this sentence; the worker is well."""


@dataclass(frozen=True, slots=True)
class Job:
    text: str
    voice: str
    speed: float


def worker_command(tree: Path) -> list[str]:
    """How a worker is started with the Python of the private tree `tree`."""
    return [str(tree / "wrap" / "python3"), str(_PROGRAM), str(tree)]


class Worker:
    """At most one process at a time. Not for two threads at once: the pool lends it to one."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self.engine = ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process unless it runs. Raises WorkerLostError."""
        if self._process is not None:
            return
        if time.monotonic() < self._not_before:
            raise WorkerLostError("The voice did not start a moment ago. Run callcentre check.")
        self._not_before = time.monotonic() + RESTART_AFTER_S
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=_environment(),
            )
        except OSError as error:
            raise WorkerLostError(f"The voice cannot be started: {error}. Run callcentre check.") from None
        hello = self._read_header(time.monotonic() + START_S)
        engine = hello.get("engine")
        if not isinstance(engine, str):
            self.stop()
            raise WorkerLostError(f"The voice did not start: {hello.get('error', 'it says nothing of itself')}.")
        self.engine = engine
        self._not_before = 0.0

    def say(self, job: Job, timeout_s: float) -> Pcm:
        """The sound of one sentence.

        Raises WorkerLostError when the process is gone or too slow (it is killed then), SentenceRefusedError when the
        engine does not take the text.
        """
        self.start()
        deadline = time.monotonic() + timeout_s
        line = json.dumps({"text": job.text, "voice": job.voice, "speed": job.speed}).encode() + b"\n"
        self._write(line, deadline)
        header = self._read_header(deadline)
        if "error" in header:
            raise SentenceRefusedError(f"The voice refused a sentence: {header['error']}.")
        rate, length = header.get("rate"), header.get("bytes")
        if not isinstance(rate, int) or not isinstance(length, int) or not 0 < length <= _LONGEST_SOUND or rate <= 0:
            raise self._lost("answered what it should not")
        sound = self._read(length, deadline)
        return Pcm(np.frombuffer(sound[: length // 2 * 2], "<i2").astype(np.int16), rate)

    def kill(self) -> None:
        """End the process from any thread; the thread that uses it sees the end and tidies up."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait(timeout=START_S)

    def _read_header(self, deadline: float) -> Mapping[str, object]:
        line = b""
        while not line.endswith(b"\n"):
            line += self._read(1, deadline)
            if len(line) > _LONGEST_HEADER:
                raise self._lost("answered what it should not")
        try:
            header = json.loads(line)
        except ValueError:
            raise self._lost("answered what it should not") from None
        if not isinstance(header, dict):
            raise self._lost("answered what it should not")
        return header

    def _read(self, length: int, deadline: float) -> bytes:
        pipe = self._pipes()[1]
        parts = bytearray()
        while len(parts) < length:
            self._wait(pipe, select.POLLIN, deadline)
            part = os.read(pipe, length - len(parts))
            if not part:
                raise self._lost("ended")
            parts += part
        return bytes(parts)

    def _write(self, line: bytes, deadline: float) -> None:
        pipe = self._pipes()[0]
        try:
            while line:
                self._wait(pipe, select.POLLOUT, deadline)
                line = line[os.write(pipe, line[: select.PIPE_BUF]) :]
        except OSError:
            raise self._lost("ended") from None

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise self._lost("did not answer in time")

    def _pipes(self) -> tuple[int, int]:
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise WorkerLostError("The voice does not run.")
        return self._process.stdin.fileno(), self._process.stdout.fileno()

    def _lost(self, what: str) -> WorkerLostError:
        self.stop()
        return WorkerLostError(f"The voice {what}. It is started again with the next sentence.")


def _environment() -> dict[str, str]:
    """Only what the launcher needs: nothing of our own environment reaches the voice."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
