"""Callers and agents: they hear each other, the ring passes on, the place is kept, nothing is left behind."""

import asyncio

from calls.journey import Language
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.kept import calls_kept, records, store
from tests.kit.talks import AGENT_HZ, hear_each_other, hears_tone, queued, talk_and_end, who_hears
from tests.kit.telephone import Telephone, answer_after, reject_with
from tests.kit.waiting import eventually


async def test_caller_and_agent_hear_each_other_and_the_record_is_written(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    known = len(records(centre))
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    state = await agent.state()
    assert state["duty"] == "offered"
    ringing.answer()
    await hear_each_other(one.call, ringing)
    await one.call.hang_up()
    await ringing.ended(timeout_s=3)

    async def wrapping_up() -> bool:
        return bool((await agent.state())["duty"] == "wrap_up")

    await eventually(wrapping_up, 5, "the agent is in wrap-up")
    await agent.end_wrap_up()
    written = await eventually(lambda: records(centre)[known:], 5, "the record is written")
    assert [row["outcome"] for row in written] == ["answered"]
    assert written[0]["agent_id"] == "orlov"
    assert written[0]["answered_at"] > written[0]["enqueued_at"]


async def test_an_agent_who_hangs_up_first_leaves_a_word_of_goodbye(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    await ringing.hang_up()
    await one.hears("goodbye")
    await one.call.ended(timeout_s=15)
    await agent.end_wrap_up()


async def test_giving_up_while_waiting_leaves_nothing_behind(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    known = len(records(centre))
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=5)
    await one.call.hang_up()
    await ringing.ended(timeout_s=2)
    await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")
    await eventually(lambda: len(records(centre)) == known + 1, 5, "the record is written")
    assert records(centre)[-1]["outcome"] == "abandoned"

    async def idle() -> bool:
        state = await agent.state()
        return bool(state["duty"] == "idle" and state["presence"] == "ready")

    await eventually(idle, 5, "the agent is ready and idle again")
    assert store(centre).hlen("cc:outbox") == 0


async def test_a_declined_call_passes_to_another_agent_and_keeps_its_place(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    first = await agents("orlov", reject_with(603))
    one = await queued(centre, caller)
    two = await queued(centre, caller, "+73060009998")

    async def not_ready() -> bool:
        return bool((await first.state())["presence"] == "not_ready")

    await eventually(not_ready, 10, "who declined is not ready")
    second = await agents("zueva")
    ringing = await second.phone.incoming(timeout_s=10)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    await one.call.hang_up()
    await ringing.ended(timeout_s=3)
    await second.end_wrap_up()
    next_one = await second.phone.incoming(timeout_s=5)
    next_one.answer()
    await hear_each_other(two.call, next_one)
    await two.call.hang_up()
    await next_one.ended(timeout_s=3)
    await second.end_wrap_up()


async def test_no_answer_in_time_makes_the_agent_not_ready_and_keeps_the_callers_place(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    silent = await agents("orlov")
    one = await queued(centre, caller)
    two = await queued(centre, caller, "+73060009998")
    ringing = await silent.phone.incoming(timeout_s=5)
    await ringing.ended(timeout_s=20)

    async def rona() -> bool:
        return bool((await silent.state())["reason"] == "rona")

    await eventually(rona, 5, "the agent is not ready (no answer)")
    other = await agents("zueva")
    for waiting in (one, two):  # the place is kept
        await talk_and_end(waiting.call, await other.phone.incoming(timeout_s=5))
        await other.end_wrap_up()


async def test_ten_calls_at_once_through_one_agent(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    callers = list(await asyncio.gather(*(queued(centre, caller, f"+7306000980{n}") for n in range(10))))
    agent = await agents("orlov", answer_after(0.05))
    for _ in range(10):
        talk = await agent.phone.incoming(timeout_s=10)
        await talk.answered(timeout_s=5)
        talk.talk(AGENT_HZ)
        served = await who_hears(callers, AGENT_HZ)
        callers.remove(served)
        await served.call.hang_up()
        await talk.ended(timeout_s=3)
        await agent.end_wrap_up()
    await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")


async def test_ten_agents_with_ten_calls(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    logins = (
        "orlov", "zueva", "kim", "petrova", "sidorov", "belova", "gromov", "ershova", "tikhonov", "yusupova",
    )  # fmt: skip
    desks = await asyncio.gather(*(agents(login, answer_after(0.1)) for login in logins))
    callers = await asyncio.gather(*(ring(centre, caller, f"+7306000970{n}") for n in range(10)))
    await asyncio.gather(*(one.asks_for_agent() for one in callers))
    talks = await asyncio.gather(*(desk.phone.incoming(timeout_s=15) for desk in desks))
    for number, talk in enumerate(talks):
        await talk.answered(timeout_s=5)
        talk.talk(600 + 100 * number)
    waiting = list(callers)
    for number, talk in enumerate(talks):
        served = await who_hears(waiting, 600 + 100 * number)
        waiting.remove(served)
        served.call.talk(2000 + 100 * number)
        await hears_tone(talk, 2000 + 100 * number)
    await asyncio.gather(*(one.call.hang_up() for one in callers))
    await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")


async def test_danger_to_life_goes_first_in_any_language(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    """An English caller with a wire down: the next free agent of the emergency line, before who waited longer."""
    agent = await agents("zueva")
    await agent.not_ready("break")
    earlier = await queued(centre, caller, "+73060009998")
    one = await ring(centre, caller)
    await one.hears("welcome")
    await one.keys("2")
    await one.hears("menu.danger", Language.EN)
    await one.keys("3")
    await one.hears("emergency.connecting", Language.EN)
    await agent.ready()
    ringing = await agent.phone.incoming(timeout_s=5)
    assert "Опасность, авария" in (await agent.web.get("/desk")).text
    await talk_and_end(one.call, ringing)
    await agent.end_wrap_up()
    await talk_and_end(earlier.call, await agent.phone.incoming(timeout_s=5))
    await agent.end_wrap_up()


async def test_a_telephone_that_stays_registered_over_a_sign_out_rings_in_the_next_shift(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    """It never signed off; while nobody was signed in it was not rung, and the next shift asks for it anew."""
    agent = await agents("orlov")
    await agent.web.post("/sign-out")
    one = await queued(centre, caller)
    assert not agent.phone.calls
    again = await agent.web.post("/sign-in", data={"login": "orlov", "password": centre.password("orlov")})
    assert again.status_code == 303
    await agent.post("/desk/telephone")
    await agent.ready()
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=5))
    await agent.end_wrap_up()
