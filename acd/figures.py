"""What the monitor tells of the floor: live figures of each queue, open alerts, figures of intervals. Values.

The monitor writes a report to the store once a second; pages, metrics and messages are made of it.
"""

from dataclasses import dataclass

from acd.alerts import Alert
from acd.intervals import Interval
from acd.metrics import MenuTally, Tally
from acd.staff_time import StaffTime
from calls.clock import Instant
from calls.ids import QueueId


@dataclass(frozen=True, slots=True)
class Band:
    """Service level at the end of the interval, 0..1: the expectation and where eight of ten ends lie."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue now. `tally` and `staff` are those of the interval up to now.

    `breaking`: callers who will most likely not be answered inside the standard; `expected_breaks`: the sum of their
    chances, of all who wait. `forecast` None: nothing is known of it. `short`: agents missing (negative: to spare) for
    the present load; None without any. `arrivals_h`: calls an hour expected now.
    """

    queue_id: QueueId
    interval: Interval
    tally: Tally
    staff: StaffTime
    standard: float
    threshold_s: int
    waiting: int = 0
    longest_since: Instant | None = None
    breaking: int = 0
    expected_breaks: float = 0.0
    forecast: Band | None = None
    short: int | None = None
    agents: int = 0
    """Signed in and able to serve the queue."""
    arrivals_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """As of `at`."""

    at: Instant
    queues: tuple[QueueFigures, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """A queue's interval as it is kept. `final`: every call that was queued in it is over."""

    queue_id: QueueId
    interval: Interval
    tally: Tally
    staff: StaffTime
    standard_permille: int
    final: bool


@dataclass(frozen=True, slots=True)
class MenuFigures:
    """The self-service in an interval of the supplier's clock."""

    interval: Interval
    tally: MenuTally
