"""How each trunk stands, as the running Asterisk tells on its console: registered or not, the provider there or not."""

import re
import subprocess
from dataclasses import dataclass
from typing import Final

from dialplan import launch
from dialplan.render import AsteriskConfig
from dialplan.trunks import Trunk

_ASK_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class TrunkState:
    """`said` is for a person: what is, or what is wrong and what to do."""

    name: str
    fine: bool
    said: str


def trunk_states(config: AsteriskConfig) -> list[TrunkState]:
    """The state of every trunk. Raises OSError, subprocess.SubprocessError when Asterisk does not answer."""
    registrations, contacts = _ask(config, "pjsip show registrations"), _ask(config, "pjsip show contacts")
    return [trunk_state(trunk, registrations, contacts) for trunk in config.all_trunks]


def trunk_state(trunk: Trunk, registrations: str, contacts: str) -> TrunkState:
    """Read from the two tables of the console. Pure."""
    faults, words = [], []
    if trunk.user:
        found = re.search(rf"^\s*{re.escape(trunk.endpoint)}/\S+\s+\S+\s+(\w+)", registrations, re.MULTILINE)
        if found and found[1] == "Registered":
            words.append("registered")
        elif found and found[1] == "Rejected":
            faults.append(f"{trunk.server} refuses the registration: correct user and secret_file")
        else:
            faults.append(f"not registered at {trunk.server}: is the server right, and reached from here?")
    if trunk.server:
        found = re.search(rf"Contact:\s+{re.escape(trunk.endpoint)}/\S+\s+\S+\s+(\w+)\s+(\S+)", contacts)
        if found and found[1] == "Avail":
            words.append(f"answers in {float(found[2]):.0f} ms")
        elif found and found[1] == "NonQual":
            words.append("not asked yet")
        else:
            faults.append(f"{trunk.server} does not answer: is it right, and reached from here?")
    if not trunk.server:
        words.append(f"takes calls from {', '.join(trunk.addresses) or 'nowhere'}")
    return TrunkState(trunk.name, not faults, "; ".join(faults or words))


def _ask(config: AsteriskConfig, question: str) -> str:
    answer = subprocess.run(
        launch.ask(config, question),
        capture_output=True,
        timeout=_ASK_S,
        check=True,
        env=launch.environment(config),
    )
    return answer.stdout.decode("utf-8", "replace")
