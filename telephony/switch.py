"""The engine's hands: wishes become AMI actions, each safe to perform twice. acd.ports.Switch over one or more nodes.

Agent first (design: calls.md): the agent's telephone is rung by Originate; when it answers, the dialplan's `take`
bridges it with the caller, who hears music until then.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from typing import assert_never

import structlog

from acd.effects import (
    Announce,
    BeginConsult,
    BringBack,
    Confer,
    ConsultOutside,
    HangUpAgent,
    Join,
    JoinOutside,
    NameQueue,
    OfferCall,
    ReturnToQueue,
    RingBack,
    SendAway,
    SendOutside,
    SendToPay,
    SetRescueMember,
    SwitchWish,
    WithdrawOffer,
)
from acd.events import CallbackElsewhere, CustomerNotReached, Event, OutsideFailed
from acd.ports import SkillsOf, SwitchUnavailable
from calls.clock import Clock, Instant
from calls.ids import AgentId, CallId, NodeId, OfferId
from calls.outgoing import NothingOutside, OutgoingCall, OutgoingCalls, OutgoingKind
from calls.unreached import Unreached
from dialplan.contract import (
    AGAIN_HEADER,
    AGENT,
    AGENT_HEADER,
    BEAT,
    BEAT_LIMIT_S,
    CALL,
    CALL_HEADER,
    CALLER_CHANNEL,
    DRAINED,
    LOST,
    NUMBER,
    RING,
    RING_BACK,
    START,
    TAKE,
    node_endpoint,
    softphone,
)
from telephony.ami_errors import LinkLost
from telephony.ami_link import AmiSettings
from telephony.ami_packet import Fields, sip_header, variable
from telephony.announcer import Announcer, nothing_ready
from telephony.reach import Reach
from telephony.switch_node import SwitchNode

log = structlog.get_logger(__name__)

NO_FIELDS: tuple[tuple[str, str], ...] = ()
Sink = Callable[[str, Event], None]


class AmiSwitch:
    """See acd.ports.Switch. `skills_of` serves the calls that are adopted from the switch alone.

    `outgoing` is asked before anything is dialled outside; without one nothing is. `drained`: the nodes that take no
    new calls now, asked at each beat.
    """

    def __init__(
        self,
        nodes: Iterable[AmiSettings],
        clock: Clock,
        skills_of: SkillsOf,
        outgoing: OutgoingCalls | None = None,
        announcer: Announcer | None = None,
        drained: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._clock = clock
        self._drained = drained
        self._announcer = announcer or Announcer(nothing_ready, "", clock)
        self._outgoing = outgoing or NothingOutside()
        self._sink: Sink | None = None
        self._lock = threading.Lock()
        self._members: dict[AgentId, tuple[bool, bool]] = {}
        self._beaten_s = 0
        self._reach = Reach()
        self._nodes = {
            settings.node: SwitchNode(settings, self._tell, skills_of, self._signed_in, self._restore_members, clock)
            for settings in nodes
        }

    def listen(self, sink: Sink) -> None:
        """Connect, and tell `sink` everything from now on; each node begins with its resync."""
        self._sink = sink
        for node in self._nodes.values():
            node.link.start()

    def wait_up(self, timeout_s: float) -> bool:
        """Wait for all nodes to be logged in and resynced; False when one is not in time."""
        deadline = self._clock.now() + round(timeout_s * 1000)
        return all(node.link.wait_up(max(0.0, (deadline - self._clock.now()) / 1000)) for node in self._nodes.values())

    def down(self) -> list[NodeId]:
        """The nodes without a link at this moment."""
        return [name for name, node in self._nodes.items() if not node.link.up]

    def perform(self, wish: SwitchWish) -> None:
        """Do it; doing it twice does no harm. Raises SwitchUnavailable."""
        match wish:
            case OfferCall():
                self._offer(wish)
            case SendOutside():
                self._send_outside(wish)
            case RingBack():
                self._ring_back(wish)
            case Announce():
                self._announce(wish)
            case ConsultOutside():
                self._consult_outside(wish)
            case SetRescueMember():
                self._set_rescue_member(wish)
            case _:
                _perform_at(self._node(wish.caller.node), wish)

    def beat(self, epoch_s: int) -> None:
        """Tell every node that the engine lives. After a beat too late the dialplan has rescued: look anew."""
        late = self._beaten_s and epoch_s - self._beaten_s > BEAT_LIMIT_S
        self._beaten_s = epoch_s
        for node in self._nodes.values():
            if not node.link.up:
                continue
            drained = "1" if node.node in self._drained() else ""
            try:
                node.link.post("Setvar", (("Variable", DRAINED), ("Value", drained)))
                node.link.post("Setvar", (("Variable", BEAT), ("Value", str(epoch_s))))
            except LinkLost:
                continue  # the link says so itself
            if late:
                log.warning("engine beat was late; resync", node=node.node)
                node.link.resync()

    def close(self) -> None:
        """Log off from every node."""
        for node in self._nodes.values():
            node.link.close()

    def _offer(self, wish: OfferCall) -> None:
        node = self._node(wish.caller.node)
        if not node.rung(wish.offer_id):  # rung: done already
            again = (sip_header(AGAIN_HEADER, "1"),) if wish.again else ()
            place = (("Context", TAKE), variable(CALLER_CHANNEL, wish.caller.channel), *again)
            self._ring(node, wish.offer_id, wish.call_id, wish.agent_id, wish.expires_at, place)

    def _ring(
        self, node: SwitchNode, offer: OfferId, call: CallId, agent: AgentId, expires_at: Instant, place: Fields
    ) -> None:
        """Ring an agent; an answered telephone goes on at `place`."""
        left_ms = expires_at - self._clock.now()
        if left_ms <= 0:
            return  # the engine's own deadline says so
        there = self._reach.node_of(agent, node.node)
        channel, header = f"PJSIP/{softphone(agent)}", NO_FIELDS
        if there != node.node:
            channel, header = f"PJSIP/{RING}@{node_endpoint(there)}", (sip_header(AGENT_HEADER, agent),)
        node.act(
            "Originate",
            (
                ("Channel", channel),
                ("Exten", "s"),
                ("Priority", "1"),
                ("Timeout", str(left_ms)),
                ("ChannelId", offer),
                ("Async", "true"),
                *place,
                *header,
                variable(CALL, call),
                variable(AGENT, agent),
                sip_header(CALL_HEADER, call),
            ),
        )

    def _send_outside(self, wish: SendOutside) -> None:
        node = self._node(wish.caller.node)
        call = OutgoingCall(
            f"{wish.call_id}-{wish.attempt}", OutgoingKind.OUTSIDE, wish.number, wish.actor, wish.call_id
        )
        if self._outgoing.permit(call, self._clock.now()) is None:
            node.send_outside(wish.caller.uniqueid, wish.number)
        else:
            self._tell(node.node, OutsideFailed(wish.call_id, Unreached.NOT_ALLOWED))

    def _ring_back(self, wish: RingBack) -> None:
        node = self._nodes.get(wish.node)
        if node is not None and node.rung(wish.offer_id):
            return
        if node is None or not self._takes_calls(node):
            other = next((name for name, other in self._nodes.items() if self._takes_calls(other)), None)
            if other is not None:
                self._tell(other, CallbackElsewhere(wish.offer_id, other))
                return
        node = self._node(wish.node)
        call = OutgoingCall(wish.offer_id, OutgoingKind.CALLBACK, wish.number, f"user:{wish.agent_id}", wish.call_id)
        if self._outgoing.permit(call, self._clock.now()) is None:
            place = (("Context", RING_BACK), variable(NUMBER, wish.number))
            self._ring(node, wish.offer_id, wish.call_id, wish.agent_id, wish.expires_at, place)
        else:
            self._tell(node.node, CustomerNotReached(wish.offer_id, Unreached.NOT_ALLOWED))

    def _consult_outside(self, wish: ConsultOutside) -> None:
        node = self._node(wish.caller.node)
        call = OutgoingCall(wish.line, OutgoingKind.OUTSIDE, wish.number, wish.actor, wish.call_id)
        if self._outgoing.permit(call, self._clock.now()) is None:
            node.dial_second_line(wish.caller.uniqueid, wish.agent, wish.line, wish.number)
        else:
            self._tell(node.node, CustomerNotReached(wish.line, Unreached.NOT_ALLOWED))

    def _announce(self, wish: Announce) -> None:
        """Say what is ready. What cannot be said now is left out: an offer may wait behind it, and must not."""
        sounds = self._announcer.sounds(wish)
        if not sounds:
            return
        try:
            self._node(wish.caller.node).announce(wish.caller.channel, sounds)
        except SwitchUnavailable as fault:
            log.warning("announcement_left_out", call_id=wish.call_id, why=str(fault))

    def _set_rescue_member(self, wish: SetRescueMember) -> None:
        """On every node that is up; a node that is down gets all members at its next resync."""
        with self._lock:
            self._members[wish.agent_id] = (wish.member, wish.paused)
        for node in self._nodes.values():
            if not node.link.up:
                continue
            node.set_rescue_member(wish.agent_id, wish.member, wish.paused)

    def _signed_in(self) -> list[AgentId]:
        with self._lock:
            return [agent_id for agent_id, (member, _) in self._members.items() if member]

    def _restore_members(self, node: SwitchNode) -> None:
        with self._lock:
            members = dict(self._members)
        for agent_id, (member, paused) in members.items():
            node.set_rescue_member(agent_id, member, paused)

    def _takes_calls(self, node: SwitchNode) -> bool:
        return node.link.up and node.node not in self._drained()

    def _node(self, name: NodeId) -> SwitchNode:
        node = self._nodes.get(name)
        if node is None:
            raise SwitchUnavailable(f"No Asterisk {name} in the settings. Add it, or let its calls end.")
        return node

    def _tell(self, node: NodeId, event: Event) -> None:
        if self._reach.heard(node, event) and self._sink is not None:
            self._sink(f"switch:{node}", event)


def _perform_at(
    node: SwitchNode,
    wish: WithdrawOffer
    | HangUpAgent
    | ReturnToQueue
    | BeginConsult
    | Join
    | JoinOutside
    | Confer
    | SendToPay
    | BringBack
    | SendAway
    | NameQueue,
) -> None:
    """What concerns the caller's node alone."""
    match wish:
        case WithdrawOffer() | HangUpAgent():
            node.end_leg(wish.offer_id)
        case ReturnToQueue():
            node.hold(wish.caller.uniqueid, LOST if wish.lost else START)
        case BeginConsult():
            node.consult(wish.caller.uniqueid, wish.agent)
        case Join():
            node.join(wish.caller.channel, wish.agent)
        case JoinOutside():
            node.join_outside(wish.caller.uniqueid, wish.other.channel)
        case Confer():
            node.confer(wish.caller.uniqueid, wish.agents)
        case SendToPay():
            node.send_to_pay(wish.caller.uniqueid, wish.agent, wish.number)
        case BringBack():
            node.bring_back(wish.caller.channel, wish.agent)
        case SendAway():
            node.send_away(wish.caller.uniqueid, wish.refusal.extension())
        case NameQueue():
            node.name_queue(wish.caller.channel, wish.queue_id)
        case _:
            assert_never(wish)
