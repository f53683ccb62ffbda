"""customers.payment_ports.PaymentGateway over YooKassa (API v3), by its own SDK.

From the SDK come the request and response objects with their checks; its client is tamed in yookassa_client. Needs a
contract with YooKassa for card data of one's own form (PCI DSS) and for payments without 3-D Secure.

A payment is found again by the payment's id in its metadata: the API cannot be asked by idempotency key, and a repeated
request would need the card, which nobody has any more. Idempotency keys are good for 24 hours there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import requests
from yookassa.domain.request import PaymentRequest, RefundRequest
from yookassa.domain.response import PaymentListResponse, PaymentResponse, RefundListResponse

from calls.clock import Instant, after, as_datetime, as_instant
from calls.journey import Language
from customers.cards import Card, CardToken, SavedCard
from customers.fiscal import FiscalReceipt, VatRate
from customers.money import Kopecks
from customers.payment_ports import (
    CannotReverse,
    Charged,
    GatewaySilent,
    Link,
    Refused,
    TakenBack,
    Unsettled,
)
from customers.payments import DeclineReason, Means, Payer, Payment, PaymentId
from customers.reconciliation import LineKind, RegisterLine
from gateways.yookassa_client import YooKassaClient, expected

NAME: Final = "yookassa"
API: Final = "https://api.yookassa.ru/v3"
OUR_ID: Final = "payment"
"""The name of the payment's id in the metadata, which comes back with every payment."""
PAGE: Final = 100
"""The API's most of one list."""
MOST_PAGES: Final = 1_000
ASKED_BEFORE_S: Final = 600.0
ASKED_AFTER_S: Final = 3_600.0
"""Around a payment's beginning: the clocks of both houses, and the longest that a request can be on its way."""
RUBLES: Final = "RUB"

_VAT: Final[Mapping[VatRate, int]] = {
    VatRate.NONE: 1,
    VatRate.ZERO: 2,
    VatRate.TEN: 3,
    VatRate.TWENTY: 4,
    VatRate.TEN_OF_110: 5,
    VatRate.TWENTY_OF_120: 6,
    VatRate.FIVE: 7,
    VatRate.SEVEN: 8,
    VatRate.FIVE_OF_105: 9,
    VatRate.SEVEN_OF_107: 10,
    VatRate.TWENTY_TWO: 11,
    VatRate.TWENTY_TWO_OF_122: 12,
}
_REASONS: Final[Mapping[str, DeclineReason]] = {
    "insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "card_expired": DeclineReason.CARD_EXPIRED,
    "invalid_csc": DeclineReason.WRONG_CVV,
    "invalid_card_number": DeclineReason.WRONG_CARD,
    "payment_method_limit_exceeded": DeclineReason.LIMIT,
    "payment_method_restricted": DeclineReason.BLOCKED,
    "call_issuer": DeclineReason.BLOCKED,
    "permission_revoked": DeclineReason.BLOCKED,
    "issuer_unavailable": DeclineReason.BANK_AWAY,
    "internal_timeout": DeclineReason.BANK_AWAY,
    "expired_on_confirmation": DeclineReason.LINK_EXPIRED,
    "canceled_by_merchant": DeclineReason.PAID_OTHERWISE,
}
"""cancellation_details.reason; every other one is REFUSED."""


class YooKassa:
    """`url` is API but in tests. `timeout_s`: between two parts of an answer.

    `return_url`: where its page sends who has paid by a link; without one it makes no links.
    """

    def __init__(self, shop: str, key: str, timeout_s: float, url: str = API, return_url: str = "") -> None:
        self._client = YooKassaClient(shop, key, timeout_s, url)
        self._return_url = return_url

    @property
    def name(self) -> str:
        return NAME

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        asked = _asked(payment, receipt, capture=True)
        if isinstance(means, Card):
            asked |= {"payment_method_data": {"type": "bank_card", "card": _card(means)}}
            asked |= {"save_payment_method": keep_card}
        else:
            asked |= {"payment_method_id": means.token}
        try:
            request = PaymentRequest(asked)
            request.validate()
            body = dict(request)
        except (ValueError, TypeError):
            # The SDK's own checks of the card come before anything is sent.
            return Refused(DeclineReason.WRONG_CARD)
        status, answer = self._client.send("POST", "/payments", body=body, key=payment.payment_id)
        if status == requests.codes.bad_request:
            about_card = str(answer.get("parameter", "")).startswith("payment_method")
            return Refused(DeclineReason.WRONG_CARD if about_card else DeclineReason.REFUSED)
        outcome = _outcome(PaymentResponse(expected(status, answer)))
        if isinstance(outcome, Charged | Refused):
            return outcome
        raise GatewaySilent("YooKassa works on it still.")

    @property
    def links(self) -> bool:
        return bool(self._return_url)

    def offer(self, payment: Payment, receipt: FiscalReceipt, payer: Payer) -> Link:
        """A payment in two steps that the customer confirms on YooKassa's page, which ends it after an hour."""
        asked = _asked(payment, receipt, capture=False)
        locale = "ru_RU" if payer.language is Language.RU else "en_US"
        asked |= {"confirmation": {"type": "redirect", "return_url": self._return_url, "locale": locale}}
        request = PaymentRequest(asked)
        request.validate()
        status, answer = self._client.send("POST", "/payments", body=dict(request), key=payment.payment_id)
        made = PaymentResponse(expected(status, answer))
        if made.confirmation is None:
            raise GatewaySilent("YooKassa has made no page for this payment.")
        return Link(str(made.confirmation.confirmation_url), str(made.id))

    def take(self, payment: Payment) -> Charged | Refused:
        outcome = self._settled(payment, "capture", {"amount": _money(payment.amount)})
        if isinstance(outcome, Charged | Refused):
            return outcome
        raise GatewaySilent("YooKassa works on it still.")

    def release(self, payment: Payment) -> None:
        if not isinstance(self._settled(payment, "cancel", {}), Refused):
            raise GatewaySilent("YooKassa has not given it back yet.")

    def _settled(
        self, payment: Payment, verb: str, body: Mapping[str, Any]
    ) -> Charged | Refused | TakenBack | Unsettled:
        """What a link's payment is after this was asked; what it was before, when it was settled already."""
        status, answer = self._client.send(
            "POST", f"/payments/{payment.reference}/{verb}", body=body, key=f"{payment.payment_id}-{verb}"
        )
        if status == requests.codes.bad_request:
            return self.ask(payment)
        return _outcome(PaymentResponse(expected(status, answer)))

    def ask(self, payment: Payment) -> Charged | Refused | TakenBack | Unsettled:
        if payment.means is Means.LINK and payment.reference:
            status, answer = self._client.send("GET", f"/payments/{payment.reference}")
            if status == requests.codes.not_found:
                return Unsettled.NOT_KNOWN
            return _outcome(PaymentResponse(expected(status, answer)))
        since, until = after(payment.created_at, -ASKED_BEFORE_S), after(payment.created_at, ASKED_AFTER_S)
        for found in self._payments("created_at", since, until):
            if _our_id(found) == payment.payment_id:
                return _outcome(found)
        return Unsettled.NOT_KNOWN

    def reverse(self, payment: Payment) -> None:
        """A refund in full. One that was given back already is found first: keys are forgotten after a day."""
        if not payment.reference:
            raise CannotReverse("YooKassa has not charged this payment: there is nothing to give back.")
        status, answer = self._client.send("GET", f"/payments/{payment.reference}")
        if status == requests.codes.not_found:
            raise CannotReverse("YooKassa knows of no such payment. Compare the shop with the settings.")
        outcome = _outcome(PaymentResponse(expected(status, answer)))
        if isinstance(outcome, TakenBack):
            return
        if not isinstance(outcome, Charged):
            raise CannotReverse("YooKassa has not charged this payment: there is nothing to give back.")
        request = RefundRequest({"payment_id": payment.reference, "amount": _money(payment.amount)})
        status, answer = self._client.send("POST", "/refunds", body=dict(request), key=f"{payment.payment_id}-back")
        if status == requests.codes.bad_request:
            raise CannotReverse("YooKassa refuses the refund. Its pages say why.")
        if expected(status, answer).get("status") == "canceled":
            raise CannotReverse("YooKassa refuses the refund. Its pages say why.")

    def register(self, since: Instant, until: Instant) -> Sequence[RegisterLine]:
        lines, ids = [], {}
        for found in self._payments("captured_at", since, until):
            ids[found.id] = _our_id(found)
            if found.captured_at:
                lines.append(_line(ids[found.id], found.id, LineKind.CHARGE, found.amount, found.captured_at))
        for page in self._pages("/refunds", "created_at", since, until):
            for refund in RefundListResponse(page).items or []:
                if refund.status != "succeeded":
                    continue
                if refund.payment_id not in ids:
                    status, answer = self._client.send("GET", f"/payments/{refund.payment_id}")
                    ids[refund.payment_id] = _our_id(PaymentResponse(expected(status, answer)))
                key = ids[refund.payment_id]
                lines.append(_line(key, refund.payment_id, LineKind.REVERSAL, refund.amount, refund.created_at))
        return tuple(line for line in lines if line is not None)

    def _payments(self, field: str, since: Instant, until: Instant) -> Iterator[PaymentResponse]:
        for page in self._pages("/payments", field, since, until):
            yield from PaymentListResponse(page).items or []

    def _pages(self, path: str, field: str, since: Instant, until: Instant) -> Iterator[Mapping[str, Any]]:
        asked = {f"{field}.gte": _iso(since), f"{field}.lt": _iso(until), "limit": str(PAGE)}
        for _ in range(MOST_PAGES):
            page = expected(*self._client.send("GET", path, asked=asked))
            yield page
            if not page.get("next_cursor"):
                return
            asked = {**asked, "cursor": str(page["next_cursor"])}
        raise GatewaySilent("YooKassa's list has no end.")


def _outcome(found: PaymentResponse) -> Charged | Refused | TakenBack | Unsettled:
    match found.status:
        case "succeeded":
            if found.refunded_amount is not None and found.refunded_amount.value >= found.amount.value:
                return TakenBack(found.id)
            method = found.payment_method
            saved = method is not None and method.saved
            return Charged(found.id, CardToken(method.id) if saved else None)
        case "canceled":
            told = found.cancellation_details.reason if found.cancellation_details is not None else ""
            return Refused(_REASONS.get(told, DeclineReason.REFUSED))
        case "waiting_for_capture":
            return Unsettled.HELD
        case _:
            return Unsettled.IN_PROGRESS


def _asked(payment: Payment, receipt: FiscalReceipt, *, capture: bool) -> dict[str, Any]:
    return {
        "amount": _money(payment.amount),
        "capture": capture,
        "description": f"Лицевой счёт {payment.account}",
        "metadata": {OUR_ID: payment.payment_id},
        "receipt": _receipt(receipt),
    }


def _our_id(found: PaymentResponse) -> PaymentId | None:
    known = (found.metadata or {}).get(OUR_ID)
    return None if known is None else PaymentId(str(known))


def _line(key: PaymentId | None, reference: str, kind: LineKind, amount: Any, at: str) -> RegisterLine | None:
    """None: a payment of the shop that is none of ours (another door of the same supplier)."""
    if key is None:
        return None
    kopecks = Kopecks(int(amount.value.scaleb(2)))
    return RegisterLine(key, reference, kind, kopecks, as_instant(datetime.fromisoformat(at)))


def _money(kopecks: Kopecks) -> dict[str, str]:
    return {"value": f"{kopecks // 100}.{kopecks % 100:02d}", "currency": RUBLES}


def _iso(instant: Instant) -> str:
    return as_datetime(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def _card(card: Card) -> dict[str, str]:
    return {
        "number": card.number(),
        "expiry_year": f"{card.expires.year:04d}",
        "expiry_month": f"{card.expires.month:02d}",
        "csc": card.cvv(),
    }


def _receipt(receipt: FiscalReceipt) -> dict[str, Any]:
    contact = receipt.contact
    return {
        "customer": {"phone": contact.phone.lstrip("+")} if contact.phone else {"email": contact.email},
        "tax_system_code": receipt.taxation.value,
        "items": [
            {
                "description": item.name,
                "quantity": 1,
                "amount": _money(item.amount),
                "vat_code": _VAT[item.vat],
                "payment_subject": item.subject.value,
                "payment_mode": item.method.value,
            }
            for item in receipt.items
        ],
    }
