"""What the alerts are raised by: each queue's figures and the house's state as measures. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from acd.alerts import AlertKind, Reading, Subject
from acd.figures import QueueFigures
from acd.queues import Queue
from calls.clock import Instant
from customers.appeals import Late
from customers.attempts import ACCOUNT_TRIES, HIDDEN_TRIES, NUMBER_TRIES, Standing, Watched

LEAST_DECIDED: Final = 5
"""A forecast below the standard is no alert before so many calls: of two calls one late is half."""
LEAST_TARGET_S: Final = 20
"""The longest wait is measured in targets, of which none is shorter than this."""


@dataclass(frozen=True, slots=True)
class House:
    """What is not of one queue. `standbys`: distributions that stand by, `standbys_wanted` by the settings.

    `unsent_since`: since when the oldest message of an alert waits.
    """

    engine_there: bool
    standbys: int
    standbys_wanted: int
    hold_lines: int
    unsent_since: Instant | None


def queue_readings(
    queue: Queue, figures: QueueFigures, *, is_open: bool, burst: bool, now: Instant
) -> Iterator[Reading]:
    about = queue.queue_id
    yield Reading(Subject(AlertKind.ABOUT_TO_BREAK, about), float(figures.breaking), figures.breaking, figures.waiting)
    band = figures.forecast
    enough = figures.tally.offered >= LEAST_DECIDED and band is not None
    expected = band.expected if band is not None and enough else figures.standard
    yield Reading(
        Subject(AlertKind.FORECAST_BELOW, about),
        figures.standard - expected,
        round(100 * expected),
        round(100 * figures.standard),
    )
    longest_s = 0 if figures.longest_since is None else max(0, now - figures.longest_since) / 1000
    target_s = max(queue.target_s, LEAST_TARGET_S)
    yield Reading(Subject(AlertKind.LONGEST_WAIT, about), longest_s / target_s, int(longest_s), queue.target_s)
    nobody = is_open and figures.agents == 0
    yield Reading(Subject(AlertKind.NOBODY_SIGNED_IN, about), float(nobody), figures.waiting)
    calls_h = round(figures.arrivals_h)
    yield Reading(Subject(AlertKind.BURST, about), float(burst), calls_h, figures.tally.offered)


def pin_readings(standing: Standing) -> Iterator[Reading]:
    """Tries of PINs: what is locked, told by its last digits, and a search over all accounts.

    Two accounts with the same last digits are one subject, told by the one with more tries.
    """
    for kind, watched, limit in (
        (AlertKind.PIN_ACCOUNT, standing.accounts, ACCOUNT_TRIES),
        (AlertKind.PIN_NUMBER, standing.numbers, NUMBER_TRIES),
        (AlertKind.PIN_HIDDEN, standing.hidden, HIDDEN_TRIES),
    ):
        for one in sorted(watched, key=lambda one: one.wrong):
            yield Reading(Subject(kind, masked_tail(one)), 1.0, one.wrong, limit)
    house = standing.house
    yield Reading(Subject(AlertKind.PIN_SEARCH), house.wrong / house.limit, house.wrong, house.limit)


def appeals_reading(late: Late) -> Reading:
    """Appeals that have to be hurried: those near their deadline, and those beyond it."""
    many = late.overdue + late.soon
    return Reading(Subject(AlertKind.APPEALS_LATE), float(many), many, late.overdue)


def masked_tail(watched: Watched) -> str:
    """What an alert is about, in characters that headers and addresses bear too: *0170."""
    return f"*{watched.tail}" if watched.tail else ""


def house_readings(house: House, figures: Iterable[QueueFigures], now: Instant) -> Iterator[Reading]:
    yield Reading(Subject(AlertKind.ENGINE_AWAY), float(not house.engine_there))
    missing = house.standbys_wanted - house.standbys
    yield Reading(Subject(AlertKind.STANDBY_MISSING), float(missing), house.standbys, house.standbys_wanted)
    if house.hold_lines:
        held = sum(one.waiting for one in figures)
        yield Reading(Subject(AlertKind.HOLD_LINES), held / house.hold_lines, held, house.hold_lines)
    waited_min = 0.0 if house.unsent_since is None else (now - house.unsent_since) / 60_000
    yield Reading(Subject(AlertKind.UNSENT), waited_min, int(waited_min))
