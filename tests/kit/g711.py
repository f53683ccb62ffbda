"""A-law (ITU-T G.711) and the sounds made of it: 8 kHz, 16 bit samples, 160 bytes in a packet of 20 ms."""

from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 8000
FRAME: Final = 160
"""Samples (and A-law bytes) in one packet of 20 ms."""
SILENCE: Final = b"\xd5" * FRAME
SILENT_RMS: Final = 200.0
"""Below this a stretch counts as silence; A-law's smallest step is 16, music and speech are thousands."""

Samples = npt.NDArray[np.int16]


def _levels() -> Samples:
    coded = np.arange(256) ^ 0x55
    segment, step = (coded >> 4) & 7, (coded & 15) << 4
    size = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(coded & 0x80, size, -size).astype(np.int16)


_LEVELS: Final = _levels()
_ORDER: Final = np.argsort(_LEVELS, kind="stable").astype(np.uint8)
_SORTED: Final = _LEVELS[_ORDER].astype(np.int32)
_BORDERS: Final = (_SORTED[1:] + _SORTED[:-1]) / 2


def encode(samples: npt.ArrayLike) -> bytes:
    """The A-law bytes of samples; each becomes the nearest of the 256 levels, louder than the loudest is clipped."""
    return _ORDER[np.searchsorted(_BORDERS, np.asarray(samples))].tobytes()


def decode(alaw: bytes) -> Samples:
    """The samples of A-law bytes."""
    return _LEVELS[np.frombuffer(alaw, np.uint8)]


def tone(frequency_hz: float, seconds: float = 1.0, amplitude: int = 8000) -> Samples:
    """A sine; a whole number of hertz for a whole second can be repeated without a click."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.round(amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.int16)


def rms(samples: Samples) -> float:
    """Root mean square, 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64))))) if len(samples) else 0.0


def dominant_frequency(samples: Samples) -> float:
    """The strongest pitch in hertz (a step of 2 Hz), 0.0 for silence or less than 10 ms of sound."""
    if len(samples) < FRAME // 2 or rms(samples) < SILENT_RMS:
        return 0.0
    size = max(4096, len(samples))
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    spectrum[0] = 0.0
    return float(spectrum.argmax()) * RATE / size
