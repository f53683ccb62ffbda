"""Payment links by real calls in both languages, two calls with one bill, and a PostgreSQL that is away."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from calls.clock import AnchoredClock
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.demo import FIRM, IN_DEBT, OVERPAID, SHARED_SECOND, TRUSTED, DemoAccount
from customers.payments import DeclineReason, Payment, PaymentState
from database.engine import open_engine
from database.post_box import DatabasePostBox, Posted
from gateways.acquirer_page_texts import TEXTS
from gateways.sandbox_cards import TEST_CARDS, Conduct
from prompts.phrase import Phrase, say
from tests.asterisk.conftest import provider
from tests.asterisk.test_payment_calls import (
    CARD,
    CVV,
    MONTH,
    balance,
    hears_what_was_paid,
    keys_card,
    nowhere,
    payments_of,
)
from tests.asterisk.test_rescue_database import standing_still
from tests.integration.test_acquirer_page import shown
from tests.integration.test_gateways_payments import fills_in
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.postgres import Postgres
from tests.kit.telephone import Telephone
from tests.kit.waiting import eventually

pytestmark = pytest.mark.timeout(300)
PAYER: Final = PhoneNumber("+73060005556")
"""Nobody's, and it takes messages."""
SLOW: Final = next(card.number for card in TEST_CARDS if card.conduct is Conduct.SLOW)
"""Long enough at its bank for something else to happen."""
TAKEN_S: Final = 40.0
"""The look of ten seconds, on a busy machine."""
SETTINGS: Final = '[payments]\ngateway = "auto"\n'
ENGLISH: Final = Language.EN


@pytest.fixture(scope="module")
def centre(address: str) -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(3), database=address, more=SETTINGS) as centre:
        yield centre


@pytest.fixture
async def line(centre: CallCentre) -> AsyncIterator[Telephone]:
    async with provider(centre) as telephone:
        yield telephone


def post_box(centre: CallCentre, number: PhoneNumber) -> tuple[Posted, ...]:
    engine = open_engine(centre.installation().database_url)
    try:
        return DatabasePostBox(engine).of(number, AnchoredClock().now())
    finally:
        engine.dispose()


async def message(centre: CallCentre, number: PhoneNumber, part: str) -> str:
    """The newest SMS to this number with these words."""

    async def found() -> str | None:
        shown_now = await asyncio.to_thread(post_box, centre, number)
        return next((one.text for one in shown_now if part in one.text), None)

    return await eventually(found, TAKEN_S, f"an SMS with {part!r}")


async def link_in(centre: CallCentre, number: PhoneNumber) -> str:
    found = re.search(r"http://\S+", await message(centre, number, "http://"))
    assert found is not None
    return found[0]


async def opens_account(one: Caller, account: DemoAccount, language: Language = Language.RU) -> None:
    """From the welcome to the choice behind the balance."""
    await one.hears("welcome")
    if language is ENGLISH:
        await one.keys("2")
        await one.hears("menu.main", ENGLISH)
    await one.keys("1")
    await one.hears("identify.account", language)
    await one.keys(f"{account.number}#")
    await one.hears("identify.pin", language)
    await one.keys(f"{account.pin}#")
    await one.hears_whole_or_in_pieces(say("pay.offer", key=4), language)


async def keys_sum(one: Caller, roubles: int, language: Language = Language.RU) -> None:
    await one.hears("pay.roubles", language)
    await one.keys(f"{roubles}#")
    await one.hears("pay.kopecks", language)
    await one.keys("0#")
    await one.hears_whole_or_in_pieces(say("pay.amount", amount=roubles * 100), language)
    await one.keys("1")


async def becomes(centre: CallCentre, account: DemoAccount, state: PaymentState, place: int = -1) -> Payment:
    """The payment of this account is in this state."""

    async def found() -> Payment | None:
        made = await asyncio.to_thread(payments_of, centre, account.number)
        return made[place] if len(made) >= abs(place) and made[place].state is state else None

    return await eventually(found, TAKEN_S, f"the payment is {state}")


async def which(one: Caller, personal: list[Phrase]) -> str:
    """What this caller hears of the payment."""

    async def static() -> str:
        await one.hears("pay.under_way")
        return "pay.under_way"

    async def spoken(phrase: Phrase) -> str:
        await one.hears_whole_or_in_pieces(phrase)
        return phrase.prompt_id

    ways = [asyncio.ensure_future(way) for way in (static(), *(spoken(phrase) for phrase in personal))]
    done, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in left:
        way.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return done.pop().result()


async def test_a_link_is_sent_by_sms_paid_on_its_page_and_its_receipt_comes(
    centre: CallCentre, line: Telephone
) -> None:
    one = await ring(centre, line, IN_DEBT.phone)
    await opens_account(one, IN_DEBT)
    await one.keys("4")
    await one.hears_whole_or_in_pieces(say("pay.debt", amount=-IN_DEBT.balance))
    await one.keys("1")
    await one.hears_whole_or_in_pieces(say("pay.by_link", key=2))
    await one.keys("2")
    await one.hears_whole_or_in_pieces(say("pay.link_sent", tail=IN_DEBT.phone[-4:]))
    address = await link_in(centre, IN_DEBT.phone)
    await one.call.hang_up()
    await becomes(centre, IN_DEBT, PaymentState.OFFERED)
    assert TEXTS[Language.RU].title in (await asyncio.to_thread(shown, address)).text
    page = await asyncio.to_thread(fills_in, address)
    assert TEXTS[Language.RU].ends["held"] in page.text
    paid = await becomes(centre, IN_DEBT, PaymentState.POSTED)
    assert await message(centre, IN_DEBT.phone, f"квитанция {paid.number}")
    assert balance(centre, IN_DEBT.number) == 0
    assert TEXTS[Language.RU].ends["charged"] in (await asyncio.to_thread(shown, address)).text
    await nowhere(centre, CARD)


async def test_in_english_who_has_an_open_link_pays_by_card_and_is_charged_once(
    centre: CallCentre, line: Telephone
) -> None:
    one = await ring(centre, line, OVERPAID.phone)
    await opens_account(one, OVERPAID, ENGLISH)
    await one.keys("4")
    await keys_sum(one, 20, ENGLISH)
    await one.hears_whole_or_in_pieces(say("pay.by_link", key=2), ENGLISH)
    await one.keys("2")
    await one.hears_whole_or_in_pieces(say("pay.link_sent", tail=OVERPAID.phone[-4:]), ENGLISH)
    address = await link_in(centre, OVERPAID.phone)
    assert "Pay 20.00 RUB" in await message(centre, OVERPAID.phone, "http://")
    await one.keys("4")
    await keys_sum(one, 20, ENGLISH)
    await one.hears_whole_or_in_pieces(say("pay.link_open", amount=2000), ENGLISH)
    await one.keys("1")
    await keys_card(one, ENGLISH)
    await one.hears("pay.keep_card", ENGLISH)
    await one.keys("2")
    await hears_what_was_paid(centre, one, OVERPAID, ENGLISH)
    await one.hears("pay.receipt_sent", ENGLISH)
    await one.call.hang_up()
    assert await message(centre, OVERPAID.phone, "receipt")
    page = await asyncio.to_thread(fills_in, address)
    assert TEXTS[ENGLISH].ends["held"] in page.text
    back = await becomes(centre, OVERPAID, PaymentState.DECLINED, -2)
    assert back.reason is DeclineReason.PAID_OTHERWISE
    assert TEXTS[ENGLISH].ends["paid_otherwise"] in (await asyncio.to_thread(shown, address)).text
    assert balance(centre, OVERPAID.number) == OVERPAID.balance + 2000


async def _keys_all_but_the_end(one: Caller) -> None:
    await opens_account(one, FIRM)
    await one.keys("41")
    await one.hears_whole_or_in_pieces(say("pay.by_card", key=1))
    await one.keys("1")
    await one.hears("pay.card_number")
    await one.keys(f"{SLOW}#")
    await one.hears("pay.card_month")
    await one.keys(f"{MONTH}#")
    await one.hears("pay.card_cvv")


async def _keys_the_end(one: Caller) -> None:
    await one.keys(f"{CVV}#")
    await one.hears("pay.keep_card")
    await one.keys("2")


async def test_two_real_calls_pay_the_same_bill_at_once(centre: CallCentre, line: Telephone) -> None:
    """Both key the last digits of a slow card at the same time; one is charged, the other is told of it."""
    both = [await ring(centre, line, number) for number in (FIRM.phone, "+73060007777")]
    await asyncio.gather(*(_keys_all_but_the_end(one) for one in both))
    await asyncio.gather(*(_keys_the_end(one) for one in both))
    paid = await becomes(centre, FIRM, PaymentState.POSTED)
    told = [
        say("pay.done", amount=paid.amount, number=str(paid.number)),
        say("pay.just_made", amount=paid.amount),
    ]
    ends = await asyncio.gather(*(which(one, told) for one in both))
    assert sorted(ends) in (["pay.done", "pay.just_made"], ["pay.done", "pay.under_way"])
    for one in both:
        await one.call.hang_up()
    assert [payment.state for payment in payments_of(centre, FIRM.number)] == [PaymentState.POSTED]
    assert balance(centre, FIRM.number) == 0


@pytest.mark.parametrize("language", [Language.RU, ENGLISH])
async def test_a_payment_while_the_database_is_away_is_said_kindly_and_takes_nothing(
    centre: CallCentre, line: Telephone, postgres: Postgres, address: str, language: Language
) -> None:
    before = len(payments_of(centre, SHARED_SECOND.number))
    one = await ring(centre, line, "+73060005555")
    await opens_account(one, SHARED_SECOND, language)
    await one.keys("411")
    await keys_card(one, language)
    await one.hears("pay.keep_card", language)
    with standing_still(postgres, address):
        await one.keys("2")
        await one.hears("pay.unavailable", language)
    await one.call.hang_up()
    assert len(payments_of(centre, SHARED_SECOND.number)) == before
    assert balance(centre, SHARED_SECOND.number) == SHARED_SECOND.balance


async def test_the_database_goes_away_after_the_charge_and_nothing_is_lost(
    centre: CallCentre, line: Telephone, postgres: Postgres, address: str
) -> None:
    """The caller hears that the bank has the money; the ledger and the receipt follow, once."""
    one = await ring(centre, line, PAYER)
    await opens_account(one, TRUSTED)
    await one.keys("411")
    await keys_card(one, Language.RU, SLOW)
    await one.hears("pay.keep_card")
    await one.keys("2")
    told = await becomes(centre, TRUSTED, PaymentState.AUTHORISING)
    with standing_still(postgres, address):
        await one.hears_whole_or_in_pieces(say("pay.accepted", amount=told.amount, number=str(told.number)))
        await one.hears("pay.receipt_later")
    await one.call.hang_up()

    async def entered() -> bool:
        return await asyncio.to_thread(balance, centre, TRUSTED.number) == 0

    await eventually(entered, 120, "the payment is in the ledger")
    assert await message(centre, PAYER, f"квитанция {told.number}")
    assert [payment.state for payment in payments_of(centre, TRUSTED.number)] == [PaymentState.POSTED]
    await nowhere(centre, SLOW)
