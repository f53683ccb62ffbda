"""Who is on a line: one leg in what Asterisk writes of it, what legs in one bridge mean, the call a leg carries. Pure.

A waiting call can be adopted from its channel's variables alone: with Redis empty or away, or with the message lost
that told of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from acd.events import CallConnected, CallQueued, CallRescued, ConsultConnected, Event
from acd.model import Leg
from acd.ports import SkillsOf
from calls.clock import Instant
from calls.ids import AgentId, CallId, NodeId, OfferId, QueueId, is_offer, is_slug, is_uuid
from calls.journey import CallFacts, Language
from calls.numbers import parse_number
from dialplan.contract import CALL, ENQUEUED, LANGUAGE, PRIORITY, QUEUE, TOLD, agent_of_channel, softphone
from telephony.ami_packet import Packet

_PRIORITY_LIMIT_S = 86_400
_LATEST = 2**45
_MOST_TOLD = 9999


@dataclass(frozen=True, slots=True)
class Party:
    """One leg as far as it matters: a caller's, or an agent's (by our offer, or by the rescue queue)."""

    channel: str
    uniqueid: str
    call_id: CallId | None
    agent_id: AgentId | None

    @property
    def offer_id(self) -> OfferId | None:
        return OfferId(self.uniqueid) if is_offer(self.uniqueid) else None

    @property
    def is_caller(self) -> bool:
        return self.call_id is not None and self.agent_id is None and self.offer_id is None


def party(packet: Packet) -> Party:
    """The leg that an event speaks of."""
    call = packet.variables.get(CALL, "")
    agent = agent_of_channel(packet["Channel"])
    return Party(
        packet["Channel"],
        packet["Uniqueid"],
        CallId(call) if is_uuid(call) else None,
        AgentId(agent) if agent else None,
    )


def joined(node: NodeId, parties: Iterable[Party]) -> list[Event]:
    """What these legs in one bridge mean: an offer connected, a colleague asked, a call rescued, or nothing of ours."""
    legs = list(parties)
    if len(legs) == 2 and all(leg.offer_id for leg in legs):
        return [ConsultConnected(leg.offer_id) for leg in legs if leg.offer_id]
    caller = next((leg for leg in legs if leg.is_caller), None)
    agent = next((leg for leg in legs if leg.offer_id or leg.agent_id), None)
    if caller is None or caller.call_id is None or agent is None:
        return []
    if agent.offer_id is not None:
        return [CallConnected(agent.offer_id)]
    if agent.agent_id is None:
        return []
    return [CallRescued(caller.call_id, agent.agent_id, Leg(node, caller.channel, caller.uniqueid))]


def adopt(
    node: NodeId,
    leg: Party,
    values: Mapping[str, str],
    caller_number: str,
    dialled: str,
    skills_of: SkillsOf,
    *,
    seen: bool,
) -> CallQueued | None:
    """The waiting call that a leg carries in its variables `values`, or None when it carries none.

    `seen`: it is in the music, not in the self-service that was opened from there.
    """
    queue, enqueued = values.get(QUEUE, ""), _whole(values.get(ENQUEUED, ""), _LATEST)
    if not leg.is_caller or leg.call_id is None or not is_slug(queue) or not enqueued:
        return None
    spoken = values.get(LANGUAGE, "")
    language = Language(spoken) if spoken in {each.value for each in Language} else Language.RU
    return CallQueued(
        call_id=leg.call_id,
        queue_id=QueueId(queue),
        skills=skills_of(QueueId(queue), language),
        priority_s=_whole(values.get(PRIORITY, ""), _PRIORITY_LIMIT_S),
        arrived_at=Instant(enqueued),
        enqueued_at=Instant(enqueued),
        leg=Leg(node, leg.channel, leg.uniqueid),
        facts=CallFacts(
            caller_number=parse_number(caller_number),
            dialled=dialled if len(dialled) <= 32 and set(dialled) <= set("0123456789+*#") else "",
            language=language,
        ),
        told=_whole(values.get(TOLD, ""), _MOST_TOLD),
        seen=seen,
    )


def contacts_of(agent: AgentId, dial_string: str) -> list[str]:
    """The registered contacts in what PJSIP_DIAL_CONTACTS gives: PJSIP/ACCOUNT/URI, joined by `&`."""
    start = f"PJSIP/{softphone(agent)}/"
    return [part.removeprefix(start) for part in dial_string.split("&") if part.startswith(start)]


def _whole(text: str, largest: int) -> int:
    """The number in a variable; 0 when it is none or unbelievable."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        return 0
    return int(text) if int(text) <= largest else 0
