"""The notices' own process: real database, real gateways on loopback, killed at the worst moment."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from callcentre.keys import write_private
from calls.clock import AnchoredClock
from calls.ids import CallId, new_uuid7
from calls.journey import Language
from calls.numbers import PhoneNumber
from customers.accounts import AccountNumber
from customers.addresses import Street
from customers.codes import CodeCheck, Issued, Purpose
from customers.money import Kopecks
from customers.notice_texts import ReceiptText
from customers.notices import EmailAddress, NoticeId, NoticeRules, Way, notice_of
from customers.ports import CustomersUnavailable
from customers.watches import NewWatch, WatchWay
from database.codes import DatabaseCodes
from database.engine import Engine, open_engine, reading, writing
from database.migrations import migrate
from database.monitor_tables import LeaseRow
from database.notice_tables import NoticeRow
from database.notices import DatabaseNotices
from database.post_box import DatabasePostBox
from database.tables import OutageRow
from database.watches import DatabaseWatches
from tests.kit import smsc as toy
from tests.kit.databases import PATIENT
from tests.kit.hooks import mail_box
from tests.kit.waiting import eventually_sync

PHONE = PhoneNumber("+79123456789")
ACCOUNT = AccountNumber("4401220170")
RECEIPT = ReceiptText(Kopecks(123_456), "7-000123", date(2026, 12, 1))
CLOCK = AnchoredClock()


@dataclass(slots=True)
class House:
    """One installation's folder and database; `begin` starts its process of notices."""

    state: Path
    engine: Engine
    rules: NoticeRules = NoticeRules(frozenset(Way), per_number=50)  # noqa: RUF009 - frozen

    @property
    def outbox(self) -> DatabaseNotices:
        return DatabaseNotices(self.engine, self.rules)

    @property
    def log(self) -> Path:
        return self.state / "notices.log"

    def settle(self, text: str) -> None:
        write_private(self.state / "callcentre.toml", text)

    @contextmanager
    def begun(self) -> Iterator["subprocess.Popen[bytes]"]:
        environment = os.environ | {"CALLCENTRE_STATE": str(self.state)}
        (self.state / "run").mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("callcentre"), "notices"],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)

    def state_of(self, notice_id: str) -> tuple[str, str, str]:
        """State, text, delivery."""
        query = select(NoticeRow.state, NoticeRow.text, NoticeRow.delivery).where(NoticeRow.notice_id == notice_id)
        with reading(self.engine, CustomersUnavailable) as connection:
            state, text, delivery = connection.execute(query).one()
        return state, text, delivery

    def send(self, to: PhoneNumber | EmailAddress = PHONE) -> str:
        notice = notice_of(NoticeId(new_uuid7()), to, RECEIPT, Language.RU, CLOCK.now())
        assert self.outbox.send(notice) is None
        return notice.notice_id

    def let_claims_run_out(self) -> None:
        """What a minute does."""
        with writing(self.engine, CustomersUnavailable) as connection:
            connection.execute(update(NoticeRow).values(claimed_until=0))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = open_engine(f"sqlite:///{tmp_path / 'callcentre.sqlite3'}", PATIENT)
    migrate(engine)
    yield House(tmp_path, engine)
    engine.dispose()


@pytest.fixture
def centre(house: House) -> Iterator[toy.Smsc]:
    write_private(house.state / "sms.password", toy.PASSWORD)
    with toy.smsc() as kept:
        house.settle(
            f'[sms]\nhost = "127.0.0.1"\nport = {kept.port}\ntls = false\nsystem_id = "callcentre"\n'
            f'password_file = "{house.state}/sms.password"\nsender = "Energosbyt"\n'
        )
        yield kept
        assert kept.faults == []


def test_a_code_goes_to_the_telephone_and_stays_nowhere(house: House, centre: toy.Smsc) -> None:
    write_private(house.state / "keys" / "pin", "ab" * 32)
    codes = DatabaseCodes(house.engine, bytes.fromhex("ab" * 32), house.rules)
    with house.begun() as process:
        assert codes.issue(ACCOUNT, PHONE, Purpose.IDENTIFY, Language.RU, CLOCK.now()) is Issued.SENT
        eventually_sync(lambda: centre.submitted, 30, "it is with the gateway")
        (text,) = centre.texts()
        with reading(house.engine, CustomersUnavailable) as connection:
            notice_id = str(connection.scalar(select(NoticeRow.notice_id)))
        eventually_sync(lambda: house.state_of(notice_id)[:2] == ("sent", ""), 10, "it is noted and erased")
        centre.tell(toy.receipt_body("id:id-1 stat:DELIVRD"))
        eventually_sync(lambda: house.state_of(notice_id)[2] == "delivered", 10, "the receipt is noted")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    digits = text.removeprefix("Код ")[:6]
    assert codes.check(ACCOUNT, Purpose.IDENTIFY, digits, CLOCK.now()) is CodeCheck.RIGHT
    house.engine.dispose()
    for file in house.state.rglob("*"):
        if file.is_file() and "sqlite3" not in file.name:
            assert digits.encode() not in file.read_bytes(), file
            assert b"3456789" not in file.read_bytes(), file


def test_a_sender_that_is_killed_before_the_answer_loses_nothing(house: House, centre: toy.Smsc) -> None:
    centre.answers = ["silent"]
    first, second = house.send(), house.send()
    with house.begun() as process:
        eventually_sync(lambda: centre.submitted, 30, "the first is with the gateway, its answer is not")
        process.kill()
        process.wait(10)
    assert house.state_of(first)[0] == "waiting"
    house.let_claims_run_out()
    with house.begun():
        for notice_id in (first, second):
            eventually_sync(lambda name=notice_id: house.state_of(name)[0] == "sent", 30, "both are sent")  # type: ignore[misc]
    assert len(centre.submitted) == 5, "the part whose answer was lost came twice"
    assert len(centre.texts()) == 2, "and the telephone shows two messages"


def test_two_senders_send_each_notice_once(house: House, centre: toy.Smsc) -> None:
    names = [house.send() for _ in range(20)]
    with house.begun(), house.begun():
        eventually_sync(lambda: all(house.state_of(name)[0] == "sent" for name in names), 60, "all are sent")
    assert len(centre.submitted) == 20 * 2, "two parts each"


def test_a_gateway_that_comes_late_gets_all(house: House, centre: toy.Smsc) -> None:
    centre.deaf = True
    name = house.send()
    with house.begun():
        eventually_sync(lambda: centre.lines, 30, "it tries")
        centre.deaf = False
        for line in list(centre.lines):
            line.close()
        eventually_sync(lambda: house.state_of(name)[0] == "sent", 60, "it is sent")


def test_an_email_goes_to_its_reader_by_the_relay(house: House) -> None:
    with mail_box() as box:
        house.settle(
            f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\nstarttls = false\n'
            'sender = "bills@example.org"\nrecipients = ["shift@example.org"]\n[demo]\nenabled = false\n'
        )
        name = house.send(EmailAddress("ivanova@example.org"))
        with house.begun():
            eventually_sync(lambda: house.state_of(name)[0] == "sent", 30, "it is sent")
    (mail,) = box.mails
    assert mail["To"] == "ivanova@example.org"
    assert mail["Subject"] == "Оплата принята"
    assert "1 234,56 руб." in mail.get_content()


def test_in_the_demo_it_comes_into_the_post_box(house: House) -> None:
    name = house.send()
    with house.begun():
        eventually_sync(lambda: house.state_of(name)[0] == "sent", 30, "it is sent")
    (shown,) = DatabasePostBox(house.engine).of(PHONE, CLOCK.now())
    assert shown.text == house.state_of(name)[1]


def test_killed_again_and_again_it_tells_everybody_once_that_power_is_back(house: House) -> None:
    house.settle("[power_back]\nafter_s = 0\nfrom_hour = 0\nto_hour = 24\n[sms]\nper_hour = 10000\n")
    numbers = [PhoneNumber(f"+791200{number:05}") for number in range(300)]
    with writing(house.engine, CustomersUnavailable) as connection:
        outage = {"outage_id": 7, "kind": "emergency", "cause": "wire_down", "since": CLOCK.now(), "until": None}
        connection.execute(insert(OutageRow).values(**outage, ended_at=None))
    watches = DatabaseWatches(house.engine, house.rules, None)
    for number in numbers:
        street = Street("с. Ключи", "ул. Новая")
        wish = NewWatch(7, number, WatchWay.TEXT, Language.RU, street, "Europe/Moscow", CallId("a call"))
        assert watches.wish(wish, CLOCK.now())
    with writing(house.engine, CustomersUnavailable) as connection:
        connection.execute(update(OutageRow).values(ended_at=CLOCK.now()))

    def told() -> list[str]:
        with reading(house.engine, CustomersUnavailable) as connection:
            return list(connection.scalars(select(NoticeRow.address).where(NoticeRow.kind == "outage_over")))

    for share in (10, 100, 200):
        with house.begun() as process:
            eventually_sync(lambda share=share: len(told()) >= share, 60, "some are told")  # type: ignore[misc]
            process.kill()
            process.wait(10)
        with writing(house.engine, CustomersUnavailable) as connection:
            connection.execute(delete(LeaseRow))  # what half a minute does
    with house.begun():
        eventually_sync(lambda: len(told()) >= len(numbers), 60, "all are told")
    assert sorted(told()) == sorted(numbers), "nobody twice"
