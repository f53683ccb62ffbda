"""What the monitor needs of the rest of the house; callcentre wires it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from acd.alerts import Alert, AlertEvent
from acd.figures import IntervalFigures, MenuFigures
from acd.menu_figures import Steps
from acd.metrics import MenuTally, Stay
from acd.queues import FloorSettings
from calls.clock import Instant
from calls.ids import CallId, QueueId
from customers.appeals import Late
from customers.attempts import Standing


class AlertKeeper(Protocol):
    """Alerts that are kept, and who may raise them."""

    def keep(self, events: Iterable[AlertEvent], channels: Sequence[str], now: Instant) -> None: ...
    def open(self) -> tuple[Alert, ...]: ...
    def forget_old(self, now: Instant) -> None: ...
    def oldest_unsent(self) -> Instant | None: ...
    def take_lease(self, name: str, holder: str, now: Instant, for_s: float) -> bool: ...
    def leave_lease(self, name: str, holder: str) -> None: ...


class FiguresKeeper(Protocol):
    def put(self, figures: Iterable[IntervalFigures]) -> None: ...
    def between(self, begins: Instant, ends: Instant) -> tuple[IntervalFigures, ...]: ...
    def put_menu(self, figures: MenuFigures) -> None: ...


class Stays(Protocol):
    """Finished calls."""

    def queued(self, queues: Iterable[QueueId], begins: Instant, ends: Instant) -> tuple[tuple[CallId, Stay], ...]: ...
    def of_calls(self, calls: Iterable[CallId]) -> tuple[tuple[CallId, Stay], ...]: ...
    def menu(self, begins: Instant, ends: Instant) -> MenuTally: ...


class Menus(Protocol):
    """What callers did in the menus."""

    def steps(self, begins: Instant, ends: Instant) -> tuple[Steps, ...]: ...


class PinTries(Protocol):
    def standing(self, now: Instant) -> Standing: ...
    def forget_old(self, now: Instant) -> None: ...


class LateAppeals(Protocol):
    def late(self, now: Instant) -> Late: ...


class Settings(Protocol):
    def load(self) -> FloorSettings: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """The database's parts. `away`: what they raise when it cannot be reached."""

    alerts: AlertKeeper
    figures: FiguresKeeper
    stays: Stays
    settings: Settings
    away: type[Exception]
    pin_tries: PinTries
    menus: Menus
    appeals: LateAppeals
