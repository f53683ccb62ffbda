"""A toy manager interface on a real socket: says what the test wants, may fall silent, cut or refuse."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Reply = Callable[[dict[str, str]], bytes | None]
"""The bytes to answer an action with; None: no answer."""

BOOTED = b"Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n"


def success(action: dict[str, str], message: str = "ok") -> bytes:
    return f"Response: Success\r\nActionID: {action['ActionID']}\r\nMessage: {message}\r\n\r\n".encode()


def refusal(action: dict[str, str], message: str) -> bytes:
    return f"Response: Error\r\nActionID: {action['ActionID']}\r\nMessage: {message}\r\n\r\n".encode()


class AmiPeer:
    """Use as a context. `actions` are all that came, `connections` how many were made."""

    def __init__(self, reply: Reply = success, address: str = "127.0.2.41", greeting: bytes | None = None) -> None:
        self.reply = reply
        self.greeting = b"Asterisk Call Manager/11.0.0\r\n" if greeting is None else greeting
        self.actions: list[dict[str, str]] = []
        self.connections = 0
        self._listener = socket.create_server((address, 0))
        self.address, self.port = self._listener.getsockname()
        self._live: socket.socket | None = None
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def say(self, data: bytes) -> None:
        assert self._live is not None
        self._live.sendall(data)

    def cut(self) -> None:
        """Break the living connection."""
        if self._live is not None:
            with suppress(OSError):
                self._live.shutdown(socket.SHUT_RDWR)

    def names(self) -> list[str]:
        return [action["Action"] for action in self.actions]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._live = connection
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(self.greeting)
            held = b""
            while received := connection.recv(65_536):
                held += received
                *whole, held = held.split(b"\r\n\r\n")
                for raw in whole:
                    self._act(connection, raw)

    def _act(self, connection: socket.socket, raw: bytes) -> None:
        pairs = [line.partition(": ")[::2] for line in raw.decode().split("\r\n")]
        action: dict[str, str] = {}
        for name, value in pairs:
            action[name] = f"{action[name]}\n{value}" if name in action else value
        self.actions.append(action)
        answer = self.reply(action)
        if answer is not None:
            connection.sendall(answer + (BOOTED if action["Action"] == "Login" and b"Success" in answer else b""))
