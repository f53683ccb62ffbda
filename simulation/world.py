"""The world around a distribution: callers who ring, wait and hang up; agents who answer, talk, rest and go home.

A heap of what will happen, and a clock that jumps from one entry to the next. The distribution (the real engine, or a
rival's model) is told what a switch and a desk would tell it, and its offers are answered. Same scenario, same seed:
same day.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any, Final, Protocol

from acd.busy_share import Load
from acd.effects import OfferCall, Wish, WithdrawOffer, WriteRecord
from acd.events import (
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    CallConnected,
    CallerLeft,
    CallQueued,
    Event,
    Message,
    QueuesChanged,
    TimePassed,
    WrapUpEnded,
)
from acd.model import Leg
from acd.queues import Queue
from calls.clock import Instant
from calls.ids import CallId, EventId, NodeId, OfferId, QueueId
from calls.journey import CallFacts, Language
from simulation.callers import Caller, all_callers
from simulation.crew import Worker
from simulation.engine_floor import EngineFloor, Watch
from simulation.scenario import Scenario
from simulation.tally import Tally
from simulation.timesheet import AgentDay, Timesheet

_FACTS: Final = {language: CallFacts(language=language) for language in Language}
_LEG: Final = Leg(NodeId("virtual"), "", "")
_PROGRESS_EVERY: Final = 2000
"""Calls."""
_BREAK_RETRY_S: Final = 30.0
"""A break that falls into another absence is tried again after this."""


class Distribution(Protocol):
    """What gives calls to agents."""

    def take(self, message: Message) -> Iterable[Wish]: ...

    def next_deadline(self) -> Instant | None: ...


class _Doing(Enum):
    AWAY = "away"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    HOME = "home"


@dataclass(slots=True, eq=False)
class _Visit:
    """A caller's stay."""

    caller: Caller
    call_id: CallId
    queued_at: int
    counted: bool
    offer: OfferId | None = None
    agent: "_Person | None" = None
    answered: bool = False


@dataclass(slots=True, eq=False)
class _Person:
    """An agent's day. `rest_s`: a break that begins when the call is over; `going`: the shift is over then.

    `misses`: this ring will not be answered.
    """

    worker: Worker
    doing: _Doing = _Doing.HOME
    visit: _Visit | None = None
    rest_s: float | None = None
    going: bool = False
    misses: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day that is over. `steps` is how many messages the distribution took."""

    queues: dict[QueueId, Tally]
    agents: tuple[AgentDay, ...]
    steps: int
    calls: int

    def total(self) -> Tally:
        """All queues together; each call keeps its own queue's threshold."""
        tallies = tuple(self.queues.values())
        whole = Tally(tallies[0].threshold_s, tallies[0].short_s)
        for tally in tallies:
            whole.add(tally)
        return whole


def simulate(
    scenario: Scenario,
    seed: int,
    watch: Watch | None = None,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """A day of the scenario with the real engine. `watch` sees every step, `progress` the share of the day gone."""
    return World(scenario, seed, EngineFloor(watch), progress).run()


class World:
    """One day; `run` once."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        distribution: Distribution,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        self._scenario = scenario
        self._distribution = distribution
        self._progress = progress
        self._begins = self._now = int(scenario.begins)
        self._heap: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._order = self._told = self._calls = 0
        self._chance = Random(f"{seed} answer")
        self._arrivals = all_callers(scenario.sources, scenario.length_s, seed)
        self._visits: dict[CallId, _Visit] = {}
        self._ringing: dict[OfferId, _Person] = {}
        self._people = {worker.agent_id: _Person(worker) for worker in scenario.crew}
        self._wrap_up_limits = {queue.queue_id: queue.wrap_up_s for queue in scenario.queues}
        self._tallies = {queue.queue_id: _tally(queue, scenario.short_abandon_s) for queue in scenario.queues}
        self._timesheet = Timesheet(scenario.crew, scenario.counted_from_s, scenario.length_s)

    def run(self) -> Outcome:
        """Until the last caller is served or has left, and everybody who goes home has gone."""
        self._tell(QueuesChanged(self._scenario.queues, 1))
        for person in self._people.values():
            self._plan(person)
        self._expect_caller()
        heap, next_deadline = self._heap, self._distribution.next_deadline
        while heap:
            due = next_deadline()
            if due is not None and due <= heap[0][0]:
                self._now = max(self._now, due)
                self._tell(TimePassed())
            else:
                self._now, _, happen, what = heapq.heappop(heap)
                happen(what)
        return Outcome(self._tallies, self._timesheet.close(), self._told, self._calls)

    # --- the clock and the wire
    def _at(self, at: int, happen: Callable[[Any], None], what: Any) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at, self._order, happen, what))

    def _in(self, seconds: float, happen: Callable[[Any], None], what: Any) -> None:
        self._at(self._now + round(seconds * 1000), happen, what)

    def _seconds(self) -> float:
        return (self._now - self._begins) / 1000

    def _tell(self, event: Event) -> None:
        """Tell the distribution, and let the world answer its wishes."""
        self._told += 1
        message = Message(EventId(f"{self._told:x}"), Instant(self._now), "world", event)
        for wish in self._distribution.take(message):
            if isinstance(wish, OfferCall):
                self._rung(wish)
            elif isinstance(wish, WithdrawOffer):
                self._stopped_ringing(wish)
            elif isinstance(wish, WriteRecord) and wish.record.call_id in self._visits:
                self._sent_elsewhere(wish.record.call_id)

    # --- callers
    def _expect_caller(self) -> None:
        caller = next(self._arrivals, None)
        if caller is not None:
            self._at(self._begins + round(caller.at_s * 1000), self._rings, caller)

    def _rings(self, caller: Caller) -> None:
        self._calls += 1
        if self._progress is not None and self._calls % _PROGRESS_EVERY == 0:
            self._progress(caller.at_s / self._scenario.length_s)
        call_id = CallId(f"00000000-0000-7000-8000-{self._calls:012x}")
        visit = _Visit(caller, call_id, self._now, caller.at_s >= self._scenario.counted_from_s)
        self._visits[call_id] = visit
        at, facts = Instant(self._now), _FACTS[caller.language]
        self._tell(CallQueued(call_id, caller.queue_id, caller.skills, caller.priority_s, at, at, _LEG, facts))
        if not visit.answered and call_id in self._visits:
            self._in(caller.patience_s, self._loses_patience, visit)
        self._expect_caller()

    def _loses_patience(self, visit: _Visit) -> None:
        if visit.answered or visit.call_id not in self._visits:
            return
        del self._visits[visit.call_id]
        if visit.counted:
            self._tallies[visit.caller.queue_id].abandon((self._now - visit.queued_at) / 1000)
        self._tell(CallerLeft(visit.call_id))

    def _sent_elsewhere(self, call_id: CallId) -> None:
        """The distribution has ended a waiting call itself: the queue was full or closed, or the call overflowed."""
        visit = self._visits.pop(call_id)
        if visit.counted:
            self._tallies[visit.caller.queue_id].go_elsewhere((self._now - visit.queued_at) / 1000)

    # --- offers and talks
    def _rung(self, wish: OfferCall) -> None:
        person, visit = self._people[wish.agent_id], self._visits[wish.call_id]
        if person.doing is _Doing.WRAP_UP:  # its limit has come this instant
            self._free(person)
        person.doing, person.visit, visit.offer = _Doing.RINGING, visit, wish.offer_id
        self._ringing[wish.offer_id] = person
        scenario = self._scenario
        answer_s = scenario.answer.drawn(self._chance)
        person.misses = bool(scenario.missed) and self._chance.random() < scenario.missed
        if answer_s > 0:
            self._in(answer_s, self._answers, (person, visit, wish.offer_id))
        else:
            self._answers((person, visit, wish.offer_id))

    def _answers(self, ring: tuple[_Person, _Visit, OfferId]) -> None:
        person, visit, offer_id = ring
        if visit.offer != offer_id or person.misses:
            return
        del self._ringing[offer_id]
        visit.answered, visit.agent, person.doing = True, person, _Doing.TALKING
        agent_id, talk_s = person.worker.agent_id, visit.caller.talk_s * person.worker.pace
        if visit.counted:
            tally = self._tallies[visit.caller.queue_id]
            tally.answer((self._now - visit.queued_at) / 1000)
            tally.talked_s += talk_s
        self._timesheet.load(agent_id, Load.BUSY, self._seconds())
        self._timesheet.took_call(agent_id, self._seconds())
        self._in(talk_s, self._says_goodbye, visit)
        self._tell(CallConnected(offer_id))
        if person.going or person.rest_s is not None:
            self._tell(AgentNotReady(agent_id, "break"))

    def _stopped_ringing(self, wish: WithdrawOffer) -> None:
        """The caller has left; or the ring was too long, and the agent is not ready until back."""
        person = self._ringing.pop(wish.offer_id, None)
        if person is None or person.visit is None:
            return
        visit, person.visit = person.visit, None
        visit.offer = None
        if visit.call_id in self._visits:
            self._rest(person, self._scenario.back_after_s)
        else:
            person.doing = _Doing.IDLE
            if person.going or person.rest_s is not None:
                self._in(0, self._leaves_desk, person)

    def _says_goodbye(self, visit: _Visit) -> None:
        del self._visits[visit.call_id]
        person, caller = visit.agent, visit.caller
        assert person is not None  # noqa: S101 - a talk has an agent
        limit_s = self._wrap_up_limits[caller.queue_id]
        if limit_s == 0:
            self._free(person)
            self._tell(CallerLeft(visit.call_id))
            return
        person.doing = _Doing.WRAP_UP
        wrap_up_s = caller.wrap_up_s * person.worker.pace
        self._in(min(wrap_up_s, limit_s), self._ends_wrap_up, (person, visit, wrap_up_s < limit_s))
        self._tell(CallerLeft(visit.call_id))

    def _ends_wrap_up(self, done: tuple[_Person, _Visit, bool]) -> None:
        person, visit, early = done
        if person.visit is visit and person.doing is _Doing.WRAP_UP:
            self._free(person)
            if early:
                self._tell(WrapUpEnded(person.worker.agent_id))

    # --- shifts
    def _plan(self, person: _Person) -> None:
        shift = person.worker.shift
        self._at(self._begins + round(shift.from_s * 1000), self._comes, person)
        for each in shift.breaks:
            self._at(self._begins + round(each.from_s * 1000), self._break_due, (person, each.length_s))
        if shift.until_s is not None:
            self._at(self._begins + round(shift.until_s * 1000), self._shift_over, person)

    def _comes(self, person: _Person) -> None:
        worker = person.worker
        self._tell(AgentSignedIn(worker.agent_id, worker.agent_id, worker.skills))
        self._tell(AgentReachable(worker.agent_id))
        self._sits_down(person)

    def _sits_down(self, person: _Person) -> None:
        person.doing = _Doing.IDLE
        self._timesheet.load(person.worker.agent_id, Load.IDLE, self._seconds())
        self._tell(AgentReady(person.worker.agent_id))

    def _free(self, person: _Person) -> None:
        """Call and wrap-up are over; the distribution is told, or knows, right after. Who is leaving is not ready."""
        person.visit = None
        if person.going:
            person.doing = _Doing.IDLE
            self._in(0, self._leaves_desk, person)
        elif person.rest_s is not None:
            self._rest(person, person.rest_s)
        else:
            person.doing = _Doing.IDLE
            self._timesheet.load(person.worker.agent_id, Load.IDLE, self._seconds())

    def _rest(self, person: _Person, length_s: float) -> None:
        person.doing, person.rest_s = _Doing.AWAY, None
        self._timesheet.load(person.worker.agent_id, Load.AWAY, self._seconds())
        self._in(length_s, self._back, person)

    def _back(self, person: _Person) -> None:
        if person.doing is _Doing.AWAY:
            self._sits_down(person)

    def _break_due(self, due: tuple[_Person, float]) -> None:
        person, length_s = due
        if person.doing is _Doing.AWAY:
            self._in(_BREAK_RETRY_S, self._break_due, due)
        elif person.doing is not _Doing.HOME:
            person.rest_s = length_s
            self._leaves_desk(person)

    def _shift_over(self, person: _Person) -> None:
        person.going = True
        self._leaves_desk(person)

    def _leaves_desk(self, person: _Person) -> None:
        """To the break or home: at once, or when the call is over; a ringing call is still answered."""
        agent_id = person.worker.agent_id
        if person.doing in (_Doing.TALKING, _Doing.WRAP_UP):
            self._tell(AgentNotReady(agent_id, "break"))
        elif person.going and person.doing in (_Doing.IDLE, _Doing.AWAY):
            person.doing = _Doing.HOME
            self._timesheet.load(agent_id, Load.AWAY, self._seconds())
            self._tell(AgentSignedOut(agent_id))
        elif person.doing is _Doing.IDLE and person.rest_s is not None:
            self._rest(person, person.rest_s)
            self._tell(AgentNotReady(agent_id, "break"))


def _tally(queue: Queue, short_s: float) -> Tally:
    return Tally(queue.target_s if queue.threshold_s is None else queue.threshold_s, short_s)
