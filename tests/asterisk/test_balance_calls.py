"""The balance of each fixed account, asked by a real call with touch tones and identified in what the caller heard."""

import asyncio
import time
from datetime import datetime

import pytest

from calls.journey import Language
from customers import demo, demo_tariffs
from customers.demo import FIXED, IN_DEBT, TRUSTED, DemoAccount, last_payment_on, month_start
from customers.tariffs import own_tariff
from ivr.flows import tariff
from prompts.phrase import Phrase, say
from tests.asterisk.conftest import Agents
from tests.kit.call_centre import CallCentre
from tests.kit.callers import ring
from tests.kit.talks import talk_and_end
from tests.kit.telephone import Telephone

STRANGER = "+73060009999"


def balance_of(account: DemoAccount) -> Phrase:
    if account.balance == 0:
        return say("balance.zero", account=account.number)
    kind = "balance.debt" if account.balance < 0 else "balance.overpaid"
    return say(kind, account=account.number, amount=account.balance)


async def test_the_balance_of_each_fixed_account(centre: CallCentre, caller: Telephone) -> None:
    """All at once: seven callers with account number and PIN."""

    async def asks(account: DemoAccount) -> None:
        one = await ring(centre, caller, STRANGER)
        await one.identifies(account.number, account.pin)
        await one.hears_whole_or_in_pieces(balance_of(account))
        await one.call.hang_up()

    await asyncio.gather(*(asks(account) for account in FIXED))


async def test_the_last_payment_is_told_with_its_date(centre: CallCentre, caller: Telephone) -> None:
    one = await ring(centre, caller, STRANGER)
    await one.identifies(IN_DEBT.number, IN_DEBT.pin)
    paid_on = last_payment_on(IN_DEBT, datetime.now(demo.ZONE).date())
    await one.hears_sentence(say("balance.last_payment", paid_on=paid_on, amount=IN_DEBT.last_payment))
    await one.call.hang_up()


async def test_an_allowed_number_hears_its_balance_without_a_pin(centre: CallCentre, caller: Telephone) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.hears("welcome")
    await one.keys("1")
    await one.hears_sentence(balance_of(TRUSTED))
    await one.call.hang_up()


async def test_a_known_number_alone_hears_no_balance(centre: CallCentre, caller: Telephone) -> None:
    """It can be forged: account number and PIN are asked as of a stranger."""
    one = await ring(centre, caller, IN_DEBT.phone)
    await one.identifies(IN_DEBT.number, IN_DEBT.pin)
    assert not one.heard(balance_of(IN_DEBT))
    await one.hears_sentence(balance_of(IN_DEBT))
    await one.call.hang_up()


async def test_english_by_one_key(centre: CallCentre, caller: Telephone) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.greeted(Language.EN)
    await one.keys("1")
    await one.hears_sentence(balance_of(TRUSTED), Language.EN)
    await one.call.hang_up()


@pytest.mark.parametrize("language", Language)
async def test_the_last_payments_and_the_meters_with_their_readings(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.greeted(language)
    await one.keys("1")
    await one.hears_sentence(balance_of(TRUSTED), language)
    await one.keys("2")
    await one.hears("account.details", language)
    await one.keys("1")
    await one.hears("payments.last", language)
    paid_on = last_payment_on(TRUSTED, datetime.now(demo.ZONE).date())
    await one.hears_sentence(say("payments.one", paid_on=paid_on, amount=TRUSTED.last_payment), language)
    await one.keys("22")
    (meter,) = demo.meters_of(TRUSTED, datetime.now(demo.ZONE).date())
    day, night = meter.readings
    for phrase in (
        say("meters.meter", serial=meter.serial, zones=2),
        say("meters.verified", until=meter.verified_until),
        say("meters.read_on", day=day.day),
        say("meters.day", kwh=day.kwh),
        say("meters.night", kwh=night.kwh),
    ):
        await one.hears_sentence(phrase, language)
    await one.hears("account.after", language)
    await one.call.hang_up()


@pytest.mark.parametrize("language", Language)
async def test_the_charges_of_the_month_zone_by_zone(centre: CallCentre, caller: Telephone, language: Language) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.greeted(language)
    await one.keys("1")
    await one.hears_sentence(balance_of(TRUSTED), language)
    await one.keys("2")
    await one.hears("account.details", language)
    await one.keys("4")
    today = datetime.now(demo.ZONE).date()
    day, night = (
        entry for entry in demo.ledger_of(TRUSTED, today) if entry.zone and entry.day == month_start(today, 1)
    )
    for phrase in (
        say("charges.month", month=day.day, amount=TRUSTED.monthly),
        say("charges.day", kwh=180, amount=-day.amount),
        say("charges.night", kwh=90, amount=-night.amount),
    ):
        await one.hears_sentence(phrase, language)
    await one.hears("account.after", language)
    await one.call.hang_up()


@pytest.mark.parametrize("language", Language)
async def test_the_own_tariff_its_prices_and_the_next_change(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.greeted(language)
    await one.keys("1")
    await one.hears_sentence(balance_of(TRUSTED), language)
    await one.keys("2")
    await one.hears("account.details", language)
    await one.keys("5")
    today = datetime.now(demo.ZONE).date()
    own = own_tariff(demo.tariff_history(TRUSTED, today), demo_tariffs.book(today), today)
    assert own is not None
    name = own.tariff.name if language is Language.RU else own.tariff.name_en
    for phrase in tariff.sentences(own, name):
        if phrase.values:
            await one.hears_sentence(phrase, language)
        else:
            await one.hears(phrase.prompt_id, language)
    await one.hears("account.after", language)
    await one.call.hang_up()


async def test_three_wrong_pins_lead_to_an_agent(centre: CallCentre, caller: Telephone, agents: Agents) -> None:
    agent = await agents("orlov")
    one = await ring(centre, caller, STRANGER)
    await one.hears("welcome")
    await one.keys("1")
    for attempt in range(3):
        heard = time.monotonic() if attempt else None
        await one.hears("identify.account", after=heard)
        await one.keys(f"{demo.OVERPAID.number}#")
        await one.hears("identify.pin", after=heard)
        await one.keys("0000#")
        if attempt < 2:
            await one.hears("identify.wrong", after=heard)
    await one.hears("identify.offer_code")
    await one.keys("0")
    await one.hears("queue.connecting")
    await talk_and_end(one.call, await agent.phone.incoming(timeout_s=10))
    await agent.end_wrap_up()


@pytest.mark.parametrize("language", Language)
async def test_readings_are_handed_in_zone_by_zone_and_told_by_the_next_call(
    centre: CallCentre, caller: Telephone, language: Language
) -> None:
    (meter,) = demo.meters_of(TRUSTED, datetime.now(demo.ZONE).date())
    day, night = (reading.kwh + (21 if language is Language.RU else 42) for reading in meter.readings)
    one = await ring(centre, caller, TRUSTED.phone)
    await one.greeted(language)
    await one.keys("1")
    await one.hears("account.after", language)
    await one.keys("1")
    await one.hears("readings.key_day", language)
    await one.keys(f"{day}#")
    await one.hears("readings.key_night", language)
    await one.keys(f"{night}#")
    await one.hears_sentence(say("meters.day", kwh=day), language)
    await one.hears("readings.confirm", language)
    await one.keys("1")
    await one.hears("readings.kept", language)
    await one.keys("22")
    await one.hears_sentence(say("meters.night", kwh=night), language)
    await one.call.hang_up()
