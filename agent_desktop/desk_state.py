"""What one agent's page shows of the floor, at one version. Pure: the page's script turns the words into labels."""

from dataclasses import dataclass

from acd.model import TAKE_BACK_S, Agent, Call, ConsultState, Duty, Presence
from acd.model import CallState as Waits
from agent_desktop.ports import Change, FloorView
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId
from calls.journey import Language
from calls.transfer import TargetKind


@dataclass(frozen=True, slots=True)
class CallState:
    """The agent's call: the one offered, talked with, or being wrapped up. Instants are None where not reached."""

    call_id: CallId
    queue: str
    enqueued_at: Instant
    offered_at: Instant | None
    expires_at: Instant | None
    answered_at: Instant | None
    held_since: Instant | None
    callback: bool
    """The customer is rung when this agent has answered."""
    talk_ended_at: Instant | None


@dataclass(frozen=True, slots=True)
class SecondLine:
    """The line between two agents about one caller: `who` is the other one, `mine`: this agent has opened it.

    `outside`: it leads to the number `who`.
    """

    who: str
    state: ConsultState
    mine: bool
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Gave:
    """The call that was sent on: where to, and until when it can be taken back."""

    to: str
    until: Instant


@dataclass(frozen=True, slots=True)
class DeskState:
    """`at` is the view's instant: the page counts its clocks from it. `line`: which page has the telephone."""

    version: int
    at: int
    presence: Presence
    reason: str
    presence_since: Instant
    duty: Duty
    duty_since: Instant
    reachable: bool
    wrap_up_until: Instant | None
    call: CallState | None
    line: str
    returning: bool = False
    """The caller was cut off from this agent's former page and is kept for this one."""
    second_line: SecondLine | None = None
    gave: Gave | None = None
    more_time: int = 0
    """How often the wrap-up may still be extended."""


def call_of(view: FloorView, agent_id: AgentId) -> Call | None:
    """The call that this agent's page shows: also one that is kept for the agent."""
    agent = view.agents.get(agent_id)
    if agent is not None:
        for call_id in (agent.call_id, agent.kept_call):
            if call_id is not None and call_id in view.calls:
                return view.calls[call_id]
    return view.wrapping.get(agent_id)


def desk_state(view: FloorView, agent_id: AgentId, now: Instant, line: str, language: Language) -> DeskState:
    """The page's state; an agent whom the floor does not know is signed out."""
    agent = view.agents.get(agent_id) or Agent(agent_id, "", frozenset())
    call = call_of(view, agent_id)
    return DeskState(
        version=view.version,
        at=now,
        presence=agent.presence,
        reason=agent.reason,
        presence_since=agent.presence_since,
        duty=agent.duty,
        duty_since=agent.duty_since,
        reachable=agent.reachable,
        wrap_up_until=agent.wrap_up_until,
        call=None if call is None else _call_state(view, call, agent_id, language),
        line=line,
        returning=agent.kept_call is not None,
        second_line=None if call is None else _second_line(view, call, agent_id),
        gave=_gave(view, agent, language),
        more_time=agent.extensions_left if agent.duty is Duty.WRAP_UP and agent.extension_s else 0,
    )


def concerns(change: Change, agent_id: AgentId, shown: CallId | None) -> bool:
    """Whether a change can alter this agent's page."""
    return agent_id in change.agents or agent_id in change.wrapping or (shown is not None and shown in change.calls)


def _call_state(view: FloorView, call: Call, agent_id: AgentId, language: Language) -> CallState:
    queue = view.queues.get(call.queue_id)
    asked = call.consult if call.consult is not None and call.consult.agent_id == agent_id else None
    rung_at = asked.begun_at if asked else call.offer.offered_at if call.offer else None
    expires_at = asked.expires_at if asked else call.offer.expires_at if call.offer else None
    return CallState(
        call_id=call.call_id,
        queue=call.queue_id if queue is None else queue.title_in(language),
        enqueued_at=call.enqueued_at,
        offered_at=rung_at,
        expires_at=expires_at,
        answered_at=call.answered_at,
        held_since=call.held_since,
        callback=call.callback is not None,
        talk_ended_at=call.talk_ended_at,
    )


def _second_line(view: FloorView, call: Call, agent_id: AgentId) -> SecondLine | None:
    line = call.consult
    if line is None or call.agent_id is None:
        return None
    mine = line.agent_id != agent_id
    if line.agent_id is None:
        return SecondLine(line.target.name, line.state, mine, outside=True)
    other = line.agent_id if mine else call.agent_id
    return SecondLine(_name(view, other), line.state, mine)


def _gave(view: FloorView, agent: Agent, language: Language) -> Gave | None:
    call = view.calls.get(agent.gave_call) if agent.gave_call is not None else None
    if call is None or call.state not in (Waits.WAITING, Waits.OFFERED) or not call.transfers:
        return None
    last = call.transfers[-1]
    if last.agent_id != agent.agent_id or call.kept_for is not None:
        return None
    queue = view.queues.get(QueueId(last.target.name)) if last.target.kind is TargetKind.QUEUE else None
    to = queue.title_in(language) if queue is not None else _name(view, AgentId(last.target.name))
    return Gave(to, after(last.at, TAKE_BACK_S))


def _name(view: FloorView, agent_id: AgentId) -> str:
    agent = view.agents.get(agent_id)
    return agent.name if agent is not None else agent_id
