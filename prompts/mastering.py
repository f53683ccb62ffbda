"""From a voice or a studio to the telephone: every prompt equally loud, inside the band, tight at the edges.

Chain: resample (soxr), band-pass, trim, then gain to TARGET_DB of active speech level and a limiter at PEAK_DB.
"""

from functools import cache

import numpy as np
import soxr

from prompts.codecs import ALAW_RATE, G722_RATE
from prompts.sound import Pcm, Samples, Signal, to_samples, to_signal

MASTERING_VERSION = "1"
"""Raise it with any change here: it is part of every prompt's key."""

TARGET_DB = -20.0
"""Active speech level, dB of full scale (a sine at full scale has -3.01); the stock Russian prompts have -19.9."""
PEAK_DB = -3.0
_BANDS_HZ = {ALAW_RATE: (200.0, 3400.0), G722_RATE: (100.0, 7000.0)}
_HEADROOM_DB = 0.1  # rounding to 16 bits must not lift a peak over the limit

_TRIM_BELOW_DB = -45.0  # of the loudest frame
_FRAME_S, _LEAD_S, _TAIL_S, _FADE_S = 0.01, 0.03, 0.08, 0.005
_LIMITER_S = 0.005
_SHORTEST_S = 0.02  # the filter needs some samples to settle

_P56_TIME_CONSTANT_S, _P56_HANGOVER_S, _P56_MARGIN_DB = 0.03, 0.2, 15.9


def load() -> None:
    """Load scipy now: most of a second, which processes that master nothing save at their start."""
    from scipy import ndimage, signal  # noqa: F401


def master(sound: Pcm, rate: int) -> Samples:
    """The sound at `rate` (8000 or 16000), ready for its codec. Raises ValueError when there is only silence in it."""
    signal = to_signal(sound.samples)
    if sound.seconds < _SHORTEST_S:
        raise ValueError("there is only silence in it")
    if sound.rate != rate:
        signal = np.asarray(soxr.resample(signal, sound.rate, rate, quality="HQ"), np.float64)
    from scipy.signal import sosfiltfilt  # type: ignore[attr-defined]  # scipy exports it late; see load()

    signal = sosfiltfilt(_band_pass(rate), signal)
    signal = trim(signal, rate)
    for _ in range(3):  # the limiter takes some level away again
        signal = signal * 10 ** ((TARGET_DB - active_speech_level(signal, rate)) / 20)
        signal = limit(signal, 10 ** ((PEAK_DB - _HEADROOM_DB) / 20), rate)
    return to_samples(signal)


@cache
def _band_pass(rate: int) -> Signal:
    from scipy.signal import butter  # type: ignore[attr-defined]  # as above

    return np.asarray(butter(4, _BANDS_HZ[rate], "bandpass", fs=rate, output="sos"), np.float64)


def tones(parts: tuple[tuple[int, int], ...], rate: int) -> Samples:
    """Pure tones (Hz, ms) one after another at TARGET_DB, each with soft edges."""
    pieces = []
    for frequency, milliseconds in parts:
        moment = np.arange(rate * milliseconds // 1000) / rate
        pieces.append(_faded(np.sin(2 * np.pi * frequency * moment), rate))
    return to_samples(np.concatenate(pieces) * 10 ** (TARGET_DB / 20) * np.sqrt(2))


def active_speech_level(signal: Signal, rate: int) -> float:
    """The level of the speech without its pauses, dB of full scale; -inf for silence (ITU-T P.56, method B)."""
    energy = float(np.square(signal).sum())  # "@" is a library's that sets all cores to it, and waits for them
    if energy == 0:
        return float("-inf")
    from scipy.signal import lfilter  # type: ignore[attr-defined]  # as above

    decay = np.exp(-1 / (rate * _P56_TIME_CONSTANT_S))
    envelope = lfilter([1 - decay], [1, -decay], np.abs(signal))
    envelope = lfilter([1 - decay], [1, -decay], envelope)
    hangover = int(np.ceil(_P56_HANGOVER_S * rate))
    above: tuple[float, float] | None = None
    for threshold in 2.0 ** np.arange(-15, 0):
        active = _active_samples(envelope, threshold, hangover)
        if not active:
            break
        level = 10 * np.log10(energy / active)
        margin = level - 20 * np.log10(threshold)
        if above is not None and margin <= _P56_MARGIN_DB:
            share = (above[1] - _P56_MARGIN_DB) / (above[1] - margin)
            return float(above[0] + share * (level - above[0]))
        above = (level, margin)
    return float(above[0]) if above else float(10 * np.log10(energy / len(signal)))


def trim(signal: Signal, rate: int) -> Signal:
    """The signal without the silence before and after it, but with short soft edges. Raises ValueError for silence."""
    frame = int(rate * _FRAME_S)
    whole = len(signal) // frame * frame
    loudness = np.sqrt((signal[:whole].reshape(-1, frame) ** 2).mean(axis=1)) if whole else np.zeros(1)
    if loudness.max() < 1e-4:
        raise ValueError("there is only silence in it")
    loud = np.flatnonzero(loudness > loudness.max() * 10 ** (_TRIM_BELOW_DB / 20))
    start = max(0, int(loud[0]) * frame - int(_LEAD_S * rate))
    end = min(len(signal), (int(loud[-1]) + 1) * frame + int(_TAIL_S * rate))
    return _faded(signal[start:end], rate)


def limit(signal: Signal, ceiling: float, rate: int) -> Signal:
    """The signal with peaks held at `ceiling` by a gain that looks ahead and moves softly."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d  # type: ignore[attr-defined]  # as above

    width = int(rate * _LIMITER_S) | 1
    gain = np.minimum(1.0, ceiling / np.maximum(np.abs(signal), 1e-9))
    gain = uniform_filter1d(minimum_filter1d(gain, 2 * width + 1), width)
    return np.asarray(signal * gain, np.float64)


def _active_samples(envelope: Signal, threshold: float, hangover: int) -> int:
    loud = np.flatnonzero(envelope >= threshold)
    if not len(loud):
        return 0
    return int(np.minimum(np.diff(np.append(loud, len(envelope))), hangover).sum())


def _faded(signal: Signal, rate: int) -> Signal:
    faded = signal.copy()
    length = min(int(_FADE_S * rate), len(faded) // 2)
    if length:
        ramp = np.linspace(0, 1, length)
        faded[:length] *= ramp
        faded[-length:] *= ramp[::-1]
    return faded
