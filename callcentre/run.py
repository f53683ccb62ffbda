"""`./run`: prepare, start everything on this machine under one supervisor, say where it is, stop it cleanly."""

import asyncio
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from callcentre.announcement import announcement
from callcentre.installation import LONGEST_SOCKET_PATH, Installation
from callcentre.keys import write_private
from callcentre.notice_rules import ringing_rules, ways
from callcentre.prepare import asterisk_config
from callcentre.processes import Program, Supervisor
from callcentre.settings import Settings
from callcentre.settings_rules import OwnPort, own_ports
from dialplan import launch
from dialplan.render import AsteriskConfig

Say = Callable[[str], None]

STANDS_BACK: Final = {"monitor": 5, "voice": 5, "notices": 5}
"""Niceness. Monitor and voice think for tens of milliseconds at a time, and where many callers hold the line the sound
of all of them would have to wait for that. Not more: the monitor writes to SQLite, and who stands far back while others
compute keeps its lock for long (docs/adr/0019-hold-line.md)."""


def own_processes(settings: Settings) -> tuple[str, ...]:
    """Ours, started together; Redis and Asterisk come before them. A further one of a kind has its number behind it."""
    acds = (numbered("acd", number) for number in range(1, settings.acd.processes + 1))
    ivrs = (numbered("ivr", number) for number in range(1, len(settings.ivr.spare_ports) + 2))
    notices = ("notices",) if ways(settings) or ringing_rules(settings) else ()
    acquirer = ("acquirer",) if settings.acquirer == "sandbox" else ()
    return ("voice", *acds, *ivrs, "desktop", "monitor", *notices, *acquirer)


def numbered(kind: str, number: int) -> str:
    """The name of the n-th process of a kind."""
    return kind if number == 1 else f"{kind}-{number}"


class CannotRun(Exception):
    """The message says why nothing was started and what to do."""


@contextmanager
def only_one(installation: Installation) -> Iterator[None]:
    """Hold this installation's lock. Raises CannotRun when a run holds it already."""
    path = installation.places.run / "lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRun(
                f"The call centre runs already (process {lock.read().strip() or '?'}) at {_desk_of(installation)}. "
                "Stop it with Ctrl-C there, or use another CALLCENTRE_STATE and other ports for a second one."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _desk_of(installation: Installation) -> str:
    """Where the run that holds this installation serves its pages: it may have been told another address."""
    try:
        return str(json.loads((installation.places.run / "running.json").read_text("utf-8"))["desk"])
    except (OSError, ValueError, LookupError, TypeError):
        return installation.desk_address


def running_at(installation: Installation) -> int | None:
    """The process id of the run that holds this installation; None when nothing runs."""
    path = installation.places.run / "lock"
    if not path.exists():
        return None
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read().strip() or 0)
    return None


def taken_ports(installation: Installation) -> list[str]:
    """A sentence for each port of ours that somebody else listens on."""
    faults = []
    for own in own_ports(installation.settings):
        kind = socket.SOCK_DGRAM if own.udp else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind == socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((own.address, own.port))
            except OSError as error:
                faults.append(_taken(installation, own, error))
    return faults


def _taken(installation: Installation, own: OwnPort, error: OSError) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{own.address} is no address of this machine. Set {own.address_key} to one that `ip address` shows."
    why = os.strerror(error.errno or 0)
    file = installation.places.settings_file
    return f"{own.address} port {own.port} cannot be used ({why}). Set {own.key} in {file} to a free one."


def check_start(installation: Installation) -> None:
    """Raises CannotRun with every reason why a start would fail."""
    faults = taken_ports(installation)
    longest = max(
        len(os.fsencode(path)) for path in (installation.places.redis_socket, installation.places.voice_socket)
    )
    if longest > LONGEST_SOCKET_PATH:
        faults.append(
            f"{installation.places.state} is too long a path for sockets. Set CALLCENTRE_STATE to a shorter one."
        )
    if faults:
        raise CannotRun("\n".join(faults))


def stages(installation: Installation) -> tuple[list[Program], ...]:
    """Everything that runs on this machine: first what the others need, then ours."""
    first = [_redis(installation)] if installation.own_redis else []
    first.append(_asterisk(installation, asterisk_config(installation)))
    return first, [_own(installation, name) for name in own_processes(installation.settings) if not _is_later(name)]


def standbys(installation: Installation) -> list[Program]:
    """The second and further of a kind, who sends notices and the demo's bank: a start need not wait for them."""
    return [_own(installation, name) for name in own_processes(installation.settings) if _is_later(name)]


def _is_later(name: str) -> bool:
    return "-" in name or name in {"notices", "acquirer"}


def _redis(installation: Installation) -> Program:
    path = installation.places.redis_socket

    async def ready() -> bool:
        return await asyncio.to_thread(_redis_answers, path, installation.keys.text("redis"))

    command = (str(installation.tree.redis_server), str(installation.places.state / "redis" / "redis.conf"))
    return Program("redis", command, {"PATH": os.environ.get("PATH", "")}, ready)


def _redis_answers(path: Path, password: str) -> bool:
    with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
        link.settimeout(1)
        link.connect(str(path))
        link.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        said = b""
        while part := link.recv(256):
            said += part
            if b"+PONG" in said:
                return True
    return False


def _asterisk(_installation: Installation, config: AsteriskConfig) -> Program:
    async def ready() -> bool:
        return await asyncio.to_thread(_asterisk_booted, config)

    return Program("asterisk", launch.command(config), launch.environment(config), ready)


def _asterisk_booted(config: AsteriskConfig) -> bool:
    if not launch.unix_socket(config).exists():
        return False
    with suppress(subprocess.TimeoutExpired):
        answer = subprocess.run(
            launch.ask(config, "core waitfullybooted"), capture_output=True, text=True, timeout=10, check=False
        )
        return "fully booted" in answer.stdout
    return False


def _own(installation: Installation, name: str) -> Program:
    flag = installation.ready_file(name)
    flag.unlink(missing_ok=True)

    async def ready() -> bool:
        return flag.exists()

    kind, _, number = name.partition("-")
    command = (str(_console_script()), kind, *(("--number", number) if number else ()))
    return Program(name, command, installation.environment(), ready, nice=STANDS_BACK.get(kind, 0))


def _console_script() -> Path:
    return Path(sys.executable).with_name("callcentre")


def run(installation: Installation, say: Say) -> None:
    """Start all, keep it running until SIGINT or SIGTERM, stop all. Raises CannotRun, StartFailed."""
    asyncio.run(_run(installation, say))


async def _run(installation: Installation, say: Say) -> None:
    where = installation.places
    pids = where.run / "processes.json"
    supervisor = Supervisor(stages(installation), where.log, say, pids, standbys(installation))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)

    def announce() -> None:
        write_private(where.run / "running.json", json.dumps({"desk": installation.desk_address}))
        for line in announcement(installation):
            say(line)

    try:
        await supervisor.run(announce)
    finally:
        for path in (pids, where.run / "running.json"):
            path.unlink(missing_ok=True)
        say("Stopped.")
