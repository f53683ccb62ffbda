"""Compares a rendered configuration with dialplan/contract.py: what processes rely on must stand in the files."""

import re
from pathlib import Path
from typing import Final

from dialplan import contract

_CONTEXTS: Final = (
    contract.HOTLINE, contract.IVR, contract.WAITING, contract.RESCUE, contract.TAKE, contract.TALK, contract.AFTER,
    contract.REFUSAL, contract.HELD, contract.CONSULTING, contract.SECOND_LINE, contract.CONFERENCE, contract.PAYING,
    contract.OUTSIDE, contract.RING_BACK, contract.POWER_BACK, contract.FROM_NODE, contract.SOFTPHONE,
    contract.DEMO_PHONE, contract.ACCOUNTS, contract.NOWHERE,
)  # fmt: skip
_VARIABLES: Final = (
    contract.CALL, contract.ENQUEUED, contract.PRIORITY, contract.NEXT, contract.BEGUN, contract.NO_TAKE,
    contract.CALLER_CHANNEL, contract.BEAT, contract.DRAINED, contract.TOLD, contract.SAY, contract.NUMBER,
    contract.LINE, contract.OTHER, contract.PAYMENT, contract.ACCOUNT, contract.ACCOUNT_SECRET, contract.AGENT,
    contract.HELPED_BY,
)  # fmt: skip
_USER_EVENTS: Final = (
    contract.AFTER_BRIDGE, contract.CALL_WAITING, contract.ACCOUNT_OPENED, contract.OUTSIDE_FAILED,
    contract.CUSTOMER_REACHED, contract.CUSTOMER_NOT_REACHED, contract.CALLER_LEFT_PAYMENT,
)  # fmt: skip
_AGI_PATHS: Final = (
    contract.AGI_IVR, contract.AGI_MENU, contract.AGI_REFUSAL, contract.AGI_AFTER, contract.AGI_POWER_BACK,
    contract.AGI_PAY,
)  # fmt: skip
_LABELS: Final = {"known", "placed", "said", "told", "drained"}
_REMEDY: Final = "Run ./run --prepare; if it stays, dialplan/asterisk and dialplan/contract.py disagree."


def faults(folder: Path) -> list[str]:
    """What the rendered files in `folder` (etc) lack, a sentence each; empty when all is well."""
    texts: dict[str, str] = {}
    for name in ("extensions.conf", "manager.conf", "queues.conf"):
        try:
            texts[name] = (folder / name).read_text("utf-8")
        except OSError as error:
            return [f"{folder / name} cannot be read ({error.strerror}). {_REMEDY}"]
    plan = texts["extensions.conf"]
    contexts = set(re.findall(r"^\[([\w-]+)\]", plan, re.MULTILINE))
    found = [f"The context {name} is missing in extensions.conf." for name in _CONTEXTS if name not in contexts]
    found += [f"No step uses the variable {name}." for name in _VARIABLES if not re.search(rf"\b_*{name}\b", plan)]
    found += [f"No step runs the AGI path {path}." for path in _AGI_PATHS if f"}}/{path})" not in plan]
    targets = set(re.findall(r"(?:Goto\(|\?)([a-z][\w-]*),[^,)]+,1\)", plan)) - {
        "known",
        "placed",
        "said",
        "told",
        "drained",
    }
    found += [f"A step goes to the context {name}, which is missing." for name in sorted(targets - contexts)]
    events = set(re.findall(r"UserEvent\((\w+)", plan))
    found += [f"No step sends the event {name}." for name in _USER_EVENTS if name not in events]
    if f"channelvars = {contract.CALL}" not in texts["manager.conf"]:
        found.append(f"manager.conf does not put {contract.CALL} into the events.")
    if f"[{contract.RESCUE_QUEUE}]" not in texts["queues.conf"]:
        found.append(f"queues.conf lacks the queue {contract.RESCUE_QUEUE}.")
    return [f"{fault} {_REMEDY}" for fault in found]
