"""What Asterisk's events mean for calls that we dial ourselves: outside telephones, customers called back. Pure."""

from collections.abc import Iterable
from typing import Final

from acd.events import CustomerNotReached, CustomerReached, Event, OutsideAnswered, OutsideFailed
from acd.model import Leg
from calls.ids import NodeId, OfferId, is_offer
from calls.unreached import Unreached
from dialplan.contract import CUSTOMER_NOT_REACHED, CUSTOMER_REACHED, LINE, OUTSIDE, OUTSIDE_FAILED
from telephony.ami_packet import Packet
from telephony.legs import party

_WORDS: Final = frozenset(Unreached)


def dial_end(packet: Packet) -> list[Event]:
    """An outside telephone answered a caller whom we sent there."""
    caller = party(packet)
    if packet["Context"] != OUTSIDE or packet["DialStatus"] != "ANSWER" or caller.call_id is None:
        return []
    return [OutsideAnswered(caller.call_id)]


def user_event(node: NodeId, packet: Packet) -> list[Event]:
    """What `outside`, `ring-back` and `second-line` tell; nothing for other events."""
    name, leg = packet["UserEvent"], party(packet)
    if name == OUTSIDE_FAILED and leg.is_caller and leg.call_id is not None:
        return [OutsideFailed(leg.call_id, _why(packet))]
    line = packet[LINE] or leg.uniqueid
    if not is_offer(line):
        return []
    offer = OfferId(line)
    if name == CUSTOMER_REACHED:
        return [CustomerReached(offer, Leg(node, packet["CustomerChannel"], packet["CustomerUniqueid"]))]
    return [CustomerNotReached(offer, _why(packet))] if name == CUSTOMER_NOT_REACHED else []


def outside_talks(channels: Iterable[Packet]) -> list[Event]:
    """The callers who talk with an outside telephone, among the rows of Status."""
    rows = [row for row in channels if row["Context"] == OUTSIDE and row["BridgeID"]]
    callers = [party(row) for row in rows]
    return [OutsideAnswered(leg.call_id) for leg in callers if leg.is_caller and leg.call_id is not None]


def _why(packet: Packet) -> Unreached:
    word = packet["Result"]
    return Unreached(word) if word in _WORDS else Unreached.NO_LINE
