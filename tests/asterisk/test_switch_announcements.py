"""Announcements on a real Asterisk with real SIP telephones: prompts are tones here, and the tests play the engine."""

import time
from collections.abc import AsyncIterator, Iterator

import pytest

from acd.effects import Announce
from acd.events import CallConnected
from acd.wait_law import Minutes
from calls.ids import AgentId
from calls.journey import Language
from ivr.channel import Arrival
from telephony.agi_channel import AgiChannel
from tests.kit.asterisk import AsteriskNode
from tests.kit.g711 import encode, tone
from tests.kit.phone_call import PhoneCall
from tests.kit.switch_rig import Rig, leg_of, ring_in, switch_rig
from tests.kit.telephone import RING, Telephone
from tests.kit.tone import share_of
from tests.kit.waiting import eventually

ADDRESS, TRUNK, DESK = "127.0.2.61", "127.0.2.62", "127.0.2.63"
ANNA = AgentId("anna")
POSITION_HZ, WAIT_HZ, NEWS_HZ, AGENT_HZ = 700, 1150, 1700, 2300
TONES = {"queue.position": (POSITION_HZ, 0.8), "queue.wait": (WAIT_HZ, 0.8), "news": (NEWS_HZ, 20.0)}
SOON_S = 0.25
"""Tens of milliseconds on a quiet machine; other tests share the processors."""
TURN_S = 2.0
"""Of the hold line: so long after the wish, at most, something is said."""


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    with AsteriskNode.fresh(ADDRESS, trunk=TRUNK, rtp_first=32400, rtp_last=32799) as running:
        for name, (hertz, seconds) in TONES.items():
            (running.config.prompts / f"{name}.alaw").write_bytes(encode(tone(hertz, seconds)))
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


def wish(rig: Rig, arrival: Arrival, *, position: int = 0, minutes: Minutes | None = None, text: str = "") -> Announce:
    return Announce(arrival.call_id, leg_of(arrival), Language.EN, rig.clock.now(), position, minutes, text)


async def is_music(call: PhoneCall) -> None:
    """Half a second without any of the tones."""

    def heard() -> bool:
        samples = call.recording(time.monotonic() - 0.5)
        return len(samples) >= 3200 and all(share_of(samples, hertz) < 0.3 for hertz, _ in TONES.values())

    await eventually(heard, 8, "music is heard", every_s=0.05)


async def test_the_parts_follow_each_other_once_and_the_music_goes_on(rig: Rig, caller: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    one = wish(rig, arrival, position=2, minutes=Minutes(2, 4))
    begun = time.monotonic()
    rig.switch.perform(one)
    position_at = await call.hear(5, begun, POSITION_HZ)
    assert position_at - begun < TURN_S + SOON_S
    rig.switch.perform(one)  # as an outbox may, whose answer was lost
    wait_at = await call.hear(5, begun, WAIT_HZ)
    assert 0.6 < wait_at - position_at < 1.0 + SOON_S
    await is_music(call)
    assert call.first_sound_at(wait_at + 0.4, POSITION_HZ) is None
    rig.switch.perform(wish(rig, arrival, position=1))
    await call.hear(5, time.monotonic() - 0.1, POSITION_HZ)
    await call.hang_up()


async def test_an_agents_answer_cuts_an_announcement(rig: Rig, caller: Telephone, anna: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    begun = time.monotonic()
    rig.switch.perform(wish(rig, arrival, text="news"))
    await call.hear(5, begun, NEWS_HZ)
    anna.behaviour = RING
    rig.switch.perform(rig.offer(arrival, ANNA))
    ringing = await anna.incoming(5)
    ringing.talk(AGENT_HZ)
    answered = time.monotonic()
    ringing.answer()
    assert await call.hear(5, answered, AGENT_HZ) - answered < SOON_S
    await rig.fact(CallConnected)
    # A wish that comes when they talk already takes nobody out of the talk.
    rig.switch.perform(wish(rig, arrival, position=1))
    later = time.monotonic()
    await call.hear(5, later + 0.2, AGENT_HZ)
    assert call.first_sound_at(later, POSITION_HZ) is None
    await call.hang_up()


async def test_a_key_cuts_an_announcement_and_nothing_is_said_into_the_self_service(
    rig: Rig, caller: Telephone
) -> None:
    call, arrival = await ring_in(rig, caller)
    pressed: list[str | None] = []

    def menu(channel: AgiChannel, _arrival: Arrival) -> None:
        pressed.append(channel.wait_key(20))

    rig.flow = menu
    begun = time.monotonic()
    rig.switch.perform(wish(rig, arrival, text="news"))
    await call.hear(5, begun, NEWS_HZ)
    await call.press("5")
    in_menu = await eventually(lambda: rig.arrivals[1:], 5, "the self-service is opened")
    assert in_menu[0].extension == "5"
    assert in_menu[0].enqueued_at is not None, "the place is on the channel"
    rig.switch.perform(wish(rig, arrival, position=1))
    assert not rig.gone_at, "the caller was taken out of the self-service"
    await call.press("7")
    await eventually(lambda: pressed == ["7"], 5, "the self-service goes on")
    await rig.waiting(2)
    await call.hang_up()


async def test_who_has_hung_up_or_waits_behind_a_lost_link_delays_nothing(rig: Rig, caller: Telephone) -> None:
    call, arrival = await ring_in(rig, caller)
    await call.hang_up()
    await rig.empty()
    rig.switch.perform(wish(rig, arrival, position=1))
    rig.switch.close()
    begun = time.monotonic()
    rig.switch.perform(wish(rig, arrival, position=2))
    assert time.monotonic() - begun < 1
