"""Erlang B, C, A and the search for agents at 20,000 agents: `python -m benchmarks.erlang`."""

import sys
import time
from collections.abc import Callable

from acd.erlang import Target, Traffic, agents_needed_a, agents_needed_c, blocked, erlang_a, erlang_c
from benchmarks.figures import Figure, Figures, main, median

AGENTS = 20_000
TRAFFIC = Traffic(AGENTS * 0.995 / 180, 180)
PATIENCE_S = 300.0
TARGET = Target(0.8, 20)
EVALUATION_MS, SEARCH_MS = 10.0, 50.0
ROUNDS = 7


def measure() -> Figures:
    def figure(work: Callable[[], object], limit_ms: float) -> Figure:
        return Figure(round(median([_milliseconds(work) for _ in range(ROUNDS)]), 3), "ms", limit_ms)

    return {
        "Erlang B": figure(lambda: blocked(AGENTS, TRAFFIC.erlangs), EVALUATION_MS),
        "Erlang C": figure(lambda: erlang_c(TRAFFIC, AGENTS, 20), EVALUATION_MS),
        "Erlang A, all figures": figure(lambda: erlang_a(TRAFFIC, PATIENCE_S, AGENTS, 20), EVALUATION_MS),
        "agents needed, Erlang C": figure(lambda: agents_needed_c(TRAFFIC, TARGET), SEARCH_MS),
        "agents needed, Erlang A": figure(lambda: agents_needed_a(TRAFFIC, PATIENCE_S, TARGET), SEARCH_MS),
    }


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main("Erlang at 20,000 agents", measure))
