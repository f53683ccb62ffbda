"""A signal while something is prepared ends all that was started for it, whatever it is busy with."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.asterisk import tree_or_skip
from tests.kit.waiting import eventually_sync

COMMAND = str(Path(sys.executable).with_name("callcentre"))
CHECKOUT = Path(__file__).parents[2]
MARK = "CC_INTERRUPT_TEST"
ENDS_S = 20.0
HANGS = """#!/bin/bash
trap "" INT
setsid sleep 600 &
echo hangs > "${0%/*}/hangs"
while :; do sleep 600; done
"""


def marked(mark: str) -> list[int]:
    """The processes whose environment holds the mark, which every descendant inherits."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and f"{MARK}={mark}".encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def children(pid: int) -> set[int]:
    """A process's children and theirs: the voice's workers get no variable of ours."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True, timeout=10)
    parents = {int(child): int(parent) for child, parent in map(str.split, listed.stdout.splitlines())}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def hears_interrupts() -> None:
    """Whoever runs the tests in the background may have SIGINT ignored, and every child would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(command: list[str], environment: Mapping[str, str], mark: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (mark / "output").open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment, MARK: str(mark)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=hears_interrupts,
        )
    try:
        yield process
    finally:
        for pid in [*marked(str(mark)), *children(process.pid)]:
            os.kill(pid, signal.SIGKILL)
        process.wait()


def ends_without_orphans(process: subprocess.Popen[bytes], mark: Path, number: signal.Signals, status: int) -> None:
    family = children(process.pid)
    assert family
    process.send_signal(number)
    assert process.wait(ENDS_S) == status
    eventually_sync(lambda: not [*marked(str(mark)), *alive(family)], 2, "nothing that it started is left")
    assert "Traceback" not in (mark / "output").read_text("utf-8")


@pytest.fixture
def hanging_apt(tmp_path: Path) -> str:
    """A folder for PATH whose apt-get never ends and has a child in a session of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "apt-get").write_text(HANGS, "utf-8")
    (folder / "apt-get").chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_during_provisioning(hanging_apt: str, tmp_path: Path, number: signal.Signals, status: int) -> None:
    environment = {
        "PATH": f"{hanging_apt}:{os.environ['PATH']}",
        "CALLCENTRE_STATE": str(tmp_path / "state"),
        "CALLCENTRE_CACHE": str(tmp_path / "cache"),
    }
    with started([COMMAND, "run", "--prepare"], environment, tmp_path) as process:
        eventually_sync((tmp_path / "bin" / "hangs").exists, 20, "apt-get runs")
        ends_without_orphans(process, tmp_path, number, status)


def test_while_prompts_are_rendered(tmp_path: Path) -> None:
    """The workers of the voice are replaced when they die: ending them alone would not be enough."""
    tree_or_skip()
    with started([COMMAND, "prompts", "build"], {"CALLCENTRE_STATE": str(tmp_path / "state")}, tmp_path) as process:
        eventually_sync(lambda: b" of " in (tmp_path / "output").read_bytes(), 60, "prompts are rendered")
        ends_without_orphans(process, tmp_path, signal.SIGTERM, 143)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_while_the_environment_is_made(tmp_path: Path, number: signal.Signals) -> None:
    """`./run` itself: a shell, and pip below it."""
    shutil.copy(CHECKOUT / "run", tmp_path / "run")
    (tmp_path / "requirements").mkdir()
    script = tmp_path / "requirements" / "environment.sh"
    script.write_text(HANGS.replace("setsid ", ""), "utf-8")
    script.chmod(0o755)
    with started([str(tmp_path / "run")], {}, tmp_path) as process:
        eventually_sync((tmp_path / "requirements" / "hangs").exists, 20, "the environment is made")
        ends_without_orphans(process, tmp_path, number, 143)
