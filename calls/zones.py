"""Time zones by their IANA names. Instants are UTC everywhere; a zone is needed only to show or mean a local time."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

SUPPLIER_ZONE: Final = "Europe/Moscow"
"""The zone of queues and addresses that have never been given another."""


def checked_zone(name: str) -> str:
    """The name if it is a zone that Python and every browser know. Raises ValueError."""
    if name != "UTC" and ("/" not in name or name not in _names()):
        raise ValueError("use an IANA time zone such as Europe/Moscow or Asia/Yekaterinburg")
    return name


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of this name. Raises ValueError when there is none."""
    return ZoneInfo(checked_zone(name))


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
