"""What the sandbox acquirer and its client say to each other, in JSON. Amounts are whole kopecks, instants UTC ms.

    POST /payments                  Idempotency-Key: the payment's id; Charge -> Answer
    GET  /payments/ID               -> Answer; 404: no such payment
    POST /payments/ID/reversal      -> Answer; 404: no such payment, 409: it was not charged
    GET  /register?since=&until=    -> Register
    POST /links                     Idempotency-Key; LinkOrder -> LinkMade
    POST /payments/ID/capture       of a link -> Answer, charged; 404, 409: nothing is held
    POST /payments/ID/release       of a link -> Answer, refused; 404, 409: it was charged
    GET, POST /pay/TOKEN            what the customer sees (gateways.acquirer_page); needs no key but the token
Every other request carries `Authorization: Bearer` and the shop's key. 202: it is being worked on.
"""

from typing import Literal

import msgspec

IDEMPOTENCY = "Idempotency-Key"
LONGEST_BODY = 64 * 1024

Status = Literal["charged", "refused", "reversed", "in_progress", "waiting", "held"]
"""Of a link: `waiting` for the customer, then `held` until it is captured or released."""


class CardData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The only message with a card in it; its repr shows nothing."""

    number: str
    year: int
    month: int
    cvv: str

    def __repr__(self) -> str:
        return "<a card>"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    amount: int
    vat: str
    subject: str
    method: str


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """54-FZ; `contact` is a telephone number or an e-mail address."""

    taxation: int
    contact: str
    items: list[Item]

    def __repr__(self) -> str:
        return "<a receipt>"


class Charge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either a card or the token of one."""

    amount: int
    receipt: Receipt
    card: CardData | None = None
    token: str = ""
    keep_card: bool = False

    def __repr__(self) -> str:
        return "<a charge>"


class LinkOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until`: when the link ends, UTC ms. `language`: ru or en, what the page begins with."""

    amount: int
    receipt: Receipt
    until: int
    language: Literal["ru", "en"]

    def __repr__(self) -> str:
        return "<an order of a link>"


class LinkMade(msgspec.Struct, frozen=True):
    """`path`: the page, at the acquirer's own address; who knows it can pay."""

    path: str
    reference: str

    def __repr__(self) -> str:
        return "<a link>"


class Answer(msgspec.Struct, frozen=True):
    status: Status
    reference: str = ""
    reason: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return f"<{self.status}>"


class Line(msgspec.Struct, frozen=True):
    payment_id: str
    reference: str
    kind: Literal["charge", "reversal"]
    amount: int
    at: int


class Register(msgspec.Struct, frozen=True):
    lines: list[Line]
