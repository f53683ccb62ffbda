"""The session descriptions (RFC 4566) of a telephone with A-law and RFC 4733 digits."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.kit.udp import Address

ALAW: Final = 8
EVENTS: Final = 101


class Direction(StrEnum):
    """Which way the sender of a description wants media to flow."""

    BOTH = "sendrecv"
    HOLD = "sendonly"
    LISTEN = "recvonly"
    NONE = "inactive"


@dataclass(frozen=True, slots=True)
class Description:
    """What the other side offers: where to send, whether A-law is possible, how digits are numbered."""

    address: Address
    alaw: bool
    events: int
    direction: Direction


class SdpError(ValueError):
    """No audio line with an address in the description."""


def describe(address: Address, version: int, direction: Direction, events: int = EVENTS) -> bytes:
    """Our offer or answer; `version` grows with each re-INVITE."""
    ip, port = address
    lines = (
        "v=0", f"o=kit 1 {version} IN IP4 {ip}", "s=-", f"c=IN IP4 {ip}", "t=0 0",
        f"m=audio {port} RTP/AVP {ALAW} {events}", f"a=rtpmap:{ALAW} PCMA/8000",
        f"a=rtpmap:{events} telephone-event/8000", f"a=fmtp:{events} 0-15", "a=ptime:20", f"a={direction.value}",
    )  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def parse(body: bytes) -> Description:
    """The other side's description. Errors: SdpError."""
    text = body.decode("utf-8", "replace")
    host = re.search(r"^c=IN IP4 ([\d.]+)", text, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+) \S+((?: \d+)+)", text, re.MULTILINE)
    if not host or not audio:
        raise SdpError(f"no audio with an IPv4 address in {text[:200]!r}")
    events = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.MULTILINE)
    direction = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)", text, re.MULTILINE)
    return Description(
        (host[1], int(audio[1])),
        str(ALAW) in audio[2].split(),
        int(events[1]) if events else EVENTS,
        Direction(direction[1]) if direction else Direction.BOTH,
    )
