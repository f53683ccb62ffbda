"""The seven invariants of the engine over random event lists (design: acd.md, "Must hold, always")."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from acd.effects import Effect, OfferCall, WriteRecord
from acd.engine import Step, step
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    CallConnected,
    CallEnteredMenu,
    CallerLeft,
    CallHeld,
    CallLeftMenu,
    CallQueued,
    CallRescued,
    CallResumed,
    CallSelfServed,
    ConnectFailed,
    Decline,
    Event,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
    ProtectedStepBegan,
    ProtectedStepEnded,
    QueuesChanged,
    WrapUpEnded,
)
from acd.floor import Floor
from acd.model import Call, Queue
from acd.policy import offerable
from calls.clock import Instant
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId, offer_id
from calls.journey import CallFacts
from calls.record import CallRecord
from tests.kit.floors import NODE, REPAIRS, SALES, Day, call_id, check_invariants, leg

AGENTS = [AgentId(name) for name in ("anna", "boris", "vera")]
CALLS = st.integers(1, 6)
SKILLS = st.sampled_from([frozenset({"sales"}), frozenset({"repairs"}), frozenset({"sales", "repairs", "en"})])
ABOUT_CALL: list[Callable[[CallId], Event]] = [
    CallerLeft,
    CallerLeft,
    CallEnteredMenu,
    lambda call: CallLeftMenu(call, CallFacts()),
    lambda call: CallSelfServed(call, CallFacts()),
    ProtectedStepBegan,
    ProtectedStepEnded,
    CallHeld,
    CallResumed,
]
ABOUT_OFFER: list[Callable[[OfferId], Event]] = [
    OfferAccepted,
    CallConnected,
    CallConnected,
    ConnectFailed,
    *(lambda offer, why=why: OfferDeclined(offer, why) for why in Decline),
    *(lambda offer, how=how: AgentLegEnded(offer, how) for how in LegEnd),
]
ABOUT_AGENT: list[Callable[[AgentId], Event]] = [
    lambda agent: AgentSignedIn(agent, agent, frozenset({"sales"})),
    AgentSignedOut,
    AgentReady,
    AgentReady,
    lambda agent: AgentNotReady(agent, "lunch"),
    AgentReachable,
    AgentReachable,
    AgentUnreachable,
    WrapUpEnded,
]


class WatchedDay(Day):
    """Shows each step's effects while the floor is still as that step left it."""

    def __init__(self, watch: Callable[[tuple[Effect, ...]], None]) -> None:
        self.watch = watch
        super().__init__()

    def tell(self, event: Event, *, actor: str = "test", message_id: str = "") -> Step:
        done = super().tell(event, actor=actor, message_id=message_id)
        self.watch(done.effects)
        return done


class AnyDay(RuleBasedStateMachine):
    """Events in any order, right or wrong. After each the floor is in order."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: set[CallId] = set()
        self.enqueued: dict[CallId, Instant] = {}
        self.recorded: dict[CallId, CallRecord] = {}
        self.day = WatchedDay(self._look_at_effects)

    def tell(self, event: Event) -> None:
        day = self.day
        done = day.tell(event)
        frozen = day.floor.state()
        again = step(day.floor, day.messages[-1])
        assert not again.taken
        assert not again.changes
        assert again.answer == done.answer
        assert day.floor.state() == frozen

    def _look_at_effects(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            wish = effect.wish
            if isinstance(wish, WriteRecord):
                assert wish.record.call_id not in self.recorded, "two records of one call"
                self.recorded[wish.record.call_id] = wish.record
            if isinstance(wish, OfferCall):
                call = self.day.floor.calls[wish.call_id]
                self._nobody_waits_longer(call, wish.agent_id)
                if wish.agent_id in call.refused_by:
                    self._nobody_else_could(call.call_id, wish.agent_id)

    def _nobody_waits_longer(self, rung_for: Call, agent: AgentId) -> None:
        """Of the calls that this agent may take, over all queues, the one due first was taken."""
        floor = self.day.floor
        for call in floor.calls.values():
            could = (
                offerable(call, floor.at) and call.paused_until is None and call.skills <= floor.agents[agent].skills
            )
            assert not could or (call.due_at, call.sequence) > (rung_for.due_at, rung_for.sequence)

    def _nobody_else_could(self, call: CallId, refuser: AgentId) -> None:
        """Invariant 5: whoever has not refused it and is idle now would have been rung."""
        floor = self.day.floor
        waiting = floor.calls[call]
        for agent in floor.agents.values():
            if agent.agent_id != refuser and agent.agent_id not in waiting.refused_by and agent.duty == "idle":
                ready = agent.presence == "ready" and agent.reachable
                assert not (ready and waiting.skills <= agent.skills)

    @rule(
        number=CALLS,
        queue=st.sampled_from([SALES, REPAIRS]),
        priority_s=st.sampled_from([0, 0, 300]),
        late_s=st.integers(0, 40),
    )
    def queue(self, number: int, queue: Queue, priority_s: int, late_s: int) -> None:
        enqueued_at = Instant(self.day.now - late_s * 1000)
        known = call_id(number) in self.day.floor.departed or call_id(number) in self.day.floor.calls
        self.tell(
            CallQueued(
                call_id(number),
                queue.queue_id,
                frozenset(),
                priority_s,
                enqueued_at,
                enqueued_at,
                leg(number),
                CallFacts(),
            )
        )
        if not known:
            self.enqueued[call_id(number)] = enqueued_at
        if call_id(number) in self.day.floor.calls:
            self.entered.add(call_id(number))

    @rule(number=CALLS, make=st.sampled_from(ABOUT_CALL))
    def about_call(self, number: int, make: Callable[[CallId], Event]) -> None:
        self.tell(make(call_id(number)))

    @rule(number=CALLS, make=st.sampled_from(ABOUT_OFFER), stale=st.sampled_from([False, False, False, True]))
    def about_offer(self, number: int, make: Callable[[OfferId], Event], stale: bool) -> None:
        call = self.day.floor.calls.get(call_id(number))
        attempt = 1 if stale or call is None else max(1, call.attempts)
        self.tell(make(offer_id(call_id(number), attempt)))

    @rule(agent=st.sampled_from(AGENTS), make=st.sampled_from(ABOUT_AGENT))
    def about_agent(self, agent: AgentId, make: Callable[[AgentId], Event]) -> None:
        self.tell(make(agent))

    @rule(agent=st.sampled_from(AGENTS), skills=SKILLS)
    def comes_to_work(self, agent: AgentId, skills: frozenset[str]) -> None:
        self.tell(AgentSignedIn(agent, agent, skills))
        self.tell(AgentReachable(agent))
        self.tell(AgentReady(agent))

    @rule(number=CALLS, agent=st.sampled_from(AGENTS))
    def rescued(self, number: int, agent: AgentId) -> None:
        self.tell(CallRescued(call_id(number), agent, leg(number)))
        if call_id(number) in self.day.floor.calls:
            self.entered.add(call_id(number))

    @rule(numbers=st.frozensets(CALLS), attempts=st.frozensets(st.tuples(CALLS, st.integers(1, 2))))
    def node_seen(self, numbers: frozenset[int], attempts: frozenset[tuple[int, int]]) -> None:
        offers = frozenset(offer_id(call_id(number), attempt) for number, attempt in attempts)
        self.tell(NodeSeen(NODE, frozenset(call_id(number) for number in numbers), offers))
        self.tell(NodeSeen(NodeId("other"), frozenset(), frozenset()))

    @rule(queues=st.sampled_from([(SALES,), (SALES, REPAIRS), (Queue(QueueId("sales"), "S", 5, frozenset()), REPAIRS)]))
    def settings_changed(self, queues: tuple[Queue, ...]) -> None:
        self.tell(QueuesChanged(queues, self.day.floor.settings_version + 1))

    @rule(seconds=st.sampled_from([0.01, 1, 3, 16, 31, 600]), timers=st.booleans())
    def time_passes(self, seconds: float, timers: bool) -> None:
        self.day.wait(seconds, timers=timers)

    @invariant()
    def in_order(self) -> None:
        check_invariants(self.day.floor)

    @invariant()
    def no_call_is_lost(self) -> None:
        """Invariants 1 and 3: on the floor, in a wrap-up or recorded, exactly one of them; the first time for ever."""
        floor = self.day.floor
        wrapping = {wrap_up.call.call_id for wrap_up in floor.wrap_ups.values()}
        for call in self.entered:
            assert [call in floor.calls, call in wrapping, call in self.recorded].count(True) == 1
        for call_now in floor.calls.values():
            if call_now.call_id in self.enqueued:
                assert call_now.enqueued_at == self.enqueued[call_now.call_id]
        for record in self.recorded.values():
            if record.call_id in self.enqueued:
                assert record.enqueued_at == self.enqueued[record.call_id]

    def teardown(self) -> None:
        """Invariants 6 and 7: the same messages make the same floor; so does the floor restored from its state."""
        floor = Floor()
        effects: list[Effect] = []
        for message in self.day.messages:
            effects.extend(step(floor, message).effects)
        assert floor.state() == self.day.floor.state()
        assert effects == self.day.effects
        restored = Floor.restored(floor.state())
        assert restored.state() == floor.state()
        assert restored.demand == floor.demand
        assert {lane: heap.items() for lane, heap in restored.lanes.items()} == {
            lane: heap.items() for lane, heap in floor.lanes.items()
        }
        assert restored.groups.keys() == floor.groups.keys()
        assert restored.deadlines.items() == floor.deadlines.items()
        assert +restored.loads == +floor.loads


def test_invariants_over_random_events() -> None:
    run_state_machine_as_test(
        AnyDay,
        settings=settings(
            max_examples=250, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_invariants_over_many_random_events() -> None:
    run_state_machine_as_test(
        AnyDay,
        settings=settings(
            max_examples=4000, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
