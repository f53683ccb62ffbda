"""Whatever dies during a call, the caller is kept and served. Real processes are killed and frozen."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from calls.journey import Language
from customers.demo import OVERPAID
from dialplan.contract import BEAT_LIMIT_S
from prompts.errors import SpeechUnavailableError
from prompts.phrase import Phrase, say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import prompt_file, ring
from tests.kit.kept import active_acd, calls_kept, records
from tests.kit.talks import hear_each_other, queued, talk_and_end
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually


@contextmanager
def frozen(centre: CallCentre, *names: str) -> Iterator[None]:
    pids = [centre.freeze(name) for name in names]
    try:
        yield
    finally:
        for pid in pids:
            centre.thaw(pid)


async def served_again(centre: CallCentre, telephone: Telephone) -> None:
    """A new caller is welcomed: everything is back."""

    async def welcomed() -> bool:
        one = await ring(centre, telephone)
        try:
            await one.hears("welcome", within_s=6)
        except NotInTime:  # it came too early, and the rescue has it
            return False
        else:
            return True
        finally:
            await one.call.hang_up()

    await eventually(welcomed, 60, "a new caller is welcomed", every_s=0.5)


async def test_ivr_killed_in_the_menu(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("orlov")
    one = await ring(centre, caller)
    await one.hears("welcome")
    centre.kill("ivr")
    await one.hears("rescue")
    ringing = await agent.phone.incoming(timeout_s=15)
    await talk_and_end(one.call, ringing)
    await served_again(centre, caller)


async def test_ivr_frozen_in_the_menu(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    """The watchdog of the dialplan ends the dead session; it is renewed for the longest command plus ten seconds."""
    agent = await agents("orlov")
    await agent.not_ready("break")
    one = await ring(centre, caller)
    await one.hears("welcome")
    with frozen(centre, "ivr"):
        await one.hears("rescue", within_s=60)
        await agent.ready()
        ringing = await agent.phone.incoming(timeout_s=60)
        await talk_and_end(one.call, ringing)
    await served_again(centre, caller)


async def test_acd_killed_with_a_waiting_caller(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    one = await queued(centre, caller)
    centre.kill(active_acd(centre))
    agent = await agents("orlov")
    ringing = await agent.phone.incoming(timeout_s=20)
    await talk_and_end(one.call, ringing)
    await eventually(lambda: calls_kept(centre) == 0, 10, "no call is kept")


async def test_acd_killed_in_a_talk_goes_on_and_is_recorded(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    known = len(records(centre))
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    centre.kill(active_acd(centre))
    await hear_each_other(one.call, ringing)
    await one.call.hang_up()
    await ringing.ended(timeout_s=3)

    async def wrapped() -> bool:
        return (await agent.web.post("/desk/wrap-up/end", json={})).is_success

    await eventually(wrapped, 15, "the wrap-up is ended at the new engine", every_s=0.2)
    written = await eventually(lambda: records(centre)[known:], 10, "the record is written")
    assert [row["outcome"] for row in written] == ["answered"]


async def test_acd_frozen_while_a_caller_waits(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    """Its beat is missing: after ten seconds Asterisk alone brings the caller to a signed-in agent."""
    agent = await agents("orlov")
    one = await ring(centre, caller)
    await one.hears("welcome")
    with frozen(centre, "acd", "acd-2"):
        await one.keys("0")
        await one.hears("rescue")
        rescue = await agent.phone.incoming(timeout_s=20)
        rescue.answer()
        await hear_each_other(one.call, rescue)
    await one.call.hang_up()
    await rescue.ended(timeout_s=3)
    await eventually(lambda: calls_kept(centre) == 0, 15, "no call is kept")
    await served_again(centre, caller)


async def test_acd_killed_while_an_agents_telephone_rings(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    centre.kill(active_acd(centre))
    ringing.answer()
    await hear_each_other(one.call, ringing)

    async def seen() -> bool:
        return bool((await agent.state())["duty"] == "on_call")

    await eventually(seen, 15, "the next engine sees the talk")
    await one.call.hang_up()
    await ringing.ended(timeout_s=3)
    await agent.end_wrap_up()
    await eventually(lambda: calls_kept(centre) == 0, 10, "no call is kept")


async def test_acd_frozen_in_a_talk_the_talk_goes_on(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("orlov")
    known = len(records(centre))
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    with frozen(centre, "acd", "acd-2"):
        await asyncio.sleep(BEAT_LIMIT_S + 2)
        await hear_each_other(one.call, ringing)
        await one.call.hang_up()
        await ringing.ended(timeout_s=3)
    await agent.end_wrap_up()
    written = await eventually(lambda: records(centre)[known:], 10, "the record is written")
    assert [row["outcome"] for row in written] == ["answered"]


async def test_a_rescued_caller_comes_back_to_the_old_place_and_is_not_welcomed_again(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    """The engine is frozen while nobody is ready: the rescue holds the caller, the engine takes the call back."""
    agent = await agents("orlov")
    await agent.not_ready("break")
    known = len(records(centre))
    one = await queued(centre, caller)
    asked = time.time() * 1000
    with frozen(centre, "acd", "acd-2"):
        await one.hears("rescue")
    back = time.monotonic()
    later = await queued(centre, caller, "+73060009998")
    await agent.ready()
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=30))
    await agent.end_wrap_up()
    await talk_and_end(later.call, await agent.phone.incoming(timeout_s=5))
    await agent.end_wrap_up()
    await eventually(lambda: len(records(centre)) == known + 2, 10, "both records are written")
    first, second = records(centre)[known:]
    assert first["enqueued_at"] == pytest.approx(asked, abs=8000), "the first enqueue time"
    assert first["enqueued_at"] < second["enqueued_at"]
    assert not one.heard(say("welcome"), since=back)


async def test_the_voice_frozen_the_balance_is_told_in_pieces(centre: CallCentre, caller: Telephone) -> None:
    one = await ring(centre, caller)
    await one.hears("welcome")
    await one.keys("1")
    with frozen(centre, "voice"):
        await one.hears("identify.account")
        await one.keys(f"{OVERPAID.number}#")
        await one.hears("identify.pin")
        await one.keys(f"{OVERPAID.pin}#")
        await one.hears_in_pieces(say("balance.overpaid", account=OVERPAID.number, amount=OVERPAID.balance))
        await one.hears("account.after")
    await one.call.hang_up()


async def test_the_voice_killed_is_back_for_the_next_caller(centre: CallCentre, caller: Telephone) -> None:
    balance = say("balance.overpaid", account=OVERPAID.number, amount=OVERPAID.balance)
    old = centre.kill("voice")
    await eventually(lambda: centre.pid("voice") != old, 10, "the voice was started again")
    await eventually(lambda: can_be_said(centre, balance), 20, "the voice speaks again", every_s=0.2)
    one = await ring(centre, caller)
    await one.identifies(OVERPAID.number, OVERPAID.pin)
    await one.hears_sentence(balance)
    await one.call.hang_up()


def can_be_said(centre: CallCentre, phrase: Phrase) -> bool:
    with suppress(SpeechUnavailableError):
        return prompt_file(centre, phrase, Language.RU).is_file()
    return False


async def test_redis_killed_with_a_waiting_caller(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("orlov")
    await agent.not_ready("break")
    one = await queued(centre, caller)
    centre.kill("redis")
    await agent.ready()
    ringing = await agent.phone.incoming(timeout_s=30)
    await talk_and_end(one.call, ringing)
