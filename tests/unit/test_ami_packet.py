"""Packets of the manager interface: what is refused, what is data, what is an event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami_packet import BadAction, PacketBuffer, encode_action, event_name, parse_packet, variable


@pytest.mark.parametrize("hostile", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0"])
def test_a_line_break_in_a_value_never_leaves(hostile: str) -> None:
    with pytest.raises(BadAction):
        encode_action("Redirect", [("Channel", hostile)], "1")
    with pytest.raises(BadAction):
        encode_action("Redirect", [(hostile, "x")], "1")


def test_a_comma_in_a_variable_is_refused() -> None:
    with pytest.raises(BadAction, match="comma"):
        variable("CALLER", "PJSIP/a,NOTAKE=1")


def test_a_line_that_asterisk_would_cut_is_refused() -> None:
    with pytest.raises(BadAction, match="longer"):
        encode_action("Setvar", [("Value", "я" * 600)], "1")


def test_an_action_as_bytes() -> None:
    data = encode_action("Setvar", [("Variable", "ACD_BEAT"), ("Value", "1")], "main-7")
    assert data == b"Action: Setvar\r\nActionID: main-7\r\nVariable: ACD_BEAT\r\nValue: 1\r\n\r\n"


def test_a_name_with_a_line_separator_forges_no_header() -> None:
    raw = "Event: Newchannel\r\nCallerIDName: x\u2028Uniqueid: offer-1\u0085Event: Hangup\r\nUniqueid: 1.1".encode()
    packet = parse_packet(raw)
    assert packet is not None
    assert (packet.kind, packet["Uniqueid"]) == ("Newchannel", "1.1")


def test_a_caller_named_as_an_answer_is_a_name() -> None:
    packet = parse_packet(b"Event: Hangup\r\nCallerIDName: status will follow\r\nResponse: Error\r\nUniqueid: 1.1")
    assert packet is not None
    assert packet.is_event
    assert packet["CallerIDName"] == "status will follow"


def test_another_code_page_is_read_with_losses() -> None:
    packet = parse_packet(b"Event: Hangup\r\nCallerIDName: " + "Иван".encode("cp1251") + b"\r\nUniqueid: 1.1")
    assert packet is not None
    assert packet["CallerIDName"] == "\ufffd" * 4


def test_channel_variables_are_kept_by_name_and_side() -> None:
    packet = parse_packet(
        b"Event: DialState\r\nChanVariable: CC_CALL=a=b\r\nDestChanVariable: CC_CALL=c\r\nVariable: CC_LANG=ru"
    )
    assert packet is not None
    assert packet.variables == {"CC_CALL": "a=b", "Dest:CC_CALL": "c", "CC_LANG": "ru"}


def test_the_first_of_a_repeated_header_counts() -> None:
    packet = parse_packet(b"Event: Hangup\r\nCause: 16\r\nCause: 44")
    assert packet is not None
    assert packet["Cause"] == "16"


@pytest.mark.parametrize("header", ["Event: Forged", "Uniqueid: offer-x", "Channel: PJSIP/agent-x-1", "AOR: agent-x"])
def test_an_event_that_says_twice_what_it_is_about_is_forged(header: str) -> None:
    about = "Event: Hangup\r\nChannel: PJSIP/trunk-1\r\nUniqueid: 1.1\r\nAOR: agent-anna"
    assert parse_packet(f"{about}\r\n{header}".encode()) is None
    assert parse_packet(f"{about}\r\nUniqueid: 1.1".encode()) is not None


@given(st.binary())
def test_any_bytes_are_a_packet_or_nothing(raw: bytes) -> None:
    packet = parse_packet(raw)
    assert packet is None or raw.startswith((b"Event: ", b"Response: "))
    if packet is not None and packet.is_event:
        assert event_name(raw) == packet.kind.encode() or "\ufffd" in packet.kind


@given(st.lists(st.binary(min_size=1).filter(lambda part: b"\r\n\r\n" not in part + b"\r\n\r\n"[:3])), st.data())
def test_a_stream_is_cut_the_same_however_it_arrives(parts: list[bytes], data: st.DataObject) -> None:
    parts = [part.strip(b"\r\n") or b"x" for part in parts]
    stream = b"".join(part + b"\r\n\r\n" for part in parts)
    buffer = PacketBuffer()
    cut: list[bytes] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        cut += buffer.feed(stream[:size])
        stream = stream[size:]
    assert cut == parts


def test_a_packet_without_end_is_refused() -> None:
    buffer = PacketBuffer(limit=65_536)
    for _ in range(16):
        buffer.feed(b"x" * 4096)
    with pytest.raises(OverflowError):
        buffer.feed(b"x")
