"""What Asterisk's events mean for the floor (design: calls.md). Pure: packets in, facts out.

Asterisk's threads send events in no fixed order: an offer's OriginateResponse may come before or after the Hangup of
its leg. So a leg that was seen is judged by its Hangup only, which names the SIP answer (TechCause); a failure without
any leg is a telephone that is not registered. Each outcome is said once.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from acd.events import (
    AgentLegEnded,
    AgentReachable,
    AgentUnreachable,
    CallerLeft,
    CallerLeftPayment,
    CallHeld,
    CallResumed,
    ConnectFailed,
    Decline,
    Event,
    LegEnd,
    OfferAccepted,
    OfferDeclined,
    TelephoneRenewed,
)
from acd.ports import SkillsOf
from calls.ids import AgentId, NodeId, OfferId, is_offer
from dialplan.contract import (
    ACCOUNT_OPENED,
    AFTER_BRIDGE,
    CALL_WAITING,
    CALLER_LEFT_PAYMENT,
    NO_MEDIA,
    NODE_PREFIX,
    SOFTPHONE_PREFIX,
)
from telephony import outside_events
from telephony.ami_packet import Packet
from telephony.legs import Party, adopt, contacts_of, joined, party

EVENTS = (
    "FullyBooted", "Newchannel", "HangupRequest", "Hangup", "DialState", "DialEnd", "BridgeEnter", "BridgeLeave",
    "Hold", "Unhold", "UserEvent", "ContactStatus", "OriginateResponse",
)  # fmt: skip
"""The events that are read here; others are dropped unparsed."""

MEMORY = 20_000
"""Most offers, bridges and telephones remembered; the oldest go first."""
_SAID_NO = frozenset({"480", "486", "600", "603", "607"})
"""SIP answers by which a telephone that can be reached refuses (RFC 3261 21.4-21.6, RFC 8197)."""
_OTHER_NODE = f"PJSIP/{NODE_PREFIX}"
_BRIDGED = "SUCCESS"
_GONE = frozenset({"Removed", "Unreachable"})

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class _Offer:
    """What is known of one agent's leg."""

    seen: bool = False
    ringing: bool = False
    accepted: bool = False
    requested: bool = False
    over: bool = False


@dataclass(slots=True)
class AmiEvents:
    """The reader of one node's events; remembers what single events do not say, within MEMORY."""

    node: NodeId
    skills_of: SkillsOf
    _offers: OrderedDict[str, _Offer] = field(default_factory=OrderedDict)
    _bridges: OrderedDict[str, dict[str, Party]] = field(default_factory=OrderedDict)
    _contacts: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)
    _pages: OrderedDict[str, list[str]] = field(default_factory=OrderedDict)
    """By agent, the user part of the contact that registered last: a page makes up a new one when it is loaded."""

    def facts(self, packet: Packet) -> list[Event]:
        """The facts in one event, none for most."""
        read = _READERS.get(packet.kind)
        return [] if read is None else read(self, packet)

    def begin_again(self, legs: Iterable[tuple[Party, str, bool]], contacts: Iterable[tuple[AgentId, str]]) -> None:
        """Forget all but what a resync saw: legs with their bridge ("" for none) and whether they are up."""
        self._bridges.clear()
        self._contacts.clear()
        for leg, bridge, up in legs:
            if leg.offer_id is not None:
                offer = self._offer(leg.uniqueid)
                offer.seen, offer.accepted = True, offer.accepted or up
            if bridge:
                _remember(self._bridges, bridge, dict)[leg.uniqueid] = leg
        for agent, uri in contacts:
            _remember(self._contacts, agent, set).add(uri)
            _remember(self._pages, agent, list)[:] = [_user_of(uri)]

    def learn_contacts(self, agent: AgentId, uris: Iterable[str]) -> None:
        """The contacts that an agent's telephone really has."""
        known = _remember(self._contacts, agent, set)
        known.clear()
        known.update(uris)
        for uri in known:
            _remember(self._pages, agent, list)[:] = [_user_of(uri)]

    def reachable(self) -> set[AgentId]:
        """The agents with a registered telephone."""
        return {AgentId(agent) for agent, uris in self._contacts.items() if uris}

    def knows(self, offer: OfferId) -> bool:
        """Whether the offer's leg was seen, living or over: it must not be rung a second time."""
        known = self._offers.get(offer)
        return known is not None and (known.seen or known.over)

    # --- one reader an event
    def _newchannel(self, packet: Packet) -> list[Event]:
        if is_offer(packet["Uniqueid"]):
            self._offer(packet["Uniqueid"]).seen = True
        return []

    def _hangup_request(self, packet: Packet) -> list[Event]:
        if is_offer(packet["Uniqueid"]):
            self._offer(packet["Uniqueid"]).requested = True
        return []

    def _dial_state(self, packet: Packet) -> list[Event]:
        if is_offer(packet["DestUniqueid"]) and packet["DialStatus"] == "RINGING":
            self._offer(packet["DestUniqueid"]).ringing = True
        return []

    def _dial_end(self, packet: Packet) -> list[Event]:
        if is_offer(packet["DestUniqueid"]) and packet["DialStatus"] == "ANSWER":
            return self._accepted(packet["DestUniqueid"])
        return outside_events.dial_end(packet)

    def _originate_response(self, packet: Packet) -> list[Event]:
        leg = packet["Uniqueid"]
        if not is_offer(leg):
            return []
        if packet["Response"] == "Success":
            return self._accepted(leg)
        offer = self._offer(leg)
        if offer.seen or offer.accepted or offer.over:
            return []  # its Hangup tells more; or a second Originate of a living leg, which Asterisk refuses so
        offer.over = True
        return [OfferDeclined(OfferId(leg), Decline.UNREACHABLE)]

    def _hangup(self, packet: Packet) -> list[Event]:
        leg = party(packet)
        if leg.is_caller and leg.call_id is not None:
            return [CallerLeft(leg.call_id)]
        if leg.offer_id is None:
            return []
        offer = self._offer(leg.uniqueid)
        if offer.over:
            return []
        offer.over = True
        if not offer.accepted:
            return [OfferDeclined(leg.offer_id, decline(packet["TechCause"], offer.ringing, offer.requested))]
        # Another node tells of a lost telephone by a BYE with the cause; who hangs up a telephone gives another one.
        lost = packet["Cause"] == NO_MEDIA and (not offer.requested or packet["Channel"].startswith(_OTHER_NODE))
        return [AgentLegEnded(leg.offer_id, LegEnd.LOST if lost else LegEnd.HUNG_UP)]

    def _bridge_enter(self, packet: Packet) -> list[Event]:
        leg = party(packet)
        legs = _remember(self._bridges, packet["BridgeUniqueid"], dict)
        if leg.uniqueid in legs or len(legs) >= 2:
            return []
        legs[leg.uniqueid] = leg
        together = joined(self.node, legs.values())
        before = [
            fact for each in legs.values() if each.offer_id and together for fact in self._accepted(each.uniqueid)
        ]
        return [*before, *together]

    def _bridge_leave(self, packet: Packet) -> list[Event]:
        legs = self._bridges.get(packet["BridgeUniqueid"])
        if legs is not None:
            legs.pop(packet["Uniqueid"], None)
            if not legs:
                del self._bridges[packet["BridgeUniqueid"]]
        return []

    def _user_event(self, packet: Packet) -> list[Event]:
        if packet["UserEvent"] == CALL_WAITING:
            return self._waiting(packet)
        if packet["UserEvent"] == CALLER_LEFT_PAYMENT:
            return self._left_payment(packet)
        if packet["UserEvent"] == ACCOUNT_OPENED:
            return self._account_opened(packet)
        leg = packet["Uniqueid"]
        if packet["UserEvent"] != AFTER_BRIDGE:
            return outside_events.user_event(self.node, packet)
        if not is_offer(leg) or packet["Result"] == _BRIDGED:
            return []
        return [*self._accepted(leg), ConnectFailed(OfferId(leg))]

    def _waiting(self, packet: Packet) -> list[Event]:
        """A call came to the hold line. The engine has heard of it from the self-service, if that message arrived."""
        leg, number = party(packet), packet["CallerIDNum"]
        call = adopt(self.node, leg, packet.fields, number, packet["Dialled"], self.skills_of, seen=True)
        return [] if call is None else [call]

    def _left_payment(self, packet: Packet) -> list[Event]:
        """A caller hears music after a payment. The engine may have lost the call meanwhile, with Redis."""
        leg, number = party(packet), packet["CallerIDNum"]
        if not leg.is_caller or leg.call_id is None:
            return []
        call = adopt(self.node, leg, packet.fields, number, packet["Dialled"], self.skills_of, seen=False)
        return [*([] if call is None else [call]), CallerLeftPayment(leg.call_id)]

    def _account_opened(self, packet: Packet) -> list[Event]:
        """A shift's telephone account: perhaps the telephone has stayed registered since the last shift."""
        if not packet["Account"].startswith(SOFTPHONE_PREFIX):
            return []
        agent = AgentId(packet["Account"].removeprefix(SOFTPHONE_PREFIX))
        # The list takes nothing away: the telephone may have registered since, and that may have been told first.
        if not self._contacts.get(agent):
            self.learn_contacts(agent, contacts_of(agent, packet["Contacts"]))
        return [AgentReachable(agent)] if self._contacts.get(agent) else []

    def _hold(self, packet: Packet) -> list[Event]:
        leg = party(packet)
        return [] if leg.call_id is None or leg.is_caller else [CallHeld(leg.call_id)]

    def _unhold(self, packet: Packet) -> list[Event]:
        leg = party(packet)
        return [] if leg.call_id is None or leg.is_caller else [CallResumed(leg.call_id)]

    def _contact_status(self, packet: Packet) -> list[Event]:
        account = packet["AOR"] or packet["EndpointName"]
        if not account.startswith(SOFTPHONE_PREFIX):
            return []
        agent = AgentId(account.removeprefix(SOFTPHONE_PREFIX))
        uris = _remember(self._contacts, agent, set)
        before = bool(uris)
        # One telephone an agent (dialplan/softphones.py): a page that was reloaded registers anew before its old
        # contact is told to be gone, and takes its place.
        renewed = False
        if packet["ContactStatus"] in _GONE:
            uris.discard(packet["URI"])
        elif packet["URI"] not in uris:
            uris.clear()
            uris.add(packet["URI"])
            renewed = self._is_another_page(agent, packet["URI"])
        facts: list[Event] = []
        if before != bool(uris):
            facts.append(AgentReachable(agent) if uris else AgentUnreachable(agent))
        return [*facts, TelephoneRenewed(agent)] if renewed else facts

    def _is_another_page(self, agent: AgentId, uri: str) -> bool:
        """Whether the contact is of another page than the last: a cut socket of the same page keeps its user part."""
        last = _remember(self._pages, agent, list)
        former, last[:] = list(last), [_user_of(uri)]
        return bool(former) and former != last

    def _accepted(self, leg: str) -> list[Event]:
        offer = self._offer(leg)
        if offer.accepted or offer.over:
            return []
        offer.accepted = True
        return [OfferAccepted(OfferId(leg))]

    def _offer(self, leg: str) -> _Offer:
        return _remember(self._offers, leg, _Offer)


def decline(sip_status: str, rang: bool, refused_by_telephone: bool) -> Decline:
    """Why a leg ended unanswered.

    Asterisk writes 480 itself when time ran out, without a HangupRequest; a telephone's own refusal has one.
    A telephone that never rang cannot have been looked at: unreachable, unless it said no.
    """
    if refused_by_telephone:
        said_no = sip_status in _SAID_NO and (rang or sip_status != "480")
        return Decline.DECLINED if said_no else Decline.UNREACHABLE
    return Decline.NO_ANSWER if rang else Decline.UNREACHABLE


def _user_of(uri: str) -> str:
    """The user part of a SIP URI (RFC 3261, 19.1.1)."""
    return uri.partition(":")[2].partition("@")[0]


def _remember(memory: "OrderedDict[K, V]", key: K, new: Callable[[], V]) -> V:
    """The value of `key`, made when absent, now the youngest; the oldest goes when there are too many."""
    if key not in memory:
        memory[key] = new()
        if len(memory) > MEMORY:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]


_READERS: dict[str, Callable[[AmiEvents, Packet], list[Event]]] = {
    "Newchannel": AmiEvents._newchannel,
    "HangupRequest": AmiEvents._hangup_request,
    "DialState": AmiEvents._dial_state,
    "DialEnd": AmiEvents._dial_end,
    "OriginateResponse": AmiEvents._originate_response,
    "Hangup": AmiEvents._hangup,
    "BridgeEnter": AmiEvents._bridge_enter,
    "BridgeLeave": AmiEvents._bridge_leave,
    "UserEvent": AmiEvents._user_event,
    "Hold": AmiEvents._hold,
    "Unhold": AmiEvents._unhold,
    "ContactStatus": AmiEvents._contact_status,
}
