"""The agents of a simulated day: skills, speed, when they come and go, their breaks."""

from dataclasses import dataclass, replace
from random import Random

from calls.ids import AgentId
from simulation.chances import Lognormal
from staff.skills import Skills, skilled


@dataclass(frozen=True, slots=True)
class Break:
    """Due at `from_s`; it begins when the call and its wrap-up are over, and always lasts `length_s`."""

    from_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Shift:
    """From and until in seconds after the beginning; None: until the end of all."""

    from_s: float = 0.0
    until_s: float | None = None
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class Worker:
    """One agent. `pace` multiplies talk and wrap-up: 1.2 takes a fifth longer than the mean."""

    agent_id: AgentId
    skills: Skills = frozenset()
    pace: float = 1.0
    shift: Shift = Shift()


Crew = tuple[Worker, ...]


def crew_of(count: int, skills: frozenset[str] = frozenset(), *, name: str = "agent", shift: Shift = Shift()) -> Crew:
    """So many equal agents."""
    levels = skilled(*skills)
    return tuple(Worker(AgentId(f"{name}-{number:05}"), levels, shift=shift) for number in range(1, count + 1))


def with_paces(crew: Crew, spread: float, seed: int) -> Crew:
    """The crew with individual paces: lognormal with mean 1 and this coefficient of variation."""
    if not spread:
        return crew
    random, paces = Random(f"{seed} pace"), Lognormal(1.0, spread)
    return tuple(replace(worker, pace=paces.drawn(random)) for worker in crew)


def with_breaks(crew: Crew, windows: tuple[tuple[float, float, float], ...]) -> Crew:
    """The crew with breaks, each (from_s, until_s, length_s): the agents' turns are spread over the window."""
    relieved = []
    for number, worker in enumerate(crew):
        place = number / len(crew)
        breaks = tuple(
            Break(from_s + place * (until_s - from_s - length_s), length_s) for from_s, until_s, length_s in windows
        )
        relieved.append(replace(worker, shift=replace(worker.shift, breaks=breaks)))
    return tuple(relieved)


def present(crew: Crew, at_s: float) -> int:
    """How many are on their shift, breaks counted as presence."""
    return sum(
        worker.shift.from_s <= at_s and (worker.shift.until_s is None or at_s < worker.shift.until_s) for worker in crew
    )
