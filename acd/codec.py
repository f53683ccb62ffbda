"""Events, commands, entities and effects as JSON, and back. What is stored carries its kind and its schema version.

An older version is brought up step by step by `UPCASTS`; a newer one, an unknown kind or a wrong shape is Unreadable.
Nothing that is read is ever run: a kind names one of the dataclasses below and no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Any, Final, TypeVar, get_args, get_type_hints

import msgspec

from acd.effects import Effect, Wish
from acd.errors import Reason, Unreadable
from acd.events import SCHEMA_VERSION, Accepted, Answer, Event, Message, Refused
from calls.clock import Instant
from calls.ids import AgentId, CallId, EventId, OfferId, QueueId, is_offer, is_slug, is_uuid
from staff.skills import LEAST_LEVEL, USUAL_LEVEL, Skills, is_sound

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

_LARGEST: Final = 2**53
_SOUND: Final[Mapping[object, Callable[[Any], bool]]] = {
    CallId: is_uuid,
    AgentId: is_slug,
    QueueId: is_slug,
    OfferId: is_offer,
    Instant: lambda instant: 0 <= instant < _LARGEST,
    int: lambda number: abs(number) < _LARGEST,
    Skills: is_sound,
}

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


def _with_levels(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew no levels: a skill was as usual."""
    return fields | {"skills": [[name, USUAL_LEVEL] for name in fields["skills"]]}


def _with_need(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 1 asked for skills at any level, and did not tell the call's own from its queue's."""
    need = [[name, LEAST_LEVEL] for name in fields["skills"]]
    return fields | {"need": need, "own_skills": fields["skills"]}


UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = MappingProxyType(
    {("AgentSignedIn", 1): _with_levels, ("Agent", 1): _with_levels, ("Call", 1): _with_need}
)
"""(kind, version) to the function that makes the fields of version + 1; a kind without one has not changed."""


class _Stored(msgspec.Struct, frozen=True):
    kind: str
    v: int
    data: msgspec.Raw


class _StoredMessage(msgspec.Struct, frozen=True):
    id: str
    at: int
    actor: str
    event: msgspec.Raw


class _Kind(msgspec.Struct, frozen=True):
    kind: str


class _StoredHead(msgspec.Struct, frozen=True):
    id: str
    event: _Kind


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


def decode(data: bytes, kind: type[T], version: int = SCHEMA_VERSION) -> T:
    """The entity again, written by schema `version`. Raises Unreadable."""
    if not 1 <= version <= SCHEMA_VERSION:
        raise Unreadable(
            f"Schema version {version} is not known here ({SCHEMA_VERSION} is). Upgrade this process first."
        )
    if version < SCHEMA_VERSION:
        fields = _parsed(data, dict[str, Any])
        try:
            for former in range(version, SCHEMA_VERSION):
                fields = UPCASTS.get((kind.__name__, former), dict)(fields)
        except (KeyError, TypeError) as error:
            raise Unreadable(f"Not a {kind.__name__} of version {version}: {type(error).__name__}") from None
        data = msgspec.json.encode(fields)
    return _parsed(data, kind)


def _parsed(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(_bounded(data), type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        name = getattr(kind, "__name__", str(kind)).lstrip("_")
        raise Unreadable(f"Not a {name} of ours: {_shape(error)}") from None


def encode_message(message: Message) -> bytes:
    return msgspec.json.encode(
        {"id": message.message_id, "at": message.at, "actor": message.actor, "event": _tagged(message.event)}
    )


def decode_message(data: bytes) -> Message:
    """Raises Unreadable."""
    stored = decode(data, _StoredMessage)
    event = _checked(_untagged(bytes(stored.event), _EVENTS))
    return Message(EventId(stored.id), Instant(stored.at), stored.actor, event)


@dataclass(frozen=True, slots=True)
class Head:
    """A stored message without its contents."""

    message_id: EventId
    kind: str


def read_head(data: bytes) -> Head:
    """Which message it is; any version. Raises Unreadable."""
    stored = decode(data, _StoredHead)
    return Head(EventId(stored.id), stored.event.kind)


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
    stored = _parsed(data, _Stored)
    kind = kinds.get(stored.kind)
    if kind is None:
        raise Unreadable(f"No kind {stored.kind[:40]!r} is known. Upgrade this process first.")
    return decode(bytes(stored.data), kind, stored.v)


def _checks(kind: type[Any]) -> tuple[tuple[str, Callable[[Any], bool]], ...]:
    hints = get_type_hints(kind)
    return tuple((name, _SOUND[hint]) for name, hint in hints.items() if hint in _SOUND)


def _checked(event: T) -> T:
    """Ids have their form and numbers a size that every store and sum can hold. Raises Unreadable."""
    for name, sound in _CHECKS[type(event).__name__]:
        if not sound(getattr(event, name)):
            raise Unreadable(f"The {name} of a {type(event).__name__} has not the form of one.")
    return event


def _bounded(data: bytes) -> bytes:
    if len(data) > LONGEST:
        raise Unreadable(f"{len(data)} bytes are more than any value of ours ({LONGEST}).")
    return data


def _shape(error: Exception) -> str:
    """What is wrong, without the values: they may be personal."""
    return str(error).split(" - ")[-1][:120] if isinstance(error, msgspec.ValidationError) else type(error).__name__


_CHECKS: Final = {name: _checks(kind) for name, kind in _EVENTS.items()}
