"""The sandbox acquirer's page: what the customer sees in both languages, each card, and hostile input."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from calls.clock import AnchoredClock
from calls.journey import Language
from customers import demo
from customers.payment_ports import Link, Unsettled
from customers.payments import DeclineReason, Means, Payer, Payment, PaymentState
from gateways.acquirer import Acquirer
from gateways.acquirer_book import Book
from gateways.acquirer_page_texts import TEXTS
from gateways.acquirer_server import create_acquirer
from gateways.sandbox_cards import TEST_CARDS, Conduct
from tests.integration.test_gateways_payments import (
    APPROVED,
    NO_DELAY,
    REFUSING,
    SHOP_KEY,
    TIMEOUT_S,
    UNKNOWN_CARD,
    ends_now,
    fills_in,
    payment,
    receipt,
)
from tests.kit.web_server import serving


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Acquirer]:
    book = Book(tmp_path / "acquirer.db")
    with serving(create_acquirer(book, SHOP_KEY, AnchoredClock(), NO_DELAY)) as url:
        yield Acquirer(url, SHOP_KEY, TIMEOUT_S)
    book.close()


def link(gateway: Acquirer, language: Language = Language.RU) -> tuple[Payment, Link]:
    new = replace(payment(123_456_78), means=Means.LINK, tail="", state=PaymentState.CREATED)
    return new, gateway.offer(new, receipt(new), Payer(demo.IN_DEBT.phone, language))


def shown(address: str) -> httpx.Response:
    return httpx.get(address, timeout=TIMEOUT_S, trust_env=False)


@pytest.mark.parametrize(("language", "amount"), [(Language.RU, "123 456,78 ₽"), (Language.EN, "123,456.78 RUB")])
def test_the_page_is_in_the_callers_language_and_in_the_other(
    gateway: Acquirer, language: Language, amount: str
) -> None:
    _, made = link(gateway, language)
    page = shown(made.address)
    assert page.status_code == 200
    assert f'lang="{language.value}"' in page.text
    assert amount in page.text.replace("\N{NO-BREAK SPACE}", " ")
    other = Language.EN if language is Language.RU else Language.RU
    assert TEXTS[other].title in shown(f"{made.address}?lang={other.value}").text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert demo.IN_DEBT.number not in page.text
    style = re.search(r'href="(/pay\.css)"', page.text)
    assert style is not None
    assert shown(str(httpx.URL(made.address).join(style[1]))).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(("number", "reason"), [*REFUSING.items(), (UNKNOWN_CARD, DeclineReason.WRONG_CARD)])
def test_a_refused_card_is_told_and_another_one_pays(gateway: Acquirer, number: str, reason: DeclineReason) -> None:
    one, made = link(gateway)
    page = fills_in(made.address, number)
    assert TEXTS[Language.RU].declined[reason] in page.text
    assert number not in page.text.replace(" ", "")
    assert gateway.ask(one) is Unsettled.IN_PROGRESS
    assert TEXTS[Language.RU].ends["held"] in fills_in(made.address).text
    assert gateway.ask(one) is Unsettled.HELD


@pytest.mark.parametrize(
    "wrong",
    [("2200000000000013", "07/31", "737"), (APPROVED, "13/31", "737"), (APPROVED, "07/31", "7"), ("", "", "")],
)
def test_what_cannot_be_a_card_is_told_without_an_echo(gateway: Acquirer, wrong: tuple[str, str, str]) -> None:
    one, made = link(gateway)
    page = fills_in(made.address, *wrong)
    assert TEXTS[Language.RU].wrong in page.text
    assert 'value="' not in page.text
    assert gateway.ask(one) is Unsettled.IN_PROGRESS


@pytest.mark.parametrize(
    ("month", "cvv", "reason"),
    [("07/20", "737", DeclineReason.CARD_EXPIRED), ("07/31", "000", DeclineReason.WRONG_CVV)],
)
def test_month_and_cvv_are_looked_at(gateway: Acquirer, month: str, cvv: str, reason: DeclineReason) -> None:
    _, made = link(gateway)
    assert TEXTS[Language.RU].declined[reason] in fills_in(made.address, month=month, cvv=cvv).text


def test_spaces_and_strokes_as_people_write_them_are_taken(gateway: Acquirer) -> None:
    one, made = link(gateway)
    fills_in(made.address, "2200 0000 0000 0012", "07 / 31")
    assert gateway.ask(one) is Unsettled.HELD


def test_each_end_is_told_and_shows_no_form(gateway: Acquirer, tmp_path: Path) -> None:
    texts = TEXTS[Language.RU].ends
    one, made = link(gateway)
    fills_in(made.address)
    gateway.take(one)
    charged = shown(made.address)
    assert texts["charged"] in charged.text
    assert "<form" not in charged.text
    assert texts["charged"] in fills_in(made.address).text
    gateway.reverse(one)
    assert texts["reversed"] in shown(made.address).text
    back, other = link(gateway)
    fills_in(other.address)
    gateway.release(back)
    assert texts["paid_otherwise"] in shown(other.address).text
    late, third = link(gateway)
    ends_now(tmp_path / "acquirer.db", late)
    assert texts["link_expired"] in fills_in(third.address).text


def test_a_card_that_is_charged_twice_by_its_bank_shows_in_the_register(gateway: Acquirer) -> None:
    one, made = link(gateway)
    fills_in(made.address, next(card.number for card in TEST_CARDS if card.conduct is Conduct.TWICE))
    gateway.take(one)
    assert len(gateway.register(one.created_at, AnchoredClock().now())) == 2


@pytest.mark.parametrize("path", ["/pay/nothing", "/pay/%00", "/pay/..%2f..", "/pay/<script>", "/pay/" + "a" * 5000])
def test_a_link_of_nobody_says_so(gateway: Acquirer, path: str) -> None:
    _, made = link(gateway)
    address = str(httpx.URL(made.address).join("/")).rstrip("/") + path
    page = shown(address)
    assert page.status_code == 404
    assert "<script>" not in page.text
    assert fills_in(address).status_code == 404


@pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"number=" + b"1" * 100_000, b"&" * 1000, b"a=b&" * 500, b"%"])
def test_hostile_forms_are_no_card(gateway: Acquirer, body: bytes) -> None:
    one, made = link(gateway)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    page = httpx.post(made.address, content=body, headers=headers, timeout=TIMEOUT_S, trust_env=False)
    assert TEXTS[Language.RU].wrong in page.text
    assert gateway.ask(one) is Unsettled.IN_PROGRESS


def test_the_shops_doors_need_its_key_and_the_book_keeps_no_card(gateway: Acquirer, tmp_path: Path) -> None:
    one, made = link(gateway)
    base = str(httpx.URL(made.address).join("/"))
    for path in ("links", f"payments/{one.payment_id}/capture", f"payments/{one.payment_id}/release"):
        assert httpx.post(base + path, trust_env=False).status_code == 401
    fills_in(made.address)
    gateway.take(one)
    for kept in tmp_path.iterdir():
        assert APPROVED.encode() not in kept.read_bytes()
