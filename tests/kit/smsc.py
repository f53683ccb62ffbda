"""A gateway for SMS on loopback that speaks SMPP 3.4 and believes nothing: every PDU is read octet by octet.

Its reader is its own, not the library's that is tested. What breaks the protocol is kept in `faults` and answered with
generic_nack. A test tells it what to answer, to be silent, to end the session or to cut the line.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.kit.waiting import eventually_sync

BIND_TRANSMITTER, BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x02, 0x09, 0x04, 0x05, 0x06, 0x15
PASSWORD: Final = "geheim12"
GENERIC_NACK: Final = 0x80000000
RESPONSE: Final = 0x80000000
THROTTLED, QUEUE_FULL, NO_SUCH_ADDRESS, SYSTEM_ERROR, WRONG_PASSWORD, NOT_BOUND = 0x58, 0x14, 0x0B, 0x08, 0x0E, 0x04
_NAMES: Final = {
    "service_type": 6, "source_ton": 0, "source_npi": 0, "source": 21, "to_ton": 0, "to_npi": 0, "to": 21,
    "esm_class": 0, "protocol_id": 0, "priority": 0, "schedule": 17, "validity": 17, "registered": 0, "replace": 0,
    "data_coding": 0, "default_message": 0,
}  # fmt: skip
"""The fields of submit_sm in their order (4.4.1): 0 is one octet, else the longest C string with its end."""


class BrokenPdu(Exception):
    """What is wrong with it, by the specification."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submit_sm; `octets` is its short_message with the header."""

    fields: dict[str, int | str]
    octets: bytes

    def __getitem__(self, name: str) -> int | str:
        return self.fields[name]


@dataclass(slots=True)
class Smsc:
    """`answers`: the statuses of the next submits (0 when empty); "silent" answers nothing, "cut" closes the line."""

    port: int = 0
    system_id: str = "callcentre"
    password: str = PASSWORD
    answers: list[int | str] = field(default_factory=list)
    deaf: bool = False
    """Answers nothing at all."""
    binds: list[int] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    enquiries: int = 0
    receipts: dict[int, int] = field(default_factory=dict)
    """Sequence of a deliver_sm of ours -> the status that it was answered with."""
    lines: list[socket.socket] = field(default_factory=list)
    noise: bytes = b""
    """Said before the next answer."""

    def texts(self) -> list[str]:
        """Each message put together from its parts as a telephone does: a part that comes again is the same part."""
        found: dict[object, dict[int, str]] = {}
        for count, one in enumerate(self.submitted):
            joined = bool(int(one["esm_class"]) & 0x40)
            key = (one["to"], one.octets[3]) if joined else count
            part = one.octets[one.octets[0] + 1 :] if joined else one.octets
            coding = "utf-16-be" if one["data_coding"] == 8 else "ascii"
            found.setdefault(key, {})[one.octets[5] if joined else 1] = part.decode(coding)
        return ["".join(parts[number] for number in sorted(parts)) for parts in found.values()]

    def tell(self, body: bytes, sequence: int = 77) -> None:
        """A deliver_sm to the newest line."""
        self.lines[-1].sendall(told(body, sequence))

    def say(self, command: int, sequence: int = 78) -> None:
        self.lines[-1].sendall(pdu(command, 0, sequence))

    def wait_for_receipt(self, sequence: int = 77) -> int:
        eventually_sync(lambda: sequence in self.receipts, 5, "the receipt is answered")
        return self.receipts[sequence]


def receipt_body(text: str, esm_class: int = 4, tlvs: bytes = b"") -> bytes:
    """The body of a deliver_sm that tells a receipt."""
    said = text.encode()
    head = b"\0" + b"\x01\x0179123456789\0" + b"\x05\x00Energosbyt\0"
    return head + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, len(said))) + said + tlvs


def told(body: bytes, sequence: int = 77) -> bytes:
    """A whole deliver_sm."""
    return pdu(DELIVER_SM, 0, sequence, body)


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


@contextmanager
def smsc(context: ssl.SSLContext | None = None) -> Iterator[Smsc]:
    kept = Smsc()
    with socket.create_server(("127.0.0.1", 0)) as door:
        kept.port = door.getsockname()[1]
        threading.Thread(target=_welcome, args=(kept, door, context), daemon=True).start()
        yield kept
        door.shutdown(socket.SHUT_RDWR)
    for line in kept.lines:
        line.close()


def _welcome(kept: Smsc, door: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(kept, line, context), daemon=True).start()


def _serve(kept: Smsc, line: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        if context is not None:
            line = context.wrap_socket(line, server_side=True)
        kept.lines.append(line)
        line.settimeout(60)
        session = _Session(kept, line)
        while True:
            session.next()
    except (OSError, EOFError):
        line.close()


class _Session:
    def __init__(self, kept: Smsc, line: socket.socket) -> None:
        self._kept = kept
        self._line = line
        self._bound = False
        self._count = 0

    def next(self) -> None:
        length, command, status, sequence = struct.unpack(">LLLL", self._read(16))
        body = self._read(length - 16)
        if self._kept.deaf:
            return
        try:
            _check_header(command, status, sequence)
            self._answer(command, sequence, status, body)
        except BrokenPdu as fault:
            self._kept.faults.append(str(fault))
            self._line.sendall(pdu(GENERIC_NACK, 3, sequence))

    def _answer(self, command: int, sequence: int, status: int, body: bytes) -> None:
        if command in (BIND_TRANSMITTER, BIND_TRANSCEIVER):
            self._kept.binds.append(command)
            good = _login(body) == (self._kept.system_id, self._kept.password)
            self._bound = good
            self._say(pdu(command | RESPONSE, 0 if good else WRONG_PASSWORD, sequence, b"toy\0" if good else b""))
        elif command == SUBMIT_SM:
            self._submit(sequence, body)
        elif command in (UNBIND, ENQUIRE_LINK):
            if body:
                raise BrokenPdu("a body where there is none")
            self._kept.enquiries += command == ENQUIRE_LINK
            self._say(pdu(command | RESPONSE, 0, sequence))
            if command == UNBIND:
                raise EOFError
        elif command == DELIVER_SM | RESPONSE:
            self._kept.receipts[sequence] = status
        elif command not in (UNBIND | RESPONSE, ENQUIRE_LINK | RESPONSE):
            raise BrokenPdu(f"command {command:#x}")

    def _submit(self, sequence: int, body: bytes) -> None:
        if not self._bound:
            raise BrokenPdu("not bound")
        one = _submitted(body)
        answer = self._kept.answers.pop(0) if self._kept.answers else 0
        if answer == "cut":
            raise EOFError
        if answer == 0 or answer == "silent":  # taken, though the answer to it may be lost
            self._kept.submitted.append(one)
        if isinstance(answer, int):
            self._count += 1
            given = f"id-{len(self._kept.submitted)}\0".encode() if answer == 0 else b""
            self._say(pdu(SUBMIT_SM | RESPONSE, answer, sequence, given))

    def _say(self, said: bytes) -> None:
        noise, self._kept.noise = self._kept.noise, b""
        self._line.sendall(noise + said)

    def _read(self, octets: int) -> bytes:
        if not 0 <= octets <= 4096:
            self._kept.faults.append(f"a length of {octets}")
            raise EOFError
        read = b""
        while len(read) < octets:
            part = self._line.recv(octets - len(read))
            if not part:
                raise EOFError
            read += part
        return read


def _check_header(command: int, status: int, sequence: int) -> None:
    if not 0 < sequence < 0x80000000 or (status and command < RESPONSE):
        raise BrokenPdu(f"sequence {sequence}, status {status}")


def pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """Any PDU, its length counted."""
    return struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body


def _string(body: bytes, most: int) -> tuple[str, bytes]:
    end = body.find(b"\0")
    if end < 0 or end >= most:
        raise BrokenPdu(f"a C string of more than {most} octets, or without an end")
    return body[:end].decode("ascii"), body[end + 1 :]


def _login(body: bytes) -> tuple[str, str]:
    system_id, body = _string(body, 16)
    password, body = _string(body, 9)
    _, body = _string(body, 13)
    if body[:3] != b"\x34\x00\x00" or body[3:] != b"\0":
        raise BrokenPdu("the end of the bind")
    return system_id, password


def _submitted(body: bytes) -> Submitted:
    fields: dict[str, int | str] = {}
    for name, longest in _NAMES.items():
        if longest:
            fields[name], body = _string(body, longest)
        elif not body:
            raise BrokenPdu(f"no {name}")
        else:
            fields[name], body = body[0], body[1:]
    if not body or body[0] > 254 or len(body) != body[0] + 1:
        raise BrokenPdu("sm_length is not the length of the rest")
    octets = body[1:]
    if int(fields["esm_class"]) & 0x40 and (len(octets) < 6 or octets[:3] != b"\x05\0\x03" or len(octets) > 140 + 19):
        raise BrokenPdu("the joining header")
    if fields["data_coding"] == 8 and len(octets) > 140:
        raise BrokenPdu("more than 140 octets")
    if not str(fields["to"]).isdecimal() or fields["to_ton"] != 1 or fields["to_npi"] != 1:
        raise BrokenPdu("the destination")
    validity = str(fields["validity"])
    if validity and not (len(validity) == 16 and validity.endswith("000R") and validity[:-1].isdecimal()):
        raise BrokenPdu("validity_period")
    return Submitted(fields, octets)
