"""A UDP socket on the event loop that tells when the kernel received each datagram.

The kernel's time stamp matters: on a busy machine the event loop may be milliseconds late, and latencies are measured.
No task and no transport: opening and closing are immediate.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

Address = tuple[str, int]
Received = Callable[[bytes, Address, float], None]
"""Called with the datagram, its sender and its arrival in seconds of time.monotonic()."""

_SO_TIMESTAMPNS: Final = 35  # linux/socket.h; the socket module has no name for it
_BATCH: Final = 64
_BUFFER_BYTES: Final = 1 << 20
_OLDEST_S: Final = 10.0
"""A stamp older than this is a step of the wall clock, not a delay."""


class UdpSocket:
    """Bound to one address; `port` 0 takes a free one. Errors: OSError naming the address when it is taken."""

    def __init__(self, ip: str, port: int, received: Received) -> None:
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._socket.bind((ip, port))
        except OSError as error:
            self._socket.close()
            raise OSError(error.errno, f"cannot open UDP {ip}:{port}: {error.strerror}") from error
        bound: Address = self._socket.getsockname()
        self.address: Final = bound
        self.open = True
        self._loop.add_reader(self._socket, self._read)

    def send(self, datagram: bytes, to: Address) -> None:
        """Send now, or lose it as a network would when the buffer is full. Nothing after close."""
        if not self.open:
            return
        try:
            self._socket.sendto(datagram, to)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Stop receiving; may be called twice."""
        if self.open:
            self.open = False
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        for _ in range(_BATCH):
            if not self.open:
                return
            try:
                datagram, ancillary, _, sender = self._socket.recvmsg(65536, 64)
            except BlockingIOError:
                return
            self._received(datagram, (str(sender[0]), int(sender[1])), _arrival(ancillary))


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> float:
    now = time.monotonic()
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("@ll", data)
            waited = time.time() - (seconds + nanoseconds / 1e9)
            return now - waited if 0 <= waited < _OLDEST_S else now
    return now
