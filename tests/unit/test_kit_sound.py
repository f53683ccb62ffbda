"""A-law, pitches and touch tones of the telephone kit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.g711 import RATE, SILENCE, decode, dominant_frequency, encode, tone
from tests.kit.recording import Recording
from tests.kit.tone import share_of, touch_tones


def test_each_code_survives_a_round_trip() -> None:
    codes = bytes(range(256))
    assert encode(decode(codes)) == codes


def test_known_levels_of_g711() -> None:
    assert decode(b"\xd5\x55\xaa\x2a").tolist() == [8, -8, 32256, -32256]
    assert encode([40000, -40000]) == b"\xaa\x2a"


@given(st.integers(-32256, 32256))
def test_the_nearest_level_is_taken(sample: int) -> None:
    levels = decode(bytes(range(256))).astype(int)
    assert abs(int(decode(encode([sample]))[0]) - sample) == np.abs(levels - sample).min()


@pytest.mark.parametrize("hertz", [300, 425, 440, 1000, 3000])
def test_a_tone_is_heard_at_its_pitch(hertz: int) -> None:
    sound = decode(encode(tone(hertz, 0.1)))
    assert dominant_frequency(sound) == pytest.approx(hertz, abs=3)
    assert share_of(sound, hertz) > 0.9
    assert share_of(sound, hertz + 150) < 0.1


def test_silence_has_no_pitch() -> None:
    assert dominant_frequency(decode(SILENCE * 5)) == 0.0
    assert touch_tones(decode(SILENCE * 5)) == ""


def test_touch_tones_are_found_in_their_order() -> None:
    pause = np.zeros(round(0.06 * RATE), np.int16)
    one = tone(697, 0.1, 4000) + tone(1209, 0.1, 4000)
    hash_key = tone(941, 0.1, 4000) + tone(1477, 0.1, 4000)
    assert touch_tones(np.concatenate([pause, one, pause, one, pause, hash_key, pause])) == "11#"
    assert touch_tones(tone(697, 0.5)) == ""


def _packets(recording: Recording, hertz: float, first: float, count: int, stamp: int, source: int = 7) -> None:
    alaw = encode(tone(hertz, count * 0.02))
    for n in range(count):
        late = 0.008 if n % 3 == 1 else 0.0
        at = first + 0.02 * n + late
        recording.add(alaw[160 * n : 160 * n + 160], source, n, (stamp + 160 * n) % (1 << 32), at)


def test_jitter_does_not_cut_the_sound_and_gaps_are_silence() -> None:
    recording = Recording(keep_s=60)
    _packets(recording, 500, 100.0, 25, stamp=(1 << 32) - 800)
    _packets(recording, 900, 101.0, 25, stamp=12345, source=8)
    pitches = [round(pitch.frequency_hz, -2) for pitch in recording.pitches(100.0, 101.5)]
    assert pitches == [500] * 5 + [0] * 5 + [900] * 5
    first = recording.samples(100.0, 100.5)
    assert np.abs(first - decode(encode(tone(500, 0.5)))).max() == 0
    assert recording.largest_gap_ms() == pytest.approx(520, abs=9)
    assert recording.first_sound_at(100.0) == 100.0
    assert recording.first_sound_at(100.0, 900) == 101.0
    assert recording.first_sound_at(100.0, 2000) is None
    assert len(recording.samples()) == round(1.5 * RATE)


def test_a_late_sender_is_joined_and_a_lost_packet_stays_silence() -> None:
    recording = Recording(keep_s=60)
    sound = tone(500, 0.2)
    alaw = encode(sound)
    for n in range(10):
        if n != 7:  # lost on the way
            late = 0.3 if n >= 4 else 0.0  # the sender stood still and sent on where it was
            recording.add(
                alaw[160 * n :][:160], 7, 65_533 + n & 0xFFFF, 160 * n + round(late * RATE), 100 + 0.02 * n + late
            )
    joined = recording.joined()
    expected = decode(alaw).copy()
    expected[160 * 7 : 160 * 8] = 0
    assert joined.samples.tolist() == expected.tolist()
    assert joined.time_of(0) == pytest.approx(100.0)
    assert joined.time_of(160 * 3 + 80) == pytest.approx(100.07)
    assert joined.time_of(160 * 9) == pytest.approx(100.48)
    assert len(recording.samples()) == round(0.5 * RATE)


def test_nothing_received_cannot_be_placed() -> None:
    with pytest.raises(ValueError, match="nothing was received"):
        Recording(keep_s=1).joined().time_of(0)


def test_a_recording_forgets_its_oldest_sound() -> None:
    recording = Recording(keep_s=0.2)
    _packets(recording, 500, 0.0, 50, stamp=0)
    assert len(recording.sounds()) == 10
    assert recording.sounds()[0].arrived == pytest.approx(0.8, abs=0.01)


def test_nothing_received_is_silence_of_the_right_length() -> None:
    recording = Recording(keep_s=1)
    assert len(recording.samples()) == 0
    assert recording.samples(5.0, 5.5).tolist() == [0] * 4000
    assert recording.pitches() == []
