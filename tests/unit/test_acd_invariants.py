"""The seven invariants of the engine over random event lists (design: acd.md, "Must hold, always")."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from acd.effects import Effect, OfferCall, SendAway, WriteRecord
from acd.engine import Step, step
from acd.events import (
    AgentLegEnded,
    AgentNotReady,
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    AgentUnreachable,
    BeginPayment,
    CallbackCancelled,
    CallbackElsewhere,
    CallbackRequested,
    CallConnected,
    CallEnteredMenu,
    CallerLeft,
    CallerLeftPayment,
    CallHeld,
    CallLeftMenu,
    CallQueued,
    CallRescued,
    CallResumed,
    CallSelfServed,
    ConnectFailed,
    ConsultCall,
    ConsultConnected,
    CustomerNotReached,
    CustomerReached,
    Decline,
    DemandForecast,
    EndConsult,
    Event,
    HandOver,
    JoinAll,
    LeavePayment,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
    OutsideAnswered,
    OutsideFailed,
    PastTalk,
    PaymentOver,
    PaymentStepped,
    ProtectedStepBegan,
    ProtectedStepEnded,
    QueuesChanged,
    TakeCallBack,
    TelephoneRenewed,
    TransferCall,
    WrapUpEnded,
)
from acd.floor import Floor
from acd.model import Call, CallState
from acd.policy import offerable
from acd.queues import Cause, Hours, Limits, Overflow, Queue, Ring, Span, Way
from acd.strategies import Strategy
from calls.callback import Callback
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, ContactId, NodeId, OfferId, QueueId, offer_id
from calls.journey import CallFacts
from calls.numbers import PhoneNumber
from calls.paying import PayResult, PayStep
from calls.record import CallRecord
from calls.refusal import Refusal
from calls.transfer import Target, TargetKind
from calls.unreached import Unreached
from staff.skills import Skills, able, skilled, skills_from
from tests.kit.floors import NODE, REPAIRS, SALES, Day, call_id, check_invariants, leg

AGENTS = [AgentId(name) for name in ("anna", "boris", "vera")]
CALLS = st.integers(1, 6)
CALLS_AND_CALLBACKS = st.one_of(CALLS, CALLS.map(lambda number: 100 + number))
SKILLS = st.dictionaries(st.sampled_from(["sales", "repairs", "en"]), st.integers(1, 5), min_size=1).map(skills_from)
WIDENING = replace(
    SALES, level=4, rings=(Ring(10, 3), Ring(20, 2, frozenset({"en"})), Ring(31, 1, frozenset({"en", "sales"})))
)
ROUTED = [
    (WIDENING, replace(REPAIRS, level=2)),
    (replace(SALES, reserve=1), replace(REPAIRS, reserve=2)),
    (replace(SALES, strategy="ring_all"), REPAIRS),
    (replace(SALES, strategy="ring_all", reserve=1, skills=frozenset()), replace(REPAIRS, strategy="longest_idle")),
    (replace(SALES, preferred_s=16), replace(REPAIRS, preferred_s=3, rings=(Ring(3, 1),))),
    (
        replace(WIDENING, strategy="fixed_order", order=(AgentId("vera"), AgentId("anna"))),
        replace(REPAIRS, strategy="fewest_calls", preferred_s=60, reserve=1),
    ),
]
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
    OutsideAnswered,
    CallerLeftPayment,
    *(lambda call, why=why: OutsideFailed(call, why) for why in (Unreached.BUSY, Unreached.NO_ANSWER)),
]
ABOUT_OFFER: list[Callable[[OfferId], Event]] = [
    OfferAccepted,
    CallConnected,
    CallConnected,
    ConnectFailed,
    *(lambda offer, why=why: OfferDeclined(offer, why) for why in Decline),
    *(lambda offer, how=how: AgentLegEnded(offer, how) for how in LegEnd),
    lambda offer: CustomerReached(offer, leg(77)),
    lambda offer: CallbackElsewhere(offer, NODE),
    *(lambda offer, why=why: CustomerNotReached(offer, why) for why in Unreached),
]
ABOUT_LINE: list[Callable[[OfferId], Event]] = [ConsultConnected, ConsultConnected, *ABOUT_OFFER]
ABOUT_AGENT: list[Callable[[AgentId], Event]] = [
    lambda agent: AgentSignedIn(agent, agent, skilled("sales")),
    AgentSignedOut,
    AgentReady,
    AgentReady,
    lambda agent: AgentNotReady(agent, "lunch"),
    AgentReachable,
    AgentReachable,
    AgentUnreachable,
    TelephoneRenewed,
    WrapUpEnded,
    HandOver,
    EndConsult,
    JoinAll,
    TakeCallBack,
    lambda agent: BeginPayment(agent, "4401220170"),
    lambda agent: BeginPayment(agent, "4401220170"),
    LeavePayment,
]
TARGETS = st.sampled_from(
    [*(Target(TargetKind.AGENT, name) for name in AGENTS), *(Target(TargetKind.QUEUE, q) for q in ("sales", "gone"))]
)


SHORT_DAY = Hours((Span(6, 0, 18 * 60 + 10), Span(6, 18 * 60 + 12, 18 * 60 + 40)))
"""The day of these tests begins six minutes past six; it closes soon, opens once more, and closes."""
ANY, LATE = frozenset(Cause), frozenset({Cause.LATE, Cause.NO_AGENTS})
CALLBACK, OUTSIDE = Overflow(ANY, Way.CALLBACK), Overflow(ANY, Way.OUTSIDE, "+74950000112")
TO_SALES, TO_REPAIRS = Overflow(ANY, Way.QUEUE, "sales"), Overflow(LATE, Way.QUEUE, "repairs")
FULL_SALES = replace(SALES, late_s=20, most_waiting=2, hours=SHORT_DAY, overflow=(TO_REPAIRS, CALLBACK))
FULL_REPAIRS = replace(REPAIRS, late_s=30, most_waiting=1, overflow=(TO_SALES, OUTSIDE))
DANGER = replace(REPAIRS, never_full=True, hours=SHORT_DAY, overflow=(CALLBACK, TO_SALES, OUTSIDE))
SETTINGS = [
    (SALES,),
    (SALES, REPAIRS),
    (Queue(QueueId("sales"), "S", 5, frozenset()), REPAIRS),
    (FULL_SALES, FULL_REPAIRS),
    (FULL_SALES, DANGER),
    (replace(SALES, hours=SHORT_DAY), FULL_REPAIRS),
    *ROUTED,
]
"""What the supervisor may set, one after the other, while callers wait."""
LIMITS = [Limits(), Limits(hold_lines=2), Limits(hold_lines=3, per_number=1)]
NUMBERS = [None, None, PhoneNumber("+73060000170"), PhoneNumber("+73060000171")]


class WatchedDay(Day):
    """Shows each step's effects while the floor is still as that step left it."""

    def __init__(self, watch: Callable[[tuple[Effect, ...]], None]) -> None:
        self.watch = watch
        super().__init__()

    def tell(self, event: Event, *, actor: str = "test", message_id: str = "") -> Step:
        done = super().tell(event, actor=actor, message_id=message_id)
        self.watch(done.effects)
        return done


def _refusal(effect: Effect, call: CallId) -> Refusal | None:
    wish = effect.wish
    return wish.refusal if isinstance(wish, SendAway) and wish.call_id == call else None


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
            if isinstance(wish, SendAway):
                queue = self.day.floor.queues.get(self.day.floor.calls[wish.call_id].queue_id)
                assert queue is None or not queue.never_full, "sent away from a danger to life"
            if isinstance(wish, OfferCall):
                call = self.day.floor.calls[wish.call_id]
                if not wish.again:  # who was lost in a talk has that caller back before all others
                    self._nobody_waits_longer(call, wish.agent_id)
                if wish.agent_id in call.refused_by:
                    self._nobody_else_could(call.call_id, wish.agent_id)

    def _nobody_waits_longer(self, rung_for: Call, agent: AgentId) -> None:
        """Of the calls that this agent may take, over all queues, the one due first was taken."""
        floor = self.day.floor
        for call in floor.calls.values():
            could = (
                offerable(call, floor.at)
                and call.paused_until is None
                and able(floor.agents[agent].skills, call.need)
                and call.preferred_until is None
                and not self._reserve_of(call)
            )
            assert not could or (call.due_at, call.sequence) > (rung_for.due_at, rung_for.sequence)

    def _reserve_of(self, call: Call) -> int:
        queue = self.day.floor.queues.get(call.queue_id)
        return 0 if queue is None else queue.reserve

    def _nobody_else_could(self, call: CallId, refuser: AgentId) -> None:
        """Invariant 5: whoever has not refused it and is idle now would have been rung."""
        floor = self.day.floor
        waiting = floor.calls[call]
        for agent in floor.agents.values():
            if agent.agent_id != refuser and agent.agent_id not in waiting.refused_by and agent.duty == "idle":
                ready = agent.presence == "ready" and agent.reachable and agent.kept_call is None
                kept_back = self._reserve_of(waiting) > 0
                assert not (ready and able(agent.skills, waiting.need)) or kept_back

    @rule(
        number=CALLS,
        queue=st.sampled_from([SALES, REPAIRS]),
        priority_s=st.sampled_from([0, 0, 300]),
        late_s=st.integers(0, 40),
        told=st.integers(0, 2),
        own=st.sampled_from([frozenset(), frozenset(), frozenset({"en"})]),
        preferred=st.sampled_from([None, *AGENTS]),
    )
    def queue(
        self,
        number: int,
        queue: Queue,
        priority_s: int,
        late_s: int,
        told: int,
        own: frozenset[str],
        preferred: AgentId | None,
    ) -> None:
        enqueued_at = Instant(self.day.now - late_s * 1000)
        known = call_id(number) in self.day.floor.departed or call_id(number) in self.day.floor.calls
        self.tell(
            CallQueued(
                call_id(number),
                queue.queue_id,
                own,
                priority_s,
                enqueued_at,
                enqueued_at,
                leg(number),
                CallFacts(caller_number=NUMBERS[number % len(NUMBERS)]),
                told,
                preferred=preferred,
            )
        )
        if not known:
            self.enqueued[call_id(number)] = enqueued_at
        if call_id(number) in self.day.floor.calls:
            self.entered.add(call_id(number))

    @rule(number=CALLS, phone=st.sampled_from([each for each in NUMBERS if each]), attempts=st.integers(0, 2))
    def promised(self, number: int, phone: PhoneNumber, attempts: int) -> None:
        """A callback is asked for, or found in the database; after a loss its first call may be unknown."""
        at = Instant(self.day.now - 5000)
        callback = Callback(
            call_id(100 + number),
            ContactId(call_id(number)),
            SALES.queue_id,
            phone,
            CallFacts(),
            frozenset(),
            0,
            at,
            at,
            self.day.now,
            NODE,
            attempts,
        )
        self.tell(CallbackRequested(callback))
        if callback.callback_id in self.day.floor.calls and callback.callback_id not in self.entered:
            self.entered.add(callback.callback_id)
            self.enqueued[callback.callback_id] = at

    @rule(phone=st.sampled_from([each for each in NUMBERS if each]))
    def promise_taken_back(self, phone: PhoneNumber) -> None:
        self.tell(CallbackCancelled(phone))
        assert phone not in self.day.floor.crowd.promised

    @rule(number=CALLS_AND_CALLBACKS, make=st.sampled_from(ABOUT_CALL))
    def about_call(self, number: int, make: Callable[[CallId], Event]) -> None:
        self.tell(make(call_id(number)))

    @rule(
        number=CALLS_AND_CALLBACKS,
        make=st.sampled_from(ABOUT_OFFER),
        stale=st.sampled_from([False, False, False, True]),
    )
    def about_offer(self, number: int, make: Callable[[OfferId], Event], stale: bool) -> None:
        call = self.day.floor.calls.get(call_id(number))
        attempt = 1 if stale or call is None else max(1, call.attempts)
        self.tell(make(offer_id(call_id(number), attempt)))

    @rule(agent=st.sampled_from(AGENTS), make=st.sampled_from(ABOUT_AGENT))
    def about_agent(self, agent: AgentId, make: Callable[[AgentId], Event]) -> None:
        self.tell(make(agent))

    @rule(agent=st.sampled_from(AGENTS), skills=SKILLS)
    def comes_to_work(self, agent: AgentId, skills: Skills) -> None:
        self.tell(AgentSignedIn(agent, agent, skills))
        self.tell(AgentReachable(agent))
        self.tell(AgentReady(agent))

    @rule(agent=st.sampled_from(AGENTS), to=TARGETS, make=st.sampled_from([TransferCall, ConsultCall]))
    def sends_on(self, agent: AgentId, to: Target, make: Callable[[AgentId, Target], Event]) -> None:
        self.tell(make(agent, to))

    @rule(number=CALLS, make=st.sampled_from(ABOUT_LINE))
    def about_second_line(self, number: int, make: Callable[[OfferId], Event]) -> None:
        call = self.day.floor.calls.get(call_id(number))
        if call is not None and call.consult is not None:
            self.tell(make(call.consult.offer_id))

    @rule(number=CALLS, nth=st.integers(1, 2), to=st.sampled_from([*PayStep, *PayResult]), keyed=st.integers(0, 19))
    def about_payment(self, number: int, nth: int, to: PayStep | PayResult, keyed: int) -> None:
        call = call_id(number)
        if isinstance(to, PayStep):
            self.tell(PaymentStepped(call, nth, to, keyed))
        else:
            self.tell(PaymentOver(call, nth, to, "R-1"))

    @rule(number=CALLS, end=st.sampled_from([*LegEnd, None]), back=st.booleans())
    def pays(self, number: int, end: LegEnd | None, back: bool) -> None:
        """Out of a talk, as far as there is one: the chance of it by single rules is small."""
        call = self.day.floor.calls.get(call_id(number))
        if call is None or call.offer is None:
            return
        self.tell(CallConnected(call.offer.offer_id))
        self.tell(BeginPayment(call.offer.agent_id, "4401220170"))
        if end is not None:
            self.tell(AgentLegEnded(call.offer.offer_id, end))
        if back:
            self.tell(CallerLeftPayment(call.call_id))
            self.tell(CallConnected(call.offer.offer_id))

    @rule(number=CALLS, agent=st.sampled_from(AGENTS))
    def rescued(self, number: int, agent: AgentId) -> None:
        self.tell(CallRescued(call_id(number), agent, leg(number)))
        if call_id(number) in self.day.floor.calls:
            self.entered.add(call_id(number))

    @rule(number=CALLS, agent=st.sampled_from(AGENTS), attempt=st.integers(0, 2), long_s=st.integers(0, 60))
    def talked_unheard(self, number: int, agent: AgentId, attempt: int, long_s: int) -> None:
        """By an offer, or (attempt 0) by Asterisk alone; told a second after its end."""
        began_at, ended_at = after(self.day.now, -long_s - 1), after(self.day.now, -1)
        offer = offer_id(call_id(number), attempt) if attempt else None
        if call_id(number) not in self.day.floor.calls and not self.day.floor.departed.get(call_id(number)):
            self.entered.add(call_id(number))
        self.tell(PastTalk(call_id(number), agent, offer, began_at, ended_at, NODE))

    @rule(numbers=st.frozensets(CALLS), attempts=st.frozensets(st.tuples(CALLS, st.integers(1, 2))))
    def node_seen(self, numbers: frozenset[int], attempts: frozenset[tuple[int, int]]) -> None:
        offers = frozenset(offer_id(call_id(number), attempt) for number, attempt in attempts)
        self.tell(NodeSeen(NODE, frozenset(call_id(number) for number in numbers), offers))
        self.tell(NodeSeen(NodeId("other"), frozenset(), frozenset()))

    @rule(queues=st.sampled_from(SETTINGS), limits=st.sampled_from(LIMITS))
    def settings_changed(self, queues: tuple[Queue, ...], limits: Limits) -> None:
        self.tell(QueuesChanged(queues, self.day.floor.settings_version + 1, limits))

    @rule(short=st.frozensets(st.sampled_from([QueueId("sales"), QueueId("repairs"), QueueId("nowhere")])))
    def forecast(self, short: frozenset[QueueId]) -> None:
        self.tell(DemandForecast(short))

    @rule(seconds=st.sampled_from([0.01, 1, 3, 16, 31, 600]), timers=st.booleans())
    def time_passes(self, seconds: float, timers: bool) -> None:
        self.day.wait(seconds, timers=timers)

    @invariant()
    def in_order(self) -> None:
        check_invariants(self.day.floor)

    @invariant()
    def nobody_is_sent_in_a_circle(self) -> None:
        floor = self.day.floor
        for call in floor.calls.values():
            left = call.detour.left
            assert len({*left, call.queue_id}) == len(left) + 1
            if call.state is CallState.DIVERTED:
                sent = [refusal for effect in self.day.effects if (refusal := _refusal(effect, call.call_id))]
                assert [refusal.told for refusal in sent] == list(range(1, call.detour.told + 1))
        assert floor.crowd.lines == sum(len(held) for held in floor.crowd.held.values())
        promised = [call for call in floor.calls.values() if call.promised and call.callback is not None]
        assert floor.crowd.promised == {call.callback.number: call.call_id for call in promised if call.callback}
        assert len(floor.crowd.promised) == len(promised), "two promises to one number"

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
        assert {lane: line.items() for lane, line in restored.lanes.all()} == {
            lane: line.items() for lane, line in floor.lanes.all()
        }
        assert _groups(restored) == _groups(floor)
        assert restored.deadlines.items() == floor.deadlines.items()
        assert +restored.loads == +floor.loads
        assert +restored.serving == +floor.serving
        assert restored.staff == floor.staff
        assert restored.crowd.promised == floor.crowd.promised
        assert (restored.crowd.lines, restored.crowd.numbers) == (floor.crowd.lines, floor.crowd.numbers)
        assert {queue: set(held) for queue, held in restored.crowd.held.items()} == {
            queue: set(held) for queue, held in floor.crowd.held.items()
        }


def _groups(floor: Floor) -> dict[Skills, dict[Strategy, list[AgentId]]]:
    """Each group's agents, in the order of each strategy."""
    return {
        skills: {strategy: heap.smallest(len(heap), lambda _: True) for strategy, heap in group.items()}
        for skills, group in floor.groups.by_skills.items()
    }


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
