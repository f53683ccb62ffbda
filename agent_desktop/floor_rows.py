"""The supervisor's rows: queues, waiting callers, agents, as of one view. Pure; each row is a value of its own.

A queue's wait has three signs: nothing inside the target, a warning from three quarters of it, a breach beyond it.
The signs move with the clock, so the page is told the two instants and turns the sign by itself.
"""

import math
from dataclasses import dataclass, replace

from acd.alerts import Alert
from acd.figures import QueueFigures
from acd.model import Agent, Call, CallState, Duty, Presence
from acd.queues import Queue
from agent_desktop.ports import FloorView
from calls.clock import NEVER, Instant, after
from calls.ids import QueueId
from calls.numbers import masked
from staff.skills import names_of

WARNING_SHARE = 0.75
UNANSWERED = frozenset({CallState.WAITING, CallState.OFFERED, CallState.CONNECTING})


@dataclass(frozen=True, slots=True)
class QueueSight:
    """What the monitor tells of a queue, as it is shown: whole per cent, the forecast outward to fives.

    `level`: answered within the threshold / offered, so far. `short`: agents missing, negative to spare. Rounded, so
    that a row is sent only when what is seen has changed.
    """

    level: int | None
    low: int | None
    high: int | None
    standard: int
    below: bool
    breaking: int
    short: int | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """`free` of `able`: ready, idle and reachable agents among the signed-in who have the queue's skills."""

    queue: Queue
    waiting: int
    longest_since: Instant | None
    warning_at: Instant | None
    breach_at: Instant | None
    free: int
    able: int
    sight: QueueSight | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An open alert; `queue` None: it is about the whole floor, or a queue that was removed."""

    alert: Alert
    queue: Queue | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A caller who has not been answered; the number is masked, the floor shows nobody's data."""

    call: Call
    queue: Queue
    number: str
    warning_at: Instant
    breach_at: Instant


@dataclass(frozen=True, slots=True)
class AgentRow:
    """`state` is one word for mark, colour and label; `since` its clock; `queue` that of the agent's call."""

    agent: Agent
    state: str
    since: Instant
    queue: Queue | None


Row = QueueRow | WaitingRow | AgentRow | AlertRow


def queue_rows(view: FloorView) -> dict[str, Row]:
    """The worst first: whose longest wait breaks its target soonest; queues without callers by title."""
    waiting: dict[QueueId, list[Call]] = {queue_id: [] for queue_id in view.queues}
    for call in view.calls.values():
        if call.state in UNANSWERED and call.queue_id in waiting:
            waiting[call.queue_id].append(call)
    present = [agent for agent in view.agents.values() if agent.presence is not Presence.SIGNED_OUT]
    told = {one.queue_id: _sight(one) for one in view.report.queues} if view.report else {}
    rows = [
        replace(_queue_row(queue, waiting[queue_id], present), sight=told.get(queue_id))
        for queue_id, queue in view.queues.items()
    ]
    rows.sort(key=lambda row: (row.breach_at or NEVER, row.queue.title, row.queue.queue_id))
    return {row.queue.queue_id: row for row in rows}


def alert_rows(view: FloorView) -> dict[str, Row]:
    """Open alerts: those that nobody looks after first, then the newest."""
    alerts = sorted(
        view.report.alerts if view.report else (), key=lambda one: (one.acknowledged_at is not None, -one.raised_at)
    )
    return {alert.alert_id: AlertRow(alert, view.queues.get(QueueId(alert.about))) for alert in alerts}


def _sight(figures: QueueFigures) -> QueueSight:
    level, band = figures.tally.service_level(), figures.forecast
    return QueueSight(
        level=None if level is None else round(100 * level),
        low=None if band is None else math.floor(20 * band.low) * 5,
        high=None if band is None else math.ceil(20 * band.high) * 5,
        standard=round(100 * figures.standard),
        below=band is not None and band.expected < figures.standard,
        breaking=figures.breaking,
        short=figures.short,
    )


def waiting_rows(view: FloorView) -> dict[str, Row]:
    """In the order of due times: the next to be answered first."""
    unanswered = [call for call in view.calls.values() if call.state in UNANSWERED]
    unanswered.sort(key=lambda call: (call.due_at, call.call_id))
    return {call.call_id: _waiting_row(view, call) for call in unanswered}


def agent_rows(view: FloorView) -> dict[str, Row]:
    """Signed-in agents by name: the order does not change under the eyes."""
    present = [agent for agent in view.agents.values() if agent.presence is not Presence.SIGNED_OUT]
    present.sort(key=lambda agent: (agent.name.casefold().replace("ё", "е"), agent.agent_id))
    return {agent.agent_id: _agent_row(view, agent) for agent in present}


def _queue_row(queue: Queue, waiting: list[Call], present: list[Agent]) -> QueueRow:
    able = [agent for agent in present if queue.skills <= names_of(agent.skills)]
    free = sum(1 for a in able if a.presence is Presence.READY and a.duty is Duty.IDLE and a.reachable)
    longest = min((call.enqueued_at for call in waiting), default=None)
    warning = breach = None
    if longest is not None:
        warning, breach = after(longest, queue.target_s * WARNING_SHARE), after(longest, queue.target_s)
    return QueueRow(queue, len(waiting), longest, warning, breach, free, len(able))


def _waiting_row(view: FloorView, call: Call) -> WaitingRow:
    return WaitingRow(
        call=call,
        queue=_queue(view, call.queue_id),
        number=masked(call.facts.caller_number) if call.facts.caller_number else "",
        warning_at=after(call.enqueued_at, call.target_s * WARNING_SHARE),
        breach_at=after(call.enqueued_at, call.target_s),
    )


def _agent_row(view: FloorView, agent: Agent) -> AgentRow:
    call = view.calls.get(agent.call_id) if agent.call_id else None
    call = call or view.wrapping.get(agent.agent_id)
    queue = _queue(view, call.queue_id) if call is not None else None
    busy = agent.duty is not Duty.IDLE
    since = agent.duty_since if busy else max(agent.presence_since, agent.duty_since)
    return AgentRow(agent, state_of(agent), since, queue)


def state_of(agent: Agent) -> str:
    """One word for mark, colour and label: the duty, or the presence of who is idle."""
    return agent.presence.value if agent.duty is Duty.IDLE else agent.duty.value


def _queue(view: FloorView, queue_id: QueueId) -> Queue:
    """A queue that was removed goes by its id."""
    return view.queues.get(queue_id) or Queue(queue_id, queue_id, 0, frozenset())
