"""One line to an SMS gateway: smpplib's client with every wait bounded as a whole, over TLS by default."""

import select
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, Final

from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as LineLost

CONNECT_S: Final = 5.0
LONGEST_PDU: Final = 64 * 1024
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


class SmppLine(Client):  # type: ignore[misc] # smpplib publishes no types
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
