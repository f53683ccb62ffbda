"""Provider trunks on a real Asterisk: a second Asterisk plays the provider alpha, a telephone the provider beta.

Alpha wants a registration and a password, writes numbers as 8XXXXXXXXXX and sells us two lines in and one out; beta
knows us by our address and writes numbers without a plus.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from acd.effects import ConsultOutside, HangUpAgent, Join, JoinOutside, RingBack, SendOutside
from acd.events import (
    AgentLegEnded,
    CallConnected,
    CallerLeft,
    CustomerNotReached,
    CustomerReached,
    LegEnd,
    NodeSeen,
    OfferAccepted,
    OutsideAnswered,
    OutsideFailed,
)
from calls.clock import after
from calls.ids import AgentId, OfferId, new_call_id, offer_id
from calls.number_formats import NumberFormat, read_number
from calls.numbers import PhoneNumber
from calls.outgoing import OutgoingKind, Refusal
from calls.unreached import Unreached
from dialplan.trunks import Line, Trunk
from ivr.channel import Arrival
from tests.kit.asterisk import AsteriskNode
from tests.kit.bare_ami import bare_ami
from tests.kit.console import trunk_lives
from tests.kit.phone_call import PhoneCall
from tests.kit.provider import SECRET, USER, provider
from tests.kit.switch_rig import NODE, Rig, leg_of, switch_rig
from tests.kit.talks import hears_tone
from tests.kit.telephone import ANSWER, Telephone, reject_with
from tests.kit.waiting import eventually

US, ALPHA, BETA, DESK, STRANGER = "127.32.5.1", "127.32.5.11", "127.32.5.12", "127.32.5.21", "127.32.5.66"
OTHER_US, OTHER_ALPHA = "127.32.5.2", "127.32.5.13"
ANNA = AgentId("anna")
HOTLINE, SECOND = "+78001234567", "+78007654321"
OFFICER = "+7916123000"
"""Alpha's last digits say what happens: see tests.kit.provider."""
TRUNKS = (
    Trunk(
        "alpha", (ALPHA,), ALPHA, user=USER, secret=SECRET, numbers=NumberFormat.NATIONAL, most_in=2, most_out=1,
        order=1, from_number=HOTLINE, lines=(Line(SECOND, "en", "billing"),), expires_s=14,
    ),
    Trunk("beta", (BETA,), BETA, numbers=NumberFormat.PLAIN, order=2, from_number=SECOND),
)  # fmt: skip


def officer(what: str) -> PhoneNumber:
    return PhoneNumber(f"+79161230{what}")


@pytest.fixture(scope="module")
def alpha() -> Iterator[AsteriskNode]:
    with provider(ALPHA, US, rtp_first=43000, rtp_last=43099) as running:
        yield running


@pytest.fixture(scope="module")
def node(alpha: AsteriskNode) -> Iterator[AsteriskNode]:
    # A provider that says nothing is given up after 6.4 s: before that, nobody can tell it from a silent telephone.
    ports = {"rtp_first": 43100, "rtp_last": 43299, "agi_port": 24575}
    with AsteriskNode.fresh(US, (), trunks=TRUNKS, outside_s=9, **ports) as running:
        (running.config.prompts / "tone.alaw").write_bytes(b"\xd5" * 4000)
        yield running


@pytest.fixture
def rig(node: AsteriskNode) -> Iterator[Rig]:
    with switch_rig(node) as running:
        yield running


@pytest.fixture
async def line(rig: Rig) -> AsyncIterator[Telephone]:
    """Who rings us through alpha: its address, another port."""
    async with Telephone(ALPHA, 5070, name="line") as phone:
        yield phone
    await rig.empty()


@pytest.fixture
async def beta(rig: Rig) -> AsyncIterator[Telephone]:
    """The provider beta, found alive by our Asterisk."""
    async with Telephone(BETA, name="beta") as phone:
        await seen(rig.node, "beta", alive=True)
        yield phone


async def seen(node: AsteriskNode, trunk: str, *, alive: bool) -> None:
    """Asked at once instead of at its next turn."""
    what = f"{trunk} is {'there' if alive else 'away'}"
    await eventually(lambda: trunk_lives(node.rx, trunk) is alive, 15, what, every_s=0.3)


async def ring_in(
    rig: Rig, line: Telephone, dialled: str = "88001234567", caller: str = "89001112233"
) -> tuple[PhoneCall, Arrival]:
    count = len(rig.arrivals)
    call = await line.call(rig.node.server, dialled, caller_number=caller)
    await call.answered(5)
    return call, await rig.waiting(count + 1)


def outside(arrival: Arrival, number: PhoneNumber) -> SendOutside:
    return SendOutside(arrival.call_id, leg_of(arrival), number, "queue:emergency")


def registered_until(alpha: AsteriskNode) -> int:
    """When our registration at alpha ends, in epoch seconds; 0 without one."""
    found = re.search(r"expiration_time +: (\d+)", alpha.rx(f"pjsip show contact {USER}/sip:{USER}@{US}:5060"))
    return int(found[1]) if found else 0


# --- coming in
async def test_the_registration_succeeds_and_is_renewed(rig: Rig, alpha: AsteriskNode) -> None:
    await eventually(lambda: "Registered" in rig.node.rx("pjsip show registrations"), 15, "we are registered")
    first = await eventually(lambda: registered_until(alpha), 5, "alpha knows where we are")
    await eventually(lambda: registered_until(alpha) > first, 15, "the registration is renewed", every_s=0.3)
    assert SECRET not in rig.node.log() + alpha.log()


@pytest.mark.parametrize(
    ("form", "caller", "dialled"),
    [
        (NumberFormat.NATIONAL, "89001112233", "88001234567"),
        (NumberFormat.NATIONAL, "79001112233", "78001234567"),
        (NumberFormat.NATIONAL, "9001112233", "8001234567"),
        (NumberFormat.NATIONAL, "+79001112233", "+78001234567"),
        (NumberFormat.NATIONAL, "810442079460018", "88001234567"),
        (NumberFormat.PLAIN, "79001112233", "78001234567"),
        (NumberFormat.PLAIN, "+79001112233", "+78001234567"),
        (NumberFormat.PLAIN, "442079460018", "78001234567"),
    ],
)
async def test_whatever_the_provider_writes_arrives_as_e164(
    rig: Rig, form: NumberFormat, caller: str, dialled: str
) -> None:
    address = {NumberFormat.NATIONAL: ALPHA, NumberFormat.PLAIN: BETA}[form]
    async with Telephone(address, 5070, name="line") as phone:
        _, arrival = await ring_in(rig, phone, dialled, caller)
    assert arrival.dialled == HOTLINE
    assert arrival.caller_number in {"+79001112233", "+442079460018"}
    assert arrival.caller_number == read_number(caller, form), "the dialplan and calls.number_formats are one rule"
    assert arrival.dialled == read_number(dialled, form)
    await rig.empty()


async def test_a_line_of_another_language_says_so_before_the_first_word(rig: Rig, line: Telephone) -> None:
    _, arrival = await ring_in(rig, line, "88007654321")
    assert (arrival.dialled, arrival.language, arrival.hint) == (SECOND, "en", "billing")


async def test_an_anonymous_caller_has_no_number_and_comes_in(rig: Rig, line: Telephone) -> None:
    _, arrival = await ring_in(rig, line, caller="anonymous")
    assert arrival.caller_number is None


async def test_more_calls_than_the_lines_are_told_503_so_that_the_provider_can_go_on(rig: Rig, line: Telephone) -> None:
    first, _ = await ring_in(rig, line)
    await ring_in(rig, line)
    third = await line.call(rig.node.server, "88001234567", caller_number="89001112233")
    assert (await third.ended(5)).status == 503
    await first.hang_up()
    await eventually(lambda: rig.facts(CallerLeft), 5, "the first has left")
    await ring_in(rig, line)


async def test_an_address_of_no_trunk_is_refused_whatever_it_says(rig: Rig) -> None:
    async with Telephone(STRANGER) as stranger:
        for claimed in ("trunk-alpha", USER, "89001112233"):
            call = await stranger.call(rig.node.server, "88001234567", caller_number=claimed)
            assert (await call.ended(5)).status == 401


def test_a_wrong_password_is_refused_and_said_without_the_password() -> None:
    trunks = (replace(TRUNKS[0], addresses=(OTHER_ALPHA,), server=OTHER_ALPHA, secret="not-the-secret"),)
    with (
        provider(OTHER_ALPHA, OTHER_US, rtp_first=43300, rtp_last=43319) as other,
        AsteriskNode.fresh(OTHER_US, trunks=trunks, rtp_first=43320, rtp_last=43339) as us,
    ):

        async def refused() -> None:
            await eventually(lambda: "Rejected" in us.rx("pjsip show registrations"), 15, "we are rejected")

        asyncio.run(refused())
        assert USER not in other.rx("pjsip show contacts")
        assert "not-the-secret" not in us.log() + other.log()


# --- going out
async def test_a_caller_is_sent_outside_and_sees_our_number(rig: Rig, line: Telephone, alpha: AsteriskNode) -> None:
    call, arrival = await ring_in(rig, line)
    async with bare_ami(alpha.config) as there:
        rig.switch.perform(outside(arrival, officer("111")))
        assert await rig.fact(OutsideAnswered) == OutsideAnswered(arrival.call_id)
        came = await there.event(lambda e: e["Event"] == "Newchannel", 5, "alpha is rung")
    assert (came["Exten"], came["CallerIDNum"]) == ("89161230111", "88001234567")
    await call.hear(5)  # alpha's music
    assert [asked.kind for asked in rig.outgoing.asked] == [OutgoingKind.OUTSIDE]
    rig.switch.perform(outside(arrival, officer("111")))
    assert call.up, "the same wish performed twice disturbs nobody"
    await call.hang_up()
    await rig.fact(CallerLeft)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("486", Unreached.BUSY),
        ("480", Unreached.NO_ANSWER),
        ("180", Unreached.NO_ANSWER),
        ("404", Unreached.WRONG_NUMBER),
    ],
)
async def test_who_is_not_reached_outside_is_not_rung_over_the_next_trunk(
    rig: Rig, line: Telephone, beta: Telephone, what: str, why: Unreached
) -> None:
    call, arrival = await ring_in(rig, line)
    rig.switch.perform(outside(arrival, officer(what)))
    assert await rig.fact(OutsideFailed, timeout_s=15) == OutsideFailed(arrival.call_id, why)
    assert await rig.waiting() == arrival, "back on the hold line"
    assert call.up
    assert not beta.calls
    assert not rig.facts(CallerLeft), "a leg that we dialled is no caller of ours"


async def test_the_next_trunk_is_tried_when_the_first_cannot(rig: Rig, line: Telephone, beta: Telephone) -> None:
    call, arrival = await ring_in(rig, line)
    rig.switch.perform(outside(arrival, officer("503")))
    out = await beta.incoming(5)
    assert (out.dialled, out.caller_number) == ("79161230503", "78007654321")
    assert out.invite is not None
    assert "9001112233" not in str(out.invite), "the caller's own number goes nowhere"
    out.answer()
    await rig.fact(OutsideAnswered)
    call.talk(500)
    out.talk(900)
    await call.hear(5, frequency_hz=900)
    await out.hear(5, frequency_hz=500)
    await out.hang_up()
    await call.ended(10)


async def test_the_next_trunk_is_tried_when_the_first_is_full(rig: Rig, line: Telephone, beta: Telephone) -> None:
    _, one = await ring_in(rig, line)
    _, two = await ring_in(rig, line)
    rig.switch.perform(outside(one, officer("111")))
    await rig.fact(OutsideAnswered)
    rig.switch.perform(outside(two, officer("112")))
    out = await beta.incoming(5)
    assert out.dialled == "79161230112"
    beta.behaviour = reject_with(603)
    out.reject(603)
    assert await rig.fact(OutsideFailed) == OutsideFailed(two.call_id, Unreached.BUSY)


async def test_a_caller_who_rings_off_stops_the_ringing_outside(rig: Rig, line: Telephone, beta: Telephone) -> None:
    call, arrival = await ring_in(rig, line)
    rig.switch.perform(outside(arrival, officer("503")))
    out = await beta.incoming(5)
    await call.hang_up()
    assert (await out.ended(5)).status == 487


async def test_an_agent_who_is_free_sooner_takes_the_caller(rig: Rig, line: Telephone, beta: Telephone) -> None:
    async with Telephone(DESK, name="anna") as anna:
        await rig.sign_in(anna, ANNA)
        anna.behaviour = ANSWER
        _, arrival = await ring_in(rig, line)
        rig.switch.perform(outside(arrival, officer("503")))
        out = await beta.incoming(5)
        offer = rig.offer(arrival, ANNA)
        rig.switch.perform(offer)
        assert await rig.fact(CallConnected) == CallConnected(offer.offer_id)
        assert (await out.ended(5)).status == 487


async def test_what_our_rules_forbid_is_not_dialled(rig: Rig, line: Telephone, beta: Telephone) -> None:
    call, arrival = await ring_in(rig, line)
    rig.outgoing.refusal = Refusal.FOREIGN
    rig.switch.perform(outside(arrival, PhoneNumber("+442079460018")))
    assert await rig.fact(OutsideFailed) == OutsideFailed(arrival.call_id, Unreached.NOT_ALLOWED)
    assert call.up
    assert not beta.calls


# --- calling back
@pytest.fixture
async def anna(rig: Rig) -> AsyncIterator[Telephone]:
    async with Telephone(DESK, name="anna") as phone:
        await rig.sign_in(phone, ANNA)
        phone.behaviour = ANSWER
        yield phone
    await rig.empty()


def ring_back(rig: Rig, number: PhoneNumber) -> RingBack:
    call = new_call_id()
    return RingBack(offer_id(call, 1), call, ANNA, NODE, number, after(rig.clock.now(), 10))


async def test_a_callback_rings_the_agent_then_the_customer_who_is_then_a_caller_as_any(
    rig: Rig, anna: Telephone, beta: Telephone
) -> None:
    wish = ring_back(rig, officer("503"))
    rig.switch.perform(wish)
    agent = await anna.incoming(5)
    rig.switch.perform(wish)  # as an outbox may, whose answer was lost
    customer = await beta.incoming(5)
    assert await rig.fact(OfferAccepted) == OfferAccepted(wish.offer_id)
    assert not rig.facts(CallConnected)
    customer.answer()
    reached = await rig.fact(CustomerReached)
    assert await rig.fact(CallConnected) == CallConnected(wish.offer_id)
    assert reached.leg.channel.startswith("PJSIP/trunk-beta-")
    customer.talk(900)
    agent.talk(500)
    await agent.hear(5, frequency_hz=900)
    await customer.hear(5, frequency_hz=500)
    assert "beta" in rig.node.rx("group show channels")
    await customer.hang_up()
    assert await rig.fact(CallerLeft) == CallerLeft(wish.call_id)
    assert await rig.fact(AgentLegEnded) == AgentLegEnded(wish.offer_id, LegEnd.HUNG_UP)
    assert len(anna.calls) <= 1


async def test_a_customer_who_is_not_reached_is_told_and_is_nobody_who_left(rig: Rig, anna: Telephone) -> None:
    wish = ring_back(rig, officer("486"))
    rig.switch.perform(wish)
    agent = await anna.incoming(5)
    assert await rig.fact(CustomerNotReached) == CustomerNotReached(wish.offer_id, Unreached.BUSY)
    await agent.ended(5)
    assert not rig.facts(CallerLeft)


async def test_an_agent_who_rings_off_stops_the_callback(rig: Rig, anna: Telephone, beta: Telephone) -> None:
    rig.switch.perform(ring_back(rig, officer("503")))
    agent = await anna.incoming(5)
    customer = await beta.incoming(5)
    await agent.hang_up()
    assert (await customer.ended(5)).status == 487
    assert not rig.facts(CallerLeft)


# --- a number outside is asked first
class Asking:
    """Anna talks with a caller and asks outside; `out` is the telephone there."""

    def __init__(self, rig: Rig, caller: PhoneCall, anna: PhoneCall, arrival: Arrival, offer: OfferId) -> None:
        self.rig = rig
        self.caller = caller
        self.anna = anna
        self.arrival = arrival
        self.offer = offer
        self.line = offer_id(arrival.call_id, 9)

    def dial(self, what: str) -> None:
        wish = ConsultOutside(
            self.arrival.call_id, leg_of(self.arrival), self.offer, self.line, officer(what), "user:anna"
        )
        self.rig.switch.perform(wish)

    async def answered_by(self, beta: Telephone) -> tuple[PhoneCall, CustomerReached]:
        self.dial("503")
        out = await beta.incoming(5)
        out.answer()
        reached = await self.rig.fact(CustomerReached)
        assert reached.offer_id == self.line
        out.talk(900)
        await hears_tone(self.anna, 900)
        await hears_tone(out, 500)
        return out, reached

    async def back(self) -> None:
        self.rig.switch.perform(Join(self.arrival.call_id, leg_of(self.arrival), self.offer))
        await asyncio.sleep(0.6)  # what is heard from now on was said since


@pytest.fixture
async def asking(rig: Rig, anna: Telephone, line: Telephone) -> Asking:
    rig.switch.beat(rig.clock.now() // 1000 + 600)
    call, arrival = await ring_in(rig, line)
    offer = rig.offer(arrival, ANNA)
    rig.switch.perform(offer)
    agent = await anna.incoming(5)
    await rig.fact(CallConnected)
    call.talk(1400)
    agent.talk(500)
    await hears_tone(call, 500)
    return Asking(rig, call, agent, arrival, offer.offer_id)


async def test_after_a_talk_outside_the_caller_is_handed_over(rig: Rig, asking: Asking, beta: Telephone) -> None:
    out, reached = await asking.answered_by(beta)
    asking.dial("503")
    assert {(asked.kind, asked.outgoing_id) for asked in rig.outgoing.asked} == {(OutgoingKind.OUTSIDE, asking.line)}
    wish = JoinOutside(asking.arrival.call_id, leg_of(asking.arrival), reached.leg)
    rig.switch.perform(wish)
    rig.switch.perform(HangUpAgent(asking.offer, leg_of(asking.arrival)))
    await hears_tone(asking.caller, 900)
    rig.switch.perform(wish)
    await hears_tone(out, 1400)
    await hears_tone(asking.caller, 900)
    await asking.anna.ended(5)
    assert "beta" in rig.node.rx("group show channels"), "it counts against the lines of the trunk"
    assert not rig.facts(CallerLeft)
    await out.hang_up()
    await asking.caller.ended(10)
    assert await rig.fact(CallerLeft) == CallerLeft(asking.arrival.call_id)


async def test_an_agent_who_hangs_up_leaves_time_to_hand_over(rig: Rig, asking: Asking, beta: Telephone) -> None:
    out, reached = await asking.answered_by(beta)
    await asking.anna.hang_up()
    await rig.fact(AgentLegEnded)
    rig.switch.perform(JoinOutside(asking.arrival.call_id, leg_of(asking.arrival), reached.leg))
    await hears_tone(asking.caller, 900)
    await hears_tone(out, 1400)
    await asking.caller.hang_up()
    await out.ended(5)


async def test_the_agent_goes_back_and_the_talk_outside_is_over(rig: Rig, asking: Asking, beta: Telephone) -> None:
    out, _ = await asking.answered_by(beta)
    await asking.back()
    await out.ended(5)
    await hears_tone(asking.caller, 500)
    await hears_tone(asking.anna, 1400)
    await asking.caller.hang_up()
    await asking.anna.ended(5)


async def test_the_agent_goes_back_while_it_rings(rig: Rig, asking: Asking, beta: Telephone) -> None:
    asking.dial("503")
    out = await beta.incoming(5)
    await asking.back()
    assert (await out.ended(5)).status == 487
    await hears_tone(asking.caller, 500)
    await asking.caller.hang_up()


async def test_who_rings_off_outside_leaves_the_agent_to_be_joined(rig: Rig, asking: Asking, beta: Telephone) -> None:
    out, _ = await asking.answered_by(beta)
    await out.hang_up()
    assert (await rig.fact(CustomerNotReached)).offer_id == asking.line
    await asking.back()
    await hears_tone(asking.caller, 500)
    await asking.caller.hang_up()


async def test_nobody_there_is_told_by_its_word(rig: Rig, asking: Asking) -> None:
    asking.dial("486")
    assert await rig.fact(CustomerNotReached) == CustomerNotReached(asking.line, Unreached.BUSY)
    await asking.back()
    await hears_tone(asking.caller, 500)
    await asking.caller.hang_up()


async def test_what_our_rules_forbid_is_not_asked(rig: Rig, asking: Asking, beta: Telephone) -> None:
    rig.outgoing.refusal = Refusal.FOREIGN
    asking.dial("503")
    assert await rig.fact(CustomerNotReached) == CustomerNotReached(asking.line, Unreached.NOT_ALLOWED)
    assert not beta.calls
    await hears_tone(asking.caller, 500)
    await asking.caller.hang_up()


async def test_a_look_at_the_switch_sees_the_line_outside(rig: Rig, asking: Asking, beta: Telephone) -> None:
    await asking.answered_by(beta)
    told = len(rig.told)
    with rig.nobody_listens():
        pass
    seen_now = (await rig.fact(NodeSeen, told)).offers
    assert {asking.offer, asking.line} <= seen_now
    await asking.caller.hang_up()
    rig.switch.perform(HangUpAgent(asking.offer, leg_of(asking.arrival)))


async def test_the_caller_who_leaves_meanwhile_and_nobody_stays(rig: Rig, asking: Asking, beta: Telephone) -> None:
    out, _ = await asking.answered_by(beta)
    await asking.caller.hang_up()
    assert await rig.fact(CallerLeft) == CallerLeft(asking.arrival.call_id)
    rig.switch.perform(HangUpAgent(asking.offer, leg_of(asking.arrival)))
    await asking.anna.ended(5)
    await out.ended(5)


# --- a provider that dies
async def test_a_dead_provider_costs_seconds_once_and_nothing_when_it_is_known(
    rig: Rig, beta: Telephone, alpha: AsteriskNode
) -> None:
    async with Telephone(BETA, 5070, name="line") as line:
        alpha.kill()
        try:
            first, one = await ring_in(rig, line, "78001234567", "79001112233")
            rig.switch.perform(outside(one, officer("111")))
            assert (await beta.incoming(12)).dialled == "79161230111"
            await first.hang_up()
            await seen(rig.node, "alpha", alive=False)
            _, two = await ring_in(rig, line, "78001234567", "79001112233")
            rig.switch.perform(outside(two, officer("112")))
            assert (await beta.incoming(2)).dialled == "79161230112"
        finally:
            alpha.start()
            # Else our Asterisk would wait at its end for the answer of a provider that it thinks is gone.
            await eventually(lambda: registered_until(alpha), 40, "we are registered again", every_s=0.3)
