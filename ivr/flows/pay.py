"""Paying the bill: how much, with which card, and what became of it.

Rules
- The sum is heard before it is paid: the whole debt as it was said, a keyed sum read back and confirmed.
- A card that was saved pays only for who gave the account's PIN in this call; a number alone can be forged.
- Whatever is heard at the end says whether money was taken; and while that is not known, that paying again is no help.
- From the choice of the card until the end is known no agent's answer takes the caller.
- Nobody pays twice unasked: a payment under way or just made is told first, and so is a link that is still open.
- Who would not key a card has a link sent to the telephone that rings, where that takes messages.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from typing import Final, assert_never

from calls.paying import PayStep
from customers.accounts import AccountNumber
from customers.cards import Card, SavedCard
from customers.fiscal import receipt_of
from customers.money import Kopecks
from customers.paying import Order
from customers.payment_notices import receipt_notice
from customers.payment_ports import PaymentJustMade, PaymentsUnavailable, PaymentUnderWay
from customers.payments import LEAST, MOST, DeclineReason, Payer, Payment, PaymentState
from customers.ports import CustomersUnavailable
from ivr.answers import Answer
from ivr.entry import Entry, enter
from ivr.flows.pay_card import TRIES, key_card, undisturbed
from ivr.flows.pay_link import payer_of, send_link, told_of_open
from ivr.menu import OWN_KEYS, Menu, Way
from ivr.menu_names import MenuName
from ivr.offering import offer
from ivr.payment_watch import RESULTS
from ivr.till import Till
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

MOST_SAVED: Final = 3
"""Saved cards in the menu, the newest."""
_ROUBLE_DIGITS: Final = 6
_KOPECK_DIGITS: Final = 2


class _Pick(Enum):
    YES = auto()
    NO = auto()


class _By(Enum):
    NEW_CARD = auto()
    LINK = auto()


_HOW: Final = {Card: Choice.CARD, SavedCard: Choice.SAVED_CARD, _By: Choice.LINK}


def pay(visit: Visit, till: Till, number: AccountNumber) -> Answer | Way:
    """Let the caller pay. The answer is told before the next menu; `*` is an answer too: nothing was paid.

    Raises CustomersUnavailable, CallerHungUp, PromptsError. Ways: AGENT, SILENT, ASTRAY.
    """
    try:
        paid = _pay(visit, till, number)
    except PaymentsUnavailable:
        return Answer((say("pay.unavailable"),), Flow.PAY, Choice.PAY, Result.UNAVAILABLE)
    match paid:
        case Answer():
            return paid
        case Way.BACK:
            return Answer((say("pay.left"),), Flow.PAY, Choice.BACK, Result.CANCELLED)
        case Way.AGENT:
            visit.note(Flow.PAY, Choice.AGENT, Result.TO_AGENT)
        case Way.SILENT:
            visit.note(Flow.PAY, Choice.NO_KEY, Result.TO_AGENT)
        case Way.ASTRAY:
            visit.note(Flow.PAY, Choice.PAY, Result.TO_AGENT)
        case _:
            assert_never(paid)
    visit.parting = (say("pay.to_agent"),)
    return paid


def _pay(visit: Visit, till: Till, number: AccountNumber) -> Answer | Way:
    balance = visit.channel.meanwhile(partial(visit.services.accounts.balance, number))
    owed = Kopecks(max(0, -balance.amount)) if balance is not None else Kopecks(0)
    amount = _amount(visit, owed)
    if isinstance(amount, Way):
        return amount
    with undisturbed(visit):
        return _with_means(visit, till, number, amount, owed)


def _with_means(visit: Visit, till: Till, number: AccountNumber, amount: Kopecks, owed: Kopecks) -> Answer | Way:
    payer = payer_of(visit)
    visit.payment_watch.step(PayStep.CARD)
    means = _means(visit, till, number, with_link=payer is not None and till.paying.gateway.links)
    if isinstance(means, Way):
        return means
    keep = False
    if isinstance(means, Card) and number in visit.proven:
        chosen = _asked(visit, (say("pay.keep_card"),))
        if chosen is Way.AGENT:
            return chosen
        keep = chosen is _Pick.YES
    receipt = receipt_of(till.tax, number, amount, owed, visit.facts.caller_number)
    order = Order(number, amount, receipt, visit.arrival.call_id, keep_card=keep, payer=payer)
    answer = _done(visit, till, order, means)
    if isinstance(answer, Answer) and (visit.out_of_talk or visit.arrival.enqueued_at is not None):
        # An agent may answer in the next moment: whether money was taken is heard before that.
        visit.channel.play(answer.phrases)
        if visit.out_of_talk:
            answer = replace(answer, phrases=())
    return answer


def _done(visit: Visit, till: Till, order: Order, means: Card | SavedCard | _By) -> Answer | Way:
    """Charge it or send the link; once more only for who says so after hearing of the first."""
    how = _HOW[type(means)]
    for again in (False, True):
        try:
            if isinstance(means, Card | SavedCard):
                return _charged(visit, till, replace(order, again=again), means, how)
            if order.payer is not None:
                return send_link(visit, till, replace(order, again=again), order.payer)
        except PaymentUnderWay:
            return Answer((say("pay.under_way"),), Flow.PAY, how, Result.UNDER_WAY)
        except PaymentJustMade as just:
            visit.note(Flow.PAY, how, Result.JUST_PAID)
            visit.channel.protect(not visit.out_of_talk)
            visit.payment_watch.step(PayStep.CARD)
            wish = _asked(visit, (say("pay.just_made", amount=just.amount), say("pay.again")), no=False)
            if isinstance(wish, Way):
                return wish
    return Answer((say("pay.under_way"),), Flow.PAY, how, Result.UNDER_WAY)


def _charged(visit: Visit, till: Till, order: Order, means: Card | SavedCard, how: Choice) -> Answer:
    visit.channel.play((say("pay.wait"),), "")
    visit.channel.protect(True)
    visit.payment_watch.step(PayStep.BANK)
    visit.note(Flow.PAY, how, Result.AUTHORISING)  # noted first: who rings off now may have paid
    paid = visit.channel.meanwhile(partial(till.paying.pay, order, means))
    answer = _told(paid, how)
    visit.receipt = "" if paid is None else str(paid.number)
    visit.payment_watch.over(RESULTS[answer.result], visit.receipt)
    return replace(answer, phrases=(*answer.phrases, *_receipt(visit, till, order.payer, paid)))


def _receipt(visit: Visit, till: Till, payer: Payer | None, paid: Payment | None) -> tuple[Phrase, ...]:
    """What to say of the receipt in writing. What was posted has put it into the outbox; whether, is asked here."""
    notices = visit.services.notices
    if paid is None or payer is None or notices is None:
        return ()
    if paid.state in {PaymentState.UNKNOWN, PaymentState.AUTHORISED}:
        return (say("pay.receipt_later"),)
    if paid.state is not PaymentState.POSTED:
        return ()
    notice = receipt_notice(paid, payer, till.paying.day(), visit.services.clock.now())
    try:
        refused = visit.channel.meanwhile(partial(notices.send, notice))
    except CustomersUnavailable:
        return ()
    return () if refused else (say("pay.receipt_sent"),)


def _told(paid: Payment | None, how: Choice) -> Answer:
    if paid is None:
        return Answer((say("pay.unavailable"),), Flow.PAY, how, Result.UNAVAILABLE)
    number = str(paid.number)
    match paid.state:
        case PaymentState.POSTED:
            return Answer((say("pay.done", amount=paid.amount, number=number),), Flow.PAY, how, Result.PAID)
        case PaymentState.AUTHORISED:
            return Answer((say("pay.accepted", amount=paid.amount, number=number),), Flow.PAY, how, Result.PAID)
        case PaymentState.DECLINED:
            why = _WHY.get(paid.reason or DeclineReason.REFUSED, say("pay.declined_refused"))
            return Answer((why, say("pay.not_charged")), Flow.PAY, how, Result.DECLINED)
        case _:
            return Answer((say("pay.unclear", number=number),), Flow.PAY, how, Result.UNCLEAR)


_WHY: Final[Mapping[DeclineReason, Phrase]] = {
    DeclineReason.INSUFFICIENT_FUNDS: say("pay.declined_funds"),
    DeclineReason.CARD_EXPIRED: say("pay.declined_expired"),
    DeclineReason.WRONG_CVV: say("pay.declined_cvv"),
    DeclineReason.WRONG_CARD: say("pay.declined_card"),
    DeclineReason.LIMIT: say("pay.declined_limit"),
    DeclineReason.BLOCKED: say("pay.declined_blocked"),
    DeclineReason.BANK_AWAY: say("pay.declined_away"),
    DeclineReason.ABANDONED: say("pay.declined_away"),
    DeclineReason.NEVER_ARRIVED: say("pay.declined_away"),
}


# --- how much
def _amount(visit: Visit, owed: Kopecks) -> Kopecks | Way:
    if LEAST <= owed <= MOST:
        chosen = _asked(visit, (say("pay.debt", amount=owed), say("pay.which_amount")))
        if isinstance(chosen, Way):
            return chosen
        if chosen is _Pick.YES:
            return owed
    hint: tuple[Phrase, ...] = ()
    for _ in range(TRIES):
        keyed = _keyed_amount(visit, hint)
        if isinstance(keyed, Way):
            return keyed
        if not LEAST <= keyed <= MOST:
            hint = (say("pay.wrong_amount"),)
            continue
        chosen = _asked(visit, (say("pay.amount", amount=keyed), say("pay.confirm")))
        if isinstance(chosen, Way):
            return chosen
        if chosen is _Pick.YES:
            return keyed
        hint = ()
    return Way.ASTRAY


def _keyed_amount(visit: Visit, hint: tuple[Phrase, ...]) -> Kopecks | Way:
    """Roubles, then kopecks: `*` cannot part them, it begins anew."""
    patience = visit.services.patience
    roubles = enter(visit.channel, Entry((*hint, say("pay.roubles")), 1, _ROUBLE_DIGITS, patience))
    if isinstance(roubles, Way):
        return roubles
    kopecks = enter(visit.channel, Entry((say("pay.kopecks"),), 1, _KOPECK_DIGITS, patience))
    if isinstance(kopecks, Way):
        return kopecks
    if len(kopecks.digits) > _KOPECK_DIGITS:
        return Kopecks(0)
    return Kopecks(int(roubles.digits) * 100 + int(kopecks.digits))


# --- with what
def _means(visit: Visit, till: Till, number: AccountNumber, *, with_link: bool) -> Card | SavedCard | _By | Way:
    today = till.paying.day()
    open_link = told_of_open(visit, till, number)
    saved = [card for card in _saved(visit, till, number) if not card.expires.over(today)][:MOST_SAVED]
    if not saved and not with_link:
        if open_link:
            visit.channel.play(open_link)
        return key_card(visit, today)
    choices: dict[str, SavedCard | _By] = dict(
        zip(OWN_KEYS, (*saved, _By.NEW_CARD, *([_By.LINK] if with_link else [])), strict=False)
    )
    prompt = tuple(_way(way, int(key), another=bool(saved)) for key, way in choices.items())
    menu = Menu((*open_link, *prompt, say("pay.ways_back")), choices, visit.services.patience.menu_key_s)
    chosen = offer(visit, MenuName.WHICH_CARD, menu)
    return key_card(visit, today) if chosen is _By.NEW_CARD else chosen


def _way(way: SavedCard | _By, key: int, *, another: bool) -> Phrase:
    match way:
        case SavedCard():
            return say("pay.saved_card", tail=way.tail, key=key)
        case _By.NEW_CARD:
            return say("pay.new_card", key=key) if another else say("pay.by_card", key=key)
        case _By.LINK:
            return say("pay.by_link", key=key)
        case _:
            assert_never(way)


def _saved(visit: Visit, till: Till, number: AccountNumber) -> tuple[SavedCard, ...]:
    if number not in visit.proven:
        return ()
    return tuple(visit.channel.meanwhile(partial(till.paying.payments.cards, number)))


def _asked(visit: Visit, prompt: tuple[Phrase, ...], *, no: bool = True) -> _Pick | Way:
    """One is yes; two is no, where there is such a choice."""
    choices = {"1": _Pick.YES, "2": _Pick.NO} if no else {"1": _Pick.YES}
    return offer(visit, MenuName.PAY, Menu(prompt, choices, visit.services.patience.menu_key_s))
