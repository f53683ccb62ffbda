"""SMS by SMPP 3.4 (the SMPP Developers Forum's specification of 1999): one line to one gateway, one message at a time.

1. The line is opened at the first message, bound as transmitter, or as transceiver where receipts are wanted. It is
   used by one thread. Quiet for `QUIET_S` it is tried with enquire_link; without an answer it is closed, and opened
   anew at the next message, or after `AGAIN_S` where receipts are wanted.
2. A text goes in GSM 7 bit or UCS-2, cut by customers.sms; several parts carry the joining header (3GPP TS 23.040,
   9.2.3.24.1) with a reference that follows from the notice's id: a notice that is sent twice because an answer was
   lost is put together by the telephone as one.
3. Only the last part asks for a receipt, and its id stands for the whole.
4. Nothing that was sent or received is logged; the library's own log is off.
"""

import logging
import re
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from smpplib import consts, smpp
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as LineLost
from smpplib.exceptions import PDUError, UnknownCommandError

from calls.numbers import PhoneNumber
from customers.sms import Alphabet, TooLong, encoded
from gateways.errors import CannotSend, NeverSent, Throttled

CONNECT_S: Final = 5.0
ANSWER_S: Final = 10.0
QUIET_S: Final = 30.0
AGAIN_S: Final = 30.0
LONGEST_PDU: Final = 64 * 1024
LONGEST_SYSTEM_ID: Final = 15
LONGEST_PASSWORD: Final = 8
"""Octets, by the specification (5.2.1, 5.2.2); the library would cut longer ones silently."""

_UCS2: Final = 8
_UDHI: Final = 0x40
_RECEIPT: Final = 0x04
_TYPE_BITS: Final = 0x3C
_NOT_BOUND: Final = consts.SMPP_ESME_RINVBNDSTS
_TRY_LATER: Final = 0x64
"""ESME_RX_T_APPN: the receipt could not be kept, send it again."""
_THROTTLED: Final = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL})
_NEVER: Final = frozenset(
    {
        consts.SMPP_ESME_RINVMSGLEN,
        consts.SMPP_ESME_RINVDSTADR,
        consts.SMPP_ESME_RINVDSTTON,
        consts.SMPP_ESME_RINVDSTNPI,
    }
)
_DELIVERED: Final = 2
_FINAL_STATES: Final = frozenset({_DELIVERED, 3, 4, 5, 8})
"""5.2.28: delivered, expired, deleted, undeliverable, rejected."""
_STATES: Final = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "REJECTD": 8}
_RECEIPT_TEXT: Final = re.compile(rb"id:(\S{1,65}).{0,200}?stat:([A-Z]{7})", re.DOTALL)
_QUIET_LOG: Final = "smpplib.quiet"


@dataclass(frozen=True, slots=True)
class Smsc:
    """Where SMS go out. `sender`: +E.164, a short number, or up to 11 Latin letters and digits."""

    host: str
    port: int
    sender: str
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = True
    ca_file: str = ""
    receipts: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message in the end: on the telephone, or never there."""

    gateway_id: str
    delivered: bool


class SmsGateway:
    """`on_receipt` is called by `send` and `keep`; when it raises, the gateway is asked to tell the same later.

    Raises ValueError for a login that SMPP has no room for.
    """

    def __init__(
        self,
        smsc: Smsc,
        on_receipt: Callable[[Receipt], None] = lambda _receipt: None,
        answer_s: float = ANSWER_S,
        quiet_s: float = QUIET_S,
        again_s: float = AGAIN_S,
    ) -> None:
        if len(smsc.system_id) > LONGEST_SYSTEM_ID or len(smsc.password) > LONGEST_PASSWORD:
            raise ValueError(
                f"SMPP has room for a system id of {LONGEST_SYSTEM_ID} and a password of {LONGEST_PASSWORD} letters. "
                "Ask the provider for such a login."
            )
        self._smsc = smsc
        self._on_receipt = on_receipt
        self._answer_s = answer_s
        self._quiet_s = quiet_s
        self._again_s = again_s
        self._line: _Line | None = None
        self._tried = -again_s
        logging.getLogger("smpplib").setLevel(logging.CRITICAL + 1)  # its lines hold numbers, texts and the password

    def send(self, notice_id: str, to: PhoneNumber, text: str, valid_s: float) -> str:
        """Hand it over; the gateway's id of it. It is not to be delivered later than in `valid_s` seconds.

        Raises CannotSend, Throttled, NeverSent.
        """
        try:
            sms = encoded(text)
        except (TooLong, ValueError) as error:
            raise NeverSent("The text cannot be written as SMS: it is too long, or holds half a character.") from error
        reference = sha256(notice_id.encode()).digest()[0]
        line = self._open()
        gateway_id = ""
        with _Faults(self):
            for number, part in enumerate(sms.parts, 1):
                joined = len(sms.parts) > 1
                header = bytes((5, 0, 3, reference, len(sms.parts), number)) if joined else b""
                last = number == len(sms.parts)
                ton, npi = _kind_of(self._smsc.sender)
                answer = self._ask(
                    line,
                    "submit_sm",
                    source_addr_ton=ton,
                    source_addr_npi=npi,
                    source_addr=self._smsc.sender.removeprefix("+"),
                    dest_addr_ton=consts.SMPP_TON_INTL,
                    dest_addr_npi=consts.SMPP_NPI_ISDN,
                    destination_addr=to.removeprefix("+"),
                    esm_class=_UDHI if joined else 0,
                    data_coding=_UCS2 if sms.alphabet is Alphabet.UCS2 else 0,
                    registered_delivery=1 if last and self._smsc.receipts else 0,
                    validity_period=_relative(valid_s),
                    short_message=header + part,
                )
                gateway_id = answer.message_id.decode("ascii", "replace")
        return gateway_id

    def keep(self) -> None:
        """Hear what the gateway tells, and whether it is still there. Returns at once; raises CannotSend."""
        if self._line is None:
            if self._smsc.receipts and time.monotonic() - self._tried >= self._again_s:
                self._open()
            return
        with _Faults(self):
            while self._line.heard():
                self._take(self._line, self._line.next_pdu(self._answer_s))
            if self._line.quiet_s() >= self._quiet_s:
                self._ask(self._line, "enquire_link")

    def close(self) -> None:
        """Leave the gateway with a word, if it listens."""
        if self._line is None:
            return
        try:
            with _Faults(self):
                self._ask(self._line, "unbind")
        except CannotSend:
            pass
        self.drop()

    def drop(self) -> None:
        """Close the line as it is."""
        if self._line is not None:
            self._line.drop()
            self._line = None

    def _open(self) -> "_Line":
        if self._line is not None:
            return self._line
        self._tried = time.monotonic()
        line = self._line = _Line(self._smsc)
        with _Faults(self):
            line.connect()
            login = {"system_id": self._smsc.system_id, "password": self._smsc.password}
            command = "bind_transceiver" if self._smsc.receipts else "bind_transmitter"
            self._ask(line, command, **login, system_type=self._smsc.system_type)
        return line

    def _ask(self, line: "_Line", command: str, **values: object) -> Any:
        """Send and wait for the answer to it, taking in what comes before. Raises what `_Faults` tells on."""
        question = smpp.make_pdu(command, client=line, **values)
        line.send_pdu(question)
        deadline = time.monotonic() + self._answer_s
        while True:
            pdu = line.next_pdu(deadline - time.monotonic())
            if pdu.sequence == question.sequence and pdu.command in (f"{command}_resp", "generic_nack"):
                if pdu.status != consts.SMPP_ESME_ROK or pdu.command == "generic_nack":
                    raise _Status(command, int(pdu.status))
                return pdu
            self._take(line, pdu)

    def _take(self, line: "_Line", pdu: Any) -> None:
        """What the gateway says of its own accord."""
        if pdu.command == "deliver_sm":
            answer = smpp.make_pdu("deliver_sm_resp", client=line, status=self._kept(pdu))
        elif pdu.command in ("enquire_link", "unbind"):
            answer = smpp.make_pdu(f"{pdu.command}_resp", client=line)
        else:
            return  # a late answer, or a word that we need not know
        answer.sequence = pdu.sequence
        line.send_pdu(answer)
        if pdu.command == "unbind":
            raise LineLost("The gateway ended the session.")

    def _kept(self, pdu: Any) -> int:
        receipt = _receipt(pdu)
        if receipt is not None:
            try:
                self._on_receipt(receipt)
            except Exception:  # noqa: BLE001 - whatever it is, the gateway keeps the receipt and the line goes on
                return _TRY_LATER
        return int(consts.SMPP_ESME_ROK)


class _Status(Exception):
    """The gateway answered, and not with success."""

    def __init__(self, command: str, status: int) -> None:
        super().__init__(f"{command}: {status:#04x}")
        self.command = command
        self.status = status


class _Faults:
    """Tells what happened on the line as one of ours; after anything but an answer the line is not to be trusted."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway = gateway

    def __enter__(self) -> None:
        return

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is None or isinstance(error, CannotSend):
            return
        if isinstance(error, _Status) and error.command == "submit_sm" and error.status != _NOT_BOUND:
            _refuse(error)
        self._gateway.drop()
        if isinstance(error, _Status):
            raise CannotSend(f"The SMS gateway refused {error.command} ({error.status:#04x}).") from error
        if isinstance(error, ssl.SSLError):
            raise CannotSend(f"TLS to the SMS gateway failed ({type(error).__name__}).") from error
        if isinstance(error, _LINE_FAULTS):
            raise CannotSend(f"The line to the SMS gateway failed ({type(error).__name__}).") from error


def _refuse(answer: _Status) -> None:
    if answer.status in _THROTTLED:
        raise Throttled("The SMS gateway takes no more for the moment.") from answer
    if answer.status in _NEVER:
        raise NeverSent(f"The SMS gateway will never take it ({answer.status:#04x}).") from answer
    raise CannotSend(f"The SMS gateway refused it ({answer.status:#04x}).") from answer


_LINE_FAULTS: Final = (
    LineLost,
    PDUError,
    UnknownCommandError,
    OSError,
    # What the library's parser raises at a broken PDU:
    struct.error,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
)


class _Line(Client):  # type: ignore[misc] # smpplib publishes no types
    """The library's client with every wait bounded as a whole, and no PDU longer than LONGEST_PDU."""

    _socket: Any  # a socket, or None while it is closed

    def __init__(self, smsc: Smsc) -> None:
        super().__init__(smsc.host, smsc.port, timeout=CONNECT_S, logger_name=_QUIET_LOG, allow_unknown_opt_params=True)
        self._smsc = smsc
        self._deadline = 0.0
        self._last = time.monotonic()

    def connect(self) -> None:
        plain = socket.create_connection((self._smsc.host, self._smsc.port), CONNECT_S)
        if self._smsc.tls:
            context = ssl.create_default_context(cafile=self._smsc.ca_file or None)
            try:
                self._socket = context.wrap_socket(plain, server_hostname=self._smsc.host)
            except BaseException:
                plain.close()
                raise
        else:
            self._socket = plain
        self.state = consts.SMPP_CLIENT_STATE_OPEN

    def next_pdu(self, within_s: float) -> Any:
        """Raises TimeoutError when nothing whole came in time."""
        self._deadline = time.monotonic() + within_s
        pdu = self.read_pdu()
        self._last = time.monotonic()
        return pdu

    def heard(self) -> bool:
        """Whether something is there to be read."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return bool(waiting.poll(0))

    def quiet_s(self) -> float:
        return time.monotonic() - self._last

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.state = consts.SMPP_CLIENT_STATE_CLOSED

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= LONGEST_PDU:
            raise LineLost("A PDU of an impossible length.")
        read = b""
        while len(read) < exact_size:
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self._socket.settimeout(left_s)
            part = self._socket.recv(exact_size - len(read))
            if not part:
                raise LineLost("The gateway closed the line.")
            read += part
        return read


def _kind_of(sender: str) -> tuple[int, int]:
    """Type of number and numbering plan (5.2.5, 5.2.6) of the sender."""
    if sender.startswith("+"):
        return consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN
    if sender.isdecimal():
        return consts.SMPP_TON_NWSPEC, consts.SMPP_NPI_ISDN
    return consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK


def _relative(seconds: float) -> str:
    """A time from now as SMPP writes it (7.1.1.2): YYMMDDhhmmss000R; at least a minute, at most 28 days."""
    whole = round(min(max(seconds, 60.0), 28 * 86_400.0))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"0000{day:02d}{hour:02d}{minute:02d}{second:02d}000R"


def _receipt(pdu: Any) -> Receipt | None:
    """The receipt in a deliver_sm; None for anything else, a customer's answer among it (nobody reads those)."""
    if (int(pdu.esm_class or 0) & _TYPE_BITS) != _RECEIPT:
        return None
    found = _RECEIPT_TEXT.search(bytes(pdu.short_message or b""))
    told_id = getattr(pdu, "receipted_message_id", None) or (found[1] if found else b"")
    state = getattr(pdu, "message_state", None) or (_STATES.get(found[2].decode("ascii"), 0) if found else 0)
    if not told_id or state not in _FINAL_STATES:
        return None
    return Receipt(bytes(told_id).decode("ascii", "replace"), state == _DELIVERED)
