"""A scenario as a person writes it (TOML or JSON), checked.

hours = 8                     how long callers arrive; answer_s: an agent's ring; missed: share of unanswered rings
[[queues]]                    name, target_s, skills = [], wrap_up_limit_s, strategy
[[callers]]                   queue, per_hour = [...] or a number, interval_min, talk_s, talk_cv, wrap_up_s, wrap_up_cv,
                              patience_s (0: nobody hangs up), priority_s, skills, share
[[agents]]                    count, skills, from_h, until_h, pace_cv, breaks = [[from_h, until_h, minutes], ...]
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec

from acd.queues import Queue
from calls.ids import QueueId
from simulation.callers import Profile, Stream
from simulation.chances import NEVER, Chance, Exponential, Fixed, Lognormal
from simulation.crew import Crew, Shift, crew_of, with_breaks, with_paces
from simulation.errors import BadScenario
from simulation.scenario import SILENT, Scenario

LARGEST: Final = 1024 * 1024
MOST_AGENTS: Final = 20_000
HOUR_S: Final = 3600.0

Positive = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
NotNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


@dataclass(frozen=True, slots=True)
class _Queue:
    name: Slug
    target_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 20
    skills: tuple[Slug, ...] = ()
    wrap_up_limit_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 3600
    strategy: str = "least_busy"


@dataclass(frozen=True, slots=True)
class _Callers:
    queue: Slug
    per_hour: NotNegative | tuple[NotNegative, ...]
    interval_min: Positive = 30.0
    talk_s: Positive = 180.0
    talk_cv: NotNegative = 1.0
    wrap_up_s: NotNegative = 0.0
    wrap_up_cv: NotNegative = 0.7
    patience_s: NotNegative = 300.0
    priority_s: int = 0
    skills: tuple[Slug, ...] = ()
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


@dataclass(frozen=True, slots=True)
class _Agents:
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_AGENTS)]
    skills: tuple[Slug, ...] = ()
    from_h: NotNegative = 0.0
    until_h: Positive | None = None
    pace_cv: NotNegative = 0.0
    breaks: tuple[tuple[NotNegative, Positive, Positive], ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    queues: tuple[_Queue, ...]
    callers: tuple[_Callers, ...]
    agents: tuple[_Agents, ...]
    hours: Annotated[float, msgspec.Meta(gt=0, le=24 * 366)] = 8.0
    answer_s: NotNegative = 0.0
    missed: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.0


def read_scenario(path: Path) -> Scenario:
    """The scenario in a .toml or .json file. Raises BadScenario."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadScenario(f"{path.name} is larger than {LARGEST} bytes.")
        text = path.read_text("utf-8")
        fields = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise BadScenario(f"{path.name} cannot be read: {error}") from None
    return scenario_of(fields)


def scenario_of(fields: Mapping[str, object]) -> Scenario:
    """Raises BadScenario."""
    try:
        told = msgspec.convert(fields, _File, strict=True)
    except msgspec.ValidationError as error:
        raise BadScenario(f"{error}. docs/simulation.md says what a scenario holds.") from None
    known = {queue.name for queue in told.queues}
    for callers in told.callers:
        if callers.queue not in known:
            raise BadScenario(f"Callers want the queue {callers.queue!r}, which is not among the queues.")
    if not told.queues or sum(agents.count for agents in told.agents) > MOST_AGENTS:
        raise BadScenario(f"A scenario has at least one queue and at most {MOST_AGENTS} agents.")
    crew: Crew = ()
    for number, agents in enumerate(told.agents):
        crew += _crew(agents, number)
    return Scenario(
        tuple(_queue(queue) for queue in told.queues),
        tuple(_stream(callers) for callers in told.callers),
        crew,
        told.hours * HOUR_S,
        answer=Fixed(told.answer_s),
        missed=told.missed,
        short_abandon_s=5.0,
    )


def _queue(told: _Queue) -> Queue:
    return Queue(
        QueueId(told.name), told.name, told.target_s, frozenset(told.skills), wrap_up_s=told.wrap_up_limit_s,
        strategy=told.strategy, announcements=SILENT,
    )  # fmt: skip


def _stream(told: _Callers) -> Stream:
    rates = told.per_hour if isinstance(told.per_hour, tuple) else (told.per_hour,)
    if not rates:
        raise BadScenario(f"per_hour of the queue {told.queue!r} is empty.")
    patience: Chance = Exponential(told.patience_s) if told.patience_s else NEVER
    return Stream(
        QueueId(told.queue), Profile(rates, told.interval_min * 60), _span(told.talk_s, told.talk_cv),
        _span(told.wrap_up_s, told.wrap_up_cv), patience, told.priority_s, frozenset(told.skills), told.share,
    )  # fmt: skip


def _span(mean_s: float, cv: float) -> Chance:
    return Lognormal(mean_s, cv) if mean_s and cv else Fixed(mean_s)


def _crew(told: _Agents, number: int) -> Crew:
    until_s = None if told.until_h is None else told.until_h * HOUR_S
    shift = Shift(told.from_h * HOUR_S, until_s)
    crew = crew_of(told.count, frozenset(told.skills), name=f"group{number + 1}", shift=shift)
    windows = tuple((from_h * HOUR_S, until_h * HOUR_S, minutes * 60) for from_h, until_h, minutes in told.breaks)
    if any(until_s - from_s < length_s for from_s, until_s, length_s in windows):
        raise BadScenario("A break is longer than its window.")
    crew = with_breaks(crew, windows) if windows else crew
    return with_paces(crew, told.pace_cv, number + 1)
