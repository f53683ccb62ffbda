"""The record of a call that is over, made of what the floor knew of it. Pure."""

from typing import Final

from acd.model import CAUSE_OF, Call
from calls.clock import Instant
from calls.ids import ContactId
from calls.record import CallOutcome, CallRecord

_SENT_ON: Final = frozenset({CallOutcome.REFUSED, CallOutcome.OVERFLOWED, CallOutcome.CALLBACK})


def record_of(call: Call, unanswered: CallOutcome, ended_at: Instant, wrap_up_ended_at: Instant | None) -> CallRecord:
    """`unanswered` is the outcome if no agent ever answered it. A callback is joined to its first call."""
    outcome = unanswered if call.answered_at is None else CallOutcome.ANSWERED
    outcome = CallOutcome.RESCUED if call.rescued else outcome
    why = call.detour.why
    return CallRecord(
        call_id=call.call_id,
        contact_id=call.callback.contact_id if call.callback is not None else ContactId(call.call_id),
        node=call.leg.node,
        outcome=outcome,
        facts=call.facts,
        arrived_at=call.arrived_at,
        ended_at=ended_at,
        queue_id=call.counted_in,
        priority_s=call.priority_s,
        target_s=call.target_s,
        enqueued_at=call.enqueued_at,
        offers=call.offers,
        agent_id=call.agent_id,
        answered_at=call.answered_at,
        talk_ended_at=call.talk_ended_at,
        hold_ms=call.hold_ms,
        wrap_up_ended_at=wrap_up_ended_at,
        settings_version=call.settings_version,
        transfers=call.transfers,
        threshold_s=call.threshold_s if call.entered_threshold_s is None else call.entered_threshold_s,
        cause=CAUSE_OF[why].value if why is not None and outcome in _SENT_ON else "",
    )
