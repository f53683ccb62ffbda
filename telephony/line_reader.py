"""Lines from a socket with a bound on their length, so that no peer can make us hold more than that."""

import socket
import time
from collections.abc import Callable


class TooLong(Exception):
    """The peer sent a longer line than any honest one: close the connection."""


class LineReader:
    """Reads lines that end in LF."""

    def __init__(self, connection: socket.socket, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._monotonic = monotonic
        self._held = b""

    def line(self, deadline: float, limit: int) -> bytes | None:
        """The next line without its LF; None when the peer has closed.

        `deadline` is on the monotonic clock; `limit` is the longest line in bytes, its LF not counted.
        Raises TimeoutError, TooLong, OSError.
        """
        while b"\n" not in self._held:
            if len(self._held) > limit:
                raise TooLong
            left = deadline - self._monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            received = self._connection.recv(4096)
            if not received:
                return None
            self._held += received
        line, _, self._held = self._held.partition(b"\n")
        if len(line) > limit:
            raise TooLong
        return line
