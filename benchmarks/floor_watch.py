"""What a floor did, read from Asterisk's own events alone, so that any way of distribution is judged by one rule. Pure.

All instants are Asterisk's (`timestampevents`, microseconds). Definitions:

  waits       from the event `CALLER_WAITS` of the dialplan until both legs are in one bridge, or the caller's hang-up
  rings       from the Newchannel of an agent's leg until it is bridged or hung up
  free        an agent without any leg; becomes free at the Hangup of the leg
  unrung      callers who wait, less the legs that ring
  free to ring    from becoming free to the same agent's next ring, where at that instant more callers were unrung than
                  agents were free already: somebody waited for just this agent
  idle while callers wait    the mean of min(free agents, unrung callers) over the window
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from telephony.ami_packet import Packet

CALLER_WAITS: Final = "BenchWaits"
"""UserEvent of every rival's dialplan on the caller's channel, right before the wait begins."""
_AGENT: Final = "PJSIP/agent-"


@dataclass(frozen=True, slots=True)
class Watched:
    """One window of `window_s` seconds. Times in seconds; `calls` are talks begun by each agent, zeros too."""

    window_s: float
    free_to_ring: tuple[float, ...]
    idle_while_waiting: float
    offered: int
    abandoned: int
    talks: tuple[float, ...]
    calls: Mapping[str, int]

    @property
    def answered(self) -> int:
        return sum(self.calls.values())


def watch(packets: Iterable[Packet], agents: Iterable[str], begins: float, ends: float) -> Watched:
    """The figures of the window from `begins` until `ends`, in epoch seconds; what was before sets the scene."""
    floor = _Floor(begins, ends, dict.fromkeys(agents))
    for packet in sorted(packets, key=_instant):
        if packet["Timestamp"]:
            floor.take(packet, _instant(packet))
    floor.pass_to(ends)
    return Watched(
        ends - begins,
        tuple(floor.rings),
        floor.idle / (ends - begins),
        floor.offered,
        floor.abandoned,
        tuple(floor.talks),
        floor.calls,
    )


def _instant(packet: Packet) -> float:
    return float(packet["Timestamp"] or 0)


@dataclass(slots=True)
class _Leg:
    agent: str
    talks_since: float | None = None


@dataclass(slots=True)
class _Floor:
    """`free`: by agent, when it became free if a caller waited for it then, else None."""

    begins: float
    ends: float
    free: dict[str, float | None]
    calls: dict[str, int] = field(init=False)
    waiting: set[str] = field(default_factory=set)
    legs: dict[str, _Leg] = field(default_factory=dict)
    bridges: dict[str, set[str]] = field(default_factory=dict)
    rings: list[float] = field(default_factory=list)
    talks: list[float] = field(default_factory=list)
    idle: float = 0.0
    offered: int = 0
    abandoned: int = 0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.calls = dict.fromkeys(self.free, 0)

    @property
    def unrung(self) -> int:
        return len(self.waiting) - sum(leg.talks_since is None for leg in self.legs.values())

    def inside(self, at: float) -> bool:
        return self.begins <= at < self.ends

    def pass_to(self, at: float) -> None:
        """Time passes: agents may have been idle while callers waited."""
        passed = min(at, self.ends) - max(self.at, self.begins)
        if passed > 0:
            self.idle += passed * max(0, min(len(self.free), self.unrung))
        self.at = at

    def take(self, packet: Packet, at: float) -> None:
        self.pass_to(at)
        leg = packet["Uniqueid"]
        match packet.kind:
            case "UserEvent" if packet["UserEvent"] == CALLER_WAITS:
                self.waiting.add(leg)
                self.offered += self.inside(at)
            case "Newchannel" if packet["Channel"].startswith(_AGENT):
                self._rings(leg, packet["Channel"].removeprefix(_AGENT).rpartition("-")[0], at)
            case "BridgeEnter":
                self._bridged(packet["BridgeUniqueid"], leg, at)
            case "Hangup":
                self._hung_up(leg, at)

    def _rings(self, leg: str, agent: str, at: float) -> None:
        self.legs[leg] = _Leg(agent)
        since = self.free.pop(agent, None)
        if since is not None and self.inside(at):
            self.rings.append(at - since)

    def _bridged(self, bridge: str, leg: str, at: float) -> None:
        inside = self.bridges.setdefault(bridge, set())
        inside.add(leg)
        callers, legs = inside & self.waiting, [self.legs[one] for one in inside if one in self.legs]
        if not callers or not legs:
            return
        self.waiting -= callers
        for one in legs:
            one.talks_since = at
            self.calls[one.agent] = self.calls.get(one.agent, 0) + self.inside(at)

    def _hung_up(self, leg: str, at: float) -> None:
        if leg in self.waiting:
            self.waiting.discard(leg)
            self.abandoned += self.inside(at)
        known = self.legs.pop(leg, None)
        if known is None:
            return
        if known.talks_since is not None and self.inside(at):
            self.talks.append(at - known.talks_since)
        self.free[known.agent] = at if self.unrung > len(self.free) else None
