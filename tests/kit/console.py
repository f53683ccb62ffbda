"""Asterisk's own console in a running call centre."""

import subprocess
from collections.abc import Callable
from functools import partial

from callcentre.prepare import asterisk_config
from dialplan import launch
from tests.kit.call_centre import CallCentre
from tests.kit.waiting import eventually

ASK_S = 10


def ask(centre: CallCentre, question: str) -> str:
    """What it answers."""
    config = asterisk_config(centre.installation())
    answer = subprocess.run(
        launch.ask(config, question), capture_output=True, timeout=ASK_S, check=False, env=launch.environment(config)
    )
    return answer.stdout.decode("utf-8", "replace")


def trunk_lives(asked: Callable[[str], str], trunk: str) -> bool | None:
    """Whether the provider answers; None: not known yet. `asked` is a console; it asks the provider at once."""
    asked(f"pjsip qualify trunk-{trunk}")
    rows = [
        row for row in asked("pjsip show contacts").splitlines() if f"trunk-{trunk}/" in row and " NonQual " not in row
    ]
    return any(" Avail " in row for row in rows) if rows else None


async def trunk_is_there(centre: CallCentre, trunk: str) -> None:
    """Wait until the provider is known to be alive."""
    await eventually(lambda: trunk_lives(partial(ask, centre), trunk), 15, f"{trunk} is there", every_s=0.3)
