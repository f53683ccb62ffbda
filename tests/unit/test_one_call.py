"""The story of one call, top to bottom, without a telephone: read it beside callcentre/journey.py.

Real: the self-service's flow, the journey, the engine. In memory: the line, the customers, the switch, the records.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from acd.effects import HangUpAgent, OfferCall, WriteRecord
from acd.engine import step
from acd.events import (
    AgentReachable,
    AgentReady,
    AgentSignedIn,
    CallConnected,
    CallerLeft,
    Event,
    Message,
    OfferAccepted,
    QueuesChanged,
    WrapUpEnded,
)
from acd.floor import Floor
from acd.model import CallState, Duty, Paying
from acd.queues import Queue
from callcentre.journey import Journey
from calls.clock import after
from calls.ids import AgentId, CallId, EventId, QueueId, new_event_id
from calls.journey import CallFacts, Identification, Language
from calls.record import CallOutcome, CallRecord, OfferResult
from dialplan import contract
from ivr.visit import Services
from staff.skills import skilled
from tests.kit.fake_customers import demo_customers
from tests.kit.scripted_channel import LISTEN, ScriptedChannel
from tests.kit.visits import NOW, StillClock, arrival

SERVICE = Queue(QueueId("service"), "Service", target_s=20, skills=frozenset({"service"}), wrap_up_s=30)
ORLOV = AgentId("orlov")


def no_skills(queue: QueueId, language: Language) -> frozenset[str]:
    return frozenset()


class Line(ScriptedChannel):
    """A scripted caller whose channel variables can be looked at."""

    def __init__(self, *script: str) -> None:
        super().__init__(*script)
        self.goes_to = ""
        self.variables: Mapping[str, str] = {}

    def finish(self, next_step: str, variables: Mapping[str, str]) -> None:
        self.goes_to, self.variables = next_step, variables


@dataclass
class House:
    """The engine and what lies around it. What it wished for is in `wishes`."""

    clock: StillClock
    floor: Floor
    wishes: list[object]

    def tell(self, event: Event) -> EventId:
        """What the inbox is to the journey, and the switch's link to the engine."""
        message = Message(new_event_id(), self.clock.now(), "test", event)
        done = step(self.floor, message)
        self.wishes.extend(effect.wish for effect in done.effects)
        return message.message_id

    def facts_of(self, call_id: CallId) -> CallFacts | None:
        call = self.floor.calls.get(call_id)
        return None if call is None else call.facts

    def payment_of(self, call_id: CallId) -> Paying | None:
        call = self.floor.calls.get(call_id)
        return None if call is None else call.paying

    def write(self, record: CallRecord) -> None:
        raise AssertionError("a call that entered the queue is recorded by the engine")


def test_one_call() -> None:
    house = House(StillClock(), Floor(), [])
    customers = demo_customers(NOW)
    journey = Journey(
        Services(customers, customers, customers, customers, house.clock), house, house, house.clock, no_skills
    )

    # In the morning: the queues are known, Orlov has signed in and is ready.
    house.tell(QueuesChanged((SERVICE,), 7))
    house.tell(AgentSignedIn(ORLOV, "Орлов", skilled("service", "repairs")))
    house.tell(AgentReachable(ORLOV))
    house.tell(AgentReady(ORLOV))

    # 1-2. A stranger rings the hotline, hears the welcome and presses 0 for a person.
    came = arrival()
    line = Line("0", LISTEN)
    journey.answer(line, came, contract.AGI_IVR)
    assert line.heard[0].startswith("welcome")

    # 3. The channel carries what the call can be adopted from; the dialplan holds the caller with music.
    assert line.goes_to == contract.NEXT_WAIT
    assert line.variables[contract.QUEUE] == SERVICE.queue_id
    assert line.variables[contract.ENQUEUED] == str(NOW)

    # 4. In the same step the engine has Orlov's telephone rung; the desk sees who it is.
    call = house.floor.calls[came.call_id]
    assert call.state is CallState.OFFERED
    assert call.facts.identification is Identification.ANONYMOUS
    offer = house.wishes[-1]
    assert isinstance(offer, OfferCall)
    assert (offer.call_id, offer.agent_id) == (came.call_id, ORLOV)
    assert offer.caller.channel == came.channel

    # 5. Orlov answers after four seconds; caller and agent hear each other.
    house.clock.at = after(NOW, 4)
    house.tell(OfferAccepted(offer.offer_id))
    house.tell(CallConnected(offer.offer_id))
    assert house.floor.calls[came.call_id].state is CallState.TALKING
    assert house.floor.agents[ORLOV].duty is Duty.ON_CALL

    # 6. After two minutes the caller says goodbye; Orlov writes a note for ten seconds and is done.
    house.clock.at = after(NOW, 124)
    house.tell(CallerLeft(came.call_id))
    assert HangUpAgent(offer.offer_id, offer.caller) in house.wishes
    assert house.floor.agents[ORLOV].duty is Duty.WRAP_UP
    house.clock.at = after(NOW, 134)
    house.tell(WrapUpEnded(ORLOV))
    assert house.floor.agents[ORLOV].duty is Duty.IDLE
    assert not house.floor.calls

    # The record: raw times and the standard then in force, written once.
    (record,) = [wish.record for wish in house.wishes if isinstance(wish, WriteRecord)]
    assert record.call_id == came.call_id
    assert record.outcome is CallOutcome.ANSWERED
    assert (record.queue_id, record.target_s, record.settings_version) == (SERVICE.queue_id, 20, 7)
    assert (record.arrived_at, record.enqueued_at, record.answered_at) == (NOW, NOW, after(NOW, 4))
    assert (record.talk_ended_at, record.wrap_up_ended_at) == (after(NOW, 124), after(NOW, 134))
    assert [(one.agent_id, one.result) for one in record.offers] == [(ORLOV, OfferResult.ANSWERED)]
    assert record.facts.journey, "the agent saw what the caller did in the menu"
