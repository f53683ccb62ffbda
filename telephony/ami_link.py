"""One Asterisk's manager interface, supervised: asterisk-ami's client with its sharp edges taken off.

Two threads: the reader cuts, filters and hands on events (a listener must not wait for an action); the supervisor
connects, logs in, waits for FullyBooted, runs the resync, pings, and begins again with growing pauses when the link
breaks. Every wait ends: an action that waits fails when the link does.
"""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from asterisk.ami import AMIClient
from asterisk.ami.action import Action

from calls.ids import NodeId
from telephony.ami_errors import ActionRefused, AmiError, AmiTimeout, LinkLost
from telephony.ami_packet import (
    BadAction,
    Fields,
    Packet,
    PacketBuffer,
    encode_action,
    event_name,
    parse_packet,
    variable,
)
from telephony.ami_pending import Pending, Waiting

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AmiSettings:
    """Where an Asterisk's manager interface is. Times in seconds.

    `ping_s`: how soon a frozen Asterisk or a cut cable is found (with `timeout_s` on top). `pause_first_s` doubles up
    to `pause_most_s` between tries, with chance so that many clients do not come back at one instant.
    """

    node: NodeId
    address: str
    port: int
    user: str
    secret: str = field(repr=False)
    timeout_s: float = 3.0
    boot_s: float = 60.0
    ping_s: float = 2.0
    pause_first_s: float = 0.1
    pause_most_s: float = 5.0


class AmiLink(AMIClient):
    """`on_event` gets every wanted event; `on_up` runs after each login (the resync) and may use act and rows."""

    def __init__(
        self,
        settings: AmiSettings,
        wanted: Iterable[str],
        on_event: Callable[[Packet], None],
        on_up: Callable[[], None] = lambda: None,
        on_down: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(settings.address, settings.port)  # type: ignore[no-untyped-call]
        self.settings = settings
        self._wanted = frozenset(name.encode() for name in wanted) | {b"FullyBooted"}
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._sending = threading.Lock()
        self._pending = Pending()
        self._connection: socket.socket | None = None
        self._booted = threading.Event()
        self._broken = threading.Event()
        self._closing = threading.Event()
        self._resync = threading.Event()
        self._up = threading.Event()
        self._count = 0
        self._supervisor = threading.Thread(target=self._supervise, name=f"ami-{settings.node}", daemon=True)

    # --- for others
    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._supervisor.start()

    def close(self) -> None:
        """Log off and end both threads."""
        self._closing.set()
        self._broken.set()
        with suppress(AmiError, OSError):
            self.post("Logoff", ())
        self._hang_up()
        if self._supervisor.is_alive() and self._supervisor is not threading.current_thread():
            self._supervisor.join(self.settings.timeout_s * 2)

    @property
    def up(self) -> bool:
        """Logged in, booted and resynced."""
        return self._up.is_set()

    def wait_up(self, timeout_s: float) -> bool:
        """Wait for `up`; False when it did not come in time."""
        return self._up.wait(timeout_s)

    def resync(self) -> None:
        """Have the supervisor run `on_up` once more, on the living link."""
        self._resync.set()

    def act(self, action: str, fields: Fields = ()) -> Packet:
        """Do an action and return Asterisk's answer.

        Raises LinkLost, AmiTimeout, ActionRefused, BadAction. Never call it from `on_event`.
        """
        waiting = Waiting()
        answer = self._await(action, self._send(action, fields, waiting), waiting)[0]
        if answer.kind == "Error":
            raise ActionRefused(action, answer["Message"])
        return answer

    def rows(self, action: str, complete: str, fields: Fields = ()) -> list[Packet]:
        """The rows of a list action, whose last event is `complete`. Raises as act does.

        An answer of Error (which some lists give when they are empty) is ActionRefused, not a wait without end.
        """
        waiting = Waiting(complete)
        rows = self._await(action, self._send(action, fields, waiting), waiting)
        if rows and rows[0].kind == "Error" and not rows[0].is_event:
            raise ActionRefused(action, rows[0]["Message"])
        return rows

    def post(self, action: str, fields: Fields = ()) -> None:
        """Send an action whose answer nobody waits for; allowed in `on_event`. Raises LinkLost, BadAction."""
        self._send(action, fields, None)

    def send_action(self, action: Action, callback: None = None) -> Future[list[Packet]]:
        """asterisk-ami's own way to do an action, made safe; prefer act and rows, which wait and raise."""
        if callback is not None:
            raise BadAction("Callbacks run in the reader: wait for the future in a thread of your own.")
        waiting = Waiting()
        fields = [*action.keys.items(), *(variable(name, value) for name, value in action.variables.items())]
        self._send(action.name, ((name, str(value)) for name, value in fields), waiting)
        return waiting.done

    # --- sending
    def _send(self, action: str, fields: Fields, waiting: Waiting | None) -> str:
        with self._sending:
            connection = self._connection
            if connection is None:
                raise LinkLost(f"No link to Asterisk {self.settings.node}. It is tried again by itself.")
            self._count += 1
            action_id = f"{self.settings.node}-{self._count}"
            data = encode_action(action, fields, action_id)
            if waiting is not None:
                self._pending.expect(action_id, waiting)
            try:
                connection.sendall(data)
            except OSError:
                self._pending.forget(action_id)
                self._broken.set()
                raise LinkLost(f"The link to Asterisk {self.settings.node} broke while sending.") from None
        return action_id

    def _await(self, action: str, action_id: str, waiting: Waiting) -> list[Packet]:
        try:
            return waiting.done.result(self.settings.timeout_s)
        except TimeoutError:
            self._pending.forget(action_id)
            self._broken.set()
            raise AmiTimeout(f"Asterisk {self.settings.node} did not answer {action} in time.") from None

    # --- the reader
    def _read(self, connection: socket.socket, received: bytes) -> None:
        buffer = PacketBuffer()
        try:
            while True:
                for raw in buffer.feed(received):
                    self._take(raw)
                received = connection.recv(65_536)
                if not received:
                    return
        except OverflowError:
            log.warning("ami packet or list without end; the link is made anew", node=self.settings.node)
        except OSError:
            pass  # the supervisor says it
        finally:
            self._broken.set()

    def _take(self, raw: bytes) -> None:
        """One packet: an answer, a row of a list that somebody waits for, or an event."""
        name = event_name(raw)
        if name is not None and name not in self._wanted and not self._pending.lists_open:
            return
        packet = parse_packet(raw)
        if packet is None or self._pending.take(packet):
            return
        if name in self._wanted:
            if packet.kind == "FullyBooted":
                self._booted.set()
            self._hand_on(packet)

    def _hand_on(self, packet: Packet) -> None:
        try:
            self._on_event(packet)
        except Exception as fault:  # a listener's fault must not end the reader
            log.exception(
                "ami listener failed", exc_info=False, node=self.settings.node, event_name=packet.kind,
                fault=type(fault).__name__,
            )  # fmt: skip

    # --- the supervisor
    def _supervise(self) -> None:
        chance = random.SystemRandom()
        pause_s = self.settings.pause_first_s
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                self._live()
            except ActionRefused as refusal:
                log.error("ami action refused; check user and secret in manager.conf",
                          node=self.settings.node, reason=str(refusal))  # fmt: skip
            except (AmiError, OSError) as fault:
                log.warning("ami link is down", node=self.settings.node, reason=str(fault))
            except Exception as fault:  # the resync is ours: whatever it raises, the link must come back
                log.exception("ami resync failed", node=self.settings.node, fault=type(fault).__name__, exc_info=False)
            finally:
                self._lose()
            if time.monotonic() - began > self.settings.pause_most_s:
                pause_s = self.settings.pause_first_s
            self._closing.wait(chance.uniform(pause_s / 2, pause_s))
            pause_s = min(pause_s * 2, self.settings.pause_most_s)

    def _live(self) -> None:
        """One life of the link: returns when it is closed by us, raises when it breaks."""
        self._open()
        self.act("Login", (("Username", self.settings.user), ("Secret", self.settings.secret)))
        if not self._booted.wait(self.settings.boot_s):
            raise AmiTimeout(f"Asterisk {self.settings.node} did not finish booting.")
        self._on_up()
        self._up.set()
        log.info("ami link is up", node=self.settings.node)
        while not self._broken.wait(self.settings.ping_s):
            self.act("Ping")
            if self._resync.is_set():
                self._resync.clear()
                self._on_up()
        if not self._closing.is_set():
            raise LinkLost("Asterisk closed the connection, or it broke.")

    def _open(self) -> None:
        self._broken.clear()
        self._booted.clear()
        self._resync.clear()
        place = (self.settings.address, self.settings.port)
        connection = socket.create_connection(place, self.settings.timeout_s)
        greeting, rest = _greeting(connection)
        if not greeting.startswith(b"Asterisk Call Manager/"):
            connection.close()
            raise LinkLost("What answers there is no Asterisk manager interface. Check address and port.")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The reader waits without end; a sender must not: it holds the lock that the supervisor needs.
        connection.settimeout(None)
        seconds = struct.pack("@ll", int(self.settings.timeout_s) + 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)
        if self._closing.is_set():
            connection.close()
            raise LinkLost("The link is being closed.")
        self._connection = connection
        self._thread = threading.Thread(
            target=self._read, args=(connection, rest), name=f"ami-read-{self.settings.node}", daemon=True
        )
        self._thread.start()

    def _lose(self) -> None:
        """Close the socket, end the reader, fail what waits, tell the listener."""
        self._up.clear()
        self._hang_up()
        reader = self._thread
        if reader is not None:
            reader.join(self.settings.timeout_s)
        self._on_down()

    def _hang_up(self) -> None:
        with self._sending:
            connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._pending.fail(f"The link to Asterisk {self.settings.node} was lost.")


def _greeting(connection: socket.socket) -> tuple[bytes, bytes]:
    """The first line of the connection and what came with it. Raises LinkLost when there is none."""
    held = b""
    while b"\r\n" not in held:
        received = connection.recv(256)
        if not received or len(held) > 256:
            connection.close()
            raise LinkLost("What answers there is no Asterisk manager interface. Check address and port.")
        held += received
    line, _, rest = held.partition(b"\r\n")
    return line, rest
