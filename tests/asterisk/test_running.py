"""What a person sees who starts, checks and stops it: one run at a time, named faults, no orphans."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit.call_centre import CallCentre, own_net
from tests.kit.waiting import eventually_sync

COMMAND = str(Path(sys.executable).with_name("callcentre"))


def callcentre(centre: CallCentre, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words], env=centre.environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_run_says_that_it_runs_already(centre: CallCentre) -> None:
    second = callcentre(centre, "run")
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert centre.desk in second.stderr


def test_the_check_finds_a_running_centre_faultless(centre: CallCentre) -> None:
    checked = callcentre(centre, "check")
    assert checked.returncode == 0, checked.stdout
    for part in ("private tree", "database", "Redis", "AMI", "dialplan", "prompts", "disk", "ports"):
        assert part in checked.stdout


def test_a_broken_settings_file_starts_nothing() -> None:
    broken = CallCentre.fresh(own_net())
    with (broken.state / "callcentre.toml").open("a") as settings:
        settings.write('\n[voice]\nspeed = "fast"\n[database]\ntimeout_s = -1\n')
    said = callcentre(broken, "run")
    assert said.returncode == 1
    assert "voice is not a setting" in said.stderr
    assert "database.timeout_s" in said.stderr
    assert "line" in said.stderr
    assert not (broken.state / "run").exists()
    shutil.rmtree(broken.state)


def test_a_taken_port_is_named(centre: CallCentre) -> None:
    """Another state folder with the same addresses."""
    other = CallCentre.fresh(centre.net)
    said = callcentre(other, "run")
    assert said.returncode == 1
    for setting in (
        "listen.port",
        "asterisk.sip_port",
        "asterisk.ami_port",
        "asterisk.http_port",
        "ivr.port",
        "monitor.port",
    ):
        assert setting in said.stderr, said.stderr
    shutil.rmtree(other.state)


def test_what_it_keeps_is_for_its_owner_alone(centre: CallCentre) -> None:
    for path in centre.state.rglob("*"):
        if not path.is_symlink() and path.is_file() and "prompts" not in path.parts:
            assert path.stat().st_mode & 0o077 == 0 or "run.log" in path.name or path.suffix == ".toml", path


def test_stopping_leaves_no_process_behind() -> None:
    net = own_net()
    with CallCentre.fresh(f"{net.rpartition('.')[0]}.{251}") as centre:
        pids = [
            centre.pid(name) for name in ("redis", "asterisk", "voice", "acd", "acd-2", "ivr", "desktop", "monitor")
        ]
        workers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and of(centre, path)]
        assert len(workers) >= len(pids)
        centre.stop()
        assert "Stopped." in centre.said()

        def gone() -> bool:
            return not [pid for pid in {*pids, *workers} if Path(f"/proc/{pid}").exists()]

        eventually_sync(gone, 5, "all its processes are gone")


def of(centre: CallCentre, process: Path) -> bool:
    """Whether a process belongs to this state folder."""
    try:
        return str(centre.state).encode() in (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
    except OSError:
        return False
