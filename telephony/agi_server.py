"""FastAGI over TCP: a thread for each call that is in the self-service. Callers who wait cost no thread here.

Who may speak: an address of the allow list (it also names the node), with the secret as the first part of the path
(agi://HOST:PORT/SECRET/PATH), headers in time and in bounds. Everybody else is closed at once; the log says why and
never what was sent. A refused caller is in the dialplan's hands: without IVR_NEXT it goes to the rescue.
"""

import hmac
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from calls.clock import Clock
from calls.ids import CallId, NodeId, is_uuid, new_call_id
from dialplan.contract import (
    AGI_AFTER,
    AGI_IVR,
    AGI_MENU,
    AGI_PAY,
    AGI_POWER_BACK,
    AGI_REFUSAL,
    BEGUN,
    CALL,
    CALL_VARIABLES,
)
from ivr.channel import Arrival, CallerHungUp
from telephony.agi_channel import AgiChannel, Speech
from telephony.agi_environment import BadEnvironment, arrival, read_environment
from telephony.agi_session import CallAgi
from telephony.line_reader import LineReader

log = structlog.get_logger(__name__)

PATHS = frozenset({AGI_IVR, AGI_MENU, AGI_REFUSAL, AGI_AFTER, AGI_POWER_BACK, AGI_PAY})
STACK_BYTES = 256 * 1024
"""Enough for a flow with its database and speech; 42 kB of it are touched (docs/telephony.md)."""
_ACCEPT_PAUSE_S = 0.1
"""Between two tries when accept itself fails (no file descriptor left)."""

Answer = Callable[[AgiChannel, Arrival, str], None]
"""Runs the flow of one call: (channel, arrival, path). CallerHungUp may leave it."""


@dataclass(frozen=True, slots=True)
class AgiSettings:
    """`peers`: the addresses of the Asterisk nodes and their names. `sessions`: most calls at once in the menus.

    `nodes`: further nodes that come from one of these addresses too (the end of a tunnel), told apart by the name that
    each puts before its unique ids.
    """

    address: str
    port: int
    secret: str = field(repr=False)
    peers: Mapping[str, NodeId]
    sessions: int = 300
    backlog: int = 512
    header_timeout_s: float = 2.0
    drain_s: float = 20.0
    nodes: frozenset[NodeId] = frozenset()


class AgiServer:
    """Start it with `start`, end it with `stop`."""

    def __init__(self, settings: AgiSettings, answer: Answer, speech: Speech, clock: Clock) -> None:
        self._settings = settings
        self._answer = answer
        self._speech = speech
        self._clock = clock
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._changed = threading.Condition()
        self._live: set[socket.socket] = set()
        self._stopping = threading.Event()
        self.refused = 0
        """Calls turned away because all sessions were taken."""

    @property
    def port(self) -> int:
        """The port listened on; useful when the settings say 0 (any)."""
        if self._listener is None:
            raise RuntimeError("The AGI server does not run. Call start() first.")
        return int(self._listener.getsockname()[1])

    @property
    def live(self) -> int:
        """Sessions at this moment."""
        return len(self._live)

    def start(self) -> None:
        """Listen. Raises OSError naming the address when it is taken."""
        place = (self._settings.address, self._settings.port)
        self._listener = socket.create_server(place, backlog=self._settings.backlog)
        self._acceptor = threading.Thread(target=self._accept, args=(self._listener,), name="agi-accept", daemon=True)
        self._acceptor.start()

    def stop(self, drain_s: float | None = None) -> int:
        """Take no more calls, let the live ones end within `drain_s`, cut the rest (the dialplan rescues them).

        How many were cut.
        """
        self._stopping.set()
        if self._listener is not None:
            # shutdown wakes the thread in accept; close alone does not
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        if self._acceptor is not None:
            self._acceptor.join(5)
        with self._changed:
            self._changed.wait_for(lambda: not self._live, self._settings.drain_s if drain_s is None else drain_s)
            rest = list(self._live)
            for connection in rest:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._live, 5)
        if rest:
            log.warning("agi sessions cut at the stop; the dialplan rescues their callers", sessions=len(rest))
        return len(rest)

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, (peer, _port) = listener.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                log.warning("agi accept failed", error=error.strerror)
                self._stopping.wait(_ACCEPT_PAUSE_S)
                continue
            node = self._settings.peers.get(peer)
            if node is None:
                log.warning("agi peer refused: not in the allow list", peer=peer)
                connection.close()
            elif not self._admit(connection):
                self.refused += 1
                log.warning("agi call refused: all sessions are taken", limit=self._settings.sessions)
                connection.close()
            else:
                self._spawn(connection, node)

    def _admit(self, connection: socket.socket) -> bool:
        with self._changed:
            if len(self._live) >= self._settings.sessions:
                return False
            self._live.add(connection)
            return True

    def _spawn(self, connection: socket.socket, node: NodeId) -> None:
        # The stack size belongs to the whole process: set for this one thread and put back.
        usual = threading.stack_size(STACK_BYTES)
        try:
            threading.Thread(target=self._serve, args=(connection, node), name="agi-call", daemon=True).start()
        except RuntimeError:
            log.exception("agi call refused: no thread for it")
            self._release(connection)
        finally:
            threading.stack_size(usual)

    def _release(self, connection: socket.socket) -> None:
        # The place is free before the other side can see the end: whoever comes then is let in.
        with self._changed:
            self._live.discard(connection)
            self._changed.notify_all()
        connection.close()

    def _serve(self, connection: socket.socket, node: NodeId) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = LineReader(connection)
            environment = read_environment(reader, time.monotonic() + self._settings.header_timeout_s)
            path = self._path(environment)
            node = self._named(environment, node)
        except BadEnvironment as fault:
            log.warning("agi session refused", reason=str(fault), node=node)
            self._release(connection)
            return
        except OSError:
            log.warning("agi session refused", reason="the headers did not come in time", node=node)
            self._release(connection)
            return
        agi = CallAgi(connection, reader, environment)
        call_id: CallId | None = None
        try:
            call_id, variables = _identify(agi)
            come = arrival(environment, variables, node, call_id, self._clock.now())
            self._answer(AgiChannel(agi, self._speech, come.language), come, path)
        except CallerHungUp:
            pass  # a normal end
        except Exception as fault:  # the last frame of the thread
            log.exception(
                "agi session failed; the dialplan rescues the caller",
                exc_info=False,
                call_id=call_id,
                path=path,
                fault=type(fault).__name__,
                where=_where(fault),
            )
        finally:
            self._release(connection)

    def _named(self, environment: Mapping[str, str], peer: NodeId) -> NodeId:
        """The node that knows the secret and says its name; else the one of the address."""
        name = NodeId(environment.get("agi_uniqueid", "").rpartition("-")[0])
        return name if name in self._settings.nodes else peer

    def _path(self, environment: Mapping[str, str]) -> str:
        """The path behind the secret. Raises BadEnvironment."""
        secret, _, path = environment.get("agi_network_script", "").partition("/")
        if not hmac.compare_digest(secret.encode(), self._settings.secret.encode()):
            raise BadEnvironment("the secret in the path is wrong")
        if path not in PATHS:
            raise BadEnvironment("the path is none of ours")
        return path


def _where(fault: BaseException) -> list[str]:
    """The places of a traceback without its message: a database's message may hold an account number."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]


def _identify(agi: CallAgi) -> tuple[CallId, dict[str, str]]:
    """The call's id and variables; a call that the dialplan gave no id gets one here, for all its legs."""
    agi.set_variable(BEGUN, "1")
    variables = agi.get_variables(CALL_VARIABLES)
    if is_uuid(variables[CALL]):
        return CallId(variables[CALL]), variables
    call_id = new_call_id()
    agi.set_variable(f"__{CALL}", call_id)
    log.warning("the dialplan gave the call no id; it has one now", call_id=call_id)
    return call_id, variables
