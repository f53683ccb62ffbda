"""`callcentre password`: the one way to a password for who is not of the demo."""

import sys
from getpass import getpass

from callcentre.installation import Installation
from calls.clock import AnchoredClock
from calls.ids import AgentId
from database.engine import open_engine
from database.users import DatabaseUsers
from staff.passwords import LONGEST, fault_of
from staff.users import AuditEntry


class UnfitPassword(Exception):
    """It cannot be set. The message says why and what to do."""


def new_password(login: str) -> str:
    """Asked for, never an argument: others on this machine see arguments. Raises UnfitPassword."""
    if sys.stdin.isatty():
        told = getpass("New password: ")
        if told != getpass("The same again: "):
            raise UnfitPassword("The two differ; nothing was changed. Try again.")
    else:
        told = sys.stdin.readline(4 * LONGEST).removesuffix("\n").removesuffix("\r")
    if fault := fault_of(told, AgentId(login)):
        raise UnfitPassword(f"{fault} Nothing was changed.")
    return told


def set_password(installation: Installation, login: str, password: str, actor: str) -> None:
    """Raises UnfitPassword when nobody has this login, StaffUnavailable."""
    from callcentre import serving

    entry = AuditEntry(AnchoredClock().now(), actor, "password_set", login, "")
    engine = open_engine(installation.database_url, serving.call_limits(installation))
    try:
        DatabaseUsers(engine).set_password(AgentId(login), password, entry)
    except ValueError as nobody:
        raise UnfitPassword(f"{nobody} Nothing was changed.") from None
    finally:
        engine.dispose()
