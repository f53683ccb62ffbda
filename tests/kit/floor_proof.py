"""What Asterisk's events and the call records prove of a day on a real floor: nobody lost, nobody doubled, order kept.

Each function gives the faults it found, a sentence each; none is the proof. Instants of events are Asterisk's seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, Final

from calls.record import CallOutcome
from dialplan.contract import CALL, RESCUE, agent_of_channel
from telephony.ami_packet import Packet

ENTERED: Final = frozenset(list(CallOutcome)[list(CallOutcome).index(CallOutcome.ANSWERED) :])
"""Outcomes of a call that entered the queue."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An agent's leg, or a call's stay in a bridge: whose, of which call, from when until when."""

    who: str
    call: str
    begins: float
    ends: float


def legs(packets: Iterable[Packet]) -> list[Stretch]:
    """Every leg of an agent, from the ring to the hang-up."""
    begun: dict[str, tuple[str, float]] = {}
    found = []
    for packet in in_order(packets):
        agent = agent_of_channel(packet["Channel"])
        if agent is None:
            continue
        if packet.kind == "Newchannel":
            begun[packet["Uniqueid"]] = agent, _at(packet)
        elif packet.kind == "Hangup" and packet["Uniqueid"] in begun:
            who, since = begun.pop(packet["Uniqueid"])
            found.append(Stretch(who, packet.variables.get(CALL, ""), since, _at(packet)))
    return found + [Stretch(who, "", since, inf) for who, since in begun.values()]


def talks(packets: Iterable[Packet]) -> list[Stretch]:
    """Every stay of an agent's leg in a bridge with a call."""
    begun: dict[tuple[str, str], tuple[str, str, float]] = {}
    found = []
    for packet in in_order(packets):
        agent = agent_of_channel(packet["Channel"])
        if agent is None or packet.kind not in {"BridgeEnter", "BridgeLeave"}:
            continue
        key = packet["BridgeUniqueid"], packet["Uniqueid"]
        if packet.kind == "BridgeEnter":
            begun[key] = agent, packet.variables.get(CALL, ""), _at(packet)
        elif key in begun:
            found.append(Stretch(*begun.pop(key), _at(packet)))
    return found + [Stretch(*one, inf) for one in begun.values()]


def callers(packets: Iterable[Packet]) -> set[str]:
    """The call ids of every caller's leg that has ended."""
    ended = (packet for packet in packets if packet.kind == "Hangup" and packet["Channel"].startswith("PJSIP/trunk-"))
    return {packet.variables[CALL] for packet in ended if packet.variables.get(CALL)}


def rescued(packets: Iterable[Packet]) -> set[str]:
    """The call ids of callers who were rung for or talked to by Asterisk alone."""
    return {packet.variables[CALL] for packet in packets if packet["Context"] == RESCUE and packet.variables.get(CALL)}


def at_once(stretches: Iterable[Stretch], of: str) -> list[str]:
    """Stretches of one agent (`of` "agent") or of one call (`of` "call") that lie over each other."""
    by: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        by.setdefault(stretch.who if of == "agent" else stretch.call, []).append(stretch)
    faults = []
    for key, own in by.items():
        for one, other in pairwise(sorted(own, key=lambda stretch: stretch.begins)):
            if other.begins < one.ends:
                faults.append(f"{of} {key} is in two calls at once from {other.begins:.3f}: {one} {other}")
    return faults


def missing(known: set[str], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Calls without a record, with two, or with an outcome that no call in a queue can have."""
    recorded = [str(row["call_id"]) for row in records]
    faults = [f"{call} has no record" for call in known - set(recorded)]
    faults += [f"{call} has {recorded.count(call)} records" for call in known if recorded.count(call) > 1]
    return faults + [
        f"{row['call_id']} is {row['outcome']}"
        for row in records
        if row["call_id"] in known and row["outcome"] not in ENTERED
    ]


def not_as_talked(bridged: Iterable[Stretch], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Records that say another thing of a talk than Asterisk does."""
    talked = {stretch.call: stretch.who for stretch in bridged}
    served = {CallOutcome.ANSWERED, CallOutcome.RESCUED}
    return [
        f"{row['call_id']} is {row['outcome']}, by Asterisk {talked.get(row['call_id'], 'nobody')} has talked to it"
        for row in records
        if (row["outcome"] in served) != (row["call_id"] in talked)
    ]


def out_of_order(records: Sequence[Mapping[str, Any]], offers: Sequence[Mapping[str, Any]], slack_ms: int) -> list[str]:
    """Offers of a call while one that came `slack_ms` earlier to the same queue, with equal priority, was not rung."""
    of_call: dict[str, list[Mapping[str, Any]]] = {}
    for offer in offers:
        of_call.setdefault(str(offer["call_id"]), []).append(offer)
    waits = {str(row["call_id"]): row for row in records if row["enqueued_at"] is not None}
    faults = []
    for offer in offers:
        late, at = waits[str(offer["call_id"])], int(offer["offered_at"])
        for call, early in waits.items():
            same = (early["queue_id"], early["priority_s"]) == (late["queue_id"], late["priority_s"])
            if not same or early["enqueued_at"] + slack_ms >= late["enqueued_at"] or _over(early) <= at:
                continue
            rung = any(own["offered_at"] <= at <= own["ended_at"] + slack_ms for own in of_call.get(call, ()))
            if not rung and at > early["enqueued_at"] + slack_ms:
                faults.append(f"{late['call_id']} was offered at {at} before {call}")
    return faults


def _over(row: Mapping[str, Any]) -> int:
    """When the call's wait was over."""
    return int(row["answered_at"] if row["answered_at"] is not None else row["ended_at"])


def in_order(packets: Iterable[Packet]) -> list[Packet]:
    return sorted((packet for packet in packets if packet["Timestamp"]), key=_at)


def _at(packet: Packet) -> float:
    return float(packet["Timestamp"])
