"""The figures of the benchmarks: limits, medians, turns, what is printed."""

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Figure, in_turns, main, median, percentile

FIGURES = {"key_to_prompt": Figure(21.5, "ms", limit=50, peer=24.0), "answered": Figure(8.9, "1/s")}


@pytest.mark.parametrize(
    ("figure", "ok"),
    [
        (Figure(50, "ms", limit=50), True),
        (Figure(50.1, "ms", limit=50), False),
        (Figure(9, "1/s", limit=9, at_least=True), True),
        (Figure(8.9, "1/s", limit=9, at_least=True), False),
        (Figure(1e9, "ms"), True),
        (Figure(float("nan"), "ms", limit=50), False),
    ],
)
def test_a_limit_is_the_last_good_value(figure: Figure, ok: bool) -> None:
    assert figure.ok is ok


def test_rivals_take_turns_and_none_is_always_first() -> None:
    order: list[str] = []

    def rival(name: str) -> Callable[[], float]:
        def run() -> float:
            order.append(name)
            return float(len(order))

        return run

    assert in_turns({"a": rival("a"), "b": rival("b")}, 3) == {"a": [1, 4, 5], "b": [2, 3, 6]}
    assert "".join(order) == "abbaab"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_among_the_values(values: list[float], share: float) -> None:
    assert min(values) <= percentile(values, share) <= max(values)
    assert percentile(values, 0.5) == pytest.approx(median(values))


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="Nothing was measured"):
        median([])
    with pytest.raises(ValueError, match="Nothing was measured"):
        percentile([], 0.5)


def test_json_is_one_object() -> None:
    out = io.StringIO()
    assert main("First call", lambda: FIGURES, ["--json"], out) == 0
    assert json.loads(out.getvalue()) == {
        "key_to_prompt": {"value": 21.5, "unit": "ms", "limit": 50, "peer": 24.0, "ok": True},
        "answered": {"value": 8.9, "unit": "1/s", "limit": None, "peer": None, "ok": True},
    }


def test_a_figure_outside_its_limit_is_seen_and_fails() -> None:
    out = io.StringIO()
    assert main("First call", lambda: {"key_to_prompt": Figure(51, "ms", limit=50)}, [], out) == 1
    assert "outside" in out.getvalue()
