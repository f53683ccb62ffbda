"""One AGI command's turnaround: from the switch's reply to our next command, over loopback.

Three servers, each a process of its own, answer the same toy switch in turns: a raw echo (what the network and two
system calls cost), our CallAgi, and pyst2 as it is. What the switch sends is what Asterisk 22 sends.

Waking a process on another core costs more than all the parsing. Left to the scheduler, a round is of one kind or of
the other (ours 25 or 65 us, stock 30 or 76) and the median compares luck: so switch and server are kept on cores of
their own, as Asterisk and the self-service are under load, and once more on one core, where only the work counts.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from asterisk.agi import AGI

from benchmarks.figures import Figure, Figures, in_turns, main, median
from telephony.agi_environment import read_environment
from telephony.agi_session import CallAgi
from telephony.line_reader import LineReader

ADDRESS: Final = "127.0.0.1"
ROUNDS: Final = 15
COMMANDS: Final = 400
"""In one round of one server; its median is the round's value."""
PATIENCE_S: Final = 10.0
PEER: Final = "peer: stock pyst2"
OVER_LOOPBACK_US: Final = 60.0
"""What our side may add to the raw loopback: twice the most seen on two shared cores (17 to 29)."""

_ENVIRONMENT: Final = b"".join(
    f"agi_{name}: {value}\n".encode()
    for name, value in {
        "network": "yes", "network_script": "ivr", "request": "agi://127.0.0.1/ivr", "channel": "PJSIP/trunk-00000001",
        "language": "ru", "type": "PJSIP", "uniqueid": "1795420800.1", "version": "22.10.1", "callerid": "+73060000170",
        "calleridname": "Иванова", "callingpres": "0", "callingani2": "0", "callington": "0", "callingtns": "0",
        "dnid": "88000000000", "rdnis": "unknown", "context": "ivr", "extension": "s", "priority": "4",
        "enhanced": "0.0", "accountcode": "", "threadid": "140000000000",
    }.items()
) + b"\n"  # fmt: skip
_REPLY: Final = b"200 result=0\n"


def serve_echo(connection: socket.socket) -> None:
    """No parsing at all: whatever comes, the same command goes out."""
    while connection.recv(65536):
        connection.sendall(b'WAIT FOR DIGIT "1"\n')


def serve_ours(connection: socket.socket) -> None:
    reader = LineReader(connection)
    agi = CallAgi(connection, reader, read_environment(reader, time.monotonic() + PATIENCE_S))
    while True:
        agi.wait_for_digit(1)


def serve_stock(connection: socket.socket) -> None:
    """As pyst2 is, with its lines to standard error, which go nowhere here."""
    with Path(os.devnull).open("w") as nowhere:
        agi = AGI(connection.makefile("rb"), connection.makefile("w"), nowhere)  # type: ignore[no-untyped-call]  # pyst2 has none
        while True:
            agi.wait_for_digit(1)  # type: ignore[no-untyped-call]  # pyst2 has none


SERVERS: Final[Mapping[str, Callable[[socket.socket], None]]] = {
    "echo": serve_echo,
    "ours": serve_ours,
    "stock": serve_stock,
}


def serve(name: str) -> None:
    """The server's process: one connection, until the switch closes it."""
    with socket.create_server((ADDRESS, 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        SERVERS[name](connection)


class ToySwitch:
    """Starts one server and is its Asterisk. Use it as a context manager: it ends the process."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.agi", "--serve", name],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        self._line = socket.create_connection((ADDRESS, port), PATIENCE_S)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.sendall(_ENVIRONMENT)
        self._read_command()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._line.close()
        self._process.kill()
        self._process.communicate(timeout=PATIENCE_S)

    def run_on(self, core: int) -> None:
        os.sched_setaffinity(self._process.pid, {core})

    def turnaround_us(self) -> float:
        """The median of COMMANDS turnarounds in microseconds."""
        taken = []
        for _ in range(COMMANDS):
            started = time.perf_counter_ns()
            self._line.sendall(_REPLY)
            self._read_command()
            taken.append((time.perf_counter_ns() - started) / 1000)
        return median(taken)

    def _read_command(self) -> None:
        received = b""
        while not received.endswith(b"\n"):
            more = self._line.recv(4096)
            if not more:
                raise ConnectionError("The AGI server has closed the line: run it alone to see why.")
            received += more


def measured(servers: Mapping[str, ToySwitch], cores: tuple[int, int]) -> dict[str, float]:
    """Each server's turnaround with the switch on the first core and the servers on the second."""
    os.sched_setaffinity(0, {cores[0]})
    for switch in servers.values():
        switch.run_on(cores[1])
        switch.turnaround_us()  # warm, and settled on its core
    rounds = in_turns({name: switch.turnaround_us for name, switch in servers.items()}, ROUNDS)
    return {name: median(values) for name, values in rounds.items()}


def measure() -> Figures:
    allowed = os.sched_getaffinity(0)
    first, last = min(allowed), max(allowed)
    figures: dict[str, Figure] = {}
    try:
        with ExitStack() as stack:
            servers = {name: stack.enter_context(ToySwitch(name)) for name in SERVERS}
            if first != last:
                figures |= told("two_cores", measured(servers, (first, last)))
            figures |= told("one_core", measured(servers, (first, first)))
    finally:
        os.sched_setaffinity(0, allowed)
    return figures


def told(placement: str, turnaround: Mapping[str, float]) -> Figures:
    echo, ours, stock = (turnaround[name] for name in SERVERS)
    return {
        f"turnaround_{placement}": Figure(ours, "us", limit=echo + OVER_LOOPBACK_US, peer=stock, note=PEER),
        f"over_loopback_{placement}": Figure(ours - echo, "us", limit=OVER_LOOPBACK_US, peer=stock - echo, note=PEER),
        f"raw_loopback_{placement}": Figure(echo, "us", note="an echo without any parsing"),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        sys.exit(main("One AGI command's turnaround", measure))
