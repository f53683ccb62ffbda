"""A process that pays once and meets a death on its way: python -m tests.kit.paying_process DATABASE ACQUIRER KEY STEP.

STEP is the step before which this process kills itself; with `database:` before it, a server process of PostgreSQL is
killed there instead, which makes PostgreSQL end every connection and recover. Prints the payment's state, or the error.
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
from customers import demo
from customers.cards import Card, CardMonth, SavedCard
from customers.fiscal import FiscalReceipt, receipt_of
from customers.money import Kopecks
from customers.paying import Order, Paying
from customers.payment_ports import Charged, PaymentsUnavailable, Refused
from customers.payments import Payment
from database.engine import open_engine
from database.payments import DatabasePayments
from gateways.acquirer import Acquirer
from gateways.sandbox_cards import TEST_CARDS
from tests.unit.test_payments import TAX

ACCOUNT: Final = demo.IN_DEBT.number
AMOUNT: Final = Kopecks(212_132)
STEPS: Final = ("begin", "begun", "authorising", "gateway", "answered", "authorised", "posted", "over")
DATABASE: Final = "database:"


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


class FatedAcquirer(Acquirer):
    fate: Fate

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        self.fate.at("gateway")
        answer = super().authorise(payment, means, receipt, keep_card=keep_card)
        self.fate.at("answered")
        return answer


def main(database: str, acquirer: str, key: str, step: str) -> None:
    logs.be_quiet()  # it would write between the words of the answer
    fate = Fate(step, database)
    payments, gateway = FatedPayments(open_engine(database)), FatedAcquirer(acquirer, key, 5)
    payments.fate = gateway.fate = fate
    paying = Paying(payments, gateway, AnchoredClock(), demo.today_of)
    receipt = receipt_of(TAX, ACCOUNT, AMOUNT, AMOUNT, None)
    card = Card(TEST_CARDS[0].number, CardMonth(2031, 7), "737")
    try:
        paid = paying.pay(Order(ACCOUNT, AMOUNT, receipt, new_call_id()), card)
    except PaymentsUnavailable:
        sys.stdout.write("unavailable")
    else:
        sys.stdout.write(paid.state.value if paid else "nobody")
    sys.stdout.flush()
    fate.at("over")


if __name__ == "__main__":
    main(*sys.argv[1:])
