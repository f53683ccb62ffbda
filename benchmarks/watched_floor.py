"""Alerts over the real engine: two queues that share agents, under the virtual clock, seen by the monitor's picture."""

from dataclasses import dataclass, field
from typing import Final

from acd.change import FloorChange
from acd.effects import WriteRecord
from acd.engine import Step
from acd.events import Message
from acd.floor import Floor
from acd.metrics import stay_of_record
from acd.monitor.live import WAITING
from acd.monitor.picture import Picture
from acd.queues import Queue
from calls.clock import EPOCH, Instant
from calls.ids import CallId, QueueId
from calls.record import CallOutcome
from simulation.callers import Profile, Stream
from simulation.chances import Exponential, Fixed, Lognormal
from simulation.crew import crew_of
from simulation.scenario import Scenario, silent
from simulation.world import simulate

LOOK_MS: Final = 2000
LONGEST_GAP_MS: Final = 120_000
WARM_UP_S: Final = 3600
"""Handling times, patience and arrivals are learnt first."""
GENERAL = Queue(QueueId("general"), "General", 20, frozenset({"general"}), wrap_up_s=60)
BILLING = Queue(QueueId("billing"), "Billing", 40, frozenset({"billing"}), wrap_up_s=60)
LOADS: Final = (0.8, 1.0, 1.1, 0.9, 1.05, 0.85)
"""Of the agents' work, by half-hour, in turns: quiet, full, too much."""


@dataclass(slots=True)
class Watched:
    """`watch` is for simulation.world.simulate. Counts of calls after the warm-up."""

    counts_from: Instant
    right: int = 0
    alerts: int = 0
    broke: int = 0
    _picture: Picture = field(default_factory=lambda: Picture(30))
    _raised: set[CallId] = field(default_factory=set)
    _looked_at: Instant = EPOCH

    def watch(self, floor: Floor, message: Message, step: Step) -> None:
        del floor
        picture, changes = self._picture, step.changes
        wrapping = {agent: wrap_up.call if wrap_up else None for agent, wrap_up in changes.wrap_ups.items()}
        self._look_until(message.at)
        picture.changed(
            FloorChange(step.version, dict(changes.calls), dict(changes.agents), wrapping, dict(changes.queues)),
            message.at,
        )
        for effect in step.effects:
            if isinstance(effect.wish, WriteRecord):
                stay = stay_of_record(effect.wish.record)
                if stay is not None:
                    picture.recorded(effect.wish.record.call_id, stay)
                    if stay.enqueued_at >= self.counts_from:
                        broken = stay.wait_ms > stay.threshold_ms
                        given_up = stay.outcome is CallOutcome.ABANDONED and not broken
                        self._count(effect.wish.record.call_id, broken=broken, given_up=given_up)

    def _look_until(self, at: Instant) -> None:
        """As the monitor does, by the clock and not by what happens; a floor where nobody waits is not looked at."""
        self._looked_at = Instant(max(self._looked_at, at - LONGEST_GAP_MS))
        while self._looked_at + LOOK_MS <= at:
            self._looked_at = Instant(self._looked_at + LOOK_MS)
            if any(call.state in WAITING for call in self._picture.live.calls.values()):
                self._picture.figures(self._looked_at)
                self._raised |= self._picture.about_to_break()

    def _count(self, call_id: CallId, *, broken: bool, given_up: bool) -> None:
        """Who gives up inside the standard is neither right nor wrong: nobody knows."""
        raised = call_id in self._raised
        self.alerts += raised and not given_up
        self.right += raised and broken
        self.broke += broken


def watched_floor(half_hours: int, seed: int) -> Watched:
    """Ten agents for one queue, ten for both; so many half-hours after the warm-up."""
    agents, work_s = 20, 210.0
    per_hour = [agents / work_s * 3600 * LOADS[n % len(LOADS)] for n in range(half_hours + WARM_UP_S // 1800)]
    streams = tuple(
        Stream(
            queue.queue_id, Profile(tuple(share * rate for rate in per_hour)), Lognormal(180, 1.0), Fixed(30),
            Exponential(300),
        )
        for queue, share in ((GENERAL, 0.65), (BILLING, 0.35))
    )  # fmt: skip
    both = frozenset({"general", "billing"})
    crew = crew_of(10, frozenset({"general"}), name="general") + crew_of(10, both, name="both")
    length_s = WARM_UP_S + 1800.0 * half_hours
    scenario = silent(Scenario((GENERAL, BILLING), streams, crew, length_s, answer=Exponential(3)))
    watched = Watched(Instant(scenario.begins + WARM_UP_S * 1000))
    simulate(scenario, seed, watched.watch)
    return watched
