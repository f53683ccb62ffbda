"""The open telephone sockets by agent: one telephone each, closed at sign-out."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from calls.ids import AgentId, new_uuid7

LONGEST_LINE = 40


class Closing(asyncio.Event):
    """Set when a socket has to close; `code` says why (RFC 6455, 7.4.1)."""

    AWAY = 1001
    NOT_ALLOWED = 1008

    def __init__(self) -> None:
        super().__init__()
        self.code = self.AWAY

    def refuse(self) -> None:
        """Close because the sign-in does not hold any more."""
        self.code = self.NOT_ALLOWED
        self.set()


class TelephoneSockets:
    """One telephone an agent. A page that opens the telephone gets a new line; the former page's line is dead.

    A page that comes back after our restart is believed: nothing else claims the telephone.
    """

    def __init__(self) -> None:
        self._lines: dict[AgentId, str] = {}
        self._open: dict[AgentId, Closing] = {}

    def new_line(self, agent: AgentId) -> str:
        """The line of the page that has the telephone from now on; later lines sort higher. The older socket closes."""
        self._close_socket(agent)
        line = self._lines[agent] = new_uuid7()
        return line

    def line_of(self, agent: AgentId) -> str:
        """The line that has the telephone; empty when none was opened."""
        return self._lines.get(agent, "")

    def opened(self, agent: AgentId, line: str) -> Closing | None:
        """An event that is set when this socket has to close; None when the telephone is on another line."""
        if not line or self._lines.setdefault(agent, line[:LONGEST_LINE]) != line:
            return None
        self._close_socket(agent)
        closing = self._open[agent] = Closing()
        return closing

    def closed(self, agent: AgentId, closing: Closing) -> None:
        if self._open.get(agent) is closing:
            del self._open[agent]

    def close(self, agent: AgentId) -> None:
        """At sign-out: no line, no socket."""
        self._lines.pop(agent, None)
        self._close_socket(agent)

    def _close_socket(self, agent: AgentId) -> None:
        closing = self._open.pop(agent, None)
        if closing is not None:
            closing.set()


class BoothSockets:
    """The booth's sockets: anonymous, so only counted. Beyond `MOST` a new one is closed at once."""

    MOST = 32

    def __init__(self) -> None:
        self._open = 0

    @contextmanager
    def place(self) -> Iterator[Closing | None]:
        """A place for one socket, None when all are taken."""
        if self._open >= self.MOST:
            yield None
            return
        self._open += 1
        try:
            yield Closing()
        finally:
            self._open -= 1
