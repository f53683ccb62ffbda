"""Paying the bill: how much, with which card, and what became of it.

Rules
- The sum is heard before it is paid: the whole debt as it was said, a keyed sum read back and confirmed.
- A card that was saved pays only for who gave the account's PIN in this call; a number alone can be forged.
- Whatever is heard at the end says whether money was taken; and while that is not known, that paying again is no help.
- From the choice of the card until the end is known no agent's answer takes the caller.
- Nobody pays twice unasked: a payment under way or just made is told first.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto
from functools import partial
from typing import Final, assert_never

from calls.numbers import takes_messages
from calls.paying import PayStep
from customers.accounts import AccountNumber
from customers.cards import Card, SavedCard
from customers.fiscal import receipt_of
from customers.money import Kopecks
from customers.notice_texts import ReceiptText
from customers.notices import NoticeId, notice_of
from customers.paying import Order
from customers.payment_ports import PaymentJustMade, PaymentsUnavailable, PaymentUnderWay
from customers.payments import LEAST, MOST, DeclineReason, Payment, PaymentState
from customers.ports import CustomersUnavailable
from ivr.answers import Answer
from ivr.entry import Entry, enter
from ivr.flows.pay_card import TRIES, key_card, undisturbed
from ivr.menu import OWN_KEYS, Menu, Way, choose
from ivr.till import Till
from ivr.visit import Visit
from ivr.watch import RESULTS
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

MOST_SAVED: Final = 3
"""Saved cards in the menu, the newest."""
_ROUBLE_DIGITS: Final = 6
_KOPECK_DIGITS: Final = 2


class _Pick(Enum):
    YES = auto()
    NO = auto()


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
    visit.watch.step(PayStep.CARD)
    means = _means(visit, till, number)
    if isinstance(means, Way):
        return means
    keep = False
    if isinstance(means, Card) and number in visit.proven:
        chosen = _asked(visit, (say("pay.keep_card"),))
        if chosen is Way.AGENT:
            return chosen
        keep = chosen is _Pick.YES
    receipt = receipt_of(till.tax, number, amount, owed, visit.facts.caller_number)
    order = Order(number, amount, receipt, visit.arrival.call_id, keep_card=keep)
    answer = _charged(visit, till, order, means)
    if isinstance(answer, Answer) and (visit.out_of_talk or visit.arrival.enqueued_at is not None):
        # An agent may answer in the next moment: whether money was taken is heard before that.
        visit.channel.play(answer.phrases)
        if visit.out_of_talk:
            answer = replace(answer, phrases=())
    return answer


def _charged(visit: Visit, till: Till, order: Order, means: Card | SavedCard) -> Answer | Way:
    """Charge it; once more only for who says so after hearing of the first."""
    how = Choice.CARD if isinstance(means, Card) else Choice.SAVED_CARD
    for again in (False, True):
        visit.channel.play((say("pay.wait"),), "")
        visit.channel.protect(True)
        visit.watch.step(PayStep.BANK)
        visit.note(Flow.PAY, how, Result.AUTHORISING)  # noted first: who rings off now may have paid
        try:
            paid = visit.channel.meanwhile(partial(till.paying.pay, replace(order, again=again), means))
        except PaymentUnderWay:
            return Answer((say("pay.under_way"),), Flow.PAY, how, Result.UNDER_WAY)
        except PaymentJustMade as just:
            visit.note(Flow.PAY, how, Result.JUST_PAID)
            visit.channel.protect(not visit.out_of_talk)
            visit.watch.step(PayStep.CARD)
            wish = _asked(visit, (say("pay.just_made", amount=just.amount), say("pay.again")), no=False)
            if isinstance(wish, Way):
                return wish
            continue
        answer = _told(paid, how)
        visit.receipt = "" if paid is None else str(paid.number)
        visit.watch.over(RESULTS[answer.result], visit.receipt)
        return replace(answer, phrases=(*answer.phrases, *_receipt(visit, till, paid)))
    return Answer((say("pay.under_way"),), Flow.PAY, how, Result.UNDER_WAY)


def _receipt(visit: Visit, till: Till, paid: Payment | None) -> tuple[Phrase, ...]:
    """Send the receipt to the telephone that rings, where it takes messages. Said only when it is on its way."""
    notices, phone = visit.services.notices, visit.facts.caller_number
    if paid is None or paid.state is not PaymentState.POSTED or notices is None or phone is None:
        return ()
    if not takes_messages(phone):
        return ()
    text = ReceiptText(paid.amount, str(paid.number), till.paying.day())
    notice_id = NoticeId(f"receipt-{paid.payment_id}")  # the same however often it is asked for
    notice = notice_of(notice_id, phone, text, visit.facts.language, visit.services.clock.now())
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
def _means(visit: Visit, till: Till, number: AccountNumber) -> Card | SavedCard | Way:
    today = till.paying.day()
    saved = [card for card in _saved(visit, till, number) if not card.expires.over(today)][:MOST_SAVED]
    if saved:
        offered = dict(zip(OWN_KEYS, saved, strict=False))
        new_key = OWN_KEYS[len(offered)]
        prompt = (
            *(say("pay.saved_card", tail=card.tail, key=int(key)) for key, card in offered.items()),
            say("pay.new_card", key=int(new_key)),
        )
        choices: dict[str, SavedCard | None] = {**offered, new_key: None}
        chosen = choose(visit.channel, Menu(prompt, choices, visit.services.patience.menu_key_s))
        if chosen is not None:
            return chosen
    return key_card(visit, today)


def _saved(visit: Visit, till: Till, number: AccountNumber) -> tuple[SavedCard, ...]:
    if number not in visit.proven:
        return ()
    return tuple(visit.channel.meanwhile(partial(till.paying.payments.cards, number)))


def _asked(visit: Visit, prompt: tuple[Phrase, ...], *, no: bool = True) -> _Pick | Way:
    """One is yes; two is no, where there is such a choice."""
    choices = {"1": _Pick.YES, "2": _Pick.NO} if no else {"1": _Pick.YES}
    return choose(visit.channel, Menu(prompt, choices, visit.services.patience.menu_key_s))
