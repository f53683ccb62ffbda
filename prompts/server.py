"""The voice of the node as a service: a Unix socket, one line in, one line out, then closed.

In: {"text", "language", "personal"} of an utterance. Out: {"path"} of a sound without extension, or {"error", "busy"}.
Everything is bounded: the length of a line, the time for it, the connections at once. No text is ever logged or sent
back.
"""

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from calls.journey import Language
from prompts.catalogue import Utterance
from prompts.codecs import ALAW_RATE, encode_alaw
from prompts.errors import PromptsError, SpeechUnavailableError, VoiceBusyError
from prompts.lexicon import Lexicon, load_lexicons
from prompts.mastering import master
from prompts.sentences import SentenceCache
from prompts.store import sentence_key
from prompts.voice import Voice

LONGEST_LINE = 8192
"""Bytes; a text of LONGEST_TEXT characters needs at most 6 for each."""
LINE_S = 2.0
"""For a client to send its line, and to take the answer."""
MOST_CONNECTIONS = 128
SWEEP_S = 5.0
"""How late a sentence that has outlived its time may go."""
MOST_A_WORKER = 4
"""Sentences in hand for each worker: about 0.4 s of its work. Who comes then is told so at once and says it in pieces:
a caller hears no silence because others ask for more than the voice can say."""
_CLOSE_S = 10.0


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    language: Language
    personal: bool


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """`path` of the sound, or `error` in words; `busy` when a later try may succeed."""

    path: str = ""
    error: str = ""
    busy: bool = False


class Speaker:
    """Utterance to file: out of the cache, or by the voice. Thread-safe."""

    def __init__(self, voice: Voice, cache: SentenceCache, lexicons: Mapping[Language, Lexicon]) -> None:
        self._voice = voice
        self._cache = cache
        self._lexicons = lexicons

    def path(self, utterance: Utterance, clock: Callable[[], float] = time.monotonic) -> Path:
        """The sound (A-law), without extension.

        Raises VoiceBusyError when too many wait, SpeechUnavailableError when the voice cannot say it.
        """
        lexicon = self._lexicons[utterance.language]
        key = sentence_key(self._voice.fingerprint(utterance.language), lexicon.version, utterance.text)
        known = self._cache.get(key, clock())
        if known is not None:
            return known
        if not utterance.text.strip() or lexicon.faults(utterance.text):
            raise SpeechUnavailableError("The sentence has characters that no voice can say.")
        sound = self._voice.render(utterance.text, utterance.language)
        try:
            samples = master(sound, ALAW_RATE)
        except ValueError:
            raise SpeechUnavailableError("The voice gave silence.") from None
        return self._cache.put(key, encode_alaw(samples), utterance.personal, clock())

    def sweep(self, now: float) -> None:
        self._cache.sweep(now)


class VoiceServer:
    """Answers on the socket `at` until closed; a thread a connection."""

    def __init__(self, speaker: Speaker, at: Path, most_connections: int = MOST_CONNECTIONS) -> None:
        """Takes the socket. Raises SpeechUnavailableError when another process answers there."""
        self._speaker = speaker
        self._at = at
        self._most_connections = most_connections
        self._places = threading.BoundedSemaphore(most_connections)
        self._stop = threading.Event()
        self._listener = _listen(at)
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)

    def serve(self) -> None:
        """Answer until `close` is called from another thread or a signal."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        next_sweep = time.monotonic() + SWEEP_S
        while not self._stop.is_set():
            for ready, _ in poll.poll(max(0.0, next_sweep - time.monotonic()) * 1000):
                if ready == self._listener.fileno():
                    with suppress(BlockingIOError, ConnectionError):  # the client has gone again
                        self._take(self._listener.accept()[0])
            if time.monotonic() >= next_sweep:
                self._speaker.sweep(time.monotonic())
                next_sweep = time.monotonic() + SWEEP_S
        self._shut()

    def close(self) -> None:
        """Let `serve` return, after the sentences in hand. For any thread, and for a signal handler."""
        self._stop.set()
        with suppress(OSError):  # it has ended already
            self._waker.send(b"!")

    def _take(self, connection: socket.socket) -> None:
        connection.settimeout(LINE_S)
        if not self._places.acquire(blocking=False):
            with connection:
                _send(connection, Reply(error="The voice has no connection free.", busy=True))
            return
        threading.Thread(target=self._serve_one, args=(connection,), name="voice-connection", daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                line = read_line(connection, time.monotonic() + LINE_S)
                _send(connection, self._answer(line))
        finally:
            self._places.release()

    def _answer(self, line: bytes) -> Reply:
        try:
            request = msgspec.json.decode(line, type=Request)
        except msgspec.MsgspecError:
            return Reply(error="The request is not understood.")
        try:
            return Reply(path=str(self._speaker.path(Utterance(request.text, request.language, request.personal))))
        except VoiceBusyError as error:
            return Reply(error=str(error), busy=True)
        except PromptsError as error:
            return Reply(error=str(error))
        except OSError as error:  # the memory folder is full or gone
            return Reply(error=f"The sentence cannot be kept: {error.strerror}.")

    def _shut(self) -> None:
        deadline = time.monotonic() + _CLOSE_S
        for _ in range(self._most_connections):
            self._places.acquire(timeout=max(0.0, deadline - time.monotonic()))
        for each in (self._listener, self._woken, self._waker):
            each.close()
        self._at.unlink(missing_ok=True)


@contextmanager
def open_voice_server(command: Sequence[str], at: Path, memory: Path, timeout_s: float) -> Iterator[VoiceServer]:
    """A server with its own voice (`command` as in `worker_command`) and its sentences under `memory`.

    On leaving, the workers end and the sentences are removed with their folder. Raises SpeechUnavailableError when the
    voice does not start, the socket is taken or `memory` is not ours.
    """
    cache = SentenceCache(memory)
    try:
        most = MOST_A_WORKER * (os.cpu_count() or 1)
        with Voice(command, timeout_s=timeout_s, most_sentences=most) as voice:
            yield VoiceServer(Speaker(voice, cache, load_lexicons()), at)
    finally:
        cache.clear()
        with suppress(OSError):  # somebody keeps something of his own there
            memory.rmdir()


def read_line(connection: socket.socket, deadline: float) -> bytes:
    """One line of at most LONGEST_LINE bytes. Raises OSError when it does not come in time, or is longer."""
    line = bytearray()
    while not line.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        part = connection.recv(LONGEST_LINE + 1 - len(line))
        line += part
        if not part or len(line) > LONGEST_LINE or time.monotonic() > deadline:
            raise ConnectionError("No whole line came in time.")
    return bytes(line)


def _send(connection: socket.socket, reply: Reply) -> None:
    with suppress(OSError):  # the client has gone: nobody needs the answer
        connection.settimeout(LINE_S)
        connection.sendall(msgspec.json.encode(reply) + b"\n")


def _listen(at: Path) -> socket.socket:
    _free_place(at)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(at))
        at.chmod(0o600)
        listener.listen(MOST_CONNECTIONS)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _free_place(at: Path) -> None:
    """Remove the socket of a server that died. Raises SpeechUnavailableError when one answers there."""
    at.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.settimeout(LINE_S)
        try:
            other.connect(str(at))
        except (ConnectionRefusedError, FileNotFoundError):
            at.unlink(missing_ok=True)
            return
    raise SpeechUnavailableError(f"Another voice answers at {at}. Stop it first.")
