"""What-if: the published tables, and the simulation beside the closed form; scenario files; recorded callers."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from acd.erlang import Outlook, Target
from callcentre.cli import app
from callcentre.mendable import kindly
from callcentre.rehearsal import EXAMPLE
from calls.clock import Instant
from calls.ids import ContactId, NodeId, QueueId
from calls.journey import CallFacts
from calls.record import CallOutcome, CallRecord
from simulation.errors import BadScenario, SimulationError
from simulation.recorded import recorded
from simulation.scenario_file import read_scenario, scenario_of
from simulation.staffing import Forecast, measured, played
from tests.kit.floors import START, call_id


@pytest.mark.parametrize(
    ("per_hour", "aht_s", "patience_s", "share", "within_s", "agents"),
    [
        (200, 180, None, 0.8, 20, 14),
        (600, 300, None, 0.75, 30, 55),
        (150, 180, None, 0.8, 20, 11),
        (200, 180, 120, 0.8, 20, 12),
        (600, 300, 180, 0.75, 30, 49),
        (9000, 180, 300, 0.9, 20, 444),
    ],
)
def test_agents_needed_by_the_tables(
    per_hour: float, aht_s: float, patience_s: float | None, share: float, within_s: int, agents: int
) -> None:
    assert Forecast(per_hour, aht_s, patience_s).agents_needed(Target(share, within_s)) == agents


def test_the_simulation_agrees_with_the_closed_form_and_notices_an_agent_less() -> None:
    forecast = Forecast(200, 180, 120)
    outlook = forecast.outlook(12, 20)
    assert isinstance(outlook, Outlook)
    real = played(forecast, 12, 20, days=8, hours=3)
    assert real.service_level.holds(outlook.service_level)
    assert real.asa_s.holds(outlook.asa_s)
    assert real.abandons.holds(outlook.abandons)
    assert real.occupancy.holds(outlook.occupancy)
    fewer = played(forecast, 9, 20, days=8, hours=3)
    assert not fewer.service_level.holds(outlook.service_level)
    with pytest.raises(ValueError, match="two days"):
        measured([1.0])


def test_the_example_is_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    file.write_text(EXAMPLE)
    scenario = read_scenario(file)
    assert (len(scenario.crew), scenario.length_s, len(scenario.queues)) == (30, 8 * 3600, 1)
    assert scenario.sources[0].talk.mean_s == 180  # type: ignore[union-attr]  # the example has a profile


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"queues": []}, "not among the queues"),
        ({"hours": 0}, "hours"),
        ({"hours": "many"}, "hours"),
        ({"callers": [{"queue": "other", "per_hour": 10}]}, "other"),
        ({"callers": [{"queue": "line", "per_hour": []}]}, "empty"),
        ({"callers": [{"queue": "line", "per_hour": -1}]}, "per_hour"),
        ({"agents": [{"count": 30_000}]}, "count"),
        ({"agents": [{"count": 3, "breaks": [[1, 1.1, 30]]}]}, "longer than its window"),
        ({"missed": 1.0}, "missed"),
    ],
)
def test_a_wrong_scenario_is_told_of(change: dict[str, object], fault: str) -> None:
    good: dict[str, object] = {
        "queues": [{"name": "line"}],
        "callers": [{"queue": "line", "per_hour": 30}],
        "agents": [{"count": 2}],
    }
    scenario_of(good)
    with pytest.raises(BadScenario) as found:
        scenario_of(good | change)
    assert fault in str(found.value)
    assert kindly(found.value) == str(found.value)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda leaf: st.dictionaries(st.text(), leaf)))
def test_no_file_brings_it_down(anything: object) -> None:
    with suppress(SimulationError):
        scenario_of({"queues": anything, "callers": [], "agents": anything})


RECORD = CallRecord(
    call_id(1),
    ContactId("c"),
    NodeId("node-1"),
    CallOutcome.ANSWERED,
    CallFacts(),
    START,
    Instant(START + 300_000),
    queue_id=QueueId("line"),
    enqueued_at=Instant(START + 10_000),
    answered_at=Instant(START + 40_000),
    talk_ended_at=Instant(START + 240_000),
    wrap_up_ended_at=Instant(START + 300_000),
)


def test_a_recorded_day_rings_again() -> None:
    lost = replace(
        RECORD, call_id=call_id(2), outcome=CallOutcome.ABANDONED, enqueued_at=Instant(START + 5_000),
        ended_at=Instant(START + 55_000), answered_at=None, talk_ended_at=None, wrap_up_ended_at=None,
    )  # fmt: skip
    menu = replace(RECORD, call_id=call_id(3), enqueued_at=None, queue_id=None)
    first, second = recorded([RECORD, lost, menu], START, 1).day
    assert (first.at_s, first.patience_s, first.talk_s) == (5, 50, 200)
    assert (second.at_s, second.talk_s, second.wrap_up_s) == (10, 200, 60)
    assert second.patience_s > 30
    assert recorded([], START, 1).day == ()


def test_the_commands_answer(tmp_path: Path) -> None:
    run = CliRunner()
    file = tmp_path / "day.json"
    quick = {
        "hours": 0.5,
        "queues": [{"name": "line"}],
        "callers": [{"queue": "line", "per_hour": 100, "talk_cv": 0}],
        "agents": [{"count": 6}],
    }
    file.write_text(json.dumps(quick))
    told = run.invoke(app, ["simulate", str(file), "--compare", "least_busy", "--compare", "longest_idle", "--json"])
    assert told.exit_code == 0, told.output
    figures = json.loads(told.stdout)
    assert figures["least_busy"]["offered"] == figures["longest_idle"]["offered"] > 20
    table = run.invoke(app, ["simulate", str(file)])
    assert "as in the file" in table.stdout
    asked = ["what-if", "--per-hour", "20", "--aht", "120", "--patience", "100", "--days", "2", "--hours", "1"]
    what_if = run.invoke(app, asked)
    assert what_if.exit_code == 0, what_if.output
    assert "agents at the desk are needed for 80% in 20 s (Erlang A)" in what_if.stdout
    assert isinstance(run.invoke(app, ["simulate", str(file), "--compare", "nobody"]).exception, BadScenario)
    assert isinstance(run.invoke(app, ["simulate"]).exception, BadScenario)
