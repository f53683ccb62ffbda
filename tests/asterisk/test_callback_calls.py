"""A full house by real calls: the sentence, a callback by keys, the agent rung first, the customer rung back."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from acd import codec
from acd.queues import Announcements, CallbackRules, Cause, Overflow, Queue, Way
from calls.ids import QueueId
from database.queue_rows import write_queue
from database.queue_settings import DatabaseQueueSettings, raise_version
from prompts.phrase import say
from tests.asterisk.conftest import provider
from tests.kit.call_centre import TRUNK_BOTH_WAYS, CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.desk_agent import DeskAgent
from tests.kit.kept import calls_kept, records, store
from tests.kit.talks import CALLER_HZ, hear_each_other, queued
from tests.kit.telephone import RING, Telephone, reject_with
from tests.kit.waiting import eventually

CUSTOMER = "+79123456789"
QUICK = CallbackRules(attempts=3, pause_s=2, from_min=0, to_min=1440)
"""No settings of a real centre: a pause is at least a minute there."""


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(3), trunk=TRUNK_BOTH_WAYS) as running:
        yield running


@pytest.fixture
async def telephone(centre: CallCentre) -> AsyncIterator[Telephone]:
    """The provider: callers come from it, and the customer's telephone is there."""
    async with provider(centre) as opened:
        yield opened


def set_queue(centre: CallCentre, **changes: Any) -> Queue:
    """Change the queue of whoever asks for an agent, live."""
    engine = create_engine(centre.installation().database_url)
    settings = DatabaseQueueSettings(engine)
    general = next(queue for queue in settings.load().queues if queue.queue_id == QueueId("general"))
    changed = replace(general, announcements=Announcements(every_s=0), **changes)
    with engine.begin() as connection:
        raise_version(connection)
        write_queue(connection, changed)
    engine.dispose()
    return changed


async def obeyed(centre: CallCentre, queue: Queue) -> None:
    """Wait until the engine has heard of the queue's settings."""

    def known() -> bool:
        stored = store(centre).hget("cc:queues", queue.queue_id)
        return isinstance(stored, bytes) and codec.decode(stored, Queue) == queue

    await eventually(known, 10, "the engine obeys the new settings")


def callbacks(centre: CallCentre) -> list[dict[str, Any]]:
    engine = create_engine(centre.installation().database_url)
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT * FROM callbacks ORDER BY requested_at")).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]


async def refused(centre: CallCentre, telephone: Telephone, number: str = CUSTOMER) -> Caller:
    """A caller who finds the house full."""
    one = await ring(centre, telephone, number)
    await one.asks_for_agent()
    await one.hears("refusal.full")
    return one


async def orders(one: Caller) -> None:
    """By keys: a callback to the caller's own number, read back."""
    await one.keys("1")
    await one.hears_sentence(say("callback.number", number=CUSTOMER))
    await one.keys("1")
    await one.hears("callback.ordered")
    await one.call.ended(timeout_s=30)


async def test_a_full_house_says_so_and_rings_back_when_the_turn_comes(
    centre: CallCentre, telephone: Telephone
) -> None:
    chain = (Overflow(frozenset({Cause.FULL}), Way.CALLBACK),)
    await obeyed(centre, set_queue(centre, most_waiting=1, overflow=chain, callback=QUICK))
    waits = await queued(centre, telephone, "+73060009999")
    await orders(await refused(centre, telephone))
    (promise,) = callbacks(centre)
    assert (promise["state"], promise["number"], promise["attempts"]) == ("waiting", CUSTOMER, 0)
    await eventually(lambda: [row["outcome"] for row in records(centre)] == ["callback"], 5, "the first call's record")
    await waits.call.hang_up()
    await eventually(lambda: len(records(centre)) == 2, 5, "who waited has gone")

    telephone.behaviour = reject_with(486)
    async with DeskAgent.signed_in(centre, "orlov", f"{centre.net}.31", RING) as agent:
        await agent.ready()
        ringing = await agent.phone.incoming(timeout_s=10)
        assert (await agent.state())["call"]["call_id"] == promise["callback_id"]
        ringing.answer()
        busy = await telephone.incoming(timeout_s=10)
        assert busy.dialled == CUSTOMER
        await ringing.ended(timeout_s=10)
        await eventually(lambda: callbacks(centre)[0]["attempts"] == 1, 5, "the attempt is written")
        telephone.behaviour = RING

        ringing = await agent.phone.incoming(timeout_s=15)
        ringing.answer()
        customer = await telephone.incoming(timeout_s=10)
        customer.answer()
        customer.talk(CALLER_HZ)
        await hear_each_other(customer, ringing)
        await customer.hang_up()
        await ringing.ended(timeout_s=5)
        await agent.end_wrap_up()
        await eventually(lambda: calls_kept(centre) == 0, 5, "no call is kept")
    back = await eventually(lambda: records(centre)[2:], 5, "the callback's record")
    assert [(row["call_id"], row["outcome"], row["agent_id"]) for row in back] == [
        (promise["callback_id"], "answered", "orlov")
    ]
    assert back[0]["contact_id"] == promise["contact_id"]
    assert back[0]["enqueued_at"] == promise["enqueued_at"], "the place of the first call"
    (kept,) = callbacks(centre)
    assert (kept["state"], kept["attempts"]) == ("reached", 1)
    assert CUSTOMER[-7:] not in centre.log("ivr") + centre.log("acd"), "no number in a log"


async def test_without_the_self_service_asterisk_says_the_sentence_alone(
    centre: CallCentre, telephone: Telephone
) -> None:
    await obeyed(centre, set_queue(centre, most_waiting=1, overflow=(), callback=QUICK))
    known = len(records(centre))
    waits = await queued(centre, telephone, "+73060009999")
    one = await ring(centre, telephone, CUSTOMER)
    await one.hears("welcome")
    await one.keys("0")
    await one.hears("refusal.full")
    centre.kill("ivr")
    await one.hears("refusal.full")
    await one.hears("goodbye")
    await one.call.ended(timeout_s=15)
    await waits.call.hang_up()
    await eventually(lambda: len(records(centre)) == known + 2, 5, "both records")
    assert sorted(row["outcome"] for row in records(centre)[known:]) == ["abandoned", "refused"]
