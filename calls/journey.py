"""What the caller did, as meaning: steps and facts. Never raw keys, PINs, codes or card digits."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from calls.clock import Instant
from calls.menu_steps import MOST_STEPS, MenuStep
from calls.numbers import PhoneNumber

JOURNEY_VERSION = 1
"""Raised when the meaning of a step's fields changes; every step carries the version it was written in."""


class Language(StrEnum):
    RU = "ru"
    EN = "en"


class Identification(StrEnum):
    """How sure we are who is calling. A caller's number can be forged, so a known number alone proves little."""

    ANONYMOUS = "anonymous"
    KNOWN_NUMBER = "known_number"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a journey: in `flow` (a file of ivr/flows) the caller chose `choice`, which ended as `outcome`.

    `choice` and `outcome` are words of the flow ("balance", "debt", "wrong_pin"), never digits keyed.
    """

    at: Instant
    flow: str
    choice: str
    outcome: str
    version: int = JOURNEY_VERSION


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when it leaves the menu; shown to the agent at the ring.

    `accounts` are the account numbers that the caller's number belongs to; `account` the one in question.
    `topic` is what the caller asked for: a word of the menu ("balance", "emergency", "agent").
    `menus` are for figures and shown to nobody.
    """

    caller_number: PhoneNumber | None = None
    dialled: str = ""
    language: Language = Language.RU
    identification: Identification = Identification.ANONYMOUS
    account: str | None = None
    accounts: tuple[str, ...] = ()
    topic: str = "agent"
    journey: tuple[Step, ...] = field(default=())
    menus: tuple[MenuStep, ...] = ()

    def with_step(self, at: Instant, flow: str, choice: str, outcome: str) -> "CallFacts":
        return replace(self, journey=(*self.journey, Step(at, flow, choice, outcome)))

    def with_menu(self, step: MenuStep) -> "CallFacts":
        return replace(self, menus=(*self.menus, step)[:MOST_STEPS])
