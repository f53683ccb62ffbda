"""The two forms in which Asterisk plays a prompt without work: G.711 A-law (8 kHz) and G.722 (16 kHz)."""

import numpy as np
from G722 import G722

from prompts.sound import Samples

ALAW_RATE = 8000
G722_RATE = 16000
_G722_BITS_A_SECOND = 64000
_SEGMENT_ENDS = np.array([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF], np.int32)
_EVEN_BITS = 0x55


def encode_alaw(samples: Samples) -> bytes:
    """G.711 A-law of 16-bit samples at 8 kHz, of which the upper 13 bits count (ITU-T G.711, table 1a)."""
    value = samples.astype(np.int32) >> 3
    positive = value >= 0
    magnitude = np.where(positive, value, ~value)
    segment = np.searchsorted(_SEGMENT_ENDS, magnitude, side="left").astype(np.int32)
    mantissa = (magnitude >> np.maximum(segment, 1)) & 0x0F
    code = (segment << 4 | mantissa) ^ np.where(positive, 0x80 | _EVEN_BITS, _EVEN_BITS)
    return bytes(code.astype(np.uint8).tobytes())


def decode_alaw(raw: bytes) -> Samples:
    """The 16-bit samples of G.711 A-law."""
    code = np.frombuffer(raw, np.uint8).astype(np.int32) ^ _EVEN_BITS
    segment = (code >> 4) & 0x07
    magnitude = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, magnitude, (magnitude + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def encode_g722(samples: Samples) -> bytes:
    """G.722 at 64 kbit/s of 16-bit samples at 16 kHz (ITU-T G.722, mode 1)."""
    return bytes(G722(G722_RATE, _G722_BITS_A_SECOND).encode(samples))
