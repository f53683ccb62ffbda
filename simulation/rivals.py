"""How other queue software chooses the agent, as models for comparison: one queue, first come first served.

Their rules, read in their sources (apps/app_queue.c, calc_metric and ring_one; mod_callcenter.c, the ORDER BY of each
strategy); written anew here, nothing is copied:
  leastrecent       app_queue: whose last call ended longest ago; who had none comes first; whole seconds
  fewestcalls       app_queue: fewest calls since signing in
  random            app_queue: a new draw at each call
  rrmemory          app_queue: the next after the one who was rung last, by their order
  longest_idle      mod_callcenter longest-idle-agent: the earliest last_bridge_end, then the position
  least_talk        mod_callcenter agent-with-least-talk-time: talk time since signing in, then the position
  round_robin       mod_callcenter: the next position after the last call's
  idle_since        whose idle time began longest ago, a break begins it anew: our own strategy longest_idle, to prove
                    that a model and the engine are comparable (tests/unit/test_simulation_rivals.py)
Ties go to the first by order, as in both programs. Wrap-up is the agent's here as there (wrapuptime, wrap-up-time).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from acd.effects import OfferCall, Wish
from acd.events import (
    AgentNotReady,
    AgentReady,
    AgentSignedIn,
    AgentSignedOut,
    CallerLeft,
    CallQueued,
    Message,
    WrapUpEnded,
)
from acd.model import Leg
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, offer_id

_RING_S: Final = 15


@dataclass(slots=True, eq=False)
class Member:
    """An agent as a rival sees one. `position` is the order of the list; times in milliseconds, 0: never."""

    agent_id: AgentId
    position: int
    ready: bool = False
    busy: bool = False
    calls: int = 0
    talk_ms: int = 0
    talk_ended: int = 0
    talk_began: int = 0
    idle_since: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """What a rule may look at beside the member."""

    now: int
    last: int
    """The position that was rung last; -1: none."""
    random: Random


Rule = Callable[[Member, Moment], tuple[float, ...]]
"""The smallest is rung."""


def _next_in_turn(member: Member, moment: Moment) -> tuple[float, ...]:
    return (member.position <= moment.last, member.position)


RULES: Final[Mapping[str, Rule]] = {
    "leastrecent": lambda member, moment: (member.talk_ended // 1000, member.position),
    "fewestcalls": lambda member, moment: (member.calls, member.position),
    "random": lambda member, moment: (moment.random.random(),),
    "rrmemory": _next_in_turn,
    "longest_idle": lambda member, moment: (member.talk_ended, member.position),
    "least_talk": lambda member, moment: (member.talk_ms, member.position),
    "round_robin": _next_in_turn,
    "idle_since": lambda member, moment: (member.idle_since, member.position),
}
APP_QUEUE: Final = ("leastrecent", "fewestcalls", "random", "rrmemory")
MOD_CALLCENTER: Final = ("longest_idle", "least_talk", "round_robin")


class RivalFloor:
    """One queue under a rival's rule. `wraps_up`: agents have a wrap-up and say when it is over."""

    def __init__(self, rule: str, seed: int, *, wraps_up: bool = True) -> None:
        """Raises KeyError for a rule that is not known."""
        self._rule = RULES[rule]
        self._random = Random(f"{seed} {rule}")
        self._wraps_up = wraps_up
        self._members: dict[AgentId, Member] = {}
        self._waiting: dict[CallId, Leg] = {}
        self._talks: dict[CallId, Member] = {}
        self._last = -1

    def next_deadline(self) -> Instant | None:
        return None

    def take(self, message: Message) -> list[Wish]:
        event, now = message.event, message.at
        if isinstance(event, CallQueued):
            self._waiting[event.call_id] = event.leg
        elif isinstance(event, CallerLeft):
            self._left(event.call_id, now)
        elif isinstance(event, WrapUpEnded):
            self._idle(self._members[event.agent_id], now)
        elif isinstance(event, AgentSignedIn):
            position = len(self._members)
            self._members.setdefault(event.agent_id, Member(event.agent_id, position))
        elif isinstance(event, AgentReady):
            member = self._members[event.agent_id]
            member.ready, member.idle_since = True, now
        elif isinstance(event, AgentNotReady | AgentSignedOut):
            self._members[event.agent_id].ready = False
        return self._match(now)

    def _left(self, call_id: CallId, now: int) -> None:
        member = self._talks.pop(call_id, None)
        if member is None:
            self._waiting.pop(call_id, None)
            return
        member.talk_ended = now
        member.talk_ms += now - member.talk_began
        if not self._wraps_up:
            self._idle(member, now)

    def _idle(self, member: Member, now: int) -> None:
        member.busy, member.idle_since = False, now

    def _match(self, now: Instant) -> list[Wish]:
        wishes: list[Wish] = []
        while self._waiting:
            idle = [member for member in self._members.values() if member.ready and not member.busy]
            if not idle:
                break
            moment = Moment(now, self._last, self._random)
            member = min(idle, key=lambda each: self._rule(each, moment))
            call_id = next(iter(self._waiting))
            leg = self._waiting.pop(call_id)
            member.busy, member.talk_began, self._last = True, now, member.position
            member.calls += 1
            self._talks[call_id] = member
            wishes.append(OfferCall(offer_id(call_id, 1), call_id, member.agent_id, leg, after(now, _RING_S)))
        return wishes
