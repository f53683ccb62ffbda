"""Events, commands, entities and effects as JSON, and back. What is stored carries its kind and its schema version.

An older version is brought up step by step by `UPCASTS`; a newer one, an unknown kind or a wrong shape is Unreadable.
Nothing that is read is ever run: a kind names one of the dataclasses below and no other.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType, UnionType
from typing import Any, Final, TypeVar, get_args

import msgspec

from acd.effects import Effect, Wish
from acd.errors import Reason, Unreadable
from acd.events import SCHEMA_VERSION, Accepted, Answer, Event, Message, Refused
from calls.clock import Instant
from calls.ids import EventId

T = TypeVar("T")

LONGEST: Final = 256 * 1024
"""Bytes of one stored value; the longest journey needs a hundredth."""


def _leaves(union: UnionType) -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for part in get_args(union):
        found |= _leaves(part) if get_args(part) else {part.__name__: part}
    return found


_EVENTS: Final = _leaves(Event)
_WISHES: Final = _leaves(Wish)

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = MappingProxyType({})
"""(kind, version) to the function that makes the fields of version + 1. None yet: version 1 is the first."""


class _Stored(msgspec.Struct, frozen=True):
    kind: str
    v: int
    data: msgspec.Raw


class _StoredMessage(msgspec.Struct, frozen=True):
    id: str
    at: int
    actor: str
    event: msgspec.Raw


class _StoredEffect(msgspec.Struct, frozen=True):
    id: str
    order: tuple[str, ...]
    wish: msgspec.Raw


class _StoredAnswer(msgspec.Struct, frozen=True):
    id: str
    refused: Reason | None


def encode(value: object) -> bytes:
    """An entity (a frozen dataclass) as JSON."""
    return msgspec.json.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """The entity again. Raises Unreadable."""
    try:
        return msgspec.json.decode(_bounded(data), type=kind)
    except msgspec.MsgspecError as error:
        raise Unreadable(f"Not a {kind.__name__} of ours: {_shape(error)}") from None


def encode_message(message: Message) -> bytes:
    return msgspec.json.encode(
        {"id": message.message_id, "at": message.at, "actor": message.actor, "event": _tagged(message.event)}
    )


def decode_message(data: bytes) -> Message:
    """Raises Unreadable."""
    stored = decode(data, _StoredMessage)
    event = _untagged(bytes(stored.event), _EVENTS)
    return Message(EventId(stored.id), Instant(stored.at), stored.actor, event)


def encode_effect(effect: Effect) -> bytes:
    return msgspec.json.encode({"id": effect.effect_id, "order": effect.order, "wish": _tagged(effect.wish)})


def decode_effect(data: bytes) -> Effect:
    """Raises Unreadable."""
    stored = decode(data, _StoredEffect)
    return Effect(stored.id, _untagged(bytes(stored.wish), _WISHES), stored.order)


def encode_answer(answer: Answer) -> bytes:
    refused = answer.reason if isinstance(answer, Refused) else None
    return msgspec.json.encode({"id": answer.message_id, "refused": refused})


def decode_answer(data: bytes) -> Answer:
    """Raises Unreadable."""
    stored = decode(data, _StoredAnswer)
    message_id = EventId(stored.id)
    return Accepted(message_id) if stored.refused is None else Refused(message_id, stored.refused)


def _tagged(value: object) -> dict[str, object]:
    return {"kind": type(value).__name__, "v": SCHEMA_VERSION, "data": value}


def _untagged(data: bytes, kinds: Mapping[str, type[Any]]) -> Any:
    stored = decode(data, _Stored)
    kind = kinds.get(stored.kind)
    if kind is None or stored.v > SCHEMA_VERSION or stored.v < 1:
        raise Unreadable(f"No kind {stored.kind[:40]!r} of version {stored.v} is known. Upgrade this process first.")
    if stored.v == SCHEMA_VERSION:
        return decode(bytes(stored.data), kind)
    fields = decode(bytes(stored.data), dict[str, Any])
    for version in range(stored.v, SCHEMA_VERSION):
        fields = UPCASTS.get((stored.kind, version), dict)(fields)
    return decode(msgspec.json.encode(fields), kind)


def _bounded(data: bytes) -> bytes:
    if len(data) > LONGEST:
        raise Unreadable(f"{len(data)} bytes are more than any value of ours ({LONGEST}).")
    return data


def _shape(error: msgspec.MsgspecError) -> str:
    """What is wrong, without the values: they may be personal."""
    return type(error).__name__ if isinstance(error, msgspec.DecodeError) else str(error).split(" - ")[-1][:120]
