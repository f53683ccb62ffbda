"""What is simulated: queues with their settings, callers, agents, for so long."""

from dataclasses import dataclass, replace

from acd.queues import Announcements, Queue
from calls.clock import Instant
from simulation.callers import Source
from simulation.chances import Chance, Fixed
from simulation.crew import Crew

BEGINS = Instant(1_767_574_800_000)
"""Monday, 2026-01-05 04:00 in Moscow; any instant does when no queue has hours."""
SILENT = Announcements(every_s=0)
"""Only music: no announcement falls due, which makes a long simulation faster."""

AT_ONCE = Fixed(0.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`length_s` is how long callers arrive; who waits then is still served. `counted_from_s` leaves out the start.

    `answer`: from the ring to the agent's voice; `missed`: the share of rings that nobody answers, and after
    `back_after_s` that agent is ready again.
    """

    queues: tuple[Queue, ...]
    sources: tuple[Source, ...]
    crew: Crew
    length_s: float
    counted_from_s: float = 0.0
    begins: Instant = BEGINS
    answer: Chance = AT_ONCE
    missed: float = 0.0
    back_after_s: float = 60.0
    short_abandon_s: float = 0.0
    """Who leaves sooner is a short abandon and not offered (glossary); 0: nobody."""


def with_strategy(scenario: Scenario, strategy: str) -> Scenario:
    """The same day with another strategy in every queue."""
    return replace(scenario, queues=tuple(replace(queue, strategy=strategy) for queue in scenario.queues))


def silent(scenario: Scenario) -> Scenario:
    """The same day without announcements in the wait."""
    return replace(scenario, queues=tuple(replace(queue, announcements=SILENT) for queue in scenario.queues))
