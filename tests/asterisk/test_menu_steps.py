"""What real calls leave of their menus: who rings off in one has dropped off there, who was answered has not."""

from contextlib import suppress
from typing import Any

import pytest

from calls.journey import Language
from customers.demo import IN_DEBT
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.kept import menu_steps, records
from tests.kit.talks import queued, talk_and_end
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually

STRANGER = "+73060009998"


def told(steps: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(step["menu"], step["language"], step["ending"], step["choice"]) for step in steps]


async def opens_the_self_service(one: Caller) -> None:
    """Any key while the music plays; one that still cuts the words before it is pressed again."""
    for _ in range(5):
        await one.keys("5")
        with suppress(NotInTime):
            await one.hears("queue.self_service", within_s=5)
            return
    raise NotInTime("the self-service does not open")


async def one_record(centre: CallCentre, known: int) -> str:
    [record] = await eventually(lambda: records(centre)[known:], 10, "the record is written")
    return str(record["call_id"])


@pytest.mark.parametrize("language", Language)
async def test_who_rings_off_in_a_menu_has_dropped_off_there(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    known = len(records(centre))
    one = await ring(centre, caller, STRANGER)
    await one.hears("welcome")
    before: list[tuple[str, str, str, str]] = []
    if language is Language.EN:
        await one.keys("2")
        before = [("main", "ru", "chosen", "language")]
    await one.hears("menu.main", language)
    await one.keys("8")
    await one.hears("menu.wrong_key", language)
    await one.call.hang_up()
    steps = menu_steps(centre, await one_record(centre, known))
    assert told(steps) == [*before, ("main", language.value, "left", "")]
    assert (steps[-1]["wrong"], steps[-1]["silent"], steps[-1]["answer_ms"]) == (1, 0, None)
    assert steps[-1]["stay_ms"] > 1000


async def test_who_rings_off_after_an_answer_was_served_and_no_digit_is_kept(
    centre: CallCentre, caller: Telephone
) -> None:
    known = len(records(centre))
    one = await ring(centre, caller, STRANGER)
    await one.identifies(IN_DEBT.number, IN_DEBT.pin)
    await one.hears("account.after")
    await one.call.hang_up()
    steps = menu_steps(centre, await one_record(centre, known))
    assert told(steps) == [
        ("main", "ru", "chosen", "balance"),
        ("key_account", "ru", "chosen", "keyed"),
        ("key_pin", "ru", "chosen", "keyed"),
        ("after_answer", "ru", "served", ""),
    ]
    assert not any(secret in str(steps) for secret in (IN_DEBT.number, IN_DEBT.pin))


async def test_a_waiting_callers_menu_is_no_drop_off_when_an_agent_answers(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    known = len(records(centre))
    one = await queued(centre, caller, STRANGER)
    await opens_the_self_service(one)
    agent = await agents("orlov")
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=10))
    await agent.end_wrap_up()
    steps = menu_steps(centre, await one_record(centre, known))
    assert told(steps) == [("main", "ru", "agent", ""), ("waiting", "ru", "taken", "")]
