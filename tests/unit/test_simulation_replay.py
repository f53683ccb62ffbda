"""Replay: the same messages make the same decisions, in another process too; a changed engine or log is noticed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from acd import codec, strategies
from acd.engine import Step
from acd.events import CallQueued, Message, Refused
from acd.floor import Floor, FloorState
from acd.logged import Logged, decisions
from acd.model import Agent
from simulation.errors import LogGap
from simulation.replay import Difference, replay
from simulation.world import simulate
from tests.unit.test_simulation_world import mixed


class Recorder:
    """Writes the log as the store would, through the codec. `states` are snapshots by version."""

    def __init__(self, *, every: int = 300) -> None:
        self.log: list[Logged] = []
        self.states: dict[int, FloorState] = {}
        self._every = every

    def watch(self, floor: Floor, message: Message, done: Step) -> None:
        if not done.taken:
            return
        refusal = str(done.answer.reason) if isinstance(done.answer, Refused) else ""
        text = codec.encode_message(message)
        self.log.append(Logged(done.version, codec.decode_message(text), refusal, decisions(done.effects)))
        if done.version % self._every == 0:
            self.states[done.version] = floor.state()


@pytest.fixture(scope="module")
def day() -> Recorder:
    recorder = Recorder()
    simulate(mixed(), 11, recorder.watch)
    assert len(recorder.log) > 800
    return recorder


def differences(floor: Floor, log: list[Logged]) -> list[Difference]:
    return [difference for _, difference in replay(floor, log) if difference is not None]


def test_a_day_is_decided_as_it_was(day: Recorder) -> None:
    floor = Floor()
    assert differences(floor, day.log) == []
    assert floor.version == day.log[-1].version


def test_a_replay_may_begin_at_a_snapshot(day: Recorder) -> None:
    version, state = min(day.states.items())
    floor = Floor.restored(state)
    whole = Floor()
    assert differences(floor, [logged for logged in day.log if logged.version > version]) == []
    assert differences(whole, day.log) == []
    assert floor.state() == whole.state()


def test_a_changed_engine_is_noticed(day: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another order among idle agents: the first decision that comes out otherwise is told, with both choices."""

    def busiest_first(_: object, agent: Agent) -> tuple[float, ...]:
        return (-agent.share, -agent.idle_since)

    monkeypatch.setattr(strategies.LeastBusy, "key", busiest_first)
    (found,) = differences(Floor(), day.log)
    assert found.then != found.now
    assert "OfferCall" in found.then
    assert "OfferCall" in found.now


def test_a_changed_log_is_noticed(day: Recorder) -> None:
    place, queued = next((n, each) for n, each in enumerate(day.log) if isinstance(each.message.event, CallQueued))
    event = replace(queued.message.event, skills=frozenset({"juggling"}))  # type: ignore[arg-type]  # found above
    forged = replace(queued, message=replace(queued.message, event=event))
    log = [*day.log[:place], forged, *day.log[place + 1 :]]
    assert len(differences(Floor(), log)) == 1
    with pytest.raises(LogGap, match="no entries between"):
        list(replay(Floor(), day.log[3:]))
    refused = [replace(day.log[0], refusal="on_call"), *day.log[1:]]
    assert differences(Floor(), refused)[0].then == "refused: on_call"


def test_a_log_without_decisions_is_still_compared_by_version(day: Recorder) -> None:
    old = [replace(logged, decisions=None) for logged in day.log]
    assert differences(Floor(), old) == []


def test_another_process_decides_the_same(day: Recorder, tmp_path: Path) -> None:
    """Sets of words have another order in every process (PYTHONHASHSEED): no decision may depend on it."""
    program = (
        "import sys; from pathlib import Path; from acd import codec; from acd.floor import Floor;"
        "from acd.logged import Logged; from simulation.replay import replay\n"
        "rows = [row.split(b'\\t') for row in Path(sys.argv[1]).read_bytes().split(b'\\n\\n') if row]\n"
        "log = [Logged(int(v), codec.decode_message(m), r.decode(), d.decode()) for v, m, r, d in rows]\n"
        "found = [difference for _, difference in replay(Floor(), log) if difference]\n"
        "print(len(log), found)"
    )
    rows = [
        b"\t".join([str(each.version).encode(), codec.encode_message(each.message), each.refusal.encode(),
                    (each.decisions or "").encode()])
        for each in day.log
    ]  # fmt: skip
    (tmp_path / "log").write_bytes(b"\n\n".join(rows))
    for seed in ("1", "77"):
        told = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "log")],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, timeout=100, check=True,
        )  # fmt: skip
        assert told.stdout.split() == [str(len(day.log)), "[]"]
