"""Which known prompts stand in a recorded call, where, and how sure: normalised cross-correlation at 8 kHz.

The score is that of the prompt's worst half second. Over the whole sentence 0.97 would be reached by the right one and
0.92 by a balance that differs in one kopeck (measured: tests/integration/test_real_voice.py); by its worst part the
right one has at least 0.85 after A-law, 2 % loss, gain and noise, and the best wrong one 0.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tests.kit.g711 import Samples, decode

SURE: Final = 0.65
RATE: Final = 8000
_PART: Final = RATE // 2
_SLACK: Final = RATE // 100
"""A part may stand 10 ms beside its place: a telephone that loses a packet may pull the sound together."""
_QUIET_SHARE: Final = 0.1
"""Parts with less than this share of the prompt's power are pauses, of which noise makes anything."""
_HUSH: Final = 1e6

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """`at_s` from the recording's start; `score` 0..1."""

    path: Path
    at_s: float
    score: float


def identify(recording: Samples, prompts: Iterable[Path], first_s: float | None = None) -> list[Heard]:
    """The prompts (A-law files) that are surely heard, in order of time. `first_s`: only their beginning counts."""
    found = []
    for path in prompts:
        prompt = decode(path.read_bytes())
        heard = best_match(recording, prompt if first_s is None else prompt[: round(first_s * RATE)])
        if heard is not None and heard[0] >= SURE:
            found.append(Heard(path, heard[1], heard[0]))
    return sorted(found, key=lambda one: one.at_s)


def best_match(recording: Samples, prompt: Samples) -> tuple[float, float] | None:
    """(score, start in seconds) of the prompt's best place; None when the recording is shorter than the prompt.

    The score is that of the prompt's worst part, so that one other word in a long sentence is another sentence.
    """
    if len(recording) < len(prompt) or not len(prompt):
        return None
    call, reference = recording.astype(float), prompt.astype(float)
    size = 1 << (len(call) + len(reference) - 1).bit_length()
    product = np.fft.rfft(call, size) * np.conj(np.fft.rfft(reference, size))
    correlation = np.fft.irfft(product, size)[: len(call) - len(reference) + 1]
    at = int(np.argmax(correlation / np.sqrt(_energies(call, len(reference)) * float(reference @ reference) + _HUSH)))
    return _worst_part(call, reference, at), at / RATE


def _worst_part(call: Signal, reference: Signal, at: int) -> float:
    """The lowest score of the parts that are loud enough to be told, each looked for close to where it belongs."""
    parts = max(1, len(reference) // _PART)
    loud = float(reference @ reference) / len(reference) * _QUIET_SHARE
    scores = []
    for part, begin in zip(np.array_split(reference, parts), _begins(len(reference), parts), strict=True):
        if float(part @ part) / len(part) < loud:
            continue
        first = max(0, at + begin - _SLACK)
        near = call[first : at + begin + len(part) + _SLACK]
        energies = _energies(near, len(part)) * float(part @ part)
        scores.append(float(np.max(np.correlate(near, part) / np.sqrt(energies + _HUSH))))
    return min(scores)


def _begins(length: int, parts: int) -> list[int]:
    """Where np.array_split begins its parts."""
    lengths = [len(part) for part in np.array_split(np.empty(length), parts)]
    return [sum(lengths[:number]) for number in range(parts)]


def _energies(signal: Signal, width: int) -> Signal:
    """The energy of every stretch of `width` samples."""
    total = np.concatenate(([0.0], np.cumsum(signal * signal)))
    return total[width:] - total[:-width]
