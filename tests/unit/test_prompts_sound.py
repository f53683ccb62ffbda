"""Mastering and codecs: loudness, peaks, edges, and A-law against the tables of the tests' own telephone."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.codecs import decode_alaw, encode_alaw, encode_g722
from prompts.mastering import PEAK_DB, TARGET_DB, active_speech_level, master, tones
from prompts.sound import Pcm, Signal, read_wav, to_samples, to_signal
from tests.kit import g711

RATES = (8000, 16000)
_EDGE_S = 0.1


def speech_like(seconds: float, rate: int, loudness: float = 0.1, peaky: float = 1.0) -> Signal:
    """Noise in the band of speech, in syllables of 200 ms with pauses between; `peaky` raises single peaks."""
    chance = np.random.default_rng(7)
    count = int(seconds * rate)
    moment = np.arange(count) / rate
    tones_hz = (230, 510, 890, 1330, 2100)
    voiced = sum((np.sin(2 * np.pi * hertz * moment + chance.random()) for hertz in tones_hz), np.zeros(count))
    syllables = (np.sin(2 * np.pi * 2.5 * moment) > -0.3).astype(float)
    spikes = np.where(chance.random(count) < 0.002, peaky, 1.0)
    return np.asarray(np.clip(voiced * syllables * spikes * loudness / 3, -1, 1), np.float64)


def silent_edges_s(signal: Signal, rate: int) -> tuple[float, float]:
    """How long it is silent (40 dB under the loudest 10 ms) before the first sound and after the last."""
    frame = rate // 100
    energy = np.sqrt((signal[: len(signal) // frame * frame].reshape(-1, frame) ** 2).mean(axis=1))
    loud = np.flatnonzero(energy > energy.max() / 100)
    return loud[0] * 0.01, (len(energy) - 1 - loud[-1]) * 0.01


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("loudness", "peaky", "before_s", "after_s"),
    [(0.01, 1.0, 0, 0), (0.1, 1.0, 2.0, 3.0), (0.9, 1.0, 0.5, 0), (0.1, 9.0, 0, 1)],
)
def test_every_prompt_comes_out_equally_loud_and_tight(
    rate: int, loudness: float, peaky: float, before_s: float, after_s: float
) -> None:
    source = 24000
    spoken = speech_like(4.0, source, loudness, peaky)
    recorded = np.concatenate([np.zeros(int(before_s * source)), spoken, np.zeros(int(after_s * source))])
    signal = to_signal(master(Pcm(to_samples(recorded), source), rate))
    assert active_speech_level(signal, rate) == pytest.approx(TARGET_DB, abs=0.5)
    assert 20 * np.log10(np.abs(signal).max()) <= PEAK_DB
    assert max(silent_edges_s(signal, rate)) <= _EDGE_S
    assert len(signal) / rate == pytest.approx(4.0, abs=0.3)


def test_a_prompt_of_a_tenth_of_a_second_is_mastered_too() -> None:
    signal = to_signal(master(Pcm(to_samples(speech_like(0.15, 24000)), 24000), 8000))
    assert active_speech_level(signal, 8000) == pytest.approx(TARGET_DB, abs=0.5)


@pytest.mark.parametrize("samples", [np.zeros(24000, np.int16), np.zeros(0, np.int16), np.ones(3, np.int16)])
def test_silence_is_no_prompt(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
    with pytest.raises(ValueError, match="only silence"):
        master(Pcm(samples, 24000), 8000)


def test_the_band_of_the_telephone_is_kept() -> None:
    """Hum of 50 Hz is gone, a tone inside the band is not."""
    moment = np.arange(48000) / 24000
    for hertz, kept in ((50, False), (1000, True)):
        mixed = 0.2 * np.sin(2 * np.pi * hertz * moment) + 0.2 * np.sin(2 * np.pi * 600 * moment)
        spectrum = np.abs(np.fft.rfft(to_signal(master(Pcm(to_samples(mixed), 24000), 8000))))
        place = round(hertz * (len(spectrum) - 1) / 4000)
        share = spectrum[max(0, place - 3) : place + 4].max() / spectrum.max()
        assert bool(share > 0.3) is kept


def test_the_level_of_speech_leaves_pauses_out() -> None:
    """ITU-T P.56: a sine at full scale has -3.01 dB, and silence around it does not make it softer."""
    sine = np.sin(2 * np.pi * 1000 * np.arange(16000) / 8000)
    assert active_speech_level(sine, 8000) == pytest.approx(-3.01, abs=0.1)
    with_pauses = np.concatenate([np.zeros(16000), sine, np.zeros(16000), sine])
    assert active_speech_level(with_pauses, 8000) == pytest.approx(-3.5, abs=0.5)
    assert active_speech_level(np.zeros(100), 8000) == float("-inf")


@pytest.mark.parametrize("rate", RATES)
def test_tones_have_their_pitch_and_length(rate: int) -> None:
    heard = tones(((660, 60), (880, 90)), rate)
    assert len(heard) == rate * 150 // 1000
    second = to_signal(heard)[rate * 60 // 1000 :]
    pitch = np.abs(np.fft.rfft(second, rate)).argmax()
    assert pitch == pytest.approx(880, abs=5)
    assert 20 * np.log10(np.abs(to_signal(heard)).max()) < PEAK_DB


def alaw_of_g191(sample: int) -> int:
    """alaw_compress of the Software Tool Library (ITU-T G.191), one sample."""
    code = (~sample if sample < 0 else sample) >> 4
    if code > 15:
        exponent = 1
        while code > 16 + 15:
            code >>= 1
            exponent += 1
        code = code - 16 + (exponent << 4)
    if sample >= 0:
        code |= 0x80
    return code ^ 0x55


def test_alaw_of_every_sample_value_against_another_table() -> None:
    """Every 16-bit value, against the reference code of ITU-T G.191 and the decoder of the test telephone."""
    every = np.arange(-32768, 32768).astype(np.int16)
    coded = encode_alaw(every)
    assert coded == bytes(alaw_of_g191(value) for value in range(-32768, 32768))
    heard, wide = g711.decode(coded).astype(int), every.astype(int)
    step = np.maximum(16, 2 ** np.floor(np.log2(np.maximum(np.abs(wide), 1))) / 16)
    assert (np.abs(heard - wide) <= step).all()


def test_alaw_against_the_values_of_the_recommendation() -> None:
    """ITU-T G.711, table 1a, with the even bits inverted: the ends of the segments and both sides of zero."""
    samples = np.array([0, -1, 32767, -32768, 1000, -1000, 511, 512, 8, 16], np.int16)
    assert encode_alaw(samples) == bytes([0xD5, 0x55, 0xAA, 0x2A, 0xFA, 0x7A, 0xCA, 0xF5, 0xD5, 0xD4])


def test_alaw_survives_its_own_decoding() -> None:
    codes = bytes(range(256))
    assert encode_alaw(decode_alaw(codes)) == codes
    assert (decode_alaw(codes) == g711.decode(codes)).all()


@given(st.integers(1, 4000))
def test_g722_has_half_a_byte_a_sample(count: int) -> None:
    assert len(encode_g722(np.zeros(2 * count, np.int16))) == count


def write_wav(file: Path, samples: bytes, width: int, channels: int, rate: int) -> Path:
    with wave.open(str(file), "wb") as out:
        out.setsampwidth(width)
        out.setnchannels(channels)
        out.setframerate(rate)
        out.writeframes(samples)
    return file


def test_recordings_of_16_and_24_bits_and_two_channels(tmp_path: Path) -> None:
    values = np.array([0, 1000, -1000, 32767, -32768], np.int16)
    mono = read_wav(write_wav(tmp_path / "a.wav", values.tobytes(), 2, 1, 48000))
    assert mono.samples.tolist() == values.tolist()
    assert mono.rate == 48000
    stereo = np.column_stack([values, values])
    assert read_wav(write_wav(tmp_path / "b.wav", stereo.tobytes(), 2, 2, 44100)).samples.tolist() == values.tolist()
    deep = b"".join((int(value) * 256).to_bytes(3, "little", signed=True) for value in values)
    assert read_wav(write_wav(tmp_path / "c.wav", deep, 3, 1, 48000)).samples.tolist() == values.tolist()


@pytest.mark.parametrize("what", ["text", "8 bits", "empty", "slow"])
def test_recordings_that_cannot_be_used(tmp_path: Path, what: str) -> None:
    file = tmp_path / "a.wav"
    match what:
        case "text":
            file.write_bytes(b"no sound at all")
        case "8 bits":
            write_wav(file, bytes(100), 1, 1, 8000)
        case "empty":
            write_wav(file, b"", 2, 1, 8000)
        case _:
            write_wav(file, bytes(100), 2, 1, 4000)
    with pytest.raises(ValueError, match=r"no WAV file|8 bits|empty or has less"):
        read_wav(file)
