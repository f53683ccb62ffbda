"""Where the programs of the private trees are; the trees are made by provision.sh, outside of the checkout.

1. `running_tree` holds what `./run` needs: Asterisk with its sounds, sipp, Redis, RHVoice with a Python of its own.
2. `testing_tree` holds what only `./test` needs: PostgreSQL, Chromium, fonts.
3. Each program is started by its launcher in `wrap/`, which names the tree's own libraries; the process keeps its id
   but is called ld-linux-... in process lists: keep the id, never look for a name.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

PROVISION: Final = Path(__file__).parent / "provision.sh"
_WHERE_LIMIT_S: Final = 20.0  # a shell that prints a path; longer only on a machine that swaps

Kind = Literal["run", "test", "pip"]

_PROGRAMS: Final[dict[Kind, tuple[str, ...]]] = {
    "run": ("asterisk", "sipp", "redis-server", "redis-cli", "python3"),
    "test": ("postgres", "initdb", "pg_ctl", "psql", "chromium"),
    "pip": (),
}
_DATA: Final[dict[Kind, tuple[str, ...]]] = {
    "run": (
        "usr/share/asterisk/sounds/ru/beep.wav",
        "usr/share/asterisk/sounds/en/beep.wav",
        "usr/share/asterisk/moh",
        "usr/share/asterisk/documentation",
        "usr/share/RHVoice/voices",
    ),
    "test": ("fonts.conf", "usr/share/fonts/truetype"),
    "pip": ("pip.whl",),
}


class TreeNotFound(Exception):
    """The place of a tree could not be worked out. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PrivateTree:
    """One unpacked tree of programs; existing or not, see `missing`."""

    root: Path
    kind: Kind

    def program(self, name: str) -> Path:
        """The launcher of a program, e.g. `asterisk`."""
        return self.root / "wrap" / name

    @property
    def asterisk(self) -> Path:
        return self.program("asterisk")

    @property
    def asterisk_modules(self) -> Path:
        """The folder of Asterisk's loadable modules."""
        found = sorted((self.root / "usr/lib").glob("*-linux-gnu/asterisk/modules"))
        return found[0] if found else self.root / "usr/lib/asterisk/modules"

    @property
    def asterisk_data(self) -> Path:
        """Asterisk's sounds, music and documentation (which it needs to know its own options)."""
        return self.root / "usr/share/asterisk"

    @property
    def redis_server(self) -> Path:
        return self.program("redis-server")

    @property
    def voice_python(self) -> Path:
        """The Python of the tree, in which `libRHVoice.so.5` can be loaded by that name."""
        return self.program("python3")

    @property
    def chromium(self) -> Path:
        return self.program("chromium")

    def versions(self) -> dict[str, str]:
        """Package name to version, as unpacked; empty while the tree is not there."""
        try:
            lines = (self.root / "versions.txt").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return {}
        return dict(line.split(" ", 1) for line in lines if " " in line)

    def missing(self) -> list[str]:
        """What is not there, a sentence each with its remedy; empty when the tree is whole."""
        remedy = f"Make it with `dialplan/provision.sh {self.kind}`."
        if not (self.root / ".stamp").is_file():
            return [f"There is no private tree at {self.root}. {remedy}"]
        again = f"Remove {self.root}, then make it again with `dialplan/provision.sh {self.kind}`."
        programs = [self.program(name) for name in _PROGRAMS[self.kind]]
        faults = [
            f"{path} is missing or cannot be started. {again}" for path in programs if not os.access(path, os.X_OK)
        ]
        data = [self.root / path for path in _DATA[self.kind]]
        return faults + [f"{path} is missing. {again}" for path in data if not path.exists()]


def running_tree() -> PrivateTree:
    """What `./run` needs. Errors: TreeNotFound."""
    return PrivateTree(_where("run"), "run")


def testing_tree() -> PrivateTree:
    """What only `./test` needs. Errors: TreeNotFound."""
    return PrivateTree(_where("test"), "test")


def as_ordinary_user() -> tuple[str, ...]:
    """The words before a command that refuses to run as root (PostgreSQL); none for an ordinary user.

    Another user could not read a tree in root's own cache, so the command keeps the right to read files, also for
    access(2), which PostgreSQL asks about its own programs. Its data folder must belong to `nobody`.
    Errors: TreeNotFound when root's machine has no `setpriv`.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise TreeNotFound("`setpriv` is missing (package util-linux): run as an ordinary user instead of root.")
    nobody = pwd.getpwnam("nobody")
    keep = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup")
    return (setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", *keep)


def _where(kind: Kind) -> Path:
    try:
        answer = subprocess.run(
            ["/bin/bash", str(PROVISION), "where", kind],
            capture_output=True,
            text=True,
            timeout=_WHERE_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TreeNotFound(f"{PROVISION} could not be asked for the place of the tree: {error}.") from error
    if answer.returncode != 0:
        raise TreeNotFound(answer.stderr.strip() or f"{PROVISION} ended with status {answer.returncode}.")
    return Path(answer.stdout.strip())
