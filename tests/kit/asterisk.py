"""A private Asterisk on a loopback address of its own, for tests and benchmarks.

    with AsteriskNode.fresh("127.32.1.1", trunk="127.32.1.11") as node:
        node.rx("core show channels")

Fully booted when the block begins, stopped when it ends; folders, ports and RTP range are its own. Without the private
tree the test is skipped with the reason, and fails with CI=true.
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import pytest

from dialplan import launch
from dialplan.private_tree import PrivateTree, running_tree
from dialplan.render import AsteriskConfig, render
from tests.kit.waiting import eventually_sync

BOOT_S: Final = 20.0
STOP_S: Final = 30.0
"""A registration that waits for a provider who is away keeps Asterisk from ending for more than ten."""
ASK_S: Final = 10.0


class AsteriskDied(AssertionError):
    """Asterisk ended where it should run; says what it wrote last."""


def tree_or_skip() -> PrivateTree:
    """The private tree; without it the test is skipped, or fails with CI=true."""
    tree = running_tree()
    faults = tree.missing()
    if faults:
        if os.environ.get("CI") == "true":
            pytest.fail("\n".join(faults))
        pytest.skip(faults[0])
    return tree


class AsteriskNode:
    """Stopped and started as often as a test likes; the state of its folders stays between."""

    def __init__(self, config: AsteriskConfig, owned: Path | None = None) -> None:
        self.config: Final = config
        self._owned = owned
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def fresh(cls, address: str, trunk: str | tuple[str, ...] = (), **changes: Any) -> Self:
        """A node in a temporary folder of its own, removed at the end. `changes`: fields of AsteriskConfig.

        The agents' telephones are plain (UDP) ones and may be silent unless the changes say otherwise. A socket's path
        is short by law, so the folder is not pytest's tmp_path.
        """
        tree = tree_or_skip()
        folder = Path(tempfile.mkdtemp(prefix="ast-"))
        (folder / "prompts").mkdir()
        config = AsteriskConfig(
            node="test",
            state=folder / "node",
            prompts=folder / "prompts",
            tree=tree,
            ami_secret=secrets.token_urlsafe(18).lstrip("-_") + "x",
            agi_secret=secrets.token_urlsafe(18).lstrip("-_") + "x",
            bind=address,
            control=address,
            agi_host=address,
            trunk_matches=(trunk,) if isinstance(trunk, str) else trunk,
            telephones="plain",
            rtp_timeout_s=0,
        )
        return cls(replace(config, **changes), folder)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._owned is not None:
            shutil.rmtree(self._owned, ignore_errors=True)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise AsteriskDied("Asterisk was not started.")
        return self._process.pid

    @property
    def server(self) -> str:
        """Where telephones find it: "address:port"."""
        return f"{self.config.bind}:{self.config.sip_port}"

    def start(self, around: Mapping[str, str] | None = None) -> None:
        """Render, start, wait until fully booted. Errors: AsteriskDied with the end of its log, NotInTime."""
        render(self.config)
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                launch.command(self.config),
                env=launch.environment(self.config, around),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
            )
        eventually_sync(self._booted, BOOT_S, "Asterisk is fully booted")

    def stop(self) -> None:
        """End it as the supervisor does; a stopped one is left as it is."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AsteriskDied(f"Asterisk did not end within {STOP_S:.0f} s of SIGTERM.") from None

    def kill(self) -> None:
        """As a crash: SIGKILL. `start` may follow."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def rx(self, question: str) -> str:
        """What its console answers, through the control socket."""
        answer = subprocess.run(
            launch.ask(self.config, question), capture_output=True, timeout=ASK_S, check=False, env=self._environment()
        )
        return answer.stdout.decode("utf-8", "replace")

    def log(self) -> str:
        """Its log of notices, warnings and errors so far."""
        return self.config.log.read_text("utf-8", "replace") if self.config.log.exists() else ""

    @property
    def _output(self) -> Path:
        return self.config.state / "output.log"

    def _environment(self) -> dict[str, str]:
        return launch.environment(self.config)

    def _booted(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            written = self._output.read_text("utf-8", "replace")[-2000:]
            raise AsteriskDied(f"Asterisk ended while it started.\n{written}\n{self.log()[-2000:]}")
        return self.config.control_socket.exists() and "fully booted" in self.rx("core waitfullybooted").lower()
