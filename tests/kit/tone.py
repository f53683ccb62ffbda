"""How much of a given pitch is in a stretch of sound, and which touch tones (ITU-T Q.23) are."""

from typing import Final

import numpy as np

from tests.kit.g711 import RATE, SILENT_RMS, Samples, rms

_LOW_HZ: Final = (697, 770, 852, 941)
_HIGH_HZ: Final = (1209, 1336, 1477, 1633)
_KEYPAD: Final = ("123A", "456B", "789C", "*0#D")
_BLOCK_S: Final = 0.02
_SHARE: Final = 0.6
"""Of a block's energy in the two pitches; speech and music stay below."""


def share_of(samples: Samples, frequency_hz: float) -> float:
    """The share 0..1 of the energy that is a sine of this frequency (one bin of a discrete Fourier transform)."""
    sound = samples.astype(np.float64)
    energy = float(np.dot(sound, sound))
    if energy == 0.0:
        return 0.0
    turn = np.exp(-2j * np.pi * frequency_hz / RATE * np.arange(len(sound)))
    return min(1.0, 2.0 * abs(complex(np.dot(sound, turn))) ** 2 / (len(sound) * energy))


def _digit(block: Samples) -> str:
    if rms(block) < SILENT_RMS:
        return ""
    low = [share_of(block, hz) for hz in _LOW_HZ]
    high = [share_of(block, hz) for hz in _HIGH_HZ]
    row, column = int(np.argmax(low)), int(np.argmax(high))
    both = min(low[row], high[column]) > 0.15 and low[row] + high[column] > _SHARE
    return _KEYPAD[row][column] if both else ""


def touch_tones(samples: Samples) -> str:
    """The digits whose tones sound for at least 40 ms, in their order; "" for none."""
    size = round(_BLOCK_S * RATE)
    found, before, counted = "", "", ""
    for start in range(0, len(samples) - size + 1, size):
        digit = _digit(samples[start : start + size])
        if digit and digit == before and digit != counted:
            found += digit
            counted = digit
        if not digit and not before:
            counted = ""
        before = digit
    return found
