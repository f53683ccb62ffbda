"""An Asterisk on paper: it does what the engine wishes, writes the events that Asterisk writes, and knows the truth.

What becomes of an event on its way is for whoever drives it: nothing is lost or doubled here. One queue, one node.
"""

from dataclasses import dataclass, field
from typing import Final

from acd.effects import HangUpAgent, OfferCall, Wish, WithdrawOffer
from calls.ids import AgentId, CallId, OfferId
from dialplan.contract import CALL, CALL_WAITING, WAITING, softphone
from telephony.ami_packet import Packet

_PLACE: Final = {"CC_QUEUE": "sales", "CC_ENQUEUED": "1750000000000", "CC_PRIORITY": "0", "CC_LANG": "ru"}


@dataclass(slots=True)
class Line:
    """One living leg. `caller_of`: the caller's call of an agent's leg. `bridge`: "" outside of one."""

    channel: str
    uniqueid: str
    call_id: CallId
    agent_id: AgentId | None = None
    up: bool = False
    bridge: str = ""


@dataclass(slots=True)
class PaperSwitch:
    """`lines`: every living leg by its unique id."""

    lines: dict[str, Line] = field(default_factory=dict)
    came: int = 0
    rung: set[OfferId] = field(default_factory=set)

    # --- what people do
    def caller_comes(self) -> list[Packet]:
        self.came += 1
        call = CallId(f"01900000-0000-7000-8000-{self.came:012x}")
        line = Line(f"PJSIP/trunk-{self.came:08x}", f"paper-{self.came}.1", call, up=True)
        self.lines[line.uniqueid] = line
        place = {"UserEvent": CALL_WAITING, "CallerIDNum": "79001112233", "Dialled": "88005553535", **_PLACE}
        return [self._event("Newchannel", line), self._event("UserEvent", line, **place)]

    def hangs_up(self, line: Line) -> list[Packet]:
        """The person of this leg; the other one's leg ends with it."""
        return [self._event("HangupRequest", line), *self._end(line, "200")]

    def declines(self, line: Line) -> list[Packet]:
        return [self._event("HangupRequest", line), *self._end(line, "486")]

    def answers(self, line: Line) -> list[Packet]:
        """The agent's telephone; the dialplan's `take` then bridges both when the caller is still there."""
        line.up = True
        said = [self._dial("DialEnd", line, "ANSWER"), self._response(line.uniqueid, "Success")]
        caller = self.caller(line.call_id)
        if caller is None or caller.bridge:
            return [
                *said,
                self._event("UserEvent", line, UserEvent="AfterBridge", Result="NONEXISTENT"),
                *self._end(line),
            ]
        caller.bridge = line.bridge = f"bridge of {line.uniqueid}"
        return [*said, *(self._event("BridgeEnter", one, BridgeUniqueid=one.bridge) for one in (line, caller))]

    # --- what the engine wishes
    def perform(self, wish: Wish) -> list[Packet]:
        """Done at once; twice does no harm (telephony.switch sees to that)."""
        if isinstance(wish, OfferCall) and wish.offer_id not in self.rung:
            self.rung.add(wish.offer_id)
            line = Line(f"PJSIP/{softphone(wish.agent_id)}-00000001", wish.offer_id, wish.call_id, wish.agent_id)
            self.lines[line.uniqueid] = line
            return [self._event("Newchannel", line), self._dial("DialState", line, "RINGING")]
        if isinstance(wish, WithdrawOffer | HangUpAgent):
            self.rung.add(wish.offer_id)
            line_there = self.lines.get(wish.offer_id)
            return [] if line_there is None else self._end(line_there)
        return []

    # --- the truth
    def caller(self, call: CallId) -> Line | None:
        return next((line for line in self.lines.values() if line.agent_id is None and line.call_id == call), None)

    def callers(self) -> list[Line]:
        return [line for line in self.lines.values() if line.agent_id is None]

    def legs(self, *, up: bool) -> list[Line]:
        """The agents' legs that ring, or those that have been answered."""
        return [line for line in self.lines.values() if line.agent_id is not None and line.up is up]

    def rows(self) -> list[Packet]:
        """As the action Status gives them."""
        rows = []
        for line in self.lines.values():
            waits = line.agent_id is None and not line.bridge
            fields = {
                "Channel": line.channel, "Uniqueid": line.uniqueid, "BridgeID": line.bridge,
                "ChannelState": "6" if line.up else "5", "Context": WAITING if waits else "",
                "CallerIDNum": "79001112233", "DNID": "88005553535",
            }  # fmt: skip
            variables = {CALL: str(line.call_id)} | (_PLACE if line.agent_id is None else {})
            rows.append(Packet("Status", True, fields, variables))
        return rows

    # --- events as Asterisk writes them
    def _end(self, line: Line, sip: str = "") -> list[Packet]:
        """The leg ends; its bridge is left, and a talk's other leg ends too."""
        self.lines.pop(line.uniqueid, None)
        others = [other for other in self.lines.values() if line.bridge and other.bridge == line.bridge]
        said = [self._event("BridgeLeave", one, BridgeUniqueid=one.bridge) for one in (line, *others) if one.bridge]
        if line.agent_id is not None and not line.up:
            said.append(self._response(line.uniqueid, "Failure"))
        said.append(self._event("Hangup", line, TechCause=sip, Cause="16"))
        for other in others:
            other.bridge = ""
            said += self._end(other)
        return said

    @staticmethod
    def _event(kind: str, line: Line, **more: str) -> Packet:
        fields = {"Event": kind, "Channel": line.channel, "Uniqueid": line.uniqueid, **more}
        return Packet(kind, True, fields, {CALL: str(line.call_id)})

    @staticmethod
    def _dial(kind: str, line: Line, status: str) -> Packet:
        return Packet(kind, True, {"DestUniqueid": line.uniqueid, "DestChannel": line.channel, "DialStatus": status})

    @staticmethod
    def _response(leg: str, answer: str) -> Packet:
        return Packet("OriginateResponse", True, {"Uniqueid": leg, "Response": answer})
