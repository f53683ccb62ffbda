"""YooKassa's documented API (v3) as far as gateways.yookassa uses it: payments, refunds, lists, idempotency keys.

It checks what the documents ask for: basic authorisation, the key, amounts as text with two decimals, the receipt of
54-FZ with a telephone without plus. The cards are the sandbox acquirer's, so that one contract fits both.
"""

import asyncio
import base64
import re
import secrets
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from customers.payments import DeclineReason
from gateways.sandbox_cards import TEST_CARDS, UNKNOWN, Conduct, SandboxCard, conduct_of

SHOP: Final = "100500"
KEY: Final = "test_Fh8hUAVVBGUGbjmlzba6TB0iyUbos_lueTHE-axOwM0"
_WORDS: Final = {
    DeclineReason.INSUFFICIENT_FUNDS: "insufficient_funds",
    DeclineReason.CARD_EXPIRED: "card_expired",
    DeclineReason.WRONG_CVV: "invalid_csc",
    DeclineReason.WRONG_CARD: "invalid_card_number",
    DeclineReason.LIMIT: "payment_method_limit_exceeded",
    DeclineReason.BLOCKED: "call_issuer",
    DeclineReason.REFUSED: "general_decline",
}
_AMOUNT: Final = re.compile(r"[0-9]+\.[0-9]{2}")


class YooKassaStub:
    """`silent_s`: how long an answer that the client gives up is held. `page`: entries of a list's page at most."""

    def __init__(self, silent_s: float = 30.0, page: int = 100) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.requests: list[dict[str, Any]] = []
        self.fails_with = 0
        self._by_key: dict[str, dict[str, Any]] = {}
        self._cards: dict[str, SandboxCard] = {}
        self._silent_s = silent_s
        self._page = page

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v3/payments", self._pay, methods=["POST"]),
                Route("/v3/payments", self._list_payments, methods=["GET"]),
                Route("/v3/payments/{name}", self._find, methods=["GET"]),
                Route("/v3/payments/{name}/capture", self._capture, methods=["POST"]),
                Route("/v3/payments/{name}/cancel", self._cancel, methods=["POST"]),
                Route("/v3/refunds", self._refund, methods=["POST"]),
                Route("/v3/refunds", self._list_refunds, methods=["GET"]),
            ]
        )

    async def _pay(self, request: Request) -> JSONResponse:
        if (fault := self._refused(request)) is not None:
            return fault
        asked = await request.json()
        self.requests.append(asked)
        key = request.headers["idempotence-key"]
        if key in self._by_key:
            return JSONResponse(self._by_key[key])
        self._check_payment(asked)
        if "confirmation" in asked:
            pending = self._pending(asked)
            self._by_key[key] = self.payments[pending["id"]] = pending
            return JSONResponse(pending)
        card = self._card_of(asked)
        payment = self._payment(asked, card)
        self._by_key[key] = self.payments[payment["id"]] = payment
        if card.conduct is Conduct.SILENT:
            await asyncio.sleep(self._silent_s)
        return JSONResponse(payment)

    def _payment(self, asked: dict[str, Any], card: SandboxCard) -> dict[str, Any]:
        name, now = str(uuid4()), _now()
        payment: dict[str, Any] = {
            "id": name,
            "status": "canceled" if card.reason else "succeeded",
            "paid": card.reason is None,
            "amount": asked["amount"],
            "created_at": now,
            "metadata": asked["metadata"],
            "refundable": True,
            "test": True,
            "refunded_amount": {"value": "0.00", "currency": "RUB"},
        }
        saved = bool(asked.get("save_payment_method"))
        payment["payment_method"] = {"type": "bank_card", "id": name, "saved": saved and card.reason is None}
        if card.reason:
            payment["cancellation_details"] = {"party": "payment_network", "reason": _WORDS[card.reason]}
        else:
            payment["captured_at"] = now
            self._cards[name] = card
        return payment

    @staticmethod
    def _pending(asked: dict[str, Any]) -> dict[str, Any]:
        name = str(uuid4())
        return {
            "id": name,
            "status": "pending",
            "paid": False,
            "amount": asked["amount"],
            "created_at": _now(),
            "metadata": asked["metadata"],
            "confirmation": {"type": "redirect", "confirmation_url": f"https://yookassa.example.org/{name}"},
            "refundable": False,
            "test": True,
        }

    def customer_pays(self, name: str) -> bool:
        """What the customer does on the page; whether it takes the money."""
        payment = self.payments[name]
        if payment["status"] != "pending":
            return False
        payment |= {"status": "waiting_for_capture", "paid": True}
        payment["payment_method"] = {"type": "bank_card", "id": name, "saved": False}
        return True

    def link_expires(self, name: str) -> None:
        if self.payments[name]["status"] == "pending":
            self.payments[name] |= _canceled("yoo_money", "expired_on_confirmation")

    async def _capture(self, request: Request) -> JSONResponse:
        if (fault := self._refused(request)) is not None:
            return fault
        asked, key = await request.json(), request.headers["idempotence-key"]
        payment = self.payments.get(request.path_params["name"])
        if payment is None:
            return _error(404, "not_found")
        if key in self._by_key:
            return JSONResponse(self._by_key[key])
        if payment["status"] != "waiting_for_capture" or asked["amount"] != payment["amount"]:
            return _error(400, "invalid_request")
        payment |= {"status": "succeeded", "captured_at": _now(), "refundable": True}
        payment["refunded_amount"] = {"value": "0.00", "currency": "RUB"}
        self._by_key[key] = payment
        return JSONResponse(payment)

    async def _cancel(self, request: Request) -> JSONResponse:
        if (fault := self._refused(request)) is not None:
            return fault
        payment = self.payments.get(request.path_params["name"])
        if payment is None:
            return _error(404, "not_found")
        if payment["status"] != "waiting_for_capture":
            return _error(400, "invalid_request")
        payment |= _canceled("merchant", "canceled_by_merchant")
        return JSONResponse(payment)

    def _card_of(self, asked: dict[str, Any]) -> SandboxCard:
        if "payment_method_id" in asked:
            return self._cards.get(asked["payment_method_id"], UNKNOWN)
        keyed = asked["payment_method_data"]["card"]
        if keyed["csc"] == "000":
            return next(card for card in TEST_CARDS if card.reason is DeclineReason.WRONG_CVV)
        return conduct_of(keyed["number"])

    @staticmethod
    def _check_payment(asked: dict[str, Any]) -> None:
        assert asked["capture"] is ("confirmation" not in asked)
        if not asked["capture"]:
            assert asked["confirmation"]["type"] == "redirect"
            assert asked["confirmation"]["return_url"].startswith("https://")
        assert _AMOUNT.fullmatch(asked["amount"]["value"])
        assert asked["amount"]["currency"] == "RUB"
        assert len(asked["description"]) <= 128
        receipt = asked["receipt"]
        assert re.fullmatch(r"[0-9]{11,15}", receipt["customer"].get("phone", "")) or receipt["customer"].get("email")
        for item in receipt["items"]:
            assert {"description", "quantity", "amount", "vat_code", "payment_subject", "payment_mode"} <= item.keys()
            assert 1 <= item["vat_code"] <= 12

    async def _find(self, request: Request) -> JSONResponse:
        if (fault := self._refused(request)) is not None:
            return fault
        payment = self.payments.get(request.path_params["name"])
        return _error(404, "not_found") if payment is None else JSONResponse(payment)

    async def _refund(self, request: Request) -> JSONResponse:
        if (fault := self._refused(request)) is not None:
            return fault
        asked, key = await request.json(), request.headers["idempotence-key"]
        if key in self._by_key:
            return JSONResponse(self._by_key[key])
        payment = self.payments.get(asked["payment_id"])
        if payment is None or payment["status"] != "succeeded" or payment["refunded_amount"] == payment["amount"]:
            return _error(400, "invalid_request")
        payment["refunded_amount"] = asked["amount"]
        name = str(uuid4())
        refund = {"id": name, "status": "succeeded", "created_at": _now(), **asked}
        self._by_key[key] = self.refunds[name] = refund
        return JSONResponse(refund)

    async def _list_payments(self, request: Request) -> JSONResponse:
        return self._refused(request) or self._listed(request, list(self.payments.values()))

    async def _list_refunds(self, request: Request) -> JSONResponse:
        return self._refused(request) or self._listed(request, list(self.refunds.values()))

    def _listed(self, request: Request, known: list[dict[str, Any]]) -> JSONResponse:
        asked = request.query_params
        field = next(name.partition(".")[0] for name in asked if name.endswith(".gte"))
        chosen = [each for each in known if asked[f"{field}.gte"] <= each.get(field, "") < asked[f"{field}.lt"]]
        chosen.reverse()  # the newest first, as documented
        begin, size = int(asked.get("cursor", "0")), min(int(asked["limit"]), self._page)
        page: dict[str, Any] = {"type": "list", "items": chosen[begin : begin + size]}
        if begin + size < len(chosen):
            page["next_cursor"] = str(begin + size)
        return JSONResponse(page)

    def _refused(self, request: Request) -> JSONResponse | None:
        expected = "Basic " + base64.b64encode(f"{SHOP}:{KEY}".encode()).decode()
        if request.headers.get("authorization") != expected:
            return _error(401, "invalid_credentials")
        return _error(self.fails_with, "internal_server_error") if self.fails_with else None


def _canceled(party: str, reason: str) -> dict[str, Any]:
    return {"status": "canceled", "paid": False, "cancellation_details": {"party": party, "reason": reason}}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _error(status: int, code: str) -> JSONResponse:
    return JSONResponse({"type": "error", "id": secrets.token_hex(8), "code": code}, status)
