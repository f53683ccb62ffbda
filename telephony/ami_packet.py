"""One packet of the Asterisk Manager Interface, to bytes and from bytes. Pure.

Rules: lines end in CR LF and in nothing else (U+2028 in a caller's name is text); a value with CR, LF or NUL never
leaves; an event that says twice what it is about was forged by what a stranger wrote, and is no packet; of another
repeated header the first counts; Asterisk reads lines of at most 1,024 bytes, so longer ones are refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LINE_LIMIT = 1000
"""Longest line of an action in bytes (Asterisk: manager.c reads into 1,025)."""
_FORBIDDEN = re.compile(r"[\r\n\0]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_VARIABLE_SUFFIX = "Variable"
_ONCE = frozenset({"Event", "Channel", "Uniqueid", "Linkedid", "DestChannel", "DestUniqueid", "BridgeUniqueid", "AOR"})

Fields = Iterable[tuple[str, str]]


class BadAction(ValueError):
    """An action that could be read as something else; nothing was sent. Clean the value where it came in."""


@dataclass(frozen=True, slots=True)
class Packet:
    """An event or a response. `kind` is the event's name, or Success/Error/Goodbye of a response.

    `variables` holds `ChanVariable: NAME=VALUE` as NAME, `DestChanVariable: NAME=VALUE` as Dest:NAME.
    """

    kind: str
    is_event: bool
    fields: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """A header's value, "" when it is absent."""
        return self.fields.get(name, "")


def encode_action(name: str, fields: Fields, action_id: str) -> bytes:
    """The action as bytes, its closing empty line included. Raises BadAction."""
    lines = [f"Action: {name}", f"ActionID: {action_id}"]
    for key, value in fields:
        if not _NAME.fullmatch(key):
            raise BadAction("The name of an AMI header may have Latin letters and digits only.")
        lines.append(f"{key}: {value}")
    for line in lines:
        if _FORBIDDEN.search(line):
            raise BadAction("A value for AMI holds a line break or NUL.")
    encoded = [line.encode("utf-8", errors="replace") for line in lines]
    if any(len(line) > LINE_LIMIT for line in encoded):
        raise BadAction(f"A line for AMI is longer than {LINE_LIMIT} bytes: Asterisk would cut it.")
    return b"\r\n".join(encoded) + b"\r\n\r\n"


def variable(name: str, value: str) -> tuple[str, str]:
    """The header that sets a variable of a channel. Raises BadAction for a comma, at which Asterisk would split it."""
    if "," in name or "," in value:
        raise BadAction("A variable for AMI holds a comma: Asterisk would read two variables.")
    return "Variable", f"{name}={value}"


def sip_header(name: str, value: str) -> tuple[str, str]:
    """The header of an Originate that puts a SIP header into the INVITE. Raises BadAction for a comma in either.

    Asterisk splits variables at commas outside of brackets only. (PreDialGoSub of Originate is ignored by 22.10.)
    """
    if "," in name or "," in value:
        raise BadAction("A SIP header for AMI holds a comma: Asterisk would read two variables.")
    return "Variable", f"PJSIP_HEADER(add,{name})={value}"


def event_name(raw: bytes) -> bytes | None:
    """The name of the event in a packet, read without parsing the rest; None for a response."""
    if not raw.startswith(b"Event: "):
        return None
    return raw[7:].partition(b"\r\n")[0]


def parse_packet(raw: bytes) -> Packet | None:
    """The packet in `raw` (without its closing empty line); None for what is neither event nor response, or forged."""
    fields: dict[str, str] = {}
    variables: dict[str, str] = {}
    for line in raw.decode("utf-8", errors="replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        value = value.removeprefix(" ")
        if name.endswith(_VARIABLE_SUFFIX):
            prefix = name.removesuffix(_VARIABLE_SUFFIX).removesuffix("Chan")
            key, _, content = value.partition("=")
            variables.setdefault(f"{prefix}:{key}" if prefix else key, content)
        elif fields.setdefault(name, value) != value and name in _ONCE:
            return None
    if raw.startswith(b"Event: "):
        return Packet(fields["Event"], True, fields, variables)
    if raw.startswith(b"Response: "):
        return Packet(fields["Response"], False, fields, variables)
    return None


class PacketBuffer:
    """Cuts a stream into packets; holds at most `limit` bytes of an unfinished one."""

    def __init__(self, limit: int = 1 << 20) -> None:
        self._limit = limit
        self._held = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        """The packets that are whole now. Raises OverflowError when one never ends."""
        self._held += received
        *whole, rest = self._held.split(b"\r\n\r\n")
        if len(rest) > self._limit:
            raise OverflowError
        self._held = rest
        return [bytes(packet) for packet in whole]
