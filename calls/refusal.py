"""Why a caller cannot, or shall no longer, wait: one value for engine, dialplan and self-service.

It travels as the extension of one Redirect, so that caller and reason can never be parted:
    WHY_CALLBACK_TOLD_OPENS      closed_1_1_1795420800000
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from calls.clock import Instant


class Why(StrEnum):
    """What the caller is told. The letters are part of a dialplan extension: small, no underscore."""

    CLOSED = "closed"
    FULL = "full"
    NUMBER = "number"
    """Too many calls of this caller's number wait or talk already."""
    LATE = "late"
    NOBODY = "nobody"
    """No agent who may take the call is signed in."""

    @property
    def keeps_place(self) -> bool:
        """Whether the caller may also wait on: who has a place keeps it."""
        return self in {Why.LATE, Why.NOBODY}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`callback`: one is offered. `told`: how often this call was sent away, from 1. `opens_at`: None when unknown."""

    why: Why
    callback: bool
    told: int
    opens_at: Instant | None = None

    def extension(self) -> str:
        return f"{self.why}_{int(self.callback)}_{self.told}_{self.opens_at or 0}"


_FORM: Final = re.compile(r"([a-z]{4,6})_([01])_([1-9][0-9]{0,3})_(0|[1-9][0-9]{0,14})", re.ASCII)


def read_refusal(extension: str) -> Refusal | None:
    """The refusal in an extension, None when it is none."""
    found = _FORM.fullmatch(extension)
    if found is None or found[1] not in {why.value for why in Why}:
        return None
    return Refusal(Why(found[1]), found[2] == "1", int(found[3]), Instant(int(found[4])) if found[4] != "0" else None)
