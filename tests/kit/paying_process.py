"""A process that pays once and meets a death on its way: python -m tests.kit.paying_process DATABASE ACQUIRER KEY STEP.

STEP is the step before which this process kills itself; with `database:` before it, a server process of PostgreSQL is
killed there instead, which makes PostgreSQL end every connection and recover; with `acquirer:PID:` before it that
process is. Prints the payment's state, or the error. A fifth word says what is done:
  pay       charge a card (without the word)
  offer     have a link made; prints its address too
  look      what the monitor does, at once: take what was paid by links
"""

import os
import signal
import sys
from datetime import date
from typing import Final

import psycopg

from callcentre import logs
from calls.clock import AnchoredClock, Instant
from calls.ids import new_call_id
from calls.journey import Language
from calls.outgoing import OutgoingRules
from customers import demo
from customers.cards import Card, CardMonth, SavedCard
from customers.fiscal import FiscalReceipt, receipt_of
from customers.money import Kopecks
from customers.notices import NoticeRules, Way
from customers.paying import Order, Paying
from customers.payment_ports import Charged, Link, PaymentsUnavailable, Refused, TakenBack, Unsettled
from customers.payments import Payer, Payment
from database.engine import open_engine
from database.payments import DatabasePayments
from gateways.acquirer import Acquirer
from gateways.sandbox_cards import TEST_CARDS
from tests.unit.test_payments import TAX

ACCOUNT: Final = demo.IN_DEBT.number
AMOUNT: Final = Kopecks(212_132)
STEPS: Final = ("begin", "begun", "authorising", "gateway", "answered", "authorised", "posted", "over")
OFFER_STEPS: Final = ("begin", "begun", "gateway", "answered", "offered", "over")
TAKE_STEPS: Final = ("ask", "authorising", "gateway", "answered", "authorised", "posted", "over")
BACK_STEPS: Final = ("authorising", "gateway", "answered", "declined", "over")
DATABASE: Final = "database:"
ACQUIRER: Final = "acquirer:"
PAYER: Final = Payer(demo.TRUSTED.phone, Language.RU)
RULES: Final = NoticeRules(frozenset(Way), OutgoingRules(prefixes=("+7306",)))


class Fate:
    def __init__(self, step: str, database: str) -> None:
        self._step = step
        self._database = database

    def at(self, step: str) -> None:
        if self._step == step:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._step == DATABASE + step:
            self._step = ""
            with psycopg.connect(self._database, connect_timeout=5) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
        word, _, rest = self._step.partition(":")
        pid, _, where = rest.partition(":")
        if f"{word}:" == ACQUIRER and where == step:
            self._step = ""
            os.kill(int(pid), signal.SIGKILL)


class FatedPayments(DatabasePayments):
    fate: Fate

    def begin(self, payment: Payment, just_since: Instant, *, again: bool = False) -> Payment | None:
        self.fate.at("begin")
        begun = super().begin(payment, just_since, again=again)
        self.fate.at("begun")
        return begun

    def write(self, before: Payment, after: Payment, day: date) -> bool:
        self.fate.at(after.state.value)
        return super().write(before, after, day)

    def take_up(self, before: Payment, after: Payment, *, again: bool = False) -> bool:
        self.fate.at(after.state.value)
        return super().take_up(before, after, again=again)


class FatedAcquirer(Acquirer):
    fate: Fate

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        self.fate.at("gateway")
        answer = super().authorise(payment, means, receipt, keep_card=keep_card)
        self.fate.at("answered")
        return answer

    def ask(self, payment: Payment) -> Charged | Refused | TakenBack | Unsettled:
        self.fate.at("ask")
        return super().ask(payment)

    def offer(self, payment: Payment, receipt: FiscalReceipt, payer: Payer) -> Link:
        self.fate.at("gateway")
        link = super().offer(payment, receipt, payer)
        self.fate.at("answered")
        return link

    def take(self, payment: Payment) -> Charged | Refused:
        self.fate.at("gateway")
        answer = super().take(payment)
        self.fate.at("answered")
        return answer

    def release(self, payment: Payment) -> None:
        self.fate.at("gateway")
        super().release(payment)
        self.fate.at("answered")


def main(database: str, acquirer: str, key: str, step: str, work: str = "pay") -> None:
    logs.be_quiet()  # it would write between the words of the answer
    fate = Fate(step, database)
    payments, gateway = FatedPayments(open_engine(database), RULES), FatedAcquirer(acquirer, key, 5)
    payments.fate = gateway.fate = fate
    paying = Paying(payments, gateway, AnchoredClock(), demo.today_of)
    receipt = receipt_of(TAX, ACCOUNT, AMOUNT, AMOUNT, None)
    order = Order(ACCOUNT, AMOUNT, receipt, new_call_id(), payer=PAYER)
    try:
        sys.stdout.write(done(paying, order, work))
    except PaymentsUnavailable:
        sys.stdout.write("unavailable")
    sys.stdout.flush()
    fate.at("over")


def done(paying: Paying, order: Order, work: str) -> str:
    match work:
        case "look":
            return str(paying.resolve_links())
        case "offer":
            offered = paying.offer(order, PAYER)
            link = offered[1] if offered else None
            return f"{offered[0].state if offered else 'nobody'} {link.address if link else ''}"
        case _:
            paid = paying.pay(order, Card(TEST_CARDS[0].number, CardMonth(2031, 7), "737"))
            return paid.state.value if paid else "nobody"


if __name__ == "__main__":
    main(*sys.argv[1:])
