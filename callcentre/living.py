"""Which processes of this installation live: by the supervisor's list of them and the flags that they serve by."""

import json
import os
from collections.abc import Mapping

from callcentre.installation import Installation
from callcentre.run import own_processes


def living(installation: Installation) -> Mapping[str, bool]:
    """By name; empty when no supervisor of ours runs on this machine (each process is then looked after elsewhere)."""
    try:
        pids = json.loads((installation.places.run / "processes.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(pids, dict):
        return {}
    return {name: _lives(installation, name, pids[name]) for name in sorted(pids) if isinstance(pids[name], int)}


def _lives(installation: Installation, name: str, pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return name not in own_processes(installation.settings) or installation.ready_file(name).exists()
