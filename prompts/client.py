"""The node's voice, asked over its socket. Every failure is one error: the flow then connects to an agent."""

import socket
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from prompts.catalogue import Utterance
from prompts.errors import SpeechUnavailableError, VoiceBusyError
from prompts.server import Reply, Request, read_line

TIMEOUT_S = 2.0
"""Longer than the slowest sentence renders on a busy machine; a caller hears silence so long at most."""


class VoiceClient:
    """Thread-safe: a connection a sentence."""

    def __init__(self, at: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._at = at
        self._timeout_s = timeout_s

    def path(self, utterance: Utterance) -> Path:
        """The sound without extension. Raises SpeechUnavailableError (VoiceBusyError when the voice is overloaded)."""
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
