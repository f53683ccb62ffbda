"""SIP messages (RFC 3261) as bytes: parse and render, without any interpretation of a hostile header.

All in bytes: a caller's name may be cp1251, and Python's `str.strip` would eat half of a Cyrillic letter.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Headers = tuple[tuple[str, bytes], ...]

_COMPACT: Final = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
                   "c": "content-type", "k": "supported", "s": "subject"}  # fmt: skip
REASONS: Final = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here",
    487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
    503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip


class SipError(ValueError):
    """A datagram is not the SIP that we understand."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response; header names as they came, values without surrounding blanks."""

    start: bytes
    headers: Headers
    body: bytes = b""

    def all(self, name: str) -> tuple[bytes, ...]:
        """Each value of a header, in order; the name in any case."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())

    def get(self, name: str) -> bytes:
        """The first value of a header, b"" without one."""
        return next(iter(self.all(name)), b"")

    @property
    def status(self) -> int:
        """The code of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith(b"SIP/2.0 ") else 0

    @property
    def reason(self) -> str:
        """The words after a response's code."""
        return self.start.split(b" ", 2)[2].decode("utf-8", "replace") if self.start.count(b" ") > 1 else ""

    @property
    def method(self) -> str:
        """Of a request, or of the request that a response answers."""
        return self.get("CSeq").split()[1].decode("ascii")

    @property
    def number(self) -> int:
        """The CSeq number."""
        return int(self.get("CSeq").split()[0])

    @property
    def uri(self) -> bytes:
        """The address that a request asks for."""
        return self.start.split(b" ")[1]

    @property
    def branch(self) -> bytes:
        """Of the topmost Via: names the transaction."""
        return parameter(self.get("Via"), "branch")


def parse(datagram: bytes) -> Message:
    """The message in a datagram. Errors: SipError saying what is missing."""
    head, blank, body = datagram.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    headers: list[tuple[str, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and headers:
            name, value = headers[-1]
            headers[-1] = (name, value + b" " + line.strip())
            continue
        key, colon, value = line.partition(b":")
        if not colon:
            raise SipError(f"a header line without a colon: {line[:80]!r}")
        name = key.strip().decode("ascii", "replace")
        headers.append((_COMPACT.get(name.lower(), name), value.strip()))
    message = Message(start, tuple(headers), body)
    if not blank or not re.fullmatch(rb"SIP/2\.0 [1-6]\d\d( .*)?|[A-Z]+ \S+ SIP/2\.0", start):
        raise SipError(f"not a SIP message: {datagram[:80]!r}")
    if not re.fullmatch(rb"\d{1,10}\s+[A-Z]+", message.get("CSeq")):
        raise SipError(f"no usable CSeq: {message.get('CSeq')[:80]!r}")
    for needed in ("Via", "From", "To", "Call-ID"):
        if not message.get(needed):
            raise SipError(f"no {needed} header in {start[:80]!r}")
    return message


def render(message: Message) -> bytes:
    """The datagram, with its Content-Length."""
    lines = [message.start, *(key.encode("ascii") + b": " + value for key, value in message.headers)]
    lines.append(b"Content-Length: %d" % len(message.body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + message.body


def response(
    request: Message, status: int, tag: bytes, headers: Iterable[tuple[str, bytes]] = (), body: bytes = b""
) -> Message:
    """The answer to a request, with our tag in To."""
    to = request.get("To")
    if not parameter(to, "tag") and status > 100:
        to += b";tag=" + tag
    copied = [*(("Via", via) for via in request.all("Via")), ("From", request.get("From")), ("To", to)]
    copied += [("Call-ID", request.get("Call-ID")), ("CSeq", request.get("CSeq"))]
    start = f"SIP/2.0 {status} {REASONS.get(status, 'Answer')}".encode("ascii")
    return Message(start, (*copied, *headers), body)


def token(bits: int = 64) -> bytes:
    """A fresh random word for tags and call ids."""
    return f"{secrets.randbits(bits):x}".encode("ascii")


def new_branch() -> bytes:
    """A transaction's name with RFC 3261's magic cookie."""
    return b"z9hG4bK" + token()


def parameter(value: bytes, name: str) -> bytes:
    """A parameter after the address, b"" without it; one inside of a quoted name or the URI does not count."""
    after = value[value.rfind(b">") + 1 :]
    found = re.search(rb";\s*" + re.escape(name.encode()) + rb"\s*=\s*([^;,\s]+)", after, re.IGNORECASE)
    return found[1] if found else b""


def uri_of(value: bytes) -> bytes:
    """The URI of a From, To or Contact."""
    begin, end = value.rfind(b"<"), value.rfind(b">")
    return value[begin + 1 : end] if 0 <= begin < end else value.split(b";")[0].strip()


def user_of(uri: bytes) -> str:
    """What stands before the at sign of a URI: the number."""
    return uri.partition(b":")[2].rpartition(b"@")[0].split(b";")[0].decode("utf-8", "replace")


def display_name_of(value: bytes) -> bytes:
    """The raw name before the address, without its quotes."""
    name = value[: max(0, value.rfind(b"<"))].strip()
    quoted = len(name) > 1 and name[:1] == name[-1:] == b'"'
    return re.sub(rb"\\(.)", rb"\1", name[1:-1], flags=re.DOTALL) if quoted else name


def named_address(name: str | bytes | None, uri: bytes) -> bytes:
    """A From: text is quoted as RFC 3261 asks, bytes go out untouched, however hostile."""
    if name is None:
        return b"<" + uri + b">"
    if isinstance(name, bytes):
        return name + b" <" + uri + b">"
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", name.encode()) + b'" <' + uri + b">"
