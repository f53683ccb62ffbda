"""One contract for every acquirer: the fake of the unit tests, the sandbox over HTTP, YooKassa's SDK over its stub."""

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from calls.clock import AnchoredClock, Instant, after
from calls.ids import new_call_id
from calls.journey import Language
from customers import demo
from customers.cards import Card, CardMonth, CardToken, SavedCard
from customers.fiscal import FiscalReceipt, receipt_of
from customers.money import Kopecks
from customers.payment_ports import (
    CannotReverse,
    Charged,
    GatewayAway,
    GatewaySilent,
    Link,
    PaymentGateway,
    Refused,
    TakenBack,
    Unsettled,
)
from customers.payments import (
    MOST,
    DeclineReason,
    Means,
    Payer,
    Payment,
    PaymentState,
    charged,
    new_payment,
    offered,
    sent,
)
from customers.reconciliation import LineKind
from gateways.acquirer import Acquirer
from gateways.acquirer_book import Book
from gateways.acquirer_server import create_acquirer
from gateways.sandbox_cards import TEST_CARDS, Conduct, Delays
from gateways.yookassa import YooKassa
from tests.kit.fake_payments import FakeGateway
from tests.kit.web_server import serving
from tests.kit.yookassa_stub import KEY, SHOP, YooKassaStub
from tests.unit.test_payments import TAX

SHOP_KEY = "a-key-of-the-shop"
CLOCK = AnchoredClock()
APPROVED = "2200000000000012"
REFUSING = {card.number: card.reason for card in TEST_CARDS if card.reason}
UNKNOWN_CARD = "4111111111111111"
NO_DELAY = Delays(slow_s=0.05, silent_s=30)
TIMEOUT_S = 3.0
"""Of a client whose server answers at once: only a broken test meets it."""
IMPATIENT_S = 0.3
RETURN_URL = "https://supplier.example.org/paid"
PAYER = Payer(demo.IN_DEBT.phone, Language.RU)


@dataclass
class Told:
    """A gateway with its patience; `impatient`: the same acquirer, whose answer is given up soon."""

    gateway: PaymentGateway
    impatient: PaymentGateway
    pays: Callable[[Payment, Link], bool]
    """What the customer does on the page behind the link; whether the page takes the money."""
    expires: Callable[[Payment], None]
    stub: YooKassaStub | None = None


@pytest.fixture(params=["fake", "sandbox", "yookassa"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    with ExitStack() as stack:
        match request.param:
            case "fake":
                gateway = FakeGateway()
                gateway.refuses = {number[-4:]: reason for number, reason in REFUSING.items()}
                gateway.refuses[UNKNOWN_CARD[-4:]] = DeclineReason.WRONG_CARD
                gateway.silences = {card.number[-4:] for card in TEST_CARDS if card.conduct is Conduct.SILENT}
                gateway.links = True
                yield Told(gateway, gateway, lambda of, _: gateway.customer_pays(of), gateway.link_expires)
            case "sandbox":
                book = Book(tmp_path / "acquirer.db")
                stack.callback(book.close)
                url = stack.enter_context(serving(create_acquirer(book, SHOP_KEY, CLOCK, NO_DELAY)))
                yield Told(
                    Acquirer(url, SHOP_KEY, TIMEOUT_S),
                    Acquirer(url, SHOP_KEY, IMPATIENT_S),
                    lambda _, link: "Карта принята" in fills_in(link.address).text,
                    lambda of: ends_now(tmp_path / "acquirer.db", of),
                )
            case _:
                stub = YooKassaStub(page=2)
                url = stack.enter_context(serving(stub.application())) + "/v3"
                yield Told(
                    YooKassa(SHOP, KEY, TIMEOUT_S, url, RETURN_URL),
                    YooKassa(SHOP, KEY, IMPATIENT_S, url, RETURN_URL),
                    lambda _, link: stub.customer_pays(link.reference),
                    lambda of: stub.link_expires(of.reference),
                    stub,
                )


def fills_in(address: str, number: str = APPROVED, month: str = "07/31", cvv: str = "737") -> httpx.Response:
    form = {"number": number, "month": month, "cvv": cvv}
    return httpx.post(address, data=form, timeout=TIMEOUT_S, trust_env=False)


def ends_now(book: Path, of: Payment) -> None:
    """As if its hour were over."""
    with closing(sqlite3.connect(book, timeout=5)) as file:
        file.execute("UPDATE links SET until = 1 WHERE key = ?", (of.payment_id,))
        file.commit()


def linked(told: Told, amount: int = 10_050) -> tuple[Payment, Link]:
    """A link as it was offered."""
    new = replace(payment(amount), means=Means.LINK, tail="", state=PaymentState.CREATED)
    link = told.gateway.offer(new, receipt(new), PAYER)
    assert told.gateway.offer(new, receipt(new), PAYER) == link, "told again it is the same one"
    return offered(new, link.reference, CLOCK.now()), link


def payment(amount: int = 10_050) -> Payment:
    now = CLOCK.now()
    new = new_payment(demo.IN_DEBT.number, Kopecks(amount), Means.CARD, "0012", "any", new_call_id(), now)
    return sent(new, now)


def card(number: str = APPROVED, cvv: str = "737") -> Card:
    return Card(number, CardMonth(2031, 7), cvv)


def receipt(of: Payment) -> FiscalReceipt:
    return receipt_of(TAX, of.account, of.amount, Kopecks(5_000), demo.IN_DEBT.phone)


def paid(gateway: PaymentGateway, of: Payment, number: str = APPROVED) -> Charged:
    answer = gateway.authorise(of, card(number), receipt(of))
    assert isinstance(answer, Charged)
    return answer


def test_a_card_is_charged_and_the_same_payment_never_again(told: Told) -> None:
    one = payment()
    first = paid(told.gateway, one)
    assert first.reference
    assert first.token is None
    assert paid(told.gateway, one) == first
    assert told.gateway.ask(one) == first
    lines = told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))
    assert [(line.payment_id, line.kind, line.amount) for line in lines] == [
        (one.payment_id, LineKind.CHARGE, one.amount)
    ]


@pytest.mark.parametrize("amount", [100, 101, 10_000_07, MOST])
def test_every_kopeck_arrives(told: Told, amount: int) -> None:
    one = payment(amount)
    paid(told.gateway, one)
    (line,) = told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))
    assert line.amount == amount


@pytest.mark.parametrize(("number", "reason"), [*REFUSING.items(), (UNKNOWN_CARD, DeclineReason.WRONG_CARD)])
def test_each_refusal_has_its_reason_and_charges_nothing(told: Told, number: str, reason: DeclineReason) -> None:
    one = payment()
    assert told.gateway.authorise(one, card(number), receipt(one)) == Refused(reason)
    assert told.gateway.ask(one) == Refused(reason)
    assert not told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))


def test_a_remembered_card_pays_by_its_token(told: Told) -> None:
    one = payment()
    answer = told.gateway.authorise(one, card(), receipt(one), keep_card=True)
    assert isinstance(answer, Charged)
    assert answer.token
    saved = SavedCard(answer.token, "0012", CardMonth(2031, 7))
    other = payment()
    assert isinstance(told.gateway.authorise(other, saved, receipt(other)), Charged)


def test_a_charge_whose_answer_never_came_is_found_by_asking(told: Told) -> None:
    one = payment()
    silent = next(each.number for each in TEST_CARDS if each.conduct is Conduct.SILENT)
    with pytest.raises(GatewaySilent):
        told.impatient.authorise(one, card(silent), receipt(one))
    assert isinstance(told.gateway.ask(one), Charged)
    assert len(told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))) == 1


def test_what_was_never_told_is_not_known(told: Told) -> None:
    paid(told.gateway, payment())
    assert told.gateway.ask(payment()) is Unsettled.NOT_KNOWN


def test_a_reversal_gives_it_back_once(told: Told) -> None:
    one = payment()
    one = charged(one, paid(told.gateway, one).reference, CLOCK.now())
    told.gateway.reverse(one)
    told.gateway.reverse(one)
    assert isinstance(told.gateway.ask(one), TakenBack)
    lines = told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))
    assert sorted(line.kind for line in lines) == [LineKind.CHARGE, LineKind.REVERSAL]
    assert {line.payment_id for line in lines} == {one.payment_id}


def test_what_was_not_charged_cannot_be_given_back(told: Told) -> None:
    one = payment()
    with pytest.raises(CannotReverse):
        told.gateway.reverse(replace(one, reference="1234"))


def test_of_the_same_payment_told_many_times_at_once_one_is_charged(told: Told) -> None:
    one = payment()
    gate = threading.Barrier(6)

    def pays(_: int) -> None:
        gate.wait(10)
        try:
            told.gateway.authorise(one, card(), receipt(one))
        except GatewaySilent:
            pass  # it is being worked on by another request

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(pays, range(6)))
    assert len(told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))) == 1


def test_the_register_of_many_is_whole_and_of_its_time_only(told: Told) -> None:
    payments = [payment(1_000 + number) for number in range(5)]
    for one in payments:
        paid(told.gateway, one)
    begin = payments[0].created_at
    lines = told.gateway.register(after(begin, -60), after(begin, 60))
    assert sorted(line.amount for line in lines) == [1_000 + number for number in range(5)]
    assert not told.gateway.register(after(begin, -120), after(begin, -60))


# --- links
def test_a_link_charges_nothing_until_it_is_taken_and_then_once(told: Told) -> None:
    assert told.gateway.links
    one, link = linked(told)
    assert told.gateway.ask(one) is Unsettled.IN_PROGRESS
    assert told.pays(one, link)
    assert told.gateway.ask(one) is Unsettled.HELD
    begin, end = after(one.created_at, -60), after(one.created_at, 60)
    assert not told.gateway.register(begin, end), "held is not charged"
    first = told.gateway.take(one)
    assert isinstance(first, Charged)
    assert told.gateway.take(one) == first
    assert told.gateway.ask(one) == first
    lines = told.gateway.register(begin, end)
    assert [(line.payment_id, line.kind, line.amount) for line in lines] == [
        (one.payment_id, LineKind.CHARGE, one.amount)
    ]
    assert not told.pays(one, link), "nobody pays by it twice"


def test_what_is_held_of_a_link_is_given_back_uncharged(told: Told) -> None:
    one, link = linked(told)
    assert told.pays(one, link)
    told.gateway.release(one)
    told.gateway.release(one)
    assert told.gateway.ask(one) == Refused(DeclineReason.PAID_OTHERWISE)
    assert not told.pays(one, link)
    assert not told.gateway.register(after(one.created_at, -60), after(one.created_at, 60))


def test_a_link_that_nobody_paid_by_is_over_after_its_time(told: Told) -> None:
    one, link = linked(told)
    told.expires(one)
    assert told.gateway.ask(one) == Refused(DeclineReason.LINK_EXPIRED)
    assert not told.pays(one, link)


def test_what_was_paid_in_time_is_not_lost_when_the_link_is_over(told: Told) -> None:
    one, link = linked(told)
    assert told.pays(one, link)
    told.expires(one)
    assert told.gateway.ask(one) is Unsettled.HELD
    assert isinstance(told.gateway.take(one), Charged)


def test_a_payment_by_link_is_given_back_like_any_other(told: Told) -> None:
    one, link = linked(told)
    assert told.pays(one, link)
    answer = told.gateway.take(one)
    assert isinstance(answer, Charged)
    told.gateway.reverse(charged(sent(one, CLOCK.now()), answer.reference, CLOCK.now()))
    assert isinstance(told.gateway.ask(one), TakenBack)


# --- what only real lines can show
def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{trial.getsockname()[1]}"


@pytest.mark.parametrize("kind", ["sandbox", "yookassa"])
def test_a_gateway_that_is_not_there_has_heard_of_nothing(kind: str) -> None:
    url, one = nobody(), payment()
    gateway: PaymentGateway = Acquirer(url, SHOP_KEY, 1) if kind == "sandbox" else YooKassa(SHOP, KEY, 1, url)
    with pytest.raises(GatewayAway) as away:
        gateway.authorise(one, card(), receipt(one))
    assert APPROVED not in repr(away.value)
    assert away.value.__cause__ is None
    assert away.value.__suppress_context__
    with pytest.raises(GatewayAway):
        gateway.ask(one)


@pytest.mark.parametrize("kind", ["sandbox", "yookassa"])
def test_a_line_that_breaks_after_the_request_leaves_it_unclear(kind: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def breaks() -> None:
            line, _ = listener.accept()
            line.recv(1000)
            line.close()

        threading.Thread(target=breaks, daemon=True).start()
        url, one = f"http://127.0.0.1:{listener.getsockname()[1]}", payment()
        gateway: PaymentGateway = Acquirer(url, SHOP_KEY, 5) if kind == "sandbox" else YooKassa(SHOP, KEY, 5, url)
        with pytest.raises(GatewaySilent) as silent:
            gateway.authorise(one, card(), receipt(one))
        assert APPROVED not in repr(silent.value)
        assert silent.value.__suppress_context__


@pytest.mark.parametrize("kind", ["sandbox", "yookassa"])
def test_a_wrong_key_is_told_and_charges_nothing(kind: str, tmp_path: Path) -> None:
    one, book = payment(), Book(tmp_path / "acquirer.db")
    application = create_acquirer(book, SHOP_KEY, CLOCK) if kind == "sandbox" else YooKassaStub().application()
    with serving(application) as url:
        wrong: PaymentGateway = (
            Acquirer(url, "wrong", TIMEOUT_S) if kind == "sandbox" else YooKassa(SHOP, "wrong", TIMEOUT_S, f"{url}/v3")
        )
        with pytest.raises(GatewayAway, match=r"key"):
            wrong.authorise(one, card(), receipt(one))
    assert book.find(one.payment_id) is None
    book.close()


def test_yookassa_that_fails_leaves_it_unclear_and_gets_what_it_documents() -> None:
    stub, one = YooKassaStub(), payment(123_45)
    with serving(stub.application()) as url:
        gateway = YooKassa(SHOP, KEY, TIMEOUT_S, f"{url}/v3")
        paid(gateway, one)
        stub.fails_with = 500
        with pytest.raises(GatewaySilent):
            gateway.authorise(payment(), card(), receipt(one))
        stub.fails_with = 429
        with pytest.raises(GatewayAway):
            gateway.ask(one)
    (asked,) = stub.requests
    assert asked["amount"] == {"value": "123.45", "currency": "RUB"}
    assert asked["metadata"]["payment"] == one.payment_id
    assert asked["receipt"]["customer"] == {"phone": demo.IN_DEBT.phone.lstrip("+")}
    assert [
        (item["amount"]["value"], item["vat_code"], item["payment_mode"]) for item in asked["receipt"]["items"]
    ] == [
        ("50.00", 11, "full_payment"),
        ("73.45", 12, "advance"),
    ]


def test_the_card_that_is_charged_twice_shows_in_the_register(tmp_path: Path) -> None:
    book, one = Book(tmp_path / "acquirer.db"), payment()
    twice = next(each.number for each in TEST_CARDS if each.conduct is Conduct.TWICE)
    with serving(create_acquirer(book, SHOP_KEY, CLOCK)) as url:
        gateway = Acquirer(url, SHOP_KEY, TIMEOUT_S)
        paid(gateway, one, twice)
        assert len(gateway.register(after(one.created_at, -60), after(one.created_at, 60))) == 2
    book.close()


def test_a_slow_card_is_in_progress_while_it_is_asked_about(tmp_path: Path) -> None:
    book, one = Book(tmp_path / "acquirer.db"), payment()
    slow = next(each.number for each in TEST_CARDS if each.conduct is Conduct.SLOW)
    with serving(create_acquirer(book, SHOP_KEY, CLOCK, Delays(slow_s=30))) as url:
        with pytest.raises(GatewaySilent):
            Acquirer(url, SHOP_KEY, IMPATIENT_S).authorise(one, card(slow), receipt(one))
        gateway = Acquirer(url, SHOP_KEY, TIMEOUT_S)
        assert gateway.ask(one) is Unsettled.IN_PROGRESS
        with pytest.raises(GatewaySilent):
            gateway.authorise(one, card(slow), receipt(one))
    book.close()
    again = Book(tmp_path / "acquirer.db")
    found = again.find(one.payment_id)
    assert found is not None
    assert (found.status, found.reason) == ("refused", "bank_away"), "nobody works on it after a restart"
    again.close()


def test_the_book_outlives_the_process_and_holds_no_card_number(tmp_path: Path) -> None:
    file, one = tmp_path / "acquirer.db", payment()
    book = Book(file)
    with serving(create_acquirer(book, SHOP_KEY, CLOCK)) as url:
        answer = Acquirer(url, SHOP_KEY, TIMEOUT_S).authorise(one, card(), receipt(one), keep_card=True)
    book.close()
    again = Book(file)
    with serving(create_acquirer(again, SHOP_KEY, CLOCK)) as url:
        assert Acquirer(url, SHOP_KEY, TIMEOUT_S).authorise(one, card(), receipt(one), keep_card=True) == answer
    again.close()
    for kept in tmp_path.iterdir():
        assert APPROVED.encode() not in kept.read_bytes()
        assert b"737" not in kept.read_bytes() or kept.suffix != ".db"


HOSTILE = (b"", b"{}", b"[]", b"{", b'{"amount": 1e400}', b"\xff" * 100, b'{"amount": "1"}', b"0" * 100_000)


@pytest.mark.parametrize("body", HOSTILE)
def test_what_is_no_payment_is_refused_without_an_echo(body: bytes, tmp_path: Path) -> None:
    book = Book(tmp_path / "acquirer.db")
    with serving(create_acquirer(book, SHOP_KEY, CLOCK)) as url, httpx.Client(base_url=url) as line:
        headers = {"Authorization": f"Bearer {SHOP_KEY}", "Idempotency-Key": payment().payment_id}
        answer = line.post("/payments", content=body, headers=headers)
        assert answer.status_code == 400
        assert body[:10] not in answer.content or not body
        assert line.post("/payments", content=body, headers={**headers, "Idempotency-Key": "x"}).status_code == 400
        assert line.get("/register?since=1&until=x", headers=headers).status_code == 400
        assert line.get("/register?since=1&until=2").status_code == 401
    book.close()


def test_a_key_that_was_used_for_another_amount_is_refused(tmp_path: Path) -> None:
    book, one = Book(tmp_path / "acquirer.db"), payment()
    with serving(create_acquirer(book, SHOP_KEY, CLOCK)) as url:
        gateway = Acquirer(url, SHOP_KEY, TIMEOUT_S)
        paid(gateway, one)
        other = replace(one, amount=Kopecks(20_000))
        with pytest.raises(GatewaySilent, match="409"):
            gateway.authorise(other, card(), receipt(other))
    assert len(book.register(0, Instant(2**53))) == 1
    book.close()


def test_a_token_of_nobody_pays_nothing(told: Told) -> None:
    one, nobodys = payment(), SavedCard(CardToken("none"), UNKNOWN_CARD[-4:], CardMonth(2031, 7))
    assert told.gateway.authorise(one, nobodys, receipt(one)) == Refused(DeclineReason.WRONG_CARD)


@pytest.mark.parametrize("wrong", [("2200000000000012", "000", 2031), ("2200000000000012", "737", 2020)])
def test_the_sandbox_looks_at_cvv_and_month_too(wrong: tuple[str, str, int], tmp_path: Path) -> None:
    number, cvv, year = wrong
    book, one = Book(tmp_path / "acquirer.db"), payment()
    with serving(create_acquirer(book, SHOP_KEY, CLOCK)) as url:
        answer = Acquirer(url, SHOP_KEY, TIMEOUT_S).authorise(one, Card(number, CardMonth(year, 7), cvv), receipt(one))
    assert answer == Refused(DeclineReason.WRONG_CVV if cvv == "000" else DeclineReason.CARD_EXPIRED)
    book.close()
