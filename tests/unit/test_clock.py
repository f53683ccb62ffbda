"""The one clock: setting the machine's clock moves nothing, and no process goes back behind the last commit."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.engine import step
from acd.events import AgentSignedIn, Message
from acd.floor import Floor
from calls.clock import AnchoredClock, Instant
from calls.ids import AgentId, new_event_id
from staff.skills import skilled

HOUR_MS = 3_600_000
BEGIN_MS = 1_750_000_000_000


class Machine:
    """A machine whose wall clock is set by hand; the monotonic one only goes on."""

    def __init__(self, patch: Callable[[str, object], None]) -> None:
        self.wall_ms, self.monotonic_ms = BEGIN_MS, 5_000
        patch("time_ns", lambda: self.wall_ms * 1_000_000)
        patch("monotonic_ns", lambda: self.monotonic_ms * 1_000_000)

    def passes(self, ms: int) -> None:
        self.wall_ms += ms
        self.monotonic_ms += ms

    def clock_is_set(self, by_ms: int) -> None:
        self.wall_ms += by_ms


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(lambda name, value: monkeypatch.setattr(time, name, value))


@pytest.mark.parametrize("set_by", [HOUR_MS, -HOUR_MS])
def test_setting_the_clock_moves_nothing(machine: Machine, set_by: int) -> None:
    clock = AnchoredClock()
    before = clock.now()
    machine.clock_is_set(set_by)
    machine.passes(250)
    assert clock.now() - before == 250


def test_a_process_started_after_a_set_back_clock_goes_on_from_the_last_commit(machine: Machine) -> None:
    last_commit = AnchoredClock().now()
    machine.clock_is_set(-HOUR_MS)
    started = AnchoredClock()
    started.never_before(last_commit)
    machine.passes(250)
    assert started.now() == last_commit, "it waits there instead of going back"
    machine.passes(HOUR_MS)
    assert started.now() == last_commit + 250


def test_a_process_started_after_a_clock_set_forward_goes_on_there(machine: Machine) -> None:
    last_commit = AnchoredClock().now()
    machine.clock_is_set(HOUR_MS)
    started = AnchoredClock()
    started.never_before(last_commit)
    assert started.now() == last_commit + HOUR_MS


@given(st.lists(st.integers(-HOUR_MS, HOUR_MS), min_size=1, max_size=20))
def test_the_floor_never_goes_back_whatever_a_message_says(shifts: list[int]) -> None:
    floor = Floor()
    for number, shift in enumerate(shifts):
        before = floor.at
        event = AgentSignedIn(AgentId(f"agent-{number}"), "Agent", skilled("sales"))
        step(floor, Message(new_event_id(), Instant(BEGIN_MS + shift), "user:test", event))
        assert floor.at >= before
