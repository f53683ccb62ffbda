"""A talk that begins and ends while no engine listens, on a real Asterisk: the next engine is told of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from acd.effects import SetRescueMember
from acd.events import CallConnected, NodeSeen, PastTalk
from calls.ids import AgentId
from tests.kit.asterisk import AsteriskNode
from tests.kit.switch_rig import NODE, Rig, ring_in, switch_rig
from tests.kit.telephone import ANSWER, RING, Telephone

ADDRESS, TRUNK, DESK = "127.0.2.81", "127.0.2.82", "127.0.2.83"
ANNA = AgentId("anna")


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    with AsteriskNode.fresh(ADDRESS, trunk=TRUNK, rtp_first=32800, rtp_last=32999) as running:
        yield running


@pytest.fixture
def rig(node: AsteriskNode) -> Iterator[Rig]:
    with switch_rig(node) as running:
        yield running


@asynccontextmanager
async def telephones(rig: Rig) -> AsyncIterator[tuple[Telephone, Telephone]]:
    async with Telephone(TRUNK, name="caller") as caller, Telephone(DESK, name="anna") as anna:
        await rig.sign_in(anna, ANNA)
        yield caller, anna
        rig.switch.perform(SetRescueMember(ANNA, member=False, paused=True))
    await rig.empty()


def since(rig: Rig, told: int) -> list[PastTalk]:
    """What is told of past talks, before the new engine learns who is still there."""
    kinds = [type(event) for _, event in rig.told[told:]]
    if PastTalk in kinds:
        assert kinds.index(PastTalk) < kinds.index(NodeSeen)
    return rig.facts(PastTalk, told)


async def test_a_talk_by_our_offer(rig: Rig) -> None:
    async with telephones(rig) as (caller, anna):
        call, arrival = await ring_in(rig, caller)
        anna.behaviour = RING
        offer = rig.offer(arrival, ANNA)
        rig.switch.perform(offer)
        came, told = await anna.incoming(5), len(rig.told)
        with rig.nobody_listens():
            rang_at = rig.clock.now()
            came.answer()
            await asyncio.sleep(1)
            await call.hang_up()
            await rig.empty()
            gone_at = rig.clock.now()
        (talk,) = since(rig, told)
        assert (talk.call_id, talk.offer_id, talk.agent_id, talk.node) == (arrival.call_id, offer.offer_id, ANNA, NODE)
        assert rang_at <= talk.began_at < talk.ended_at <= gone_at
        assert talk.ended_at - talk.began_at > 500


async def test_a_talk_that_asterisk_alone_had_made(rig: Rig) -> None:
    async with telephones(rig) as (caller, anna):
        rig.switch.perform(SetRescueMember(ANNA, member=True, paused=False))
        anna.behaviour = ANSWER
        _call, arrival = await ring_in(rig, caller)
        told = len(rig.told)
        with rig.nobody_listens(since_s=60):
            came = await anna.incoming(30)
            await asyncio.sleep(1)
            await came.hang_up()
            await rig.empty()
        talks = since(rig, told)  # of the whole minute that the beat was late
        (talk,) = [talk for talk in talks if talk.call_id == arrival.call_id]
        assert (talk.offer_id, talk.agent_id) == (None, ANNA)
        assert talk.ended_at - talk.began_at > 500


async def test_a_ring_without_a_talk_is_none(rig: Rig) -> None:
    async with telephones(rig) as (caller, anna):
        call, arrival = await ring_in(rig, caller)
        anna.behaviour = RING
        rig.switch.perform(rig.offer(arrival, ANNA))
        await anna.incoming(5)
        told = len(rig.told)
        with rig.nobody_listens():
            await call.hang_up()
            rig.node.rx(f"channel request hangup {rig.node.rx('core show channels concise').split('!')[0]}")
            await rig.empty()
        assert since(rig, told) == []


async def test_a_talk_that_was_heard_is_told_again_and_in_no_later_gap(rig: Rig) -> None:
    async with telephones(rig) as (caller, anna):
        anna.behaviour = ANSWER
        call, arrival = await ring_in(rig, caller)
        rig.switch.perform(rig.offer(arrival, ANNA))
        await rig.fact(CallConnected)
        await call.hang_up()
        await rig.empty()
        await asyncio.sleep(1.1)
        told = len(rig.told)
        with rig.nobody_listens():
            pass
        assert since(rig, told) == []
