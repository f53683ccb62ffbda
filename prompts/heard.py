"""What a built prompt sounds like, measured on its files: nothing too quiet, too long or with dead air is played.

The build makes all of this right by itself; a file that was cut, replaced by hand or made by a broken voice is found.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from prompts.build import keyed_sounds
from prompts.codecs import ALAW_RATE, decode_alaw
from prompts.mastering import PEAK_DB, TARGET_DB, active_speech_level
from prompts.sound import Signal, to_signal
from prompts.store import ALAW, with_extension

SHORTEST_S: Final = 0.1
LONGEST_S: Final = 20.0
"""Nobody listens to more in one piece; a longer text is cut into several prompts."""
LEVEL_WITHIN_DB: Final = 1.0
EDGE_S: Final = 0.1
"""Silence before the first sound and after the last."""
DEAD_AIR_S: Final = 1.0
"""Silence inside: the voice pauses for a third of a second between two sentences."""
_ALAW_STEP_DB: Final = 0.2
_FRAME_S: Final = 0.01
_SILENT_BELOW_DB: Final = -45.0
"""Of the loudest frame: softer is no speech for the trim either (prompts.mastering)."""


def unheard(into: Path) -> list[str]:
    """What is wrong with the sounds of the build in `into`, in words; empty when all are fit for a caller.

    Raises BuildError when nothing is built there.
    """
    found = []
    for name, path in keyed_sounds(into):
        try:
            signal = to_signal(decode_alaw(with_extension(path, ALAW).read_bytes()))
        except OSError as error:
            found.append(f"{name} cannot be read: {error.strerror}. Run callcentre prompts build.")
            continue
        found += [f"{name} {fault}" for fault in faults_of(signal)]
    return list(dict.fromkeys(found))


def faults_of(signal: Signal) -> Iterator[str]:
    """What a caller would mind in this sound (8 kHz, -1 to 1): each as the rest of a sentence about it."""
    lasts_s = len(signal) / ALAW_RATE
    if not SHORTEST_S <= lasts_s <= LONGEST_S:
        yield f"lasts {lasts_s:.1f} s, and should {SHORTEST_S} to {LONGEST_S:.0f} s."
    loud = _loud_frames(signal)
    if not len(loud):
        yield "is silent."
        return
    level = active_speech_level(signal, ALAW_RATE)
    if abs(level - TARGET_DB) > LEVEL_WITHIN_DB:
        yield f"has a level of {level:.1f} dB, and should have {TARGET_DB:.0f}."
    peak = 20 * np.log10(np.abs(signal).max())
    if peak > PEAK_DB + _ALAW_STEP_DB:
        yield f"has a peak of {peak:.1f} dB, and should stay under {PEAK_DB:.0f}."
    before = loud[0] * _FRAME_S
    after = lasts_s - (loud[-1] + 1) * _FRAME_S
    if max(before, after) > EDGE_S + _FRAME_S:
        yield f"is silent for {max(before, after):.2f} s at an edge, and should be for {EDGE_S} s at most."
    inside = (np.diff(loud).max(initial=1) - 1) * _FRAME_S
    if inside > DEAD_AIR_S:
        yield f"falls silent for {inside:.1f} s in the middle, and should for {DEAD_AIR_S} s at most."


def _loud_frames(signal: Signal) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    frame = int(ALAW_RATE * _FRAME_S)
    whole = len(signal) // frame * frame
    if not whole:
        return np.zeros(0, np.intp)
    loudness = np.sqrt((signal[:whole].reshape(-1, frame) ** 2).mean(axis=1))
    if loudness.max() < 1e-4:
        return np.zeros(0, np.intp)
    return np.flatnonzero(loudness > loudness.max() * 10 ** (_SILENT_BELOW_DB / 20))
