"""The page of the sandbox acquirer where the customer pays by a link: one form, no script, test cards only.

Who knows the token may pay and sees the amount, nothing else. What is keyed is looked at and forgotten: it is never
shown again, not even after a mistake.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from calls.clock import Clock, as_datetime
from calls.journey import Language
from customers.cards import Card, card_month, is_card_number, is_cvv
from customers.payments import DeclineReason
from gateways.acquirer_book import Book, LinkKept
from gateways.acquirer_page_texts import TEXTS
from gateways.acquirer_style import STYLE
from gateways.sandbox_cards import REFUSED_CVV, TEST_CARDS, Conduct, Delays, SandboxCard, conduct_of

LONGEST_FORM: Final = 2_000
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ t.title }}</title>
<link rel="stylesheet" href="/pay.css">
</head>
<body>
<main>
<nav><a href="?lang={{ other }}" lang="{{ other }}" hreflang="{{ other }}">{{ t.other }}</a></nav>
<h1>{{ t.title }}</h1>
{% if amount %}
<p class="amount">{{ amount }}</p>
{% endif %}
{% if note %}
<p class="note" role="status">{{ note }}</p>
{% endif %}
{% if form %}
<form method="post" action="?lang={{ language }}" autocomplete="off">
<label for="number">{{ t.number }}</label>
<input id="number" name="number" inputmode="numeric" maxlength="24" required autofocus>
<div class="pair">
<p><label for="month">{{ t.month }}</label>
<input id="month" name="month" inputmode="numeric" maxlength="7" placeholder="07/31" required></p>
<p><label for="cvv">{{ t.cvv }}</label>
<input id="cvv" name="cvv" type="password" inputmode="numeric" maxlength="3" required></p>
</div>
<button>{{ t.pay }}</button>
</form>
<p class="hint">{{ t.sandbox }} <span class="card">{{ card }}</span></p>
{% endif %}
</main>
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True)
class PayPage:
    """`delays`: as of cards that are keyed by telephone."""

    book: Book
    clock: Clock
    delays: Delays

    def routes(self) -> list[Route]:
        return [
            Route("/pay.css", self.style, methods=["GET"]),
            Route("/pay/{token}", self.show, methods=["GET"]),
            Route("/pay/{token}", self.pay, methods=["POST"]),
        ]

    async def style(self, _request: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})

    async def show(self, request: Request) -> Response:
        link = self._link(request)
        return _page(link, _language(request, link))

    async def pay(self, request: Request) -> Response:
        link = self._link(request)
        language = _language(request, link)
        if link is None or link.answer.status != "waiting":
            return _page(link, language)
        card = await _keyed(request)
        if card is None:
            return _page(link, language, TEXTS[language].wrong)
        kept = conduct_of(card.number())
        reason = kept.reason or _looked_at(card, self.clock)
        if kept.conduct is Conduct.SLOW:
            await asyncio.sleep(self.delays.slow_s)
        if reason is not None:
            return _page(link, language, TEXTS[language].declined[reason])
        self.book.hold(link.token, kept, self.clock.now())
        if kept.conduct is Conduct.SILENT:
            await asyncio.sleep(self.delays.silent_s)
        return _page(self._link(request), language)

    def _link(self, request: Request) -> LinkKept | None:
        return self.book.link_of(request.path_params["token"], self.clock.now())


def _page(link: LinkKept | None, language: Language, mistake: str = "") -> Response:
    """`mistake`: what the customer is told before the form, which is shown while the link is open."""
    texts = TEXTS[language]
    is_open = link is not None and link.answer.status == "waiting"
    told = mistake or ("" if is_open else texts.ends.get(_end(link), texts.ends["refused"]))
    html = _PAGE.render(
        t=texts,
        language=language.value,
        other=(Language.EN if language is Language.RU else Language.RU).value,
        amount="" if link is None else texts.money(link.amount),
        note=told,
        form=is_open,
        card=_spaced(TEST_CARDS[0]),
    )
    return HTMLResponse(html, 404 if link is None else 200, headers=_HEADERS)


def _end(link: LinkKept | None) -> str:
    """Which sentence says what became of it."""
    if link is None:
        return "unknown"
    answer = link.answer
    return answer.reason if answer.status == "refused" else answer.status


def _language(request: Request, link: LinkKept | None) -> Language:
    asked = request.query_params.get("lang", link.language if link else Language.RU.value)
    return Language.EN if asked == Language.EN else Language.RU


async def _keyed(request: Request) -> Card | None:
    """What the form says, if that can be a card at all."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return None
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=8)
    except ValueError:
        return None
    number, month, cvv = (
        "".join(sign for sign in fields.get(name, [""])[0] if sign not in " -/") for name in ("number", "month", "cvv")
    )
    until = card_month(month)
    if not is_card_number(number) or until is None or not is_cvv(cvv):
        return None
    return Card(number, until, cvv)


def _looked_at(card: Card, clock: Clock) -> DeclineReason | None:
    if card.cvv() == REFUSED_CVV:
        return DeclineReason.WRONG_CVV
    if card.expires.over(as_datetime(clock.now()).date()):
        return DeclineReason.CARD_EXPIRED
    return None


def _spaced(card: SandboxCard) -> str:
    return " ".join(card.number[at : at + 4] for at in range(0, len(card.number), 4))
