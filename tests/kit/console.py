"""Asterisk's own console in a running call centre."""

import subprocess

from callcentre.prepare import asterisk_config
from dialplan import launch
from tests.kit.call_centre import CallCentre
from tests.kit.kept import installed
from tests.kit.waiting import eventually

ASK_S = 10


def ask(centre: CallCentre, question: str) -> str:
    """What it answers."""
    config = asterisk_config(installed(centre))
    answer = subprocess.run(
        launch.ask(config, question), capture_output=True, timeout=ASK_S, check=False, env=launch.environment(config)
    )
    return answer.stdout.decode("utf-8", "replace")


async def trunk_is_there(centre: CallCentre, trunk: str) -> None:
    """Wait until the provider is known to be alive: asked at once instead of at Asterisk's next turn."""

    def found() -> bool:
        ask(centre, f"pjsip qualify trunk-{trunk}")
        return any(
            f"trunk-{trunk}/" in row and " Avail " in row for row in ask(centre, "pjsip show contacts").splitlines()
        )

    await eventually(found, 15, f"{trunk} is there", every_s=0.3)
