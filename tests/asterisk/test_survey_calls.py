"""The question after an agent's call, on real calls in both languages: asked, answered, kept, and never in the way."""

import pytest

from calls.journey import Language
from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.kept import records, scores
from tests.kit.phone_call import PhoneCall
from tests.kit.talks import hear_each_other, queued
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

CALLER = "+73060009999"


async def talk(one: Caller, ringing: PhoneCall) -> None:
    """The agent answers and, when both have heard each other, hangs up first."""
    ringing.answer()
    await hear_each_other(one.call, ringing)
    await ringing.hang_up()


@pytest.mark.parametrize(("language", "key"), [(Language.RU, "5"), (Language.EN, "2")])
async def test_who_stays_is_asked_and_the_answer_is_kept(
    centre: CallCentre, caller: Telephone, agents: Agents, language: Language, key: str
) -> None:
    agent = await agents("orlov")
    given, known = len(scores(centre)), len(records(centre))
    one = await ring(centre, caller, CALLER)
    await one.hears("welcome")
    if language is Language.EN:
        await one.keys("2")
        await one.hears("menu.danger", language)
    await one.keys("0")
    await talk(one, await agent.phone.incoming(timeout_s=10))
    await one.hears("survey.question", language)
    await one.keys(key)
    await one.hears("survey.thanks", language)
    await one.hears("goodbye", language)
    assert not (await one.call.ended(timeout_s=15)).by_us
    await agent.end_wrap_up()
    [record] = await eventually(lambda: records(centre)[known:], 5, "the record is written")
    [score] = scores(centre)[given:]
    assert score["call_id"] == record["call_id"]
    assert (score["score"], score["agent_id"], score["queue_id"], score["language"]) == (
        int(key), "orlov", record["queue_id"], language.value,
    )  # fmt: skip
    assert record["outcome"] == "answered"
    assert CALLER[1:] not in str(score), "a score has no number"
    assert score["at"] >= record["talk_ended_at"]


@pytest.mark.parametrize("key", ["", "7"])
async def test_silence_and_a_wrong_key_are_a_goodbye(
    centre: CallCentre, caller: Telephone, agents: Agents, key: str
) -> None:
    agent = await agents("orlov")
    given = len(scores(centre))
    one = await queued(centre, caller)
    await talk(one, await agent.phone.incoming(timeout_s=10))
    await one.hears("survey.question")
    if key:
        await one.keys(key)
    await one.hears("goodbye")
    assert not (await one.call.ended(timeout_s=15)).by_us
    assert not one.heard(say("survey.thanks"))
    assert len(scores(centre)) == given
    await agent.end_wrap_up()


async def test_who_rings_off_in_the_question_leaves_nothing_and_is_answered_as_ever(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    given, known = len(scores(centre)), len(records(centre))
    one = await queued(centre, caller)
    await talk(one, await agent.phone.incoming(timeout_s=10))
    await one.hears("survey.question")
    await one.call.hang_up()
    await agent.end_wrap_up()
    [record] = await eventually(lambda: records(centre)[known:], 5, "the record is written")
    assert record["outcome"] == "answered"
    assert len(scores(centre)) == given


async def test_without_the_self_service_the_goodbye_comes_as_ever(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    agent = await agents("orlov")
    one = await queued(centre, caller)
    ringing = await agent.phone.incoming(timeout_s=10)
    ringing.answer()
    await hear_each_other(one.call, ringing)
    frozen = centre.freeze("ivr")
    try:
        await ringing.hang_up()
        await one.hears("goodbye")
        assert not (await one.call.ended(timeout_s=15)).by_us
        assert not one.heard(say("survey.question"))
    finally:
        centre.thaw(frozen)
    await agent.end_wrap_up()
