"""One voice in a process of its own: RHVoice behind standard input and output.

It runs under the Python of the private tree, so it imports nothing but the standard library. One engine a process, one
sentence at a time (RHVoice is not for threads; it is GPL, hence a program apart).

Protocol. First line out: {"engine": "RHVoice 1.14.0"}, or {"error"} when there is no voice. In: one JSON object a line,
{"text", "voice", "speed"}. Out: a line {"rate", "bytes"} and so many bytes of 16-bit little-endian mono sound, or a
line {"error"}. End of input ends the process.

Usage: python3 voice_worker.py ROOT   where ROOT holds usr/share/RHVoice and etc/RHVoice.
Source of the structures: RHVoice.h of Debian's librhvoice5 (RHVoice 1.8 to 1.14).
"""

import ctypes
import json
import signal
import sys
from typing import Any

_RATE_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_PLAY_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)


class _Callbacks(ctypes.Structure):
    _fields_ = (
        ("set_sample_rate", _RATE_CALLBACK),
        ("play_speech", _PLAY_CALLBACK),
        ("process_mark", ctypes.c_void_p),
        ("word_starts", ctypes.c_void_p),
        ("word_ends", ctypes.c_void_p),
        ("sentence_starts", ctypes.c_void_p),
        ("sentence_ends", ctypes.c_void_p),
        ("play_audio", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
    )


class _InitParameters(ctypes.Structure):
    _fields_ = (
        ("data_path", ctypes.c_char_p),
        ("config_path", ctypes.c_char_p),
        ("resource_paths", ctypes.POINTER(ctypes.c_char_p)),
        ("callbacks", _Callbacks),
        ("options", ctypes.c_uint),
    )


class _SynthesisParameters(ctypes.Structure):
    _fields_ = (
        ("voice_profile", ctypes.c_char_p),
        ("absolute_rate", ctypes.c_double),
        ("absolute_pitch", ctypes.c_double),
        ("absolute_volume", ctypes.c_double),
        ("relative_rate", ctypes.c_double),
        ("relative_pitch", ctypes.c_double),
        ("relative_volume", ctypes.c_double),
        ("punctuation_mode", ctypes.c_int),
        ("punctuation_list", ctypes.c_char_p),
        ("capitals_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
    )


class Engine:
    """RHVoice with its voices under `root`. Raises OSError without the library, RuntimeError without voices."""

    def __init__(self, root: str) -> None:
        self._library = _load_library()
        self.version = "RHVoice " + self._library.RHVoice_get_version().decode()
        self._sound = bytearray()
        self._rate = 24000
        # The engine keeps the pointers: both callbacks and their structure live as long as it does.
        self._callbacks = _Callbacks(_RATE_CALLBACK(self._set_rate), _PLAY_CALLBACK(self._collect))
        parameters = _InitParameters(
            f"{root}/usr/share/RHVoice".encode(), f"{root}/etc/RHVoice".encode(), None, self._callbacks, 0
        )
        self._engine = self._library.RHVoice_new_tts_engine(ctypes.byref(parameters))
        if not self._engine:
            raise RuntimeError(f"RHVoice finds no voices under {root}. Provision the private tree again.")

    def say(self, text: str, voice: str, speed: float) -> tuple[bytes, int]:
        """The sentence as 16-bit little-endian mono sound, and its rate. Raises ValueError when it is not accepted."""
        self._sound.clear()
        raw = text.encode()
        parameters = _SynthesisParameters(voice.encode(), 0, 0, 0, speed, 1, 1, 0, b"", 0, 0)
        message = self._library.RHVoice_new_message(self._engine, raw, len(raw), 0, ctypes.byref(parameters), None)
        if not message:
            raise ValueError(f"the voice {voice} does not take this sentence")
        spoken = self._library.RHVoice_speak(message)
        self._library.RHVoice_delete_message(message)
        if not spoken or not self._sound:
            raise ValueError(f"the voice {voice} gave no sound")
        return bytes(self._sound), self._rate

    def _set_rate(self, rate: int, _: object) -> int:
        self._rate = rate
        return 1

    def _collect(self, samples: Any, count: int, _: object) -> int:  # a ctypes pointer, whose type exists for mypy only
        self._sound += ctypes.string_at(samples, 2 * count)
        return 1


def _load_library() -> ctypes.CDLL:
    library = ctypes.CDLL("libRHVoice.so.5")
    library.RHVoice_get_version.restype = ctypes.c_char_p
    library.RHVoice_new_tts_engine.restype = ctypes.c_void_p
    library.RHVoice_new_message.restype = ctypes.c_void_p
    library.RHVoice_new_message.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.POINTER(_SynthesisParameters),
        ctypes.c_void_p,
    )
    library.RHVoice_speak.argtypes = (ctypes.c_void_p,)
    library.RHVoice_delete_message.argtypes = (ctypes.c_void_p,)
    library.RHVoice_delete_message.restype = None
    return library


def main(root: str) -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the pool ends us by closing our input
    try:
        engine = Engine(root)
    except (OSError, RuntimeError) as error:
        _reply({"error": str(error)})
        return
    _reply({"engine": engine.version})
    for line in sys.stdin.buffer:
        job = json.loads(line)
        try:
            sound, rate = engine.say(job["text"], job["voice"], job["speed"])
        except ValueError as error:
            _reply({"error": str(error)})
        else:
            _reply({"rate": rate, "bytes": len(sound)}, sound)


def _reply(header: dict[str, object], sound: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + sound)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
