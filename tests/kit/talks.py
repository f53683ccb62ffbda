"""Caller and agent in a talk: each hums a tone of its own, and hearing each other is hearing the other's tone."""

import asyncio
import time
from typing import Final

from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.phone_call import PhoneCall
from tests.kit.telephone import Telephone
from tests.kit.tone import share_of
from tests.kit.waiting import NotInTime, eventually

AGENT_HZ: Final = 1000
CALLER_HZ: Final = 440
"""What `ring` lets a caller hum."""


async def queued(centre: CallCentre, telephone: Telephone, number: str = "+73060009999") -> Caller:
    """A caller who asked for an agent and waits."""
    one = await ring(centre, telephone, number)
    await one.asks_for_agent()
    await one.hears("queue.connecting")
    return one


async def hears_tone(call: PhoneCall, hz: int, timeout_s: float = 8.0) -> None:
    """Wait until half a second of what is heard is this tone and nothing else (music on hold never is)."""

    def heard() -> bool:
        samples = call.recording(time.monotonic() - 0.5)
        return len(samples) >= 3200 and share_of(samples, hz) > 0.8

    await eventually(heard, timeout_s, f"{hz} Hz is heard", every_s=0.05)


async def hear_each_other(caller: PhoneCall, agent: PhoneCall) -> None:
    agent.talk(AGENT_HZ)
    try:
        await asyncio.gather(hears_tone(caller, AGENT_HZ), hears_tone(agent, CALLER_HZ))
    except NotInTime as late:
        raise NotInTime(f"{late}; caller: {caller.timeline}; agent: {agent.timeline}") from late


async def talk_and_end(caller: PhoneCall, agent: PhoneCall) -> None:
    """The agent answers a ringing call, both hear each other, the caller hangs up."""
    agent.answer()
    await hear_each_other(caller, agent)
    await caller.hang_up()
    await agent.ended(timeout_s=3)


async def who_hears(callers: list[Caller], hz: int) -> Caller:
    """The one caller who hears the tone."""
    waits = {asyncio.ensure_future(hears_tone(one.call, hz)): one for one in callers}
    done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for other in rest:
        other.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    assert len(done) == 1
    first = done.pop()
    first.result()
    return waits[first]
