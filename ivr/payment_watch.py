"""Who looks on while a caller pays out of a talk with an agent: told of steps and counts, never of what is keyed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from calls.paying import PayResult, PayStep
from ivr.words import Result

RESULTS: Final[Mapping[Result, PayResult]] = MappingProxyType(
    {
        Result.PAID: PayResult.PAID,
        Result.DECLINED: PayResult.DECLINED,
        Result.UNCLEAR: PayResult.UNCLEAR,
        Result.UNDER_WAY: PayResult.UNDER_WAY,
        Result.SENT: PayResult.SENT,
        Result.CANCELLED: PayResult.LEFT,
        Result.UNAVAILABLE: PayResult.UNAVAILABLE,
    }
)
"""What the agent is told of a flow's answer."""


class PaymentWatch(Protocol):
    """Nothing here may keep the caller waiting, or raise."""

    def step(self, step: PayStep, keyed: int = 0) -> None:
        """The caller is at `step`; so many digits of what it asks for are keyed."""

    def over(self, result: PayResult, receipt: str = "") -> None:
        """How it ended; only the first time counts. `receipt`: its number."""


class Unwatched:
    """The caller is alone with the self-service."""

    def step(self, step: PayStep, keyed: int = 0) -> None: ...

    def over(self, result: PayResult, receipt: str = "") -> None: ...
