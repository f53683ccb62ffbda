"""What is taken out for an upgrade costs no caller: distribution, self-service, desk and node of a running centre."""

import asyncio
import time
from collections.abc import Iterator

import httpx
import pytest

from callcentre.drain import CannotDrain, drain, undrain
from callcentre.health import CHECKS, Told
from callcentre.roster import Doing, Roster
from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import ring
from tests.kit.kept import acd_that, active_acd, calls_kept, doing, records, store
from tests.kit.talks import hear_each_other, queued, talk_and_end
from tests.kit.telephone import Telephone
from tests.kit.timeline import CallFailed
from tests.kit.waiting import eventually

TAKEN_OVER_S = 3.0
GAP_S = 4.0
"""Longer than the lease, shorter than the beat's limit."""


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    """With a second process of the self-service."""
    fresh = CallCentre.fresh(own_net(2))
    file = fresh.state / "callcentre.toml"
    file.write_text(file.read_text("utf-8").replace("[ivr]\n", "[ivr]\nspare_ports = [4574]\n"), "utf-8")
    with fresh as running:
        yield running


@pytest.fixture(autouse=True)
def all_let_in(centre: CallCentre) -> Iterator[None]:
    """A test that failed leaves nothing drained for the next one."""
    yield
    roster = Roster(store(centre), "cc")
    for name in roster.drains():
        roster.undrain(name)


async def taken_out(centre: CallCentre, name: str, limit_s: float = 60.0, *, force: bool = False) -> list[str]:
    """Drain as the command does; what it said. It must have been empty in time."""
    said: list[str] = []
    work = asyncio.to_thread(drain, centre.installation(), name, limit_s, "cli:test", force=force, say=said.append)
    assert await work, said
    return said


def let_in(centre: CallCentre, name: str) -> None:
    undrain(centre.installation(), name, lambda _: None)


async def standby(centre: CallCentre) -> str:
    """Wait for the second distribution, since a start does not; its name."""
    return await eventually(lambda: acd_that(centre, Doing.STANDS_BY), 60, "there is a standby", every_s=0.1)


async def test_the_active_distribution_hands_over_and_nobody_notices(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    known = len(records(centre))
    agent = await agents("orlov")
    talking = await queued(centre, caller)
    talk = await agent.phone.incoming(timeout_s=10)
    talk.answer()
    await hear_each_other(talking.call, talk)
    waiting = await queued(centre, caller, "+73060009998")
    await standby(centre)
    active = active_acd(centre)
    said = await taken_out(centre, active)
    other = "acd" if active == "acd-2" else "acd-2"
    assert said[-1].startswith(f"one/{active} ")
    assert f"one/{other} active" in said[-1]
    with pytest.raises(CannotDrain, match="the last acd that serves"):
        await taken_out(centre, other)
    await hear_each_other(talking.call, talk)
    await talking.call.hang_up()
    await talk.ended(timeout_s=3)
    await agent.end_wrap_up()
    await talk_and_end(waiting.call, await agent.phone.incoming(timeout_s=10))
    await agent.end_wrap_up()
    await eventually(lambda: len(records(centre)) == known + 2, 10, "both are recorded")
    assert {row["outcome"] for row in records(centre)[known:]} == {"answered"}
    again = await taken_out(centre, active)
    assert again[0] == f"one/{active} is being drained already; the limit counts from now."
    let_in(centre, active)


async def test_a_killed_distribution_is_followed_within_three_seconds(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("zueva")
    await agent.not_ready("break")
    one = await queued(centre, caller)
    active = active_acd(centre)
    await standby(centre)
    lease = store(centre)
    former = lease.get("cc:lease")
    centre.kill(active)
    killed_at = time.monotonic()
    await eventually(lambda: lease.get("cc:lease") not in (None, former), TAKEN_OVER_S, "the standby has taken over")
    await agent.ready()
    ringing = await agent.phone.incoming(timeout_s=5)
    assert time.monotonic() - killed_at < TAKEN_OVER_S + 2.0
    await talk_and_end(one.call, ringing)
    await agent.end_wrap_up()


async def test_the_check_tells_who_is_active_and_what_is_drained(centre: CallCentre, caller: Telephone) -> None:
    def told() -> str:
        found = dict(CHECKS)["processes"](centre.installation())
        return found.text if isinstance(found, Told) else "; ".join(found)

    await eventually(lambda: f"one/{active_acd(centre)} active" in told() and "stands by" in told(), 30, "all serve")
    await taken_out(centre, "one", limit_s=10, force=True)
    assert told().endswith("one is drained")
    let_in(centre, "one")
    await eventually(lambda: _rings(centre, caller), 10, "new calls are taken", every_s=0.2)


async def test_a_drained_self_service_finishes_and_the_next_one_takes_the_calls(
    centre: CallCentre, caller: Telephone
) -> None:
    one = await ring(centre, caller)
    await one.hears("welcome")
    await eventually(lambda: doing(centre, "ivr-2") is Doing.SERVES, 60, "the second one serves")
    work = asyncio.create_task(taken_out(centre, "ivr"))
    await eventually(lambda: doing(centre, "ivr") is Doing.DRAINS, 5, "it drains")
    other = await ring(centre, caller, "+73060009998")
    await other.hears("welcome")
    assert not other.heard(say("rescue"))
    await one.keys("9")
    await one.hears("menu.danger", after=time.monotonic())
    assert not work.done()
    await one.call.hang_up()
    said = await work
    assert "one/ivr drains, 1 sessions left" in said
    with pytest.raises(CannotDrain, match="the last ivr"):
        await taken_out(centre, "ivr-2")
    await other.call.hang_up()
    let_in(centre, "ivr")
    await eventually(lambda: doing(centre, "ivr") is Doing.SERVES, 30, "it serves again")


async def test_a_drained_node_refuses_new_calls_and_serves_who_is_there(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("kim")
    await agent.not_ready("break")
    one = await queued(centre, caller)
    with pytest.raises(CannotDrain, match="the last node"):
        await taken_out(centre, "one")
    work = asyncio.create_task(taken_out(centre, "one", force=True))

    async def refused() -> bool:
        call = await caller.call(centre.sip, centre.hotline, caller_number="+73060009998")
        try:
            await call.answered(timeout_s=5)
        except CallFailed as failed:
            return " 503 " in str(failed)
        await call.hang_up()
        return False

    await eventually(refused, 10, "a new call hears 503", every_s=0.2)
    assert not work.done()
    await agent.ready()
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=10))
    said = await work
    assert said[-1] == "one is empty."
    assert calls_kept(centre) == 0
    let_in(centre, "one")
    await eventually(lambda: _rings(centre, caller), 10, "new calls are taken", every_s=0.2)


async def _rings(centre: CallCentre, caller: Telephone) -> bool:
    try:
        one = await ring(centre, caller)
    except CallFailed:
        return False
    await one.call.hang_up()
    return True


async def test_a_gap_of_every_distribution_leaves_what_really_is(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    """Shorter than the beat's limit: the callers stay in the music, and nobody is told anything until it is over."""
    await standby(centre)
    known = len(records(centre))
    agent = await agents("belova")
    await agent.not_ready("break")
    leaves = await queued(centre, caller)
    comes = await ring(centre, caller, "+73060009998")
    await comes.hears("welcome")
    frozen = [centre.freeze(name) for name in ("acd", "acd-2")]
    try:
        await leaves.call.hang_up()
        await comes.keys("0")
        await agent.phone.unregister()
        await asyncio.sleep(GAP_S)  # the gap itself is what is tested
    finally:
        for pid in frozen:
            centre.thaw(pid)
    await eventually(lambda: len(records(centre)) == known + 1, 15, "who has left is recorded")
    assert records(centre)[-1]["outcome"] == "abandoned"
    await eventually(lambda: calls_kept(centre) == 1, 15, "who has come waits")
    assert not (await agent.web.post("/desk/ready", json={})).is_success, "the telephone is not there"
    account = (await agent.post("/desk/telephone")).json()
    await agent.phone.register(centre.sip, account["user"], account["secret"])
    await agent.ready()
    await talk_and_end(comes.call, await agent.phone.incoming(timeout_s=15))
    await agent.end_wrap_up()


async def test_the_desk_comes_back_when_it_is_undrained(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("petrova")
    one = await queued(centre, caller)
    talk = await agent.phone.incoming(timeout_s=10)
    talk.answer()
    await hear_each_other(one.call, talk)
    with pytest.raises(CannotDrain, match="the last desktop"):
        await taken_out(centre, "desktop")
    await taken_out(centre, "desktop", force=True)
    await hear_each_other(one.call, talk)
    await one.call.hang_up()
    let_in(centre, "desktop")

    async def serves() -> bool:
        try:
            return (await agent.web.get("/sign-in")).status_code < 500
        except httpx.TransportError:
            return False

    await eventually(serves, 60, "the desk serves again", every_s=0.2)
    await agent.end_wrap_up()


def test_the_command_says_what_it_cannot_do(centre: CallCentre) -> None:
    for words, said in (
        (("drain", "acds"), "There is no acds. Name acd, acd-2, ivr, desktop, or a node: one."),
        (("undrain", "acd"), "one/acd was not drained."),
        (("queues",), "open round the clock"),
    ):
        done = centre.command(*words)
        assert said in done.stdout + done.stderr
