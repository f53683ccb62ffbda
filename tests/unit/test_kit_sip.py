"""Messages, digests, descriptions and packets of the telephone kit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit import rtp, sdp, sip
from tests.kit.digest import Credentials, NoUsableChallenge, authorization
from tests.kit.scenarios import PATIENCE_LEVELS, agent, caller_that_stays, queue_caller

INVITE = (
    b"INVITE sip:100@127.0.1.1 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.1.2:5060;branch=z9hG4bKa;rport\r\n"
    b"Via: SIP/2.0/UDP 127.0.1.3;branch=z9hG4bKb\r\n"
    b'f: "a;tag=evil <x>" <sip:79001112233@127.0.1.2>;tag=real\r\n'
    b"t: <sip:100@127.0.1.1>\r\ni: 1@x\r\nCSeq: 7 INVITE\r\nSubject: one\r\n two\r\nl: 3\r\n\r\nabc"
)


def test_a_request_is_read() -> None:
    message = sip.parse(INVITE)
    assert (message.method, message.number, message.status) == ("INVITE", 7, 0)
    assert message.branch == b"z9hG4bKa"
    assert len(message.all("via")) == 2
    assert message.get("subject") == b"one two"
    assert message.body == b"abc"
    caller = message.get("From")
    assert sip.parameter(caller, "tag") == b"real"
    assert sip.user_of(sip.uri_of(caller)) == "79001112233"
    assert sip.display_name_of(caller) == b"a;tag=evil <x>"


def test_a_response_repeats_what_it_must() -> None:
    reply = sip.parse(sip.render(sip.response(sip.parse(INVITE), 486, b"mine")))
    assert (reply.status, reply.reason, reply.method, reply.number) == (486, "Busy Here", "INVITE", 7)
    assert reply.all("Via") == sip.parse(INVITE).all("Via")
    assert sip.parameter(reply.get("To"), "tag") == b"mine"
    assert reply.get("Call-ID") == b"1@x"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        INVITE.replace(b"CSeq: 7 INVITE", b"CSeq: x"),
        INVITE.replace(b"i: 1@x\r\n", b""),
        INVITE.replace(b"Subject: one", b"Subject"),
        INVITE.replace(b"SIP/2.0\r\n", b"HTTP/1.1\r\n", 1),
    ],
)
def test_what_is_not_sip_is_refused(broken: bytes) -> None:
    with pytest.raises(sip.SipError):
        sip.parse(broken)


@given(st.binary(max_size=300))
def test_any_datagram_is_read_or_refused(datagram: bytes) -> None:
    for data in (datagram, INVITE + datagram, INVITE.replace(b"one", datagram.replace(b"\r\n", b""))):
        try:
            message = sip.parse(data)
        except sip.SipError:
            continue
        assert message.method


def test_names_are_quoted_as_text_and_untouched_as_bytes() -> None:
    assert sip.named_address('Кли"ент', b"sip:1@x") == '"Кли\\"ент" <sip:1@x>'.encode()
    assert sip.display_name_of(sip.named_address('Кли"ент\\', b"sip:1@x")) == 'Кли"ент\\'.encode()
    assert sip.named_address(b'"\xc8\xe2', b"sip:1@x") == b'"\xc8\xe2 <sip:1@x>'
    assert sip.named_address(None, b"sip:1@x") == b"<sip:1@x>"


RFC_7616 = (
    b'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=%s, '
    b'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
MUFASA = Credentials("Mufasa", "Circle of Life")
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_digests_of_rfc_7616() -> None:
    md5, sha = RFC_7616 % b"MD5", RFC_7616 % b"SHA-256"
    answer = authorization([md5], "GET", b"/dir/index.html", MUFASA, CNONCE)
    assert b'response="8ca523f5e9506fed4657c9700eebdbec"' in answer
    answer = authorization([md5, sha], "GET", b"/dir/index.html", MUFASA, CNONCE)
    assert b'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in answer
    assert b"algorithm=SHA-256" in answer
    assert b'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in answer


def test_a_digest_without_qop_and_an_unknown_algorithm() -> None:
    challenge = b'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    answer = authorization([challenge], "GET", b"/dir/index.html", Credentials("Mufasa", "Circle Of Life"))
    assert b'response="670fd8c2df070c60b045671b8b24ff02"' in answer
    with pytest.raises(NoUsableChallenge):
        authorization([b'Digest realm="x", nonce="y", algorithm=SHA-512-256'], "GET", b"/", MUFASA)


def test_a_description_is_read_back() -> None:
    there = sdp.parse(sdp.describe(("127.0.1.9", 4000), 3, sdp.Direction.HOLD, events=96))
    assert there == sdp.Description(("127.0.1.9", 4000), True, 96, sdp.Direction.HOLD)
    with pytest.raises(sdp.SdpError):
        sdp.parse(b"v=0\r\nm=audio 1 RTP/AVP 8\r\n")


def test_packets_with_extension_and_padding_are_read() -> None:
    packet = rtp.Packet(8, 65535, 4294967295, 12, b"sound", marker=True)
    assert rtp.parse(rtp.pack(packet)) == packet
    plain = rtp.pack(packet)
    extended = bytes([plain[0] | 0x31]) + plain[1:12] + b"csrc" + b"\0\0\0\1more" + b"sound" + b"\0\0\3"
    assert rtp.parse(extended) == packet


@given(st.binary(max_size=40))
def test_any_datagram_is_a_packet_or_none(datagram: bytes) -> None:
    for data in (datagram, b"\x80\x08" + datagram, b"\xbf\x08" + datagram):
        packet = rtp.parse(data)
        assert packet is None or len(packet.payload) <= len(data)


def test_patience_has_the_mean_that_was_asked_for() -> None:
    scenario = queue_caller(10_000, 2_000)
    limits = {int(part.split('"')[0]) for part in scenario.split('200" rrs="true" timeout="')[1:]}
    assert len(limits) == PATIENCE_LEVELS
    assert sum(limits) / len(limits) == pytest.approx(10_000, rel=0.07)


@pytest.mark.parametrize(
    "scenario", [caller_that_stays(), caller_that_stays(talk_ms=500), agent(1, 3.5), agent(0, None)]
)
def test_scenarios_leave_no_placeholder(scenario: str) -> None:
    assert "@PREFIX@" not in scenario
    assert "{" not in scenario
    assert scenario.count("<send") == scenario.count("</send>")
