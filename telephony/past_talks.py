"""The talks that a node remembers (dialplan: [talk]): where to look after a gap, and what stands there. Pure."""

from collections.abc import Iterable
from typing import Final

from acd.events import PastTalk
from calls.clock import Instant
from calls.ids import AgentId, CallId, NodeId, OfferId, is_offer, is_slug, is_uuid
from dialplan.contract import PAST_TALK_SLOT_S, PAST_TALK_SLOTS, PAST_TALKS, SOFTPHONE_PREFIX
from telephony.ami_packet import Packet

_KEPT: Final = PAST_TALK_SLOTS // 2 - 1
"""Slots that are surely not emptied yet."""
_UNKNOWN: Final = 6
"""So many are read when the last beat is not known: the node has started since."""


def last_beat(beat: str, now: Instant) -> Instant | None:
    """When the engine has beaten last (epoch seconds, as a node tells it), not after now; None when it is not known."""
    known = beat.isascii() and beat.isdecimal() and len(beat) <= 12
    return Instant(min(int(beat) * 1000, now)) if known else None


def slots_since(beaten_at: Instant | None, now: Instant) -> list[str]:
    """The slots in which a talk may stand that ended after the last beat, None for an unknown one."""
    last = now // 1000 // PAST_TALK_SLOT_S
    first = last - _UNKNOWN if beaten_at is None else beaten_at // 1000 // PAST_TALK_SLOT_S
    return [str(slot % PAST_TALK_SLOTS) for slot in range(max(first, last - _KEPT), last + 1)]


def past_talks(node: NodeId, rows: Iterable[Packet], since: Instant) -> list[PastTalk]:
    """The talks in the rows of DBGetTree that ended at `since` or later, in their order; other rows are passed over."""
    talks = [talk for row in rows if (talk := _talk(node, row)) is not None and talk.ended_at >= since]
    return sorted(talks, key=lambda talk: (talk.ended_at, talk.call_id))


def _talk(node: NodeId, row: Packet) -> PastTalk | None:
    leg = row["Key"].rpartition("/")[2]
    parts = row["Val"].split(":")
    if not row["Key"].startswith(f"/{PAST_TALKS}/") or len(parts) != 4:
        return None
    call, endpoint, began, ended = parts
    if not is_uuid(call) or not all(part.isascii() and part.isdecimal() and len(part) <= 15 for part in (began, ended)):
        return None
    agent = endpoint.removeprefix(SOFTPHONE_PREFIX) if endpoint.startswith(SOFTPHONE_PREFIX) else ""
    return PastTalk(
        CallId(call),
        AgentId(agent) if is_slug(agent) else None,
        OfferId(leg) if is_offer(leg) else None,
        Instant(int(began)),
        Instant(int(ended)),
        node,
    )
