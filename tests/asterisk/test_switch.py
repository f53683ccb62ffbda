"""The switch on a real Asterisk with real SIP telephones; the tests play the engine."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from acd.effects import HangUpAgent, ReturnToQueue, SetRescueMember, WithdrawOffer
from acd.events import (
    AgentLegEnded,
    AgentReachable,
    AgentUnreachable,
    CallConnected,
    CallerLeft,
    CallHeld,
    CallRescued,
    CallResumed,
    ConnectFailed,
    Decline,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OfferDeclined,
)
from calls.ids import AgentId, QueueId
from dialplan import contract
from ivr.channel import Arrival
from prompts.phrase import say
from telephony.agi_channel import AgiChannel
from telephony.switch import AmiSwitch
from tests.kit.asterisk import AsteriskNode
from tests.kit.phone_call import PhoneCall
from tests.kit.switch_rig import HOTLINE, NODE, Rig, ami_settings, leg_of, ring_in, switch_rig
from tests.kit.telephone import ANSWER, RING, SILENT, RegistrationRefused, Telephone, reject_with
from tests.kit.waiting import eventually

ADDRESS, TRUNK, DESK, OTHER = "127.0.2.51", "127.0.2.52", "127.0.2.53", "127.0.2.54"
ANNA = AgentId("anna")


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    options = {"rtp_first": 32000, "rtp_last": 32399, "rtp_timeout_s": 2}
    with AsteriskNode.fresh(ADDRESS, trunk=TRUNK, **options) as running:
        (running.config.prompts / "tone.alaw").write_bytes(b"\xd5" * 4000)
        yield running


@pytest.fixture
def rig(node: AsteriskNode) -> Iterator[Rig]:
    with switch_rig(node) as running:
        yield running


@pytest.fixture
async def caller(rig: Rig) -> AsyncIterator[Telephone]:
    async with rig.caller(TRUNK) as phone:
        yield phone


@pytest.fixture
async def anna(rig: Rig, caller: Telephone) -> AsyncIterator[Telephone]:
    async with rig.agent(DESK, ANNA) as phone:
        yield phone


async def connect(rig: Rig, caller: Telephone, anna: Telephone) -> tuple[PhoneCall, PhoneCall, Arrival]:
    call, arrival = await ring_in(rig, caller)
    anna.behaviour = ANSWER
    since = len(rig.told)
    rig.switch.perform(rig.offer(arrival, ANNA))
    came = await anna.incoming(5)
    await rig.fact(CallConnected, since)
    return call, came, arrival


async def test_a_caller_waits_with_music_is_offered_and_connected(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    assert (arrival.node, arrival.caller_number, arrival.dialled) == (NODE, "+79001112233", HOTLINE)
    await call.hear(5)  # music
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    assert came.invite is not None
    assert came.invite.get(contract.CALL_HEADER).decode() == arrival.call_id
    came.answer()
    assert await rig.fact(CallConnected) == CallConnected(offer.offer_id)
    assert rig.facts(OfferAccepted) == [OfferAccepted(offer.offer_id)]
    joined = time.monotonic()
    call.talk(500)
    came.talk(900)
    await call.hear(5, joined, 900)
    await came.hear(5, joined, 500)
    await came.hold()
    assert await rig.fact(CallHeld) == CallHeld(arrival.call_id)
    await came.resume()
    assert await rig.fact(CallResumed) == CallResumed(arrival.call_id)
    await came.hang_up()
    assert await rig.fact(AgentLegEnded) == AgentLegEnded(offer.offer_id, LegEnd.HUNG_UP)
    assert (await call.ended(10)).by_us is False  # after a word of goodbye
    assert await rig.fact(CallerLeft) == CallerLeft(arrival.call_id)
    assert not rig.facts(OfferDeclined)
    assert not rig.facts(ConnectFailed)


async def test_the_caller_hangs_up_first_and_the_agents_leg_ends(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, came, arrival = await connect(rig, caller, anna)
    await call.hang_up()
    await came.ended(5)
    assert (await rig.fact(AgentLegEnded)).how is LegEnd.HUNG_UP
    assert await rig.fact(CallerLeft) == CallerLeft(arrival.call_id)


async def test_hanging_up_the_agent_ends_the_talk(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    _call, came, arrival = await connect(rig, caller, anna)
    offer = rig.facts(CallConnected)[0].offer_id
    for _ in range(2):
        rig.switch.perform(HangUpAgent(offer, leg_of(arrival)))
    await came.ended(5)
    assert (await rig.fact(AgentLegEnded)).how is LegEnd.HUNG_UP


async def test_an_answer_for_a_caller_who_is_not_there_lets_the_switch_be_asked_anew(
    rig: Rig, caller: Telephone, anna: Telephone
) -> None:
    call, arrival = await ring_in(rig, caller)
    await call.hang_up()
    assert await rig.fact(CallerLeft) == CallerLeft(arrival.call_id)
    seen = len(rig.facts(NodeSeen))
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    (await anna.incoming(5)).answer()
    assert await rig.fact(ConnectFailed) == ConnectFailed(offer.offer_id)
    await eventually(lambda: len(rig.facts(NodeSeen)) > seen, 5, "the switch tells what it holds")
    assert arrival.call_id not in rig.facts(NodeSeen)[-1].calls


async def test_nobody_answers(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    offer = rig.offer(arrival, ANNA, seconds=1)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    rig.switch.perform(offer)  # the same wish again rings nobody twice
    assert await rig.fact(OfferDeclined) == OfferDeclined(offer.offer_id, Decline.NO_ANSWER)
    await came.ended(5)
    assert call.up
    assert len(anna.calls) == 1
    assert len(rig.facts(OfferDeclined)) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [(486, Decline.DECLINED), (603, Decline.DECLINED), (404, Decline.UNREACHABLE), (503, Decline.UNREACHABLE)],
)
async def test_the_telephone_refuses(
    rig: Rig, caller: Telephone, anna: Telephone, status: int, reason: Decline
) -> None:
    call, arrival = await ring_in(rig, caller)
    anna.behaviour = reject_with(status)
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    assert await rig.fact(OfferDeclined) == OfferDeclined(offer.offer_id, reason)
    assert call.up


async def test_a_ringing_telephone_that_says_480_has_declined(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    _call, arrival = await ring_in(rig, caller)
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    await eventually(lambda: "Ringing" in rig.node.rx("core show channels"), 5, "Asterisk hears the ringing")
    came.reject(480)
    assert await rig.fact(OfferDeclined) == OfferDeclined(offer.offer_id, Decline.DECLINED)


async def test_a_telephone_that_is_not_registered(rig: Rig, caller: Telephone) -> None:
    _call, arrival = await ring_in(rig, caller)
    for agent in ("nobody", "anna"):
        since = len(rig.told)
        offer = rig.offer(arrival, agent)
        rig.switch.perform(offer)
        assert await rig.fact(OfferDeclined, since) == OfferDeclined(offer.offer_id, Decline.UNREACHABLE)


async def test_a_telephone_that_is_dead(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    _call, arrival = await ring_in(rig, caller)
    anna.behaviour = SILENT
    offer = rig.offer(arrival, ANNA, seconds=1)
    rig.switch.perform(offer)
    assert await rig.fact(OfferDeclined) == OfferDeclined(offer.offer_id, Decline.UNREACHABLE)


async def test_the_caller_leaves_while_the_agent_rings(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    left = time.monotonic()
    await call.hang_up()
    assert await rig.fact(CallerLeft) == CallerLeft(arrival.call_id)
    for _ in range(2):
        rig.switch.perform(WithdrawOffer(offer.offer_id, leg_of(arrival)))
    ending = await came.ended(5)
    assert ending.status == 487
    assert ending.at - left < 0.2


async def test_an_offer_withdrawn_at_once_does_not_ring_on(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    for _ in range(5):
        offer = rig.offer(arrival, ANNA)
        rig.switch.perform(offer)
        rig.switch.perform(WithdrawOffer(offer.offer_id, leg_of(arrival)))
    await eventually(lambda: "offer-" not in rig.node.rx("core show channels concise"), 3, "no offer's leg lives")
    assert call.up


async def test_a_device_that_is_lost_in_the_talk(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, came, arrival = await connect(rig, caller, anna)
    came.send_nothing()
    assert (await rig.fact(AgentLegEnded, timeout_s=15)).how is LegEnd.LOST
    rig.switch.perform(ReturnToQueue(arrival.call_id, leg_of(arrival)))
    back = time.monotonic()
    await call.hear(5, back + 0.5)
    assert await rig.waiting()
    assert call.up


async def test_a_caller_who_has_gone_cannot_be_returned(rig: Rig, caller: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    await call.hang_up()
    await rig.fact(CallerLeft)
    rig.switch.perform(ReturnToQueue(arrival.call_id, leg_of(arrival)))
    assert rig.switch.down() == []


async def test_an_agent_who_answers_when_the_caller_has_gone(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    came = await anna.incoming(5)
    await call.hang_up()
    await rig.fact(CallerLeft)
    came.answer()
    assert await rig.fact(ConnectFailed) == ConnectFailed(offer.offer_id)
    assert rig.facts(OfferAccepted) == [OfferAccepted(offer.offer_id)]
    await came.ended(5)


async def test_after_a_cut_link_the_node_is_seen_as_it_is(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    _call, arrival = await ring_in(rig, caller)
    since = len(rig.told)
    rig.node.rx("manager reload")
    link = rig.switch._nodes[NODE].link
    link._hang_up()  # as a cut cable: the supervisor finds it
    seen = await rig.fact(NodeSeen, since)
    assert arrival.call_id in seen.calls
    queued = await eventually(lambda: rig.queued(arrival.call_id, since), 5, "the call is adopted")
    assert (queued[0].queue_id, queued[0].skills) == (QueueId("general"), frozenset({"en"}))
    assert queued[0].leg == leg_of(arrival)
    assert queued[0].facts.caller_number == "+79001112233"
    assert AgentReachable(ANNA) in rig.facts(AgentReachable, since)
    offer = rig.offer(arrival, ANNA)
    await eventually(lambda: rig.switch.down() == [], 5, "the link is up")
    rig.switch.perform(offer)
    (await anna.incoming(5)).answer()
    assert await rig.fact(CallConnected, since) == CallConnected(offer.offer_id)


async def test_what_happened_while_nobody_listened_is_seen_at_the_next_login(
    rig: Rig, caller: Telephone, anna: Telephone
) -> None:
    left, gone = await ring_in(rig, caller)
    rig.switch.close()
    await left.hang_up()
    await caller.call(rig.node.server, HOTLINE, caller_number="79001112244")
    come = await rig.waiting(arrivals=2)
    await anna.unregister()
    since = len(rig.told)
    rig.switch = AmiSwitch([ami_settings(rig.node)], rig.clock, lambda _, language: frozenset({language} - {"ru"}))
    rig.switch.listen(lambda actor, event: rig.told.append((actor, event)))
    try:
        seen = await rig.fact(NodeSeen, since)
        assert gone.call_id not in seen.calls, "who has left is not there"
        assert come.call_id in seen.calls
        adopted = await eventually(lambda: rig.queued(come.call_id, since), 5, "who has come is adopted")
        assert adopted[0].leg == leg_of(come)
        assert await rig.fact(AgentUnreachable, since) == AgentUnreachable(ANNA)
        await rig.sign_in(anna, ANNA)
        assert await rig.fact(AgentReachable, since) == AgentReachable(ANNA)
        anna.behaviour = ANSWER
        await eventually(lambda: rig.switch.down() == [], 5, "the link is up")
        offer = rig.offer(come, ANNA)
        rig.switch.perform(offer)
        assert await rig.fact(CallConnected, since) == CallConnected(offer.offer_id)
    finally:
        rig.node.rx("channel request hangup all")
        rig.switch.perform(SetRescueMember(ANNA, member=False, paused=True))


async def test_a_talk_is_seen_again_after_a_gap(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    _call, came, arrival = await connect(rig, caller, anna)
    since = len(rig.told)
    rig.switch._nodes[NODE].link.resync()
    seen = await rig.fact(NodeSeen, since)
    offer = rig.facts(CallConnected)[0].offer_id
    assert (seen.calls, seen.offers) == (frozenset({arrival.call_id}), frozenset({offer}))
    assert await rig.fact(CallConnected, since) == CallConnected(offer)
    assert not rig.queued(arrival.call_id, since)
    await came.hang_up()
    assert (await rig.fact(AgentLegEnded, since)).how is LegEnd.HUNG_UP


async def test_a_caller_is_taken_out_of_a_menu(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    def menu(channel: AgiChannel, _arrival: Arrival) -> None:
        channel.play([say("tone")])
        channel.wait_key(30)

    rig.flow = menu
    call = await caller.call(rig.node.server, HOTLINE)
    await call.answered(5)
    arrival = (await eventually(lambda: rig.arrivals, 5, "the caller is in the menu"))[0]
    anna.behaviour = ANSWER
    rig.switch.perform(rig.offer(arrival, ANNA))
    await rig.fact(CallConnected)
    connected = time.monotonic()
    gone = await eventually(lambda: rig.gone_at, 5, "the flow is told", 0.002)
    assert gone[0] - connected < 0.1
    call.talk(500)
    await (await anna.incoming(5)).hear(5, connected, 500)


async def test_keys_in_a_menu_arrive_in_order(rig: Rig, caller: Telephone) -> None:
    keyed: list[str] = []

    def menu(channel: AgiChannel, _arrival: Arrival) -> None:
        keyed.append(channel.play([say("tone")] * 40, "1"))
        keyed.append(channel.play([say("tone"), say("tone")], "23"))
        keyed.extend(channel.wait_key(5) for _ in range(6))

    rig.flow = menu
    call = await caller.call(rig.node.server, HOTLINE)
    await call.answered(5)
    await eventually(lambda: rig.arrivals, 5, "the caller is in the menu")
    await call.press("12456*0#", ms=60, gap_ms=50)
    await rig.waiting()
    assert "".join(keyed) == "12456*0#"


async def test_asterisk_alone_rescues_and_the_engine_is_told(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    for _ in range(2):
        rig.switch.perform(SetRescueMember(ANNA, member=True, paused=False))
    _call, arrival = await ring_in(rig, caller)
    rig.switch.beat(int(time.time()) - 60)
    came = await anna.incoming(30)
    came.answer()
    rescued = await rig.fact(CallRescued, timeout_s=10)
    assert rescued == CallRescued(arrival.call_id, ANNA, leg_of(arrival))
    await came.hang_up()
    await rig.fact(CallerLeft, timeout_s=15)


async def test_a_call_in_the_rescue_is_handed_back(rig: Rig, caller: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    rig.switch.beat(int(time.time()) - 60)
    where = f"{arrival.channel}!{contract.RESCUE}!"
    await eventually(lambda: where in rig.node.rx("core show channels concise"), 10, "Asterisk rescues")
    since = len(rig.told)
    rig.switch.beat(int(time.time()) + 3600)  # the engine wakes up late
    await eventually(lambda: rig.queued(arrival.call_id, since), 5, "the call is adopted")
    await rig.waiting()
    assert call.up


async def test_signing_in_anew_refuses_the_old_secret_and_signing_out_all(rig: Rig, caller: Telephone) -> None:
    async with Telephone(DESK, name="anna") as phone:
        old = await rig.sign_in(phone, ANNA)
        await rig.fact(AgentReachable)
        await phone.unregister()
        assert await rig.fact(AgentUnreachable) == AgentUnreachable(ANNA)
        new = rig.accounts.rotate(ANNA)
        assert new != old
        async with Telephone(OTHER, name="thief") as thief:
            with pytest.raises(RegistrationRefused):
                await thief.register(rig.node.server, contract.softphone(ANNA), old)
            await phone.register(rig.node.server, contract.softphone(ANNA), new)
            rig.accounts.revoke(ANNA)
            with pytest.raises(RegistrationRefused):
                await thief.register(rig.node.server, contract.softphone(ANNA), new)


@pytest.mark.parametrize(
    "name",
    [
        "Я".encode() * 200,
        "Иван Петров".encode("cp1251"),
        b'"x\\" <sip:1@2>"',
        '"a\u2028Event: Hangup"'.encode(),
        b'"status will follow"',
        b'"' + b"z" * 3000 + b'"',
    ],
)
async def test_hostile_caller_names_are_data(rig: Rig, caller: Telephone, anna: Telephone, name: bytes) -> None:
    display = name if name.startswith(b'"') else b'"' + name + b'"'
    call = await caller.call(rig.node.server, HOTLINE, caller_number="79001112233", display_name=display)
    await call.answered(5)
    arrival = await rig.waiting()
    assert arrival.caller_number == "+79001112233"
    anna.behaviour = RING
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    (await anna.incoming(5)).answer()
    assert await rig.fact(CallConnected) == CallConnected(offer.offer_id)
    assert len(rig.facts(CallConnected)) == 1
    await call.hang_up()
    assert await rig.fact(CallerLeft) == CallerLeft(arrival.call_id)
