"""The names of things that outlive one process. Every id is ours; the switch's ids are attributes of a leg."""

import re
from typing import NewType

import uuid_utils

CallId = NewType("CallId", str)
"""One caller's stay with us, UUIDv7; given by the dialplan, carried in the channel variable CC_CALL."""
ContactId = NewType("ContactId", str)
"""Joins a callback, a survey or a reconnection to its first call; the first call's own CallId."""
OfferId = NewType("OfferId", str)
"""One attempt to give one call to one agent; also the switch's id of the agent's leg (see `is_offer`)."""
AgentId = NewType("AgentId", str)
"""A person who answers: the sign-in name, `[a-z][a-z0-9-]{0,31}`; never reused for another person."""
QueueId = NewType("QueueId", str)
"""A queue's short name, `[a-z][a-z0-9-]{0,31}`."""
NodeId = NewType("NodeId", str)
"""One Asterisk, by its name in the settings."""
EventId = NewType("EventId", str)
"""One event or command in the inbox, UUIDv7; a repeated one changes nothing."""

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,31}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OFFER_PREFIX = "offer-"


def new_uuid7() -> str:
    """A new UUID version 7 (RFC 9562): sortable by the millisecond it was made in."""
    return str(uuid_utils.uuid7())


def new_call_id() -> CallId:
    return CallId(new_uuid7())


def new_event_id() -> EventId:
    return EventId(new_uuid7())


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def offer_id(call: CallId, attempt: int) -> OfferId:
    """The id of a call's n-th offer. It follows from call and count, so that a step done twice makes the same offer."""
    return OfferId(f"{_OFFER_PREFIX}{call}-{attempt}")


def call_of(offer: OfferId) -> CallId:
    """The call that an offer's id was made of."""
    return CallId(offer.removeprefix(_OFFER_PREFIX).rpartition("-")[0])


def is_offer(leg: str) -> bool:
    """Whether a switch's leg id is one of our offers: the agent's leg is originated with the offer's id."""
    return leg.startswith(_OFFER_PREFIX)
