"""The decisions that the N-model's figure rests on, and the solver beside closed forms (benchmarks.routing)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.erlang import Traffic, erlang_a
from benchmarks.routing import (
    AGENTS,
    PATIENCE_S,
    QUEUE_A,
    QUEUE_B,
    TALK_S,
    Chain,
    Router,
    State,
    heads,
    stationary,
    waiting,
)

B_FIRST = (replace(QUEUE_A, target_s=3600), replace(QUEUE_B, target_s=1))
FLEXIBLE, ONLY_A = True, False


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        (State(0, 0, "A"), ("A", ONLY_A)),
        (State(5, 0, "A"), ("A", ONLY_A)),
        (State(6, 0, "A"), ("A", FLEXIBLE)),
        (State(0, 0, "B"), ("B", FLEXIBLE)),
        (State(0, 6, "B"), None),
        (State(6, 5, "AB"), ("A", FLEXIBLE)),
        (State(6, 5, "BA"), ("B", FLEXIBLE)),
        (State(5, 6, "BA"), ("A", ONLY_A)),
        (State(6, 6, "AB"), None),
    ],
)
def test_a_scarce_skill_is_spared_and_the_first_due_is_served(state: State, decision: tuple[str, bool] | None) -> None:
    assert Router().decide(state) == decision


def test_a_short_target_puts_a_queue_first_and_a_reserve_keeps_the_last_flexible_agent() -> None:
    assert Router(B_FIRST).decide(State(6, 5, "AB")) == ("B", FLEXIBLE)
    kept = Router((replace(QUEUE_A, reserve=1), QUEUE_B))
    assert kept.decide(State(6, 5, "A")) is None
    assert kept.decide(State(6, 4, "A")) == ("A", FLEXIBLE)
    assert kept.decide(State(6, 5, "AB")) == ("B", FLEXIBLE)


@settings(deadline=None)
@given(
    only=st.integers(0, AGENTS),
    flexible=st.integers(0, AGENTS),
    line=st.text("AB", max_size=7),
    router=st.sampled_from([Router(), Router(B_FIRST), Router((replace(QUEUE_A, reserve=1), QUEUE_B))]),
)
def test_only_the_first_of_each_kind_counts(only: int, flexible: int, line: str, router: Router) -> None:
    """What makes it right to ask the engine about two calls instead of the whole line."""
    assert router.decide(State(only, flexible, line)) == router.decide(State(only, flexible, heads(line)))


def test_the_solved_chain_agrees_with_erlang_a() -> None:
    """One kind of calls and six agents: states 0..40 calls, Poisson arrivals at 90 % load."""
    states = [State(min(n, AGENTS), 0, "A" * max(0, n - AGENTS)) for n in range(41)]
    moves = [(n, n + 1, 0, 1) for n in range(40)]
    moves += [(n, n - 1, 2, min(n, AGENTS)) for n in range(1, 41)]
    moves += [(n, n - 1, 3, n - AGENTS) for n in range(AGENTS + 1, 41)]
    share = stationary(Chain(states, moves), load := 0.45 / 0.65)
    rate_per_s = 0.65 * load * 2 * AGENTS / TALK_S
    assert rate_per_s * TALK_S == pytest.approx(0.9 * AGENTS)
    known = erlang_a(Traffic(rate_per_s, TALK_S), PATIENCE_S, AGENTS, 20)
    assert waiting(Chain(states, moves), share) == pytest.approx(known.queue, rel=1e-6)
    assert np.isclose(share.sum(), 1)
