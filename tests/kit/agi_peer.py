"""A toy Asterisk for the AGI side: reads commands from a socket, answers what the test says."""

import socket
import threading
from collections.abc import Callable, Mapping
from typing import Self

from telephony.agi_session import CallAgi
from telephony.line_reader import LineReader

Answerer = Callable[[str], bytes | None]
"""The bytes to answer a command with; None closes the connection."""

DEADLINE_S = 5.0


def answers(table: Mapping[str, bytes | None], otherwise: bytes | None = b"200 result=0\n") -> Answerer:
    """Answers by the first words of a command."""

    def answer(command: str) -> bytes | None:
        return next((reply for start, reply in table.items() if command.startswith(start)), otherwise)

    return answer


class AgiPeer:
    """Use as a context; `commands` are the lines that came, `agi` the session under test."""

    def __init__(self, answerer: Answerer, environment: Mapping[str, str] | None = None) -> None:
        ours, self._theirs = socket.socketpair()
        self._answerer = answerer
        self.commands: list[str] = []
        self.agi = CallAgi(ours, LineReader(ours), environment or {})
        self._ours = ours
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._thread.join(DEADLINE_S)
        self._theirs.close()
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with self._theirs.makefile("rb") as lines:
            try:
                for raw in lines:
                    command = raw.decode("utf-8", errors="replace").rstrip("\n")
                    self.commands.append(command)
                    reply = self._answerer(command)
                    if reply is None:
                        self._theirs.shutdown(socket.SHUT_RDWR)
                        return
                    self._theirs.sendall(reply)
            except OSError:
                return
