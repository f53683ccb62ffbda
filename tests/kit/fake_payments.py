"""Payments in memory and an acquirer in memory, for the unit tests of flows and of paying.

tests/integration/test_database_payments.py runs one contract over these payments and over the database,
tests/integration/test_gateways_payments.py one over this gateway and over the real adapters.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from calls.clock import Instant
from customers.accounts import AccountNumber, EntryKind, LedgerEntry
from customers.cards import Card, CardToken, SavedCard
from customers.fiscal import FiscalReceipt
from customers.money import Kopecks
from customers.notices import Notices
from customers.payment_notices import receipt_notice
from customers.payment_ports import (
    CannotReverse,
    Charged,
    GatewayAway,
    GatewaySilent,
    Link,
    PaymentJustMade,
    PaymentsUnavailable,
    PaymentUnderWay,
    Refused,
    TakenBack,
    Unsettled,
)
from customers.payments import UNDER_WAY, DeclineReason, Payer, Payment, PaymentId, PaymentState
from customers.reconciliation import Difference, LineKind, RegisterLine
from tests.kit.fake_customers import FakeCustomers

FIRST_NUMBER = 100_001
"""As database.payments gives it to the first."""


class FakePayments:
    """Over the fake customers' ledger. `down`: what the real one raises without its database.

    `dies`: called before each step with its name; what it raises goes out, as a process that ends there.
    """

    def __init__(
        self,
        customers: FakeCustomers,
        dies: Callable[[str], None] = lambda step: None,
        notices: Notices | None = None,
    ) -> None:
        self.customers = customers
        self.notices = notices
        self.payments: dict[PaymentId, Payment] = {}
        self.saved: list[tuple[AccountNumber, SavedCard]] = []
        self.found: dict[date, list[Difference]] = {}
        self.down = False
        self.dies = dies

    def begin(self, payment: Payment, just_since: Instant, *, again: bool = False) -> Payment | None:
        self._check("begin")
        if payment.account not in self.customers.accounts:
            return None
        self._free(payment.account, just_since, again)
        kept = replace(payment, number=FIRST_NUMBER + len(self.payments))
        self.payments[payment.payment_id] = kept
        return kept

    def write(self, before: Payment, after: Payment, day: date) -> bool:
        self._check(f"write {after.state}")
        kept = self.payments.get(before.payment_id)
        if kept is None or kept.state is not before.state:
            return False
        self.payments[before.payment_id] = after
        if after.state is PaymentState.POSTED:
            self._enter(after.account, day, EntryKind.PAYMENT, after.amount)
            if self.notices is not None and before.payer is not None:
                self.notices.send(receipt_notice(after, before.payer, day, after.changed_at))
        elif after.state is PaymentState.REVERSED and before.state is PaymentState.POSTED:
            self._enter(after.account, day, EntryKind.CORRECTION, Kopecks(-after.amount))
        self._check(f"written {after.state}")
        return True

    def take_up(self, before: Payment, after: Payment, *, again: bool = False) -> bool:
        self._check("take up")
        kept = self.payments.get(before.payment_id)
        if kept is None or kept.state is not before.state:
            return False
        self._free(before.account, before.created_at, again)
        self.payments[before.payment_id] = after
        self._check("taken up")
        return True

    def _free(self, account: AccountNumber, just_since: Instant, again: bool) -> None:
        of_account = [each for each in self.payments.values() if each.account == account]
        if any(each.state in UNDER_WAY for each in of_account):
            raise PaymentUnderWay
        just = [each for each in of_account if each.state is PaymentState.POSTED and each.changed_at >= just_since]
        if just and not again:
            raise PaymentJustMade(max(just, key=lambda each: each.changed_at).amount)

    def offered(self, after_number: int, most: int) -> Sequence[Payment]:
        self._check("offered")
        links = [each for each in self._links() if each.number > after_number]
        return sorted(links, key=lambda each: each.number)[:most]

    def open_link(self, account: AccountNumber, since: Instant) -> Payment | None:
        self._check("open_link")
        links = [each for each in self._links() if each.account == account and each.created_at > since]
        return max(links, key=lambda each: each.number, default=None)

    def _links(self) -> list[Payment]:
        return [each for each in self.payments.values() if each.state is PaymentState.OFFERED]

    def find(self, payment_id: PaymentId) -> Payment | None:
        self._check("find")
        return self.payments.get(payment_id)

    def open(self, before: Instant) -> Sequence[Payment]:
        self._check("open")
        due = [each for each in self.payments.values() if each.state in UNDER_WAY and each.changed_at < before]
        return sorted(due, key=lambda each: each.changed_at)

    def made(self, since: Instant, until: Instant) -> Sequence[Payment]:
        self._check("made")
        of_time = [each for each in self.payments.values() if since <= each.created_at < until]
        return sorted(of_time, key=lambda each: each.number)

    def cards(self, account: AccountNumber) -> Sequence[SavedCard]:
        self._check("cards")
        return [card for of, card in reversed(self.saved) if of == account]

    def save_card(self, account: AccountNumber, card: SavedCard, at: Instant) -> None:
        self._check("save_card")
        if account in self.customers.accounts:
            self.saved = [(of, known) for of, known in self.saved if known.token != card.token] + [(account, card)]

    def forget_card(self, token: CardToken) -> None:
        self._check("forget_card")
        self.saved = [(of, card) for of, card in self.saved if card.token != token]

    def report(self, day: date, differences: Sequence[Difference], at: Instant) -> int:
        self._check("report")
        known = self.found.setdefault(day, [])
        new = [
            each for each in differences if (each.payment_id, each.kind) not in {(k.payment_id, k.kind) for k in known}
        ]
        known += new
        return len(new)

    def differences(self, day: date) -> Sequence[Difference]:
        self._check("differences")
        return sorted(self.found.get(day, []), key=lambda each: each.payment_id)

    def _enter(self, account: AccountNumber, day: date, kind: EntryKind, amount: Kopecks) -> None:
        fake = self.customers.accounts[account]
        fake.ledger = (*fake.ledger, LedgerEntry(account, day, kind, amount, "Оплата по телефону"))

    def _check(self, step: str) -> None:
        self.dies(step)
        if self.down:
            raise PaymentsUnavailable


@dataclass
class _Known:
    answer: Charged | Refused | Unsettled
    amount: Kopecks
    at: Instant
    reversed: bool = False


class FakeGateway:
    """Charges every card but those in `refuses` (by their last four digits). `charges` counts what really was taken.

    `away`: not reached; `silent`: charges, and its answer is lost; `lost`: what it is told never arrives. `links`:
    whether it makes any; `customer_pays` is what happens on its page.
    """

    name = "fake"

    def __init__(self, dies: Callable[[str], None] = lambda step: None) -> None:
        self.refuses: dict[str, DeclineReason] = {}
        self.silences: set[str] = set()
        self.away = self.silent = self.lost = self.working = self.links = False
        self.known: dict[PaymentId, _Known] = {}
        self.seen: list[str] = []
        self.receipts: list[FiscalReceipt] = []
        self.dies = dies
        self._lock = threading.Lock()

    @property
    def charges(self) -> int:
        return sum(isinstance(each.answer, Charged) and not each.reversed for each in self.known.values())

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        self.dies("gateway")
        self._reach()
        if self.lost:
            raise GatewaySilent
        with self._lock:
            if payment.payment_id not in self.known:
                reason = self.refuses.get(means.tail)
                token = CardToken(f"token-{means.tail}") if keep_card else None
                answer = Refused(reason) if reason else Charged(f"ref-{len(self.known) + 1}", token)
                self.known[payment.payment_id] = _Known(answer, payment.amount, payment.changed_at)
                self.receipts.append(receipt)
        self.dies("gateway done")
        if self.silent or means.tail in self.silences:
            raise GatewaySilent
        return self._told(payment)

    def _told(self, payment: Payment) -> Charged | Refused:
        answer = self.known[payment.payment_id].answer
        if isinstance(answer, Unsettled):
            raise GatewaySilent
        return answer

    def offer(self, payment: Payment, receipt: FiscalReceipt, payer: Payer) -> Link:
        self.dies("offer")
        self._reach()
        if self.lost:
            raise GatewaySilent
        if payment.payment_id not in self.known:
            self.known[payment.payment_id] = _Known(Unsettled.IN_PROGRESS, payment.amount, payment.created_at)
            self.receipts.append(receipt)
        self.dies("offer done")
        return Link(f"https://pay.example.org/{payment.payment_id[-8:]}", f"link-{payment.payment_id[-8:]}")

    def customer_pays(self, payment: Payment) -> bool:
        """Whether the page takes the money: it is then held."""
        known = self.known[payment.payment_id]
        if known.answer is Unsettled.IN_PROGRESS:
            known.answer = Unsettled.HELD
            return True
        return False

    def link_expires(self, payment: Payment) -> None:
        known = self.known[payment.payment_id]
        if known.answer is Unsettled.IN_PROGRESS:
            known.answer = Refused(DeclineReason.LINK_EXPIRED)

    def take(self, payment: Payment) -> Charged | Refused:
        self.dies("take")
        self._reach()
        if self.lost:
            raise GatewaySilent
        known = self.known[payment.payment_id]
        if known.answer is Unsettled.HELD:
            known.answer, known.at = Charged(f"ref-{len(self.known)}"), payment.changed_at
        self.dies("take done")
        if self.silent:
            raise GatewaySilent
        return self._told(payment)

    def release(self, payment: Payment) -> None:
        self.dies("release")
        self._reach()
        known = self.known[payment.payment_id]
        if isinstance(known.answer, Unsettled):
            known.answer = Refused(DeclineReason.PAID_OTHERWISE)
        self.dies("release done")

    def ask(self, payment: Payment) -> Charged | Refused | TakenBack | Unsettled:
        self._reach()
        known = self.known.get(payment.payment_id)
        if self.working:
            return Unsettled.IN_PROGRESS
        if known is None:
            return Unsettled.NOT_KNOWN
        if known.reversed and isinstance(known.answer, Charged):
            return TakenBack(known.answer.reference)
        return known.answer

    def reverse(self, payment: Payment) -> None:
        self._reach()
        known = self.known.get(payment.payment_id)
        if known is None or not isinstance(known.answer, Charged):
            raise CannotReverse("It was not charged.")
        known.reversed = True

    def register(self, since: Instant, until: Instant) -> Sequence[RegisterLine]:
        self._reach()
        lines = []
        for key, known in self.known.items():
            if isinstance(known.answer, Charged) and since <= known.at < until:
                lines.append(RegisterLine(key, known.answer.reference, LineKind.CHARGE, known.amount, known.at))
                if known.reversed:
                    lines.append(RegisterLine(key, known.answer.reference, LineKind.REVERSAL, known.amount, known.at))
        return lines

    def _reach(self) -> None:
        if self.away:
            raise GatewayAway
