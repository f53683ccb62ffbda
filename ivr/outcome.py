"""How a flow ends. The journey carries it out; a flow itself moves nobody."""

from dataclasses import dataclass

from calls.ids import QueueId
from calls.journey import CallFacts


@dataclass(frozen=True, slots=True)
class SelfServed:
    """The caller had an answer and wants nobody; the line is closed after a goodbye."""

    facts: CallFacts


@dataclass(frozen=True, slots=True)
class ToQueue:
    """The caller is to wait for a person. `priority_s`: seconds by which the call goes before its due time."""

    queue: QueueId
    priority_s: int
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Nothing more to do and no answer was given (the caller kept silent to the end)."""

    facts: CallFacts


@dataclass(frozen=True, slots=True)
class Stays:
    """The caller was told why nobody comes and waits on, at the old place."""

    facts: CallFacts


@dataclass(frozen=True, slots=True)
class CallbackOrdered:
    """The caller is rung back and need not wait on the line."""

    facts: CallFacts


Outcome = SelfServed | ToQueue | Goodbye
