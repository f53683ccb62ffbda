"""Breaks of supply: where they are, how long they are told of, and what staff may enter. Pure.

Rules
- An emergency is told from its beginning until staff end it. One that nobody ended is told so long past its expected
  restoration as OVERDUE_S: a forgotten entry must not send callers away for ever.
- Planned work is told from SOON_S before it begins until its end; unasked only from UNASKED_S before.
- Staff name streets, single houses of them, or a feeder, which stands for the places that it supplies.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from calls.clock import Instant, after
from customers.accounts import CAUSES, Outage, OutageKind
from customers.addresses import Street

LocalityCode = NewType("LocalityCode", str)
"""Three digits as printed on the bill beside the settlement's name: 105."""

LOCALITY_DIGITS: Final = 3
SOON_S: Final = 14 * 24 * 3600
"""Planned work is told, and on the card, so long before it begins, in seconds."""
UNASKED_S: Final = 2 * 24 * 3600
OVERDUE_S: Final = 3 * 3600
RETAKE_S: Final = 24 * 3600
"""So long after its end staff may say that an outage goes on after all."""
LONGEST_S: Final = 30 * 24 * 3600
"""No outage is expected to last longer."""
MOST_PLACES: Final = 200
LONGEST_CAUSE: Final = 120

_LOOK_ALIKE = str.maketrans("aceopxy", "асеорху")
_HOUSE = re.compile(r"[0-9]{1,4}[а-яё]?(/[0-9]{1,3}[а-яё]?)?")


@dataclass(frozen=True, slots=True)
class Locality:
    """`settlement` with its kind: "с. Ключи"."""

    code: LocalityCode
    settlement: str


@dataclass(frozen=True, slots=True)
class OutageAt:
    """An outage with one street that it concerns; `zone` is the street's IANA time zone."""

    outage: Outage
    street: Street
    zone: str


@dataclass(frozen=True, slots=True)
class LocalityOutages:
    locality: Locality
    outages: tuple[OutageAt, ...]


@dataclass(frozen=True, slots=True)
class OutagePlace:
    """A street by its id, or one house of it; an empty house is the whole street."""

    street_id: int
    house: str = ""


@dataclass(frozen=True, slots=True)
class Feeder:
    """A line of the network by the name that dispatchers use, and how many places it supplies."""

    feeder_id: int
    name: str
    places: int


@dataclass(frozen=True, slots=True)
class Author:
    """Who of the staff did it, and from which address."""

    login: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class NewOutage:
    """What staff enter. `until`: the expected restoration, None when nobody knows it yet."""

    kind: OutageKind
    cause: str
    since: Instant
    until: Instant | None
    places: tuple[OutagePlace, ...] = ()
    feeder_id: int | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """How many want to be told when power is back, by the way they chose, and what became of them so far."""

    text: int = 0
    ring: int = 0
    told: int = 0
    not_reached: int = 0

    @property
    def together(self) -> int:
        return self.text + self.ring


@dataclass(frozen=True, slots=True)
class KnownOutage:
    """An outage as staff see it; `places` are the streets in words, with the houses where they are named.

    `watched`: who wants to be told of its end. `ended_at`: None while it goes on.
    """

    outage: Outage
    places: tuple[tuple[Street, tuple[str, ...]], ...]
    zone: str
    watched: Watched = Watched()
    ended_at: Instant | None = None


class Fault(StrEnum):
    """Why an entry is refused; the desk has a sentence for each."""

    NO_PLACE = "no_place"
    TOO_MANY_PLACES = "too_many_places"
    UNKNOWN_PLACE = "unknown_place"
    """No such street, or no such feeder."""
    HOUSE = "house"
    CAUSE = "cause"
    UNTIL = "until"
    """Planned work without an end, an end before the beginning or in the past, or too far away."""
    SINCE = "since"


class OutageRefused(Exception):
    """The entry cannot be taken; nothing was changed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"The outage was not entered: {fault.value}. Mend the entry and try again.")
        self.fault = fault


def check(new: NewOutage, now: Instant) -> None:
    """Raises OutageRefused for what nobody should hear of."""
    if not new.places and new.feeder_id is None:
        raise OutageRefused(Fault.NO_PLACE)
    if len(new.places) > MOST_PLACES:
        raise OutageRefused(Fault.TOO_MANY_PLACES)
    if any(place.house and not _HOUSE.fullmatch(place.house) for place in new.places):
        raise OutageRefused(Fault.HOUSE)
    if new.cause not in CAUSES and not (0 < len(new.cause) <= LONGEST_CAUSE and new.cause.isprintable()):
        raise OutageRefused(Fault.CAUSE)
    if not after(now, -LONGEST_S) <= new.since <= after(now, 365 * 24 * 3600):
        raise OutageRefused(Fault.SINCE)
    if new.kind is OutageKind.EMERGENCY and new.since > now:
        raise OutageRefused(Fault.SINCE)
    check_until(new.kind, new.since, new.until, now)


def check_until(kind: OutageKind, since: Instant, until: Instant | None, now: Instant) -> None:
    """Raises OutageRefused for an end that cannot be."""
    if until is None:
        if kind is OutageKind.PLANNED:
            raise OutageRefused(Fault.UNTIL)
        return
    if until <= since or until <= now or until > after(max(since, now), LONGEST_S):
        raise OutageRefused(Fault.UNTIL)


def house(text: str) -> str:
    """A house as it is stored: no spaces, small letters, Latin letters that look Russian are: "14 A" -> "14а"."""
    return "".join(text.split()).lower().translate(_LOOK_ALIKE)


def is_over(outage: Outage, now: Instant) -> bool:
    """Whether callers hear of it no more."""
    if outage.until is None:
        return False
    grace_s = OVERDUE_S if outage.kind is OutageKind.EMERGENCY else 0
    return after(Instant(outage.until), grace_s) <= now


def unasked(outage: Outage, now: Instant) -> bool:
    """Whether a caller whom it concerns hears of it before the menu."""
    return not is_over(outage, now) and outage.since <= after(now, UNASKED_S)
