"""What a person must be told of: raised with hysteresis, acknowledged by somebody, cleared, and kept. Pure.

Rules
1. An alert is of one kind about one subject (a queue; "" for the whole floor). While it is open it is not raised again.
2. It is raised when its measure has been above `raise_above` for `raise_s` without a break, and cleared when it has
   been below `clear_below` for `clear_s`. In between everything stays as it is.
3. A subject that is no longer measured (a queue that was removed or has closed) clears its alert in the same way.
4. An id follows from kind, subject and instant: two monitors that see the same raise the same alert, kept once.
5. Acknowledging says who looks after it, the first who does; it clears nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType

from calls.clock import Instant
from calls.ids import AgentId

AlertId = NewType("AlertId", str)
"""`KIND:SUBJECT:INSTANT`; also the idempotency id of its messages."""


class AlertKind(StrEnum):
    ABOUT_TO_BREAK = "about_to_break"
    """Callers who will most likely not be answered inside the standard. Value: how many."""
    FORECAST_BELOW = "forecast_below"
    """The interval will most likely end below its standard. Value: the forecast in per cent; limit: the standard."""
    LONGEST_WAIT = "longest_wait"
    """Somebody has waited for several times the target. Value and limit in seconds."""
    NOBODY_SIGNED_IN = "nobody_signed_in"
    """The queue is open and nobody is signed in for it. Value: callers waiting."""
    HOLD_LINES = "hold_lines"
    """Nearly no hold line is left. Value: lines in use; limit: lines there are."""
    BURST = "burst"
    """Far more calls than expected: an outage. Value: calls an hour; limit: those expected."""
    ENGINE_AWAY = "engine_away"
    """No distribution holds the lease, or its store does not answer."""
    STANDBY_MISSING = "standby_missing"
    """Fewer distributions stand by than the settings ask for. Value: those that do; limit: those asked for."""
    UNSENT = "unsent"
    """Messages of alerts cannot be delivered. Value: minutes the oldest has waited."""
    PIN_ACCOUNT = "pin_account"
    """Wrong PINs in a row have locked an account (its last digits). Value: how many; limit: those that lock."""
    PIN_NUMBER = "pin_number"
    """A caller's number (its last digits) has tried so many PINs that no more are taken. Value: how many."""
    PIN_HIDDEN = "pin_hidden"
    """The same of all callers without a number."""
    PIN_SEARCH = "pin_search"
    """PINs are guessed from many numbers over many accounts. Value: wrong ones in the last hour; limit: usual ones."""

    APPEALS_LATE = "appeals_late"
    """Appeals whose deadline is over or near. Value: how many; limit: how many of them are overdue."""


PIN_KINDS: Final = frozenset({AlertKind.PIN_ACCOUNT, AlertKind.PIN_NUMBER, AlertKind.PIN_HIDDEN, AlertKind.PIN_SEARCH})
"""About tries of PINs; their subject is no queue but the last digits of an account or a number."""


class Severity(StrEnum):
    WARNING = "warning"
    BREACH = "breach"


SEVERITY: Final[Mapping[AlertKind, Severity]] = MappingProxyType(
    {
        AlertKind.ABOUT_TO_BREAK: Severity.WARNING,
        AlertKind.FORECAST_BELOW: Severity.WARNING,
        AlertKind.LONGEST_WAIT: Severity.BREACH,
        AlertKind.NOBODY_SIGNED_IN: Severity.BREACH,
        AlertKind.HOLD_LINES: Severity.BREACH,
        AlertKind.BURST: Severity.WARNING,
        AlertKind.ENGINE_AWAY: Severity.BREACH,
        AlertKind.STANDBY_MISSING: Severity.WARNING,
        AlertKind.UNSENT: Severity.WARNING,
        AlertKind.PIN_ACCOUNT: Severity.WARNING,
        AlertKind.PIN_NUMBER: Severity.WARNING,
        AlertKind.PIN_HIDDEN: Severity.WARNING,
        AlertKind.PIN_SEARCH: Severity.BREACH,
        AlertKind.APPEALS_LATE: Severity.WARNING,
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    raise_above: float
    clear_below: float
    raise_s: float
    clear_s: float


BREAKING: Final = Rule(raise_above=0.5, clear_below=0.3, raise_s=10, clear_s=0)
"""Of one call: P_break (service-science.md, section 5)."""

RULES: Final[Mapping[AlertKind, Rule]] = MappingProxyType(
    {
        # The calls themselves have the hysteresis of BREAKING: here one of them is enough.
        AlertKind.ABOUT_TO_BREAK: Rule(0.5, 0.5, raise_s=0, clear_s=30),
        # Measured: the standard less the forecast, in points of a share.
        AlertKind.FORECAST_BELOW: Rule(0.02, 0.0, raise_s=30, clear_s=60),
        # Measured: the longest wait in targets.
        AlertKind.LONGEST_WAIT: Rule(3.0, 1.0, raise_s=0, clear_s=30),
        AlertKind.NOBODY_SIGNED_IN: Rule(0.5, 0.5, raise_s=10, clear_s=10),
        # Measured: the share of the lines in use.
        AlertKind.HOLD_LINES: Rule(0.9, 0.75, raise_s=5, clear_s=30),
        AlertKind.BURST: Rule(0.5, 0.5, raise_s=0, clear_s=300),
        AlertKind.ENGINE_AWAY: Rule(0.5, 0.5, raise_s=5, clear_s=5),
        AlertKind.STANDBY_MISSING: Rule(0.5, 0.5, raise_s=15, clear_s=15),
        AlertKind.UNSENT: Rule(5.0, 1.0, raise_s=0, clear_s=60),
        # A try is counted before it is checked: a right PIN takes the lock back in milliseconds.
        AlertKind.PIN_ACCOUNT: Rule(0.5, 0.5, raise_s=3, clear_s=0),
        AlertKind.PIN_NUMBER: Rule(0.5, 0.5, raise_s=3, clear_s=0),
        AlertKind.PIN_HIDDEN: Rule(0.5, 0.5, raise_s=3, clear_s=0),
        # Measured: the last hour's wrong PINs in limits.
        AlertKind.PIN_SEARCH: Rule(1.0, 0.8, raise_s=0, clear_s=300),
        # Measured: how many.
        AlertKind.APPEALS_LATE: Rule(0.5, 0.5, raise_s=0, clear_s=0),
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    kind: AlertKind
    about: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured now. `value` and `limit` are whole numbers in the kind's unit, for people."""

    subject: Subject
    measure: float
    value: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """`value` and `limit` are those of the instant it was raised."""

    alert_id: AlertId
    kind: AlertKind
    about: str
    raised_at: Instant
    value: int
    limit: int
    cleared_at: Instant | None = None
    acknowledged_at: Instant | None = None
    acknowledged_by: AgentId | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.about)

    @property
    def severity(self) -> Severity:
        return SEVERITY[self.kind]


@dataclass(frozen=True, slots=True)
class AlertRaised:
    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertCleared:
    alert: Alert


AlertEvent = AlertRaised | AlertCleared


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One message to send. `event`: "raised" or "cleared"; `channel`: "webhook" or "mail"; `tries` before this one."""

    alert: Alert
    event: str
    channel: str
    made_at: Instant
    tries: int

    @property
    def message_id(self) -> str:
        """The same for every try: who gets it twice can tell."""
        return f"{self.alert.alert_id}:{self.event}"


class Latch:
    """One hysteresis: `on` follows the measure by its rule."""

    __slots__ = ("_rule", "_since", "on")

    def __init__(self, rule: Rule, *, on: bool = False) -> None:
        self._rule = rule
        self._since: Instant | None = None
        self.on = on

    def feed(self, measure: float, now: Instant) -> bool:
        """Whether it is on after this measure."""
        rule = self._rule
        turning = measure < rule.clear_below or measure <= 0 if self.on else measure > rule.raise_above
        if not turning:
            self._since = None
            return self.on
        self._since = now if self._since is None else self._since
        if now - self._since >= (rule.clear_s if self.on else rule.raise_s) * 1000:
            self.on, self._since = not self.on, None
        return self.on


class AlertBook:
    """All alerts that are open. Restored from those that are kept: none is raised a second time after a restart."""

    def __init__(self, kept: Iterable[Alert] = ()) -> None:
        self.open: dict[Subject, Alert] = {alert.subject: alert for alert in kept if alert.cleared_at is None}
        self._latches = {subject: Latch(RULES[subject.kind], on=True) for subject in self.open}

    def read(self, readings: Iterable[Reading], now: Instant) -> tuple[AlertEvent, ...]:
        """What these readings raise and clear; every subject is to be among them that still exists."""
        told = {reading.subject: reading for reading in readings}
        events: list[AlertEvent] = []
        for subject in sorted({*told, *self._latches}, key=lambda one: (one.kind, one.about)):
            reading = told.get(subject) or Reading(subject, 0.0)
            latch = self._latches.setdefault(subject, Latch(RULES[subject.kind]))
            was, on = latch.on, latch.feed(reading.measure, now)
            if on and not was:
                events.append(self._raise(reading, now))
            elif was and not on:
                events.append(AlertCleared(replace(self.open.pop(subject), cleared_at=now)))
            if subject not in told and not on:
                del self._latches[subject]
        return tuple(events)

    def note_acknowledged(self, alert: Alert) -> None:
        """Somebody acknowledged it elsewhere (the floor's page, another monitor's database)."""
        if alert.subject in self.open:
            self.open[alert.subject] = alert

    def _raise(self, reading: Reading, now: Instant) -> AlertRaised:
        kind, about = reading.subject.kind, reading.subject.about
        alert = Alert(AlertId(f"{kind}:{about}:{now}"), kind, about, now, reading.value, reading.limit)
        self.open[alert.subject] = alert
        return AlertRaised(alert)
