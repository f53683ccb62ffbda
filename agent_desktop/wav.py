"""What callers hear (A-law, 8 kHz) as a WAV file that every browser plays. Pure."""

import io
import wave
from collections.abc import Sequence

import numpy as np

from prompts.codecs import ALAW_RATE, decode_alaw
from prompts.sound import Samples

PAUSE_S = 0.15
"""Between sentences; a telephone's own pause between two files is about as long."""


def wav_of(parts: Sequence[bytes]) -> bytes:
    """The sounds one after another, 16 bits."""
    pause: Samples = np.zeros(round(PAUSE_S * ALAW_RATE), np.int16)
    samples: list[Samples] = []
    for part in parts:
        samples += [decode_alaw(part), pause]
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(ALAW_RATE)
        file.writeframes(np.concatenate(samples[:-1]).astype("<i2").tobytes() if samples else b"")
    return written.getvalue()
