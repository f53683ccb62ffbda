"""How near our routing is to the best there is, on the N-model: `python -m benchmarks.routing`.

Six agents with skill A, six with A and B, 65 % of the calls are A, everything exponential: talk 180 s, patience 300 s
(design: service-science.md, section 4). The cost is the mean number of waiting calls, each kind with its weight.
  optimum   value iteration over (busy A-only, busy flexible, A waiting, B waiting): every assignment is weighed
  ours      the chain whose every decision acd.matching takes on a real Floor; the order of arrival of the waiting calls
            is part of its state. Solved, not simulated: no noise
Where shares tie, the flexible agents are named first: the worst case for us.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from acd.floor import Floor
from acd.matching import match
from acd.model import Agent, Call, CallState, Duty, Leg, Presence
from acd.pace import Pace
from acd.queues import Queue
from acd.turn import Turn
from benchmarks.figures import Figure, Figures, main
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, NodeId, QueueId
from calls.journey import CallFacts
from staff.skills import skilled

AGENTS: Final = 6
"""Of each kind."""
TALK_S, PATIENCE_S, SHARE_A = 180.0, 300.0, 0.65
LOADS: Final = (0.75, 0.85, 0.95)
MOST_ABOVE: Final = 2.0
DEAR: Final = 3.0
LONGEST: Final = 15
"""Waiting calls in our chain; one more is turned away. How often it is so long is told beside the figures."""
_NOW: Final = Instant(1_750_000_000_000)
_LEG: Final = Leg(NodeId("n"), "c", "u")
QUEUE_A: Final = Queue(QueueId("a"), "A", 20, frozenset({"a"}))
QUEUE_B: Final = Queue(QueueId("b"), "B", 20, frozenset({"b"}))
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class State:
    """Busy agents (`only`: with A alone) and the waiting calls in their order."""

    only: int = 0
    flexible: int = 0
    line: str = ""


@dataclass(slots=True)
class Router:
    """What acd.matching does in a state. `blind`: as if no skill were used but by calls that wait."""

    queues: tuple[Queue, Queue] = (QUEUE_A, QUEUE_B)
    blind: bool = False
    known: dict[tuple[int, int, str], tuple[str, bool] | None] = field(default_factory=dict)

    def settle(self, state: State) -> State:
        """The state after all assignments that the engine makes in it."""
        while (chosen := self._ask(state)) is not None:
            kind, flexible = chosen
            line = state.line.replace(kind, "", 1)
            if flexible:
                state = replace(state, flexible=state.flexible + 1, line=line)
            else:
                state = replace(state, only=state.only + 1, line=line)
        return state

    def _ask(self, state: State) -> tuple[str, bool] | None:
        """(kind of the call, whether a flexible agent takes it). All calls of one kind but the first wait behind it."""
        key = (state.only, state.flexible, heads(state.line))
        if key not in self.known:
            self.known[key] = self.decide(State(*key))
        return self.known[key]

    def decide(self, state: State) -> tuple[str, bool] | None:
        """The first assignment on a real floor, for the whole line."""
        turn = Turn(_floor(state, self.queues), _NOW)
        for place, kind in enumerate(state.line):
            turn.put_call(_call(f"{kind}{place}", kind, self.queues, after(_NOW, place - len(state.line)), place + 1))
        if self.blind:
            turn.floor.demand.clear()
        else:
            for queue in self.queues:
                turn.floor.put_pace(Pace(queue.queue_id, arrived_at=_NOW))
        match(turn)
        rung = [(call, call.offer) for call in turn.floor.calls.values() if call.offer is not None]
        if not rung:
            return None
        _, first = min(rung, key=lambda one: (one[0].due_at, one[0].sequence))
        return first.call_id[0], first.agent_id.startswith("flexible")


def heads(line: str) -> str:
    """The first call of each kind, in the order of the line."""
    return "".join(sorted(set(line), key=line.index))


def _call(name: str, kind: str, queues: tuple[Queue, Queue], enqueued_at: Instant, sequence: int) -> Call:
    queue = queues[kind == "B"]
    times = (enqueued_at, enqueued_at, queue.target_s)
    return Call(CallId(name), queue.queue_id, queue.skills, 0, *times, _LEG, CallFacts(), sequence=sequence)


def _floor(state: State, queues: tuple[Queue, Queue]) -> Floor:
    floor = Floor()
    floor.at = _NOW
    for queue in queues:
        floor.put_queue(queue)
    floor.regroup()
    talks = ["A"] * state.only + ["-"] * (AGENTS - state.only)
    talks += ["A"] * state.flexible + ["-"] * (AGENTS - state.flexible)
    for number, kind in enumerate(talks):
        flexible = number >= AGENTS
        agent_id = AgentId(f"{'flexible' if flexible else 'only'}-{number}")
        agent = Agent(agent_id, "", skilled("a", "b") if flexible else skilled("a"), Presence.READY, reachable=True)
        if kind != "-":
            call = _call(f"talk-{number}", kind, queues, _NOW, 0)
            floor.put_call(replace(call, state=CallState.TALKING, agent_id=agent_id, answered_at=_NOW))
            agent = replace(agent, duty=Duty.ON_CALL, call_id=call.call_id)
        floor.put_agent(agent, _NOW)
    return floor


# --- our chain
@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """`moves`: (from, to, what, how many of it). `what`: 0 a call of A comes, 1 of B, 2 a talk ends, 3 one leaves."""

    states: list[State]
    moves: list[tuple[int, int, int, int]]


def chain_of(router: Router) -> Chain:
    """All states that can be reached from the empty floor."""
    states = [State()]
    places = {states[0]: 0}
    moves: list[tuple[int, int, int, int]] = []
    for place, state in enumerate(states):
        for reached, what, many in _moves(state):
            settled = router.settle(reached)
            there = places.get(settled)
            if there is None:
                there = places[settled] = len(states)
                states.append(settled)
            moves.append((place, there, what, many))
    return Chain(states, moves)


def _moves(state: State) -> Iterator[tuple[State, int, int]]:
    if len(state.line) < LONGEST:
        yield replace(state, line=state.line + "A"), 0, 1
        yield replace(state, line=state.line + "B"), 1, 1
    if state.only:
        yield replace(state, only=state.only - 1), 2, state.only
    if state.flexible:
        yield replace(state, flexible=state.flexible - 1), 2, state.flexible
    for place in range(len(state.line)):
        yield replace(state, line=state.line[:place] + state.line[place + 1 :]), 3, 1


def rates(load: float) -> tuple[float, float, float, float]:
    """Calls of A and of B, ends of one talk, departures of one waiting caller; each a second."""
    all_calls = load * 2 * AGENTS / TALK_S
    return SHARE_A * all_calls, (1 - SHARE_A) * all_calls, 1 / TALK_S, 1 / PATIENCE_S


def stationary(chain: Chain, load: float) -> Array:
    """The share of time in each state: power iteration of the uniformised chain, to 1e-12."""
    by_kind = np.array(rates(load))
    begin, end, what, many = (np.array(column) for column in zip(*chain.moves, strict=True))
    flow = by_kind[what] * many
    size = len(chain.states)
    leaving = np.bincount(begin, flow, size)
    pace = 1.05 * float(leaving.max())
    step = csr_array((flow / pace, (end, begin)), shape=(size, size))  # type: ignore[no-untyped-call]  # scipy has none
    stays = 1 - leaving / pace
    share: Array = np.full(size, 1 / size)
    for _ in range(100_000):
        new = step @ share + stays * share
        if float(np.abs(new - share).sum()) < 1e-12:
            break
        share = new
    return np.asarray(share / share.sum())


def waiting(chain: Chain, share: Array, weight_b: float = 1.0) -> float:
    """The mean cost of the waiting calls."""
    cost = [state.line.count("A") + weight_b * state.line.count("B") for state in chain.states]
    return float(share @ np.array(cost))


def full(chain: Chain, share: Array) -> float:
    """How often the line is as long as our chain can hold."""
    return float(sum(part for part, state in zip(share, chain.states, strict=True) if len(state.line) == LONGEST))


# --- the best there is
MOST_A, MOST_B = 28, 16


def optimum(load: float, weight_b: float = 1.0) -> float:
    """The least mean cost of the waiting calls: relative value iteration, bounds within 1e-7 of each other."""
    calls_a, calls_b, end, leave = rates(load)
    only, flexible = np.arange(AGENTS + 1)[:, None, None, None], np.arange(AGENTS + 1)[None, :, None, None]
    line_a, line_b = np.arange(MOST_A + 1)[None, None, :, None], np.arange(MOST_B + 1)[None, None, None, :]
    pace = calls_a + calls_b + 2 * AGENTS * end + (MOST_A + MOST_B) * leave
    cost = line_a + weight_b * line_b + np.zeros((AGENTS + 1, AGENTS + 1, 1, 1))
    moving = calls_a + calls_b + (only + flexible) * end + (line_a + line_b) * leave
    value: Array = np.zeros(cost.shape)
    while True:
        best = _assigned(value)
        come_a = np.concatenate([best[:, :, 1:], best[:, :, -1:]], axis=2)
        come_b = np.concatenate([best[..., 1:], best[..., -1:]], axis=3)
        new = cost + (pace - moving) * value + calls_a * come_a + calls_b * come_b
        new += only * end * np.concatenate([best[:1], best[:-1]])
        new += flexible * end * np.concatenate([best[:, :1], best[:, :-1]], axis=1)
        new += line_a * leave * np.concatenate([best[:, :, :1], best[:, :, :-1]], axis=2)
        new += line_b * leave * np.concatenate([best[..., :1], best[..., :-1]], axis=3)
        new /= pace
        gained = (new - value) * pace
        value = new - new[0, 0, 0, 0]
        if float(gained.max() - gained.min()) < 1e-7:
            return float(gained.max() + gained.min()) / 2


def _assigned(value: Array) -> Array:
    """The value after the best assignments: a call of A to either kind of agent, one of B to a flexible one."""
    for _ in range(2):
        best = value.copy()
        best[:-1, :, 1:] = np.minimum(best[:-1, :, 1:], value[1:, :, :-1])
        best[:, :-1, 1:] = np.minimum(best[:, :-1, 1:], value[:, 1:, :-1])
        best[:, :-1, :, 1:] = np.minimum(best[:, :-1, :, 1:], value[:, 1:, :, :-1])
        value = best
    return value


def above(cost: float, least: float) -> float:
    return 100 * (cost / least - 1)


def measure() -> Figures:
    """With the scarce queue's target so short that it is always due first, the policy has to be near the optimum. With
    equal targets (first come, first served over both queues) it is told what that fairness costs.
    """
    figures: dict[str, Figure] = {}
    first = chain_of(Router((replace(QUEUE_A, target_s=3600), replace(QUEUE_B, target_s=1))))
    equal, blind = chain_of(Router()), chain_of(Router(blind=True))
    kept = chain_of(Router((replace(QUEUE_A, reserve=1), QUEUE_B)))
    for load in LOADS:
        least, dear = optimum(load), optimum(load, DEAR)
        costs = {chain: stationary(chain, load) for chain in (first, equal, blind, kept)}
        figures[f"above the optimum, load {load}: B due first"] = Figure(
            above(waiting(first, costs[first]), least),
            "%",
            limit=MOST_ABOVE,
            peer=above(waiting(blind, costs[blind]), least),
            note="B's skill spared only while a B waits",
        )
        figures[f"above the optimum, load {load}: equal targets"] = Figure(
            above(waiting(equal, costs[equal]), least), "%"
        )
        figures[f"above the optimum, load {load}: B {DEAR:.0f} times as dear, reserve 1"] = Figure(
            above(waiting(kept, costs[kept], DEAR), dear),
            "%",
            limit=MOST_ABOVE,
            peer=above(waiting(equal, costs[equal], DEAR), dear),
            note="no reserve",
        )
        longest = max(full(chain, share) for chain, share in costs.items())
        print(f"load {load}: optimum {least:.4f}, a line is full {longest:.1e} of the time", file=sys.stderr)
    return figures


if __name__ == "__main__":
    sys.exit(main("Routing beside the exact optimum", measure))
