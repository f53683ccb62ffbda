"""What a node really holds, after any gap: the rows of Status and the telephones' contacts, as facts. Pure.

A waiting call is adopted from its channel variables alone, with Redis empty or away. The engine knows most of these
calls already; a repeated CallQueued changes nothing there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from acd.events import (
    AgentReachable,
    AgentUnreachable,
    CallerLeftPayment,
    CallQueued,
    Event,
    NodeSeen,
    OfferAccepted,
)
from acd.ports import SkillsOf
from calls.clock import Instant
from calls.ids import AgentId, NodeId, OfferId, is_offer, is_slug
from dialplan.contract import (
    CALL_VARIABLES,
    HELD,
    LINE,
    LINE_OVER,
    PAYING,
    PAYMENT_OVER,
    RESCUE,
    SECOND_LINE,
    SOFTPHONE_PREFIX,
    START,
    WAITING,
)
from telephony.ami_packet import Packet
from telephony.legs import Party, adopt, joined, party
from telephony.outside_events import outside_talks

STATUS_VARIABLES = ",".join((*CALL_VARIABLES, LINE))
"""Asked for with each channel of Status."""
_UP = "6"


@dataclass(frozen=True, slots=True)
class Seen:
    """`facts` in the order in which they must be told; `rescued` are channels to be brought back from the rescue."""

    facts: tuple[Event, ...]
    legs: tuple[tuple[Party, str, bool], ...]
    contacts: tuple[tuple[AgentId, str], ...]
    rescued: tuple[str, ...]


def read_node(
    node: NodeId,
    channels: Sequence[Packet],
    telephones: Mapping[AgentId, Sequence[str]],
    skills_of: SkillsOf,
    asked_at: Instant | None = None,
) -> Seen:
    """The node's state as of `asked_at`.

    `telephones`: the registered contacts of every agent that is known, none for unreachable.
    """
    legs = tuple((party(row), row["BridgeID"], row["ChannelState"] == _UP) for row in channels)
    bridges: dict[str, list[Party]] = {}
    for leg, bridge, _ in legs:
        if bridge:
            bridges.setdefault(bridge, []).append(leg)
    talks = [fact for parties in bridges.values() for fact in joined(node, parties)]
    talking = {bridge for bridge, parties in bridges.items() if joined(node, parties)}
    waiting = [row for row in channels if row["BridgeID"] not in talking]
    adopted = [call for row in waiting if (call := _adopt(node, row, skills_of)) is not None]
    accepted = [OfferAccepted(leg.offer_id) for leg, _, up in legs if leg.offer_id is not None and up]
    contacts = tuple((agent, uri) for agent, uris in telephones.items() for uri in uris)
    facts: list[Event] = [
        NodeSeen(
            node,
            frozenset(leg.call_id for leg, _, _ in legs if leg.is_caller and leg.call_id is not None),
            frozenset(OfferId(leg.uniqueid) for leg, _, _ in legs if leg.offer_id is not None) | _lines(channels),
            asked_at,
        ),
        *(AgentReachable(agent) if telephones[agent] else AgentUnreachable(agent) for agent in sorted(telephones)),
        *sorted(adopted, key=lambda call: (call.enqueued_at, call.call_id)),
        *accepted,
        *talks,
        *(CallerLeftPayment(leg.call_id) for leg in map(party, filter(_left_payment, waiting)) if leg.call_id),
        *outside_talks(channels),
    ]
    back = tuple(row["Channel"] for row in waiting if row["Context"] == RESCUE and _adopt(node, row, skills_of))
    return Seen(tuple(facts), legs, contacts, back)


def _lines(channels: Sequence[Packet]) -> frozenset[OfferId]:
    """The second lines outside that ring or talk: they have no leg of that name."""
    rows = (row for row in channels if row["Context"] == SECOND_LINE and row["Exten"] != LINE_OVER)
    lines = (row.variables.get(LINE, "") for row in rows)
    return frozenset(OfferId(line) for line in lines if is_offer(line))


def _adopt(node: NodeId, row: Packet, skills_of: SkillsOf) -> CallQueued | None:
    """The waiting call of a channel, None when it waits nowhere."""
    if row["Context"] not in {WAITING, HELD, RESCUE} and not _left_payment(row):
        return None
    seen = row["Context"] == WAITING and row["Exten"] == START
    return adopt(node, party(row), row.variables, row["CallerIDNum"], row["DNID"], skills_of, seen=seen)


def _left_payment(row: Packet) -> bool:
    """A caller who has paid out of a talk and hears music."""
    return row["Context"] == PAYING and row["Exten"] == PAYMENT_OVER


def rescue_agents(members: Sequence[Packet]) -> set[AgentId]:
    """The agents among the rows of QueueStatus: everybody signed in, also from before our start."""
    rows = (row["Location"].removeprefix("PJSIP/") for row in members if row.kind == "QueueMember")
    names = (row.removeprefix(SOFTPHONE_PREFIX) for row in rows if row.startswith(SOFTPHONE_PREFIX))
    return {AgentId(name) for name in names if is_slug(name)}
