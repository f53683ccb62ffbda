"""One Asterisk as the engine's switch sees it: its link, what its events mean, and the resync after every gap.

While a resync asks the node for its state, events wait in a buffer; they are told after it. Telling an old event once
more does no harm: the engine takes each fact once.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence

import structlog

from acd.events import Event, PastTalk
from acd.ports import SkillsOf, SwitchUnavailable
from calls.clock import EPOCH, Clock, Instant, after
from calls.ids import AgentId, NodeId, OfferId, QueueId
from dialplan.contract import (
    AFTER_BRIDGE,
    AGENT_IN,
    BACK,
    BEAT,
    CALLER_CHANNEL,
    CONFERENCE,
    CONSULTING,
    HELD,
    JOINED,
    LINE,
    NUMBER,
    OTHER,
    OUTSIDE,
    PAST_TALKS,
    PAYING,
    PAYMENT,
    QUEUE,
    REFUSAL,
    RESCUE,
    RESCUE_QUEUE,
    SAY,
    SECOND_LINE,
    START,
    TAKE,
    WAITING,
    softphone,
)
from telephony.ami_errors import ActionRefused, AmiError, LinkLost
from telephony.ami_events import EVENTS, AmiEvents
from telephony.ami_link import AmiLink, AmiSettings
from telephony.ami_packet import Fields, Packet
from telephony.legs import contacts_of
from telephony.past_talks import last_beat, past_talks, slots_since
from telephony.resync import STATUS_VARIABLES, read_node, rescue_agents

log = structlog.get_logger(__name__)

BUFFER = 100_000
"""Most events kept during a resync; with more the resync is done again."""
_CALLER_UNKNOWN = "NONEXISTENT"
_EMPTY = "not found"
JOINED_S = 1
_LOOK_S = 0.02
"""Between two looks: whoever performs a wish hears no events, so it has to ask."""
ASK_ANEW_S = 5
"""So often, at most: where many callers give up, some do as they are answered."""
WITHDRAWN = 10_000
"""Most withdrawn offers remembered."""

Tell = Callable[[NodeId, Event], None]


class SwitchNode:
    """`signed_in` are the agents the engine spoke of; `settled` runs after each resync and may use `act`."""

    def __init__(
        self,
        settings: AmiSettings,
        tell: Tell,
        skills_of: SkillsOf,
        signed_in: Callable[[], Iterable[AgentId]],
        settled: "Callable[[SwitchNode], None]",
        clock: Clock,
    ) -> None:
        self.node = settings.node
        self.link = AmiLink(settings, EVENTS, self._event, self._resync)
        self._events = AmiEvents(settings.node, skills_of)
        self._tell = tell
        self._skills_of = skills_of
        self._signed_in = signed_in
        self._settled = settled
        self._clock = clock
        self._asked_anew = EPOCH
        self._lock = threading.Lock()
        self._buffer: deque[Packet] | None = None
        self._withdrawn: OrderedDict[str, None] = OrderedDict()

    def act(self, action: str, fields: Fields, fine: str = "") -> bool:
        """Do an action; False when Asterisk refused it with a message that holds `fine`.

        Raises SwitchUnavailable for every other failure.
        """
        try:
            self.link.act(action, fields)
        except ActionRefused as refusal:
            if fine and fine in refusal.reason:
                return False
            raise SwitchUnavailable(str(refusal)) from refusal
        except AmiError as fault:
            raise SwitchUnavailable(str(fault)) from fault
        return True

    def rung(self, offer: OfferId) -> bool:
        """Whether this offer has a leg or had one, or was withdrawn: a repeated wish must not ring again."""
        with self._lock:
            return offer in self._withdrawn or self._events.knows(offer)

    def end_leg(self, offer: OfferId) -> None:
        """Hang up an offer's leg; also one that Asterisk is only about to make. Raises SwitchUnavailable."""
        with self._lock:
            self._withdrawn[offer] = None
            if len(self._withdrawn) > WITHDRAWN:
                self._withdrawn.popitem(last=False)
        self.act("Hangup", (("Channel", offer),), fine="No such channel")

    def hold(self, channel: str, extension: str = START) -> None:
        """Bring a caller (by channel or unique id) to the music; nothing when it has gone. Raises SwitchUnavailable."""
        self.act("Redirect", (("Channel", channel), *_place(WAITING, extension)), fine="does not exist")

    def consult(self, caller: str, agent: OfferId) -> None:
        """Caller into the music, agent to wait for the colleague's leg, in one move. Raises SwitchUnavailable."""
        self._both(caller, HELD, agent, CONSULTING)

    def join(self, caller: str, agent: OfferId) -> None:
        """Let this agent's leg take the caller. Nothing when it has gone. Raises SwitchUnavailable."""
        leg = ("Channel", agent)
        if self.act("Setvar", (leg, ("Variable", CALLER_CHANNEL), ("Value", caller)), fine="No such channel"):
            self.act("Redirect", (leg, *_place(TAKE)), fine="does not exist")

    def dial_second_line(self, caller: str, agent: OfferId, line: OfferId, number: str) -> None:
        """Caller into the music, agent's leg to dial outside. Nothing when it has gone or has dialled for this line.

        Raises SwitchUnavailable.
        """
        if self._variable(agent, LINE) == line:
            return
        for name, value in ((NUMBER, number), (LINE, line)):
            leg = ("Channel", agent)
            if not self.act("Setvar", (leg, ("Variable", name), ("Value", value)), fine="No such channel"):
                return
        self._both(caller, HELD, agent, SECOND_LINE)

    def send_to_pay(self, caller: str, agent: OfferId, number: int) -> None:
        """Caller to the payment, agent to the music, in one move; nothing when the caller was sent there before.

        Raises SwitchUnavailable.
        """
        if self._variable(caller, PAYMENT) != str(number):
            self._both(caller, PAYING, agent, PAYING, AGENT_IN, caller_in=str(number))

    def bring_back(self, caller: str, agent: OfferId) -> None:
        """Let this agent's leg take the caller as soon as the payment allows. Nothing when it has gone or has done so.

        Raises SwitchUnavailable.
        """
        if self.context_of(agent) != PAYING:
            return
        leg = ("Channel", agent)
        if self.act("Setvar", (leg, ("Variable", CALLER_CHANNEL), ("Value", caller)), fine="No such channel"):
            self.act("Redirect", (leg, *_place(PAYING, BACK)), fine="does not exist")

    def join_outside(self, caller: str, other: str) -> None:
        """Let the caller's leg take the one outside, out of whatever either is in. Nothing when it has done so already.

        Raises SwitchUnavailable.
        """
        if self.context_of(caller) == OUTSIDE:
            return
        leg = ("Channel", caller)
        if self.act("Setvar", (leg, ("Variable", OTHER), ("Value", other)), fine="No such channel"):
            self.act("Redirect", (leg, *_place(OUTSIDE, JOINED)), fine="does not exist")
            self._wait_for_bridge(caller)

    def _wait_for_bridge(self, caller: str) -> None:
        """Until the caller has somebody, JOINED_S at most: the agent's leg is hung up next, which must not be early."""
        self._until(lambda: not self._alone(caller))

    def _until(self, done: Callable[[], bool]) -> None:
        """JOINED_S at most. Raises SwitchUnavailable."""
        deadline = after(self._clock.now(), JOINED_S)
        while self._clock.now() < deadline and not done():
            time.sleep(_LOOK_S)

    def confer(self, caller: str, agents: Sequence[OfferId]) -> None:
        """All into one conference, named as the call. Raises SwitchUnavailable.

        The last leg goes first: it made the bridge with the others and would hang up when they leave it. The first one
        leaves that bridge for the dialplan by itself: a Redirect that came before would be undone by that.
        """
        first, *others = agents
        for other in reversed(others):
            self.act("Redirect", (("Channel", other), *_place(CONFERENCE, AGENT_IN)), fine="does not exist")
        self._until(lambda: self.context_of(first) != CONSULTING)
        self._both(caller, CONFERENCE, first, CONFERENCE, AGENT_IN)

    def _both(
        self,
        caller: str,
        context: str,
        agent: OfferId,
        agent_context: str,
        agent_in: str = START,
        caller_in: str = START,
    ) -> None:
        extra = (
            ("ExtraChannel", agent),
            ("ExtraContext", agent_context),
            ("ExtraExten", agent_in),
            ("ExtraPriority", "1"),
        )
        self.act("Redirect", (("Channel", caller), *_place(context, caller_in), *extra), fine="does not exist")

    def send_outside(self, channel: str, number: str) -> None:
        """Send a caller to an outside telephone; one who is there already, or gone, is let alone.

        Raises SwitchUnavailable.
        """
        if self.context_of(channel) not in {OUTSIDE, ""}:
            place = (("Channel", channel), ("Context", OUTSIDE), ("Exten", number), ("Priority", "1"))
            self.act("Redirect", place, fine="does not exist")

    def announce(self, channel: str, sounds: str) -> None:
        """Play these files to a caller at the next turn of the hold line, within two seconds; nobody else hears them.

        The caller's own leg does it, so that all who are due in one second are neither asked for nor moved at once.
        Raises SwitchUnavailable.
        """
        self.act("Setvar", (("Channel", channel), ("Variable", SAY), ("Value", sounds)), fine="No such channel")

    def _is_rescued(self, channel: str) -> bool:
        """Still in the rescue, and no agent has answered there."""
        return any(row["Context"] == RESCUE for row in self._alone(channel))

    def _alone(self, channel: str) -> list[Packet]:
        """The channel's row of Status, none when it has gone or is in a bridge. Raises SwitchUnavailable."""
        try:
            rows = self.link.rows("Status", "StatusComplete", (("Channel", channel),))
        except ActionRefused:
            return []
        except AmiError as fault:
            raise SwitchUnavailable(str(fault)) from fault
        return [row for row in rows if not row["BridgeID"]]

    def context_of(self, channel: str) -> str:
        """Where in the dialplan a channel is, "" when it has gone. Raises SwitchUnavailable."""
        return self._variable(channel, "CONTEXT")

    def _variable(self, channel: str, name: str) -> str:
        """A channel's variable, "" when either is not there. Raises SwitchUnavailable."""
        try:
            return self.link.act("Getvar", (("Channel", channel), ("Variable", name)))["Value"]
        except ActionRefused:
            return ""
        except AmiError as fault:
            raise SwitchUnavailable(str(fault)) from fault

    def send_away(self, channel: str, extension: str) -> None:
        """Bring a caller to the sentence that says why nobody comes; nothing when it has gone."""
        self.act("Redirect", (("Channel", channel), *_place(REFUSAL, extension)), fine="does not exist")

    def name_queue(self, channel: str, queue: QueueId) -> None:
        """Write on a caller's channel which queue it waits in; nothing when it has gone."""
        self.act("Setvar", (("Channel", channel), ("Variable", QUEUE), ("Value", queue)), fine="No such channel")

    def set_rescue_member(self, agent_id: str, member: bool, paused: bool) -> None:
        """Put an agent into the rescue queue or out of it. Raises SwitchUnavailable."""
        interface = f"PJSIP/{softphone(agent_id)}"
        where = (("Queue", RESCUE_QUEUE), ("Interface", interface))
        if not member:
            self.act("QueueRemove", where, fine="Not there")
            return
        state = ("Paused", "true" if paused else "false")
        if not self.act("QueueAdd", (*where, state, ("StateInterface", interface)), fine="Already there"):
            self.act("QueuePause", (*where, state))

    # --- the link's threads
    def _event(self, packet: Packet) -> None:
        if packet["UserEvent"] == AFTER_BRIDGE and packet["Result"] == _CALLER_UNKNOWN:
            self._ask_anew(packet["Uniqueid"])
        with self._lock:
            late = packet.kind == "Newchannel" and packet["Uniqueid"] in self._withdrawn
            if self._buffer is not None:
                self._buffer.append(packet)
            else:
                self._tell_all(self._events.facts(packet))
        if late:
            try:
                self.link.post("Hangup", (("Channel", packet["Uniqueid"]),))
            except LinkLost:
                log.warning("withdrawn leg may ring on: the link is lost", offer_id=packet["Uniqueid"], node=self.node)

    def _ask_anew(self, offer: str) -> None:
        """An agent answered for a caller whom the switch has not: gone in this moment, or known wrongly since long."""
        if (now := self._clock.now()) >= after(self._asked_anew, ASK_ANEW_S):
            self._asked_anew = now
            log.warning("an agent answered for no caller; resync", node=self.node, offer_id=offer)
            self.link.resync()

    def _resync(self) -> None:
        with self._lock:
            self._buffer = deque(maxlen=BUFFER)
        try:
            # The channels last: a caller who comes after them is not in what is seen, and telephones take their time.
            telephones = self._telephones()
            asked_at = self._clock.now()
            channels = self.link.rows("Status", "StatusComplete", (("Variables", STATUS_VARIABLES),))
            past = self._past_talks(asked_at)
        except BaseException:
            with self._lock:
                self._buffer = None
            raise
        with self._lock:
            seen = read_node(self.node, channels, telephones, self._skills_of, asked_at)
            self._events.begin_again(seen.legs, seen.contacts)
            self._tell_all(past)
            self._tell_all(seen.facts)
            buffer, self._buffer = self._buffer, None
            for packet in buffer or ():
                self._tell_all(self._events.facts(packet))
        if buffer is not None and len(buffer) == BUFFER:
            self.link.resync()
        log.info("switch resynced", node=self.node, channels=len(channels), telephones=len(telephones))
        for channel in seen.rescued:
            if self._is_rescued(channel):  # meanwhile an agent may have answered
                self.hold(channel)
        self._settled(self)

    def _past_talks(self, asked_at: Instant) -> list[PastTalk]:
        """The talks since the last beat that are over. Read after the channels: none falls between both."""
        beaten_at = last_beat(self.link.act("Getvar", (("Variable", BEAT),))["Value"], asked_at)
        rows = [row for slot in slots_since(beaten_at, asked_at) for row in self._kept(slot)]
        return past_talks(self.node, rows, beaten_at or EPOCH)

    def _kept(self, slot: str) -> list[Packet]:
        """The talks in one slot of the node's memory; an empty one is told as an error."""
        try:
            return self.link.rows("DBGetTree", "DBGetTreeComplete", (("Family", f"{PAST_TALKS}/{slot}"),))
        except ActionRefused as refusal:
            if _EMPTY in refusal.reason:
                return []
            raise

    def _telephones(self) -> dict[AgentId, list[str]]:
        """The contacts of every agent we know of.

        The lists of contacts (PJSIPShow...) need the AMI class `system`, with which an Originate could run a program;
        so each agent's are asked for alone, a third of a millisecond each.
        """
        members = self.link.rows("QueueStatus", "QueueStatusComplete", (("Queue", RESCUE_QUEUE),))
        with self._lock:
            agents = rescue_agents(members) | self._events.reachable() | set(self._signed_in())
        return {agent: self._contacts(agent) for agent in sorted(agents)}

    def _contacts(self, agent: AgentId) -> list[str]:
        name = f"PJSIP_DIAL_CONTACTS({softphone(agent)})"
        return contacts_of(agent, self.link.act("Getvar", (("Variable", name),))["Value"])

    def _tell_all(self, facts: Sequence[Event]) -> None:
        for fact in facts:
            self._tell(self.node, fact)


def _place(context: str, extension: str = START) -> Fields:
    return (("Context", context), ("Exten", extension), ("Priority", "1"))
