"""The telephones of the kit against a real Asterisk: what they report must be true before other tests rely on it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dialplan import contract
from dialplan.contract import UNREAD_CALLER
from dialplan.trunks import SIMPLE, Trunk
from tests.kit.asterisk import AsteriskNode
from tests.kit.g711 import encode, tone
from tests.kit.scenarios import agent, caller_that_stays, queue_caller
from tests.kit.sipp import Load, Sipp
from tests.kit.telephone import ANSWER, RING, RegistrationRefused, Telephone, answer_after, reject_with
from tests.kit.timeline import CallFailed
from tests.kit.waiting import eventually

ADDRESS, TRUNK, DESK = "127.0.1.41", "127.0.1.42", "127.0.1.43"
ACCOUNT, SECRET = "agent-anna", "not-a-secret-not-a-secret"
# 105 echo; 106 silence; 160 reads four keys and says by its hangup cause whether they were 12*7; 161 rings the desk;
# 162 is busy; 163 rings for ever; 170 rings the sipp agent; 900 opens the desk's account
LINE = Trunk(SIMPLE, ())
EXTENSIONS = f"""
[{LINE.context}](+)
exten => 105,1,Answer()
 same => n,Echo()
exten => 106,1,Answer()
 same => n,Wait(60)
exten => 160,1,Answer()
 same => n,Read(KEYS,,4,,1,10)
 same => n,Hangup(${{IF($["${{KEYS}}" = "12*7"]?17:16)}})
exten => 161,1,Dial(PJSIP/{ACCOUNT},20)
 same => n,Hangup(${{HANGUPCAUSE}})
exten => 162,1,Busy()
exten => 163,1,Ringing()
 same => n,Wait(60)
exten => 170,1,Dial(PJSIP/{LINE.endpoint}/sip:agent@{DESK}:5070,20)
exten => 900,1,Set({contract.ACCOUNT}={ACCOUNT})
 same => n,Set({contract.ACCOUNT_SECRET}={SECRET})
 same => n,Goto({contract.ACCOUNTS},open,1)
"""


@pytest.fixture(scope="module")
def node() -> Iterator[AsteriskNode]:
    modules = ("app_dial", "app_read")
    with AsteriskNode.fresh(ADDRESS, trunk=TRUNK, extra_modules=modules, extra_extensions=EXTENSIONS) as running:
        yield running


@pytest.fixture
async def caller(node: AsteriskNode) -> AsyncIterator[Telephone]:
    async with Telephone(TRUNK, name="caller") as phone:
        yield phone


@pytest.fixture
async def desk(node: AsteriskNode, caller: Telephone) -> AsyncIterator[Telephone]:
    await (await caller.call(node.server, "900")).ended(timeout_s=5)
    async with Telephone(DESK, name="desk") as phone:
        await phone.register(node.server, ACCOUNT, SECRET)
        yield phone


async def test_the_echo_brings_the_own_tone_and_keys_back(node: AsteriskNode, caller: Telephone) -> None:
    call = await caller.call(node.server, "105", caller_number="79001112233", display_name="Иван")
    answered = await call.answered(timeout_s=5)
    call.talk(700)
    heard = await call.hear(3, answered, 700)
    assert heard - answered < 0.5
    await eventually(lambda: len(call.recording(heard)) > 8000, 5, "a second of echo")
    assert {round(p.frequency_hz, -1) for p in call.heard(heard, heard + 1.0)} == {700}
    assert call.largest_gap_ms(heard, heard + 1.0) < 200
    await call.press("1234#")
    await eventually(lambda: call.digits_received == "1234#", 2, "the keys come back")
    assert await call.hold() < await call.resume()
    assert (await call.hang_up()).by_us
    await eventually(lambda: "0 active channels" in node.rx("core show channels count"), 5, "Asterisk is empty")


async def test_keys_arrive(node: AsteriskNode, caller: Telephone) -> None:
    call = await caller.call(node.server, "160")
    await call.answered(timeout_s=5)
    await call.press("12*7")
    assert "cause=17" in (await call.ended(timeout_s=5)).reason


async def test_busy_and_giving_up(node: AsteriskNode, caller: Telephone) -> None:
    busy = await caller.call(node.server, "162")
    with pytest.raises(CallFailed, match="486"):
        await busy.answered(timeout_s=5)
    patient = await caller.call(node.server, "163")
    await patient.ringing(timeout_s=5)
    assert (await patient.cancel()).status == 487
    await eventually(lambda: "0 active channels" in node.rx("core show channels count"), 5, "Asterisk is empty")


async def test_caller_and_desk_hear_each_other(node: AsteriskNode, caller: Telephone, desk: Telephone) -> None:
    call = await caller.call(node.server, "161", caller_number="79001112233", display_name="Клиент")
    came = await desk.incoming(timeout_s=5)
    assert came.caller_number == UNREAD_CALLER, "no more than a cleaned number is ever passed on"
    await call.ringing(timeout_s=5)
    came.answer()
    answered = await call.answered(timeout_s=5)
    call.talk(500)
    came.talk(900)
    assert await call.hear(3, answered, 900) - answered < 1
    assert await came.hear(3, answered, 500) - answered < 1
    await call.press("55")
    await eventually(lambda: came.digits_received == "55", 2, "the caller's keys come to the desk")
    await came.hang_up()
    assert not (await call.ended(timeout_s=5)).by_us


async def test_the_desk_refuses_waits_and_sees_a_caller_give_up(
    node: AsteriskNode, caller: Telephone, desk: Telephone
) -> None:
    desk.behaviour = reject_with(486)
    with pytest.raises(CallFailed, match="486"):
        await (await caller.call(node.server, "161")).answered(timeout_s=5)
    await desk.incoming(timeout_s=1)
    desk.behaviour = answer_after(0.3)
    call = await caller.call(node.server, "161")
    rang = await call.ringing(timeout_s=5)
    assert 0.28 < await call.answered(timeout_s=5) - rang < 1
    await call.hang_up()
    assert not (await (await desk.incoming(timeout_s=1)).ended(timeout_s=5)).by_us
    desk.behaviour = RING
    call = await caller.call(node.server, "161")
    came = await desk.incoming(timeout_s=5)
    await call.ringing(timeout_s=5)
    await call.cancel()
    assert (await came.ended(timeout_s=5)).status == 487


async def test_the_desk_proves_itself(node: AsteriskNode, desk: Telephone) -> None:
    call = await desk.call(node.server, "echo")
    await call.answered(timeout_s=5)
    await call.hang_up()
    with pytest.raises(RegistrationRefused, match="401"):
        await desk.register(node.server, ACCOUNT, "wrong-wrong-wrong-wrong")


async def test_sipp_talks_and_counts(node: AsteriskNode, caller: Telephone, desk: Telephone, tmp_path: Path) -> None:
    sound = tmp_path / "tone.alaw"
    sound.write_bytes(encode(tone(600)))
    sipp, server = Sipp(node.config.tree.program("sipp"), tmp_path), (ADDRESS, node.config.sip_port)
    desk.behaviour = ANSWER
    one = Load((TRUNK, 5100), server, "161", calls=1)
    async with sipp.running("talker", caller_that_stays(sound=sound), one) as talker:
        came = await desk.incoming(timeout_s=5)
        await came.hear(5, frequency_hz=600)
        await came.hang_up()
        assert (await talker.finished(timeout_s=10)).successful == 1
    many = Load((TRUNK, 5100), server, "170", calls=10, per_second=20)
    async with (
        sipp.running("agents", agent(300, 200.0), Load((DESK, 5070), server, media_port=7000)) as agents,
        sipp.running("callers", queue_caller(60_000, 500), many) as callers,
    ):
        counts = await callers.finished(timeout_s=20)
        assert (counts.created, counts.successful, counts.failed) == (10, 10, 0), callers.errors()
        await eventually(lambda: agents.counts().successful == 10, 5, "the agents counted ten calls")
    impatient = Load((TRUNK, 5100), server, "163", calls=10, per_second=20)
    async with sipp.running("impatient", queue_caller(300, 100), impatient) as callers:
        counts = await callers.finished(timeout_s=20)
        assert (counts.created, counts.successful, counts.failed) == (10, 10, 0), callers.errors()
    await eventually(lambda: "0 active channels" in node.rx("core show channels count"), 5, "Asterisk is empty")
