"""kill -9 of the process that pays, of the acquirer and of the database, at every step of a payment.

Whatever dies: charged at most once, entered exactly when charged, and the day's comparison finds nothing.
"""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from callcentre.day_comparison import reconcile
from calls.clock import AnchoredClock, Instant, after
from calls.ids import new_call_id
from customers import demo
from customers.cards import Card, CardMonth
from customers.fiscal import receipt_of
from customers.paying import LOST_S, SETTLE_S, Order, Paying
from customers.payment_ports import PaymentJustMade, PaymentsUnavailable, PaymentUnderWay
from customers.payments import Means, PaymentState
from database.accounts import DatabaseAccounts
from database.demo_data import load_demo
from database.engine import DatabaseUnavailable, Engine, open_engine, reading
from database.migrations import migrate
from database.notice_tables import NoticeRow
from database.payments import DatabasePayments
from gateways.acquirer import Acquirer
from gateways.acquirer_page_texts import TEXTS
from gateways.sandbox_cards import TEST_CARDS, Conduct
from tests.integration.test_acquirer_page import shown
from tests.integration.test_gateways_payments import fills_in
from tests.kit.acquirer_process import STEPS as ACQUIRER_STEPS
from tests.kit.acquirer_process import acquirer
from tests.kit.databases import KINDS, PATIENT, PIN_KEY, passwords
from tests.kit.paying_process import (
    ACCOUNT,
    ACQUIRER,
    AMOUNT,
    BACK_STEPS,
    DATABASE,
    OFFER_STEPS,
    PAYER,
    RULES,
    STEPS,
    TAKE_STEPS,
)
from tests.kit.postgres import Postgres, running
from tests.kit.visits import StillClock
from tests.kit.waiting import eventually_sync
from tests.unit.test_payments import TAX

KEY = "the-shops-key"
ZONE = "Europe/Moscow"
SLOW = next(card.number for card in TEST_CARDS if card.conduct is Conduct.SLOW)
"""Long enough on its way for the other to come."""
OVER = {PaymentState.POSTED, PaymentState.DECLINED}


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """One of this file alone: killing one of its processes ends the connections of all."""
    with running() as server:
        yield server


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass
class Shop:
    """The database and the acquirer's book, which outlive every process."""

    address: str
    engine: Engine
    book: Path
    port: int
    began: Instant
    balance: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway(self) -> Acquirer:
        return Acquirer(self.url, KEY, 20)

    def pays(self, step: str, work: str = "pay") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tests.kit.paying_process", self.address, self.url, KEY, step, work]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def offers(self) -> str:
        """A link; its address."""
        state, _, address = self.pays("", "offer").stdout.partition(" ")
        assert state == PaymentState.OFFERED.value
        return address

    def resolve(self) -> None:
        """What the monitor does, from now until long after everything could arrive."""
        payments = DatabasePayments(self.engine, RULES)
        for seconds in (SETTLE_S + 1, 2 * SETTLE_S, LOST_S + 1, LOST_S + SETTLE_S):
            clock = StillClock(after(AnchoredClock().now(), seconds))
            paying = Paying(payments, self.gateway, clock, demo.today_of)
            eventually_sync(lambda paying=paying: self._resolved(paying), 30, "the database is back")  # type: ignore[misc]

    @staticmethod
    def _resolved(paying: Paying) -> bool:
        try:
            paying.resolve_due()
            paying.resolve_links()
        except PaymentsUnavailable:
            return False
        return True

    def check(self) -> int:
        """How often it was charged; everything else must follow from that."""
        now = AnchoredClock().now()
        charges = len(self.gateway.register(after(self.began, -60), after(now, 7200)))
        made = DatabasePayments(self.engine).made(after(self.began, -60), after(now, 60))
        assert {payment.state for payment in made if payment.means is not Means.LINK} <= OVER
        assert {payment.state for payment in made} <= OVER | {PaymentState.OFFERED}
        assert charges <= 1
        assert sum(payment.state is PaymentState.POSTED for payment in made) == charges
        # A receipt for each that was posted, and for no other; an open link has nothing of it.
        with reading(self.engine, DatabaseUnavailable) as connection:
            receipts = sorted(connection.scalars(select(NoticeRow.notice_id)))
        posted = [payment for payment in made if payment.state is PaymentState.POSTED]
        assert receipts == sorted(f"receipt-{payment.payment_id}" for payment in posted)
        balance = DatabaseAccounts(self.engine).balance(ACCOUNT)
        assert balance is not None
        assert balance.amount == self.balance + charges * AMOUNT
        for day in {demo.today_of(self.began), demo.today_of(now), demo.today_of(now) + timedelta(days=1)}:
            clock = StillClock(now)
            assert reconcile(DatabasePayments(self.engine), self.gateway, day, ZONE, clock) == ((), 0)
        return charges


@contextmanager
def shop(address: str, folder: Path) -> Iterator[Shop]:
    engine = open_engine(address, PATIENT)
    migrate(engine)
    began = AnchoredClock().now()
    load_demo(engine, 1, 1, PIN_KEY, passwords(), began, with_pin=0)
    balance = DatabaseAccounts(engine).balance(ACCOUNT)
    assert balance is not None
    yield Shop(address, engine, folder / "acquirer.db", free_port(), began, balance.amount)
    engine.dispose()


@pytest.fixture(params=KINDS)
def open_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    address = f"sqlite:///{tmp_path / 'shop.db'}"
    if request.param == "postgresql":
        address = request.getfixturevalue("own_postgres").new_database()
    with shop(address, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("step", STEPS)
def test_the_process_that_pays_is_killed(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY):
        ended = open_shop.pays(step)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        open_shop.resolve()
        charged = open_shop.check()
        assert charged == (STEPS.index(step) > STEPS.index("gateway"))
        assert open_shop.pays("").stdout == "posted" or charged, "the account is free for another"


@pytest.mark.parametrize("step", ACQUIRER_STEPS)
def test_the_acquirer_is_killed(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY, step) as process:
        ended = open_shop.pays("")
        assert process.wait(10) == -signal.SIGKILL
    assert ended.stdout == PaymentState.UNKNOWN.value, ended.stderr
    open_shop.resolve()  # nobody to ask
    made = DatabasePayments(open_shop.engine).open(after(AnchoredClock().now(), 7200))
    assert [payment.state for payment in made] == [PaymentState.UNKNOWN]
    with acquirer(open_shop.book, open_shop.port, KEY):
        open_shop.resolve()
        assert open_shop.check() == (step == "charged")


def test_an_acquirer_that_is_not_there_is_told_and_nothing_is_charged(open_shop: Shop) -> None:
    assert open_shop.pays("").stdout == PaymentState.DECLINED.value
    with acquirer(open_shop.book, open_shop.port, KEY):
        assert open_shop.check() == 0


def test_two_calls_pay_the_same_bill_at_once(open_shop: Shop) -> None:
    """Two processes of the self-service; whoever is second is told why, and the bill is paid once."""
    told: list[str] = []
    gate = threading.Barrier(2)

    def pays() -> None:
        engine = open_engine(open_shop.address, PATIENT)
        paying = Paying(DatabasePayments(engine, RULES), open_shop.gateway, AnchoredClock(), demo.today_of)
        receipt = receipt_of(TAX, ACCOUNT, AMOUNT, AMOUNT, None)
        gate.wait(10)
        try:
            paid = paying.pay(
                Order(ACCOUNT, AMOUNT, receipt, new_call_id(), payer=PAYER), Card(SLOW, CardMonth(2031, 7), "737")
            )
            told.append(paid.state.value if paid else "nobody")
        except (PaymentUnderWay, PaymentJustMade) as second:
            told.append(type(second).__name__)
        engine.dispose()

    with acquirer(open_shop.book, open_shop.port, KEY):
        threads = [threading.Thread(target=pays) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(told) == ["PaymentUnderWay", "posted"]
        assert open_shop.check() == 1


@pytest.mark.parametrize("step", STEPS)
def test_the_acquirer_is_dead_from_a_step_on(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY) as process:
        ended = open_shop.pays(f"{ACQUIRER}{process.pid}:{step}")
    assert ended.returncode == 0, ended.stderr
    told_in_time = STEPS.index(step) > STEPS.index("gateway")
    assert ended.stdout in ({"posted"} if told_in_time else {"declined", "unknown"})
    with acquirer(open_shop.book, open_shop.port, KEY):
        open_shop.resolve()
        assert open_shop.check() == told_in_time


# --- links
@pytest.mark.parametrize("step", OFFER_STEPS)
def test_the_process_that_offers_a_link_is_killed(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY):
        ended = open_shop.pays(step, "offer")
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        open_shop.resolve()
        assert open_shop.check() == 0
        assert open_shop.pays("").stdout == "posted", "the account is free for another"


@pytest.mark.parametrize(
    "step", [f"{ACQUIRER}{step}" for step in OFFER_STEPS] + [f"{DATABASE}{step}" for step in OFFER_STEPS]
)
def test_acquirer_or_database_is_killed_while_a_link_is_offered(
    own_postgres: Postgres, tmp_path: Path, step: str
) -> None:
    with shop(own_postgres.new_database(), tmp_path) as opened:
        with acquirer(opened.book, opened.port, KEY) as process:
            ended = opened.pays(step.replace(ACQUIRER, f"{ACQUIRER}{process.pid}:"), "offer")
            assert ended.returncode == 0, ended.stderr
            assert ended.stdout.split()[0] in {"unavailable", "declined", "offered"}
        with acquirer(opened.book, opened.port, KEY):
            opened.resolve()
            assert opened.check() == 0


@pytest.mark.parametrize("step", TAKE_STEPS)
def test_the_process_that_takes_what_was_paid_by_a_link_is_killed(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY):
        fills_in(open_shop.offers())
        ended = open_shop.pays(step, "look")
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        open_shop.resolve()
        assert open_shop.check() == 1


@pytest.mark.parametrize("step", TAKE_STEPS)
def test_the_acquirer_is_dead_from_a_step_on_while_a_link_is_taken(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY) as process:
        fills_in(open_shop.offers())
        ended = open_shop.pays(f"{ACQUIRER}{process.pid}:{step}", "look")
        assert ended.returncode == 0, ended.stderr
    with acquirer(open_shop.book, open_shop.port, KEY):
        open_shop.resolve()
        assert open_shop.check() == 1


def test_the_acquirer_dies_when_it_has_taken_and_not_said_so(open_shop: Shop) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY, "captured") as process:
        fills_in(open_shop.offers())
        open_shop.pays("", "look")
        assert process.wait(10) == -signal.SIGKILL
    with acquirer(open_shop.book, open_shop.port, KEY):
        open_shop.resolve()
        assert open_shop.check() == 1


@pytest.mark.parametrize("step", TAKE_STEPS)
def test_the_database_is_killed_while_a_link_is_taken(own_postgres: Postgres, tmp_path: Path, step: str) -> None:
    with shop(own_postgres.new_database(), tmp_path) as opened, acquirer(opened.book, opened.port, KEY):
        fills_in(opened.offers())
        ended = opened.pays(DATABASE + step, "look")
        assert ended.returncode == 0, ended.stderr
        opened.resolve()
        assert opened.check() == 1


@pytest.mark.parametrize("step", BACK_STEPS)
def test_the_process_that_gives_back_what_was_paid_twice_is_killed(open_shop: Shop, step: str) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY):
        address = open_shop.offers()
        assert open_shop.pays("").stdout == "posted"
        fills_in(address)
        ended = open_shop.pays(step, "look")
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        open_shop.resolve()
        assert open_shop.check() == 1
        assert TEXTS[PAYER.language].ends["paid_otherwise"] in shown(address).text


@pytest.mark.parametrize("step", BACK_STEPS)
def test_the_database_is_killed_while_what_was_paid_twice_is_given_back(
    own_postgres: Postgres, tmp_path: Path, step: str
) -> None:
    with shop(own_postgres.new_database(), tmp_path) as opened, acquirer(opened.book, opened.port, KEY):
        address = opened.offers()
        assert opened.pays("").stdout == "posted"
        fills_in(address)
        assert opened.pays(DATABASE + step, "look").returncode == 0
        opened.resolve()
        assert opened.check() == 1
        assert TEXTS[PAYER.language].ends["paid_otherwise"] in shown(address).text


def test_the_acquirer_dies_when_it_has_given_back_and_not_said_so(open_shop: Shop) -> None:
    with acquirer(open_shop.book, open_shop.port, KEY, "released") as process:
        address = open_shop.offers()
        assert open_shop.pays("").stdout == "posted"
        fills_in(address)
        open_shop.pays("", "look")
        assert process.wait(10) == -signal.SIGKILL
    with acquirer(open_shop.book, open_shop.port, KEY):
        open_shop.resolve()
        assert open_shop.check() == 1


def test_a_card_and_a_link_pay_the_same_bill_at_once(open_shop: Shop) -> None:
    """Whichever is first, one is charged; what the other's page held is given back."""
    with acquirer(open_shop.book, open_shop.port, KEY):
        address = open_shop.offers()
        fills_in(address)
        gate = threading.Barrier(2)

        def does(work: str) -> str:
            gate.wait(10)
            return open_shop.pays("", work).stdout

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(does, ("pay", "look")))
        open_shop.resolve()
        assert open_shop.check() == 1


@pytest.mark.parametrize("step", STEPS)
def test_the_database_is_killed(own_postgres: Postgres, tmp_path: Path, step: str) -> None:
    with shop(own_postgres.new_database(), tmp_path) as opened, acquirer(opened.book, opened.port, KEY):
        ended = opened.pays(DATABASE + step)
        assert ended.returncode == 0, ended.stderr
        # How fast PostgreSQL is back decides how far the caller is told; what was charged does not depend on it.
        assert ended.stdout in {"unavailable", *(state.value for state in PaymentState)}
        opened.resolve()
        charges = opened.check()
        if ended.stdout in {PaymentState.POSTED.value, PaymentState.AUTHORISED.value}:
            assert charges == 1
        if ended.stdout == "unavailable":
            assert charges == 0, "who hears that nothing was charged has paid nothing"
