"""What a person can do, and how well: for each skill a level from 1 (is learning it) to 5 (teaches it)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

LEAST_LEVEL: Final = 1
HIGHEST_LEVEL: Final = 5
USUAL_LEVEL: Final = 3
"""Of a skill that is named without a level: what was written before there were levels."""


class Skill(NamedTuple):
    """Of a person: how well. As what is asked for: at least so well."""

    name: str
    level: int


Skills = frozenset[Skill]


def skilled(*names: str, level: int = USUAL_LEVEL) -> Skills:
    """All these skills, each at this level."""
    return frozenset(Skill(name, level) for name in names)


def levels_of(skills: Iterable[Skill]) -> dict[str, int]:
    """The level of each skill by its name; of two the higher one counts."""
    return dict(sorted(skills))


def skills_from(levels: Mapping[str, int]) -> Skills:
    """The skills again, from their levels by name."""
    return frozenset(Skill(name, level) for name, level in levels.items())


@lru_cache(maxsize=65_536)
def able(skills: Skills, asked: Skills) -> bool:
    """Whether who has `skills` has each that is asked for, well enough."""
    levels = levels_of(skills)
    return all(levels.get(name, 0) >= level for name, level in asked)


@lru_cache(maxsize=4096)
def names_of(skills: Skills) -> frozenset[str]:
    return frozenset(name for name, _ in skills)


def is_sound(skills: Skills) -> bool:
    """Whether every level is one: what comes from outside may say anything."""
    return all(LEAST_LEVEL <= level <= HIGHEST_LEVEL for _, level in skills)
