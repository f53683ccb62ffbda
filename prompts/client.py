"""The node's voice, asked over its socket. Every failure is one error: the flow then connects to an agent.

What the voice has handed out it keeps for a while (prompts.sentences.HOLD_S): for half of that time the client knows by
itself where it lies. In a storm all callers hear the same sentences, and asking costs as much as a look-up in the
database. Known is a sentence's digest only, never its text.
"""

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from prompts.catalogue import Utterance
from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.sentences import HOLD_S
from prompts.server import Reply, Request, read_line
from prompts.store import ALAW, with_extension

TIMEOUT_S = 2.0
"""Longer than the slowest sentence renders on a busy machine; a caller hears silence so long at most."""
KNOWN_S: Final = HOLD_S / 2
MOST_KNOWN: Final = 2000


class VoiceClient:
    """Thread-safe: a connection a sentence."""

    def __init__(self, at: Path, timeout_s: float = TIMEOUT_S, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._at = at
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[Path, float]] = OrderedDict()  # the oldest first

    def path(self, utterance: Utterance) -> Path:
        """The sound without extension. Raises SpeechUnavailableError (VoiceBusyError when the voice is overloaded)."""
        key = blake2b(f"{utterance.language} {utterance.text}".encode(), digest_size=20).digest()
        with self._lock:
            path, until = self._known.get(key, (None, 0.0))
        if path is not None and self._monotonic() < until and with_extension(path, ALAW).exists():
            return path
        asked = self._monotonic()
        path = self._ask(utterance)
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = path, asked + KNOWN_S
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return path

    def _ask(self, utterance: Utterance) -> Path:
        deadline = time.monotonic() + self._timeout_s
        request = Request(utterance.text, utterance.language, utterance.personal)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._timeout_s)
                connection.connect(str(self._at))
                with suppress(BrokenPipeError):  # refused before it was read; the reason is there to be read
                    connection.sendall(msgspec.json.encode(request) + b"\n")
                reply = msgspec.json.decode(read_line(connection, deadline), type=Reply)
        except (OSError, msgspec.MsgspecError) as error:
            # The type only: a decoding error may quote what was sent.
            raise SpeechUnavailableError(f"The voice does not answer ({type(error).__name__}).") from None
        if reply.busy:
            raise VoiceBusyError(reply.error)
        if not reply.path:
            raise SpeechUnavailableError(reply.error or "The voice gave no sound.")
        return Path(reply.path)
