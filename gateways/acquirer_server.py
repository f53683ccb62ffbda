"""The sandbox acquirer: a process of its own that speaks HTTP on loopback and takes test cards only.

It behaves as real ones do where it hurts: it may be slow, charge without answering, charge twice, be killed between any
two steps. What it has charged is in its register of the day.
"""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calls.clock import Clock, as_datetime
from customers.cards import CardMonth, is_card_number, is_cvv
from customers.payments import LEAST, MOST, DeclineReason
from gateways.acquirer_book import Book, KeyConflict, charges_of
from gateways.acquirer_messages import (
    IDEMPOTENCY,
    LONGEST_BODY,
    Answer,
    CardData,
    Charge,
    LinkMade,
    LinkOrder,
    Receipt,
    Register,
)
from gateways.acquirer_page import PayPage
from gateways.sandbox_cards import REFUSED_CVV, UNKNOWN, USUAL, Conduct, Delays, SandboxCard, conduct_of

_KEY: Final = re.compile(r"[0-9a-f-]{36}")
T = TypeVar("T")
_DECIMAL: Final = re.compile(r"[0-9]{1,16}")


class _BadRequest(Exception):
    """Told without what was sent: that may hold a card."""


def create_acquirer(book: Book, key: str, clock: Clock, delays: Delays = USUAL) -> Starlette:
    """The application; `key` is the shop's, which every request shows."""
    acquirer = _Acquirer(book, clock, delays)
    guarded = _guard(key)
    return Starlette(
        routes=[
            Route("/payments", guarded(acquirer.pay), methods=["POST"]),
            Route("/payments/{key}", guarded(acquirer.find), methods=["GET"]),
            Route("/payments/{key}/reversal", guarded(acquirer.reverse), methods=["POST"]),
            Route("/payments/{key}/capture", guarded(acquirer.capture), methods=["POST"]),
            Route("/payments/{key}/release", guarded(acquirer.release), methods=["POST"]),
            Route("/links", guarded(acquirer.link), methods=["POST"]),
            Route("/register", guarded(acquirer.register), methods=["GET"]),
            *PayPage(book, clock, delays).routes(),
        ]
    )


Endpoint = Callable[[Request], Awaitable[Response]]


def _guard(key: str) -> Callable[[Endpoint], Endpoint]:
    expected = f"Bearer {key}".encode()

    def guarded(endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            shown = request.headers.get("authorization", "").encode("utf-8", "replace")
            if not hmac.compare_digest(shown, expected):
                return _said(401, "The key is not the shop's.")
            try:
                return await endpoint(request)
            except _BadRequest as bad:
                return _said(400, str(bad))

        return answer

    return guarded


class _Acquirer:
    def __init__(self, book: Book, clock: Clock, delays: Delays) -> None:
        self._book = book
        self._clock = clock
        self._delays = delays

    async def pay(self, request: Request) -> Response:
        key = _key(request.headers.get(IDEMPOTENCY, ""))
        charge = await _charge(request)
        card, means = self._card(charge)
        try:
            known = self._book.claim(key, charge.amount, means, self._clock.now())
        except KeyConflict:
            return _said(409, "This key was used for another payment.")
        if known is not None:
            return _answered(known)
        if card.conduct is Conduct.SLOW:
            await asyncio.sleep(self._delays.slow_s)
        reason = card.reason or _checked(charge.card, as_datetime(self._clock.now()).date())
        if reason is not None:
            return _answered(self._book.refuse(key, reason))
        token = self._book.token_of(card) if charge.keep_card and charge.card is not None else ""
        answer = self._book.charge(key, charge.amount, self._clock.now(), charges_of(card), token)
        if card.conduct is Conduct.SILENT:
            await asyncio.sleep(self._delays.silent_s)
        return _answered(answer)

    async def find(self, request: Request) -> Response:
        key = _key(request.path_params["key"])
        link = self._book.link_for(key, self._clock.now())
        known = self._book.find(key) if link is None else link.answer
        return _said(404, "No such payment.") if known is None else _answered(known)

    async def reverse(self, request: Request) -> Response:
        back = self._book.reverse(_key(request.path_params["key"]), self._clock.now())
        if back is None:
            return _said(404, "No such payment.")
        return _answered(back) if back.status == "reversed" else _said(409, "It was not charged.")

    async def link(self, request: Request) -> Response:
        key, order = _key(request.headers.get(IDEMPOTENCY, "")), await _read(request, LinkOrder)
        _check(order.amount, order.receipt)
        try:
            token = self._book.open_link(key, order.amount, order.until, order.language, self._clock.now())
        except KeyConflict:
            return _said(409, "This key was used for another payment.")
        return _json(200, LinkMade(f"/pay/{token}", f"link-{key[-12:]}"))

    async def capture(self, request: Request) -> Response:
        taken = self._book.capture(_key(request.path_params["key"]), self._clock.now())
        return _settled(taken, "charged")

    async def release(self, request: Request) -> Response:
        return _settled(self._book.release(_key(request.path_params["key"]), self._clock.now()), "refused")

    async def register(self, request: Request) -> Response:
        bounds = [request.query_params.get(name, "") for name in ("since", "until")]
        if not all(_DECIMAL.fullmatch(bound) for bound in bounds):
            raise _BadRequest("Give since and until in UTC milliseconds.")
        since, until = map(int, bounds)
        return _json(200, Register(self._book.register(since, until)))

    def _card(self, charge: Charge) -> tuple[SandboxCard, str]:
        """The card, and what tells it from others under the same key: never the number."""
        if charge.card is not None:
            number = charge.card.number
            card = conduct_of(number) if is_card_number(number) else UNKNOWN
            return card, f"card {number[-4:]}"
        card = self._book.card_of(charge.token)
        return card, f"token {card.number[-4:]}"


def _checked(card: CardData | None, today: date) -> DeclineReason | None:
    """What any bank would look at besides the number; a token was checked when it was made."""
    if card is None:
        return None
    if not is_cvv(card.cvv) or card.cvv == REFUSED_CVV:
        return DeclineReason.WRONG_CVV
    if not 1 <= card.month <= 12 or CardMonth(card.year, card.month).over(today):
        return DeclineReason.CARD_EXPIRED
    return None


async def _charge(request: Request) -> Charge:
    charge = await _read(request, Charge)
    _check(charge.amount, charge.receipt)
    if (charge.card is None) == (not charge.token):
        raise _BadRequest("Give either a card or a token.")
    return charge


def _check(amount: int, receipt: Receipt) -> None:
    if not LEAST <= amount <= MOST:
        raise _BadRequest("This is no amount of a payment.")
    if sum(item.amount for item in receipt.items) != amount or not receipt.contact:
        raise _BadRequest("The receipt does not sum to the payment or goes to nobody.")


async def _read(request: Request, kind: type[T]) -> T:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise _BadRequest("The request is too long.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise _BadRequest("This is no payment.") from None


def _key(text: str) -> str:
    if _KEY.fullmatch(text) is None:
        raise _BadRequest("The key of a payment is a UUID.")
    return text


def _settled(answer: Answer | None, wanted: str) -> Response:
    if answer is None:
        return _said(404, "No such link.")
    return _answered(answer) if answer.status == wanted else _said(409, "Nothing is held of it.")


def _answered(answer: Answer) -> Response:
    return _json(202 if answer.status == "in_progress" else 200, answer)


def _json(status: int, value: object) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _said(status: int, text: str) -> Response:
    return Response(text, status, media_type="text/plain")
