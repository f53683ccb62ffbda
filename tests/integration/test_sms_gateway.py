"""SMS by SMPP over real sockets, against a gateway that reads every PDU octet by octet."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcentre.certificates import certificate_for
from calls.numbers import PhoneNumber
from gateways.errors import CannotSend, NeverSent, Throttled
from gateways.sms import Receipt, Smsc, SmsGateway
from tests.kit import smsc as toy
from tests.kit.waiting import eventually_sync

PHONE = PhoneNumber("+79123456789")
RUSSIAN = "Код 048213, действует 5 мин. Никому его не называйте. Энергосбыт"
LONG = "Оплата принята. " * 12
SIGNS = "Your payment of 1,234.56 RUB {receipt 7} € was received. " * 4


@pytest.fixture
def centre() -> Iterator[toy.Smsc]:
    with toy.smsc() as kept:
        yield kept
        assert kept.faults == [], "every PDU was as the specification wants it"


class Rig:
    def __init__(self, centre: toy.Smsc, *, receipts: bool = True, tls: str = "", password: str = toy.PASSWORD) -> None:
        self.receipts: list[Receipt] = []
        self.fault: Exception | None = None
        where = Smsc(
            "127.0.0.1", centre.port, "Energosbyt", "callcentre", password,
            tls=bool(tls), ca_file=tls if tls != "unknown" else "", receipts=receipts,
        )  # fmt: skip
        self.gateway = SmsGateway(where, self.take, answer_s=2, quiet_s=0, again_s=0)

    def take(self, receipt: Receipt) -> None:
        if self.fault is not None:
            raise self.fault
        self.receipts.append(receipt)

    def hear(self, until: Callable[[], object]) -> None:
        def heard() -> object:
            self.gateway.keep()
            return until()

        eventually_sync(heard, 5, "it is heard")

    def send(self, text: str = RUSSIAN, notice_id: str = "a", valid_s: float = 300) -> str:
        return self.gateway.send(notice_id, PHONE, text, valid_s)


@pytest.fixture
def rig(centre: toy.Smsc) -> Iterator[Rig]:
    made = Rig(centre)
    yield made
    made.gateway.drop()


def test_a_russian_text_goes_in_ucs_2_to_the_number_and_for_its_time(centre: toy.Smsc, rig: Rig) -> None:
    assert rig.send() == "id-1"
    (one,) = centre.submitted
    assert one.octets.decode("utf-16-be") == RUSSIAN
    assert {name: one[name] for name in ("to", "source", "source_ton", "source_npi", "esm_class", "data_coding")} == {
        "to": "79123456789", "source": "Energosbyt", "source_ton": 5, "source_npi": 0, "esm_class": 0, "data_coding": 8,
    }  # fmt: skip
    assert one["validity"] == "000000000500000R"
    assert one["registered"] == 1
    assert centre.binds == [toy.BIND_TRANSCEIVER]


def test_an_english_text_goes_in_the_seven_bit_alphabet(centre: toy.Smsc, rig: Rig) -> None:
    rig.send("Pay 1 € @ [once]")
    (one,) = centre.submitted
    assert one["data_coding"] == 0
    assert one.octets == b"Pay 1 \x1be \x00 \x1b<once\x1b>"


def test_a_long_text_goes_in_parts_that_are_joined_again(centre: toy.Smsc, rig: Rig) -> None:
    assert rig.send(LONG) == "id-3"
    assert centre.texts() == [LONG]
    assert [one["registered"] for one in centre.submitted] == [0, 0, 1], "one receipt for the whole"
    headers = [one.octets[:6] for one in centre.submitted]
    assert [header[4:] for header in headers] == [bytes((3, number)) for number in (1, 2, 3)]
    rig.send(LONG)
    assert [one.octets[:6] for one in centre.submitted[3:]] == headers, "sent twice, it is the same message"
    rig.send(SIGNS)
    assert all(one["data_coding"] == 0 for one in centre.submitted[6:])
    assert not any(one.octets.endswith(b"\x1b") for one in centre.submitted)


def test_one_line_serves_many_messages_and_is_left_with_a_word(centre: toy.Smsc, rig: Rig) -> None:
    for count in range(5):
        rig.send(notice_id=str(count))
    rig.gateway.close()
    assert len(centre.binds) == 1
    assert len(centre.lines) == 1


def test_without_receipts_it_only_transmits(centre: toy.Smsc) -> None:
    rig = Rig(centre, receipts=False)
    rig.gateway.keep()
    assert centre.binds == [], "nothing to hear, no line before the first message"
    rig.send()
    assert centre.binds == [toy.BIND_TRANSMITTER]
    assert centre.submitted[0]["registered"] == 0
    rig.gateway.drop()


@pytest.mark.parametrize("status", [toy.THROTTLED, toy.QUEUE_FULL])
def test_a_gateway_that_is_full_is_told_apart_and_the_line_stays(centre: toy.Smsc, rig: Rig, status: int) -> None:
    centre.answers = [status]
    with pytest.raises(Throttled):
        rig.send()
    rig.send()
    assert len(centre.lines) == 1


def test_a_wrong_number_is_never_tried_again(centre: toy.Smsc, rig: Rig) -> None:
    centre.answers = [toy.NO_SUCH_ADDRESS, toy.SYSTEM_ERROR]
    with pytest.raises(NeverSent, match="0x0b"):
        rig.send()
    with pytest.raises(CannotSend, match="0x08") as again:
        rig.send()
    assert not isinstance(again.value, NeverSent | Throttled)
    with pytest.raises(NeverSent, match="too long"):
        rig.send("Ж" * 1000)
    assert len(centre.lines) == 1


def test_a_session_that_the_gateway_forgot_is_begun_again(centre: toy.Smsc, rig: Rig) -> None:
    centre.answers = [toy.NOT_BOUND]
    with pytest.raises(CannotSend):
        rig.send()
    rig.send()
    assert len(centre.binds) == 2


@pytest.mark.parametrize("how", ["silent", "cut"])
def test_a_lost_answer_or_line_is_told_and_the_next_message_has_a_new_line(
    centre: toy.Smsc, rig: Rig, how: str
) -> None:
    centre.answers = [how]
    rig.gateway = SmsGateway(
        Smsc("127.0.0.1", centre.port, "Energosbyt", "callcentre", "geheim12", tls=False), rig.take, answer_s=0.3
    )
    with pytest.raises(CannotSend, match=r"The line to the SMS gateway failed"):
        rig.send()
    assert rig.send().startswith("id-")
    assert len(centre.binds) == 2


def test_a_wrong_password_is_told(centre: toy.Smsc) -> None:
    with pytest.raises(CannotSend, match=r"refused bind_transceiver \(0x0e\)"):
        Rig(centre, password="falsch").send()


def test_a_login_that_smpp_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        SmsGateway(Smsc("127.0.0.1", 1, "x", "callcentre", "ninesigns"))


def test_a_gateway_that_is_away_or_deaf_is_told(centre: toy.Smsc) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gateway = SmsGateway(Smsc("127.0.0.1", port, "x", "callcentre", "geheim12", tls=False))
    with pytest.raises(CannotSend, match="ConnectionRefusedError"):
        gateway.send("a", PHONE, RUSSIAN, 300)
    centre.deaf = True
    deaf = SmsGateway(Smsc("127.0.0.1", centre.port, "x", "callcentre", "geheim12", tls=False), answer_s=0.3)
    with pytest.raises(CannotSend, match="TimeoutError"):
        deaf.send("a", PHONE, RUSSIAN, 300)


# --- what the gateway says of its own accord
@pytest.mark.parametrize(
    ("text", "tlvs", "delivered"),
    [
        ("id:id-1 sub:001 dlvrd:001 done date:2612010901 stat:DELIVRD err:000 text:", b"", True),
        ("id:id-1 sub:001 dlvrd:000 done date:2612010901 stat:UNDELIV err:001 text:", b"", False),
        ("", toy.tlv(0x001E, b"id-1\0") + toy.tlv(0x0427, b"\x02"), True),
        ("", toy.tlv(0x001E, b"id-1\0") + toy.tlv(0x0427, b"\x05") + toy.tlv(0x1401, b"own"), False),
    ],
)  # fmt: skip
def test_a_receipt_is_heard_and_answered(centre: toy.Smsc, rig: Rig, text: str, tlvs: bytes, delivered: bool) -> None:
    rig.send()
    centre.tell(toy.receipt_body(text, tlvs=tlvs))
    rig.hear(lambda: rig.receipts)
    assert rig.receipts == [Receipt("id-1", delivered)]
    assert centre.wait_for_receipt() == 0


def test_a_receipt_that_cannot_be_kept_is_to_come_again(centre: toy.Smsc, rig: Rig) -> None:
    rig.send()
    rig.fault = OSError("the database is away")
    centre.tell(toy.receipt_body("id:id-1 stat:DELIVRD"))
    rig.hear(lambda: centre.receipts)
    assert centre.wait_for_receipt() == 0x64
    assert rig.send() == "id-2", "the line goes on"


def test_a_receipt_between_question_and_answer_is_taken_in(centre: toy.Smsc, rig: Rig) -> None:
    rig.send()
    body = toy.receipt_body("id:id-1 stat:DELIVRD")
    centre.noise = toy.told(body) + toy.pdu(toy.ENQUIRE_LINK, 0, 78)
    assert rig.send() == "id-2"
    assert rig.receipts == [Receipt("id-1", True)]


@pytest.mark.parametrize("text", ["stop", "id:id-1 stat:ENROUTE", "id:id-1 stat:ACCEPTD"])
def test_what_is_no_end_of_a_message_is_only_answered(centre: toy.Smsc, rig: Rig, text: str) -> None:
    rig.send()
    centre.tell(toy.receipt_body(text, 0 if text == "stop" else 4))
    rig.hear(lambda: centre.receipts)
    assert rig.receipts == []


def test_a_quiet_line_is_tried_and_a_dead_one_left(centre: toy.Smsc) -> None:
    rig = Rig(centre)
    rig.gateway.keep()
    rig.gateway.keep()
    assert centre.enquiries == 1
    centre.deaf = True
    dying = rig.gateway
    dying._answer_s = 0.3
    with pytest.raises(CannotSend):
        dying.keep()
    centre.deaf = False
    assert rig.send() == "id-1"
    rig.gateway.drop()


def test_a_session_that_the_gateway_ends_is_begun_anew(centre: toy.Smsc, rig: Rig) -> None:
    rig.send()
    centre.say(toy.UNBIND)
    with pytest.raises(CannotSend):
        rig.hear(lambda: None)
    assert rig.send() == "id-2"
    assert len(centre.binds) == 2


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff\xff\xff\xff" + bytes(12),
        b"\0\0\0\x03" + bytes(12),
        toy.pdu(0x12345678, 0, 5),
        toy.pdu(toy.DELIVER_SM, 0, 5, b"no body at all"),
        toy.pdu(toy.DELIVER_SM, 0, 5, toy.receipt_body("x", tlvs=b"\x04\x27\xff\xffab")),
        toy.pdu(toy.SUBMIT_SM | toy.RESPONSE, 0, 4711, b"somebody else's\0"),
        toy.pdu(toy.GENERIC_NACK, 3, 4711),
    ],
)
def test_whatever_the_gateway_says_is_one_fault_or_none(centre: toy.Smsc, rig: Rig, noise: bytes) -> None:
    rig.send()
    centre.noise = noise
    try:
        rig.send()
    except CannotSend:
        pass
    assert rig.send().startswith("id-")


# --- secrecy
def test_nothing_goes_over_a_line_that_is_not_trusted(tmp_path: Path) -> None:
    made = certificate_for("127.0.0.1", tmp_path, datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    with toy.smsc(context) as centre:
        with pytest.raises(CannotSend, match=r"TLS to the SMS gateway failed .SSLCertVerificationError"):
            Rig(centre, tls="unknown").send()
        assert centre.binds == []
        trusted = Rig(centre, tls=str(made.authority))
        assert trusted.send() == "id-1"
        centre.noise = toy.told(toy.receipt_body("id:id-1 stat:DELIVRD"))
        assert trusted.send() == "id-2"
        assert trusted.receipts == [Receipt("id-1", True)]
        trusted.gateway.close()


def test_nothing_that_is_sent_is_logged(centre: toy.Smsc, rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        rig.send()
        centre.tell(toy.receipt_body("id:id-1 stat:DELIVRD"))
        rig.hear(lambda: rig.receipts)
        rig.gateway.close()
    assert caplog.records == []
