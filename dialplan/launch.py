"""How Asterisk is started in the foreground, and how its control socket is asked; performing it is the supervisor's."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dialplan.render import AsteriskConfig

_KEPT: Final = ("PATH", "LANG", "TZ")


def command(config: AsteriskConfig) -> tuple[str, ...]:
    """Asterisk in the foreground, without colours; it ends on SIGTERM within a second."""
    return (str(config.tree.asterisk), "-f", "-n", "-C", str(config.file))


def ask(config: AsteriskConfig, question: str) -> tuple[str, ...]:
    """The command that puts one line to the running Asterisk's console and prints the answer."""
    return (str(config.tree.asterisk), "-n", "-C", str(config.file), "-rx", question)


def environment(config: AsteriskConfig, around: Mapping[str, str] | None = None) -> dict[str, str]:
    """What Asterisk may see of the surroundings (default: this process's): no secret of another program."""
    seen = os.environ if around is None else around
    return {name: seen[name] for name in _KEPT if name in seen} | {"HOME": str(config.state), "LC_ALL": "C.UTF-8"}


def unix_socket(config: AsteriskConfig) -> Path:
    """The control socket; it exists once Asterisk runs. Who may write to it commands Asterisk: it has mode 0600."""
    return config.control_socket
