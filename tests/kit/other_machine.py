"""Another machine on a line to this one: a network namespace and a pair of virtual cards, made and removed by a test.

    with other_machine() as other:
        subprocess.run(other.command("curl", f"https://{other.here}/"))

Only root may make one: an ordinary user's test is skipped with the reason.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

LIMIT_S = 10


@dataclass(frozen=True, slots=True)
class OtherMachine:
    """`here`: our address on the line; `there`: the other machine's."""

    here: str
    there: str
    space: str

    def command(self, *words: str) -> tuple[str, ...]:
        """The words that run a program on the other machine."""
        return (*_ip("netns", "exec", self.space), *words)

    def launcher(self, program: Path, folder: Path) -> Path:
        """A file in `folder` that starts the program over there, for those who take one path only."""
        path = folder / program.name
        path.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(str(program)))} "$@"\n', "utf-8")
        path.chmod(0o755)
        return path


@contextmanager
def other_machine() -> Iterator[OtherMachine]:
    """Up while inside. Without root or iproute2: skipped; a failure with CI=true when root cannot make it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("Another machine needs root and `ip` (iproute2), to make a network namespace.")
    number = os.getpid()
    # 198.18.0.0/15 is set aside for such lines (RFC 2544); four addresses a process.
    net = f"198.18.{number // 64 % 256}.{{}}"
    one = OtherMachine(net.format(number % 64 * 4 + 1), net.format(number % 64 * 4 + 2), f"cc{number}")
    ours, theirs = f"cca{number}", f"ccb{number}"
    steps = (
        ("netns", "add", one.space),
        ("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", one.space),
        ("address", "add", f"{one.here}/30", "dev", ours),
        ("link", "set", ours, "up"),
        ("-n", one.space, "address", "add", f"{one.there}/30", "dev", theirs),
        ("-n", one.space, "link", "set", theirs, "up"),
        ("-n", one.space, "link", "set", "lo", "up"),
    )
    try:
        for step in steps:
            made = subprocess.run(_ip(*step), capture_output=True, text=True, timeout=LIMIT_S, check=False)
            if made.returncode != 0:
                why = f"This machine lets no network namespace be made: {made.stderr.strip()}"
                pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
        yield one
    finally:
        for step in (("link", "delete", ours), ("netns", "delete", one.space)):
            subprocess.run(_ip(*step), capture_output=True, timeout=LIMIT_S, check=False)


def _ip(*words: str) -> tuple[str, ...]:
    return (shutil.which("ip") or "ip", *words)
