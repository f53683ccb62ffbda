"""A link to pay by, sent to the telephone that rings: for who would not key a card.

The link is made first and told only by the message; when none goes out, nobody ever knows it and it is forgotten.
"""

from functools import partial
from typing import Final

from calls.numbers import takes_messages
from customers.accounts import AccountNumber
from customers.notices import Way as NoticeWay
from customers.paying import Order
from customers.payment_notices import link_notice
from customers.payment_ports import PaymentsUnavailable
from customers.payments import Payer
from customers.ports import CustomersUnavailable
from ivr.answers import Answer
from ivr.till import Till
from ivr.visit import Visit
from ivr.words import Choice, Flow, Result
from prompts.phrase import Phrase, say

_TAIL: Final = 4
"""Last digits of the number that are said, as of a card: two would fit too many telephones of one house."""


def payer_of(visit: Visit) -> Payer | None:
    """The telephone that rings, where messages go out and it takes them: only then anything is promised in writing."""
    notices, phone = visit.services.notices, visit.facts.caller_number
    if notices is None or phone is None or NoticeWay.SMS not in notices.ways() or not takes_messages(phone):
        return None
    return Payer(phone, visit.facts.language)


def told_of_open(visit: Visit, till: Till, number: AccountNumber) -> tuple[Phrase, ...]:
    """That a link waits to be paid, and what becomes of it; nothing when there is none."""
    if not till.paying.gateway.links:
        return ()
    link = visit.channel.meanwhile(partial(till.paying.open_link, number))
    return () if link is None else (say("pay.link_open", amount=link.amount),)


def send_link(visit: Visit, till: Till, order: Order, payer: Payer) -> Answer:
    """Have a link made and send it. Raises PaymentUnderWay, PaymentJustMade, PaymentsUnavailable."""
    sent = visit.channel.meanwhile(partial(_sent, visit, till, order, payer))
    if not sent:
        return Answer((say("pay.link_not_sent"),), Flow.PAY, Choice.LINK, Result.UNAVAILABLE)
    return Answer((say("pay.link_sent", tail=payer.phone[-_TAIL:]),), Flow.PAY, Choice.LINK, Result.SENT)


def _sent(visit: Visit, till: Till, order: Order, payer: Payer) -> bool:
    offered = till.paying.offer(order, payer)
    if offered is None:
        return False
    payment, link = offered
    if link is None:
        return False
    notice = link_notice(payment, payer, link.address, visit.services.clock.now())
    notices = visit.services.notices
    try:
        if notices is not None and notices.send(notice) is None:
            return True
        till.paying.withdraw(payment)
    except (CustomersUnavailable, PaymentsUnavailable):
        pass  # the link ends by itself, and nobody knows it
    return False
