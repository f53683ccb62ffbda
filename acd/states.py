"""Every move of a call and of an agent. What is not in these tables does not happen.

Rules
1. A call is in one state, an agent in one presence (the person's wish) and one duty (the floor's fact).
2. A move that a table does not hold raises IllegalMove and changes nothing. Commands are then refused with its reason;
   facts come from the switch and are never refused: one that no longer fits (late, repeated) is passed over.
3. A call in OFFERED, CONNECTING or TALKING by an offer has that offer, and the offer's agent is in the duty beside:
       call  offered     agent offered
       call  connecting  agent on call (the telephone was answered)
       call  talking     agent on call
   so that there is one live offer a call and one an agent. Only in a queue that rings all may an offered call have
   several (Call.also), each to another agent: one is passed, the others ring on; one is accepted, the others end.
4. A call that returns to waiting keeps its enqueued_at, and with it its place.
5. Only an agent who is ready, idle and reachable is offered a call. Presence and duty move apart: not-ready asked in a
   call holds from its end.
   A call that is diverted has neither offer nor agent.
   A call whose caller pays is talking; when the agent's leg ends meanwhile it waits, and is offered when it has paid.
6. A wrap-up belongs to the agent. It ends by the agent, by its limit, by signing out or by a rescued call.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from acd.errors import IllegalMove, Reason
from acd.model import CallState, Duty, PayState, Presence


class CallMove(StrEnum):
    OFFER = "offer"
    ACCEPT = "accept"
    """The agent's telephone answered."""
    CONNECT = "connect"
    """Caller and agent are in one bridge."""
    RESCUE = "rescue"
    """Asterisk alone connected the call."""
    RING_ANOTHER = "ring_another"
    """One more telephone rings for it (a queue that rings all)."""
    PASS = "pass"  # noqa: S105 - a move, no password
    """One of those who ring lets it pass; the others ring on."""
    RETURN = "return"
    """Back to its old place: no answer, declined, agent unreachable, bridge failed, agent lost."""
    DIVERT = "divert"
    """The caller is sent to a sentence that says why, and may come back."""
    END = "end"


class DutyMove(StrEnum):
    OFFER = "offer"
    ENGAGE = "engage"
    """The telephone answered, or Asterisk alone connected a call."""
    RELEASE = "release"
    """Nothing came of it: the agent is idle again, without a wrap-up."""
    FINISH = "finish"
    """The talk is over."""
    WRAP_UP_DONE = "wrap_up_done"


class PresenceMove(StrEnum):
    SIGN_IN = "sign_in"
    READY = "ready"
    NOT_READY = "not_ready"
    SIGN_OUT = "sign_out"


class PayMove(StrEnum):
    CHARGE = "charge"
    """The card is known, the bank is asked."""
    SETTLE = "settle"
    """The bank has answered; the caller hears how, or is asked again."""
    CALL_BACK = "call_back"
    """The agent wants the caller back."""
    LEAVE = "leave"
    """The caller has left the payment, by its end or because our processes have died."""


CALL_MOVES: Final[Mapping[CallState, Mapping[CallMove, CallState]]] = {
    CallState.WAITING: {
        CallMove.OFFER: CallState.OFFERED,
        CallMove.RESCUE: CallState.TALKING,
        CallMove.DIVERT: CallState.DIVERTED,
        CallMove.END: CallState.ENDED,
    },
    CallState.OFFERED: {
        CallMove.ACCEPT: CallState.CONNECTING,
        CallMove.CONNECT: CallState.TALKING,
        CallMove.RESCUE: CallState.TALKING,
        CallMove.RING_ANOTHER: CallState.OFFERED,
        CallMove.PASS: CallState.OFFERED,
        CallMove.RETURN: CallState.WAITING,
        CallMove.END: CallState.ENDED,
    },
    CallState.CONNECTING: {
        CallMove.CONNECT: CallState.TALKING,
        CallMove.RESCUE: CallState.TALKING,
        CallMove.RETURN: CallState.WAITING,
        CallMove.END: CallState.ENDED,
    },
    CallState.TALKING: {
        CallMove.RETURN: CallState.WAITING,
        CallMove.END: CallState.ENDED,
    },
    CallState.DIVERTED: {
        CallMove.RETURN: CallState.WAITING,
        CallMove.RESCUE: CallState.TALKING,
        CallMove.END: CallState.ENDED,
    },
    CallState.ENDED: {},
}

DUTY_MOVES: Final[Mapping[Duty, Mapping[DutyMove, Duty]]] = {
    Duty.IDLE: {DutyMove.OFFER: Duty.OFFERED, DutyMove.ENGAGE: Duty.ON_CALL},
    Duty.OFFERED: {DutyMove.ENGAGE: Duty.ON_CALL, DutyMove.RELEASE: Duty.IDLE},
    Duty.ON_CALL: {DutyMove.RELEASE: Duty.IDLE, DutyMove.FINISH: Duty.WRAP_UP},
    Duty.WRAP_UP: {DutyMove.WRAP_UP_DONE: Duty.IDLE},
}

PRESENCE_MOVES: Final[Mapping[Presence, Mapping[PresenceMove, Presence]]] = {
    Presence.SIGNED_OUT: {
        PresenceMove.SIGN_IN: Presence.NOT_READY,
        PresenceMove.SIGN_OUT: Presence.SIGNED_OUT,
    },
    Presence.NOT_READY: {
        PresenceMove.SIGN_IN: Presence.NOT_READY,
        PresenceMove.READY: Presence.READY,
        PresenceMove.NOT_READY: Presence.NOT_READY,
        PresenceMove.SIGN_OUT: Presence.SIGNED_OUT,
    },
    Presence.READY: {
        PresenceMove.SIGN_IN: Presence.READY,
        PresenceMove.READY: Presence.READY,
        PresenceMove.NOT_READY: Presence.NOT_READY,
        PresenceMove.SIGN_OUT: Presence.SIGNED_OUT,
    },
}


PAY_MOVES: Final[Mapping[PayState, Mapping[PayMove, PayState]]] = {
    PayState.KEYING: {
        PayMove.CHARGE: PayState.CHARGING,
        PayMove.CALL_BACK: PayState.CALLED_BACK,
        PayMove.LEAVE: PayState.RETURNING,
    },
    PayState.CHARGING: {PayMove.SETTLE: PayState.KEYING, PayMove.LEAVE: PayState.RETURNING},
    PayState.CALLED_BACK: {PayMove.LEAVE: PayState.RETURNING},
    PayState.RETURNING: {},
}
"""While the talk lives; it ends when both are in one bridge again."""


def next_call_state(state: CallState, move: CallMove) -> CallState:
    """The state after `move`. Raises IllegalMove."""
    after = CALL_MOVES[state].get(move)
    if after is None:
        raise IllegalMove(Reason.ILLEGAL_MOVE, f"A call that is {state} cannot {move}.")
    return after


def next_duty(duty: Duty, move: DutyMove) -> Duty:
    """The duty after `move`. Raises IllegalMove."""
    after = DUTY_MOVES[duty].get(move)
    if after is None:
        reason = Reason.NOT_IN_WRAP_UP if move is DutyMove.WRAP_UP_DONE else Reason.ILLEGAL_MOVE
        raise IllegalMove(reason, f"An agent whose duty is {duty} cannot {move}.")
    return after


def next_presence(presence: Presence, move: PresenceMove) -> Presence:
    """The presence after `move`. Raises IllegalMove."""
    after = PRESENCE_MOVES[presence].get(move)
    if after is None:
        raise IllegalMove(Reason.NOT_SIGNED_IN, f"An agent who is {presence} cannot {move}. Sign in first.")
    return after


def next_pay_state(state: PayState, move: PayMove) -> PayState:
    """The state of a payment out of a talk after `move`. Raises IllegalMove."""
    after = PAY_MOVES[state].get(move)
    if after is None:
        reason = Reason.BANK_IS_ASKED if state is PayState.CHARGING else Reason.NOT_PAYING
        raise IllegalMove(reason, f"A payment that is {state} cannot {move}.")
    return after


def mermaid() -> dict[str, str]:
    """A state diagram of each table, for docs/distribution.md (tests/unit/test_acd_states.py keeps it current)."""
    return {
        "call": _diagram([(str(a), str(m), str(b)) for a, moves in CALL_MOVES.items() for m, b in moves.items()]),
        "duty": _diagram([(str(a), str(m), str(b)) for a, moves in DUTY_MOVES.items() for m, b in moves.items()]),
        "presence": _diagram([(str(a), str(m), str(b)) for a, row in PRESENCE_MOVES.items() for m, b in row.items()]),
        "payment": _diagram([(str(a), str(m), str(b)) for a, row in PAY_MOVES.items() for m, b in row.items()]),
    }


def _diagram(arrows: list[tuple[str, str, str]]) -> str:
    start = arrows[0][0]
    lines = [f"    {a} --> {b}: {move}" for a, move, b in arrows]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {start}", *lines])
