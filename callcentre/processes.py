"""Keeps a list of programs running on one machine: started in order, restarted with backoff, stopped in reverse.

1. Stages start one after another, the programs of a stage at the same time; a stage is over when all say `ready`.
   Those who stand by are started after all stages, and nobody waits for them.
2. One that dies is started again after 0.2 s, doubling to 30 s while it keeps dying; a minute of life starts over.
3. Stopping: SIGTERM to each one's process group in reverse order, SIGKILL after its `stop_s`. Nothing is left behind.
4. If this process itself is killed, the kernel ends its programs (PR_SET_PDEATHSIG).
"""

import asyncio
import ctypes
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from callcentre.keys import write_private

_PR_SET_PDEATHSIG = 1
_FIRST_BACKOFF_S = 0.2
_LONGEST_BACKOFF_S = 30.0
_STABLE_AFTER_S = 60.0
_READY_POLL_S = 0.05
_LOG_LIMIT_BYTES = 20_000_000
_LOG_CHECK_S = 60.0
_AUTOGROUP_TRIES = 10
_AUTOGROUP_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Program:
    """`ready_s`: longest time from start to ready, far above what a slow machine takes (a program that ends is told and
    started again at once); `stop_s`: longest time that a SIGTERM may take; `nice`: how far it stands back for the
    others when the processors are scarce (0 to 19)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    ready_s: float = 120.0
    stop_s: float = 10.0
    nice: int = 0


class StartFailed(Exception):
    """A program did not get ready. The message names it and its log's last lines."""


Say = Callable[[str], None]


class Supervisor:
    """Runs until `stop` is asked for. `say` gets one sentence for each thing a person should know."""

    def __init__(
        self,
        stages: Sequence[Sequence[Program]],
        logs: Path,
        say: Say,
        pids: Path | None = None,
        later: Sequence[Program] = (),
    ) -> None:
        """`pids`: a file that always holds {name: process id}, for whoever looks after this machine.

        `later`: what nobody waits for at a start (those who stand by); it is kept running like the others.
        """
        self._pids = pids
        self._stages = stages
        self._later = later
        self._programs = [*(program for stage in stages for program in stage), *later]
        self._logs = logs
        self._say = say
        self._stop = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}

    def stop(self) -> None:
        self._stop.set()

    def pid(self, name: str) -> int | None:
        process = self._running.get(name)
        return process.pid if process else None

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Start all, call `when_ready`, keep them running until `stop`; then stop all. Raises StartFailed."""
        watchers: list[asyncio.Task[None]] = []
        try:
            for stage in self._stages:
                for program in stage:
                    await self._start(program)
                    watchers.append(asyncio.create_task(self._watch(program), name=program.name))
                for program in stage:
                    if not await self._await_ready(program):
                        return
            when_ready()
            for program in self._later:
                await self._start(program)
                watchers.append(asyncio.create_task(self._watch(program), name=program.name))
            watchers.append(asyncio.create_task(self._trim_logs(), name="logs"))
            await self._stop.wait()
        finally:
            self._stop.set()
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            for program in reversed(self._programs):
                await self._end(program)

    async def _start(self, program: Program) -> None:
        with self._log(program).open("ab") as log:
            self._running[program.name] = await asyncio.create_subprocess_exec(
                *program.command,
                env=dict(program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(_begin, program.nice),
            )
        if self._pids:
            text = json.dumps({name: process.pid for name, process in self._running.items()})
            write_private(self._pids, text)
        await _stand_back(self._running[program.name].pid, program.nice)

    async def _await_ready(self, program: Program) -> bool:
        """True when ready, False when a stop was asked for meanwhile."""
        end = time.monotonic() + program.ready_s
        while not self._stop.is_set():
            if await program.ready():
                return True
            if time.monotonic() > end:
                raise StartFailed(f"{program.name} was not ready after {program.ready_s:.0f} s.\n{self._tail(program)}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _READY_POLL_S)
        return False

    async def _watch(self, program: Program) -> None:
        backoff_s = _FIRST_BACKOFF_S
        while True:
            process = self._running[program.name]
            started = time.monotonic()
            code = await process.wait()
            if time.monotonic() - started > _STABLE_AFTER_S:
                backoff_s = _FIRST_BACKOFF_S
            self._say(
                f"{program.name} {_ending(code)}; it is started again in {backoff_s:.1f} s ({self._log(program)})."
            )
            _kill_group(process.pid, signal.SIGKILL)
            await asyncio.sleep(backoff_s * random.uniform(1.0, 1.2))  # noqa: S311 - jitter, not a secret
            backoff_s = min(backoff_s * 2, _LONGEST_BACKOFF_S)
            await self._start(program)

    async def _end(self, program: Program) -> None:
        process = self._running.pop(program.name, None)
        if process is None:
            return
        if process.returncode is None:
            _kill_group(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), program.stop_s)
            except TimeoutError:
                self._say(f"{program.name} did not stop within {program.stop_s:.0f} s and was killed.")
        _kill_group(process.pid, signal.SIGKILL)
        await process.wait()

    async def _trim_logs(self) -> None:
        """Keep each log and one older part of it: the programs write to open files, so the file is copied and cut."""
        while True:
            await asyncio.sleep(_LOG_CHECK_S)
            for program in self._programs:
                log = self._log(program)
                if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
                    log.with_suffix(".log.1").write_bytes(log.read_bytes())
                    os.truncate(log, 0)

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _tail(self, program: Program) -> str:
        log = self._log(program)
        lines = log.read_text("utf-8", "replace").splitlines()[-15:] if log.exists() else []
        return "\n".join([f"The end of {log}:", *lines])


def _begin(nice: int) -> None:
    """In the new process: die with this one, and stand back."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.nice(nice)


async def _stand_back(pid: int, nice: int) -> None:
    """Niceness for the whole session of the program. An ordinary user may say it ten times a second; else once more."""
    for _ in range(_AUTOGROUP_TRIES if nice else 0):
        if _session_stands_back(pid, nice):
            return
        await asyncio.sleep(_AUTOGROUP_PAUSE_S)


def _session_stands_back(pid: int, nice: int) -> bool:
    """Kernels that share the processors out among sessions first (autogroups) obey niceness only inside of one.

    False: to be tried again. A kernel without them, or a program that has ended, has nothing to be tried.
    """
    try:
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _kill_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"
