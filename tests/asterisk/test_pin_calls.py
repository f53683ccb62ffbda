"""PINs by real calls in both languages: a new one chosen, one guessed over many calls, no trace of what was keyed."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from acd.alerts import AlertKind
from callcentre.notice_rules import notice_rules
from calls.clock import NEVER, AnchoredClock
from calls.ids import CallId
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers import demo
from customers.demo import DemoAccount
from customers.outages import Author
from customers.pin_resets import Checked, NewPinReset, PinReset
from database.alerts import DatabaseAlerts
from database.attempts import AttemptWatch
from database.audit import DatabaseAudit
from database.codes import DatabaseCodes
from database.engine import Engine, open_engine
from database.pin_resets import DatabasePinResets
from database.post_box import DatabasePostBox
from prompts.phrase import say
from tests.asterisk.test_balance_calls import balance_of
from tests.asterisk.test_hostile import set_pin
from tests.kit.call_centre import CallCentre
from tests.kit.callers import Caller, ring
from tests.kit.databases import PATIENT
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
    engine = open_engine(centre.installation().database_url, PATIENT)
    try:
        yield engine
    finally:
        AttemptWatch(engine).forget_old(NEVER)
        engine.dispose()


async def to_the_account(centre: CallCentre, caller: Telephone, number: str, language: Language) -> Caller:
    """At the question for the account number, in this language."""
    one = await ring(centre, caller, number)
    await one.greeted(language)
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


@pytest.mark.parametrize("language", Language)
async def test_an_approved_reset_sends_a_code_and_its_new_pin_replaces_the_old(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    account, old, new = ACCOUNTS[language], "614907" if language is Language.RU else "372850", NEW[language]
    phone = PhoneNumber("+73060008301" if language is Language.RU else "+73060008302")
    set_pin(centre, account.number, old)
    with database_of(centre) as engine:
        try:
            reset = asked(centre, engine, account, phone, language)
            await decided(centre, reset)
            code = await eventually(lambda: code_for(engine, phone), 20, "the code is in the post box")
            one = await to_the_account(centre, caller, "+73060008303", language)
            await one.keys(f"{account.number}#")
            await one.hears("identify.pin", language)
            await one.keys("*1")
            await one.hears("code.sent", language)
            await one.keys(f"{code}#")
            await one.hears("pin.new", language)
            await one.keys(f"{new}#")
            await one.hears("pin.again", language)
            await one.keys(f"{new}#")
            await one.hears("pin.changed", language)
            await one.hears_whole_or_in_pieces(balance_of(account), language)
            await one.call.hang_up()
            again = await to_the_account(centre, caller, "+73060008303", language)
            heard = time.monotonic()
            await tries(again, account, old, language, after=heard)
            await again.hears("identify.wrong", language, after=heard)
            heard = time.monotonic()
            await tries(again, account, new, language, after=heard)
            await again.hears_whole_or_in_pieces(balance_of(account), language)
            await again.call.hang_up()
            for pin in (old, new):
                assert await asyncio.to_thread(places_of, centre.installation(), pin.encode()) == []
            acts = [entry.act for entry in DatabaseAudit(engine).recent() if reset.reset_id in entry.subject]
            assert acts == ["pin_reset_approved_with_lock_lifted", "pin_reset_asked"]
        finally:
            set_pin(centre, account.number, account.pin)


def asked(centre: CallCentre, engine: Engine, account: DemoAccount, phone: PhoneNumber, language: Language) -> PinReset:
    """As an agent's desk asks."""
    installation = centre.installation()
    codes = DatabaseCodes(engine, installation.keys.octets("pin"), notice_rules(installation.settings))
    new = NewPinReset(account.number, phone, "телефон утерян", Checked.PAYMENTS, CallId("a call"), language)
    reset = DatabasePinResets(engine, codes).ask(new, Author("orlov"), AnchoredClock().now())
    assert reset is not None
    return reset


async def decided(centre: CallCentre, reset: PinReset) -> None:
    """By a supervisor, at the running desk."""
    async with httpx.AsyncClient(base_url=centre.desk, headers={"Origin": centre.desk}) as client:
        told = {"login": "volkova", "password": centre.password("volkova")}
        assert (await client.post("/sign-in", data=told)).status_code == 303
        page = await client.get("/pin-resets", headers={"Accept": "text/html"})
        assert reset.reset_id in page.text
        answer = await client.post(f"/pin-resets/{reset.reset_id}/approve", json={"word": "сверено", "lift": True})
        assert answer.status_code == 200, answer.text


def code_for(engine: Engine, phone: PhoneNumber) -> str | None:
    posted = DatabasePostBox(engine).of(phone, AnchoredClock().now())
    found = re.search(r"[0-9]{6}", posted[0].text) if posted else None
    return found[0] if found else None
