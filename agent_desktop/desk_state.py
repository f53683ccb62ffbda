"""What one agent's page shows of the floor, at one version. Pure: the page's script turns the words into labels."""

from dataclasses import dataclass

from acd.model import Agent, Call, Duty, Presence
from agent_desktop.ports import Change, FloorView
from calls.clock import Instant
from calls.ids import AgentId, CallId
from calls.journey import Language


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
    talk_ended_at: Instant | None


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


def call_of(view: FloorView, agent_id: AgentId) -> Call | None:
    """The call that this agent's page shows."""
    agent = view.agents.get(agent_id)
    if agent is not None and agent.call_id is not None and agent.call_id in view.calls:
        return view.calls[agent.call_id]
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
        call=None if call is None else _call_state(view, call, language),
        line=line,
    )


def concerns(change: Change, agent_id: AgentId, shown: CallId | None) -> bool:
    """Whether a change can alter this agent's page."""
    return agent_id in change.agents or agent_id in change.wrapping or (shown is not None and shown in change.calls)


def _call_state(view: FloorView, call: Call, language: Language) -> CallState:
    queue = view.queues.get(call.queue_id)
    return CallState(
        call_id=call.call_id,
        queue=call.queue_id if queue is None else queue.title_in(language),
        enqueued_at=call.enqueued_at,
        offered_at=None if call.offer is None else call.offer.offered_at,
        expires_at=None if call.offer is None else call.offer.expires_at,
        answered_at=call.answered_at,
        held_since=call.held_since,
        talk_ended_at=call.talk_ended_at,
    )
