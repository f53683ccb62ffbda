"""Nobody starves: due-time order under skewed priorities (design: acd.md, "Which call")."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.events import CallConnected, CallerLeft, OfferAccepted
from acd.model import CallState
from calls.clock import Instant, after
from calls.ids import AgentId, CallId
from tests.kit.floors import REPAIRS, SALES, START, Day, call_id, check_invariants

TALK_S = 40
QUEUE = replace(SALES, wrap_up_s=0)
OTHER = replace(REPAIRS, wrap_up_s=0)


class Hotline(Day):
    """Agents with every skill who answer at once and talk for `TALK_S`; `begun` is when each call was answered."""

    def __init__(self, agents: int) -> None:
        super().__init__(QUEUE, OTHER)
        self.begun: dict[CallId, Instant] = {}
        for number in range(agents):
            self.agent_ready(f"agent-{number}", "sales", "repairs")

    def go_on(self, seconds: int) -> None:
        for _ in range(seconds):
            for call in list(self.floor.calls.values()):
                if call.state is CallState.OFFERED and call.offer is not None:
                    self.begun[call.call_id] = self.now
                    self.tell(OfferAccepted(call.offer.offer_id))
                    self.tell(CallConnected(call.offer.offer_id))
                elif call.state is CallState.TALKING and self.now >= after(self.begun[call.call_id], TALK_S):
                    self.tell(CallerLeft(call.call_id))
            self.wait(1)


def test_an_old_normal_call_beats_endless_newer_ones_of_high_priority() -> None:
    """One agent, and every ten seconds a call that is due five minutes earlier: four times what the agent can serve."""
    day = Hotline(1)
    normal = day.queued(1)
    first = day.queued(2, priority_s=300)
    assert day.call(normal).state is CallState.OFFERED, "nobody else was there yet"
    day.tell(CallerLeft(normal))
    day.go_on(1)
    normal = day.queued(3)
    number = 4
    while normal not in day.begun:
        day.queued(number, priority_s=300)
        number += 1
        day.go_on(10)
        assert day.now < after(START, 3600), "the normal call starves"
    assert first in day.begun
    waited_s = (day.begun[normal] - START) / 1000
    ahead = sum(1 for number in range(4, number) if call_id(number) in day.begun)
    assert 300 <= waited_s <= 300 + 31 * TALK_S, "only who rang within its five minutes can have been before it"
    assert ahead <= 31
    assert any(call.state is CallState.WAITING for call in day.floor.calls.values()), "newer ones of priority wait"


STREAM = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([0, 0, 0, 60, 300, 3600]), st.booleans()), min_size=1, max_size=30
)
"""Pause before the call, its priority in seconds, whether it is for the other queue."""


@settings(max_examples=40, deadline=None)
@given(stream=STREAM, agents=st.integers(1, 3))
def test_every_call_is_served_in_bounded_time_once_no_more_come(
    stream: list[tuple[int, int, bool]], agents: int
) -> None:
    """All are answered within the work that is there; equal priority in one queue keeps its order."""
    day = Hotline(agents)
    for number, (pause_s, priority_s, other) in enumerate(stream):
        day.go_on(pause_s)
        day.queued(number, priority_s=priority_s, queue=OTHER if other else QUEUE)
    day.go_on((TALK_S + 2) * (len(stream) // agents + 2))
    assert set(day.begun) == {call_id(number) for number in range(len(stream))}
    for kind in {kind[1:] for kind in stream}:
        answered = [day.begun[call_id(number)] for number, one in enumerate(stream) if one[1:] == kind]
        assert answered == sorted(answered)
    assert not day.floor.calls
    assert all(day.agent(AgentId(f"agent-{number}")).call_id is None for number in range(agents))
    check_invariants(day.floor)
