"""Who rings in a storm, and what they do: drawn once, by chance from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

AFFECTED: Final = 0.8
"""Of all callers, so many ring from a number whose place is without light."""
LEAVE: Final = 0.9
"""Of those who hear the outage's sentence, so many have heard enough."""
DANGER: Final = 0.01
"""Report a danger to life."""
NAMED: Final = 0.01
"""Ring from a stranger's number and name the account of a place without light, with its PIN."""
PATIENCE_S: Final = 60.0
"""Mean, exponential: of who waits for an agent. A danger to life does not give up."""
TALK_S: Final = 8.0
"""Mean, exponential, at most five times as long: ten agents have a little less time than is asked of them."""
_SEED: Final = 20261201


class Kind(StrEnum):
    AFFECTED = "affected"
    NAMED = "named"
    DANGER = "danger"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StormCaller:
    """Rings `at_s` after the beginning. `leaves`: when the sentence was heard. `thinks_s`: before a key is pressed."""

    kind: Kind
    at_s: float
    leaves: bool
    patience_s: float
    thinks_s: float


def storm_callers(calls: int, lasts_s: float) -> list[StormCaller]:
    """By time: so many arrivals fall into the storm as they like, as Poisson's do."""
    chance = Random(_SEED)
    kinds = _kinds(calls)
    chance.shuffle(kinds)
    times = sorted(chance.uniform(0, lasts_s) for _ in range(calls))
    return [
        StormCaller(kind, at, chance.random() < LEAVE, chance.expovariate(1 / PATIENCE_S), chance.uniform(3, 6))
        for kind, at in zip(kinds, times, strict=True)
    ]


def _kinds(calls: int) -> list[Kind]:
    """Exactly the shares, at least one of each."""
    counts = {kind: max(1, round(share * calls)) for kind, share in _SHARES}
    named = [kind for kind, count in counts.items() for _ in range(count)]
    return named + [Kind.OTHER] * (calls - len(named))


_SHARES: Final[Sequence[tuple[Kind, float]]] = (
    (Kind.AFFECTED, AFFECTED),
    (Kind.NAMED, NAMED),
    (Kind.DANGER, DANGER),
)


def talk_times(seed: int) -> Random:
    """An agent's own chance; ask it for `talk_s`."""
    return Random(_SEED + seed)


def talk_s(chance: Random) -> float:
    return min(5 * TALK_S, chance.expovariate(1 / TALK_S))
