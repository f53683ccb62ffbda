"""A talk of Anna with caller 1 on a paper floor, Boris beside her, and what was wished for since."""

from acd.effects import SetRescueMember
from acd.events import Refused, TransferCommand
from acd.model import Consult
from calls.ids import AgentId, OfferId
from calls.transfer import Target, TargetKind
from tests.kit.floors import Day, call_id

ANNA, BORIS = AgentId("anna"), AgentId("boris")
CALL = call_id(1)
TO_BORIS = Target(TargetKind.AGENT, BORIS)
TO_REPAIRS = Target(TargetKind.QUEUE, "repairs")


def talking() -> tuple[Day, OfferId]:
    """Anna talks with caller 1, Boris is free."""
    day = Day()
    day.agent_ready(ANNA)
    day.queued(1)
    offer = day.connected(CALL)
    day.agent_ready(BORIS, "repairs")
    day.wait(30)
    day.effects.clear()
    return day, offer


def consult_of(day: Day) -> Consult:
    line = day.call(CALL).consult
    assert line is not None
    return line


def refusal(day: Day, command: TransferCommand) -> str:
    before = day.floor.state()
    answer = day.tell(command).answer
    assert isinstance(answer, Refused)
    after = day.floor.state()
    assert (before.calls, before.agents, before.wrap_ups) == (after.calls, after.agents, after.wrap_ups)
    return answer.reason


def wishes(day: Day) -> list[object]:
    """All but those for the rescue queue."""
    return [effect.wish for effect in day.effects if not isinstance(effect.wish, SetRescueMember)]
