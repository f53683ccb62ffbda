"""Sound as numbers: mono 16-bit samples and their rate; a recording read from a WAV file."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Signal = NDArray[np.float64]
"""Samples as fractions of full scale, -1..1."""

_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound; `rate` in samples a second."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def to_signal(samples: Samples) -> Signal:
    return samples.astype(np.float64) / _FULL_SCALE


def to_samples(signal: Signal) -> Samples:
    return np.clip(np.round(signal * _FULL_SCALE), -32768, 32767).astype(np.int16)


def read_wav(file: Path) -> Pcm:
    """A WAV file of 16 or 24 bits, its channels mixed to one. Raises ValueError that says what is wrong with it."""
    try:
        with wave.open(str(file)) as recording:
            width, channels, rate = recording.getsampwidth(), recording.getnchannels(), recording.getframerate()
            raw = recording.readframes(recording.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise ValueError(f"it is no WAV file that can be read ({error})") from None
    if width not in {2, 3}:
        raise ValueError(f"it has {8 * width} bits a sample: record 16 or 24")
    raw = raw[: len(raw) - len(raw) % (width * channels)]
    if width == 3:  # the two upper bytes of each sample
        raw = np.frombuffer(raw, np.uint8).reshape(-1, 3)[:, 1:].tobytes()
    frames = np.frombuffer(raw, "<i2").reshape(-1, channels)
    if not len(frames) or rate < 8000:
        raise ValueError("it is empty or has less than 8000 samples a second")
    return Pcm(frames.mean(axis=1).round().astype(np.int16), rate)
