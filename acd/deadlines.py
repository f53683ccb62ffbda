"""What may fall due, and when: it follows from a call or an agent alone."""

from typing import NamedTuple

from acd.hold_line import on_line
from acd.model import Agent, Call, CallState, ConsultState, Duty
from calls.clock import Instant
from calls.ids import AgentId, CallId


class Deadline(NamedTuple):
    """What may be due: `call` (its offer, bridge, pause or next look), its `announcement`, or `agent` (the wrap-up)."""

    call: CallId | None = None
    announcement: bool = False
    agent: AgentId | None = None


def deadline_of_agent(agent: Agent | None) -> Instant | None:
    return agent.wrap_up_until if agent is not None and agent.duty is Duty.WRAP_UP else None


def announcement_of(call: Call | None) -> Instant | None:
    return call.heard.next_at if call is not None and on_line(call) else None


def deadline_of_call(call: Call | None) -> Instant | None:
    if call is None:
        return None
    match call.state:
        case CallState.OFFERED:
            return call.offer.expires_at if call.offer else None
        case CallState.CONNECTING:
            return call.connect_by
        case CallState.WAITING:
            if call.kept_until is not None:
                return call.kept_until
            times = (call.paused_until, call.preferred_until, call.widens_at, call.consider_at)
            return min([at for at in times if at is not None], default=None)
        case CallState.TALKING:
            consult = call.consult
            return consult.expires_at if consult is not None and consult.state is ConsultState.RINGING else None
        case _:
            return None
