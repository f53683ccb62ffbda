"""Two telephones of the kit call each other over loopback, without a server: they must be right before they judge."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.rtp import LineClosed
from tests.kit.telephone import ANSWER, RING, SILENT, RegistrationRefused, Telephone, answer_after, reject_with
from tests.kit.timeline import CallFailed, Step
from tests.kit.waiting import NotInTime, eventually

THERE = "127.0.1.33"


@pytest.fixture
async def ann() -> AsyncIterator[Telephone]:
    async with Telephone("127.0.1.32", name="ann") as phone:
        yield phone


@pytest.fixture
async def bob() -> AsyncIterator[Telephone]:
    async with Telephone(THERE, name="bob") as phone:
        yield phone


async def test_a_call_with_sound_and_keys_both_ways(ann: Telephone, bob: Telephone) -> None:
    call = await ann.call(THERE, "204", caller_number="79001112233", display_name='Анна "А"')
    came = await bob.incoming(timeout_s=2)
    assert (came.dialled, came.caller_number, came.caller_name.decode()) == ("204", "79001112233", 'Анна "А"')
    await call.ringing(timeout_s=2)
    came.answer()
    answered = await call.answered(timeout_s=2)
    call.talk(500)
    came.talk(900)
    heard = await call.hear(2, answered, 900)
    await came.hear(2, answered, 500)
    assert heard - answered < 0.5
    assert await call.press("19*#0A") > answered
    assert came.digits_received == "19*#0A"
    await came.press("7", ms=60)
    assert call.digits_received == "7"
    await eventually(lambda: call.packets_received > 60, 3, "a second of sound")
    assert {round(p.frequency_hz, -1) for p in call.heard(heard, heard + 0.5)} == {900}
    ending = await came.hang_up()
    theirs = await call.ended(timeout_s=2)
    assert ending.by_us
    assert not theirs.by_us
    assert await came.hang_up() == ending
    with pytest.raises(LineClosed):
        await call.press("1")


async def test_packets_leave_at_an_exact_pace(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = ANSWER
    call = await ann.call(THERE, "1")
    await call.answered(timeout_s=2)
    came = await bob.incoming(timeout_s=1)
    await eventually(lambda: came.packets_received >= 100, 10, "two seconds of packets")
    seen = came.packets_received
    arrivals = came.arrivals()[:100]
    late = [at - arrivals[0] - 0.02 * n for n, at in enumerate(arrivals)]
    assert min(late) > -0.03, "none before its time, whatever was to be caught up"
    assert min(late[60:]) < 0.03, "the pace is kept, whatever stood still in between"
    assert came.packets_sent == pytest.approx(call.packets_sent, abs=3)
    call.send_nothing()
    silent_from = came.packets_received
    await eventually(lambda: call.packets_received >= seen + 20, 3, "bob still sends")
    assert came.packets_received <= silent_from + 2


@pytest.mark.parametrize("status", [486, 480, 603])
async def test_a_refusal_is_told(ann: Telephone, bob: Telephone, status: int) -> None:
    bob.behaviour = reject_with(status)
    call = await ann.call(THERE, "1")
    with pytest.raises(CallFailed, match=str(status)):
        await call.answered(timeout_s=2)
    assert (await call.ended(timeout_s=1)).status == status


async def test_giving_up_while_it_rings(ann: Telephone, bob: Telephone) -> None:
    call = await ann.call(THERE, "1")
    came = await bob.incoming(timeout_s=2)
    await call.ringing(timeout_s=2)
    assert (await call.cancel()).status == 487
    ending = await came.ended(timeout_s=1)
    assert (ending.status, ending.by_us) == (487, False)
    came.answer()
    assert not came.up


async def test_an_automatic_answer_waits_its_time(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = answer_after(0.3)
    call = await ann.call(THERE, "1")
    rang = await call.ringing(timeout_s=2)
    assert await call.answered(timeout_s=2) - rang == pytest.approx(0.3, abs=0.1)


async def test_nobody_answers_in_time(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = RING
    call = await ann.call(THERE, "1")
    with pytest.raises(NotInTime, match="ringing 180"):
        await call.answered(timeout_s=0.2)
    with pytest.raises(NotInTime, match="no call came to ann"):
        await ann.incoming(timeout_s=0.05)


async def test_hold_and_resume_keep_the_call(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = ANSWER
    call = await ann.call(THERE, "1")
    await call.answered(timeout_s=2)
    came = await bob.incoming(timeout_s=1)
    assert await call.hold() < await call.resume()
    assert came.timeline.count(Step.REINVITED) == 2
    await came.hold()
    assert call.timeline.count(Step.REINVITED) == 1
    assert call.up
    assert came.up


async def test_a_lost_invite_is_sent_again(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = ANSWER
    bob.deaf = True
    call = await ann.call(THERE, "1")
    with pytest.raises(NotInTime):
        await call.answered(timeout_s=0.2)
    bob.deaf = False
    answered = await call.answered(timeout_s=3)
    assert 0.45 < answered - call.timeline.events[0].at < 0.9


async def test_a_lost_answer_is_sent_again_until_its_ack(ann: Telephone, bob: Telephone) -> None:
    call = await ann.call(THERE, "1")
    came = await bob.incoming(timeout_s=2)
    await call.ringing(timeout_s=1)
    ann.deaf = True
    came.answer()
    with pytest.raises(NotInTime):
        await call.answered(timeout_s=0.2)
    ann.deaf = False
    await call.answered(timeout_s=2)
    await eventually(lambda: came.timeline.count(Step.ACKNOWLEDGED), 1, "the ACK came")
    assert came.up


async def test_a_silent_telephone_answers_nothing_but_leaves_cleanly(ann: Telephone, bob: Telephone) -> None:
    bob.behaviour = SILENT
    call = await ann.call(THERE, "1")
    await bob.incoming(timeout_s=2)
    with pytest.raises(NotInTime):
        await call.ringing(timeout_s=0.7)
    assert call.timeline.count(Step.TRYING) == 0
    await bob.close()
    assert (await call.ended(timeout_s=2)).status == 486


@pytest.mark.parametrize(
    "name",
    [
        b"\xc8\xe2\xe0\xed",
        b'"' + "\u2028status will follow".encode() + b'"',
        b'"' + "Ж".encode() * 200 + b'"',
        b'"' + b"x" * 20_000 + b'"',
        b'"<sip:fake@x>;tag=1"',
    ],
)
async def test_hostile_names_arrive_untouched(ann: Telephone, bob: Telephone, name: bytes) -> None:
    bob.behaviour = ANSWER
    call = await ann.call(THERE, "1", caller_number=b"+7\xff900", display_name=name)
    await call.answered(timeout_s=2)
    came = await bob.incoming(timeout_s=1)
    assert came.caller_name == name.strip(b'"')
    assert came.invite is not None
    assert b"<sip:+7\xff900@" in came.invite.get("From")


async def test_one_registrar_refuses_and_another_is_away(ann: Telephone, bob: Telephone) -> None:
    with pytest.raises(RegistrationRefused, match="481"):
        await ann.register(THERE, "ann", "secret")
    with pytest.raises(TimeoutError, match="REGISTER"):
        await ann.register("127.0.1.34", "ann", "secret", timeout_s=0.1)


async def test_a_taken_address_is_named(ann: Telephone) -> None:
    with pytest.raises(OSError, match=r"127\.0\.1\.32:5060"):
        Telephone(ann.ip).open()


def _open_files() -> set[Path]:
    return set(Path("/proc/self/fd").iterdir())


async def test_nothing_is_left_behind() -> None:
    tasks, files = asyncio.all_tasks(), _open_files()
    async with Telephone("127.0.1.35", name="eve") as eve, Telephone("127.0.1.36", name="dan") as dan:
        dan.behaviour = ANSWER
        calls = [await eve.call("127.0.1.36", str(n)) for n in range(10)]
        for call in calls:
            await call.answered(timeout_s=2)
        dan.behaviour = RING
        await (await eve.call("127.0.1.36", "11")).ringing(timeout_s=2)
    assert all(call.end for call in calls)
    assert asyncio.all_tasks() == tasks
    assert _open_files() == files
