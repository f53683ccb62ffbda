"""How well callers say they were helped: one key after an agent's call, and the figures that follow. Pure.

Rules
1. Whoever may be asked is asked once in `rest_days` by number; the asking itself counts, answered or not.
2. A share of the calls is chosen by the call's id alone, so that nothing is counted and any process chooses the same.
3. A score stands for its call, agent and queue and has no number; the first one of a call stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from calls.clock import Instant
from calls.ids import AgentId, CallId, QueueId
from calls.journey import Language
from calls.numbers import PhoneNumber

WORST: Final = 1
BEST: Final = 5
ALWAYS: Final = 1000
_DAY_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """`permille` of the calls are asked; a number again after `rest_days`, at once when that is 0."""

    permille: int = ALWAYS
    rest_days: int = 30

    @property
    def rest_s(self) -> int:
        return self.rest_days * _DAY_S

    def chooses(self, call: CallId) -> bool:
        """Whether this call is among the share that is asked."""
        return int.from_bytes(sha256(call.encode()).digest()[:8], "big") % ALWAYS < self.permille


NOBODY_ASKED: Final = SurveyRule(permille=0)


@dataclass(frozen=True, slots=True)
class Score:
    """What a caller answered. `agent_id` and `queue_id` None: not known (an agent whom Asterisk alone had found).

    Raises ValueError for a score out of range.
    """

    call_id: CallId
    score: int
    at: Instant
    language: Language
    agent_id: AgentId | None = None
    queue_id: QueueId | None = None

    def __post_init__(self) -> None:
        if not WORST <= self.score <= BEST:
            raise ValueError(f"A score is {WORST} to {BEST}, not {self.score}.")


class Surveys(Protocol):
    """Both may raise CustomersUnavailable."""

    def may_ask(self, phone: PhoneNumber, rest_s: int, now: Instant) -> bool:
        """Whether this number was not asked within `rest_s`; if so it counts as asked now. One of two at once may."""

    def keep(self, score: Score) -> None:
        """Keep it; a second score of the same call changes nothing."""


class NoSurveys:
    """Where nobody is asked."""

    def may_ask(self, _phone: PhoneNumber, _rest_s: int, _now: Instant) -> bool:
        return False

    def keep(self, _score: Score) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Scores:
    """How often each score was given, WORST first. They add up exactly (`+`)."""

    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    def __add__(self, other: "Scores") -> "Scores":
        one, two, three, four, five = map(sum, zip(self.counts, other.counts, strict=True))
        return Scores((one, two, three, four, five))

    @classmethod
    def of(cls, score: int, count: int = 1) -> "Scores":
        """Raises ValueError for a score out of range."""
        if not WORST <= score <= BEST:
            raise ValueError(f"A score is {WORST} to {BEST}, not {score}.")
        one, two, three, four, five = (count * (score == place) for place in range(WORST, BEST + 1))
        return cls((one, two, three, four, five))

    @classmethod
    def total(cls, all_of_them: Iterable["Scores"]) -> "Scores":
        return sum(all_of_them, cls())

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float | None:
        """The sum of all scores / their count; None without any."""
        points = sum(score * count for score, count in enumerate(self.counts, WORST))
        return points / self.count if self.count else None

    def share(self, score: int) -> float | None:
        """How many of all gave this score, 0..1; None without any. Raises IndexError out of range."""
        return self.counts[score - WORST] / self.count if self.count else None
