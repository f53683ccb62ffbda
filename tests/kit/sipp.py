"""Runs sipp of the private tree for load, and reads its counts.

sipp = Sipp(launcher, tmp_path)
async with sipp.running("agents", agent(300, 3000.0), Load(here=("127.0.1.21", 5070), to=server)) as agents:
    ...
    agents.counts()
"""

import asyncio
import contextlib
import csv
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.kit.udp import Address
from tests.kit.waiting import NotInTime, eventually

_START_S: Final = 10.0
_STOP_S: Final = 3.0


class SippFailed(AssertionError):
    """sipp did not start; says what it wrote."""


@dataclass(frozen=True, slots=True)
class Load:
    """Where from, where to and how much. An agent scenario needs `here` and `to` only."""

    here: Address
    to: Address
    number: str = "s"
    calls: int | None = None
    """Stop after so many calls; None runs until the block is left."""
    per_second: float = 10.0
    at_once: int = 5000
    media_port: int = 6000
    values: tuple[int, ...] = ()
    """One number for each call, in turn and round again: what the scenario means by it (a talk's milliseconds)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What sipp counted so far; its file is a second behind while it runs."""

    created: int
    successful: int
    failed: int
    going_on: int


class SippRun:
    """One running sipp."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    async def finished(self, timeout_s: float) -> Counts:
        """Wait until all calls of the load are over. Errors: NotInTime with the counts so far."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        except TimeoutError as error:
            raise NotInTime(f"sipp did not finish within {timeout_s:g} s: {self.counts()}") from error
        return self.counts()

    def counts(self) -> Counts:
        """The newest line of sipp's statistics; zeros before the first."""
        try:
            with (self._folder / "counts.csv").open(newline="") as file:
                rows = list(csv.DictReader(file, delimiter=";"))
        except FileNotFoundError:
            rows = []
        if not rows or not rows[-1].get("FailedCall(C)"):
            rows = rows[:-1] or [{}]
        last = rows[-1]
        names = ("TotalCallCreated", "SuccessfulCall(C)", "FailedCall(C)", "CurrentCall")
        return Counts(*(int(last.get(name) or 0) for name in names))

    def errors(self) -> str:
        """The end of what sipp complained about."""
        written = [self._folder / name for name in ("errors.log", "output.log")]
        return "\n".join(file.read_text("utf-8", "replace")[-2000:] for file in written if file.exists())


class Sipp:
    """`launcher` starts sipp in the private tree; each run gets a folder of its own under `folder`."""

    def __init__(self, launcher: Path, folder: Path) -> None:
        self._launcher = launcher
        self._folder = folder

    @contextlib.asynccontextmanager
    async def running(self, name: str, scenario: str, load: Load) -> AsyncIterator[SippRun]:
        """sipp at work, listening already; stopped, by force after 3 s, when the block is left. Errors: SippFailed."""
        folder = self._folder / name
        folder.mkdir(parents=True)
        (folder / "scenario.xml").write_text(scenario, "utf-8")
        if load.values:
            lines = ["SEQUENTIAL", *(f"{value};" for value in load.values)]
            (folder / "values.csv").write_text("\n".join(lines) + "\n", "utf-8")
        with (folder / "output.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                str(self._launcher), *_options(load), cwd=folder, stdin=DEVNULL, stdout=DEVNULL, stderr=output
            )
        run = SippRun(process, folder)
        try:
            with contextlib.suppress(NotInTime):
                await eventually(lambda: process.returncode is not None or _bound(load.here), _START_S, "sipp listens")
            if process.returncode not in (None, 0) and not run.counts().created:
                raise SippFailed(f"sipp {name} did not start: {run.errors()}")
            yield run
        finally:
            await _stop(process)


def _options(load: Load) -> list[str]:
    (here, port), (there, their_port) = load.here, load.to
    options = [f"{there}:{their_port}", "-sf", "scenario.xml", "-i", here, "-p", str(port), "-mi", here]
    options += ["-mp", str(load.media_port), "-s", load.number, "-l", str(load.at_once), "-nd", "-nostdin"]
    options += ["-trace_stat", "-stf", "counts.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"]
    # sipp's rate is a whole number per period: a period of 100 s keeps two decimals
    options += ["-r", str(max(1, round(load.per_second * 100))), "-rp", "100000"]
    options += ["-inf", "values.csv"] if load.values else []
    return options + (["-m", str(load.calls)] if load.calls is not None else [])


def _bound(here: Address) -> bool:
    """Whether a UDP socket of this machine has the address, as /proc writes it: the bytes of the address reversed."""
    ip, port = here
    wanted = "".join(f"{int(part):02X}" for part in reversed(ip.split("."))) + f":{port:04X}"
    return any(wanted == line.split()[1] for line in Path("/proc/net/udp").read_text("ascii").splitlines()[1:])


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGUSR1)  # sipp: no new calls, then end
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
