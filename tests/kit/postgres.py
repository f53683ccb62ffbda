"""A PostgreSQL 15 of the private test tree: own data folder, Unix socket only, stopped at the end.

As root the server runs as another user, since it refuses root. Missing locally: skipped with the reason; with CI=true:
a failure.
"""

import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.kit.waiting import eventually_sync

PROVISION = Path(__file__).resolve().parents[2] / "dialplan" / "provision.sh"
SERVER_USER = "nobody"
START_S = 60


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. `pid` is the postmaster's."""

    folder: Path
    user: str
    pid: int

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The address of a new, empty database."""
        name = f"t_{secrets.token_hex(6)}"
        with psycopg.connect(self.address(), autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.address(name)

    def session_pids(self, database_address: str) -> list[int]:
        """The server processes that serve connections to a database."""
        name = database_address.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.address(), autocommit=True, connect_timeout=10) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (name,)).fetchall()
        return [int(row[0]) for row in rows]


def tree() -> Path | None:
    """The private test tree, or None when it was not prepared."""
    where = subprocess.run([PROVISION, "where", "test"], capture_output=True, text=True, timeout=20, check=False)
    path = Path(where.stdout.strip() or "/nonexistent")
    return path if (path / "wrap" / "postgres").exists() else None


@contextmanager
def running() -> Iterator[Postgres]:
    """A new server, empty, gone with its data at the end."""
    programs = tree()
    if programs is None:
        reason = "The private test tree is missing. Run dialplan/provision.sh test."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    user = SERVER_USER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
            programs = _reachable(programs, folder / "tree")
        with _serving(programs, folder, user) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(programs: Path, folder: Path, user: str) -> Iterator[Postgres]:
    data = folder / "data"
    _as(
        user,
        [programs / "wrap" / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
    )
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "max_connections": "60",
        "shared_buffers": "32MB",
        "dynamic_shared_memory_type": "mmap",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [programs / "wrap" / "postgres", "-D", data, *options],
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,
        user=_other(user),
        group=_group(user),
        extra_groups=_no_groups(),
    )
    server = Postgres(folder, user, process.pid)
    try:
        eventually_sync(lambda: _answers(server, process), START_S, "PostgreSQL answers", every_s=0.05)
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)
        log.close()


def _reachable(programs: Path, copy: Path) -> Path:
    """The tree where another user can read it: itself, or links (copies across file systems) of the server's part.

    Root's own cache is closed to the user that the server runs as.
    """
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in (programs, *programs.parents)):
        return programs
    libraries = [path.relative_to(programs) for path in (programs / "usr" / "lib").glob("*-linux-gnu")]
    for part in (Path("wrap"), Path("usr/lib/postgresql"), Path("usr/share/postgresql"), *libraries):
        shutil.copytree(programs / part, copy / part, copy_function=_link, symlinks=True)
    return copy


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _answers(server: Postgres, process: "subprocess.Popen[bytes]") -> bool:
    if process.poll() is not None:
        raise AssertionError(f"PostgreSQL ended with {process.returncode}:\n{(server.folder / 'log').read_text()}")
    try:
        psycopg.connect(server.address(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _other(user: str) -> str | None:
    return user if os.geteuid() == 0 else None


def _group(user: str) -> int | None:
    return pwd.getpwnam(user).pw_gid if os.geteuid() == 0 else None


def _no_groups() -> list[int] | None:
    return [] if os.geteuid() == 0 else None


def _as(user: str, command: list[str | Path]) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        timeout=120,
        check=False,
        cwd="/",
        user=_other(user),
        group=_group(user),
        extra_groups=_no_groups(),
    )
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} failed:\n{done.stderr.decode(errors='replace')}")
