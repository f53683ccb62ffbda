"""The engine's hands: wishes become AMI actions, each safe to perform twice. acd.ports.Switch over one or more nodes.

Agent first (design: calls.md): the agent's telephone is rung by Originate; when it answers, the dialplan's `take`
bridges it with the caller, who hears music until then.
"""

import threading
from collections.abc import Callable, Iterable

import structlog

from acd.effects import HangUpAgent, OfferCall, ReturnToQueue, SetRescueMember, WithdrawOffer
from acd.events import Event
from acd.ports import SkillsOf, SwitchUnavailable, SwitchWish
from calls.clock import Clock
from calls.ids import AgentId, NodeId
from dialplan.contract import BEAT, BEAT_LIMIT_S, CALL, CALL_HEADER, CALLER_CHANNEL, TAKE, softphone
from telephony.ami_errors import LinkLost
from telephony.ami_link import AmiSettings
from telephony.ami_packet import sip_header, variable
from telephony.switch_node import SwitchNode

log = structlog.get_logger(__name__)

Sink = Callable[[str, Event], None]


class AmiSwitch:
    """See acd.ports.Switch. `skills_of` serves the calls that are adopted from the switch alone."""

    def __init__(self, nodes: Iterable[AmiSettings], clock: Clock, skills_of: SkillsOf) -> None:
        self._clock = clock
        self._sink: Sink | None = None
        self._lock = threading.Lock()
        self._members: dict[AgentId, tuple[bool, bool]] = {}
        self._beaten_s = 0
        self._nodes = {
            settings.node: SwitchNode(settings, self._tell, skills_of, self._signed_in, self._restore_members)
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
            case WithdrawOffer() | HangUpAgent():
                self._node(wish.caller.node).end_leg(wish.offer_id)
            case ReturnToQueue():
                self._node(wish.caller.node).hold(wish.caller.uniqueid)
            case SetRescueMember():
                self._set_rescue_member(wish)

    def beat(self, epoch_s: int) -> None:
        """Tell every node that the engine lives. After a beat too late the dialplan has rescued: look anew."""
        late = self._beaten_s and epoch_s - self._beaten_s > BEAT_LIMIT_S
        self._beaten_s = epoch_s
        for node in self._nodes.values():
            if not node.link.up:
                continue
            try:
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
        left_ms = wish.expires_at - self._clock.now()
        if left_ms <= 0 or node.rung(wish.offer_id):
            return  # expired: the engine's own deadline says so; rung: done already
        node.act(
            "Originate",
            (
                ("Channel", f"PJSIP/{softphone(wish.agent_id)}"),
                ("Context", TAKE),
                ("Exten", "s"),
                ("Priority", "1"),
                ("Timeout", str(left_ms)),
                ("ChannelId", wish.offer_id),
                ("Async", "true"),
                variable(CALLER_CHANNEL, wish.caller.channel),
                variable(CALL, wish.call_id),
                sip_header(CALL_HEADER, wish.call_id),
            ),
        )

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

    def _node(self, name: NodeId) -> SwitchNode:
        node = self._nodes.get(name)
        if node is None:
            raise SwitchUnavailable(f"No Asterisk {name} in the settings. Add it, or let its calls end.")
        return node

    def _tell(self, node: NodeId, event: Event) -> None:
        if self._sink is not None:
            self._sink(f"switch:{node}", event)
