"""PINs by real calls in both languages: a new one chosen, one guessed over many calls, no trace of what was keyed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from acd.alerts import AlertKind
from calls.clock import NEVER
from calls.journey import Language
from customers import demo
from customers.demo import DemoAccount
from database.alerts import DatabaseAlerts
from database.attempts import AttemptWatch
from database.engine import Engine, open_engine
from prompts.phrase import say
from tests.asterisk.test_balance_calls import balance_of
from tests.asterisk.test_hostile import set_pin
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.databases import PATIENT
from tests.kit.kept import installed
from tests.kit.left_behind import places_of
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

pytestmark = pytest.mark.timeout(300)
"""Several calls one after another, each through prompts and delays that a person hears to the end."""

ACCOUNTS = {Language.RU: demo.SHARED_FIRST, Language.EN: demo.SHARED_SECOND}
OLD = {Language.RU: "583016", Language.EN: "940572"}
NEW = {Language.RU: "830619", Language.EN: "294751"}


@contextmanager
def database_of(centre: CallCentre) -> Iterator[Engine]:
    """The centre's own; what was counted is forgotten afterwards: other tests ring with the same accounts."""
    engine = open_engine(installed(centre).database_url, PATIENT)
    try:
        yield engine
    finally:
        AttemptWatch(engine).forget_old(NEVER)
        engine.dispose()


async def to_the_account(centre: CallCentre, caller: Telephone, number: str, language: Language) -> Caller:
    """At the question for the account number, in this language."""
    one = await ring(centre, caller, number)
    await one.hears("welcome")
    if language is Language.EN:
        await one.keys("2")
        await one.hears("menu.main", language)
    await one.keys("1")
    await one.hears("identify.account", language)
    return one


async def tries(one: Caller, account: DemoAccount, pin: str, language: Language, after: float | None = None) -> None:
    """From the question for the account number on."""
    await one.keys(f"{account.number}#")
    await one.hears("identify.pin", language, after=after)
    await one.keys(f"{pin}#")


@pytest.mark.parametrize("language", Language)
async def test_a_caller_chooses_a_new_pin_and_it_stands_nowhere(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    account, old, new = ACCOUNTS[language], OLD[language], NEW[language]
    set_pin(centre, account.number, old)
    with database_of(centre):
        try:
            one = await to_the_account(centre, caller, "+73060008001", language)
            await tries(one, account, old, language)
            await one.hears("account.after", language)
            await one.keys("23")
            await one.hears("pin.new", language)
            await one.keys("1234#")
            await one.hears("pin.weak", language)
            await one.keys(f"{new}#")
            await one.hears("pin.again", language)
            await one.keys(f"{new}#")
            await one.hears("pin.changed", language)
            await one.call.hang_up()
            again = await to_the_account(centre, caller, "+73060008001", language)
            await tries(again, account, new, language)
            await again.hears_whole_or_in_pieces(balance_of(account), language)
            await again.call.hang_up()
            for pin in (old, new):
                assert await asyncio.to_thread(places_of, centre.installation(), pin.encode()) == []
        finally:
            set_pin(centre, account.number, account.pin)


@pytest.mark.parametrize("language", Language)
async def test_a_pin_that_is_guessed_over_many_calls_is_locked_and_told_to_supervisors(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    account = ACCOUNTS[language]

    async def guesses(number: str, times: int) -> None:
        one = await to_the_account(centre, caller, number, language)
        heard = time.monotonic()
        for attempt in range(times):
            await tries(one, account, "0000", language, after=heard)
            if attempt:
                await one.hears("identify.checking", language, after=heard)
            heard = time.monotonic()
            await one.hears("identify.wrong" if attempt < 2 else "identify.offer_code", language, after=heard)
        await one.call.hang_up()

    with database_of(centre) as engine:
        await asyncio.gather(guesses("+73060008101", 3), guesses("+73060008102", 2))
        owner = await to_the_account(centre, caller, "+73060008104", language)
        heard = time.monotonic()
        await tries(owner, account, account.pin, language, after=heard)
        await owner.hears("identify.wrong", language, after=heard)
        assert not owner.heard(say("account.after"), language)
        await owner.call.hang_up()
        alerts = DatabaseAlerts(engine)

        def told() -> bool:
            about = f"*{account.number[-4:]}"
            return any(one.kind is AlertKind.PIN_ACCOUNT and one.about == about for one in alerts.open())

        await eventually(told, 20, "the alarm is raised")
