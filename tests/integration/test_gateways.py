"""Webhook and e-mail over real sockets: signed, once more when refused, never where they must not go."""

import hashlib
import hmac
import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcentre.certificates import Certificate, certificate_for
from gateways.errors import CannotSend
from gateways.mail import Mail, Relay
from gateways.webhook import Webhook
from tests.kit.databases import NOW
from tests.kit.hooks import MailBox, Receiver, mail_box, receiver

SECRET = b"a shared secret of thirty-two by"
AT_S = NOW // 1000


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as kept:
        yield kept


def test_a_message_is_signed_so_that_the_receiver_can_check_it(hook: Receiver) -> None:
    Webhook(hook.url, SECRET, internal=True).send("alert-1:raised", b'{"kind":"longest_wait"}', AT_S)
    (posted,) = hook.posted
    assert posted.path == "/hook?from=callcentre"
    assert posted.headers["idempotency-key"] == "alert-1:raised"
    assert posted.headers["x-callcentre-timestamp"] == str(AT_S)
    signed = f"{AT_S}.".encode() + posted.body
    assert posted.headers["x-callcentre-signature"] == "v1=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_anything_but_success_is_not_sent_and_no_redirect_is_followed(hook: Receiver, status: int) -> None:
    hook.answers = [status]
    with pytest.raises(CannotSend, match=str(status)):
        Webhook(hook.url, SECRET, internal=True).send("a", b"{}", AT_S)
    assert len(hook.posted) == 1


def test_an_address_of_this_machine_is_never_called(hook: Receiver) -> None:
    port = hook.url.split(":")[2].split("/")[0]
    for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433", "0x7f000001"):
        with pytest.raises(CannotSend):
            Webhook(f"https://{host}:{port}/", SECRET).send("a", b"{}", AT_S)
    assert hook.posted == []


def test_a_name_that_resolves_to_this_machine_is_not_called(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """One public and one inner address: the name is somebody's trick, nothing is called."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(CannotSend, match="never called"):
        Webhook("https://hook.example/", SECRET).send("a", b"{}", AT_S)


def test_a_silent_receiver_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(CannotSend, match="did not answer"):
            Webhook(url, SECRET, internal=True, timeout_s=0.3).send("a", b"{}", AT_S)


def test_the_proxy_of_the_environment_is_not_used(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Webhook(hook.url, SECRET, internal=True).send("a", b"{}", AT_S)
    assert hook.ids() == ["a"]


# --- mail
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder: Path = tmp_path_factory.mktemp("tls")
    return certificate_for("127.0.0.1", folder, datetime.now(UTC))


@pytest.fixture
def box(certificate: Certificate) -> Iterator[MailBox]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with mail_box(context) as kept:
        yield kept


def mail(box: MailBox, *, ca_file: str = "", starttls: bool = True) -> Mail:
    relay = Relay(box.host, box.port, starttls=starttls, ca_file=ca_file)
    return Mail(relay, "alerts@example.org", ["shift@example.org", "duty@example.org"], timeout_s=5)


def test_a_mail_goes_by_starttls_with_one_id_for_all_tries(box: MailBox, certificate: Certificate) -> None:
    for _ in range(2):
        mail(box, ca_file=str(certificate.authority)).send("alert-1:raised", "Оплата:\n 69 %", "Прогноз ниже цели", NOW)
    assert box.secure == [True, True]
    first, second = box.mails
    assert first["Subject"] == "Оплата: 69 %"
    assert first["To"] == "shift@example.org, duty@example.org"
    assert first.get_content().strip() == "Прогноз ниже цели"
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"].datetime.timestamp() == AT_S


def test_a_relay_whose_certificate_is_not_trusted_gets_nothing(box: MailBox) -> None:
    with pytest.raises(CannotSend, match="SSLCertVerificationError"):
        mail(box).send("a", "s", "t", NOW)
    assert box.mails == []


def test_a_relay_without_starttls_gets_nothing() -> None:
    with mail_box() as plain:
        with pytest.raises(CannotSend):
            mail(plain).send("a", "s", "t", NOW)
        assert plain.mails == []
        mail(plain, starttls=False).send("a", "s", "t", NOW)
        assert plain.secure == [False]


def test_a_recipient_that_is_refused_is_told(box: MailBox, certificate: Certificate) -> None:
    box.refuse = {"duty@example.org"}
    with pytest.raises(CannotSend, match="refused 1 of 2"):
        mail(box, ca_file=str(certificate.authority)).send("a", "s", "t", NOW)


def test_a_relay_that_is_away_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(CannotSend):
        Mail(Relay("127.0.0.1", port), "a@example.org", ["b@example.org"], timeout_s=1).send("a", "s", "t", NOW)


@pytest.mark.parametrize("address", ["no address", "a@b\r\nBcc: x@example.org", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        Mail(Relay("127.0.0.1"), address, ["b@example.org"])
    assert not isinstance(caught.value, (CannotSend, smtplib.SMTPException))
