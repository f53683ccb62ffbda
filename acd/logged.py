"""One line of the event log: what was told, and what was decided.

The decisions are kept as words, so that a replay can say where it differs: `OfferCall offer-... anna`. They name what
was done and whom it concerns, never numbers or facts of the caller.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from acd.effects import Effect, WriteRecord
from acd.events import Message

_NAMES: Final = ("offer_id", "call_id", "agent_id", "queue_id")
"""Ids that a wish may have; an offer's id holds the call's."""


@dataclass(frozen=True, slots=True)
class Logged:
    """`version` is the floor's after the message; `refusal` a word of acd.errors.Reason or empty.

    `decisions` is None in what was logged before decisions were kept.
    """

    version: int
    message: Message
    refusal: str
    decisions: str | None


def decisions(effects: Iterable[Effect]) -> str:
    """What a step decided, one line for each effect, in order."""
    return "\n".join([_words(effect) for effect in effects])


def _words(effect: Effect) -> str:
    wish = effect.wish
    if isinstance(wish, WriteRecord):
        record = wish.record
        return f"WriteRecord {record.call_id} {record.outcome} {record.agent_id or '-'}"
    ids = [str(getattr(wish, name)) for name in _NAMES if getattr(wish, name, None) is not None]
    return " ".join([type(wish).__name__, *ids])
