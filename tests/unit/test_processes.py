"""The supervisor with real processes: order, restart after a kill, nothing left behind, a start that fails."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from callcentre.processes import Program, StartFailed, Supervisor
from tests.kit.waiting import eventually


def program(name: str, code: str, tmp_path: Path, ready_s: float = 10.0) -> Program:
    flag = tmp_path / f"{name}.ready"

    async def ready() -> bool:
        return flag.exists()

    command = (sys.executable, "-c", f"open({str(flag)!r}, 'w').close()\n{code}")
    return Program(name, command, dict(os.environ), ready, ready_s=ready_s, stop_s=5.0)


SLEEP = "import time\ntime.sleep(600)"


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_started_in_order_restarted_and_stopped_without_orphans(tmp_path: Path) -> None:
    said: list[str] = []
    ready = asyncio.Event()
    with_child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    supervisor = Supervisor(
        [[program("first", SLEEP, tmp_path)], [program("second", with_child + SLEEP, tmp_path)]], tmp_path, said.append
    )
    task = asyncio.create_task(supervisor.run(ready.set))
    await asyncio.wait_for(ready.wait(), 20)
    pid = supervisor.pid("second")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: supervisor.pid("second") not in {None, pid}, 10, "second runs again")
    assert "second was ended by SIGKILL" in said[0]
    children = {supervisor.pid("first"), supervisor.pid("second")}

    supervisor.stop()
    await asyncio.wait_for(task, 20)
    for child in children:
        assert child is not None
        assert not alive(child)


def session_niceness(pid: int | None) -> int | None:
    """What the kernel obeys between sessions; None where it does not share the processors out among them."""
    group = Path(f"/proc/{pid}/autogroup")
    return int(group.read_text().rpartition(" nice ")[2]) if group.exists() else None


async def test_one_stands_back_for_the_others_with_all_its_children(tmp_path: Path) -> None:
    said = tmp_path / "said"
    child = f"import os; open({str(said)!r}, 'w').write(str(os.nice(0)))"
    code = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
    back = replace(program("back", code + SLEEP, tmp_path), nice=7)
    supervisor = Supervisor([[back]], tmp_path, lambda _: None)
    task = asyncio.create_task(supervisor.run(lambda: None))
    await eventually(lambda: said.exists() and said.read_text(), 10, "its child has begun")
    assert int(said.read_text()) == os.nice(0) + 7
    await eventually(lambda: session_niceness(supervisor.pid("back")) in {7, None}, 10, "its session stands back too")
    supervisor.stop()
    await asyncio.wait_for(task, 20)


async def test_a_start_does_not_wait_for_those_who_stand_by(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    later = Program("later", (sys.executable, "-c", SLEEP), dict(os.environ), never, ready_s=0.1)
    ready = asyncio.Event()
    supervisor = Supervisor([[program("first", SLEEP, tmp_path)]], tmp_path, lambda _: None, later=[later])
    task = asyncio.create_task(supervisor.run(ready.set))
    await asyncio.wait_for(ready.wait(), 20)
    pid = await eventually(lambda: supervisor.pid("later"), 10, "it is started too")
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: supervisor.pid("later") not in {None, pid}, 10, "it runs again")
    again = supervisor.pid("later")
    supervisor.stop()
    await asyncio.wait_for(task, 20)
    assert again is not None
    assert not alive(again)


async def test_what_dies_again_and_again_is_given_longer_and_longer_pauses(tmp_path: Path) -> None:
    said: list[str] = []
    ready = asyncio.Event()
    supervisor = Supervisor([[program("dying", "raise SystemExit(1)", tmp_path)]], tmp_path, said.append)
    task = asyncio.create_task(supervisor.run(ready.set))
    await asyncio.wait_for(ready.wait(), 20)
    await eventually(lambda: len(said) >= 4, 20, "it was started again three times")
    supervisor.stop()
    await asyncio.wait_for(task, 20)
    pauses = [float(words.split("again in ")[1].split(" s")[0]) for words in said[:4]]
    assert pauses == [0.2, 0.4, 0.8, 1.6]


async def test_a_program_that_never_gets_ready_stops_the_start(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    broken = Program(
        "broken",
        (sys.executable, "-c", "print('no database'); raise SystemExit(3)"),
        dict(os.environ),
        never,
        ready_s=1.0,
    )
    first = program("first", SLEEP, tmp_path)
    supervisor = Supervisor([[first], [broken]], tmp_path, lambda _: None)
    with pytest.raises(StartFailed, match=r"(?s)broken was not ready.*no database"):
        await supervisor.run(lambda: None)
    assert supervisor.pid("first") is None


async def test_a_stop_during_the_start_ends_what_was_started(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    slow = Program("slow", (sys.executable, "-c", SLEEP), dict(os.environ), never, ready_s=60.0)
    supervisor = Supervisor([[slow]], tmp_path, lambda _: None)
    task = asyncio.create_task(supervisor.run(lambda: None))
    await eventually(lambda: supervisor.pid("slow") is not None, 10, "slow runs")
    pid = supervisor.pid("slow")
    assert pid is not None
    supervisor.stop()
    await asyncio.wait_for(task, 20)
    assert not alive(pid)
