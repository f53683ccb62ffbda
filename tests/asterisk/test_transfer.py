"""Transfers on a real Asterisk with real SIP telephones: who hears whom. The tests play the engine."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from acd.effects import BeginConsult, Confer, HangUpAgent, Join, OfferCall, ReturnToQueue
from acd.events import AgentLegEnded, AgentReachable, CallConnected, CallerLeft, ConsultConnected, LegEnd
from acd.model import Leg
from calls.ids import AgentId
from ivr.channel import Arrival
from tests.kit.asterisk import AsteriskNode
from tests.kit.phone_call import PhoneCall
from tests.kit.switch_rig import Rig, leg_of, switch_rig
from tests.kit.talks import hears_tone
from tests.kit.telephone import ANSWER, Telephone
from tests.kit.waiting import eventually

ADDRESS, TRUNK, DESK, OTHER = "127.0.2.71", "127.0.2.72", "127.0.2.73", "127.0.2.74"
ANNA, BORIS = AgentId("anna"), AgentId("boris")
CALLER_HZ, ANNA_HZ, BORIS_HZ = 440, 1000, 1400
LOST_S = 10.0
"""No voice for two seconds, here, is a lost telephone."""


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    with AsteriskNode.fresh(ADDRESS, trunk=TRUNK, rtp_first=32800, rtp_last=33199, rtp_timeout_s=2) as running:
        yield running


@pytest.fixture
def rig(node: AsteriskNode) -> Iterator[Rig]:
    with switch_rig(node) as running:
        running.switch.beat(running.clock.now() // 1000 + 60)
        yield running


@pytest.fixture
async def phones(rig: Rig) -> AsyncIterator[tuple[Telephone, Telephone, Telephone]]:
    """Caller, Anna and Boris; whatever rings at an agent is answered."""
    async with (
        Telephone(TRUNK, name="caller") as caller,
        Telephone(DESK, name="anna") as anna,
        Telephone(OTHER, name="boris") as boris,
    ):
        for phone, agent in ((anna, ANNA), (boris, BORIS)):
            await rig.sign_in(phone, agent)
            phone.behaviour = ANSWER
        await eventually(lambda: len(rig.facts(AgentReachable)) == 2, 5, "both telephones are there")
        yield caller, anna, boris
    await rig.empty()


class Talk:
    """A caller who talks with Anna, and what the engine would wish."""

    def __init__(self, rig: Rig, caller: PhoneCall, anna: PhoneCall, offer: OfferCall, arrival: Arrival) -> None:
        self.rig = rig
        self.caller = caller
        self.anna = anna
        self.offer = offer
        self.arrival = arrival
        self.leg = leg_of(arrival)

    async def consult(self, boris: Telephone) -> tuple[PhoneCall, OfferCall]:
        """Anna talks with Boris, the caller hears music."""
        since = len(self.rig.told)
        self.rig.switch.perform(BeginConsult(self.arrival.call_id, self.leg, self.offer.offer_id))
        mine = Leg(self.leg.node, self.offer.offer_id, self.offer.offer_id)
        line = replace(self.rig.offer(self.arrival, BORIS), caller=mine)
        self.rig.switch.perform(line)
        came = await boris.incoming(5)
        came.talk(BORIS_HZ)
        await eventually(
            lambda: ConsultConnected(line.offer_id) in self.rig.facts(ConsultConnected, since), 5, "both are connected"
        )
        await hears_tone(self.anna, BORIS_HZ)
        await hears_tone(came, ANNA_HZ)
        return came, line


async def talking(rig: Rig, phones: tuple[Telephone, Telephone, Telephone]) -> Talk:
    caller, anna, _ = phones
    call = await caller.call(rig.node.server, "88005553535", caller_number="79001112233")
    await call.answered(5)
    call.talk(CALLER_HZ)
    arrival = await rig.waiting()
    offer = rig.offer(arrival, ANNA)
    since = len(rig.told)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    came.talk(ANNA_HZ)
    await rig.fact(CallConnected, since)
    await hears_tone(call, ANNA_HZ)
    return Talk(rig, call, came, offer, arrival)


async def test_after_a_talk_the_colleague_has_the_caller(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone]
) -> None:
    talk = await talking(rig, phones)
    boris, line = await talk.consult(phones[2])
    since = len(rig.told)
    rig.switch.perform(Join(talk.arrival.call_id, talk.leg, line.offer_id))
    rig.switch.perform(HangUpAgent(talk.offer.offer_id, talk.leg))
    await hears_tone(talk.caller, BORIS_HZ)
    await hears_tone(boris, CALLER_HZ)
    await talk.anna.ended(timeout_s=3)
    assert rig.facts(AgentLegEnded, since) == [AgentLegEnded(talk.offer.offer_id, LegEnd.HUNG_UP)]
    assert rig.facts(CallerLeft, since) == []
    await talk.caller.hang_up()
    await boris.ended(timeout_s=3)
    assert await rig.fact(CallerLeft, since) == CallerLeft(talk.arrival.call_id)


async def test_the_agent_goes_back_to_the_caller(rig: Rig, phones: tuple[Telephone, Telephone, Telephone]) -> None:
    talk = await talking(rig, phones)
    boris, line = await talk.consult(phones[2])
    rig.switch.perform(HangUpAgent(line.offer_id, talk.leg))
    rig.switch.perform(Join(talk.arrival.call_id, talk.leg, talk.offer.offer_id))
    await boris.ended(timeout_s=3)
    await hears_tone(talk.caller, ANNA_HZ)
    await hears_tone(talk.anna, CALLER_HZ)
    await talk.caller.hang_up()
    await talk.anna.ended(timeout_s=3)


@pytest.mark.parametrize("how", LegEnd)
async def test_a_colleague_who_leaves_or_is_lost_leaves_the_agent_to_be_joined(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone], how: LegEnd
) -> None:
    talk = await talking(rig, phones)
    boris, line = await talk.consult(phones[2])
    since = len(rig.told)
    if how is LegEnd.LOST:
        boris.send_nothing()
    else:
        await boris.hang_up()
    assert await rig.fact(AgentLegEnded, since, LOST_S) == AgentLegEnded(line.offer_id, how)
    rig.switch.perform(Join(talk.arrival.call_id, talk.leg, talk.offer.offer_id))
    await hears_tone(talk.caller, ANNA_HZ)
    await hears_tone(talk.anna, CALLER_HZ)
    await talk.caller.hang_up()
    await talk.anna.ended(timeout_s=3)


async def test_all_three_hear_each_other_and_the_last_agent_ends_it(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone]
) -> None:
    talk = await talking(rig, phones)
    boris, line = await talk.consult(phones[2])
    rig.switch.perform(Confer(talk.arrival.call_id, talk.leg, (talk.offer.offer_id, line.offer_id)))
    talk.anna.be_silent()
    boris.be_silent()
    await hears_tone(talk.anna, CALLER_HZ)
    await hears_tone(boris, CALLER_HZ)
    talk.caller.be_silent()
    talk.anna.talk(ANNA_HZ)
    await hears_tone(talk.caller, ANNA_HZ)
    await hears_tone(boris, ANNA_HZ)
    await talk.anna.hang_up()
    boris.talk(BORIS_HZ)
    await hears_tone(talk.caller, BORIS_HZ)
    await boris.hang_up()
    await talk.caller.ended(timeout_s=10)


# --- a telephone that falls silent
async def test_an_agent_who_is_lost_while_asking_leaves_the_caller_on_hold(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone]
) -> None:
    talk = await talking(rig, phones)
    _, line = await talk.consult(phones[2])
    since = len(rig.told)
    talk.anna.send_nothing()
    lost = AgentLegEnded(talk.offer.offer_id, LegEnd.LOST)
    await eventually(lambda: lost in rig.facts(AgentLegEnded, since), LOST_S, "Anna is lost")
    assert talk.caller.up
    assert not rig.facts(CallerLeft, since)
    rig.switch.perform(ReturnToQueue(talk.arrival.call_id, talk.leg))
    rig.switch.perform(HangUpAgent(line.offer_id, talk.leg))
    assert await rig.waiting() == talk.arrival
    await talk.caller.hang_up()


async def test_of_three_one_is_lost_and_two_talk_on_and_then_the_caller_waits_again(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone]
) -> None:
    talk = await talking(rig, phones)
    boris, line = await talk.consult(phones[2])
    rig.switch.perform(Confer(talk.arrival.call_id, talk.leg, (talk.offer.offer_id, line.offer_id)))
    boris.be_silent()
    await hears_tone(boris, ANNA_HZ)
    since = len(rig.told)
    boris.send_nothing()
    assert await rig.fact(AgentLegEnded, since, LOST_S) == AgentLegEnded(line.offer_id, LegEnd.LOST)
    await hears_tone(talk.anna, CALLER_HZ)
    await hears_tone(talk.caller, ANNA_HZ)
    talk.anna.send_nothing()
    lost = AgentLegEnded(talk.offer.offer_id, LegEnd.LOST)
    await eventually(lambda: lost in rig.facts(AgentLegEnded, since), LOST_S, "Anna is lost")
    assert await rig.waiting() == talk.arrival, "not a word of goodbye: who was cut off waits again"
    assert talk.caller.up
    await talk.caller.hang_up()


async def test_a_caller_who_is_sent_on_hears_music_and_then_the_next_agent(
    rig: Rig, phones: tuple[Telephone, Telephone, Telephone]
) -> None:
    talk = await talking(rig, phones)
    rig.switch.perform(ReturnToQueue(talk.arrival.call_id, talk.leg))
    rig.switch.perform(HangUpAgent(talk.offer.offer_id, talk.leg))
    await talk.anna.ended(timeout_s=3)
    since = len(rig.told)
    rig.switch.perform(rig.offer(talk.arrival, BORIS))
    boris = await phones[2].incoming(5)
    boris.talk(BORIS_HZ)
    await rig.fact(CallConnected, since)
    await hears_tone(talk.caller, BORIS_HZ)
    await talk.caller.hang_up()
    await boris.ended(timeout_s=3)
