"""The figures of queues by the formulas of docs/glossary.md, over finished calls and calls that still go on. Pure.

Rules
1. A call belongs to the queue and the interval it was queued in, provisionally until it is over. Its return after a
   ring without answer, a transfer inside and the rescue do not offer it again; a callback is offered once, at its first
   call (`contact_id` tells it apart).
2. Who gave up before `short_s` is a short abandon: neither offered nor abandoned. Who was refused at the door (full or
   closed) never entered the queue: not offered, told apart; refused because the house was full is blocked.
3. A caller who still waits inside T is pending: offered, but in no service level before it is decided.
4. Counts and sums are whole numbers, so that the figures of intervals, queues and days add up exactly (`+`).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Final, Self

from acd.intervals import Interval, interval_of
from acd.model import CAUSE_OF, Call, CallState
from acd.queues import Cause
from calls.clock import Instant
from calls.ids import QueueId
from calls.record import CallOutcome, CallRecord

SHORT_ABANDON_S: Final = 5.0


class Variant(StrEnum):
    """The service levels, each by its name; T is the threshold in force when the call was queued."""

    OVER_OFFERED = "over_offered"
    """Answered within T / offered."""
    OVER_ANSWERED = "over_answered"
    """Answered within T / answered."""
    ABANDONED_INSIDE = "abandoned_inside"
    """(Answered within T + abandoned within T) / offered."""
    ABANDONED_LEFT_OUT = "abandoned_left_out"
    """Answered within T / (offered - abandoned within T)."""


@dataclass(frozen=True, slots=True)
class Stay:
    """What the figures need of one call in a queue. Times in milliseconds; `outcome` None while it goes on.

    `wait_ms`: until the first answer, else until it left or now. `again`: of a contact that was offered before.
    `handle_ms`: talk, hold and wrap-up of a finished call; None when nobody talked to it or it is not over.
    """

    queue_id: QueueId
    enqueued_at: Instant
    threshold_ms: int
    wait_ms: int
    answered: bool
    outcome: CallOutcome | None
    cause: str = ""
    again: bool = False
    handle_ms: int | None = None

    @property
    def undecided(self) -> bool:
        """It waits: what it adds to the figures depends on how long."""
        return self.outcome is None and not self.answered and not self.again


def stay_of_record(record: CallRecord) -> Stay | None:
    """The stay of a finished call; None for one that never entered a queue."""
    if record.queue_id is None or record.enqueued_at is None:
        return None
    left = record.ended_at if record.answered_at is None else record.answered_at
    threshold_s = record.target_s if record.threshold_s is None else record.threshold_s
    handle_ms = None
    if record.answered_at is not None and record.talk_ended_at is not None:
        handle_ms = max(0, (record.wrap_up_ended_at or record.talk_ended_at) - record.answered_at)
    return Stay(
        queue_id=record.queue_id,
        enqueued_at=record.enqueued_at,
        threshold_ms=(threshold_s or 0) * 1000,
        wait_ms=max(0, left - record.enqueued_at),
        answered=record.answered_at is not None,
        outcome=record.outcome,
        cause=record.cause,
        again=_again(record),
        handle_ms=handle_ms,
    )


def stay_of_call(call: Call, now: Instant) -> Stay:
    """The stay so far of a call that waits, talks, hears why it cannot wait, or is in its agent's wrap-up."""
    until = now if call.answered_at is None else call.answered_at
    why = call.detour.why
    refused = call.state is CallState.DIVERTED and why is not None and not why.keeps_place
    return Stay(
        queue_id=call.counted_in,
        enqueued_at=call.enqueued_at,
        threshold_ms=call.judged_by_s * 1000,
        wait_ms=max(0, until - call.enqueued_at),
        answered=call.answered_at is not None,
        outcome=CallOutcome.REFUSED if refused else None,
        cause=CAUSE_OF[why].value if why is not None else "",
        again=call.callback is not None,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums of a queue's calls in an interval; every figure follows from them. Times in milliseconds."""

    offered: int = 0
    """Calls that entered the queue, short abandons apart."""
    pending: int = 0
    """Of them, those that still wait inside T."""
    answered: int = 0
    inside: int = 0
    """Answered within T."""
    abandoned: int = 0
    abandoned_inside: int = 0
    """Abandoned within T, short abandons apart."""
    short_abandoned: int = 0
    self_served: int = 0
    """Got their answer from the menu while waiting: neither answered nor abandoned."""
    callbacks: int = 0
    """Left for a callback."""
    overflowed: int = 0
    """Went on elsewhere."""
    rescued: int = 0
    """Connected by Asterisk alone while the distribution was away."""
    refused: int = 0
    """Told that the queue is full or closed; never entered it."""
    blocked: int = 0
    """Of the refused, those for whom no place was left."""
    waits_ms: int = 0
    """Of the answered."""
    handled: int = 0
    handle_ms: int = 0
    longest_ms: int = 0
    """The longest wait, of whatever end, short abandons and refused apart; of `+` the longer one."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally.total((self, other))

    @classmethod
    def total(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sum of them all; with many it is far cheaper than one `+` after another."""
        columns = list(zip(*map(_parts, tallies), strict=True))
        return cls(*[*map(sum, columns[:-1]), max(columns[-1])]) if columns else EMPTY

    @property
    def decided(self) -> int:
        """Offered calls whose place inside or outside of the standard is known."""
        return self.offered - self.pending

    def service_level(self, variant: Variant = Variant.OVER_OFFERED) -> float | None:
        """0..1, over the calls that are decided; None without any."""
        match variant:
            case Variant.OVER_OFFERED:
                return _share(self.inside, self.decided)
            case Variant.OVER_ANSWERED:
                return _share(self.inside, self.answered)
            case Variant.ABANDONED_INSIDE:
                return _share(self.inside + self.abandoned_inside, self.decided)
            case Variant.ABANDONED_LEFT_OUT:
                return _share(self.inside, self.decided - self.abandoned_inside)

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer: the sum of the waits of answered calls / answered."""
        return _seconds(self.waits_ms, self.answered)

    @property
    def aht_s(self) -> float | None:
        """Average handle time: (talk + hold + wrap-up) / handled."""
        return _seconds(self.handle_ms, self.handled)

    @property
    def abandonment(self) -> float | None:
        """Abandoned / offered; short abandons and blocked calls are in neither."""
        return _share(self.abandoned, self.offered)

    @property
    def longest_wait_s(self) -> float:
        return self.longest_ms / 1000


_parts: Final = attrgetter(*(part.name for part in fields(Tally)))
"""All counts and sums in their order, the longest wait last."""
EMPTY: Final = Tally()


def tally_of(stay: Stay, short_s: float = SHORT_ABANDON_S) -> Tally:
    """What one stay adds to the figures of its queue and interval."""
    handled = {} if stay.handle_ms is None else {"handled": 1, "handle_ms": stay.handle_ms}
    if stay.again:
        return Tally(**handled)
    if stay.outcome is CallOutcome.REFUSED:
        return Tally(refused=1, blocked=int(stay.cause == Cause.FULL))
    inside = int(stay.wait_ms <= stay.threshold_ms)
    offered: dict[str, int] = {"offered": 1, "longest_ms": stay.wait_ms, **handled}
    if stay.answered:
        rescued = int(stay.outcome is CallOutcome.RESCUED)
        return Tally(answered=1, inside=inside, waits_ms=stay.wait_ms, rescued=rescued, **offered)
    match stay.outcome:
        case None:
            return Tally(pending=inside, **offered)
        case CallOutcome.ABANDONED:
            if stay.wait_ms < short_s * 1000:
                return Tally(short_abandoned=1)
            return Tally(abandoned=1, abandoned_inside=inside, **offered)
        case CallOutcome.SELF_SERVED_WAITING:
            return Tally(self_served=1, **offered)
        case CallOutcome.CALLBACK:
            return Tally(callbacks=1, **offered)
        case CallOutcome.OVERFLOWED:
            return Tally(overflowed=1, **offered)
        case CallOutcome.RESCUED:
            return Tally(rescued=1, **offered)
        case _:
            return Tally(**offered)


def tally_of_waiting(queued: Sequence[Instant], threshold_ms: int, now: Instant) -> Tally:
    """What undecided stays of one T add (`queued`, ascending, at least one): the sum of their `tally_of`."""
    pending = len(queued) - bisect_left(queued, now - threshold_ms)
    return Tally(offered=len(queued), pending=pending, longest_ms=max(0, now - queued[0]))


@dataclass(frozen=True, slots=True)
class Place:
    """A queue's interval."""

    queue_id: QueueId
    interval: Interval


def by_interval(
    stays: Iterable[Stay], length_min: int, zones: dict[QueueId, str], short_s: float = SHORT_ABANDON_S
) -> dict[Place, Tally]:
    """The figures of every queue and interval that was offered something. `zones`: each queue's IANA time zone."""
    found: defaultdict[Place, Tally] = defaultdict(Tally)
    for stay in stays:
        place = Place(stay.queue_id, interval_of(stay.enqueued_at, length_min, zones[stay.queue_id]))
        found[place] += tally_of(stay, short_s)
    return dict(found)


@dataclass(frozen=True, slots=True)
class MenuTally:
    """Figures of the self-service by the interval of arrival: all calls, whatever became of them."""

    calls: int = 0
    contained: int = 0
    """Ended in the menu with an answer and did not ask for an agent."""
    deflected: int = 0
    """Ended after hearing an outage notice that concerned them."""

    def __add__(self, other: Self) -> "MenuTally":
        return MenuTally(
            self.calls + other.calls, self.contained + other.contained, self.deflected + other.deflected
        )  # fmt: skip

    @property
    def containment(self) -> float | None:
        """Contained / calls."""
        return _share(self.contained, self.calls)

    @property
    def deflection(self) -> float | None:
        """Deflected / calls."""
        return _share(self.deflected, self.calls)


OUTAGE_FLOW: Final = "outage"
OUTAGE_CONCERNED: Final = "concerned"
"""The step that the journey of a caller holds who heard of an outage at an own address."""
_IN_MENU: Final = frozenset({CallOutcome.SELF_SERVED, CallOutcome.LEFT_IN_MENU})


def menu_tally_of(record: CallRecord) -> MenuTally:
    """What one call adds to the figures of the self-service; the call of a callback begins with an agent: nothing."""
    if _again(record):
        return MenuTally()
    heard = any(step.flow == OUTAGE_FLOW and step.outcome == OUTAGE_CONCERNED for step in record.facts.journey)
    return MenuTally(
        calls=1,
        contained=int(record.outcome is CallOutcome.SELF_SERVED),
        deflected=int(heard and record.outcome in _IN_MENU),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _seconds(sum_ms: int, count: int) -> float | None:
    return sum_ms / count / 1000 if count else None


def _again(record: CallRecord) -> bool:
    """Whether this call belongs to a contact whose first call was counted."""
    return str(record.contact_id) != str(record.call_id)
