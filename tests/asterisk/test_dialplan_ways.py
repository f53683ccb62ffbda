"""The ways of a call through the dialplan, each on a real call: with our processes, without them, and back again."""

import asyncio
import time
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from calls.ids import is_uuid
from dialplan.contract import NO_MEDIA
from dialplan.softphones import open_account
from tests.kit.asterisk import AsteriskNode
from tests.kit.bare_agi import BareAgiSession, bare_agi
from tests.kit.bare_ami import BareAmi, Packet, bare_ami
from tests.kit.g711 import tone
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import ANSWER, RING, Telephone
from tests.kit.waiting import eventually

NODE, TRUNK, AGENT = "127.32.2.1", "127.32.2.11", "127.32.2.21"
SECRET = "agent-secret-0123456789"
CALLER_HZ, AGENT_HZ, SORRY_HZ, GOODBYE_HZ = 700, 1100, 500, 1500


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    """With a short watchdog and a short turn in the rescue, so that tests see the far end of both."""
    changes = {"rtp_first": 42000, "rtp_last": 42399, "agi_port": 14573, "watchdog_s": 2, "rescue_s": 2}
    changes["question_s"] = 2
    fresh = AsteriskNode.fresh(NODE, trunk=TRUNK, **changes)
    for language, factor in (("ru", 1), ("en", 2)):
        for name, frequency in (("rescue", SORRY_HZ), ("goodbye", GOODBYE_HZ)):
            _write(fresh.config.prompts / language / f"{name}.wav", frequency * factor)
    with fresh as running:
        yield running


@pytest.fixture
async def ami(node: AsteriskNode) -> AsyncIterator[BareAmi]:
    async with bare_ami(node.config) as connection:
        yield connection


@pytest.fixture
async def beating(ami: BareAmi) -> AsyncIterator[None]:
    """The engine's sign of life."""

    async def beat() -> None:
        while True:
            await _beat(ami, time.time())
            await asyncio.sleep(1)

    await _beat(ami, time.time())
    task = asyncio.create_task(beat())
    yield
    task.cancel()


def _write(path: Path, frequency_hz: float) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone(frequency_hz, 0.6).astype(np.int16).tobytes())


async def _beat(ami: BareAmi, at: float) -> None:
    await ami.act("Setvar", {"Variable": "ACD_BEAT", "Value": str(int(at))})


def _told(ami: BareAmi, since: int, event: str) -> int:
    return sum(e.get("UserEvent") == event for e in list(ami.events)[since:])


def _ends_with(keys: list[str], key: str) -> bool:
    return keys[-1:] == [key]


async def _to_wait(session: BareAgiSession) -> None:
    for name, value in (("CC_QUEUE", "general"), ("CC_ENQUEUED", "1700000000000"), ("CC_PRIORITY", "7")):
        await session.say(f'SET VARIABLE {name} "{value}"')
    await session.say('SET VARIABLE IVR_NEXT "wait"')


async def _frozen(session: BareAgiSession) -> None:
    await session.reader.read()


@asynccontextmanager
async def _agent(node: AsteriskNode, ami: BareAmi, name: str = "agent-anna") -> AsyncIterator[Telephone]:
    """A registered telephone, a member of the rescue's queue."""
    async with Telephone(AGENT) as phone:
        assert await ami.originate(open_account(name, SECRET))
        await phone.register(node.server, name, SECRET)
        member = {"Queue": "rescue", "Interface": f"PJSIP/{name}"}
        await ami.act("QueueAdd", {**member, "Paused": "false"})
        try:
            yield phone
        finally:
            await ami.act("QueueRemove", member)


async def _ring_up(line: Telephone, node: AsteriskNode) -> PhoneCall:
    call = await line.call(node.server, "88000000000", caller_number="79001112233")
    await call.answered(timeout_s=5)
    call.talk(CALLER_HZ)
    return call


def _arrival(ami: BareAmi, since: int) -> Packet | None:
    created = [e for e in list(ami.events)[since:] if e["Event"] == "Newchannel"]
    return next((e for e in created if e["Channel"].startswith("PJSIP/trunk")), None)


async def _caller(ami: BareAmi, since: int) -> str:
    event = await eventually(lambda: _arrival(ami, since), 5, "the caller's channel is told")
    assert event is not None
    return event["Channel"]


async def _variable(ami: BareAmi, channel: str, name: str) -> str:
    return (await ami.act("Getvar", {"Channel": channel, "Variable": name})).get("Value", "")


async def _variable_once(ami: BareAmi, channel: str, name: str, timeout_s: float = 3) -> str:
    """The variable's value as soon as it has one."""

    async def ask() -> str | None:
        return await _variable(ami, channel, name)

    return await eventually(ask, timeout_s, f"{name} is set")


async def _lose(ami: BareAmi, since: int) -> None:
    """No voice comes from the agent's telephone any more."""
    channels = (e.get("Channel", "") for e in list(ami.events)[since:])
    leg = next(channel for channel in channels if channel.startswith("PJSIP/agent-anna"))
    await ami.act("Hangup", {"Channel": leg, "Cause": NO_MEDIA})


async def _both_hear(caller: PhoneCall, agent: PhoneCall) -> None:
    now = time.monotonic()
    agent.talk(AGENT_HZ)
    await caller.hear(5, now, AGENT_HZ)
    await agent.hear(5, now, CALLER_HZ)


async def _take(ami: BareAmi, caller: str, phone: Telephone) -> PhoneCall:
    """Agent first: ring the agent's telephone, answer it; the dialplan bridges it with the caller."""
    place = {"Channel": "PJSIP/agent-anna", "Context": "take", "Exten": "s", "Priority": "1", "Async": "true"}
    await ami.act("Originate", {**place, "Timeout": "15000", "Variable": (f"CALLER={caller}", "CC_CALL=x")})
    call = await phone.incoming(timeout_s=5)
    call.answer()
    return call


async def _talk(line: Telephone, node: AsteriskNode, ami: BareAmi, phone: Telephone) -> tuple[PhoneCall, PhoneCall]:
    """A caller, and the agent whom the caller has waited for: both hear each other."""
    since = len(ami.events)
    call = await _ring_up(line, node)
    await eventually(lambda: _told(ami, since, "CallWaiting") == 1, 5, "the caller waits")
    agent = await _take(ami, await _caller(ami, since), phone)
    await _both_hear(call, agent)
    return call, agent


def _of_agent(call_id: str) -> Callable[[Packet], bool]:
    """An event of the agent's leg that carries this call id; its very first one comes before it inherits."""
    return lambda e: "agent-anna" in e.get("Channel", "") and e.get("ChanVariable", "") == f"CC_CALL={call_id}"


async def test_every_call_gets_a_uuid7_that_all_its_legs_carry(node: AsteriskNode, ami: BareAmi) -> None:
    async with _agent(node, ami) as phone, Telephone(TRUNK) as line:
        seen: set[str] = set()
        for _ in range(3):
            since = len(ami.events)
            before_ms = time.time_ns() // 1_000_000
            call = await _ring_up(line, node)
            after_ms = time.time_ns() // 1_000_000
            call_id = await _variable(ami, await _caller(ami, since), "CC_CALL")
            assert is_uuid(call_id)
            assert call_id[14] == "7"
            assert call_id[19] in "89ab"
            assert before_ms - 1 <= int(call_id.replace("-", "")[:12], 16) <= after_ms + 1
            seen.add(call_id)
            agent = await phone.incoming(timeout_s=20)
            await ami.event(_of_agent(call_id), 5, "the agent's leg carries the call id")
            agent.reject()
            await call.hang_up()
        assert len(seen) == 3


async def test_without_our_processes_a_caller_hears_so_and_reaches_an_agent(node: AsteriskNode, ami: BareAmi) -> None:
    async with _agent(node, ami) as phone, Telephone(TRUNK) as line:
        begun = time.monotonic()
        call = await _ring_up(line, node)
        await call.hear(3, begun, SORRY_HZ)
        agent = await phone.incoming(timeout_s=5)
        agent.answer()
        await _both_hear(call, agent)
        await agent.hang_up()
        await call.hear(3, time.monotonic(), GOODBYE_HZ)
        assert not (await call.ended(5)).by_us


async def test_without_our_prompts_a_stock_sentence_is_said(node: AsteriskNode, ami: BareAmi) -> None:
    async with _agent(node, ami) as phone, Telephone(TRUNK) as line:
        phone.behaviour = RING
        folder = node.config.prompts
        hidden = folder.with_name("prompts-away")
        folder.rename(hidden)
        try:
            begun = time.monotonic()
            call = await _ring_up(line, node)
            await call.hear(3, begun)
            assert (await phone.incoming(timeout_s=15)).dialled
            await call.hang_up()
        finally:
            hidden.rename(folder)


async def test_the_rescue_keeps_the_place_and_hands_back(node: AsteriskNode, ami: BareAmi, beating: None) -> None:
    came_back: list[str] = []

    async def second(session: BareAgiSession) -> None:
        came_back.append(await session.value("CC_ENQUEUED"))
        await _to_wait(session)

    async with Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        caller = await _caller(ami, since)

        first = await _variable_once(ami, caller, "CC_ENQUEUED")
        call_id = await _variable(ami, caller, "CC_CALL")
        assert abs(int(first) - time.time() * 1000) < 5000
        async with bare_agi(node.config, {"ivr": second}):
            await eventually(lambda: came_back, 10, "the call comes back to the self-service")
            assert came_back == [first]
            assert await _variable(ami, caller, "CC_CALL") == call_id
            await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_a_waiting_caller_has_music_and_a_key_opens_the_menu(node: AsteriskNode, ami: BareAmi) -> None:
    keys: list[str] = []

    async def menu(session: BareAgiSession) -> None:
        keys.append(session.facts["agi_extension"])

    async with bare_agi(node.config, {"ivr": _to_wait, "menu": menu}) as sessions, Telephone(TRUNK) as line:
        call = await _ring_up(line, node)
        await call.hear(3)
        assert sessions[0].facts["agi_dnid"] == "88000000000"
        assert sessions[0].facts["agi_callerid"] == "79001112233"
        for key in "5*#0":
            await call.press(key)
            await eventually(partial(_ends_with, keys, key), 3, "the menu opens")
        await call.hear(3, time.monotonic())
        assert call.up
        await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_the_self_service_may_end_the_call(node: AsteriskNode) -> None:
    async def bye(session: BareAgiSession) -> None:
        await session.say('SET VARIABLE IVR_NEXT "bye"')

    async with bare_agi(node.config, {"ivr": bye}), Telephone(TRUNK) as line:
        call = await _ring_up(line, node)
        assert not (await call.ended(5)).by_us


async def test_a_frozen_self_service_is_left_for_the_rescue(node: AsteriskNode, ami: BareAmi) -> None:
    async with bare_agi(node.config, {"ivr": _frozen}) as sessions, Telephone(TRUNK) as line:
        call = await _ring_up(line, node)
        await eventually(lambda: sessions, 3, "the self-service begins")
        await call.hear(6, time.monotonic(), SORRY_HZ)
        await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_a_frozen_menu_is_left_for_the_music(node: AsteriskNode, ami: BareAmi) -> None:
    async with bare_agi(node.config, {"ivr": _to_wait, "menu": _frozen}) as sessions, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        await call.hear(3)
        await call.press("5")
        await eventually(lambda: len(sessions) == 2, 3, "the menu begins")
        pressed = time.monotonic()
        await call.hear(6, pressed + 0.5)
        assert await _variable(ami, await _caller(ami, since), "CONTEXT") == "waiting"
        await call.hang_up()


async def test_a_dead_engine_is_seen_by_its_missing_beat(node: AsteriskNode, ami: BareAmi) -> None:
    await _beat(ami, time.time() - 7)
    async with bare_agi(node.config, {"ivr": _to_wait}), _agent(node, ami) as phone, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        await call.hear(3)
        caller = await _caller(ami, since)
        assert await _variable_once(ami, caller, "QUEUE_PRIO", 10) == "7"
        assert await _variable(ami, caller, "CC_ENQUEUED") == "1700000000000"
        assert await _variable(ami, caller, "CC_QUEUE") == "general"
        await call.hear(3, time.monotonic(), SORRY_HZ)
        agent = await phone.incoming(timeout_s=5)
        agent.answer()
        await _both_hear(call, agent)
        await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_the_agent_takes_a_caller_out_of_a_menu_for_good(node: AsteriskNode, ami: BareAmi) -> None:
    """The watchdog of the left session must not end the talk: it would have struck after two seconds."""
    scripts = {"ivr": _to_wait, "menu": _frozen}
    async with bare_agi(node.config, scripts) as sessions, _agent(node, ami) as phone, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        await call.press("5")
        await eventually(lambda: len(sessions) == 2, 3, "the menu begins")
        agent = await _take(ami, await _caller(ami, since), phone)
        await _both_hear(call, agent)
        later = time.monotonic() + 3
        await call.hear(5, later, AGENT_HZ)
        assert call.up
        await agent.hang_up()
        await call.hear(3, time.monotonic(), GOODBYE_HZ)
        await call.ended(5)


@pytest.mark.usefixtures("beating")
async def test_a_question_comes_before_the_goodbye_and_names_the_agent(node: AsteriskNode, ami: BareAmi) -> None:
    asked: list[tuple[str, str]] = []

    async def after(session: BareAgiSession) -> None:
        asked.append((session.facts["agi_extension"], await session.value("CC_QUEUE")))

    scripts = {"ivr": _to_wait, "after": after}
    async with bare_agi(node.config, scripts), _agent(node, ami) as phone, Telephone(TRUNK) as line:
        call, agent = await _talk(line, node, ami, phone)
        await agent.hang_up()
        await call.hear(5, time.monotonic(), GOODBYE_HZ)
        assert asked == [("asked_anna_", "general")]
        assert not (await call.ended(5)).by_us


@pytest.mark.usefixtures("beating")
async def test_a_frozen_question_is_left_for_the_goodbye(node: AsteriskNode, ami: BareAmi) -> None:
    scripts = {"ivr": _to_wait, "after": _frozen}
    async with bare_agi(node.config, scripts) as sessions, _agent(node, ami) as phone, Telephone(TRUNK) as line:
        call, agent = await _talk(line, node, ami, phone)
        await agent.hang_up()
        await eventually(lambda: len(sessions) == 2, 5, "the question begins")
        await call.hear(6, time.monotonic(), GOODBYE_HZ)
        assert not (await call.ended(5)).by_us


@pytest.mark.usefixtures("beating")
async def test_a_lost_telephone_brings_no_question(node: AsteriskNode, ami: BareAmi) -> None:
    scripts = {"ivr": _to_wait, "after": _frozen}
    async with bare_agi(node.config, scripts) as sessions, _agent(node, ami) as phone, Telephone(TRUNK) as line:
        since = len(ami.events)
        call, _ = await _talk(line, node, ami, phone)
        await _lose(ami, since)
        await eventually(lambda: _told(ami, since, "CallWaiting") == 2, 5, "the caller waits again")
        assert len(sessions) == 1
        await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_a_protected_step_is_waited_for(node: AsteriskNode, ami: BareAmi) -> None:
    async with bare_agi(node.config, {"ivr": _to_wait}), _agent(node, ami) as phone, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        await call.hear(3)
        caller = await _caller(ami, since)
        await ami.act("Setvar", {"Channel": caller, "Variable": "NOTAKE", "Value": "1"})
        agent = await _take(ami, caller, phone)
        await agent.hear(3, time.monotonic())
        agent.talk(AGENT_HZ)
        assert call.first_sound_at(0.0, AGENT_HZ) is None
        await ami.act("Setvar", {"Channel": caller, "Variable": "NOTAKE", "Value": ""})
        await _both_hear(call, agent)
        await call.hang_up()
        told = await ami.event(lambda e: e.get("UserEvent") == "AfterBridge", 5, "the agent's leg tells the end")
        assert told["Result"] == "SUCCESS"


@pytest.mark.usefixtures("beating")
async def test_a_lost_telephone_leaves_the_caller_waiting_whatever_the_engine_does(
    node: AsteriskNode, ami: BareAmi
) -> None:
    async with bare_agi(node.config, {"ivr": _to_wait}), _agent(node, ami) as phone, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await _ring_up(line, node)
        caller = await _caller(ami, since)
        await eventually(lambda: _told(ami, since, "CallWaiting") == 1, 5, "the caller waits")
        agent = await _take(ami, caller, phone)
        await _both_hear(call, agent)
        await _lose(ami, since)
        await eventually(lambda: _told(ami, since, "CallWaiting") == 2, 5, "the caller waits again")
        assert call.up
        await call.hang_up()


@pytest.mark.usefixtures("beating")
async def test_a_telephone_lost_in_a_talk_of_the_rescue_leaves_the_caller_waiting(
    node: AsteriskNode, ami: BareAmi
) -> None:
    async with _agent(node, ami) as phone, Telephone(TRUNK) as line:
        phone.behaviour = ANSWER
        since = len(ami.events)
        call = await _ring_up(line, node)
        agent = await phone.incoming(timeout_s=15)
        agent.talk(AGENT_HZ)
        await _both_hear(call, agent)
        await _lose(ami, since)
        await eventually(lambda: _told(ami, since, "CallWaiting") == 1, 5, "the caller waits")
        assert call.up
        await call.hang_up()


async def test_an_agent_who_answers_after_the_caller_has_gone_is_released(node: AsteriskNode, ami: BareAmi) -> None:
    async with _agent(node, ami) as phone:
        agent = await _take(ami, "PJSIP/trunk-ffffffff", phone)
        assert not (await agent.ended(5)).by_us
        told = await ami.event(lambda e: e.get("UserEvent") == "AfterBridge", 5, "the agent's leg tells the end")
        assert told["Result"] == "NONEXISTENT"


@pytest.mark.parametrize(
    "name",
    [
        "Ж" * 200,
        "Петров".encode("cp1251") * 20,
        b'"quo\\"te\\\\d ${SHELL(id)} $[1/0]" ',
        "status will follow\u2028Event: Forged",
        b"x" * 50_000,
        "%0d%0aAction: Hangup",
    ],
    ids=["200 Cyrillic letters", "cp1251", "quotes", "U+2028", "50 kB, near the largest datagram", "escaped line end"],
)
@pytest.mark.usefixtures("beating")
async def test_hostile_names_pass_as_any_other(node: AsteriskNode, ami: BareAmi, name: str | bytes) -> None:
    async with bare_agi(node.config, {"ivr": _to_wait}) as sessions, Telephone(TRUNK) as line:
        since = len(ami.events)
        call = await line.call(node.server, "88000000000", caller_number="79001112233", display_name=name)
        await call.answered(timeout_s=5)
        await call.hear(3)
        # A name of 50 kB does not fit into a buffer of Asterisk together with its number: the call works without one.
        assert sessions[0].facts["agi_callerid"] == ("79001112233" if len(name) < 4000 else "unknown")
        assert is_uuid(await _variable(ami, await _caller(ami, since), "CC_CALL"))
        assert not [e for e in ami.events if e["Event"] == "Forged"]
        await call.hang_up()
