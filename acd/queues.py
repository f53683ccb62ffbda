"""A queue's settings, whole: what the database keeps, the engine obeys and `callcentre settings export` writes.

They change live: the engine gets all of them as one event (QueuesChanged), and a waiting call keeps its place.
Times in seconds. Hours and days are meant in the queue's own time zone.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from calls.ids import AgentId, QueueId
from calls.journey import Language
from calls.zones import SUPPLIER_ZONE
from staff.skills import HIGHEST_LEVEL as HIGHEST_LEVEL
from staff.skills import LEAST_LEVEL as LEAST_LEVEL


@dataclass(frozen=True, slots=True)
class Ring:
    """A widening ring: from `after_s` of waiting on an agent of `level` is enough, and `without` is not asked for.

    Before the first ring the call asks for every skill at `Queue.level`. Rings follow each other by `after_s`.
    """

    after_s: int
    level: int = LEAST_LEVEL
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """Open on `weekday` (0 = Monday) from `opens_min` to `closes_min`: minutes of the local day, 1440 its end."""

    weekday: int
    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not like its weekday, as ISO date: open in these (from, to) minutes, closed without any."""

    day: str
    open_min: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When a queue is open. `holidays`: the country whose public holidays are closed days ("RU"), "" for none.

    A special day goes before both.
    """

    spans: tuple[Span, ...]
    holidays: str = ""
    special: tuple[SpecialDay, ...] = ()


class Cause(StrEnum):
    """Why a call cannot, or shall no longer, wait in its queue."""

    CLOSED = "closed"
    FULL = "full"
    """The queue's maximum is reached, no hold line is left, or this number has too many calls."""
    NO_AGENTS = "no_agents"
    """Nobody who may take it is signed in."""
    LATE = "late"
    """It has waited `Queue.late_s`."""


class Way(StrEnum):
    """Where an overflowing call goes."""

    QUEUE = "queue"
    """To another queue, with its first enqueue time."""
    CALLBACK = "callback"
    """The caller hears why and is offered a callback, then the self-service."""
    OUTSIDE = "outside"
    """To an outside telephone (the duty officer's)."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """One link of the chain: for these causes, that way. The first link that is possible is taken.

    `target`: the queue's id or the telephone number (E.164); empty for a callback. Without a link a call that is late
    or finds no agents waits on; one that finds the queue closed or full is told so and offered the self-service.
    """

    causes: frozenset[Cause]
    way: Way
    target: str = ""


@dataclass(frozen=True, slots=True)
class Announcements:
    """What a waiting caller hears, every `every_s` (0: only music), the first after `first_s`.

    `position` and `estimate` are said when they are known; `texts` are prompt ids of reference texts, taken in turn.
    """

    first_s: int = 20
    every_s: int = 45
    position: bool = True
    estimate: bool = True
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """`offered_after_s`: how long a caller waits before it is offered (0: never offered while waiting).

    A customer who does not answer is rung again after `pause_s`, at most `attempts` times, and only between the local
    minutes `from_min` and `to_min` of the day.
    """

    offered_after_s: int = 0
    attempts: int = 3
    pause_s: int = 900
    from_min: int = 9 * 60
    to_min: int = 21 * 60


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue's settings. `skills` are needed of an agent at `level`; the call may add some (its language).

    `target_s` orders calls; `threshold_s` is the T of the service level (None: the target), `standard` the share of
    calls that shall be answered inside it.
    """

    queue_id: QueueId
    title: str
    target_s: int
    skills: frozenset[str]
    offer_s: int = 15
    """How long an offer may ring."""
    wrap_up_s: int = 60
    strategy: str = "least_busy"
    zone: str = SUPPLIER_ZONE
    """IANA time zone in which the queue's days and hours are meant."""
    title_en: str = ""
    """`title` is Russian; without an English one it stands in both languages."""
    threshold_s: int | None = None
    standard: float = 0.8
    level: int = LEAST_LEVEL
    rings: tuple[Ring, ...] = ()
    reserve: int = 0
    """So many idle agents with further skills are kept for other queues (service-science.md, section 4)."""
    order: tuple[AgentId, ...] = ()
    """Of the strategy fixed_order: who is rung first; whoever is not named comes after them."""
    preferred_s: int = 0
    """How long a call waits for the agent it prefers before anybody else may take it."""
    hours: Hours | None = None
    """None: round the clock."""
    most_waiting: int = 0
    """Most calls that wait at once; 0: only hold lines limit it."""
    late_s: int = 0
    """A call that has waited so long is late and overflows; 0: never."""
    overflow: tuple[Overflow, ...] = ()
    never_full: bool = False
    """A danger to life: never full, never closed, never deflected."""
    wrap_up_extensions: int = 2
    """How often an agent may ask for more time after one call."""
    wrap_up_extension_s: int = 60
    reconnect_s: int = 15
    """How long a caller whose agent was lost in the talk is kept for that agent."""
    announcements: Announcements = field(default_factory=Announcements)
    callback: CallbackRules = field(default_factory=CallbackRules)

    def title_in(self, language: Language) -> str:
        return self.title_en or self.title if language is Language.EN else self.title


@dataclass(frozen=True, slots=True)
class Limits:
    """What the whole floor can hold; 0: no limit. `hold_lines`: callers kept waiting, all queues together.

    `per_number`: calls of one caller number that wait or talk at once.
    """

    hold_lines: int = 0
    per_number: int = 0


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """All that the engine obeys: every queue by its id, the limits, and the version, raised with each change."""

    queues: tuple[Queue, ...] = ()
    limits: Limits = field(default_factory=Limits)
    version: int = 0
