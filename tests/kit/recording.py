"""What a telephone received: A-law packets on a line of time, and questions about it. All times in time.monotonic().

A packet stands where its RTP time stamp puts it relative to its neighbours, so that a jittery network does not cut the
sound up; a new source, or a drift of more than 60 ms from the arrival, starts again at the arrival.

A switch without a free processor plays a prompt late: it tears it, sending nothing for a while and then the next piece.
No packet is lost then (the sequence numbers follow one another), so `joined` can put the sound together again.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Final

import numpy as np

from tests.kit.g711 import RATE, SILENT_RMS, Samples, decode, dominant_frequency, rms
from tests.kit.tone import share_of

_DRIFT_S: Final = 0.06
_PITCH_SHARE: Final = 0.5
_LONGEST_LOSS_S: Final = 1.0
"""Silence that stands for lost packets; more lost than this is another part of the call."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One packet: when it arrived, where its first sample stands, its A-law bytes, its place in its stream."""

    arrived: float
    position: float
    alaw: bytes
    source: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The sound as it was sent, without the pauses of a late sender. `places`: (first sample, its position in time)."""

    samples: Samples
    places: tuple[tuple[int, float], ...]

    def time_of(self, sample: int) -> float:
        """When this sample stood in the call. Errors: ValueError without any sound."""
        if not self.places:
            raise ValueError("nothing was received")
        first, position = self.places[max(0, bisect_right(self.places, (sample, inf)) - 1)]
        return position + (sample - first) / RATE


@dataclass(frozen=True, slots=True)
class Pitch:
    """The strongest pitch of a stretch that starts `at`; 0.0 hertz is silence."""

    at: float
    frequency_hz: float


class Recording:
    """The last `keep_s` seconds of what was received; older sound is forgotten, so memory is bounded."""

    def __init__(self, keep_s: float) -> None:
        self._sounds: deque[Sound] = deque(maxlen=max(1, round(keep_s * 50)))
        self._source = -1
        self._anchor = (0.0, 0)
        self._end = 0.0

    def add(self, alaw: bytes, source: int, sequence: int, timestamp: int, arrived: float) -> None:
        """Note a packet of `source` (SSRC) with its RTP sequence number and time stamp."""
        anchor_at, anchor_stamp = self._anchor
        apart = (timestamp - anchor_stamp + (1 << 31)) % (1 << 32) - (1 << 31)
        position = anchor_at + apart / RATE
        if source != self._source or abs(position - arrived) > _DRIFT_S:
            position = max(arrived, self._end) if arrived > self._end - _DRIFT_S else arrived
            self._source = source
        self._anchor = (position, timestamp)
        self._end = max(self._end, position + len(alaw) / RATE)
        self._sounds.append(Sound(arrived, position, alaw, source, sequence))

    def sounds(self, from_s: float | None = None, to_s: float | None = None) -> list[Sound]:
        """The packets that arrived from `from_s` until before `to_s`."""
        first = from_s if from_s is not None else -np.inf
        last = to_s if to_s is not None else np.inf
        return [sound for sound in self._sounds if first <= sound.arrived < last]

    def samples(self, from_s: float | None = None, to_s: float | None = None) -> Samples:
        """The sound between two instants, silence where none came; by default from the first packet to the last."""
        if not self._sounds:
            length = to_s - from_s if from_s is not None and to_s is not None else 0.0
            return np.zeros(max(0, round(length * RATE)), np.int16)
        begin = from_s if from_s is not None else self._sounds[0].position
        end = to_s if to_s is not None else self._end
        line = np.zeros(max(0, round((end - begin) * RATE)), np.int16)
        for sound in self._sounds:
            at = round((sound.position - begin) * RATE)
            if -len(sound.alaw) < at < len(line):
                piece = decode(sound.alaw)[max(0, -at) :][: len(line) - max(0, at)]
                line[max(0, at) : max(0, at) + len(piece)] = piece
        return line

    def joined(self, from_s: float | None = None) -> Joined:
        """What was sent since `from_s`, piece after piece; silence stands where packets were lost."""
        pieces: list[Samples] = []
        places: list[tuple[int, float]] = []
        length, before = 0, None
        for sound in self.sounds(from_s):
            if before is not None and (lost := _lost_samples(before, sound)):
                pieces.append(np.zeros(lost, np.int16))
                length += lost
            places.append((length, sound.position))
            pieces.append(decode(sound.alaw))
            length += len(sound.alaw)
            before = sound
        return Joined(np.concatenate(pieces) if pieces else np.zeros(0, np.int16), tuple(places))

    def pitches(self, from_s: float | None = None, to_s: float | None = None, step_s: float = 0.1) -> list[Pitch]:
        """The strongest pitch of each whole step of the stretch."""
        begin = from_s if from_s is not None else (self._sounds[0].position if self._sounds else 0.0)
        line, size = self.samples(from_s, to_s), round(step_s * RATE)
        starts = range(0, len(line) - size + 1, size)
        return [Pitch(begin + at / RATE, dominant_frequency(line[at : at + size])) for at in starts]

    def largest_gap_ms(self, from_s: float | None = None, to_s: float | None = None) -> float:
        """The longest time between two arrivals, 0 for less than two packets."""
        arrivals = [sound.arrived for sound in self.sounds(from_s, to_s)]
        return max((b - a for a, b in pairwise(arrivals)), default=0.0) * 1000

    def first_sound_at(self, after: float, frequency_hz: float | None = None) -> float | None:
        """When the first packet that is not silence (or holds this pitch) arrived, None without one."""
        for sound in self.sounds(after):
            samples = decode(sound.alaw)
            if rms(samples) < SILENT_RMS:
                continue
            if frequency_hz is None or share_of(samples, frequency_hz) > _PITCH_SHARE:
                return sound.arrived
        return None


def _lost_samples(before: Sound, sound: Sound) -> int:
    """The samples between two packets that were sent and did not arrive; 0 when none is missing."""
    gap = round((sound.position - before.position) * RATE) - len(before.alaw)
    follows = sound.source == before.source and sound.sequence == (before.sequence + 1) % (1 << 16)
    return 0 if follows else min(max(0, gap), round(_LONGEST_LOSS_S * RATE))
