"""What a call says and hears: one side's sound, apart from the signalling."""

from tests.kit.g711 import SILENCE, Samples, encode, tone
from tests.kit.recording import Joined, Pitch
from tests.kit.rtp import MediaStream
from tests.kit.waiting import eventually


class Audio:
    """The ear and the mouth of a call. Times are time.monotonic(), sound is 8 kHz."""

    def __init__(self, media: MediaStream) -> None:
        self._media = media

    # The mouth

    def talk(self, frequency_hz: int, amplitude: int = 8000) -> None:
        """Say a tone from now on."""
        self._media.play(encode(tone(frequency_hz, amplitude=amplitude)))

    def say(self, samples: Samples) -> None:
        """Say this sound again and again."""
        self._media.play(encode(samples))

    def be_silent(self) -> None:
        """Send silence, as a muted telephone does."""
        self._media.play(SILENCE)

    def send_nothing(self) -> None:
        """Send no packet at all, as a telephone with a broken path does; Asterisk then waits 0.5 s in Answer."""
        self._media.play(None)

    # The ear

    def recording(self, from_s: float | None = None, to_s: float | None = None) -> Samples:
        """What was received between two instants, gaps filled with silence by time; by default all of it."""
        return self._media.recording.samples(from_s, to_s)

    def joined(self, from_s: float | None = None) -> Joined:
        """What was sent to us, without the pauses of a switch that was late: for telling which words were said."""
        return self._media.recording.joined(from_s)

    def heard(self, from_s: float | None = None, to_s: float | None = None, step_s: float = 0.1) -> list[Pitch]:
        """The dominant pitch of each step; 0.0 for silence."""
        return self._media.recording.pitches(from_s, to_s, step_s)

    def largest_gap_ms(self, from_s: float | None = None, to_s: float | None = None) -> float:
        """The longest time without a packet between two packets."""
        return self._media.recording.largest_gap_ms(from_s, to_s)

    def arrivals(self) -> list[float]:
        """When each packet that is still remembered arrived."""
        return [sound.arrived for sound in self._media.recording.sounds()]

    def first_sound_at(self, after: float, frequency_hz: float | None = None) -> float | None:
        """When the first packet with sound (of this pitch) arrived, None without one."""
        return self._media.recording.first_sound_at(after, frequency_hz)

    async def hear(self, timeout_s: float, after: float = 0.0, frequency_hz: float | None = None) -> float:
        """Wait for sound (of this pitch) that arrives at or later than `after`; its arrival. Errors: NotInTime."""
        what = "sound is heard" if frequency_hz is None else f"{frequency_hz:g} Hz is heard"
        return await eventually(lambda: self.first_sound_at(after, frequency_hz) or 0.0, timeout_s, what, 0.01)

    @property
    def digits_received(self) -> str:
        """Touch tones that came as RFC 4733 events."""
        return "".join(self._media.digits)

    @property
    def packets_received(self) -> int:
        """A-law packets that came."""
        return self._media.received

    @property
    def packets_sent(self) -> int:
        """Packets of sound and keys that went out."""
        return self._media.sent
