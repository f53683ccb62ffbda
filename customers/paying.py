"""Drives a payment through its states. Every step is committed before the next one leaves the house.

What ends a process at any instant leaves a row, and `resolve` finishes it later, in any process:
- before `authorising` was committed the gateway has heard of nothing: declined as abandoned;
- from then on only the gateway knows: it is asked, and nothing is ever charged a second time;
- charged and not in the ledger yet: entered now, once, because the move is the ledger's transaction.

A link is offered and never in the way of another payment. Of both, one bill's money is taken once: what is paid by a
link is only held, and `resolve_links` takes it unless the account was paid otherwise since; then it is given back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, assert_never

import structlog

from calls.clock import Clock, Instant, after
from calls.ids import CallId
from customers.accounts import AccountNumber
from customers.cards import Card, SavedCard
from customers.fiscal import FiscalReceipt
from customers.money import Kopecks
from customers.payment_ports import (
    Charged,
    GatewayAway,
    GatewaySilent,
    Link,
    PaymentGateway,
    PaymentJustMade,
    Payments,
    PaymentsUnavailable,
    PaymentUnderWay,
    Refused,
    TakenBack,
    Unsettled,
)
from customers.payments import (
    LINK_S,
    DeclineReason,
    Means,
    Payer,
    Payment,
    PaymentId,
    PaymentState,
    charged,
    declined,
    new_payment,
    offered,
    posted,
    sent,
    taken_back,
    unclear,
)

log = structlog.get_logger(__name__)

JUST_S: Final = 15 * 60.0
"""A payment so long ago was "just made": whoever pays again then has probably rung twice."""
SETTLE_S: Final = 60.0
"""A payment that has not moved for so long is driven by nobody: longer than all time limits on its way."""
LOST_S: Final = 15 * 60.0
"""So long after it was sent a payment that the gateway does not know will not arrive there any more."""


MOST_LINKS: Final = 50
"""Asked about in one look, in turns: a look is over within the lease of who looks."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer has confirmed. `again`: also so soon after another payment. `keep_card`: with leave to.

    `payer`: who gets the receipt in writing.
    """

    account: AccountNumber
    amount: Kopecks
    receipt: FiscalReceipt
    call_id: CallId
    again: bool = False
    keep_card: bool = False
    payer: Payer | None = None


class Paying:
    """`day_of`: the supplier's calendar day of an instant, for the ledger."""

    def __init__(
        self, payments: Payments, gateway: PaymentGateway, clock: Clock, day_of: Callable[[Instant], date]
    ) -> None:
        self.payments: Final = payments
        self.gateway: Final = gateway
        self._clock = clock
        self._day_of = day_of
        self._asked = 0

    def day(self, later_s: float = 0.0) -> date:
        """The supplier's calendar day, now or so many seconds later."""
        return self._day_of(after(self._clock.now(), later_s))

    def pay(self, order: Order, means: Card | SavedCard) -> Payment | None:
        """Charge and enter it. None: no such account. The payment comes back as far as it has come:

        posted; authorised (charged, entered later); declined with its reason; unknown (the gateway is asked later).
        Raises PaymentUnderWay, PaymentJustMade, PaymentsUnavailable: nothing was charged.
        """
        created = self._begun(order, Means.CARD if isinstance(means, Card) else Means.SAVED_CARD, means.tail)
        if created is None:
            return None
        told = sent(created, self._clock.now())
        if not self._write(created, told):
            # So slow that it was taken for abandoned: it is over, and the gateway must not hear of it.
            return self.payments.find(created.payment_id) or created
        return self._kept_going(told, self._authorise(told, order, means), means)

    def offer(self, order: Order, payer: Payer) -> tuple[Payment, Link | None] | None:
        """Have a link made; None in its place: the payment is declined. None alone: no such account.

        Raises PaymentUnderWay, PaymentJustMade, PaymentsUnavailable: there is no link then that anybody knows.
        """
        created = self._begun(order, Means.LINK, "")
        if created is None:
            return None
        try:
            link = self.gateway.offer(created, order.receipt, payer)
        except (GatewayAway, GatewaySilent):
            over = declined(created, DeclineReason.BANK_AWAY, self._clock.now())
            self._write(created, over)
            return over, None
        open_now = offered(created, link.reference, self._clock.now())
        if not self._write(created, open_now):
            return self.payments.find(created.payment_id) or created, None
        return open_now, link

    def withdraw(self, link: Payment) -> None:
        """Forget a link that was told to nobody. Raises PaymentsUnavailable."""
        self._write(link, declined(link, DeclineReason.ABANDONED, self._clock.now()))

    def open_link(self, account: AccountNumber) -> Payment | None:
        """The newest link by which this account can still be paid. Raises PaymentsUnavailable."""
        return self.payments.open_link(account, after(self._clock.now(), -LINK_S))

    def _begun(self, order: Order, means: Means, tail: str) -> Payment | None:
        now = self._clock.now()
        new = new_payment(
            order.account, order.amount, means, tail, self.gateway.name, order.call_id, now, order.payer
        )  # fmt: skip
        return self.payments.begin(new, after(now, -JUST_S), again=order.again)

    def _authorise(self, told: Payment, order: Order, means: Card | SavedCard) -> Charged | Refused | None:
        """None: it may have been charged."""
        try:
            return self.gateway.authorise(told, means, order.receipt, keep_card=order.keep_card)
        except GatewayAway:
            return Refused(DeclineReason.BANK_AWAY)
        except GatewaySilent:
            log.warning("payment_unclear", payment_id=told.payment_id, call_id=told.call_id)
            return None

    def _kept_going(self, told: Payment, answer: Charged | Refused | None, means: Card | SavedCard) -> Payment:
        """Keep the answer. With the database away the payment is what the gateway said; `resolve` enters it later."""
        now = self._clock.now()
        match answer:
            case None:
                following = unclear(told, now)
            case Refused():
                following = declined(told, answer.reason, now)
            case Charged():
                following = charged(told, answer.reference, now)
            case _:
                assert_never(answer)
        try:
            if not self._write(told, following):
                return self.payments.find(told.payment_id) or following
            if following.state is PaymentState.AUTHORISED:
                following = self._post(following)
            if isinstance(answer, Charged) and answer.token is not None and isinstance(means, Card):
                card = SavedCard(answer.token, means.tail, means.expires)
                self.payments.save_card(told.account, card, self._clock.now())
        except PaymentsUnavailable:
            log.warning("payment_not_entered_yet", payment_id=told.payment_id, call_id=told.call_id)
        return following

    def _post(self, authorised: Payment) -> Payment:
        entered = posted(authorised, self._clock.now())
        if self._write(authorised, entered):
            return entered
        return self.payments.find(authorised.payment_id) or authorised

    def _write(self, before: Payment, following: Payment) -> bool:
        return self.payments.write(before, following, self._day_of(following.changed_at))

    # --- afterwards, in whatever process does it
    def resolve_due(self) -> int:
        """Finish what nobody drives any more; how many came to an end. Raises PaymentsUnavailable."""
        finished = 0
        for payment in self.payments.open(after(self._clock.now(), -SETTLE_S)):
            if payment.gateway != self.gateway.name:
                log.warning("payment_of_another_gateway", payment_id=payment.payment_id, gateway=payment.gateway)
                continue
            try:
                finished += self.resolve(payment)
            except (GatewayAway, GatewaySilent):
                log.warning("gateway_not_asked", payment_id=payment.payment_id)
        return finished

    def resolve(self, payment: Payment) -> bool:
        """One step or more towards its end; whether it has reached it. Raises what the ports raise."""
        now = self._clock.now()
        match payment.state:
            case PaymentState.CREATED:
                return self._write(payment, declined(payment, DeclineReason.ABANDONED, now))
            case PaymentState.AUTHORISED:
                return self._post(payment).state is PaymentState.POSTED
            case PaymentState.AUTHORISING | PaymentState.UNKNOWN:
                return self._ask(payment)
            case PaymentState.OFFERED:
                return self._look_at(payment)
            case PaymentState.POSTED | PaymentState.DECLINED | PaymentState.REVERSED:
                return False
            case _:
                assert_never(payment.state)

    def _ask(self, payment: Payment) -> bool:
        answer = self.gateway.ask(payment)
        now = self._clock.now()
        match answer:
            case Charged():
                following = charged(payment, answer.reference, now)
                return self._write(payment, following) and self._post(following).state is PaymentState.POSTED
            case TakenBack():
                following = charged(payment, answer.reference, now)
                return self._write(payment, following) and self._write(following, taken_back(following, now))
            case Refused():
                return self._write(payment, declined(payment, answer.reason, now))
            case Unsettled.HELD:
                return self._take(payment)
            case Unsettled.NOT_KNOWN if now >= after(payment.created_at, LOST_S):
                return self._write(payment, declined(payment, DeclineReason.NEVER_ARRIVED, now))
            case Unsettled():
                if payment.state is PaymentState.AUTHORISING:
                    self._write(payment, unclear(payment, now))
                return False
            case _:
                assert_never(answer)

    # --- links
    def resolve_links(self) -> int:
        """Ask about open links, so many in a look and all in turns; how many came to an end.

        A gateway that cannot be asked now is asked at the next look. Raises PaymentsUnavailable.
        """
        finished = 0
        links = self.payments.offered(self._asked, MOST_LINKS)
        self._asked = links[-1].number if len(links) == MOST_LINKS else 0
        for link in links:
            if link.gateway != self.gateway.name:
                log.warning("payment_of_another_gateway", payment_id=link.payment_id, gateway=link.gateway)
                continue
            try:
                finished += self._look_at(link)
            except (GatewayAway, GatewaySilent):
                log.warning("gateway_not_asked", payment_id=link.payment_id)
                break
        return finished

    def _look_at(self, link: Payment) -> bool:
        answer = self.gateway.ask(link)
        now = self._clock.now()
        match answer:
            case Unsettled.HELD:
                return self._take_up(link)
            case Charged() | TakenBack():
                # Taken by hand at the gateway: it is too late to give it back untaken, so it is entered.
                told = sent(link, now)
                return self._taken_up(link, told, again=True) and self._ask(told)
            case Refused():
                return self._write(link, declined(link, answer.reason, now))
            case Unsettled.NOT_KNOWN if now >= after(link.created_at, LINK_S + LOST_S):
                return self._write(link, declined(link, DeclineReason.LINK_EXPIRED, now))
            case Unsettled():
                return False
            case _:
                assert_never(answer)

    def _take_up(self, link: Payment) -> bool:
        told = sent(link, self._clock.now())
        try:
            return self._taken_up(link, told) and self._take(told)
        except PaymentJustMade:
            self.gateway.release(link)
            return self._write(link, declined(link, DeclineReason.PAID_OTHERWISE, self._clock.now()))

    def _taken_up(self, link: Payment, told: Payment, *, again: bool = False) -> bool:
        """False also while another payment of the account is under way: what becomes of it decides."""
        try:
            return self.payments.take_up(link, told, again=again)
        except PaymentUnderWay:
            return False

    def _take(self, told: Payment) -> bool:
        answer = self.gateway.take(told)
        now = self._clock.now()
        if isinstance(answer, Refused):
            return self._write(told, declined(told, answer.reason, now))
        following = charged(told, answer.reference, now)
        return self._write(told, following) and self._post(following).state is PaymentState.POSTED

    def reverse(self, payment_id: PaymentId) -> Payment | None:
        """Give a charged payment back: the gateway first, then the ledger. None: no such payment.

        Done again after a break it ends the same. Raises IllegalPaymentMove, CannotReverse, GatewayAway, GatewaySilent,
        PaymentsUnavailable.
        """
        payment = self.payments.find(payment_id)
        if payment is None or payment.state is PaymentState.REVERSED:
            return payment
        back = taken_back(payment, self._clock.now())
        self.gateway.reverse(payment)
        return back if self._write(payment, back) else self.payments.find(payment_id)
