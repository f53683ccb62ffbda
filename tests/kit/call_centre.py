"""The whole call centre as a user starts it: `callcentre run` in a state folder and on loopback addresses of its own.

    with CallCentre.fresh("127.33.1") as centre:
        centre.pid("ivr")

The private tree and the prompts come from the cache that all checkouts share; everything else is made anew.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, Self

from callcentre.installation import Installation
from callcentre.keys import Keys
from callcentre.settings import Places
from callcentre.settings_file import load_settings
from tests.kit.asterisk import tree_or_skip
from tests.kit.left_behind import left_behind
from tests.kit.rendered import copy_rendered
from tests.kit.waiting import eventually_sync

START_S: Final = 180.0
FROM_NOTHING_S: Final = 900.0
"""Packages and servers over a slow line; the benchmark's limit is far less."""
STOP_S: Final = 40.0
COMMAND_S: Final = 60.0

SETTINGS: Final = """
[listen]
address = "{net}.1"
port = 8000
[asterisk]
address = "{net}.2"
rtp_first = 20000
rtp_last = 29999
{trunk}
[telephones]
kind = "{telephones}"
[ivr]
address = "{net}.2"
[demo]
customers = 30
{more}
"""

SIMPLE_TRUNK: Final = """
[trunk]
addresses = ["{net}.11"]
"""
TRUNK_BOTH_WAYS: Final = """
[trunks.provider]
addresses = ["{net}.11"]
server = "{net}.11"
order = 1
from_number = "+78000000000"
numbers = "e164"
"""
"""The provider also takes calls: callbacks, outside telephones."""


def own_net(number: int = 0) -> str:
    """Three parts of loopback addresses that no other test process of this machine uses; another `number`, others.

    `number`: 0 to 3. A file whose centre may run beside the one of its folder's conftest takes a number of its own.
    """
    assert 0 <= number < 4, "a fifth would be the first one again"
    process = os.getpid()
    return f"127.{64 + (process // 250 + 32 * number) % 128}.{process % 250 + 1}"


class CallCentreDied(AssertionError):
    """`callcentre run` ended where it should run; says what it wrote last."""


class CallCentre:
    """One running installation. `net` is the first three parts of its loopback addresses.

    `listen`: an address that other machines reach, given as `--listen`. `more`: further settings; nobody pays without
    a table of payments in them. `checkout`: started
    by the `./run` of this one, which has everything to prepare, with a cache of its own.
    """

    def __init__(
        self,
        net: str,
        state: Path,
        telephones: str,
        more: str = "",
        listen: str = "",
        checkout: Path | None = None,
        trunk: str = SIMPLE_TRUNK,
    ) -> None:
        self.checkout: Final = checkout
        self.net: Final = net
        self.state: Final = state
        self.listen: Final = listen
        self.desk: Final = f"https://{listen}:8000" if listen else f"http://{net}.1:8000"
        self.sip: Final = listen or f"{net}.2"
        self.trunk: Final = f"{net}.11"
        self.hotline: Final = "88000000000"
        self._process: subprocess.Popen[bytes] | None = None
        if "[payments]" not in more:
            more += '\n[payments]\ngateway = "none"\n'  # a call about something else hears nothing of cards
        (state / "callcentre.toml").write_text(
            SETTINGS.format(net=net, telephones=telephones, trunk=trunk.format(net=net), more=more), "utf-8"
        )

    @classmethod
    def fresh(
        cls,
        net: str,
        telephones: str = "sip",
        database: str = "",
        listen: str = "",
        trunk: str = SIMPLE_TRUNK,
        more: str = "",
    ) -> Self:
        """`database`: the address of an empty one; SQLite in the state folder otherwise. `more`: further settings."""
        tree_or_skip()
        more += f'\n[database]\nurl = "{database}"' if database else ""
        state = Path(tempfile.mkdtemp(prefix="cc-"))
        copy_rendered(state / "prompts")
        return cls(net, state, telephones, more, listen, trunk=trunk)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if "CALLCENTRE_KEEP" not in os.environ:
            shutil.rmtree(self.state, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        own = {"CALLCENTRE_STATE": str(self.state)}
        if self.checkout:
            cache = self.state / "cache"
            own |= {"CALLCENTRE_CACHE": str(cache), "PIP_NO_CACHE_DIR": "1", "NPM_CONFIG_CACHE": str(cache / "npm")}
        return os.environ | own

    def start(self) -> None:
        """Prepare and start; returns when everything serves. Errors: CallCentreDied with what was written."""
        with (self.state / "run.log").open("ab") as output:
            self._process = subprocess.Popen(
                self._command(),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        eventually_sync(self._runs, FROM_NOTHING_S if self.checkout else START_S, "the call centre runs", every_s=0.1)

    def stop(self) -> None:
        """As Ctrl-C does, after a search for what must not be kept (tests.kit.left_behind).

        Errors: CallCentreDied when it does not end in time, AssertionError when a secret was found.
        """
        if self._process is None:
            return
        left = left_behind(self.installation()) if self._runs_now() else []
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise CallCentreDied(f"It did not end within {STOP_S:.0f} s of SIGTERM.\n{self.said()}") from None
        assert left == [], "what calls have keyed must not be kept anywhere"

    def installation(self) -> Installation:
        """The installation as its own processes see it."""
        places = Places(self.state, self.state)
        return Installation(load_settings(places.settings_file), places, Keys(places.keys))

    def said(self) -> str:
        """What it told its user so far."""
        return (self.state / "run.log").read_text("utf-8", "replace")

    def log(self, name: str) -> str:
        """The log of one of its processes."""
        path = self.state / "log" / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def pid(self, name: str) -> int:
        """The process of "redis", "asterisk", "voice", "acd", "acd-2", "ivr", "desktop", "monitor" or "notices"."""

        def found() -> int | None:
            running = json.loads((self.state / "run" / "processes.json").read_text("utf-8"))
            return int(running[name]) if name in running else None

        return int(eventually_sync(found, START_S, f"{name} was started"))

    def kill(self, name: str) -> int:
        """SIGKILL to one process, as a crash; the id that it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def freeze(self, name: str) -> int:
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        return pid

    @staticmethod
    def thaw(pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def password(self, login: str) -> str:
        return str(json.loads((self.state / "keys" / "sign-ins.json").read_text("utf-8"))[login])

    def prompt(self, language: str, prompt_id: str) -> Path:
        """The file of a static prompt as Asterisk plays it to a trunk (A-law)."""
        return self.state / "prompts" / language / f"{prompt_id}.alaw"

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What `callcentre` says to these words beside the running centre."""
        script = str(Path(sys.executable).with_name("callcentre"))
        return subprocess.run(
            [script, *words], env=self.environment, capture_output=True, text=True, timeout=COMMAND_S, check=False
        )

    def _command(self) -> list[str]:
        script = Path(sys.executable).with_name("callcentre")
        run = [str(self.checkout / "run")] if self.checkout else [str(script), "run"]
        return [*run, "--listen", self.listen] if self.listen else run

    def _runs_now(self) -> bool:
        return (self.state / "run" / "running.json").exists()

    def _runs(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise CallCentreDied(f"It ended while it started.\n{self.said()[-4000:]}")
        return self._runs_now()
