"""customers.payment_ports.PaymentGateway over the sandbox acquirer's HTTP (gateways.acquirer_messages)."""

from collections.abc import Sequence
from typing import Final, TypeVar

import httpx
import msgspec

from calls.clock import Instant, after
from customers.cards import Card, CardToken, SavedCard
from customers.fiscal import FiscalReceipt
from customers.money import Kopecks
from customers.payment_ports import (
    CannotReverse,
    Charged,
    GatewayAway,
    GatewaySilent,
    Link,
    Refused,
    TakenBack,
    Unsettled,
)
from customers.payments import LINK_S, DeclineReason, Payer, Payment, PaymentId
from customers.reconciliation import LineKind, RegisterLine
from gateways.acquirer_messages import (
    IDEMPOTENCY,
    Answer,
    CardData,
    Charge,
    Item,
    LinkMade,
    LinkOrder,
    Receipt,
    Register,
)

NAME: Final = "sandbox"
T = TypeVar("T")


class Acquirer:
    """`url`: http://127.0.0.1:8091, without a slash at its end. `timeout_s`: of one request from its first byte on."""

    def __init__(self, url: str, key: str, timeout_s: float) -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._url = url
        self._http = httpx.Client(base_url=url, headers=headers, timeout=httpx.Timeout(timeout_s), trust_env=False)

    @property
    def name(self) -> str:
        return NAME

    def close(self) -> None:
        self._http.close()

    def authorise(
        self, payment: Payment, means: Card | SavedCard, receipt: FiscalReceipt, *, keep_card: bool = False
    ) -> Charged | Refused:
        charge = Charge(
            amount=payment.amount,
            receipt=_receipt(receipt),
            card=_card(means) if isinstance(means, Card) else None,
            token=means.token if isinstance(means, SavedCard) else "",
            keep_card=keep_card,
        )
        body = msgspec.json.encode(charge)
        response = self._ask("POST", "/payments", body=body, headers={IDEMPOTENCY: payment.payment_id})
        answer = self._read(response, Answer)
        match answer.status:
            case "charged":
                return Charged(answer.reference, CardToken(answer.token) if answer.token else None)
            case "refused":
                return Refused(_reason(answer.reason))
            case _:
                raise GatewaySilent("The acquirer works on it still.")

    def ask(self, payment: Payment) -> Charged | Refused | TakenBack | Unsettled:
        response = self._ask("GET", f"/payments/{payment.payment_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            return Unsettled.NOT_KNOWN
        answer = self._read(response, Answer)
        match answer.status:
            case "charged":
                return Charged(answer.reference, CardToken(answer.token) if answer.token else None)
            case "refused":
                return Refused(_reason(answer.reason))
            case "reversed":
                return TakenBack(answer.reference)
            case "held":
                return Unsettled.HELD
            case "in_progress" | "waiting":
                return Unsettled.IN_PROGRESS

    @property
    def links(self) -> bool:
        return True

    def offer(self, payment: Payment, receipt: FiscalReceipt, payer: Payer) -> Link:
        order = LinkOrder(
            payment.amount, _receipt(receipt), after(payment.created_at, LINK_S), payer.language.value
        )  # fmt: skip
        body = msgspec.json.encode(order)
        made = self._read(
            self._ask("POST", "/links", body=body, headers={IDEMPOTENCY: payment.payment_id}), LinkMade
        )  # fmt: skip
        return Link(f"{self._url}{made.path}", made.reference)

    def take(self, payment: Payment) -> Charged | Refused:
        response = self._ask("POST", f"/payments/{payment.payment_id}/capture")
        if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}:
            raise GatewaySilent("The acquirer holds nothing of this payment; it is asked what became of it.")
        answer = self._read(response, Answer)
        return Charged(answer.reference) if answer.status == "charged" else Refused(_reason(answer.reason))

    def release(self, payment: Payment) -> None:
        response = self._ask("POST", f"/payments/{payment.payment_id}/release")
        if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}:
            raise GatewaySilent("The acquirer holds nothing of this payment; it is asked what became of it.")
        self._read(response, Answer)

    def reverse(self, payment: Payment) -> None:
        response = self._ask("POST", f"/payments/{payment.payment_id}/reversal")
        if response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}:
            raise CannotReverse("The acquirer has not charged this payment: there is nothing to give back.")
        self._read(response, Answer)

    def register(self, since: Instant, until: Instant) -> Sequence[RegisterLine]:
        found = self._read(self._ask("GET", f"/register?since={since}&until={until}"), Register)
        return tuple(
            RegisterLine(
                PaymentId(line.payment_id), line.reference, LineKind(line.kind), Kopecks(line.amount), Instant(line.at)
            )
            for line in found.lines
        )

    def _ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
        """Raises without the exception of httpx, which holds the request and so the card."""
        try:
            response = self._http.request(method, path, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise GatewayAway(f"The acquirer is not reached ({type(error).__name__}). Check that it runs.") from None
        except httpx.HTTPError as error:
            raise GatewaySilent(f"The acquirer gave no answer ({type(error).__name__}).") from None
        if response.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise GatewayAway(f"The acquirer takes no such request ({response.status_code}). Check the shop's key.")
        return response

    @staticmethod
    def _read(response: httpx.Response, kind: type[T]) -> T:
        if not response.is_success:
            raise GatewaySilent(f"The acquirer answered {response.status_code}.")
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.MsgspecError:
            raise GatewaySilent("The acquirer's answer is not understood.") from None


def _card(card: Card) -> CardData:
    return CardData(card.number(), card.expires.year, card.expires.month, card.cvv())


def _receipt(receipt: FiscalReceipt) -> Receipt:
    return Receipt(
        receipt.taxation.value,
        receipt.contact.phone or receipt.contact.email,
        [Item(item.name, item.amount, item.vat.value, item.subject.value, item.method.value) for item in receipt.items],
    )


def _reason(word: str) -> DeclineReason:
    try:
        return DeclineReason(word)
    except ValueError:
        return DeclineReason.REFUSED
