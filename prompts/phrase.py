"""One thing to say: a catalogue id and its parameters. What a flow hands to the channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

Value = str | int | date
"""Money as int kopecks, counts as int, dates as date, account numbers and names as str: the filter decides."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """`personal` phrases (balances, names) are kept in memory only, for a short time, and never logged."""

    prompt_id: str
    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))


def say(prompt_id: str, /, **values: Value) -> Phrase:
    """The phrase `prompt_id` with these parameters."""
    return Phrase(prompt_id, MappingProxyType(values))
