"""Whoever wants to be told when power is back: by which way, when, how often. Pure, with the ports that keep it.

Rules
- Power is back when staff have ended the outage, and only then: an expected time that has passed says nothing.
- It is told a while after the end, so that an outage ended by mistake can be taken up again before anybody is told.
- Where another outage goes on at the same place, nothing is told: the wish waits for that one.
- At night nobody is rung or written to; it is told in the morning, by the clock of the place.
- One wish a number and outage: a second one changes the first. It is forgotten KEPT_S after the outage was ended.
- A telephone that answered is never rung again. One that did not gets a text message at last, where that is possible.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final, NewType, Protocol

from calls.clock import Instant, after, as_datetime, as_instant
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from calls.zones import zone
from customers.accounts import AccountNumber
from customers.addresses import Street
from customers.notices import NoticeRules
from customers.outages import RETAKE_S, OutageAt

WatchId = NewType("WatchId", str)
"""UUIDv7 of one wish."""

KEPT_S: Final = RETAKE_S
"""So long after the end of its outage a wish is forgotten; what could not be told by then is no news any more."""


class WatchWay(StrEnum):
    """How to be told."""

    TEXT = "text"
    RING = "ring"


class WatchState(StrEnum):
    WAITING = "waiting"
    """For the end of the outage, for the morning, for its turn, for the next try."""
    RINGING = "ringing"
    TOLD = "told"
    """The telephone was answered, or the text message is in the outbox."""
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class NewWatch:
    """A caller's wish. `source`: the call in which it was said, which is the consent to it.

    `account`: the account in question where one is known; `zone`: of the street, IANA.
    """

    outage_id: int
    number: PhoneNumber
    way: WatchWay
    language: Language
    street: Street
    zone: str
    source: CallId
    account: AccountNumber | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A wish that is to be told now. `call`: the call that rings for it; `tries`: with that one."""

    watch_id: WatchId
    wish: NewWatch
    call: CallId
    tries: int


@dataclass(frozen=True, slots=True)
class WatchRules:
    """`after_s`: between the end of an outage and the first word of it. `from_hour` to `to_hour`: when people are told.

    `tries` calls at most, `pause_s` between them; `claim_s`: how long one may take until it is answered.
    """

    after_s: int = 120
    from_hour: int = 8
    to_hour: int = 22
    tries: int = 3
    pause_s: int = 600
    claim_s: float = 60.0
    at_once: int = 3
    notices: NoticeRules = NoticeRules(frozenset())  # noqa: RUF009 - frozen


class Watches(Protocol):
    """The wishes, as callers say them. Implementations: database.watches, tests.kit.fake_watches."""

    def ways(self, number: PhoneNumber) -> frozenset[WatchWay]:
        """How this number can be told: nothing else may be offered. Raises nothing."""

    def wish(self, new: NewWatch, now: Instant) -> bool:
        """Keep it, in place of a former one of this number and outage. False: the outage is over, nothing is kept.

        Raises CustomersUnavailable: nothing is kept then.
        """


class RungWatches(Protocol):
    """The wishes, as the call that rings for them asks. Every method may raise CustomersUnavailable."""

    def answered(self, call: CallId, now: Instant) -> Watch | None:
        """The telephone was answered: it is told, and never rung again for this.

        None: there is nothing to tell (any more). The same call may ask again.
        """

    def places(self, watch: Watch, now: Instant) -> tuple[OutageAt, ...]:
        """What goes on now at the place of this wish."""

    def talked(self, call: CallId) -> None:
        """The call has ended: its line is free for another."""


class NoWatches:
    """Where nobody is told: nothing is offered, and nobody is rung."""

    def ways(self, _number: PhoneNumber) -> frozenset[WatchWay]:
        return frozenset()

    def wish(self, _new: NewWatch, _now: Instant) -> bool:
        return False

    def answered(self, _call: CallId, _now: Instant) -> Watch | None:
        return None

    def places(self, _watch: Watch, _now: Instant) -> tuple[OutageAt, ...]:
        return ()

    def talked(self, _call: CallId) -> None:
        pass


def tellable_at(now: Instant, zone_name: str, rules: WatchRules) -> Instant:
    """`now` while people may be told by the clock of this zone, else the next morning."""
    local = as_datetime(now).astimezone(zone(zone_name))
    if rules.from_hour <= local.hour < rules.to_hour:
        return now
    day = local.date() + timedelta(days=1 if local.hour >= rules.to_hour else 0)
    morning = datetime.combine(day, time(rules.from_hour), zone(zone_name))
    return max(now, as_instant(morning))


def next_try_at(now: Instant, tries: int, rules: WatchRules) -> Instant | None:
    """When to ring again after the `tries`-th call was not answered; None: no more."""
    return None if tries >= rules.tries else after(now, rules.pause_s)
