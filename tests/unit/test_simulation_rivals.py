"""The rivals' rules choose as their sources say, and their model is comparable with the engine."""

import pytest

from acd.effects import OfferCall
from acd.events import AgentReady, AgentSignedIn, CallerLeft, CallQueued, Event, Message, WrapUpEnded
from benchmarks.fairness import OURS, PEERS, shift
from calls.clock import Instant
from calls.ids import AgentId, EventId, QueueId
from calls.journey import CallFacts
from simulation.engine_floor import EngineFloor
from simulation.rivals import RivalFloor
from simulation.scenario import with_strategy
from simulation.timesheet import unfairness
from simulation.world import World
from tests.kit.floors import call_id, leg

ANNA, BORIS, VERA = AgentId("anna"), AgentId("boris"), AgentId("vera")


class Line:
    """A rival's line; time goes on by a second with every word."""

    def __init__(self, rule: str) -> None:
        self.floor = RivalFloor(rule, 1)
        self.now = 1_000_000
        self.calls = 0
        for agent_id in (ANNA, BORIS, VERA):
            self.tell(AgentSignedIn(agent_id, "", frozenset()))
            self.tell(AgentReady(agent_id))

    def tell(self, event: Event, wait_s: int = 1) -> list[AgentId]:
        self.now += wait_s * 1000
        wishes = self.floor.take(Message(EventId("m"), Instant(self.now), "test", event))
        return [wish.agent_id for wish in wishes if isinstance(wish, OfferCall)]

    def served(self, talk_s: int) -> AgentId:
        """A call comes, is talked out, and the wrap-up is over."""
        agent_id = self.rung()
        self.tell(CallerLeft(call_id(self.calls)), talk_s)
        self.tell(WrapUpEnded(agent_id))
        return agent_id

    def rung(self) -> AgentId:
        self.calls += 1
        at = Instant(self.now)
        queued = CallQueued(call_id(self.calls), QueueId("q"), frozenset(), 0, at, at, leg(self.calls), CallFacts())
        (agent_id,) = self.tell(queued)
        return agent_id


@pytest.mark.parametrize(
    ("rule", "talks_s", "order"),
    [
        ("leastrecent", (10, 10, 10, 10), (ANNA, BORIS, VERA, ANNA)),
        ("longest_idle", (10, 10, 10, 10), (ANNA, BORIS, VERA, ANNA)),
        ("fewestcalls", (10, 500, 10, 10), (ANNA, BORIS, VERA, ANNA)),
        ("least_talk", (90, 30, 10, 10), (ANNA, BORIS, VERA, VERA)),
        ("rrmemory", (10, 10, 10, 10), (ANNA, BORIS, VERA, ANNA)),
        ("round_robin", (90, 30, 10, 10), (ANNA, BORIS, VERA, ANNA)),
    ],
)
def test_the_rule_chooses(rule: str, talks_s: tuple[int, ...], order: tuple[AgentId, ...]) -> None:
    line = Line(rule)
    assert tuple(line.served(talk_s) for talk_s in talks_s) == order


def test_random_takes_everybody_about_as_often() -> None:
    line = Line("random")
    rung = [line.served(5) for _ in range(600)]
    assert all(150 < rung.count(agent_id) < 250 for agent_id in (ANNA, BORIS, VERA))


def test_a_model_and_the_engine_play_the_same_shift() -> None:
    """With the same rule the model and the engine choose the same agent for every call of a shift."""
    day = shift(0.8, 1)
    engine = World(with_strategy(day, "longest_idle"), 1, EngineFloor()).run()
    model = World(day, 1, RivalFloor("idle_since", 1)).run()
    assert engine.agents == model.agents
    assert engine.queues == model.queues


def test_ours_is_the_fairest_by_far() -> None:
    """One shift of the benchmark; `python -m benchmarks.fairness` plays twenty at each load."""
    day = shift(0.8, 3)
    ours = unfairness(World(day, 3, EngineFloor()).run().agents)
    peers = [unfairness(World(day, 3, RivalFloor(rule, 3)).run().agents) for rule in PEERS]
    assert ours <= min(peers) / 3
    assert OURS not in PEERS
