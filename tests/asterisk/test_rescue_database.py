"""Real calls over a real PostgreSQL that stands still or is gone."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from calls.journey import Language
from customers import demo
from customers.demo import IN_DEBT, TRUSTED
from prompts.phrase import say
from tests.asterisk.conftest import provider
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.desk_agent import DeskAgent
from tests.kit.kept import records
from tests.kit.postgres import Postgres
from tests.kit.talks import talk_and_end
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

pytestmark = pytest.mark.timeout(300)
"""Two calls of ten prompts each, and the centre's end, on a busy machine."""


@pytest.fixture(scope="module")
def over_postgres(address: str) -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(2), database=address) as centre:
        yield centre


@pytest.fixture
async def line(over_postgres: CallCentre) -> AsyncIterator[Telephone]:
    async with provider(over_postgres) as telephone:
        yield telephone


@contextmanager
def standing_still(postgres: Postgres, address: str) -> Iterator[None]:
    """No connection is answered: those that live are frozen, and nobody makes new ones."""
    pids = [*postgres.session_pids(address), postgres.pid]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


async def test_keys_pressed_while_the_database_is_slow_are_kept(
    over_postgres: CallCentre, line: Telephone, postgres: Postgres, address: str
) -> None:
    one = await ring(over_postgres, line)
    await one.hears("welcome")
    await one.keys("1")
    await one.hears("identify.account")
    await one.keys(f"{IN_DEBT.number}#")
    await one.hears("identify.pin")
    with standing_still(postgres, address):
        await one.keys("0000#")
        await one.keys("*0")  # nobody has asked for it yet: the PIN is still being checked
    await one.hears("queue.connecting")
    await one.call.hang_up()


async def test_a_database_that_is_away_is_said_kindly_and_an_agent_answers(
    over_postgres: CallCentre, line: Telephone, postgres: Postgres, address: str
) -> None:
    known = len(records(over_postgres))
    async with DeskAgent.signed_in(over_postgres, "orlov", f"{over_postgres.net}.21") as agent:
        await agent.ready()
        one = await ring(over_postgres, line)
        await one.hears("welcome")
        with standing_still(postgres, address):
            await one.keys("1")  # whose number it is was known before
            await one.hears("identify.account")
            await one.keys(f"{IN_DEBT.number}#")
            await one.hears("identify.pin")
            await one.keys(f"{IN_DEBT.pin}#")
            await one.hears("identify.unavailable")
            await one.keys("0")
            await talk_and_end(one.call, await agent.phone.incoming(timeout_s=20))
        await agent.end_wrap_up()
        written = await eventually(lambda: records(over_postgres)[known:], 15, "the record waited for the database")
        assert [row["outcome"] for row in written] == ["answered"]


@pytest.mark.parametrize("language", Language)
async def test_readings_that_cannot_be_kept_are_not_said_to_be(
    over_postgres: CallCentre, line: Telephone, postgres: Postgres, address: str, language: Language
) -> None:
    """The records stop answering before the caller confirms; back again, the next try is kept."""
    (meter,) = demo.meters_of(TRUSTED, datetime.now(demo.ZONE).date())
    day, night = (reading.kwh + (21 if language is Language.RU else 42) for reading in meter.readings)
    one = await keys_readings(over_postgres, line, language, day, night)
    with standing_still(postgres, address):
        await one.keys("1")
        await one.hears("readings.away", language)
        await one.hears("identify.unavailable", language)
        assert not one.heard(say("readings.kept"), language)
    await one.call.hang_up()
    again = await keys_readings(over_postgres, line, language, day + 1, night + 1)
    await again.keys("1")
    await again.hears("readings.kept", language)
    await again.call.hang_up()


async def keys_readings(centre: CallCentre, line: Telephone, language: Language, day: int, night: int) -> Caller:
    """A caller who has heard the keyed readings read back, and is asked whether they are right."""
    one = await ring(centre, line, TRUSTED.phone)
    await one.greeted(language)
    await one.keys("1")
    await one.hears("account.after", language)
    await one.keys("1")
    await one.hears("readings.key_day", language)
    await one.keys(f"{day}#")
    await one.hears("readings.key_night", language)
    await one.keys(f"{night}#")
    await one.hears("readings.confirm", language)
    return one
