"""The sandbox acquirer's test cards. It takes no other: a real card that somebody keys by mistake is refused unseen."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from customers.payments import DeclineReason


class Conduct(StrEnum):
    """What the acquirer does with a card."""

    APPROVE = "approve"
    SLOW = "slow"
    """Charges, but takes its time."""
    SILENT = "silent"
    """Charges and never answers."""
    TWICE = "twice"
    """Charges twice under one key: only the register of the day shows it."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds: what a slow card takes, and how long a silent one keeps its line open."""

    slow_s: float = 4.0
    silent_s: float = 120.0


USUAL: Final = Delays()


@dataclass(frozen=True, slots=True)
class SandboxCard:
    number: str
    conduct: Conduct
    reason: DeclineReason | None = None


TEST_CARDS: Final = (
    SandboxCard("2200000000000012", Conduct.APPROVE),
    SandboxCard("2200000000000020", Conduct.REFUSE, DeclineReason.INSUFFICIENT_FUNDS),
    SandboxCard("2200000000000038", Conduct.REFUSE, DeclineReason.CARD_EXPIRED),
    SandboxCard("2200000000000046", Conduct.REFUSE, DeclineReason.WRONG_CVV),
    SandboxCard("2200000000000053", Conduct.REFUSE, DeclineReason.LIMIT),
    SandboxCard("2200000000000061", Conduct.REFUSE, DeclineReason.BLOCKED),
    SandboxCard("2200000000000079", Conduct.REFUSE, DeclineReason.REFUSED),
    SandboxCard("2200000000000087", Conduct.SLOW),
    SandboxCard("2200000000000095", Conduct.SILENT),
    SandboxCard("2200000000000103", Conduct.TWICE),
)
REFUSED_CVV: Final = "000"
"""With any card: the wrong CVV, without keying another number."""
UNKNOWN: Final = SandboxCard("", Conduct.REFUSE, DeclineReason.WRONG_CARD)
_BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}


def conduct_of(number: str) -> SandboxCard:
    return _BY_NUMBER.get(number, UNKNOWN)
