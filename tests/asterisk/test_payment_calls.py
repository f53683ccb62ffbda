"""Paying by a real call in both languages, and a search of everything that is kept for the card's number."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from calls.clock import Instant
from calls.journey import Language
from customers.accounts import AccountNumber
from customers.demo import FIRM, IN_DEBT, TRUSTED, DemoAccount
from customers.payments import Payment, PaymentState
from database.accounts import DatabaseAccounts
from database.engine import open_engine
from database.payments import DatabasePayments
from gateways.sandbox_cards import TEST_CARDS
from prompts.phrase import say
from tests.asterisk.conftest import Agents
from tests.asterisk.test_balance_calls import STRANGER
from tests.kit.call_centre import CallCentre, own_net
from tests.kit.callers import Caller, ring
from tests.kit.left_behind import places_of
from tests.kit.talks import hear_each_other
from tests.kit.telephone import Telephone
from tests.kit.waiting import NotInTime, eventually

CARD: Final = TEST_CARDS[0].number
POOR: Final = TEST_CARDS[1].number
MONTH, CVV = "0731", "738"
pytestmark = pytest.mark.timeout(300)
"""Two cards keyed, prompt after prompt, on a busy machine."""
SETTINGS: Final = '[payments]\ngateway = "sandbox"\n'


@pytest.fixture(scope="module")
def centre() -> Iterator[CallCentre]:
    with CallCentre.fresh(own_net(1), more=SETTINGS) as running:
        yield running


def payments_of(centre: CallCentre, account: AccountNumber) -> list[Payment]:
    engine = open_engine(centre.installation().database_url)
    try:
        made = DatabasePayments(engine).made(Instant(0), Instant(2**50))
        return [payment for payment in made if payment.account == account]
    finally:
        engine.dispose()


def balance(centre: CallCentre, account: AccountNumber) -> int:
    engine = open_engine(centre.installation().database_url)
    try:
        found = DatabaseAccounts(engine).balance(account)
    finally:
        engine.dispose()
    assert found is not None
    return found.amount


async def keys_card(one: Caller, language: Language, number: str = CARD) -> None:
    await one.hears("pay.card_number", language)
    await one.keys(f"{number}#")
    await one.hears("pay.card_month", language)
    await one.keys(f"{MONTH}#")
    await one.hears("pay.card_cvv", language)
    await one.keys(f"{CVV}#")


async def nowhere(centre: CallCentre, *numbers: str) -> None:
    """No file, no key of Redis, no row and no log holds a card's number or its longest part that nobody may keep."""
    for number in numbers:
        for part in (number, number[:12]):
            assert await asyncio.to_thread(places_of, centre.installation(), part.encode()) == []


async def hears_what_was_paid(
    centre: CallCentre, one: Caller, account: DemoAccount, language: Language, count: int = 1
) -> None:
    """The `count`-th payment of this account comes into the ledger and is told with its number."""

    def entered() -> list[Payment] | None:
        posted = [each for each in payments_of(centre, account.number) if each.state is PaymentState.POSTED]
        return posted if len(posted) >= count else None

    posted = await eventually(entered, 20, "the payment is posted")
    done = say("pay.done", amount=posted[-1].amount, number=str(posted[-1].number))
    await one.hears_whole_or_in_pieces(done, language)


async def opens_the_self_service(one: Caller) -> None:
    """Any key while the music plays; one that still cuts the words before it is pressed again."""
    for _ in range(5):
        await one.keys("7")
        with suppress(NotInTime):
            await one.hears("queue.self_service", within_s=5)
            return
    raise NotInTime("the self-service does not open")


async def test_the_debt_is_paid_in_russian_with_a_keyed_card(centre: CallCentre, caller: Telephone) -> None:
    one = await ring(centre, caller, TRUSTED.phone)
    await one.hears("welcome")
    await one.keys("1")
    await one.hears_whole_or_in_pieces(say("pay.offer", key=4))
    await one.keys("4")
    await one.hears_whole_or_in_pieces(say("pay.debt", amount=-TRUSTED.balance))
    await one.keys("1")
    await one.hears_whole_or_in_pieces(say("pay.by_card", key=1))
    await one.keys("1")
    await keys_card(one, Language.RU, POOR)
    await one.hears("pay.declined_funds")
    await one.keys("411")
    await keys_card(one, Language.RU)
    await nowhere(centre, CARD, POOR)
    await hears_what_was_paid(centre, one, TRUSTED, Language.RU)
    await one.call.hang_up()
    assert [payment.state for payment in payments_of(centre, TRUSTED.number)] == [
        PaymentState.DECLINED,
        PaymentState.POSTED,
    ]
    assert balance(centre, TRUSTED.number) == 0
    await nowhere(centre, CARD, POOR)


async def test_in_english_a_card_is_remembered_and_pays_again_only_when_asked_for(
    centre: CallCentre, caller: Telephone
) -> None:
    english = Language.EN
    one = await ring(centre, caller, STRANGER)
    await one.greeted(english)
    await one.keys("1")
    await one.hears("identify.account", english)
    await one.keys(f"{IN_DEBT.number}#")
    await one.hears("identify.pin", english)
    await one.keys(f"{IN_DEBT.pin}#")
    await one.hears_whole_or_in_pieces(say("pay.offer", key=4), english)
    await one.keys("411")
    await keys_card(one, english)
    await one.hears("pay.keep_card", english)
    await one.keys("1")
    await hears_what_was_paid(centre, one, IN_DEBT, english)
    await one.keys("4")
    await one.hears("pay.roubles", english)
    await one.keys("10#")
    await one.hears("pay.kopecks", english)
    await one.keys("50#")
    await one.hears_whole_or_in_pieces(say("pay.amount", amount=1050), english)
    await one.keys("1")
    await one.hears_whole_or_in_pieces(say("pay.saved_card", tail=CARD[-4:], key=1), english)
    await one.keys("1")
    await one.hears_whole_or_in_pieces(say("pay.just_made", amount=-IN_DEBT.balance), english)
    await one.keys("1")
    await hears_what_was_paid(centre, one, IN_DEBT, english, 2)
    await one.call.hang_up()
    assert balance(centre, IN_DEBT.number) == 1050
    await nowhere(centre, CARD)


async def test_an_agent_who_answers_does_not_cut_a_payment(
    centre: CallCentre, caller: Telephone, agents: Agents
) -> None:
    """An agent answers while a waiting caller is asked for the card, and has the caller after the payment."""
    one = await ring(centre, caller, STRANGER)
    await one.asks_for_agent()
    await one.hears("queue.connecting")
    await opens_the_self_service(one)
    await one.keys("1")
    await one.hears("identify.account")
    await one.keys(f"{FIRM.number}#")
    await one.hears("identify.pin")
    await one.keys(f"{FIRM.pin}#")
    await one.hears_whole_or_in_pieces(say("pay.offer", key=4))
    await one.keys("42")
    await one.hears("pay.roubles")
    await one.keys("5#")
    await one.hears("pay.kopecks")
    await one.keys("0#")
    await one.hears_whole_or_in_pieces(say("pay.amount", amount=500))
    await one.keys("11")
    await one.hears("pay.card_number")
    agent = await agents("orlov")
    ringing = await agent.phone.incoming(timeout_s=10)
    ringing.answer()
    ringing.talk(880)
    await one.keys(f"{CARD}#{MONTH}#{CVV}#")
    await one.hears("pay.keep_card")
    await one.keys("2")
    await hears_what_was_paid(centre, one, FIRM, Language.RU)
    if not ringing.up:  # after ten seconds an agent is let go and offered the call anew
        ringing = await agent.phone.incoming(timeout_s=60)
        ringing.answer()
    await hear_each_other(one.call, ringing)
    await one.call.hang_up()
    await ringing.ended(timeout_s=5)
    assert balance(centre, FIRM.number) == FIRM.balance + 500
    await nowhere(centre, CARD)


async def test_the_day_has_no_difference_and_a_payment_is_given_back(centre: CallCentre, caller: Telephone) -> None:
    """After the calls above: the command line compares, lists and reverses."""
    today = datetime.now(UTC).astimezone().date()
    days = [str(today + timedelta(days=ahead)) for ahead in (-1, 0, 1)]
    for day in days:
        compared = await asyncio.to_thread(centre.command, "payments", "reconcile", "--day", day)
        assert compared.returncode == 0, compared.stdout + compared.stderr
        assert f"{day}: no difference." in compared.stdout
    posted = [each for each in payments_of(centre, TRUSTED.number) if each.state is PaymentState.POSTED][-1]
    before = balance(centre, TRUSTED.number)
    back = await asyncio.to_thread(centre.command, "payments", "reverse", posted.payment_id)
    assert back.returncode == 0, back.stdout + back.stderr
    assert balance(centre, TRUSTED.number) == before - posted.amount
    checked = await asyncio.to_thread(centre.command, "check")
    assert "payments: as it should be" in checked.stdout
