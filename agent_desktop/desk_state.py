"""What one agent's page shows of the floor, at one version. Pure: the page's script turns the words into labels."""

from dataclasses import dataclass
from typing import Final

from acd.model import TAKE_BACK_S, Agent, Call, ConsultState, Duty, PayState, Presence
from acd.model import CallState as Waits
from agent_desktop.ports import Change, FloorView
from calls.clock import Instant, after
from calls.ids import AgentId, CallId, QueueId
from calls.journey import Language
from calls.numbers import PhoneNumber, spoken_form
from calls.paying import PayResult, PayStep
from calls.transfer import Target, TargetKind
from calls.unreached import Unreached

TOLD_S: Final = 60
_GOOD: Final = frozenset({PayResult.PAID, PayResult.SENT})


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
class Missed:
    """Whom this agent asked or sent the caller to, and why nobody spoke there. `waits`: the caller waits in a queue."""

    who: str
    why: Unreached
    until: Instant
    """How long the page says so."""
    waits: bool


@dataclass(frozen=True, slots=True)
class Gave:
    """The call that was sent on: where to, and until when it can be taken back."""

    to: str
    until: Instant


@dataclass(frozen=True, slots=True)
class Payment:
    """How far the caller is who pays: so many digits (`keyed`) of what `step` asks for.

    `charging`: the bank is asked, nobody calls the caller back now. `returning`: the caller is on the way back.
    """

    step: PayStep
    keyed: int
    charging: bool
    returning: bool


@dataclass(frozen=True, slots=True)
class PaymentEnd:
    """`good`: nothing is left to be done. `receipt`: its number, or ""."""

    result: PayResult
    receipt: str
    at: Instant
    good: bool


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
    missed: Missed | None = None
    paying: Payment | None = None
    paid: PaymentEnd | None = None
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
        missed=_missed(view, agent, call, language),
        paying=None if call is None else _payment(call),
        paid=None if call is None else _payment_end(call),
        more_time=agent.extensions_left if agent.duty is Duty.WRAP_UP and agent.extension_s else 0,
    )


def calls_told_of(view: FloorView, agent_id: AgentId) -> frozenset[CallId]:
    """The calls that this agent's page says something of: its own, and the one that the agent has sent on."""
    call, agent = call_of(view, agent_id), view.agents.get(agent_id)
    shown = call.call_id if call is not None else None
    given = agent.gave_call if agent is not None else None
    return frozenset(one for one in (shown, given) if one is not None)


def concerns(change: Change, agent_id: AgentId, told_of: frozenset[CallId]) -> bool:
    """Whether a change can alter this agent's page, which tells of these calls."""
    return agent_id in change.agents or agent_id in change.wrapping or not told_of.isdisjoint(change.calls)


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
        return SecondLine(spoken_form(PhoneNumber(line.target.name)), line.state, mine, outside=True)
    other = line.agent_id if mine else call.agent_id
    return SecondLine(_name(view, other), line.state, mine)


def _payment(call: Call) -> Payment | None:
    paying = call.paying
    if paying is None:
        return None
    returning = paying.state in (PayState.CALLED_BACK, PayState.RETURNING)
    return Payment(paying.step, paying.keyed, paying.state is PayState.CHARGING, returning)


def _payment_end(call: Call) -> PaymentEnd | None:
    paid = call.paid
    return None if paid is None else PaymentEnd(paid.result, paid.receipt, paid.at, paid.result in _GOOD)


def _gave(view: FloorView, agent: Agent, language: Language) -> Gave | None:
    call = view.calls.get(agent.gave_call) if agent.gave_call is not None else None
    if call is None or call.state not in (Waits.WAITING, Waits.OFFERED) or not call.transfers:
        return None
    last = call.transfers[-1]
    if last.agent_id != agent.agent_id or call.kept_for is not None:
        return None
    return Gave(_title(view, last.target, language), after(last.at, TAKE_BACK_S))


def _missed(view: FloorView, agent: Agent, call: Call | None, language: Language) -> Missed | None:
    """Of the talk on the page, or of the call that this agent has sent on and that nobody has answered yet."""
    given = view.calls.get(agent.gave_call) if agent.gave_call is not None else None
    for one, states in ((given, (Waits.WAITING, Waits.OFFERED)), (call, (Waits.TALKING,))):
        missed = None if one is None or one.state not in states else one.missed
        if missed is not None and missed.by == agent.agent_id:
            until = after(missed.at, TOLD_S)
            return Missed(_title(view, missed.target, language), missed.why, until, one is given)
    return None


def _title(view: FloorView, target: Target, language: Language) -> str:
    if target.kind is TargetKind.OUTSIDE:
        return spoken_form(PhoneNumber(target.name))
    if target.kind is TargetKind.AGENT:
        return _name(view, AgentId(target.name))
    queue = view.queues.get(QueueId(target.name))
    return target.name if queue is None else queue.title_in(language)


def _name(view: FloorView, agent_id: AgentId) -> str:
    agent = view.agents.get(agent_id)
    return agent.name if agent is not None else agent_id
